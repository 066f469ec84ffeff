//! Enters a town into the register.

use crate::{
    store,
    town::{Town, TownKind},
};
use ::store::{Audit, Tx};
use kernel::{Id, Phone, Result};

/// A town to be entered.
#[derive(Debug, Clone)]
pub struct NewTown {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: TownKind,
    /// Its official code, or empty.
    pub code: String,
    /// Latitude of its centre, WGS-84 degrees.
    pub lat: f64,
    /// Longitude of its centre, WGS-84 degrees.
    pub lon: f64,
    /// Residents, if known.
    pub population: Option<i64>,
    /// `official` or `estimated`.
    pub population_status: Option<String>,
    /// The judicial office.
    pub office: String,
    /// Its telephone.
    pub office_phone: Option<Phone>,
    /// Place in lists.
    pub sort: i64,
}

kernel::refusals! {
    /// Why a town cannot be entered.
    pub(crate) enum OpenTownRefusal {
        /// The name is taken.
        NameTaken => Invalid("name"), "已有同名的镇（街道），请核对名称。";
    }
}

/// Enters the town.
///
/// # Errors
/// A refusal if the name is taken; a fault if it cannot be written.
pub async fn open_town(tx: &mut Tx, actor: Option<i64>, town: &NewTown) -> Result<Id<Town>> {
    if store::town_named(tx, &town.name).await?.is_some() {
        return Err(OpenTownRefusal::NameTaken.into());
    }
    let id = tx.new_id()?;
    let phone = match &town.office_phone {
        Some(phone) => Some(tx.db().keys().seal("places_town_entry.office_phone", phone.as_str())?),
        None => None,
    };
    store::insert_town(tx, id, town, phone).await?;
    tx.audit(Audit::new(actor, "places.town.open", "places_town", id));
    Ok(id)
}
