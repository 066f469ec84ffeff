//! Statements over codes that citizens ask for.

use crate::{store::tickets::TicketRow, ticket::Ticket};
use kernel::{Fault, Id, Moment, Phone};
use store::{Tx, params};

/// The names that digests of telephones and codes are made under.
pub(crate) const ASKED: &str = "legal_aid_code_entry.phone";
pub(crate) const CODE: &str = "legal_aid_code_entry.code";

/// A code; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {}

store::record! {
    /// A code as it is stored.
    #[derive(Debug, Clone)]
    pub(crate) struct CodeRow {
        pub(crate) id: Id<Code>,
        pub(crate) ticket_id: Option<Id<Ticket>>,
        pub(crate) code_blind: String,
        pub(crate) tries: i64,
        pub(crate) asked_at: Moment,
    }
}

/// How often and when last a number asked since then, and how often all did.
pub(crate) struct Asked {
    pub(crate) by_number: i64,
    pub(crate) last: Option<Moment>,
    pub(crate) by_all: i64,
}

/// Counts askings of a number within a day, and of all since `lately`.
pub(crate) async fn asked(tx: &mut Tx, phone: &Phone, day: Moment, lately: Moment) -> Result<Asked, Fault> {
    let blind = tx.db().keys().blind(ASKED, phone.as_str());
    let (by_number, last): (i64, Option<Moment>) = tx
        .one(
            "select count(*), max(asked_at) from legal_aid_code_entry where region_id = $1 and phone_blind = $2 and asked_at > $3",
            params![tx.region()?, blind, day],
        )
        .await?;
    let by_all = tx
        .scalar(
            "select count(*) from legal_aid_code_entry where region_id = $1 and asked_at > $2",
            params![tx.region()?, lately],
        )
        .await?;
    Ok(Asked { by_number, last, by_all })
}

fn digest(tx: &Tx, id: Id<Code>, code: &str) -> String {
    tx.db().keys().blind(CODE, &format!("{id}|{code}"))
}

/// Writes a code for the browser that asked; `ticket` only if it opens something.
pub(crate) async fn insert(
    tx: &mut Tx,
    browser: &str,
    phone: &Phone,
    ticket: Option<&TicketRow>,
    code: &str,
    now: Moment,
) -> Result<Id<Code>, Fault> {
    let id: Id<Code> = tx.new_id()?;
    let (asked, code) = (tx.db().keys().blind(ASKED, phone.as_str()), digest(tx, id, code));
    tx.execute(
        "insert into legal_aid_code_entry (id, region_id, browser, phone_blind, ticket_id, code_blind, tries, asked_at)
         values ($1, $2, $3, $4, $5, $6, 0, $7)",
        params![id, tx.region()?, browser, asked, ticket.map(|row| row.id), code, now],
    )
    .await?;
    Ok(id)
}

/// The code that a browser asked for last and has not used.
pub(crate) async fn of_browser(tx: &mut Tx, browser: &str, since: Moment) -> Result<Option<CodeRow>, Fault> {
    tx.optional(
        "select id, ticket_id, code_blind, tries, asked_at from legal_aid_code_entry
         where region_id = $1 and browser = $2 and asked_at > $3 and used_at is null order by asked_at desc, id desc limit 1",
        params![tx.region()?, browser, since],
    )
    .await
}

/// Counts a try before it is looked at; false if there were enough.
pub(crate) async fn count_try(tx: &mut Tx, id: Id<Code>, most: i64) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update legal_aid_code_entry set tries = tries + 1 where region_id = $1 and id = $2 and tries < $3 and used_at is null",
            params![tx.region()?, id, most],
        )
        .await?;
    Ok(touched == 1)
}

/// Whether that is the code.
pub(crate) fn is_code(tx: &Tx, row: &CodeRow, typed: &str) -> bool {
    digest(tx, row.id, typed) == row.code_blind
}

/// Uses a code up; false if somebody was quicker.
pub(crate) async fn use_up(tx: &mut Tx, id: Id<Code>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update legal_aid_code_entry set used_at = $3 where region_id = $1 and id = $2 and used_at is null",
            params![tx.region()?, id, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Deletes codes that nobody can use any more: they are no record, only their count of a day matters.
pub(crate) async fn purge(tx: &mut Tx, before: Moment) -> Result<u64, Fault> {
    tx.execute(
        "delete from legal_aid_code_entry where region_id = $1 and asked_at < $2",
        params![tx.region()?, before],
    )
    .await
}
