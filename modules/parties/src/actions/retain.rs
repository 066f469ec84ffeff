//! Every night: marks records whose time is over, lets go of those whose time is not, purges those that were warned of.

use crate::{
    retention::{Due, MarkState, RetentionPolicy, WARN_DAYS, cutoff},
    store::retention,
};
use ::store::{Audit, Tx};
use kernel::{Day, Fault, Result};
use web::App;

/// The policies of all modules, those that others depend on first.
pub(crate) fn policies(app: &App) -> Vec<RetentionPolicy> {
    let mut all: Vec<RetentionPolicy> = app.extensions().copied().collect();
    all.sort_by_key(|policy| (policy.rank, policy.key));
    all
}

/// How many months a policy keeps its records on a day.
pub(crate) async fn months(tx: &mut Tx, policy: &RetentionPolicy, on: Day) -> Result<i64, Fault> {
    Ok(retention::period(tx, policy.key, on).await?.map_or(policy.months, |period| period.months))
}

/// The first day on which a record whose time began on `since` may go.
pub(crate) async fn kept_until(
    app: &App,
    tx: &mut Tx,
    key: &str,
    since: Day,
    today: Day,
) -> Result<Day, Fault> {
    let Some(policy) = policies(app).into_iter().find(|policy| policy.key == key) else { return Ok(since) };
    let months = months(tx, &policy, today).await?;
    Ok(since.add_months(i32::try_from(months).unwrap_or(i32::MAX)))
}

/// Whether the time of one record is over.
async fn is_due(
    app: &App,
    tx: &mut Tx,
    policy: &RetentionPolicy,
    before: Day,
    id: i64,
) -> Result<bool, Fault> {
    let only = Due { before, after: id - 1, upto: id, limit: 1 };
    Ok(!(policy.due)(app, tx, only).await?.is_empty())
}

/// What a night did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Night {
    pub(crate) marked: u64,
    pub(crate) released: u64,
    pub(crate) purged: u64,
}

/// So many records share a transaction: others may write in between.
const BATCH: i64 = 200;

/// Does a night's work on a day. Running twice on one day does nothing the second time.
pub(crate) async fn retain(app: &App, today: Day) -> Result<Night> {
    let mut night = Night::default();
    for policy in policies(app) {
        settle(app, &policy, today, &mut night).await?;
        mark(app, &policy, today, &mut night).await?;
    }
    Ok(night)
}

async fn mark(app: &App, policy: &RetentionPolicy, today: Day, night: &mut Night) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let mut tx = app.db.begin_write().await?;
        let before = cutoff(today, months(&mut tx, policy, today).await?);
        let due = (policy.due)(app, &mut tx, Due { before, after, upto: i64::MAX, limit: BATCH }).await?;
        let Some((last, _)) = due.last() else { return Ok(()) };
        after = *last;
        for (id, since) in due {
            let purge_on = today.add_days(WARN_DAYS);
            if retention::mark(&mut tx, policy.key, id, since, today, purge_on).await? {
                night.marked += 1;
            }
        }
        tx.commit().await?;
    }
}

/// Purges what was warned of long enough, and lets go of what is no longer due.
async fn settle(app: &App, policy: &RetentionPolicy, today: Day, night: &mut Night) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let mut tx = app.db.begin_write().await?;
        let before = cutoff(today, months(&mut tx, policy, today).await?);
        let rows = retention::standing(&mut tx, policy.key, after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.object_id;
        for row in rows {
            if !is_due(app, &mut tx, policy, before, row.object_id).await? {
                retention::settle(&mut tx, row.id, MarkState::Released, today).await?;
                night.released += 1;
            } else if row.state == MarkState::Marked && row.purge_on <= today {
                purge_one(&mut tx, policy, row.object_id).await?;
                retention::settle(&mut tx, row.id, MarkState::Purged, today).await?;
                night.purged += 1;
            }
        }
        tx.commit().await?;
    }
}

async fn purge_one(tx: &mut Tx, policy: &RetentionPolicy, id: i64) -> Result<(), Fault> {
    (policy.purge)(tx, id).await?;
    let details = serde_json::json!({ "policy": policy.key });
    let entry = Audit::about(None, "parties.retention.purge", policy.object).with(&details);
    tx.audit(Audit { object_id: id, ..entry });
    Ok(())
}
