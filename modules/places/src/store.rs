//! All SQL of the register of places.

pub(crate) mod events;
pub(crate) mod populations;

use crate::{
    town::Town,
    unit::{Position, Unit, UnitKind},
};
use kernel::{Day, Fault, Id};
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, Listing, Reach};

store::record! {
    /// A unit as lists show it.
    #[derive(Debug, Clone)]
    pub struct UnitRow {
        /// Id.
        pub id: Id<Unit>,
        /// Its town.
        pub town_id: Id<Town>,
        /// The town's name.
        pub town_name: String,
        /// Full official name.
        pub name: String,
        /// Short name: 谈家头村.
        pub short_name: String,
        /// Village or community.
        pub kind: UnitKind,
        /// Pinyin initials of the short name.
        pub initials: String,
        /// Latitude, if known.
        pub lat: Option<f64>,
        /// Longitude, if known.
        pub lon: Option<f64>,
        /// How well the position is known.
        pub position: Position,
    }
}

const UNIT: &str =
    "u.id, u.town_id, u.town_name, u.name, u.short_name, u.kind, u.initials, u.lat, u.lon, u.position";

store::record! {
    /// A unit as the edit page needs it.
    #[derive(Debug, Clone)]
    pub(crate) struct UnitEdit {
        pub(crate) id: Id<Unit>,
        pub(crate) town_id: Id<Town>,
        pub(crate) name: String,
        pub(crate) short_name: String,
        pub(crate) kind: UnitKind,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        pub(crate) version: i64,
    }
}

/// All towns, in their usual order.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn towns(tx: &mut Tx) -> Result<Vec<Town>, Fault> {
    tx.all(
        "select id, name, kind, lat, lon, population, office from places_town where region_id = $1 order by sort, id",
        params![tx.region()?],
    )
    .await
}

/// One town.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn town(tx: &mut Tx, id: Id<Town>) -> Result<Option<Town>, Fault> {
    tx.optional(
        "select id, name, kind, lat, lon, population, office from places_town where id = $1",
        params![id],
    )
    .await
}

/// One unit of the jurisdiction.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn unit(tx: &mut Tx, id: Id<Unit>) -> Result<Option<UnitRow>, Fault> {
    tx.optional(
        "select u.id, u.town_id, u.town_name, u.name, u.short_name, u.kind, u.initials, u.lat, u.lon, u.position
         from places_unit u where u.id = $1",
        params![id],
    )
    .await
}

/// The units an account reaches, filtered by `q` (name or initials) and `town`, in town order.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn units_in_reach(
    tx: &mut Tx,
    reach: &Reach,
    q: Option<&str>,
    town: Option<Id<Town>>,
) -> Result<Vec<UnitRow>, Fault> {
    let filter = scoped(tx, reach)?.and_if("u.town_id = ?", town);
    matching(filter, q).rows(tx, UNIT, "u.town_sort, u.id", 1000).await
}

/// How many units there are now.
pub(crate) async fn units_open(tx: &mut Tx) -> Result<i64, Fault> {
    tx.scalar("select count(*) from places_unit where region_id = $1", params![tx.region()?]).await
}

fn scoped(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    scoped_to("places_unit u", tx, reach)
}

fn scoped_to(units: &'static str, tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new(units, "u.region_id", tx.region()?);
    Ok(match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("u.town_id", towns),
        Reach::Unit(unit) => filter.and("u.id = ?", *unit),
        // Whose villages a lawyer serves is known further up; the register itself shows nothing to them.
        Reach::Lawyer(_) | Reach::Firm(_) | Reach::Nothing => filter.and_that("1 = 0"),
    })
}

fn matching(filter: Filter, q: Option<&str>) -> Filter {
    let Some(q) = q else { return filter };
    let text = kernel::to_half_width(q);
    if text.is_ascii() {
        filter.and(
            "u.initials like ? escape '!' or u.id in (select n.unit_id from places_name n where n.initials like ? escape '!')",
            store::filter::contains(&text.to_lowercase()),
        )
    } else {
        filter.and(
            "u.name like ? escape '!' or u.short_name like ? escape '!'
             or u.id in (select n.unit_id from places_name n where n.name like ? escape '!' or n.short_name like ? escape '!')",
            filter::contains(&text),
        )
    }
}

/// One page of the register, with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<UnitRow>, i64), Fault> {
    let town: Option<Id<Town>> = listing.get("town").and_then(|t| t.parse().ok());
    let kind = listing.get("kind").and_then(UnitKind::from_text);
    let closed = listing.get("state");
    let filter =
        if closed.is_some() { scoped_to("places_unit_any u", tx, reach)? } else { scoped(tx, reach)? };
    let filter = if closed == Some("closed") { filter.and_that("u.closed_on is not null") } else { filter };
    let filter = matching(filter.and_if("u.town_id = ?", town).and_if("u.kind = ?", kind), listing.get("q"));
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after("u.town_id", "u.id", back, cursor.value.parse().unwrap_or(0i64), cursor.id)
        }
        None => filter,
    };
    let order = if back { "u.town_id desc, u.id desc" } else { "u.town_id, u.id" };
    Ok((page.rows(tx, UNIT, order, listing.size + 1).await?, total))
}

pub(crate) async fn edit(tx: &mut Tx, id: Id<Unit>) -> Result<Option<UnitEdit>, Fault> {
    tx.optional(
        "select id, town_id, name, short_name, kind, lat, lon, version from places_unit_entry where id = $1",
        params![id],
    )
    .await
}

pub(crate) async fn insert_town(
    tx: &mut Tx,
    id: Id<Town>,
    town: &crate::NewTown,
    sealed_phone: Option<String>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into places_town_entry (id, region_id, name, kind, code, lat, lon, population, population_status, office, office_phone_sealed, sort, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        params![
            id, tx.region()?, town.name, town.kind, town.code, town.lat, town.lon, town.population, town.population_status, town.office,
            sealed_phone, town.sort
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn town_named(tx: &mut Tx, name: &str) -> Result<Option<Id<Town>>, Fault> {
    Ok(tx
        .optional::<(Id<Town>,)>(
            "select id from places_town_entry where region_id = $1 and name = $2",
            params![tx.region()?, name],
        )
        .await?
        .map(|(id,)| id))
}

pub(crate) async fn unit_named(tx: &mut Tx, town: Id<Town>, name: &str) -> Result<Option<Id<Unit>>, Fault> {
    Ok(tx
        .optional::<(Id<Unit>,)>(
            "select id from places_unit_entry where region_id = $1 and town_id = $2 and name = $3 and closed_on is null",
            params![tx.region()?, town, name],
        )
        .await?
        .map(|(id,)| id))
}

pub(crate) async fn insert_unit(tx: &mut Tx, id: Id<Unit>, unit: &crate::NewUnit) -> Result<(), Fault> {
    let position = if unit.position.is_some() { unit.position_kind } else { Position::None };
    tx.execute(
        "insert into places_unit_entry (id, region_id, town_id, name, short_name, kind, initials, jurisdiction, lat, lon, position, opened_on, version)
         values ($1, $2, $3, $4, $5, $6, $7, 'own', $8, $9, $10, $11, 1)",
        params![
            id, tx.region()?, unit.town, unit.name, unit.short_name, unit.kind, crate::initials(&unit.short_name),
            unit.position.map(|p| p.0), unit.position.map(|p| p.1), position, unit.opened_on
        ],
    )
    .await?;
    insert_name(tx, id, id, (&unit.name, &unit.short_name), unit.opened_on, None).await
}

/// Begins a name of a unit. The first one bears the unit's own number.
pub(crate) async fn insert_name(
    tx: &mut Tx,
    id: Id<Unit>,
    unit: Id<Unit>,
    (name, short_name): (&str, &str),
    from: Day,
    event: Option<Id<crate::Event>>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into places_name_entry (id, region_id, unit_id, name, short_name, initials, from_day, event_id) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, tx.region()?, unit, name, short_name, crate::initials(short_name), from, event],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_code(
    tx: &mut Tx,
    unit: Id<Unit>,
    scheme: &str,
    code: &str,
    from: Day,
) -> Result<(), Fault> {
    tx.execute(
        "insert into places_code (id, region_id, unit_id, scheme, code, valid_from) values ($1, $2, $3, $4, $5, $6)",
        params![tx.new_id::<Unit>()?, tx.region()?, unit, scheme, code, from],
    )
    .await?;
    Ok(())
}

/// Changes name and position if the version is still the one that was read; false if it is not.
pub(crate) async fn update_unit(tx: &mut Tx, unit: &UnitEdit) -> Result<bool, Fault> {
    let position = if unit.lat.is_some() { Position::Surveyed } else { Position::None };
    let touched = tx
        .execute(
            "update places_unit_entry set name = $3, short_name = $4, initials = $5, lat = $6, lon = $7, position = $8, version = version + 1
             where id = $1 and version = $2",
            params![unit.id, unit.version, unit.name, unit.short_name, crate::initials(&unit.short_name), unit.lat, unit.lon, position],
        )
        .await?;
    Ok(touched == 1)
}

/// Units as choices of a form: id and "湖塘镇 谈家头村".
///
/// # Errors
/// A fault if they cannot be read.
pub async fn unit_options(tx: &mut Tx, reach: &Reach) -> Result<Vec<(String, String)>, Fault> {
    let units = units_in_reach(tx, reach, None, None).await?;
    Ok(units.into_iter().map(|u| (u.id.to_string(), format!("{} {}", u.town_name, u.short_name))).collect())
}
