//! SQL of the service book.

use crate::service::{Deed, Service, ServiceKind};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment};
use places::Unit;
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, Listing, Reach};

store::record! {
    /// A row of the service book as lists show it.
    #[derive(Debug, Clone)]
    pub(crate) struct ServiceRow {
        pub(crate) id: Id<Service>,
        pub(crate) batch_id: Id<Service>,
        pub(crate) unit_id: Id<Unit>,
        pub(crate) unit_name: String,
        pub(crate) town_name: String,
        pub(crate) lawyer_id: Id<Lawyer>,
        pub(crate) lawyer_name: String,
        pub(crate) kind: ServiceKind,
        pub(crate) quantity: i64,
        pub(crate) happened_on: Day,
        pub(crate) entered_at: Moment,
        pub(crate) entered_by: Option<i64>,
        pub(crate) on_behalf: bool,
        pub(crate) people: i64,
        pub(crate) matter: String,
        pub(crate) campaign: String,
        pub(crate) note: String,
        pub(crate) standing: bool,
        pub(crate) version: i64,
    }
}

store::record! {
    /// What an entry said before.
    #[derive(Debug, Clone)]
    pub(crate) struct RevisionRow {
        pub(crate) at: Moment,
        pub(crate) actor_name: String,
        pub(crate) reason: String,
        pub(crate) kind: ServiceKind,
        pub(crate) quantity: i64,
        pub(crate) happened_on: Day,
        pub(crate) people: i64,
        pub(crate) note: String,
    }
}

const COLUMNS: &str = "s.id, s.batch_id, s.unit_id, u.short_name as unit_name, u.town_name, s.lawyer_id, l.name as lawyer_name, s.kind, s.quantity,
    s.happened_on, s.entered_at, s.entered_by, s.on_behalf, s.people, s.matter, s.campaign, s.note,
    case when s.state = 'standing' then 1 else 0 end as standing, s.version";
const FROM: &str = "advisers_service_entry s join places_unit u on u.id = s.unit_id join counsel_lawyer l on l.id = s.lawyer_id";

fn scoped(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new(FROM, "s.region_id", tx.region()?);
    Ok(match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("u.town_id", towns),
        Reach::Unit(unit) => filter.and("s.unit_id = ?", *unit),
        Reach::Lawyer(lawyer) => filter.and("s.lawyer_id = ?", *lawyer),
        Reach::Firm(firm) => filter.and("l.firm_id = ?", *firm),
        Reach::Nothing => filter.and_that("1 = 0"),
    })
}

/// The filters of the list page, read leniently.
fn listed(tx: &Tx, reach: &Reach, listing: &Listing) -> Result<Filter, Fault> {
    let id = |name: &str| listing.get(name).and_then(|text| text.parse::<Id<()>>().ok()).map(Id::raw);
    let day = |name: &str| listing.get(name).and_then(|text| Day::parse(text).ok());
    let filter = scoped(tx, reach)?
        .and_if("u.town_id = ?", id("town"))
        .and_if("s.unit_id = ?", id("unit"))
        .and_if("s.lawyer_id = ?", id("lawyer"))
        .and_if("s.batch_id = ?", id("batch"))
        .and_if("s.kind = ?", listing.get("kind").and_then(ServiceKind::from_text))
        .and_if("s.happened_on >= ?", day("from"))
        .and_if("s.happened_on <= ?", day("to"));
    let filter = match listing.get("q").map(kernel::to_half_width) {
        Some(q) if q.is_ascii() => filter.and("u.initials like ? escape '!'", filter::contains(&q.to_lowercase())),
        Some(q) => filter.and("u.short_name like ? escape '!' or l.name like ? escape '!'", filter::contains(&q)),
        None => filter,
    };
    Ok(match listing.get("state") {
        Some("withdrawn") => filter.and("s.state = ?", "withdrawn"),
        Some("behalf") => filter.and("s.on_behalf = ?", true),
        Some("all") => filter,
        _ => filter.and("s.state = ?", "standing"),
    })
}

/// One page of the book with the total.
pub(crate) async fn list(tx: &mut Tx, reach: &Reach, listing: &Listing) -> Result<(Vec<ServiceRow>, i64), Fault> {
    let filter = listed(tx, reach, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("s.happened_on", "s.id", !back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    let order = if back { "s.happened_on, s.id" } else { "s.happened_on desc, s.id desc" };
    Ok((page.rows(tx, COLUMNS, order, listing.size + 1).await?, total))
}

/// The rows of the list page for a sheet, at most `cap`.
pub(crate) async fn export(tx: &mut Tx, reach: &Reach, listing: &Listing, cap: i64) -> Result<Vec<ServiceRow>, Fault> {
    listed(tx, reach, listing)?.rows(tx, COLUMNS, "s.happened_on, s.id", cap).await
}

/// One row within reach.
pub(crate) async fn service(tx: &mut Tx, reach: &Reach, id: Id<Service>) -> Result<Option<ServiceRow>, Fault> {
    Ok(scoped(tx, reach)?.and("s.id = ?", id).rows(tx, COLUMNS, "s.id", 1).await?.pop())
}

/// The rows logged together with that one.
pub(crate) async fn batch(tx: &mut Tx, reach: &Reach, batch: Id<Service>) -> Result<Vec<ServiceRow>, Fault> {
    scoped(tx, reach)?.and("s.batch_id = ?", batch).rows(tx, COLUMNS, "s.id", 300).await
}

/// A row to be written.
pub(crate) struct NewRow<'a> {
    pub(crate) id: Id<Service>,
    pub(crate) batch: Id<Service>,
    pub(crate) unit: Id<Unit>,
    pub(crate) lawyer: Id<Lawyer>,
    pub(crate) deed: &'a Deed,
    pub(crate) entered_at: Moment,
    pub(crate) entered_by: Option<i64>,
    pub(crate) on_behalf: bool,
}

pub(crate) async fn insert(tx: &mut Tx, row: &NewRow<'_>) -> Result<(), Fault> {
    let deed = row.deed;
    tx.execute(
        "insert into advisers_service_entry (id, region_id, batch_id, unit_id, lawyer_id, kind, quantity, happened_on, entered_at, entered_by,
                                             on_behalf, people, matter, campaign, note, state, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'standing', 1)",
        params![
            row.id, tx.region()?, row.batch, row.unit, row.lawyer, deed.kind, deed.quantity, deed.happened_on, row.entered_at, row.entered_by,
            row.on_behalf, deed.people, deed.matter, deed.campaign, deed.note
        ],
    )
    .await?;
    Ok(())
}

/// Changes a row if the version is still the one that was read.
pub(crate) async fn update(tx: &mut Tx, id: Id<Service>, version: i64, deed: &Deed, state: &str) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update advisers_service_entry set kind = $3, quantity = $4, happened_on = $5, people = $6, matter = $7, campaign = $8, note = $9,
                    state = $10, version = version + 1
             where id = $1 and version = $2 and state = 'standing'",
            params![id, version, deed.kind, deed.quantity, deed.happened_on, deed.people, deed.matter, deed.campaign, deed.note, state],
        )
        .await?;
    Ok(touched == 1)
}

pub(crate) async fn keep_revision(tx: &mut Tx, was: &ServiceRow, at: Moment, actor: (Option<i64>, &str), reason: &str) -> Result<(), Fault> {
    tx.execute(
        "insert into advisers_revision_entry (id, region_id, service_id, at, actor, actor_name, reason, kind, quantity, happened_on, people, matter, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            tx.new_id::<Service>()?, tx.region()?, was.id, at, actor.0, actor.1, reason, was.kind, was.quantity, was.happened_on, was.people,
            was.matter, was.note
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn revisions(tx: &mut Tx, id: Id<Service>) -> Result<Vec<RevisionRow>, Fault> {
    tx.all(
        "select at, actor_name, reason, kind, quantity, happened_on, people, note from advisers_revision_entry
         where region_id = $1 and service_id = $2 order by id",
        params![tx.region()?, id],
    )
    .await
}

store::record! {
    /// How often one unit was served in a time, by kind.
    #[derive(Debug, Clone)]
    pub(crate) struct UnitCount {
        pub(crate) unit_id: Id<Unit>,
        pub(crate) kind: ServiceKind,
        pub(crate) quantity: i64,
    }
}

/// What a lawyer logged most recently: it is proposed again.
pub(crate) async fn last_logged(tx: &mut Tx, lawyer: i64) -> Result<Option<(Id<Unit>, ServiceKind)>, Fault> {
    tx.optional(
        "select unit_id, kind from advisers_service_entry where region_id = $1 and lawyer_id = $2 order by happened_on desc, id desc limit 1",
        params![tx.region()?, lawyer],
    )
    .await
}

/// Services a unit got between two days, by kind.
pub(crate) async fn counts(tx: &mut Tx, from: Day, to: Day, units: &[Id<Unit>]) -> Result<Vec<UnitCount>, Fault> {
    Filter::new("advisers_service_entry s", "s.region_id", tx.region()?)
        .and_in("s.unit_id", units)
        .and("s.happened_on >= ?", from)
        .and("s.happened_on <= ?", to)
        .and("s.state = ?", "standing")
        .group_by("s.unit_id, s.kind")
        .rows(tx, "s.unit_id, s.kind, cast(sum(s.quantity) as bigint) as quantity", "s.unit_id, s.kind", 10_000)
        .await
}
