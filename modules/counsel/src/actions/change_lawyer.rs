//! Corrects what is known of a lawyer: name, firm, licence, telephone, what they are good at.

use crate::{
    actions::register_lawyer::{NewLawyer, RegisterRefusal},
    lawyer::{Lawyer, PHONE_FIELD},
    store::{
        self,
        changes::{self, LawyerEdit},
    },
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// What became of the change.
pub(crate) enum LawyerChanged {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<LawyerEdit>),
}

kernel::refusals! {
    /// Why a lawyer cannot be changed.
    pub(crate) enum ChangeLawyerRefusal {
        /// They are not in the register.
        Unknown => NotFound, "没有这位律师。";
    }
}

/// Saves the change unless somebody else was quicker. Assessments and sanctions are not touched. Without a telephone in
/// `new` the registered one stays, unless `forget_phone` says that it is no longer right.
pub(crate) async fn change_lawyer(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Lawyer>,
    version: i64,
    mut new: NewLawyer,
    forget_phone: bool,
) -> Result<LawyerChanged> {
    let now = changes::lawyer_edit(tx, id).await?.ok_or(ChangeLawyerRefusal::Unknown)?;
    if store::firm(tx, new.firm).await?.is_none() {
        return Err(RegisterRefusal::UnknownFirm.into());
    }
    if store::lawyer_with_licence(tx, &new.licence).await?.is_some_and(|other| other != id) {
        return Err(RegisterRefusal::LicenceTaken.into());
    }
    let phone_was = crate::phone(tx.db(), &now.phone_sealed)?;
    if new.phone.is_none() && !forget_phone {
        new.phone.clone_from(&phone_was);
    }
    let phone_sealed = match &new.phone {
        same if *same == phone_was => now.phone_sealed.clone(),
        Some(phone) => Some(tx.db().keys().seal(PHONE_FIELD, phone.as_str())?),
        None => None,
    };
    let changed = LawyerEdit {
        firm_id: new.firm,
        name: new.name.clone(),
        sex: new.sex.clone(),
        kind: new.kind,
        licence: new.licence.clone(),
        licensed_since: new.licensed_since,
        phone_sealed,
        specialities: new.specialities.join(";"),
        dialect: new.dialect.clone(),
        version,
        ..now.clone()
    };
    if !changes::update_lawyer(tx, &changed).await? {
        return Ok(LawyerChanged::Stale(Box::new(now)));
    }
    let fields: Vec<&str> = [
        ("firm", now.firm_id != changed.firm_id),
        ("name", now.name != changed.name),
        ("sex", now.sex != changed.sex),
        ("kind", now.kind != changed.kind),
        ("licence", now.licence != changed.licence),
        ("licensed_since", now.licensed_since != changed.licensed_since),
        ("phone", phone_was != new.phone),
        ("specialities", now.specialities != changed.specialities),
        ("dialect", now.dialect != changed.dialect),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    tx.audit(
        Audit::new(actor, "counsel.lawyer.change", "counsel_lawyer", id)
            .with(&serde_json::json!({ "fields": fields })),
    );
    Ok(LawyerChanged::Saved)
}
