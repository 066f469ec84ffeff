//! Sets where a unit lies, from numbers in any of the three coordinate systems.

use crate::{
    map,
    position::{self, CoordinateSystem},
    store::{
        self,
        populations::{self, PositionRow},
    },
    unit::Unit,
};
use ::store::{Audit, Tx};
use geo::Wgs84;
use kernel::{Day, Id, Moment, Result};

/// A position as it was typed or read.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPosition {
    /// The system the numbers are in.
    pub system: CoordinateSystem,
    /// Latitude in that system, degrees.
    pub lat: f64,
    /// Longitude in that system, degrees.
    pub lon: f64,
    /// Who measured it, or where it was read: 天地图点选, 测绘成果.
    pub source: String,
    /// When.
    pub measured_on: Day,
}

kernel::refusals! {
    /// Why a position cannot be set.
    pub(crate) enum PositionRefusal {
        /// Not there, or closed.
        Unknown => NotFound, "没有这个村（社区）。";
        /// The numbers are no position.
        NoPosition => Invalid("lat"), "请填写纬度和经度，例如 31.71581 和 119.94458。";
        /// Far outside.
        Outside => Invalid("lat"), "这个位置离本区很远，没有保存。请核对经纬度有没有填反、坐标系有没有选错。";
        /// In the future.
        Future => Invalid("measured_on"), "标定日期不能晚于今天。";
        /// No source.
        SourceMissing => Invalid("source"), "请写明位置的来源，例如：天地图点选、现场定位。";
        /// Too long a source.
        SourceTooLong => Invalid("source"), "来源请控制在 100 个字以内。";
        /// Somebody else changed the unit meanwhile.
        Stale => Conflict, "您打开页面后，别人已经改过这个村（社区）。请刷新后核对。";
    }
}

/// Sets the position; returns it as it is stored. With a version, only if nobody changed the unit meanwhile. The same
/// numbers again change nothing.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn set_position(
    tx: &mut Tx,
    actor: Option<i64>,
    unit: Id<Unit>,
    new: &NewPosition,
    version: Option<i64>,
    now: Moment,
) -> Result<Wgs84> {
    if store::unit(tx, unit).await?.is_none() {
        return Err(PositionRefusal::Unknown.into());
    }
    if new.measured_on > now.day() {
        return Err(PositionRefusal::Future.into());
    }
    if new.source.trim().is_empty() {
        return Err(PositionRefusal::SourceMissing.into());
    }
    if new.source.chars().count() > 100 {
        return Err(PositionRefusal::SourceTooLong.into());
    }
    let at = new.system.to_wgs84(new.lat, new.lon).ok_or(PositionRefusal::NoPosition)?;
    let areas = map::map_areas(tx).await?;
    let inside = match position::within(&areas, at) {
        Some(inside) => inside,
        None => {
            let towns = store::towns(tx).await?;
            position::near_centres(towns.iter().filter_map(|town| Wgs84::new(town.lat, town.lon)), at)
        }
    };
    if !inside {
        return Err(PositionRefusal::Outside.into());
    }
    // Six decimal places are a tenth of a metre; more would only pretend.
    let at = Wgs84 { lat: (at.lat * 1e6).round() / 1e6, lon: (at.lon * 1e6).round() / 1e6 };
    let row = PositionRow {
        system: new.system,
        typed_lat: new.lat,
        typed_lon: new.lon,
        lat: at.lat,
        lon: at.lon,
        source: new.source.trim().to_owned(),
        measured_on: new.measured_on,
    };
    let newest = populations::positions(tx, unit).await?.into_iter().next();
    if newest.is_some_and(|old| old == row) {
        return Ok(at);
    }
    if !populations::move_on_map(tx, unit, at, version).await? {
        return Err(PositionRefusal::Stale.into());
    }
    populations::insert_position(tx, unit, &row, (actor, now)).await?;
    let details =
        serde_json::json!({ "system": new.system.as_str(), "measured_on": new.measured_on.to_string() });
    tx.audit(Audit::new(actor, "places.unit.position", "places_unit", unit).with(&details));
    Ok(at)
}
