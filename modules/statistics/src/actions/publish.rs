//! Shows a sealed bulletin to citizens, or shows it no longer.

use crate::{actions::unseal::UnsealRefusal, seal::Seal, store::seals};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

kernel::refusals! {
    /// Why a bulletin is not shown or withdrawn.
    pub(crate) enum PublishRefusal {
        /// It is shown, or no longer stands.
        NotNow => Conflict, "这份定稿已经公开，或者已经解除，不能公开。";
        /// It is not shown.
        NotPublic => Conflict, "这份公报没有公开，不用撤回。";
    }
}

/// Shows a standing seal to citizens.
pub(crate) async fn publish(tx: &mut Tx, id: Id<Seal>, by: Option<i64>) -> Result<()> {
    let seal = seals::seal(tx, id).await?.ok_or(UnsealRefusal::Unknown)?;
    let now = tx.db().wall().now();
    if !seals::publish(tx, id, now).await? {
        return Err(PublishRefusal::NotNow.into());
    }
    let details = serde_json::json!({ "number": seal.number, "digest": seal.digest });
    tx.audit(Audit::new(by, "statistics.bulletin.publish", "statistics_seal", id).with(&details));
    Ok(())
}

/// Shows it no longer.
pub(crate) async fn withdraw(tx: &mut Tx, id: Id<Seal>, by: Option<i64>) -> Result<()> {
    let seal = seals::seal(tx, id).await?.ok_or(UnsealRefusal::Unknown)?;
    let now = tx.db().wall().now();
    if !seals::withdraw(tx, id, now).await? {
        return Err(PublishRefusal::NotPublic.into());
    }
    let details = serde_json::json!({ "number": seal.number });
    tx.audit(Audit::new(by, "statistics.bulletin.withdraw", "statistics_seal", id).with(&details));
    Ok(())
}
