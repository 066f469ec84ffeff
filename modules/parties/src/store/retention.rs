//! Statements over periods of keeping and over the records whose time is over.

use crate::retention::{Mark, MarkRow, MarkState, PeriodRow};
use kernel::{Day, Fault, Id};
use store::{Tx, params};

/// Marks ids of periods.
enum Period {}

/// The period a person decided about that holds on a day, if any.
pub(crate) async fn period(tx: &mut Tx, policy: &str, on: Day) -> Result<Option<PeriodRow>, Fault> {
    tx.optional(
        "select months, basis, valid_from, set_name from parties_period_entry
         where region_id = $1 and policy = $2 and valid_from <= $3 order by valid_from desc, id desc limit 1",
        params![tx.region()?, policy, on],
    )
    .await
}

/// All periods of a kind, the newest first.
pub(crate) async fn periods(tx: &mut Tx, policy: &str) -> Result<Vec<PeriodRow>, Fault> {
    tx.all(
        "select months, basis, valid_from, set_name from parties_period_entry
         where region_id = $1 and policy = $2 order by valid_from desc, id desc limit 100",
        params![tx.region()?, policy],
    )
    .await
}

/// Keeps a period that a person decided about.
pub(crate) async fn set_period(
    tx: &mut Tx,
    policy: &str,
    period: &PeriodRow,
    by: Option<i64>,
) -> Result<(), Fault> {
    let at = tx.db().wall().now();
    tx.execute(
        "insert into parties_period_entry (id, region_id, policy, months, basis, valid_from, set_by, set_name, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            tx.new_id::<Period>()?,
            tx.region()?,
            policy,
            period.months,
            period.basis,
            period.valid_from,
            by,
            period.set_name,
            at
        ],
    )
    .await?;
    Ok(())
}

/// Marks a record; one that waits already, or is held back, stays as it is. Says whether it is newly marked.
pub(crate) async fn mark(
    tx: &mut Tx,
    policy: &str,
    object: i64,
    since: Day,
    today: Day,
    purge_on: Day,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "insert into parties_marked_entry (id, region_id, policy, object_id, since, marked_on, purge_on, state, hold_reason, held_name, version)
             values ($1, $2, $3, $4, $5, $6, $7, 'marked', '', '', 1)
             on conflict (region_id, policy, object_id) do update set since = excluded.since, marked_on = excluded.marked_on,
                 purge_on = excluded.purge_on, state = 'marked', purged_on = null, version = parties_marked_entry.version + 1
             where parties_marked_entry.state in ('released', 'purged')",
            params![tx.new_id::<Mark>()?, tx.region()?, policy, object, since, today, purge_on],
        )
        .await?;
    Ok(touched == 1)
}

const MARK: &str =
    "id, policy, object_id, since, marked_on, purge_on, state, hold_reason, held_name, version";

/// Records of a kind that wait or are held back, above an id; by id.
pub(crate) async fn standing(
    tx: &mut Tx,
    policy: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<MarkRow>, Fault> {
    store::Filter::new("parties_marked_entry", "region_id", tx.region()?)
        .and("policy = ?", policy)
        .and("object_id > ?", after)
        .and_that("state in ('marked', 'held')")
        .rows(tx, MARK, "object_id", limit)
        .await
}

/// All records that wait or are held back, those that go first on top.
pub(crate) async fn list(
    tx: &mut Tx,
    policy: Option<&str>,
    after: Option<(Day, i64)>,
    limit: i64,
) -> Result<Vec<MarkRow>, Fault> {
    let filter = store::Filter::new("parties_marked_entry", "region_id", tx.region()?)
        .and_if("policy = ?", policy)
        .and_that("state in ('marked', 'held')");
    let filter = match after {
        Some((day, id)) => filter.after("purge_on", "id", false, day, id),
        None => filter,
    };
    filter.rows(tx, MARK, "purge_on, id", limit).await
}

/// How many there are of each kind in each state.
pub(crate) async fn counts(tx: &mut Tx) -> Result<Vec<(String, MarkState, i64)>, Fault> {
    tx.all(
        "select policy, state, count(*) as number from parties_marked_entry where region_id = $1 group by policy, state order by policy, state",
        params![tx.region()?],
    )
    .await
}

/// How many wait of each kind, and the first day on which one of them goes.
pub(crate) async fn waiting(tx: &mut Tx) -> Result<Vec<(String, i64, Day)>, Fault> {
    tx.all(
        "select policy, count(*) as number, min(purge_on) as first from parties_marked_entry
         where region_id = $1 and state = 'marked' group by policy order by policy",
        params![tx.region()?],
    )
    .await
}

/// A marked record.
pub(crate) async fn marked(tx: &mut Tx, id: Id<Mark>) -> Result<Option<MarkRow>, Fault> {
    let filter = store::Filter::new("parties_marked_entry", "region_id", tx.region()?).and("id = ?", id);
    Ok(filter.rows(tx, MARK, "id", 1).await?.pop())
}

/// Whether a record is held back.
pub(crate) async fn is_held(tx: &mut Tx, policy: &str, object: i64) -> Result<bool, Fault> {
    let held: Option<(i64,)> = tx
        .optional(
            "select id from parties_marked_entry where region_id = $1 and policy = $2 and object_id = $3 and state = 'held'",
            params![tx.region()?, policy, object],
        )
        .await?;
    Ok(held.is_some())
}

/// Holds a marked record back, or lets it wait again until `purge_on`; false if somebody changed it meanwhile.
pub(crate) async fn turn(
    tx: &mut Tx,
    row: &MarkRow,
    state: MarkState,
    reason: &str,
    by: Option<i64>,
    name: &str,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update parties_marked_entry set state = $4, hold_reason = $5, held_by = $6, held_name = $7, purge_on = $8, version = version + 1
             where region_id = $1 and id = $2 and version = $3 and state in ('marked', 'held')",
            params![tx.region()?, row.id, row.version, state, reason, by, name, row.purge_on],
        )
        .await?;
    Ok(touched == 1)
}

/// Notes that a record was purged, or that its time is no longer over.
pub(crate) async fn settle(tx: &mut Tx, id: Id<Mark>, state: MarkState, today: Day) -> Result<(), Fault> {
    let purged_on = (state == MarkState::Purged).then_some(today);
    tx.execute(
        "update parties_marked_entry set state = $3, purged_on = $4, version = version + 1 where region_id = $1 and id = $2",
        params![tx.region()?, id, state, purged_on],
    )
    .await?;
    Ok(())
}
