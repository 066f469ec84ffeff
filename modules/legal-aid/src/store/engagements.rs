//! Statements over the diary: what was planned for cases, and what came of it.

use crate::{
    case::{Case, Stage},
    engagement::{Engagement, EngagementKind, EngagementState, Span},
    store::within,
};
use kernel::{Day, Fault, Id, Moment};
use store::{Db, Filter, Tx, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The fields under which place and outcome are sealed.
pub(crate) const PLACE: &str = "legal_aid_engagement_entry.place";
pub(crate) const OUTCOME: &str = "legal_aid_engagement_entry.outcome";

store::record! {
    /// An entry of the diary with its case, as lists and pages show it.
    #[derive(Debug, Clone)]
    pub struct EngagementRow {
        pub(crate) id: Id<Engagement>,
        pub(crate) case_id: Id<Case>,
        pub(crate) applicant: String,
        pub(crate) green: bool,
        pub(crate) stage: Stage,
        pub(crate) town_name: String,
        pub(crate) unit_name: Option<String>,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        pub(crate) kind: EngagementKind,
        pub(crate) starts_at: Moment,
        pub(crate) span: Span,
        pub(crate) place_sealed: String,
        pub(crate) who: String,
        pub(crate) state: EngagementState,
        pub(crate) outcome_sealed: String,
        pub(crate) planned_name: String,
        pub(crate) concluded_name: String,
        pub(crate) version: i64,
    }
}

const FROM: &str = "legal_aid_engagement_entry e join legal_aid_case_entry c on c.id = e.case_id
    join places_town t on t.id = c.town_id join parties_name p on p.id = c.applicant_id
    left join counsel_lawyer_name l on l.id = c.lawyer_id";
const ROW: &str = "e.id, e.case_id, p.name as applicant, c.green, c.stage, t.name as town_name,
    (select u.short_name from places_unit u where u.id = c.unit_id) as unit_name,
    (select u.lat from places_unit u where u.id = c.unit_id) as lat, (select u.lon from places_unit u where u.id = c.unit_id) as lon,
    e.kind, e.starts_at, e.span, e.place_sealed, e.who, e.state, e.outcome_sealed, e.planned_name, e.concluded_name, e.version";

impl EngagementRow {
    /// Where, opened.
    pub(crate) fn place(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(PLACE, &self.place_sealed)
    }

    /// What came of it, opened.
    pub(crate) fn outcome(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(OUTCOME, &self.outcome_sealed)
    }

    /// Day and part of the day.
    pub(crate) fn said(&self) -> String {
        crate::engagement::said(self.starts_at, self.span)
    }

    /// Whether its day is over and nobody said what came of it.
    pub(crate) fn waits(&self, now: Moment) -> bool {
        self.state == EngagementState::Planned && self.starts_at.day() < now.day()
    }
}

/// Within reach, and past the question of conflicts: nobody sees the diary of a case of which the page shows the parties only.
fn open_to(filter: Filter, reach: &Reach) -> Filter {
    let filter = within(filter, reach);
    match reach {
        Reach::Lawyer(_) => filter.and_that("c.accepted_at is not null"),
        Reach::Firm(_) => filter.and_that("1 = 0"),
        _ => filter,
    }
}

fn asked_for(filter: Filter, listing: &Listing) -> Filter {
    let from = listing.get("from").and_then(|day| Day::parse(day).ok()).map(Moment::start_of);
    let to = listing.get("to").and_then(|day| Day::parse(day).ok()).map(Moment::end_of);
    let filter = filter
        .and_if("e.kind = ?", listing.get("kind").and_then(EngagementKind::from_text))
        .and_if("e.starts_at >= ?", from)
        .and_if("e.starts_at <= ?", to);
    match listing.get("state") {
        Some("all") => filter,
        Some(state) => filter.and_if("e.state = ?", EngagementState::from_text(state)),
        None => filter.and("e.state = ?", EngagementState::Planned),
    }
}

/// One page of the diary, the earliest first.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<EngagementRow>, i64), Fault> {
    let filter = asked_for(open_to(Filter::new(FROM, "e.region_id", tx.region()?), reach), listing);
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after("e.starts_at", "e.id", back, cursor.value.parse::<i64>().unwrap_or(0), cursor.id)
        }
        None => filter,
    };
    let order = if back { "e.starts_at desc, e.id desc" } else { "e.starts_at, e.id" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// Everything that fits, for the export and the map.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<EngagementRow>> {
    let filter = asked_for(open_to(Filter::new(FROM, "e.region_id", tx.region()?), reach), listing);
    Ok(exported(filter.rows(tx, ROW, "e.starts_at, e.id", EXPORT_CAP + 1).await?)?)
}

/// One entry, if the account reaches its case.
pub(crate) async fn engagement(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Engagement>,
) -> Result<Option<EngagementRow>, Fault> {
    let filter = within(Filter::new(FROM, "e.region_id", tx.region()?), reach).and("e.id = ?", id);
    Ok(filter.rows(tx, ROW, "e.id", 1).await?.pop())
}

/// The diary of a case.
pub(crate) async fn of_case(tx: &mut Tx, case: Id<Case>) -> Result<Vec<EngagementRow>, Fault> {
    let filter = Filter::new(FROM, "e.region_id", tx.region()?).and("e.case_id = ?", case);
    filter.rows(tx, ROW, "e.starts_at, e.id", 200).await
}

/// What is to be written into the diary.
#[derive(Debug, Clone)]
pub struct NewEngagement {
    /// What it is.
    pub kind: EngagementKind,
    /// When it begins.
    pub starts_at: Moment,
    /// In which part of the day.
    pub span: Span,
    /// Where; sealed when it is written. Empty: where the applicant lives.
    pub place: String,
    /// Who goes.
    pub who: String,
}

/// Writes it.
pub(crate) async fn insert(
    tx: &mut Tx,
    case: Id<Case>,
    new: &NewEngagement,
    by: &str,
    now: Moment,
) -> Result<Id<Engagement>, Fault> {
    let id: Id<Engagement> = tx.new_id()?;
    let place = tx.db().keys().seal(PLACE, &new.place)?;
    let nothing = tx.db().keys().seal(OUTCOME, "")?;
    tx.execute(
        "insert into legal_aid_engagement_entry
             (id, region_id, case_id, kind, starts_at, span, place_sealed, who, state, outcome_sealed, planned_at, planned_name, concluded_at,
              concluded_name, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'planned', $9, $10, $11, null, '', 1)",
        params![
            id, tx.region()?, case, new.kind, new.starts_at, new.span, place, new.who, nothing, now, by
        ],
    )
    .await?;
    Ok(id)
}

/// Moves what is still planned, if nobody changed it meanwhile.
pub(crate) async fn moved(tx: &mut Tx, row: &EngagementRow, new: &NewEngagement) -> Result<bool, Fault> {
    let place = tx.db().keys().seal(PLACE, &new.place)?;
    let changed = tx
        .execute(
            "update legal_aid_engagement_entry set starts_at = $4, span = $5, place_sealed = $6, who = $7, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and state = 'planned'",
            params![tx.region()?, row.id, row.version, new.starts_at, new.span, place, new.who],
        )
        .await?;
    Ok(changed == 1)
}

/// Says what came of it, if nobody did meanwhile.
pub(crate) async fn conclude(
    tx: &mut Tx,
    row: &EngagementRow,
    state: EngagementState,
    words: &str,
    by: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let words = tx.db().keys().seal(OUTCOME, words)?;
    let changed = tx
        .execute(
            "update legal_aid_engagement_entry set state = $4, outcome_sealed = $5, concluded_at = $6, concluded_name = $7, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and state = 'planned'",
            params![tx.region()?, row.id, row.version, state, words, now, by],
        )
        .await?;
    Ok(changed == 1)
}
