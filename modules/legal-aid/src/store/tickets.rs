//! Statements over tickets: drafts and sent applications in the hands of citizens.

use crate::{
    case::Case,
    pages::AREA,
    ticket::{Answers, Step, Ticket},
};
use kernel::{Fault, Id, LookupCode, Moment, Phone};
use store::{Filter, Tx, params};

/// The field under which answers are sealed.
pub(crate) const ANSWERS: &str = "legal_aid_ticket_entry.answers";
/// The name that digests of codes are made under.
pub(crate) const CODE: &str = "legal_aid_ticket_entry.code";
/// The name that digests of telephones are made under.
pub(crate) const PHONE: &str = "legal_aid_ticket_entry.phone";

store::record! {
    /// A ticket as it is stored.
    #[derive(Debug, Clone)]
    pub(crate) struct TicketRow {
        pub(crate) id: Id<Ticket>,
        pub(crate) answers_sealed: String,
        /// The page that was answered last.
        pub(crate) step: String,
        pub(crate) case_id: Option<Id<Case>>,
        pub(crate) saved_at: Moment,
        pub(crate) version: i64,
    }
}

const ROW: &str = "k.id, k.answers_sealed, k.step, k.case_id, k.saved_at, k.version";

impl TicketRow {
    /// The answers, opened.
    pub(crate) fn answers(&self, db: &store::Db) -> Result<Answers, Fault> {
        let text = db.keys().open(ANSWERS, &self.answers_sealed)?;
        serde_json::from_str(&text)
            .map(Answers::of)
            .map_err(|e| Fault::from(e).context("the answers of a ticket"))
    }
}

fn sealed(tx: &Tx, answers: &Answers) -> Result<String, Fault> {
    let text = serde_json::to_string(answers.pairs()).map_err(Fault::from)?;
    tx.db().keys().seal(ANSWERS, &text)
}

fn all(tx: &Tx) -> Result<Filter, Fault> {
    Ok(Filter::new("legal_aid_ticket_entry k", "k.region_id", tx.region()?))
}

/// So long a browser holds a draft that nobody touches, and a case that was opened: telephones are shared, and go
/// astray. Afterwards the code is asked for.
const HOLDS_DRAFT: i64 = 24 * 3600;
const HOLDS_CASE: i64 = 2 * 3600;

/// The newest ticket that a browser still holds: a draft, or one that a case came of.
pub(crate) async fn of_browser(
    tx: &mut Tx,
    browser: &str,
    sent: bool,
    now: Moment,
) -> Result<Option<TicketRow>, Fault> {
    let (which, seconds) =
        if sent { ("k.sent_at is not null", HOLDS_CASE) } else { ("k.sent_at is null", HOLDS_DRAFT) };
    let filter = all(tx)?
        .and("k.browser = ?", browser.to_owned())
        .and_that(which)
        .and("k.saved_at >= ?", now.plus_seconds(-seconds));
    Ok(filter.rows(tx, ROW, "k.saved_at desc, k.id desc", 1).await?.pop())
}

/// The ticket of a code.
pub(crate) async fn of_code(tx: &mut Tx, code: LookupCode) -> Result<Option<TicketRow>, Fault> {
    let blind = tx.db().keys().blind(CODE, &code.compact());
    Ok(all(tx)?.and("k.code_blind = ?", blind).rows(tx, ROW, "k.id", 1).await?.pop())
}

/// The ticket of a case: the one it came of, or the one given at the counter.
pub(crate) async fn of_case(tx: &mut Tx, case: Id<Case>) -> Result<Option<TicketRow>, Fault> {
    Ok(all(tx)?.and("k.case_id = ?", case).rows(tx, ROW, "k.id", 1).await?.pop())
}

/// A ticket.
pub(crate) async fn ticket(tx: &mut Tx, id: Id<Ticket>) -> Result<Option<TicketRow>, Fault> {
    Ok(all(tx)?.and("k.id = ?", id).rows(tx, ROW, "k.id", 1).await?.pop())
}

/// Tickets of sent applications in which that telephone stands, the newest first.
pub(crate) async fn of_phone(tx: &mut Tx, phone: &Phone) -> Result<Vec<TicketRow>, Fault> {
    let blind = tx.db().keys().blind(PHONE, phone.as_str());
    let filter = all(tx)?.and("k.phone_blind = ?", blind).and_that("k.case_id is not null");
    filter.rows(tx, ROW, "k.sent_at desc, k.id desc", 20).await
}

fn phone_blind(tx: &Tx, answers: &Answers) -> Option<String> {
    let phone = answers.phone(AREA)?;
    Some(tx.db().keys().blind(PHONE, phone.as_str()))
}

/// What a new ticket begins with.
pub(crate) struct NewTicket<'a> {
    pub(crate) code: LookupCode,
    pub(crate) browser: Option<&'a str>,
    pub(crate) answers: &'a Answers,
    pub(crate) step: &'a str,
    /// The case it is the key to, if there is one already.
    pub(crate) case: Option<Id<Case>>,
}

/// Writes a ticket.
pub(crate) async fn insert(tx: &mut Tx, new: &NewTicket<'_>, now: Moment) -> Result<Id<Ticket>, Fault> {
    let id: Id<Ticket> = tx.new_id()?;
    let blind = tx.db().keys().blind(CODE, &new.code.compact());
    let answers = sealed(tx, new.answers)?;
    let phone = new.case.and_then(|_| phone_blind(tx, new.answers));
    tx.execute(
        "insert into legal_aid_ticket_entry
             (id, region_id, code_blind, browser, answers_sealed, step, case_id, began_at, saved_at, sent_at, phone_blind, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, 1)",
        params![id, tx.region()?, blind, new.browser, answers, new.step, new.case, now, new.case.map(|_| now), phone],
    )
    .await?;
    Ok(id)
}

/// Writes the answers of a draft anew; false if it was sent or changed meanwhile.
pub(crate) async fn save(
    tx: &mut Tx,
    row: &TicketRow,
    answers: &Answers,
    step: Step,
    now: Moment,
) -> Result<bool, Fault> {
    let answers = sealed(tx, answers)?;
    let changed = tx
        .execute(
            "update legal_aid_ticket_entry set answers_sealed = $4, step = $5, saved_at = $6, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and sent_at is null",
            params![tx.region()?, row.id, row.version, answers, step, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Turns a draft into the key to its case; false if somebody was quicker.
pub(crate) async fn sent(tx: &mut Tx, row: &TicketRow, case: Id<Case>, now: Moment) -> Result<bool, Fault> {
    let phone = phone_blind(tx, &row.answers(tx.db())?);
    let changed = tx
        .execute(
            "update legal_aid_ticket_entry set case_id = $4, sent_at = $5, saved_at = $5, phone_blind = $6, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and sent_at is null",
            params![tx.region()?, row.id, row.version, case, now, phone],
        )
        .await?;
    Ok(changed == 1)
}

/// Hands a ticket to a browser: the one that held it loses it.
pub(crate) async fn hand_to(tx: &mut Tx, row: &TicketRow, browser: &str, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update legal_aid_ticket_entry set browser = $3, saved_at = $4, version = version + 1 where region_id = $1 and id = $2",
        params![tx.region()?, row.id, browser, now],
    )
    .await?;
    Ok(())
}

/// Empties drafts that nobody touched since then; at which page they stopped stays, for the count.
pub(crate) async fn forget_drafts(tx: &mut Tx, before: Moment) -> Result<u64, Fault> {
    let nothing = sealed(tx, &Answers::default())?;
    tx.execute(
        "update legal_aid_ticket_entry set answers_sealed = $3, browser = null, code_blind = null, version = version + 1
         where region_id = $1 and sent_at is null and saved_at < $2 and code_blind is not null",
        params![tx.region()?, before, nothing],
    )
    .await
}

/// Where applications on the phone stopped that began since then: the page answered last, and how many; those sent are
/// under `sent`.
pub(crate) async fn stopped(tx: &mut Tx, since: Moment) -> Result<Vec<(String, i64)>, Fault> {
    tx.all(
        "select case when sent_at is null then step else 'sent' end as at, count(*) as tickets from legal_aid_ticket_entry
         where region_id = $1 and began_at >= $2 and step <> '' group by 1 order by 1",
        params![tx.region()?, since],
    )
    .await
}
