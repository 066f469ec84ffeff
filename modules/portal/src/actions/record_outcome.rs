//! Records what came of a call-back.

use crate::{
    callback::{Callback, DONE, Outcome},
    store::{self, Attempt},
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use kernel::{Id, Moment, Result};
use web::Actor;

kernel::refusals! {
    /// Why it cannot be recorded.
    pub(crate) enum RecordRefusal {
        /// It is gone or not theirs to see.
        Unknown => NotFound, "没有这条回电登记。";
        /// Somebody else calls.
        NotTaken => Conflict, "请先点“我来回电”，再登记结果。";
        /// Somebody changed it meanwhile.
        Stale => Conflict, "这条回电刚刚被改动，请刷新页面看最新情况。";
    }
}

/// Records the outcome; a person reached is counted.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn record_outcome(
    tx: &mut Tx,
    actor: &Actor,
    id: Id<Callback>,
    outcome: Outcome,
    note: &str,
    now: Moment,
) -> Result<()> {
    let entry = store::callback(tx, &actor.reach(), id).await?.ok_or(RecordRefusal::Unknown)?;
    let state = entry.state.after(outcome, note, now)?;
    if entry.taken_by != Some(actor.id) {
        return Err(RecordRefusal::NotTaken.into());
    }
    if !store::settle(tx, id, entry.version, state).await? {
        return Err(RecordRefusal::Stale.into());
    }
    let attempt = Attempt {
        outcome,
        note: note.to_owned(),
        made_by: Some(actor.id),
        made_name: actor.name.clone(),
        made_at: now,
    };
    store::insert_attempt(tx, id, &attempt).await?;
    if outcome == Outcome::Reached {
        // Who names no town is counted for the district.
        let place = match entry.town_id {
            Some(town) => town.raw(),
            None => i64::from(tx.region()?.code()),
        };
        let fact = Fact {
            place,
            entered_by: Some(actor.id),
            people: 1,
            channel: "phone".to_owned(),
            ..Fact::new(DONE, 1, now.day(), id, "portal_callback", id)
        };
        tally::record(tx, &fact, now).await?;
    }
    let details = serde_json::json!({ "outcome": outcome.as_str() });
    tx.audit(Audit::new(Some(actor.id), "portal.callback.record", "portal_callback", id).with(&details));
    Ok(())
}
