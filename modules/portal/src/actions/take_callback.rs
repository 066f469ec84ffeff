//! Takes a call-back: from now on this person sees the number and calls.

use crate::{
    callback::{Callback, StateKind},
    store,
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};
use web::Actor;

kernel::refusals! {
    /// Why it cannot be taken.
    pub(crate) enum TakeRefusal {
        /// It is gone or not theirs to see.
        Unknown => NotFound, "没有这条回电登记。";
        /// It is settled.
        Settled => Conflict, "这条回电已经办结，请刷新页面看结果。";
        /// Somebody else was quicker.
        Stale => Conflict, "别人刚刚接手了这条回电，请刷新页面看最新情况。";
    }
}

/// Takes it, even from somebody else; reading the number is audited.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn take_callback(tx: &mut Tx, actor: &Actor, id: Id<Callback>, version: i64) -> Result<()> {
    let entry = store::callback(tx, &actor.reach(), id).await?.ok_or(TakeRefusal::Unknown)?;
    if entry.state.kind() != StateKind::Waiting {
        return Err(TakeRefusal::Settled.into());
    }
    if entry.version != version || !store::take(tx, id, version, actor.id, &actor.name).await? {
        return Err(TakeRefusal::Stale.into());
    }
    tx.audit(Audit::new(Some(actor.id), "portal.callback.take", "portal_callback", id));
    // Whoever takes it is shown the number in order to call: a reading that has its reason, and no daily limit.
    tx.audit(Audit::read(Some(actor.id), "portal_callback", id.raw(), &["phone"], "回电"));
    Ok(())
}
