//! Statements over letters: what applicants wrote about their cases, and what they were answered.

use crate::{
    case::Case,
    letter::{Letter, LetterKind},
    store::Entry,
};
use kernel::{Fault, Id, Moment};
use store::{Db, Filter, Tx, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The fields under which both sides' words are sealed.
pub(crate) const WORDS: &str = "legal_aid_letter_entry.words";
pub(crate) const ANSWER: &str = "legal_aid_letter_entry.answer";

store::record! {
    /// A letter with the applicant's name, as lists and pages show it.
    #[derive(Debug, Clone)]
    pub struct LetterRow {
        pub(crate) id: Id<Letter>,
        pub(crate) case_id: Id<Case>,
        pub(crate) applicant: String,
        pub(crate) town_name: String,
        pub(crate) kind: LetterKind,
        pub(crate) words_sealed: String,
        pub(crate) rating: Option<i64>,
        pub(crate) written_at: Moment,
        pub(crate) due_at: Option<Moment>,
        pub(crate) due_rule: String,
        pub(crate) answered_at: Option<Moment>,
        pub(crate) answered_name: String,
        pub(crate) answer_sealed: Option<String>,
        pub(crate) version: i64,
    }
}

const FROM: &str = "legal_aid_letter_entry e join legal_aid_case_entry c on c.id = e.case_id
    join places_town t on t.id = c.town_id join parties_name p on p.id = c.applicant_id";
const ROW: &str = "e.id, e.case_id, p.name as applicant, t.name as town_name, e.kind, e.words_sealed, e.rating, e.written_at, e.due_at,
    e.due_rule, e.answered_at, e.answered_name, e.answer_sealed, e.version";

/// By when it must be answered; what has no limit comes after what has one.
const SOONEST: &str = "coalesce(e.due_at, e.written_at + 1000000000000000)";
const SOONEST_FIRST: &str = "coalesce(e.due_at, e.written_at + 1000000000000000), e.id";
const LAST_FIRST: &str = "coalesce(e.due_at, e.written_at + 1000000000000000) desc, e.id desc";

impl LetterRow {
    /// What was written.
    pub(crate) fn words(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(WORDS, &self.words_sealed)
    }

    /// What was answered; empty while it was not.
    pub(crate) fn answer(&self, db: &Db) -> Result<String, Fault> {
        self.answer_sealed.as_ref().map_or(Ok(String::new()), |sealed| db.keys().open(ANSWER, sealed))
    }

    /// Whether somebody still has to answer.
    pub(crate) fn waits(&self) -> bool {
        self.answered_at.is_none() && self.kind.wants_answer()
    }
}

fn within(filter: Filter, reach: &Reach) -> Filter {
    match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("e.town_id", towns),
        _ => filter.and_that("1 = 0"),
    }
}

/// The conditions of the list, read from its address.
fn asked_for(tx: &Tx, reach: &Reach, listing: &Listing) -> Result<Filter, Fault> {
    let name = listing.get("q").map(str::to_ascii_lowercase);
    let filter = within(Filter::new(FROM, "e.region_id", tx.region()?), reach)
        .and_if("e.kind = ?", listing.get("kind").and_then(LetterKind::from_text))
        .and_if(
            "c.applicant_id in (select n.person_id from parties_name_part n
                 where n.region_id = $1 and n.part >= ? and n.part < ? || '\u{10FFFF}')",
            name,
        );
    Ok(match listing.get("state") {
        Some("all") => filter,
        Some("answered") => filter.and_that("e.answered_at is not null"),
        _ => filter.and_that("e.answered_at is null and e.kind <> 'rate'"),
    })
}

/// One page of letters: those that wait first, what must be answered soonest on top.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<LetterRow>, i64), Fault> {
    let filter = asked_for(tx, reach, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after(SOONEST, "e.id", back, cursor.value.parse::<i64>().unwrap_or(0), cursor.id)
        }
        None => filter,
    };
    let order = if back { LAST_FIRST } else { SOONEST_FIRST };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// All letters that fit, for the export.
pub(crate) async fn whole_list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<LetterRow>> {
    let filter = asked_for(tx, reach, listing)?;
    Ok(exported(filter.rows(tx, ROW, SOONEST_FIRST, EXPORT_CAP + 1).await?)?)
}

impl LetterRow {
    /// Its place in the list.
    pub(crate) fn place(&self) -> i64 {
        self.due_at.map_or(self.written_at.micros() + 1_000_000_000_000_000, Moment::micros)
    }
}

/// One letter, if the account reaches it.
pub(crate) async fn letter(tx: &mut Tx, reach: &Reach, id: Id<Letter>) -> Result<Option<LetterRow>, Fault> {
    let filter = within(Filter::new(FROM, "e.region_id", tx.region()?), reach).and("e.id = ?", id);
    Ok(filter.rows(tx, ROW, "e.id", 1).await?.pop())
}

/// All letters of a case, the first first.
pub(crate) async fn of_case(tx: &mut Tx, case: Id<Case>) -> Result<Vec<LetterRow>, Fault> {
    let filter = Filter::new(FROM, "e.region_id", tx.region()?).and("e.case_id = ?", case);
    filter.rows(tx, ROW, "e.id", 200).await
}

/// Home visits that were asked for and not answered yet: the green channel first, then the oldest.
pub(crate) async fn visits_asked_for(
    tx: &mut Tx,
    reach: &Reach,
    limit: usize,
) -> Result<Vec<LetterRow>, Fault> {
    let filter = within(Filter::new(FROM, "e.region_id", tx.region()?), reach)
        .and_that("e.answered_at is null and e.kind = 'visit'");
    filter.rows(tx, ROW, "c.green desc, e.written_at, e.id", i64::try_from(limit).unwrap_or(20)).await
}

/// How many wait for an answer, and how many of those too long.
pub(crate) async fn waiting(tx: &mut Tx, now: Moment) -> Result<(i64, i64), Fault> {
    tx.one(
        "select count(*) as waiting, cast(coalesce(sum(case when due_at < $2 then 1 else 0 end), 0) as bigint) as late
         from legal_aid_letter_entry where region_id = $1 and answered_at is null and kind <> 'rate'",
        params![tx.region()?, now],
    )
    .await
}

/// Writes a letter.
pub(crate) async fn insert(
    tx: &mut Tx,
    entry: &Entry,
    kind: LetterKind,
    words: &str,
    rating: Option<i64>,
    due: Option<(Moment, &'static str)>,
    now: Moment,
) -> Result<Id<Letter>, Fault> {
    let id: Id<Letter> = tx.new_id()?;
    let words = tx.db().keys().seal(WORDS, words)?;
    tx.execute(
        "insert into legal_aid_letter_entry
             (id, region_id, case_id, town_id, kind, words_sealed, rating, written_at, due_at, due_rule, answered_name, answer_sealed, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', null, 1)",
        params![
            id, tx.region()?, entry.id, entry.town_id, kind, words, rating, now, due.map(|(at, _)| at), due.map_or("", |(_, rule)| rule)
        ],
    )
    .await?;
    Ok(id)
}

/// Writes the answer, if nobody answered meanwhile.
pub(crate) async fn answer(
    tx: &mut Tx,
    row: &LetterRow,
    (by, name): (i64, &str),
    words: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let words = tx.db().keys().seal(ANSWER, words)?;
    let changed = tx
        .execute(
            "update legal_aid_letter_entry set answered_at = $4, answered_by = $5, answered_name = $6, answer_sealed = $7,
                 version = version + 1 where region_id = $1 and id = $2 and version = $3 and answered_at is null",
            params![tx.region()?, row.id, row.version, now, by, name, words],
        )
        .await?;
    Ok(changed == 1)
}
