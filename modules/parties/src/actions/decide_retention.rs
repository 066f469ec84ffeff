//! A manager decides how long something is kept, or holds a marked record back.

use crate::{
    retention::{Mark, MarkRow, MarkState, PeriodRow, RetentionPolicy, WARN_DAYS},
    store::retention,
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};
use web::Actor;

kernel::refusals! {
    /// Why nothing is decided.
    pub(crate) enum RetentionRefusal {
        /// No such kind of data.
        UnknownPolicy => NotFound, "没有这一类信息。";
        /// No such record, or it is not marked.
        Unknown => NotFound, "没有这条标记，可能已经清除或撤销。请返回列表查看。";
        /// The period is out of bounds.
        Months => Invalid("months"), "请填写 1 到 1200 之间的月数";
        /// A period that holds in the past would purge without a warning.
        Past => Invalid("valid_from"), "生效日期不能早于今天";
        /// Somebody else was quicker.
        Stale => Conflict, "这条标记刚刚被改动，请刷新页面看最新情况。";
        /// It is held back already, or not at all.
        Already => Conflict, "这条标记已经是这个状态，请刷新页面。";
    }
}

/// Sets the period of a kind from a day on; earlier decisions stay in the history.
pub(crate) async fn set_period(
    tx: &mut Tx,
    actor: &Actor,
    policy: &RetentionPolicy,
    months: i64,
    basis: &str,
    valid_from: Day,
    today: Day,
) -> Result<()> {
    if !(1..=1200).contains(&months) {
        return Err(RetentionRefusal::Months.into());
    }
    if valid_from < today {
        return Err(RetentionRefusal::Past.into());
    }
    let row = PeriodRow { months, basis: basis.to_owned(), valid_from, set_name: actor.name.clone() };
    retention::set_period(tx, policy.key, &row, Some(actor.id)).await?;
    let details =
        serde_json::json!({ "policy": policy.key, "months": months, "valid_from": valid_from.to_string() });
    tx.audit(Audit::about(Some(actor.id), "parties.retention.period", "parties_period").with(&details));
    Ok(())
}

/// Holds a marked record back, for a reason, until somebody lets it go on.
pub(crate) async fn hold(
    tx: &mut Tx,
    actor: &Actor,
    id: Id<Mark>,
    version: i64,
    reason: &str,
) -> Result<MarkRow> {
    let row = current(tx, id, version, MarkState::Marked).await?;
    turn(tx, actor, row, MarkState::Held, reason, "parties.retention.hold").await
}

/// Lets a record that was held back wait again: the whole time of warning begins anew.
pub(crate) async fn resume(
    tx: &mut Tx,
    actor: &Actor,
    id: Id<Mark>,
    version: i64,
    today: Day,
) -> Result<MarkRow> {
    let mut row = current(tx, id, version, MarkState::Held).await?;
    row.purge_on = today.add_days(WARN_DAYS);
    turn(tx, actor, row, MarkState::Marked, "", "parties.retention.resume").await
}

async fn current(tx: &mut Tx, id: Id<Mark>, version: i64, expected: MarkState) -> Result<MarkRow> {
    let row = retention::marked(tx, id).await?.ok_or(RetentionRefusal::Unknown)?;
    match row.state {
        MarkState::Released | MarkState::Purged => Err(RetentionRefusal::Unknown.into()),
        state if state != expected => Err(RetentionRefusal::Already.into()),
        _ if row.version != version => Err(RetentionRefusal::Stale.into()),
        _ => Ok(row),
    }
}

async fn turn(
    tx: &mut Tx,
    actor: &Actor,
    row: MarkRow,
    state: MarkState,
    reason: &str,
    action: &'static str,
) -> Result<MarkRow> {
    let held_by = (state == MarkState::Held).then_some(actor.id);
    let name = if state == MarkState::Held { actor.name.as_str() } else { "" };
    if !retention::turn(tx, &row, state, reason, held_by, name).await? {
        return Err(RetentionRefusal::Stale.into());
    }
    let details = serde_json::json!({ "policy": row.policy, "record": row.object_id });
    tx.audit(Audit::new(Some(actor.id), action, "parties_marked", row.id).with(&details));
    Ok(row)
}
