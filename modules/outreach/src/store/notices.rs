//! Statements over notices.

use crate::notice::{NewNotice, Notice, Weight};
use kernel::{Fault, Id, Moment};
use store::{Filter, Tx, params};
use web::{COUNT_CAP, Listing};

store::record! {
    /// A notice, as lists show it.
    #[derive(Debug, Clone)]
    pub(crate) struct NoticeRow {
        pub(crate) id: Id<Notice>,
        pub(crate) title: String,
        pub(crate) words: String,
        pub(crate) href: String,
        pub(crate) weight: Weight,
        pub(crate) created_at: Moment,
        pub(crate) read_at: Option<Moment>,
        pub(crate) place: i64,
    }
}

store::record! {
    /// What was told about a record and still stands.
    #[derive(Debug, Clone)]
    pub(crate) struct Told {
        pub(crate) id: Id<Notice>,
        pub(crate) account_id: i64,
        pub(crate) notice_key: String,
        pub(crate) withdrawn_at: Option<Moment>,
    }
}

/// Everything that was ever told about a record.
pub(crate) async fn told(tx: &mut Tx, kind: &str, about: i64) -> Result<Vec<Told>, Fault> {
    tx.all(
        "select id, account_id, notice_key, withdrawn_at from outreach_notice_entry
         where region_id = $1 and about_kind = $2 and about_id = $3 order by id",
        params![tx.region()?, kind, about],
    )
    .await
}

/// Writes a notice; false if it was told before.
pub(crate) async fn insert(
    tx: &mut Tx,
    kind: &str,
    about: i64,
    new: &NewNotice,
    now: Moment,
) -> Result<bool, Fault> {
    let id: Id<Notice> = tx.new_id()?;
    let touched = tx
        .execute(
            "insert into outreach_notice_entry
                 (id, region_id, account_id, about_kind, about_id, notice_key, title, words, href, weight, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (region_id, about_kind, about_id, notice_key, account_id) do nothing",
            params![
                id, tx.region()?, new.account, kind, about, new.key.as_str(), new.title.as_str(), new.words.as_str(),
                new.href.as_str(), new.weight, now
            ],
        )
        .await?;
    Ok(touched == 1)
}

/// Withdraws a notice, or lets it stand again.
pub(crate) async fn withdraw(tx: &mut Tx, id: Id<Notice>, at: Option<Moment>) -> Result<(), Fault> {
    tx.execute(
        "update outreach_notice_entry set withdrawn_at = $3 where region_id = $1 and id = $2",
        params![tx.region()?, id, at],
    )
    .await?;
    Ok(())
}

const ROW: &str = "n.id, n.title, n.words, n.href, n.weight, n.created_at, n.read_at,
    case when n.read_at is null then 4000000000000000000 else 0 end + n.created_at as place";
/// The unread ones first, then the newest.
const PLACE: &str = "case when n.read_at is null then 4000000000000000000 else 0 end + n.created_at";
const FIRST: &str =
    "case when n.read_at is null then 4000000000000000000 else 0 end + n.created_at desc, n.id desc";
const LAST: &str = "case when n.read_at is null then 4000000000000000000 else 0 end + n.created_at, n.id";

fn standing(tx: &Tx, account: i64) -> Result<Filter, Fault> {
    Ok(Filter::new("outreach_notice_entry n", "n.region_id", tx.region()?)
        .and("n.account_id = ?", account)
        .and_that("n.withdrawn_at is null"))
}

/// One page of an account's notices.
pub(crate) async fn list(
    tx: &mut Tx,
    account: i64,
    listing: &Listing,
) -> Result<(Vec<NoticeRow>, i64), Fault> {
    let filter =
        standing(tx, account)?.and_if("n.weight = ?", listing.get("weight").and_then(Weight::from_text));
    let filter = match listing.get("state") {
        Some("unread") => filter.and_that("n.read_at is null"),
        Some("read") => filter.and_that("n.read_at is not null"),
        _ => filter,
    };
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after(PLACE, "n.id", !back, cursor.value.parse::<i64>().unwrap_or(0), cursor.id)
        }
        None => filter,
    };
    let order = if back { LAST } else { FIRST };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// How many an account has not read, up to `most`.
pub(crate) async fn unread(tx: &mut Tx, account: i64, most: i64) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from (select 1 as one from outreach_notice_entry
         where region_id = $1 and account_id = $2 and withdrawn_at is null and read_at is null limit $3) as counted",
        params![tx.region()?, account, most],
    )
    .await
}

/// One of an account's notices.
pub(crate) async fn notice(tx: &mut Tx, account: i64, id: Id<Notice>) -> Result<Option<NoticeRow>, Fault> {
    Ok(standing(tx, account)?.and("n.id = ?", id).rows(tx, ROW, "n.id", 1).await?.pop())
}

/// Marks a notice as read.
pub(crate) async fn read(tx: &mut Tx, account: i64, id: Id<Notice>, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update outreach_notice_entry set read_at = $4
         where region_id = $1 and account_id = $2 and id = $3 and read_at is null",
        params![tx.region()?, account, id, now],
    )
    .await?;
    Ok(())
}

/// Marks every notice of an account as read; returns how many were not.
pub(crate) async fn read_all(tx: &mut Tx, account: i64, now: Moment) -> Result<u64, Fault> {
    tx.execute(
        "update outreach_notice_entry set read_at = $3
         where region_id = $1 and account_id = $2 and read_at is null and withdrawn_at is null",
        params![tx.region()?, account, now],
    )
    .await
}
