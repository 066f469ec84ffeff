//! Enters a firm into the register.

use crate::{
    firm::{Firm, FirmKind},
    lawyer::FIRM_PHONE_FIELD,
    store::{self, changes},
};
use ::store::{Audit, Tx};
use kernel::{Id, Phone, Result, Uscc};

/// A firm to be entered.
#[derive(Debug, Clone)]
pub struct NewFirm {
    /// Its full name.
    pub name: String,
    /// Law firm or legal service office.
    pub kind: FirmKind,
    /// Unified social credit code, if known.
    pub uscc: Option<Uscc>,
    /// Address.
    pub address: String,
    /// Telephone of the office.
    pub phone: Option<Phone>,
    /// Latitude, WGS-84 degrees.
    pub lat: Option<f64>,
    /// Longitude, WGS-84 degrees.
    pub lon: Option<f64>,
}

kernel::refusals! {
    /// Why a firm cannot be entered.
    pub(crate) enum OpenFirmRefusal {
        /// The name is taken.
        NameTaken => Invalid("name"), "名册中已有同名的机构，请核对名称。";
        /// The credit code is taken.
        UsccTaken => Invalid("uscc"), "该统一社会信用代码已登记在另一家机构名下，请核对。";
    }
}

/// Enters the firm.
///
/// # Errors
/// A refusal if name or credit code are taken; a fault if it cannot be written.
pub async fn open_firm(tx: &mut Tx, actor: Option<i64>, firm: &NewFirm) -> Result<Id<Firm>> {
    if store::firm_named(tx, &firm.name).await?.is_some() {
        return Err(OpenFirmRefusal::NameTaken.into());
    }
    if let Some(uscc) = &firm.uscc
        && store::firm_with_uscc(tx, uscc.expose()).await?.is_some()
    {
        return Err(OpenFirmRefusal::UsccTaken.into());
    }
    let id = tx.new_id()?;
    let phone = match &firm.phone {
        Some(phone) => Some(tx.db().keys().seal(FIRM_PHONE_FIELD, phone.as_str())?),
        None => None,
    };
    changes::insert_firm(tx, id, firm, phone).await?;
    tx.audit(Audit::new(actor, "counsel.firm.open", "counsel_firm", id));
    Ok(id)
}
