//! Statements over call-backs as personal data: found by number, kept for a time, blanked.

use super::{CALLBACKS, Entry, PHONE, PURGED, entries};
use crate::callback::Callback;
use kernel::{Fault, Id, Moment, Phone};
use parties::Due;
use store::{Filter, Tx, params};

/// Every call-back that was asked for with a number, oldest first.
pub(crate) async fn with_number(tx: &mut Tx, phone: &Phone) -> Result<Vec<Entry>, Fault> {
    let blind = tx.blind(PHONE, phone.as_str()).await?;
    let filter = Filter::new(CALLBACKS, "c.region_id", tx.region()?).and("c.phone_blind = ?", blind);
    entries(tx, &filter, "c.id", 500).await
}

/// How many still hold a number.
pub(crate) async fn kept(tx: &mut Tx) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from portal_callback_entry where region_id = $1 and purged_at is null",
        params![tx.region()?],
    )
    .await
}

/// Settled ones whose time began before a day.
pub(crate) async fn settled(tx: &mut Tx, due: Due) -> Result<Vec<(i64, Moment)>, Fault> {
    Filter::new("portal_callback_entry c", "c.region_id", tx.region()?)
        .and_that("c.purged_at is null and c.state <> 'waiting'")
        .and("c.settled_at < ?", Moment::start_of(due.before))
        .and("c.id > ?", due.after)
        .and("c.id <= ?", due.upto)
        .rows(tx, "c.id, c.settled_at", "c.id", due.limit)
        .await
}

/// Blanks one: the number's seal and index are overwritten with those of nothing, the codes with what no code gives.
pub(crate) async fn purge(tx: &mut Tx, id: i64) -> Result<(), Fault> {
    let sealed = tx.db().keys().seal(PHONE, PURGED)?;
    let blind = tx.blind(PHONE, PURGED).await?;
    let at = tx.db().wall().now();
    let region = tx.region()?;
    let code = Id::<Callback>::from_raw(id).map_or(String::new(), |id| format!("purged:{id}"));
    tx.execute(
        "update portal_attempt_entry set note = '' where region_id = $1 and callback_id = $2",
        params![region, id],
    )
    .await?;
    tx.execute(
        "update portal_receipt_entry set code_blind = 'purged:' || cast(id as text) where region_id = $1 and callback_id = $2",
        params![region, id],
    )
    .await?;
    tx.execute(
        "update portal_callback_entry set name = '', phone_sealed = $3, phone_blind = $4, code_blind = $5, purged_at = $6, version = version + 1
         where region_id = $1 and id = $2 and state <> 'waiting'",
        params![region, id, sealed, blind, code, at],
    )
    .await?;
    Ok(())
}
