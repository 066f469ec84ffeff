//! Imports what was checked, gives it up, or takes it back.

use crate::{
    import::{Import, Mode, State},
    store::{self, Decision},
};
use ::store::{Audit, Tx};
use kernel::Result;
use web::Actor;

kernel::refusals! {
    /// Why a decision cannot be carried out.
    pub(crate) enum DecideRefusal {
        /// It was not checked, or something was decided before.
        NotChecked => Conflict, "这个导入不在待确认状态，请刷新页面看最新情况。";
        /// Neither of the two ways was chosen.
        NoMode => Invalid("mode"), "请选择导入方式。";
        /// Everything was asked for, and something is wrong.
        HasBad => Invalid("mode"), "有的行有误，不能“全部导入”。请改正后重新上传，或选“只导入正确的行”。";
        /// There is nothing to do.
        NothingToDo => Conflict, "没有需要新增或修改的行。";
        /// A day has passed, or nothing was done.
        TooLate => Conflict, "导入超过 24 小时，或没有可以撤销的内容。请逐条修改。";
        /// It is done or under way.
        Underway => Conflict, "已经开始导入的不能放弃；导入完成后 24 小时内可以撤销。";
        /// Somebody else changed it meanwhile.
        Stale => Conflict, "这个导入刚刚有了变化，请刷新页面后再试。";
    }
}

/// Begins to import.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn apply(
    tx: &mut Tx,
    actor: &Actor,
    import: &Import,
    version: i64,
    mode: Option<Mode>,
) -> Result<()> {
    if import.state != State::Checked {
        return Err(DecideRefusal::NotChecked.into());
    }
    let mode = mode.ok_or(DecideRefusal::NoMode)?;
    if mode == Mode::All && import.bads > 0 {
        return Err(DecideRefusal::HasBad.into());
    }
    if import.wanted() == 0 {
        return Err(DecideRefusal::NothingToDo.into());
    }
    let decision =
        Decision { state: State::Applying, mode: mode.as_str(), aim: "", mapping: None, actor: Some(actor) };
    if !store::decide(tx, import.id, version, &decision).await? {
        return Err(DecideRefusal::Stale.into());
    }
    let details = serde_json::json!({ "kind": import.kind, "mode": mode.as_str(), "rows": import.wanted() });
    tx.audit(Audit::new(Some(actor.id), "imports.apply", "imports_import", import.id).with(&details));
    Ok(())
}

/// Gives an import up before it is done.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn discard(tx: &mut Tx, actor: &Actor, import: &Import, version: i64) -> Result<()> {
    if !matches!(import.state, State::Uploaded | State::Checked) {
        return Err(DecideRefusal::Underway.into());
    }
    let decision = Decision { state: State::Dropped, mode: "", aim: "", mapping: None, actor: None };
    if !store::decide(tx, import.id, version, &decision).await? {
        return Err(DecideRefusal::Stale.into());
    }
    tx.audit(Audit::new(Some(actor.id), "imports.drop", "imports_import", import.id));
    Ok(())
}

/// Begins to take an import back.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn undo(tx: &mut Tx, actor: &Actor, import: &Import, version: i64) -> Result<()> {
    if !import.can_be_undone(tx.db().wall().now()) {
        return Err(DecideRefusal::TooLate.into());
    }
    let decision = Decision {
        state: State::Undoing,
        mode: &import.mode,
        aim: "undone",
        mapping: None,
        actor: Some(actor),
    };
    if !store::decide(tx, import.id, version, &decision).await? {
        return Err(DecideRefusal::Stale.into());
    }
    let details = serde_json::json!({ "kind": import.kind, "rows": import.done });
    tx.audit(Audit::new(Some(actor.id), "imports.undo", "imports_import", import.id).with(&details));
    Ok(())
}
