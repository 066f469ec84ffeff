//! A lawyer leaves, or takes up practice again.

use crate::{
    firm::FirmState,
    lawyer::{Lawyer, LawyerState},
    store::{
        self,
        changes::{self, LawyerEdit},
    },
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why the state cannot change.
    pub(crate) enum StateRefusal {
        /// They are not in the register.
        Unknown => NotFound, "没有这位律师。";
        /// They have left already.
        AlreadyLeft => Conflict, "这位律师已经标记为离开，不需要再操作。";
        /// They practise already.
        AlreadyActive => Conflict, "这位律师正在执业，不需要恢复。";
        /// The day lies ahead.
        NotYet => Invalid("left_on"), "离开日期不能晚于今天；尚未离开的，请到当天再操作。";
        /// The day lies before the licence.
        BeforeLicence => Invalid("left_on"), "离开日期不能早于取得执业证的日期。";
        /// The firm is closed.
        FirmClosed => Conflict, "原执业机构已注销，请先在“修改”里换成现在的机构，再恢复执业。";
        /// Somebody else changed the record at the same moment.
        Stale => Conflict, "这条记录刚被他人修改，请返回刷新后再操作。";
    }
}

/// Marks a lawyer as having left on that day.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn leave(tx: &mut Tx, actor: Option<i64>, id: Id<Lawyer>, on: Day, today: Day) -> Result<()> {
    let now = changes::lawyer_edit(tx, id).await?.ok_or(StateRefusal::Unknown)?;
    if now.state == LawyerState::Left {
        return Err(StateRefusal::AlreadyLeft.into());
    }
    if on > today {
        return Err(StateRefusal::NotYet.into());
    }
    if on < now.licensed_since {
        return Err(StateRefusal::BeforeLicence.into());
    }
    put(tx, LawyerEdit { state: LawyerState::Left, left_on: Some(on), ..now }).await?;
    tx.audit(
        Audit::new(actor, "counsel.lawyer.leave", "counsel_lawyer", id)
            .with(&serde_json::json!({ "on": on.to_string() })),
    );
    Ok(())
}

/// Lets a lawyer who had left or was suspended practise again.
pub(crate) async fn resume(tx: &mut Tx, actor: Option<i64>, id: Id<Lawyer>) -> Result<()> {
    let now = changes::lawyer_edit(tx, id).await?.ok_or(StateRefusal::Unknown)?;
    if now.state == LawyerState::Active {
        return Err(StateRefusal::AlreadyActive.into());
    }
    if store::firm(tx, now.firm_id).await?.is_some_and(|firm| firm.state == FirmState::Closed) {
        return Err(StateRefusal::FirmClosed.into());
    }
    let was = now.state.as_str();
    put(tx, LawyerEdit { state: LawyerState::Active, left_on: None, ..now }).await?;
    tx.audit(
        Audit::new(actor, "counsel.lawyer.resume", "counsel_lawyer", id)
            .with(&serde_json::json!({ "was": was })),
    );
    Ok(())
}

/// Saves the state that follows from a decision.
pub(crate) async fn put(tx: &mut Tx, lawyer: LawyerEdit) -> Result<()> {
    if changes::update_lawyer(tx, &lawyer).await? { Ok(()) } else { Err(StateRefusal::Stale.into()) }
}
