//! SQL of the service book.

use crate::service::{Deed, Service, ServiceKind};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment, Region};
use places::Unit;
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, Cursor, Listing, Reach};

store::record! {
    /// A row of the service book as lists show it.
    #[derive(Debug, Clone)]
    pub(crate) struct ServiceRow {
        pub(crate) id: Id<Service>,
        pub(crate) batch_id: Id<Service>,
        pub(crate) unit_id: Id<Unit>,
        pub(crate) unit_name: String,
        pub(crate) unit_closed: bool,
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

const COLUMNS: &str = "s.id, s.batch_id, s.unit_id, u.short_name as unit_name, case when u.closed_on is null then 0 else 1 end as unit_closed, u.town_name, s.lawyer_id, l.name as lawyer_name, s.kind, s.quantity,
    s.happened_on, s.entered_at, s.entered_by, s.on_behalf, s.people, s.matter, s.campaign, s.note,
    case when s.state = 'standing' then 1 else 0 end as standing, s.version";
const FROM: &str = "advisers_service_entry s join places_unit_any u on u.id = s.unit_id join counsel_lawyer l on l.id = s.lawyer_id";

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

/// What a list asks for. Its statements stay cheap with millions of entries because each walks one index and stops
/// early: what is asked of villages is answered village by village, and names are joined to what is shown only.
struct Asked<'a> {
    region: Region,
    reach: &'a Reach,
    listing: &'a Listing,
    text: Text,
    /// The unit that is asked for, with those it came from when they are asked for too.
    units: Vec<i64>,
}

/// What the search text names.
enum Text {
    Nothing,
    /// Villages, by a condition on them.
    Village(&'static str, String),
    Lawyer(String),
    Either(String),
}

const ENTRIES: &str = "advisers_service_entry e";

/// The orders of the shown rows, of those found, and of those found village by village.
type Orders = (&'static str, &'static str, &'static str);
const NEWEST_FIRST: Orders =
    ("s.happened_on desc, s.id desc", "e.happened_on desc, e.id desc", "f.happened_on desc, f.id desc");
const OLDEST_FIRST: Orders = ("s.happened_on, s.id", "e.happened_on, e.id", "f.happened_on, f.id");

impl<'a> Asked<'a> {
    /// Reads the filters of the list page leniently.
    async fn of(tx: &mut Tx, reach: &'a Reach, listing: &'a Listing) -> Result<Self, Fault> {
        let region = tx.region()?;
        let text = match listing.get("q").map(kernel::to_half_width) {
            None => Text::Nothing,
            Some(q) if q.is_ascii() => Text::Village(
                "u.initials like ? escape '!' or u.id in (select n.unit_id from places_name n where n.initials like ? escape '!')",
                filter::contains(&q.to_lowercase()),
            ),
            Some(q) => {
                let part = filter::contains(&q);
                let lawyers = Filter::new("counsel_lawyer l", "l.region_id", region)
                    .and("l.name like ? escape '!'", part.clone());
                let units = Filter::new("places_unit_any u", "u.region_id", region)
                    .and("u.short_name like ? escape '!' or u.id in (select n.unit_id from places_name n where n.short_name like ? escape '!')", part.clone());
                // Hardly any text names both; only then no index answers alone.
                match (lawyers.count_to(tx, 0).await? > 0, units.count_to(tx, 0).await? > 0) {
                    (true, true) => Text::Either(part),
                    (true, false) => Text::Lawyer(part),
                    (false, _) => Text::Village(
                        "u.short_name like ? escape '!' or u.id in (select n.unit_id from places_name n where n.short_name like ? escape '!')",
                        part,
                    ),
                }
            }
        };
        let mut asked = Self { region, reach, listing, text, units: Vec::new() };
        if let Some(unit) = asked.id("unit") {
            asked.units.push(unit);
            if listing.get("origins").is_some() {
                asked.units.extend(places::lineage(tx).await?.origins(unit));
            }
        }
        Ok(asked)
    }

    fn id(&self, name: &str) -> Option<i64> {
        self.listing.get(name).and_then(|text| text.parse::<Id<()>>().ok()).map(Id::raw)
    }

    /// Whether villages are asked for by what is known of them.
    fn by_village(&self) -> bool {
        matches!(self.reach, Reach::Towns(_))
            || matches!(self.text, Text::Village(..))
            || self.id("town").is_some()
    }

    /// Whether something narrower than the kind decides which index is walked.
    fn narrow(&self) -> bool {
        let own = matches!(self.reach, Reach::Unit(_) | Reach::Lawyer(_) | Reach::Firm(_));
        let named = ["unit", "lawyer", "batch"].iter().any(|name| self.id(name).is_some());
        own || named || self.by_village() || matches!(self.text, Text::Lawyer(_))
    }

    /// The conditions on the villages `u`.
    fn villages(&self, filter: Filter) -> Filter {
        let filter = filter.and_if("u.town_id = ?", self.id("town"));
        let filter = match &self.text {
            Text::Village(condition, part) => filter.and(condition, part.clone()),
            _ => filter,
        };
        match self.reach {
            Reach::Towns(towns) => filter.and_in("u.town_id", towns),
            _ => filter,
        }
    }

    /// The conditions on the entries `e` themselves.
    fn entries(&self, filter: Filter) -> Filter {
        let day = |name: &str| self.listing.get(name).and_then(|text| Day::parse(text).ok());
        // An expression, unlike a column, does not tempt the database to walk the index of kinds.
        let kind = if self.narrow() { "e.kind || '' = ?" } else { "e.kind = ?" };
        let filter = filter
            .and_if("e.lawyer_id = ?", self.id("lawyer"))
            .and_if("e.batch_id = ?", self.id("batch"))
            .and_if(kind, self.listing.get("kind").and_then(ServiceKind::from_text))
            .and_if("e.happened_on >= ?", day("from"))
            .and_if("e.happened_on <= ?", day("to"));
        let filter = match self.units.as_slice() {
            [] => filter,
            [unit] => filter.and("e.unit_id = ?", *unit),
            units => filter.and_in("e.unit_id", units),
        };
        let filter = match &self.text {
            Text::Lawyer(part) => filter.and(
                "e.lawyer_id in (select l.id from counsel_lawyer l where l.name like ? escape '!')",
                part.clone(),
            ),
            Text::Either(part) => filter.and(
                "e.lawyer_id in (select l.id from counsel_lawyer l where l.name like ? escape '!')
                 or e.unit_id in (select u.id from places_unit_any u where u.short_name like ? escape '!')",
                part.clone(),
            ),
            Text::Nothing | Text::Village(..) => filter,
        };
        let filter = match self.listing.get("state") {
            Some("withdrawn") => filter.and_that("e.state = 'withdrawn'"),
            Some("behalf") => filter.and("e.on_behalf = ?", true),
            Some("all") => filter,
            _ => filter.and_that("e.state = 'standing'"),
        };
        match self.reach {
            Reach::Region | Reach::Towns(_) => filter,
            Reach::Unit(unit) => filter.and("e.unit_id = ?", *unit),
            Reach::Lawyer(lawyer) => filter.and("e.lawyer_id = ?", *lawyer),
            Reach::Firm(firm) => {
                filter.and("e.lawyer_id in (select l.id from counsel_lawyer l where l.firm_id = ?)", *firm)
            }
            Reach::Nothing => filter.and_that("1 = 0"),
        }
    }

    async fn count(&self, tx: &mut Tx, cap: i64) -> Result<i64, Fault> {
        let filter = if self.by_village() {
            let villages = self.villages(Filter::new("places_unit_any u", "u.region_id", self.region));
            villages.among(ENTRIES, "e.unit_id", "u.id", "u.id", i64::MAX).and("e.region_id = ?", self.region)
        } else {
            Filter::new(ENTRIES, "e.region_id", self.region)
        };
        self.entries(filter).count_to(tx, cap).await
    }

    async fn rows(
        &self,
        tx: &mut Tx,
        cursor: Option<&Cursor>,
        orders: Orders,
        limit: i64,
    ) -> Result<Vec<ServiceRow>, Fault> {
        let (shown, found, by_village) = orders;
        let filter = self.entries(Filter::new(ENTRIES, "e.region_id", self.region));
        let filter = match cursor {
            Some(cursor) => {
                let descending = orders == NEWEST_FIRST;
                filter.after("e.happened_on", "e.id", descending, cursor.value.clone(), cursor.id)
            }
            None => filter,
        };
        let filter = if self.by_village() {
            // The first entries of each village, then the first of those.
            let filter = filter.and_that("e.unit_id = u.id");
            let filter = filter.among(
                "places_unit_any u cross join advisers_service_entry f",
                "f.id",
                "e.id",
                found,
                limit,
            );
            self.villages(filter.and("u.region_id = ?", self.region))
                .among(FROM, "s.id", "f.id", by_village, limit)
        } else {
            filter.among(FROM, "s.id", "e.id", found, limit)
        };
        filter.rows(tx, COLUMNS, shown, limit).await
    }
}

/// One page of the book with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<ServiceRow>, i64), Fault> {
    let asked = Asked::of(tx, reach, listing).await?;
    let total = asked.count(tx, COUNT_CAP).await?;
    let cursor = listing.cursor.as_ref();
    // Newest first unless asked otherwise; going back reads the other way round.
    let oldest_first = listing.get("sort") == Some("day");
    let orders =
        if cursor.is_some_and(|cursor| cursor.back) == oldest_first { NEWEST_FIRST } else { OLDEST_FIRST };
    Ok((asked.rows(tx, cursor, orders, listing.size + 1).await?, total))
}

/// The rows of the list page for a sheet, at most `cap`.
pub(crate) async fn export(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    cap: i64,
) -> Result<Vec<ServiceRow>, Fault> {
    Asked::of(tx, reach, listing).await?.rows(tx, None, OLDEST_FIRST, cap).await
}

/// One row within reach.
pub(crate) async fn service(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Service>,
) -> Result<Option<ServiceRow>, Fault> {
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
    .await.map(|_| ())
}

/// Changes a row if the version is still the one that was read.
pub(crate) async fn update(
    tx: &mut Tx,
    id: Id<Service>,
    version: i64,
    deed: &Deed,
    state: &str,
) -> Result<bool, Fault> {
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

pub(crate) async fn keep_revision(
    tx: &mut Tx,
    was: &ServiceRow,
    at: Moment,
    actor: (Option<i64>, &str),
    reason: &str,
) -> Result<(), Fault> {
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

/// What a lawyer logged most recently: it is proposed again, in the unit that the one of then is now.
pub(crate) async fn last_logged(tx: &mut Tx, lawyer: i64) -> Result<Option<(Id<Unit>, ServiceKind)>, Fault> {
    let last: Option<(Id<Unit>, ServiceKind)> = tx
        .optional(
            "select unit_id, kind from advisers_service_entry where region_id = $1 and lawyer_id = $2 order by happened_on desc, id desc limit 1",
            params![tx.region()?, lawyer],
        )
        .await?;
    let Some((unit, kind)) = last else { return Ok(None) };
    if places::unit(tx, unit).await?.is_some() {
        return Ok(Some((unit, kind)));
    }
    Ok(match places::lineage(tx).await?.current(unit.raw()) {
        places::Current::Became(now) => Id::from_raw(now).map(|now| (now, kind)),
        places::Current::Same | places::Current::Divided(_) | places::Current::Gone => None,
    })
}

/// The days between two on which units got a visit.
pub(crate) async fn visited(
    tx: &mut Tx,
    from: Day,
    to: Day,
    units: &[Id<Unit>],
) -> Result<Vec<(Id<Unit>, Day)>, Fault> {
    Filter::new("advisers_service_entry s", "s.region_id", tx.region()?)
        .and_in("s.unit_id", units)
        .and("s.kind = ?", "visit")
        .and("s.happened_on >= ?", from)
        .and("s.happened_on <= ?", to)
        .and("s.state = ?", "standing")
        .rows(tx, "s.unit_id, s.happened_on", "s.unit_id, s.happened_on", 4000)
        .await
}

/// Services a unit got between two days, by kind.
pub(crate) async fn counts(
    tx: &mut Tx,
    from: Day,
    to: Day,
    units: &[Id<Unit>],
) -> Result<Vec<UnitCount>, Fault> {
    Filter::new("advisers_service_entry s", "s.region_id", tx.region()?)
        .and_in("s.unit_id", units)
        .and("s.happened_on >= ?", from)
        .and("s.happened_on <= ?", to)
        .and("s.state = ?", "standing")
        .group_by("s.unit_id, s.kind")
        .rows(
            tx,
            "s.unit_id, s.kind, cast(sum(s.quantity) as bigint) as quantity",
            "s.unit_id, s.kind",
            10_000,
        )
        .await
}

#[cfg(test)]
#[path = "services_tests.rs"]
mod tests;
