//! Letting one person hold several administrators' roles (小单位三员兼任): asked for by one administrator, decided by
//! another, or said at the set-up.

use crate::{
    account,
    store::{self, combination::Request},
};
use ::store::{Audit, Tx};
use kernel::{Fault, Id, Result};
use web::Actor;

/// The setting: `yes` or `no`.
pub(crate) const COMBINED: &str = "combined_administrators";

kernel::refusals! {
    /// Why it cannot be asked for or decided.
    pub(crate) enum CombineRefusal {
        /// Nobody said why.
        ReasonMissing => Invalid("reason"), "请写明理由，例如：本单位只有 2 名工作人员。";
        /// It is so already.
        Same => Conflict, "现在就是这样，不用申请。";
        /// One at a time.
        Pending => Conflict, "已有一份申请等待另一位管理员批准，请先处理那一份。";
        /// Decided or unknown.
        Gone => NotFound, "没有这份申请，或已经处理过了。";
        /// Two persons.
        OwnRequest => Forbidden, "不能批准自己的申请。请由另一位系统管理员或安全管理员批准。";
        /// Still held together.
        StillHeld => Conflict, "还有人兼任，不能关闭。请先由安全管理员把各管理员角色分给不同的人。";
        /// Held together without the setting.
        Apart => Invalid("roles"), "系统、安全、审计三个管理员要由不同的人担任，也不能兼任业务角色。确因人员少需要兼任的，先在“三员管理”里申请，由另一位管理员批准。";
    }
}

/// Whether one person may hold several administrators' roles.
pub(crate) async fn is_combined(tx: &mut Tx) -> Result<bool, Fault> {
    Ok(::store::setting(tx, COMBINED).await?.as_deref() == Some("yes"))
}

/// Whether these roles may be held by one person now.
pub(crate) async fn check_apart(tx: &mut Tx, roles: &[web::Role]) -> Result<()> {
    if account::are_apart(roles) || is_combined(tx).await? {
        return Ok(());
    }
    Err(CombineRefusal::Apart.into())
}

/// Asks for the setting to be switched.
pub(crate) async fn request(tx: &mut Tx, actor: &Actor, wanted: bool, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(CombineRefusal::ReasonMissing.into());
    }
    if is_combined(tx).await? == wanted {
        return Err(CombineRefusal::Same.into());
    }
    if store::combination::open(tx).await?.is_some() {
        return Err(CombineRefusal::Pending.into());
    }
    let now = tx.db().wall().now();
    let id = store::combination::insert(tx, wanted, reason, actor.id, now).await?;
    let details = serde_json::json!({ "combined": wanted });
    tx.audit(
        Audit::new(Some(actor.id), "identity.combine.request", "identity_combination", id).with(&details),
    );
    Ok(())
}

/// Approves or refuses what another administrator asked for; says whether the setting is on now.
pub(crate) async fn decide(tx: &mut Tx, actor: &Actor, id: &str, approve: bool) -> Result<bool> {
    let id: Id<Request> = id.parse().map_err(|_| CombineRefusal::Gone)?;
    let open =
        store::combination::open(tx).await?.filter(|open| open.id == id).ok_or(CombineRefusal::Gone)?;
    // Whoever asked may take it back, and nothing else.
    if approve && open.requested_by == actor.id {
        return Err(CombineRefusal::OwnRequest.into());
    }
    if approve && !open.wanted && !store::account::held_together(tx).await?.is_empty() {
        return Err(CombineRefusal::StillHeld.into());
    }
    let now = tx.db().wall().now();
    if !store::combination::decide(tx, id, approve, actor.id, now).await? {
        return Err(CombineRefusal::Gone.into());
    }
    if approve {
        ::store::set_setting(tx, COMBINED, if open.wanted { "yes" } else { "no" }).await?;
    }
    let details = serde_json::json!({ "combined": open.wanted, "approved": approve });
    tx.audit(
        Audit::new(Some(actor.id), "identity.combine.decide", "identity_combination", id).with(&details),
    );
    Ok(is_combined(tx).await?)
}
