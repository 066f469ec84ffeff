//! Corrects what is known of a firm, or marks it as dissolved.

use crate::{
    actions::open_firm::NewFirm,
    firm::{Firm, FirmState},
    lawyer::FIRM_PHONE_FIELD,
    store::{
        self,
        changes::{self, FirmEdit},
    },
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// What became of the change.
pub(crate) enum FirmChanged {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<FirmEdit>),
}

kernel::refusals! {
    /// Why a firm cannot be changed.
    pub(crate) enum ChangeFirmRefusal {
        /// It is gone.
        Unknown => NotFound, "没有这家机构。";
        /// Another firm has the name.
        NameTaken => Invalid("name"), "名册中已有同名的机构，请核对名称。";
        /// Another firm has the credit code.
        UsccTaken => Invalid("uscc"), "该统一社会信用代码已登记在另一家机构名下，请核对。";
        /// It still has lawyers.
        StillHasLawyers => Invalid("state"), "这家机构还有在册律师，请先把他们转到其他机构或标记离开，再注销机构。";
    }
}

/// Saves the change unless somebody else was quicker.
pub(crate) async fn change_firm(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Firm>,
    version: i64,
    new: &NewFirm,
    state: FirmState,
) -> Result<FirmChanged> {
    let now = changes::firm_edit(tx, id).await?.ok_or(ChangeFirmRefusal::Unknown)?;
    if store::firm_named(tx, &new.name).await?.is_some_and(|other| other != id) {
        return Err(ChangeFirmRefusal::NameTaken.into());
    }
    let uscc = new.uscc.as_ref().map(|u| u.expose().to_owned());
    if let Some(uscc) = &uscc
        && store::firm_with_uscc(tx, uscc).await?.is_some_and(|other| other != id)
    {
        return Err(ChangeFirmRefusal::UsccTaken.into());
    }
    if state == FirmState::Closed
        && now.state == FirmState::Active
        && store::lawyers_of_firm(tx, id).await? > 0
    {
        return Err(ChangeFirmRefusal::StillHasLawyers.into());
    }
    let phone_was = crate::firm_phone(tx.db(), &now.phone_sealed)?;
    let phone_sealed = match &new.phone {
        same if *same == phone_was => now.phone_sealed.clone(),
        Some(phone) => Some(tx.db().keys().seal(FIRM_PHONE_FIELD, phone.as_str())?),
        None => None,
    };
    let changed = FirmEdit {
        id,
        name: new.name.clone(),
        kind: new.kind,
        uscc,
        address: new.address.clone(),
        phone_sealed,
        lat: new.lat,
        lon: new.lon,
        state,
        version,
    };
    if !changes::update_firm(tx, &changed).await? {
        return Ok(FirmChanged::Stale(Box::new(now)));
    }
    let fields: Vec<&str> = [
        ("name", now.name != changed.name),
        ("kind", now.kind != changed.kind),
        ("uscc", now.uscc != changed.uscc),
        ("address", now.address != changed.address),
        ("phone", phone_was != new.phone),
        ("position", now.lat != changed.lat || now.lon != changed.lon),
        ("state", now.state != changed.state),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    tx.audit(
        Audit::new(actor, "counsel.firm.change", "counsel_firm", id)
            .with(&serde_json::json!({ "fields": fields })),
    );
    Ok(FirmChanged::Saved)
}
