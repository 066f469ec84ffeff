//! SQL of appointments and coverage.

use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment};
use places::{Position, Town, Unit};
use store::{Filter, Tx, params};
use web::Reach;

/// An appointment; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppointmentId {}

store::record! {
    /// The adviser of a unit now.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Current {
        /// Who.
        pub lawyer_id: Id<Lawyer>,
        /// Since when.
        pub since: Day,
        /// The appointment.
        pub appointment_id: Id<AppointmentId>,
        /// Optimistic version.
        pub version: i64,
    }
}

store::record! {
    /// A past or present appointment of a unit.
    #[derive(Debug, Clone)]
    pub(crate) struct HistoryRow {
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) lawyer_name: String,
        pub(crate) firm_name: String,
        pub(crate) from_day: Day,
        pub(crate) to_day: Option<Day>,
        pub(crate) end_reason: Option<String>,
    }
}

store::record! {
    /// A unit with its adviser and how it is served.
    #[derive(Debug, Clone)]
    pub(crate) struct CoverRow {
        pub(crate) id: Id<Unit>,
        pub(crate) town_id: Id<Town>,
        pub(crate) town_name: String,
        pub(crate) short_name: String,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        pub(crate) position: Position,
        pub(crate) lawyer_id: Option<Id<Lawyer>>,
        pub(crate) lawyer_name: Option<String>,
        pub(crate) firm_name: Option<String>,
        pub(crate) since: Option<Day>,
        pub(crate) last_visit: Option<Day>,
    }
}

/// The adviser of a unit now.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn current(tx: &mut Tx, unit: Id<Unit>) -> Result<Option<Current>, Fault> {
    tx.optional(
        "select lawyer_id, since, appointment_id, version from advisers_current_entry where unit_id = $1",
        params![unit],
    )
    .await
}

/// The adviser of a unit on a day.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn adviser_on(tx: &mut Tx, unit: Id<Unit>, day: Day) -> Result<Option<Id<Lawyer>>, Fault> {
    Ok(tx
        .optional::<(Id<Lawyer>,)>(
            "select lawyer_id from advisers_appointment_entry
             where region_id = $1 and unit_id = $2 and from_day <= $3 and (to_day is null or to_day >= $3)",
            params![tx.region()?, unit, day],
        )
        .await?
        .map(|(lawyer,)| lawyer))
}

pub(crate) async fn history(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<HistoryRow>, Fault> {
    tx.all(
        "select a.lawyer_id, l.name as lawyer_name, l.firm_name, a.from_day, a.to_day, a.end_reason
         from advisers_appointment_entry a join counsel_lawyer l on l.id = a.lawyer_id
         where a.region_id = $1 and a.unit_id = $2 and (a.to_day is null or a.to_day >= a.from_day) order by a.from_day desc, a.id desc",
        params![tx.region()?, unit],
    )
    .await
}

pub(crate) async fn last_day_used(tx: &mut Tx, unit: Id<Unit>) -> Result<Option<Day>, Fault> {
    tx.scalar("select max(coalesce(to_day, from_day)) from advisers_appointment_entry where region_id = $1 and unit_id = $2", params![tx.region()?, unit]).await
}

pub(crate) async fn insert(
    tx: &mut Tx,
    unit: Id<Unit>,
    lawyer: Id<Lawyer>,
    from: Day,
    made_by: Option<i64>,
    now: Moment,
) -> Result<Id<AppointmentId>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into advisers_appointment_entry (id, region_id, unit_id, lawyer_id, from_day, made_by, entered_at) values ($1, $2, $3, $4, $5, $6, $7)",
        params![id, tx.region()?, unit, lawyer, from, made_by, now],
    )
    .await?;
    Ok(id)
}

pub(crate) async fn end(
    tx: &mut Tx,
    appointment: Id<AppointmentId>,
    to: Day,
    reason: &str,
) -> Result<(), Fault> {
    tx.execute(
        "update advisers_appointment_entry set to_day = $2, end_reason = $3 where id = $1",
        params![appointment, to, reason],
    )
    .await?;
    Ok(())
}

/// Makes the lawyer the unit's adviser if nobody else changed it meanwhile (`version` 0: there was none).
pub(crate) async fn set_current(
    tx: &mut Tx,
    unit: Id<Unit>,
    lawyer: Id<Lawyer>,
    appointment: Id<AppointmentId>,
    since: Day,
    version: i64,
) -> Result<bool, Fault> {
    let touched = if version == 0 {
        tx.execute(
            "insert into advisers_current_entry (unit_id, region_id, lawyer_id, appointment_id, since, version) values ($1, $2, $3, $4, $5, 1)
             on conflict (unit_id) do nothing",
            params![unit, tx.region()?, lawyer, appointment, since],
        )
        .await?
    } else {
        tx.execute(
            "update advisers_current_entry set lawyer_id = $3, appointment_id = $4, since = $5, version = version + 1 where unit_id = $1 and version = $2",
            params![unit, version, lawyer, appointment, since],
        )
        .await?
    };
    Ok(touched == 1)
}

pub(crate) async fn clear_current(tx: &mut Tx, unit: Id<Unit>, version: i64) -> Result<bool, Fault> {
    Ok(tx
        .execute(
            "delete from advisers_current_entry where unit_id = $1 and version = $2",
            params![unit, version],
        )
        .await?
        == 1)
}

/// Units within reach with adviser and last visit, in town order. The visit is looked for from a unit's newest entry
/// on; an expression, unlike a column, does not tempt the database to walk the index of kinds instead.
pub(crate) async fn coverage(
    tx: &mut Tx,
    reach: &Reach,
    town: Option<Id<Town>>,
    lawyer: Option<Id<Lawyer>>,
) -> Result<Vec<CoverRow>, Fault> {
    let filter = Filter::new(
        "places_unit u left join advisers_current_entry c on c.unit_id = u.id left join counsel_lawyer l on l.id = c.lawyer_id",
        "u.region_id",
        tx.region()?,
    )
    .and_if("u.town_id = ?", town)
    .and_if("c.lawyer_id = ?", lawyer);
    let filter = match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("u.town_id", towns),
        Reach::Unit(unit) => filter.and("u.id = ?", *unit),
        Reach::Lawyer(lawyer) => filter.and("c.lawyer_id = ?", *lawyer),
        Reach::Firm(firm) => filter.and("l.firm_id = ?", *firm),
        Reach::Nothing => filter.and_that("1 = 0"),
    };
    filter
        .rows(
            tx,
            "u.id, u.town_id, u.town_name, u.short_name, u.lat, u.lon, u.position, c.lawyer_id, l.name as lawyer_name, l.firm_name, c.since,
             (select max(s.happened_on) from advisers_service_entry s
              where s.region_id = u.region_id and s.unit_id = u.id and s.kind || '' = 'visit' and s.state = 'standing') as last_visit",
            "u.town_sort, u.id",
            2000,
        )
        .await
}

/// Closed units within reach that had an adviser, the last closed first: what happened there before may still be
/// written down.
pub(crate) async fn closed(tx: &mut Tx, reach: &Reach) -> Result<Vec<CoverRow>, Fault> {
    let filter = Filter::new(
        "places_unit_any u join advisers_appointment_entry a on a.region_id = u.region_id and a.unit_id = u.id
         join counsel_lawyer l on l.id = a.lawyer_id",
        "u.region_id",
        tx.region()?,
    )
    .and_that("u.closed_on is not null and a.to_day >= a.from_day")
    .and_that("not exists (select 1 from advisers_appointment_entry b where b.region_id = a.region_id and b.unit_id = a.unit_id and b.to_day > a.to_day)");
    let filter = match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("u.town_id", towns),
        Reach::Unit(unit) => filter.and("u.id = ?", *unit),
        Reach::Lawyer(lawyer) => filter.and("a.lawyer_id = ?", *lawyer),
        Reach::Firm(firm) => filter.and("l.firm_id = ?", *firm),
        Reach::Nothing => filter.and_that("1 = 0"),
    };
    filter
        .rows(
            tx,
            "u.id, u.town_id, u.town_name, u.short_name, u.lat, u.lon, u.position, a.lawyer_id, l.name as lawyer_name, l.firm_name,
             a.from_day as since, a.to_day as last_visit",
            "u.closed_on desc, u.id",
            200,
        )
        .await
}

/// Whether a unit within reach has an adviser.
pub(crate) async fn is_served(tx: &mut Tx, reach: &Reach, unit: Id<Unit>) -> Result<bool, Fault> {
    let filter = Filter::new(
        "advisers_current_entry c join places_unit u on u.id = c.unit_id join counsel_lawyer l on l.id = c.lawyer_id",
        "c.region_id",
        tx.region()?,
    )
    .and("c.unit_id = ?", unit);
    let filter = match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("u.town_id", towns),
        Reach::Unit(unit) => filter.and("c.unit_id = ?", *unit),
        Reach::Lawyer(lawyer) => filter.and("c.lawyer_id = ?", *lawyer),
        Reach::Firm(firm) => filter.and("l.firm_id = ?", *firm),
        Reach::Nothing => filter.and_that("1 = 0"),
    };
    Ok(filter.count_to(tx, 0).await? > 0)
}

/// How many units each lawyer serves now.
pub(crate) async fn loads(tx: &mut Tx) -> Result<Vec<(Id<Lawyer>, i64)>, Fault> {
    tx.all(
        "select lawyer_id, count(*) from advisers_current_entry where region_id = $1 group by lawyer_id",
        params![tx.region()?],
    )
    .await
}
