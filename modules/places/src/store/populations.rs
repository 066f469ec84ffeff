//! SQL of residents and positions.

use crate::{
    event::Event,
    population::{Population, PopulationSource},
    position::CoordinateSystem,
    town::Town,
    unit::Unit,
};
use geo::Wgs84;
use kernel::{Day, Fault, Id, Moment};
use store::{Tx, params};

/// What residents are counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inhabited {
    /// A village or community.
    Unit(Id<Unit>),
    /// A town.
    Town(Id<Town>),
}

impl Inhabited {
    fn columns(self) -> (Option<Id<Unit>>, Option<Id<Town>>) {
        match self {
            Self::Unit(unit) => (Some(unit), None),
            Self::Town(town) => (None, Some(town)),
        }
    }
}

/// The standing numbers of a unit or town, the newest first.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn populations(tx: &mut Tx, of: Inhabited) -> Result<Vec<Population>, Fault> {
    let region = tx.region()?;
    match of {
        Inhabited::Unit(unit) => {
            tx.all(
                "select source, as_of, residents, note from places_population_entry
                 where region_id = $1 and unit_id = $2 and state = 'standing' order by as_of desc, source",
                params![region, unit],
            )
            .await
        }
        Inhabited::Town(town) => {
            tx.all(
                "select source, as_of, residents, note from places_population_entry
                 where region_id = $1 and town_id = $2 and state = 'standing' order by as_of desc, source",
                params![region, town],
            )
            .await
        }
    }
}

/// Keeps a number; one of the same source and day gives way and stays as replaced.
pub(crate) async fn insert_population(
    tx: &mut Tx,
    of: Inhabited,
    row: &Population,
    event: Option<Id<Event>>,
    (by, now): (Option<i64>, Moment),
) -> Result<(), Fault> {
    let (unit, town) = of.columns();
    let region = tx.region()?;
    tx.execute(
        "update places_population_entry set state = 'replaced'
         where region_id = $1 and source = $4 and as_of = $5 and state = 'standing' and (unit_id = $2 or town_id = $3)",
        params![region, unit, town, row.source, row.as_of],
    )
    .await?;
    tx.execute(
        "insert into places_population_entry (id, region_id, unit_id, town_id, source, as_of, residents, note, event_id, state, entered_at, entered_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'standing', $10, $11)",
        params![tx.new_id::<Unit>()?, region, unit, town, row.source, row.as_of, row.residents, row.note, event, now, by],
    )
    .await?;
    Ok(())
}

/// Takes back the numbers that an event derived.
pub(crate) async fn replace_derived(tx: &mut Tx, event: Id<Event>) -> Result<(), Fault> {
    tx.execute(
        "update places_population_entry set state = 'replaced' where region_id = $1 and event_id = $2 and state = 'standing'",
        params![tx.region()?, event],
    )
    .await?;
    Ok(())
}

/// How much was entered for a unit by people, not derived: residents and positions.
pub(crate) async fn entered_for(tx: &mut Tx, unit: Id<Unit>) -> Result<i64, Fault> {
    let region = tx.region()?;
    let residents: i64 = tx
        .scalar(
            "select count(*) from places_population_entry where region_id = $1 and unit_id = $2 and source <> $3 and state = 'standing'",
            params![region, unit, PopulationSource::Derived],
        )
        .await?;
    let positions: i64 = tx
        .scalar(
            "select count(*) from places_position_entry where region_id = $1 and unit_id = $2",
            params![region, unit],
        )
        .await?;
    Ok(residents + positions)
}

store::record! {
    /// A position as it was entered.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PositionRow {
        /// The system it was typed in.
        pub system: CoordinateSystem,
        /// Latitude as typed.
        pub typed_lat: f64,
        /// Longitude as typed.
        pub typed_lon: f64,
        /// Latitude as stored, WGS-84.
        pub lat: f64,
        /// Longitude as stored, WGS-84.
        pub lon: f64,
        /// Who measured it, or where it was read.
        pub source: String,
        /// When.
        pub measured_on: Day,
    }
}

/// The positions that were entered for a unit, the newest first.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn positions(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<PositionRow>, Fault> {
    tx.all(
        "select system, typed_lat, typed_lon, lat, lon, source, measured_on from places_position_entry
         where region_id = $1 and unit_id = $2 order by id desc",
        params![tx.region()?, unit],
    )
    .await
}

pub(crate) async fn insert_position(
    tx: &mut Tx,
    unit: Id<Unit>,
    row: &PositionRow,
    (by, now): (Option<i64>, Moment),
) -> Result<(), Fault> {
    tx.execute(
        "insert into places_position_entry (id, region_id, unit_id, system, typed_lat, typed_lon, lat, lon, source, measured_on, entered_at, entered_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            tx.new_id::<Unit>()?, tx.region()?, unit, row.system, row.typed_lat, row.typed_lon, row.lat, row.lon, row.source,
            row.measured_on, now, by
        ],
    )
    .await?;
    Ok(())
}

/// Moves a unit on the map if its version is still the one that was read.
pub(crate) async fn move_on_map(
    tx: &mut Tx,
    unit: Id<Unit>,
    to: Wgs84,
    version: Option<i64>,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update places_unit_entry set lat = $2, lon = $3, position = 'surveyed', version = version + 1
             where id = $1 and version = coalesce($4, version)",
            params![unit, to.lat, to.lon, version],
        )
        .await?;
    Ok(touched == 1)
}
