//! Statements over what is kept for a time only: browsers that are no longer bound.

use kernel::{Day, Fault, Moment};
use parties::Due;
use store::{Filter, Tx, params};

/// What stands in place of a browser's description.
const PURGED: &str = "已清除";

/// How many browsers have a description.
pub(crate) async fn devices(tx: &mut Tx) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from identity_device_entry where region_id = $1 and label <> $2",
        params![tx.region()?, PURGED],
    )
    .await
}

/// Browsers that were unbound before a day.
pub(crate) async fn lost_devices(tx: &mut Tx, due: Due) -> Result<Vec<(i64, Day)>, Fault> {
    let rows: Vec<(i64, Moment)> = Filter::new("identity_device_entry", "region_id", tx.region()?)
        .and("revoked_at < ?", Moment::start_of(due.before))
        .and("label <> ?", PURGED)
        .and("id > ?", due.after)
        .and("id <= ?", due.upto)
        .rows(tx, "id, revoked_at", "id", due.limit)
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (id, at.day())).collect())
}

/// Blanks a browser that is no longer bound.
pub(crate) async fn forget_device(tx: &mut Tx, id: i64) -> Result<(), Fault> {
    tx.execute(
        "update identity_device_entry set label = $3, pin_hash = null where region_id = $1 and id = $2 and revoked_at is not null",
        params![tx.region()?, id, PURGED],
    )
    .await?;
    Ok(())
}
