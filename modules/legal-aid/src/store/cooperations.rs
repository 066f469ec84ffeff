//! Statements over letters of cooperation and jurisdiction.

use crate::{
    case::Case,
    cooperation::{Cooperation, CooperationKind, CooperationState, Dated, Direction, Outcome, masked},
};
use kernel::{Day, Fault, Id, Moment};
use places::Town;
use store::{Db, Filter, Tx, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The fields under which the person, what is asked and what was answered are sealed.
pub(crate) const SUBJECT: &str = "legal_aid_cooperation_entry.subject";
pub(crate) const ASKED: &str = "legal_aid_cooperation_entry.asked";
pub(crate) const ANSWER: &str = "legal_aid_cooperation_entry.answer";

store::record! {
    /// A letter with its town and the number of its case.
    #[derive(Debug, Clone)]
    pub struct CooperationRow {
        /// Id.
        pub id: Id<Cooperation>,
        pub(crate) direction: Direction,
        pub(crate) kind: CooperationKind,
        pub(crate) institution: String,
        pub(crate) area: String,
        pub(crate) town_id: Id<Town>,
        pub(crate) town_name: String,
        pub(crate) case_id: Option<Id<Case>>,
        pub(crate) case_number: Option<String>,
        pub(crate) subject_sealed: String,
        pub(crate) asked_sealed: String,
        pub(crate) letter_number: String,
        pub(crate) came_on: Day,
        pub(crate) due_at: Moment,
        pub(crate) due_rule: String,
        pub(crate) noted_at: Moment,
        pub(crate) noted_name: String,
        pub(crate) worker_id: Option<i64>,
        pub(crate) worker_name: String,
        pub(crate) assigned_at: Option<Moment>,
        pub(crate) outcome: Option<Outcome>,
        pub(crate) answered_on: Option<Day>,
        pub(crate) answered_at: Option<Moment>,
        pub(crate) answered_name: String,
        pub(crate) answer_sealed: Option<String>,
        pub(crate) closed_at: Option<Moment>,
        pub(crate) closed_name: String,
        pub(crate) withdrawn_at: Option<Moment>,
        pub(crate) withdrawn_name: String,
        pub(crate) withdraw_reason: String,
        pub(crate) version: i64,
    }
}

const FROM: &str = "legal_aid_cooperation_entry k join places_town t on t.id = k.town_id
    left join legal_aid_case_entry c on c.id = k.case_id";
const ROW: &str = "k.id, k.direction, k.kind, k.institution, k.area, k.town_id, t.name as town_name, k.case_id,
    c.official_number as case_number, k.subject_sealed, k.asked_sealed, k.letter_number, k.came_on, k.due_at, k.due_rule, k.noted_at,
    k.noted_name, k.worker_id, k.worker_name, k.assigned_at, k.outcome, k.answered_on, k.answered_at, k.answered_name, k.answer_sealed,
    k.closed_at, k.closed_name, k.withdrawn_at, k.withdrawn_name, k.withdraw_reason, k.version";
const NEWEST: &str = "k.came_on desc, k.id desc";
const OLDEST: &str = "k.came_on, k.id";
/// What runs, as `Dated::runs` has it.
const RUNS: &str = "k.answered_at is null and k.withdrawn_at is null
    and (k.case_id is null or k.kind <> 'transfer' or k.direction <> 'in')";

impl CooperationRow {
    /// The dated facts.
    pub(crate) fn dated(&self) -> Dated {
        Dated {
            handed_over: self.direction == Direction::In && self.kind == CooperationKind::Transfer,
            has_case: self.case_id.is_some(),
            assigned_at: self.assigned_at,
            answered: self.answered_at.zip(self.outcome),
            closed_at: self.closed_at,
            withdrawn_at: self.withdrawn_at,
        }
    }

    /// Where it stands.
    pub(crate) fn state(&self) -> CooperationState {
        self.dated().state()
    }

    /// Where it stands, as a word: what we sent waits for their answer, whoever sees to it.
    pub(crate) fn word(&self) -> &'static str {
        match self.direction {
            Direction::Out if self.dated().runs() => "等回复",
            _ => self.state().label(),
        }
    }

    /// Whether it waits longer than it may.
    pub(crate) fn late(&self, now: Moment) -> bool {
        self.dated().runs() && self.due_at < now
    }

    /// The person it is about, opened.
    pub(crate) fn subject(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(SUBJECT, &self.subject_sealed)
    }

    /// The same as lists show it.
    pub(crate) fn masked(&self, db: &Db) -> Result<String, Fault> {
        Ok(masked(&self.subject(db)?))
    }

    /// What is asked, opened.
    pub(crate) fn asked(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(ASKED, &self.asked_sealed)
    }

    /// What was answered, opened; empty while it was not.
    pub(crate) fn answer(&self, db: &Db) -> Result<String, Fault> {
        self.answer_sealed.as_ref().map_or(Ok(String::new()), |sealed| db.keys().open(ANSWER, sealed))
    }
}

/// Letters are the centre's: whoever reaches less than the district sees none.
fn within(filter: Filter, reach: &Reach) -> Filter {
    match reach {
        Reach::Region => filter,
        _ => filter.and_that("1 = 0"),
    }
}

/// The conditions of the list, read from its address.
fn asked_for(tx: &Tx, reach: &Reach, listing: &Listing, now: Moment) -> Result<Filter, Fault> {
    let day = |name| listing.get(name).and_then(|text| Day::parse(text).ok());
    let words = listing.get("q");
    let id: Option<Id<Cooperation>> = words.and_then(|text| text.parse().ok());
    let words =
        words.filter(|_| id.is_none()).map(|text| store::filter::contains(&text.to_ascii_lowercase()));
    let filter = within(Filter::new(FROM, "k.region_id", tx.region()?), reach)
        .and_if("k.direction = ?", listing.get("direction").and_then(Direction::from_text))
        .and_if("k.kind = ?", listing.get("kind").and_then(CooperationKind::from_text))
        .and_if("k.came_on >= ?", day("from"))
        .and_if("k.came_on <= ?", day("to"))
        .and_if("k.id = ?", id)
        .and_if(
            "(lower(k.institution) like ? escape '!' or lower(k.area) like ? escape '!' or lower(k.letter_number) like ? escape '!')",
            words,
        );
    let filter = match listing.get("late") {
        Some(_) => filter.and_that(RUNS).and("k.due_at < ?", now),
        None => filter,
    };
    let open = "k.closed_at is null and k.withdrawn_at is null";
    let open_and_unanswered = "k.answered_at is null and k.withdrawn_at is null";
    Ok(match listing.get("state") {
        Some("all") => filter,
        Some(state) => match CooperationState::from_text(state) {
            Some(CooperationState::Waiting) => filter.and_that(RUNS).and_that("k.assigned_at is null"),
            Some(CooperationState::Assigned) => filter.and_that(RUNS).and_that("k.assigned_at is not null"),
            Some(CooperationState::Taken) => filter
                .and_that(open_and_unanswered)
                .and_that("k.case_id is not null and k.kind = 'transfer' and k.direction = 'in'"),
            Some(CooperationState::Answered) => {
                filter.and_that(open).and_that("k.outcome in ('done', 'part')")
            }
            Some(CooperationState::Returned) => filter.and_that(open).and_that("k.outcome = 'returned'"),
            Some(CooperationState::Closed) => {
                filter.and_that("k.closed_at is not null and k.withdrawn_at is null")
            }
            Some(CooperationState::Withdrawn) => filter.and_that("k.withdrawn_at is not null"),
            None => filter.and_that(open),
        },
        // Who looks for one letter finds it wherever it stands.
        None if id.is_some() => filter,
        None => filter.and_that(open),
    })
}

/// One page, the newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    now: Moment,
) -> Result<(Vec<CooperationRow>, i64), Fault> {
    let filter = asked_for(tx, reach, listing, now)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("k.came_on", "k.id", !back, cursor.value.clone(), cursor.id),
        None => filter,
    };
    Ok((page.rows(tx, ROW, if back { OLDEST } else { NEWEST }, listing.size + 1).await?, total))
}

/// Everything that fits, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
    now: Moment,
) -> kernel::Result<Vec<CooperationRow>> {
    let filter = asked_for(tx, reach, listing, now)?;
    Ok(exported(filter.rows(tx, ROW, NEWEST, EXPORT_CAP + 1).await?)?)
}

/// One letter, if the account reaches it.
pub(crate) async fn letter(
    tx: &mut Tx,
    reach: &Reach,
    id: Id<Cooperation>,
) -> Result<Option<CooperationRow>, Fault> {
    let filter = within(Filter::new(FROM, "k.region_id", tx.region()?), reach).and("k.id = ?", id);
    Ok(filter.rows(tx, ROW, "k.id", 1).await?.pop())
}

/// The letters of a case, the first first.
pub(crate) async fn of_case(tx: &mut Tx, case: Id<Case>) -> Result<Vec<CooperationRow>, Fault> {
    let filter = Filter::new(FROM, "k.region_id", tx.region()?).and("k.case_id = ?", case);
    filter.rows(tx, ROW, OLDEST, 100).await
}

/// A page of those whose time runs, by id, for reminders.
pub(crate) async fn running(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<CooperationRow>, Fault> {
    let filter = Filter::new(FROM, "k.region_id", tx.region()?).and_that(RUNS).and("k.id > ?", after);
    filter.rows(tx, ROW, "k.id", limit).await
}

/// How many letters wait for our answer, how many for theirs, and how many of both too long.
pub(crate) async fn waiting(tx: &mut Tx, now: Moment) -> Result<(i64, i64, i64), Fault> {
    tx.one(
        "select cast(coalesce(sum(case when k.direction = 'in' then 1 else 0 end), 0) as bigint) as ours,
             cast(coalesce(sum(case when k.direction = 'out' then 1 else 0 end), 0) as bigint) as theirs,
             cast(coalesce(sum(case when k.due_at < $2 then 1 else 0 end), 0) as bigint) as late
         from legal_aid_cooperation_entry k where k.region_id = $1 and k.answered_at is null and k.withdrawn_at is null
             and (k.case_id is null or k.kind <> 'transfer' or k.direction <> 'in')",
        params![tx.region()?, now],
    )
    .await
}

/// What is to be noted.
#[derive(Debug, Clone)]
pub struct NewCooperation {
    /// Who asks whom.
    pub direction: Direction,
    /// What is asked.
    pub kind: CooperationKind,
    /// The other institution.
    pub institution: String,
    /// Where it is.
    pub area: String,
    /// The town that the matter belongs to.
    pub town: Id<Town>,
    /// The case it is about, if it is one of ours.
    pub case: Option<Id<Case>>,
    /// The person it is about.
    pub subject: String,
    /// What is asked, in words.
    pub asked: String,
    /// The number on the letter.
    pub letter_number: String,
    /// When it came or was sent.
    pub came_on: Day,
    /// The day by which the letter itself asks for an answer.
    pub wished: Option<Day>,
}

/// Notes a letter.
pub(crate) async fn insert(
    tx: &mut Tx,
    new: &NewCooperation,
    (due_at, due_rule): (Moment, &str),
    by: &str,
    now: Moment,
) -> Result<Id<Cooperation>, Fault> {
    let id: Id<Cooperation> = tx.new_id()?;
    let keys = tx.db().keys();
    let (subject, asked) = (keys.seal(SUBJECT, &new.subject)?, keys.seal(ASKED, &new.asked)?);
    tx.execute(
        "insert into legal_aid_cooperation_entry
             (id, region_id, direction, kind, institution, area, town_id, case_id, subject_sealed, asked_sealed, letter_number, came_on, due_at,
              due_rule, noted_at, noted_name, worker_name, answered_name, closed_name, withdrawn_name, withdraw_reason, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', '', '', '', '', 1)",
        params![
            id, tx.region()?, new.direction, new.kind, new.institution, new.area, new.town, new.case, subject, asked, new.letter_number,
            new.came_on, due_at, due_rule, now, by
        ],
    )
    .await?;
    Ok(id)
}

/// Charges somebody with it, if the version is still the one that was read.
pub(crate) async fn assign(
    tx: &mut Tx,
    row: &CooperationRow,
    (worker, name): (i64, &str),
    now: Moment,
) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_cooperation_entry set worker_id = $4, worker_name = $5, assigned_at = $6, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![tx.region()?, row.id, row.version, worker, name, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Links it to the case that was made of it, if it has none yet.
pub(crate) async fn link(tx: &mut Tx, row: &CooperationRow, case: Id<Case>) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_cooperation_entry set case_id = $4, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and case_id is null",
            params![tx.region()?, row.id, row.version, case],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes what came of it, if the version is still the one that was read.
pub(crate) async fn answer(
    tx: &mut Tx,
    row: &CooperationRow,
    (outcome, on): (Outcome, Day),
    words: &str,
    by: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let words = tx.db().keys().seal(ANSWER, words)?;
    let changed = tx
        .execute(
            "update legal_aid_cooperation_entry set outcome = $4, answered_on = $5, answered_at = $6, answered_name = $7, answer_sealed = $8,
                 version = version + 1 where region_id = $1 and id = $2 and version = $3 and answered_at is null",
            params![tx.region()?, row.id, row.version, outcome, on, now, by, words],
        )
        .await?;
    Ok(changed == 1)
}

/// Files it, if the version is still the one that was read.
pub(crate) async fn close(tx: &mut Tx, row: &CooperationRow, by: &str, now: Moment) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_cooperation_entry set closed_at = $4, closed_name = $5, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and closed_at is null",
            params![tx.region()?, row.id, row.version, now, by],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes it back with a reason, if the version is still the one that was read.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    row: &CooperationRow,
    (by, reason): (&str, &str),
    now: Moment,
) -> Result<bool, Fault> {
    let changed = tx
        .execute(
            "update legal_aid_cooperation_entry set withdrawn_at = $4, withdrawn_name = $5, withdraw_reason = $6, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and withdrawn_at is null",
            params![tx.region()?, row.id, row.version, now, by, reason],
        )
        .await?;
    Ok(changed == 1)
}
