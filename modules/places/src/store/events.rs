//! SQL of events, names, codes and what else changes with them.

use crate::{
    event::{Event, EventKind, EventRow, NewEvent},
    store::UnitRow,
    town::Town,
    unit::{Position, Unit, UnitKind},
};
use kernel::{Day, Fault, Id, Moment};
use store::{Filter, Tx, params};
use web::{COUNT_CAP, Listing, Reach};

store::record! {
    /// A unit, standing or closed.
    #[derive(Debug, Clone)]
    pub struct AnyUnit {
        /// Id.
        pub id: Id<Unit>,
        /// Its town.
        pub town_id: Id<Town>,
        /// The town's name.
        pub town_name: String,
        /// Full official name, the last one.
        pub name: String,
        /// Short name.
        pub short_name: String,
        /// Village or community.
        pub kind: UnitKind,
        /// Latitude, if known.
        pub lat: Option<f64>,
        /// Longitude, if known.
        pub lon: Option<f64>,
        /// How well the position is known.
        pub position: Position,
        /// Since when it is.
        pub opened_on: Day,
        /// The first day it is no more.
        pub closed_on: Option<Day>,
    }
}

const ANY: &str = "u.id, u.town_id, u.town_name, u.name, u.short_name, u.kind, u.lat, u.lon, u.position, u.opened_on, u.closed_on";

/// A unit of the jurisdiction, also when it is closed.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn any_unit(tx: &mut Tx, id: Id<Unit>) -> Result<Option<AnyUnit>, Fault> {
    tx.optional(
        "select u.id, u.town_id, u.town_name, u.name, u.short_name, u.kind, u.lat, u.lon, u.position, u.opened_on, u.closed_on
         from places_unit_any u where u.id = $1",
        params![id],
    )
    .await
}

/// A unit within reach, also when it is closed.
pub(crate) async fn any_unit_in_reach(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Unit>,
) -> Result<Option<AnyUnit>, Fault> {
    let filter = Filter::new("places_unit_any u", "u.region_id", tx.region()?).and("u.id = ?", id);
    let filter = match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("u.town_id", towns),
        Reach::Unit(unit) => filter.and("u.id = ?", *unit),
        Reach::Lawyer(_) | Reach::Firm(_) | Reach::Nothing => filter.and_that("1 = 0"),
    };
    Ok(filter.rows(tx, ANY, "u.id", 1).await?.pop())
}

pub(crate) async fn insert_event(
    tx: &mut Tx,
    id: Id<Event>,
    event: &NewEvent,
    (town, title): (Id<Town>, &str),
    (by, now): (Option<i64>, Moment),
) -> Result<(), Fault> {
    let to_town = (event.town != town).then_some(event.town);
    tx.execute(
        "insert into places_event_entry (id, region_id, kind, day, town_id, to_town_id, title, document, note, interval_marked, state, entered_at, entered_by, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'standing', $11, $12, 1)",
        params![
            id, tx.region()?, event.kind, event.day, town, to_town, title, event.document, event.note, event.interval_marked, now, by
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_event_unit(
    tx: &mut Tx,
    event: Id<Event>,
    unit: Id<Unit>,
    role: &'static str,
) -> Result<(), Fault> {
    tx.execute(
        "insert into places_event_unit_entry (id, region_id, event_id, unit_id, role) values ($1, $2, $3, $4, $5)",
        params![tx.new_id::<Event>()?, tx.region()?, event, unit, role],
    )
    .await?;
    Ok(())
}

const EVENT: &str = "e.id, e.kind, e.day, e.town_id, t.name as town_name, e.title, e.document, e.note, e.interval_marked,
    case when e.state = 'standing' then 1 else 0 end as standing, e.entered_at, e.undone_reason, e.undone_at, e.version";
const EVENTS: &str = "places_event_entry e join places_town t on t.id = e.town_id";

fn scoped(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let region = tx.region()?;
    let of_units = |filter: Filter| filter.among(EVENTS, "e.id", "x.event_id", "x.event_id", 100_000);
    let units = "places_event_unit_entry x join places_unit_entry v on v.id = x.unit_id";
    Ok(match reach {
        Reach::Region => Filter::new(EVENTS, "e.region_id", region),
        // A move concerns two towns; the officers of both see it.
        Reach::Towns(towns) => of_units(Filter::new(units, "x.region_id", region).and_in("v.town_id", towns)),
        Reach::Unit(unit) => of_units(Filter::new(units, "x.region_id", region).and("x.unit_id = ?", *unit)),
        Reach::Lawyer(_) | Reach::Firm(_) | Reach::Nothing => {
            Filter::new(EVENTS, "e.region_id", region).and_that("1 = 0")
        }
    })
}

/// One page of the events, the newest first, with the total; up to `cap` of them for a sheet.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    cap: Option<i64>,
) -> Result<(Vec<EventRow>, i64), Fault> {
    let town: Option<Id<Town>> = listing.get("town").and_then(|id| id.parse().ok());
    let year = listing.get("year").filter(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()));
    let filter = scoped(tx, reach)?
        .and_if("e.kind = ?", listing.get("kind").and_then(EventKind::from_text))
        .and_if("e.town_id = ? or e.to_town_id = ?", town)
        .and_if("e.day like ?", year.map(|year| format!("{year}-%")));
    let filter = match listing.get("state") {
        Some("all") => filter,
        Some("undone") => filter.and_that("e.state = 'undone'"),
        _ => filter.and_that("e.state = 'standing'"),
    };
    let total = filter.count_to(tx, COUNT_CAP).await?;
    if let Some(cap) = cap {
        return Ok((filter.rows(tx, EVENT, "e.day, e.id", cap).await?, total));
    }
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let filter = match &listing.cursor {
        Some(cursor) => filter.after("e.day", "e.id", !back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "e.day, e.id" } else { "e.day desc, e.id desc" };
    Ok((filter.rows(tx, EVENT, order, listing.size + 1).await?, total))
}

/// One event within reach.
pub(crate) async fn event(tx: &mut Tx, reach: &Reach, id: Id<Event>) -> Result<Option<EventRow>, Fault> {
    Ok(scoped(tx, reach)?.and("e.id = ?", id).rows(tx, EVENT, "e.id", 1).await?.pop())
}

/// The events of a unit, the oldest first.
pub(crate) async fn events_of(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<EventRow>, Fault> {
    Filter::new("places_event_unit_entry x", "x.region_id", tx.region()?)
        .and("x.unit_id = ?", unit)
        .among(EVENTS, "e.id", "x.event_id", "x.event_id", 1000)
        .and_that("e.state = 'standing'")
        .rows(tx, EVENT, "e.day, e.id", 1000)
        .await
}

/// The units of an event in that role.
pub(crate) async fn event_units(
    tx: &mut Tx,
    event: Id<Event>,
    role: &'static str,
) -> Result<Vec<UnitRow>, Fault> {
    tx.all(
        "select u.id, u.town_id, t.name as town_name, u.name, u.short_name, u.kind, u.initials, u.lat, u.lon, u.position
         from places_event_unit_entry x join places_unit_entry u on u.id = x.unit_id join places_town_entry t on t.id = u.town_id
         where x.region_id = $1 and x.event_id = $2 and x.role = $3 order by x.id",
        params![tx.region()?, event, role],
    )
    .await
}

/// Marks the event as undone if nobody did meanwhile.
pub(crate) async fn undo_event(
    tx: &mut Tx,
    id: Id<Event>,
    version: i64,
    reason: &str,
    (by, now): (Option<i64>, Moment),
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update places_event_entry set state = 'undone', undone_at = $3, undone_by = $4, undone_reason = $5, version = version + 1
             where id = $1 and version = $2 and state = 'standing'",
            params![id, version, now, by, reason],
        )
        .await?;
    Ok(touched == 1)
}

// ---- units ----

/// Closes an open unit; false if it is closed already.
pub(crate) async fn close_unit(tx: &mut Tx, unit: Id<Unit>, day: Day) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update places_unit_entry set closed_on = $2, version = version + 1 where id = $1 and closed_on is null",
            params![unit, day],
        )
        .await?;
    tx.execute(
        "update places_name_entry set to_day = $3 where region_id = $1 and unit_id = $2 and to_day is null",
        params![tx.region()?, unit, day.add_days(-1)],
    )
    .await?;
    Ok(touched == 1)
}

/// Opens a unit again that was closed on that day.
pub(crate) async fn reopen_unit(tx: &mut Tx, unit: Id<Unit>, day: Day) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update places_unit_entry set closed_on = null, version = version + 1 where id = $1 and closed_on = $2",
            params![unit, day],
        )
        .await?;
    tx.execute(
        "update places_name_entry set to_day = null where region_id = $1 and unit_id = $2 and to_day = $3 and to_day >= from_day",
        params![tx.region()?, unit, day.add_days(-1)],
    )
    .await?;
    Ok(touched == 1)
}

/// Takes a unit back that was set up by mistake; false if it is closed by something else meanwhile.
pub(crate) async fn withdraw_unit(tx: &mut Tx, unit: Id<Unit>) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update places_unit_entry set closed_on = opened_on, withdrawn = 1, version = version + 1
             where id = $1 and closed_on is null and withdrawn = 0",
            params![unit],
        )
        .await?;
    Ok(touched == 1)
}

store::record! {
    /// A name of a unit and its days.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct NameRow {
        /// Full official name.
        pub name: String,
        /// Short name.
        pub short_name: String,
        /// First day.
        pub from_day: Day,
        /// Last day; none while it holds.
        pub to_day: Option<Day>,
    }
}

/// The names of a unit, the oldest first.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn names(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<NameRow>, Fault> {
    tx.all(
        "select name, short_name, from_day, to_day from places_name where region_id = $1 and unit_id = $2 order by from_day",
        params![tx.region()?, unit],
    )
    .await
}

/// Gives a unit another name from a day on.
pub(crate) async fn rename_unit(
    tx: &mut Tx,
    unit: Id<Unit>,
    (name, short_name): (&str, &str),
    day: Day,
    event: Id<Event>,
) -> Result<(), Fault> {
    tx.execute(
        "update places_name_entry set to_day = $3 where region_id = $1 and unit_id = $2 and to_day is null",
        params![tx.region()?, unit, day.add_days(-1)],
    )
    .await?;
    super::insert_name(tx, tx.new_id()?, unit, (name, short_name), day, Some(event)).await?;
    set_name(tx, unit, (name, short_name)).await
}

async fn set_name(tx: &mut Tx, unit: Id<Unit>, (name, short_name): (&str, &str)) -> Result<(), Fault> {
    tx.execute(
        "update places_unit_entry set name = $2, short_name = $3, initials = $4, version = version + 1 where id = $1",
        params![unit, name, short_name, crate::initials(short_name)],
    )
    .await?;
    Ok(())
}

/// What a unit was called before that event renamed it; none if it was renamed again since.
pub(crate) async fn name_before(
    tx: &mut Tx,
    unit: Id<Unit>,
    event: Id<Event>,
) -> Result<Option<(String, String)>, Fault> {
    let region = tx.region()?;
    let given: Option<(Day,)> = tx
        .optional(
            "select from_day from places_name_entry where region_id = $1 and unit_id = $2 and event_id = $3 and to_day is null",
            params![region, unit, event],
        )
        .await?;
    let Some((from,)) = given else { return Ok(None) };
    tx.optional(
        "select name, short_name from places_name_entry where region_id = $1 and unit_id = $2 and to_day = $3 and to_day >= from_day",
        params![region, unit, from.add_days(-1)],
    )
    .await
}

/// Takes the name back that an event gave on that day, and restores the one before.
pub(crate) async fn take_name_back(
    tx: &mut Tx,
    unit: Id<Unit>,
    (name, short_name): (&str, &str),
    day: Day,
    event: Id<Event>,
) -> Result<(), Fault> {
    let (region, last) = (tx.region()?, day.add_days(-1));
    tx.execute(
        "update places_name_entry set to_day = $4 where region_id = $1 and unit_id = $2 and event_id = $3",
        params![region, unit, event, last],
    )
    .await?;
    tx.execute(
        "update places_name_entry set to_day = null where region_id = $1 and unit_id = $2 and to_day = $3 and to_day >= from_day",
        params![region, unit, last],
    )
    .await?;
    set_name(tx, unit, (name, short_name)).await
}

/// The first day of the unit's present name.
pub(crate) async fn named_since(tx: &mut Tx, unit: Id<Unit>) -> Result<Option<Day>, Fault> {
    tx.scalar(
        "select max(from_day) from places_name_entry where region_id = $1 and unit_id = $2 and to_day is null",
        params![tx.region()?, unit],
    )
    .await
}

/// Writes the present name of a unit anew (a slip of the pen is corrected, no event).
pub(crate) async fn correct_name(
    tx: &mut Tx,
    unit: Id<Unit>,
    (name, short_name): (&str, &str),
) -> Result<(), Fault> {
    tx.execute(
        "update places_name_entry set name = $3, short_name = $4, initials = $5 where region_id = $1 and unit_id = $2 and to_day is null",
        params![tx.region()?, unit, name, short_name, crate::initials(short_name)],
    )
    .await?;
    Ok(())
}

// ---- codes ----

store::record! {
    /// An official code of a unit and its days.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct CodeRow {
        /// The list it is from: `nbs`, `civil`, `province`.
        pub scheme: String,
        /// The code.
        pub code: String,
        /// First day.
        pub valid_from: Day,
        /// Last day; none while it holds.
        pub valid_to: Option<Day>,
    }
}

/// The codes of a unit, present and past.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn codes(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<CodeRow>, Fault> {
    tx.all(
        "select scheme, code, valid_from, valid_to from places_code
         where region_id = $1 and unit_id = $2 and (valid_to is null or valid_to >= valid_from) order by scheme, valid_from",
        params![tx.region()?, unit],
    )
    .await
}

/// Ends the codes of a unit, of one scheme or of all, the day before.
pub(crate) async fn end_codes(
    tx: &mut Tx,
    unit: Id<Unit>,
    scheme: Option<&str>,
    day: Day,
    event: Option<Id<Event>>,
) -> Result<(), Fault> {
    tx.execute(
        "update places_code set valid_to = $3, ended_by = $4 where region_id = $1 and unit_id = $2 and valid_to is null and scheme = coalesce($5, scheme)",
        params![tx.region()?, unit, day.add_days(-1), event, scheme],
    )
    .await?;
    Ok(())
}

/// Begins a code of a unit.
pub(crate) async fn begin_code(
    tx: &mut Tx,
    unit: Id<Unit>,
    (scheme, code): (&str, &str),
    day: Day,
    event: Id<Event>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into places_code (id, region_id, unit_id, scheme, code, valid_from, begun_by) values ($1, $2, $3, $4, $5, $6, $7)",
        params![tx.new_id::<Unit>()?, tx.region()?, unit, scheme, code, day, event],
    )
    .await?;
    Ok(())
}

/// Undoes what an event did to codes.
pub(crate) async fn restore_codes(tx: &mut Tx, event: Id<Event>, day: Day) -> Result<(), Fault> {
    let region = tx.region()?;
    tx.execute(
        "update places_code set valid_to = $3 where region_id = $1 and begun_by = $2",
        params![region, event, day.add_days(-1)],
    )
    .await?;
    tx.execute(
        "update places_code set valid_to = null, ended_by = null where region_id = $1 and ended_by = $2",
        params![region, event],
    )
    .await?;
    Ok(())
}
