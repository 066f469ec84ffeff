//! Corrects what is known of an organisation.

use crate::{
    organisation::{NewOrganisation, Organisation},
    store::organisations::{self, OrganisationRow},
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// What became of the change.
pub(crate) enum OrganisationChanged {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<OrganisationRow>),
}

kernel::refusals! {
    /// Why an organisation cannot be changed.
    pub(crate) enum ChangeOrganisationRefusal {
        /// It is not there.
        Unknown => NotFound, "没有这家单位。";
        /// Another one has the code.
        UsccTaken => Invalid("uscc"), "该统一社会信用代码已登记在另一家单位名下，请核对。";
    }
}

/// Saves the change unless somebody else was quicker. Without a telephone in `new` the registered one stays,
/// unless `forget_phone` says that it is no longer right.
pub(crate) async fn change_organisation(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Organisation>,
    version: i64,
    mut new: NewOrganisation,
    forget_phone: bool,
) -> Result<OrganisationChanged> {
    let now = organisations::organisation(tx, id).await?.ok_or(ChangeOrganisationRefusal::Unknown)?;
    if let Some(uscc) = &new.uscc
        && organisations::with_uscc(tx, uscc.expose()).await?.is_some_and(|other| other != id)
    {
        return Err(ChangeOrganisationRefusal::UsccTaken.into());
    }
    let phone_was = now.phone(tx.db())?;
    if new.phone.is_none() && !forget_phone {
        new.phone.clone_from(&phone_was);
    }
    if !organisations::update(tx, id, version, &new).await? {
        return Ok(OrganisationChanged::Stale(Box::new(now)));
    }
    let fields: Vec<&str> = [
        ("name", now.name != new.name),
        ("kind", now.kind != new.kind),
        ("uscc", now.uscc.as_deref() != new.uscc.as_ref().map(kernel::Uscc::expose)),
        ("contact", now.contact != new.contact),
        ("phone", phone_was != new.phone),
        ("unit", now.unit_id != new.unit),
        ("address", now.address != new.address),
        ("industry", now.industry != new.industry),
        ("note", now.note != new.note),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    tx.audit(
        Audit::new(actor, "parties.organisation.change", "parties_organisation", id)
            .with(&serde_json::json!({ "fields": fields })),
    );
    Ok(OrganisationChanged::Saved)
}
