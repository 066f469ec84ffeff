//! Sets up a village or community (村民委员会组织法 §3, 城市居民委员会组织法 §3).

use crate::{
    store,
    town::Town,
    unit::{Position, UNITS, Unit, UnitKind},
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use kernel::{Day, Id, Moment, Result};

/// A unit to be set up.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// Its town.
    pub town: Id<Town>,
    /// Full official name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// Village or community.
    pub kind: UnitKind,
    /// Scheme and code, if it has one.
    pub code: Option<(String, String)>,
    /// Latitude and longitude, WGS-84 degrees.
    pub position: Option<(f64, f64)>,
    /// How well the position is known.
    pub position_kind: Position,
    /// Since when it counts.
    pub opened_on: Day,
}

kernel::refusals! {
    /// Why a unit cannot be set up.
    pub(crate) enum OpenUnitRefusal {
        /// No such town.
        UnknownTown => Invalid("town"), "请选择所属镇（街道）。";
        /// The name is taken in that town.
        NameTaken => Invalid("name"), "该镇（街道）已有同名的村（社区），请核对名称。";
    }
}

/// Sets the unit up and counts it.
///
/// # Errors
/// A refusal if the town is unknown or the name is taken; a fault if it cannot be written.
pub async fn open_unit(tx: &mut Tx, actor: Option<i64>, unit: &NewUnit, now: Moment) -> Result<Id<Unit>> {
    if store::town(tx, unit.town).await?.is_none() {
        return Err(OpenUnitRefusal::UnknownTown.into());
    }
    if store::unit_named(tx, unit.town, &unit.name).await?.is_some() {
        return Err(OpenUnitRefusal::NameTaken.into());
    }
    let id: Id<Unit> = tx.new_id()?;
    store::insert_unit(tx, id, unit).await?;
    if let Some((scheme, code)) = &unit.code {
        store::insert_code(tx, id, scheme, code, unit.opened_on).await?;
    }
    let fact = Fact { entered_by: actor, ..Fact::new(UNITS, 1, unit.opened_on, id, "places_unit", id) };
    tally::record(tx, &fact, now).await?;
    tx.audit(Audit::new(actor, "places.unit.open", "places_unit", id));
    Ok(id)
}
