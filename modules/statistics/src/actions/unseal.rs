//! Takes a seal back: one person asks with a reason, another one decides (四眼原则).

use crate::{
    seal::{Seal, Unseal, UnsealState},
    store::seals,
};
use ::store::{Audit, Tx};
use kernel::{Id, Moment, Result};

kernel::refusals! {
    /// Why a seal cannot be taken back.
    pub(crate) enum UnsealRefusal {
        /// There is no such seal.
        Unknown => NotFound, "没有这份定稿。请返回定稿记录重新选择。";
        /// It no longer stands.
        Superseded => Conflict, "这份定稿已经解除，不能再办理。";
        /// Nobody said why.
        ReasonMissing => Invalid("reason"), "请写明解除定稿的原因，例如“第三村漏报 12 次上门服务，需要更正”。";
        /// The reason is too long.
        ReasonTooLong => Invalid("reason"), "原因请控制在 200 个字以内。";
        /// Somebody asked before.
        Pending => Conflict, "已经有一份解除申请在等待批准。";
        /// Nobody asks.
        NoRequest => Conflict, "没有等待批准的解除申请，可能别人已经处理。";
        /// The same person.
        SamePerson => Forbidden, "解除定稿要由另一个人批准，申请人不能批准自己的申请。";
        /// Rejecting wants a reason too.
        RemarkMissing => Invalid("remark"), "不批准的，请写一句理由。";
        /// The remark is too long.
        RemarkTooLong => Invalid("remark"), "意见请控制在 200 个字以内。";
    }
}

/// The longest reason.
const LONGEST: usize = 200;

/// The account that acts, and its name.
pub(crate) type Person<'a> = (Option<i64>, &'a str);

/// Asks to take a seal back.
pub(crate) async fn ask_unseal(
    tx: &mut Tx,
    id: Id<Seal>,
    reason: &str,
    by: Person<'_>,
) -> Result<Id<Unseal>> {
    let seal = seals::seal(tx, id).await?.ok_or(UnsealRefusal::Unknown)?;
    if !seal.stands() {
        return Err(UnsealRefusal::Superseded.into());
    }
    if reason.is_empty() {
        return Err(UnsealRefusal::ReasonMissing.into());
    }
    if reason.chars().count() > LONGEST {
        return Err(UnsealRefusal::ReasonTooLong.into());
    }
    if seals::unseals(tx, id).await?.iter().any(|unseal| unseal.state == UnsealState::Pending) {
        return Err(UnsealRefusal::Pending.into());
    }
    let now = tx.db().wall().now();
    let request = seals::insert_unseal(tx, id, reason, by, now).await?;
    let details = serde_json::json!({ "number": seal.number, "request": request.to_string() });
    tx.audit(Audit::new(by.0, "statistics.unseal.ask", "statistics_seal", id).with(&details));
    Ok(request)
}

/// Decides the pending request: approved, the seal is superseded and no longer shown to citizens.
pub(crate) async fn decide_unseal(
    tx: &mut Tx,
    id: Id<Seal>,
    approve: bool,
    remark: &str,
    by: Person<'_>,
) -> Result<()> {
    let seal = seals::seal(tx, id).await?.ok_or(UnsealRefusal::Unknown)?;
    let unseals = seals::unseals(tx, id).await?;
    let request = unseals.iter().find(|unseal| unseal.state == UnsealState::Pending);
    let request = request.ok_or(UnsealRefusal::NoRequest)?;
    // Who asked may take the request back, but never grant it.
    if approve && (by.0.is_none() || request.asked_by == by.0) {
        return Err(UnsealRefusal::SamePerson.into());
    }
    if !approve && remark.is_empty() {
        return Err(UnsealRefusal::RemarkMissing.into());
    }
    if remark.chars().count() > LONGEST {
        return Err(UnsealRefusal::RemarkTooLong.into());
    }
    let now: Moment = tx.db().wall().now();
    let state = if approve { UnsealState::Approved } else { UnsealState::Rejected };
    if !seals::decide_unseal(tx, request.id, state, by, remark, now).await? {
        return Err(UnsealRefusal::NoRequest.into());
    }
    if approve {
        seals::withdraw(tx, id, now).await?;
        if !seals::supersede(tx, id, now).await? {
            return Err(UnsealRefusal::Superseded.into());
        }
    }
    let action = if approve { "statistics.unseal.approve" } else { "statistics.unseal.reject" };
    let details = serde_json::json!({ "number": seal.number, "request": request.id.to_string() });
    tx.audit(Audit::new(by.0, action, "statistics_seal", id).with(&details));
    Ok(())
}
