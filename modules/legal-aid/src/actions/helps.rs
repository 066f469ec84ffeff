//! Notes the help of a duty lawyer, and takes it back if it was a mistake.

use crate::{
    figures::HELPED,
    help::{Help, KINDS},
    store::helps::{self, HelpRow, NewHelp},
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use kernel::{Id, Moment, Result};
use web::{Actor, Reach};

/// The kind of a help in facts and audit rows.
pub(crate) const HELP: &str = "legal_aid_help";

kernel::refusals! {
    /// Why it is not noted or taken back.
    pub(crate) enum HelpRefusal {
        /// The town is unknown.
        NoTown => Invalid("town"), "请选择在哪个镇（街道）。";
        /// No lawyer, or none in practice.
        NoLawyer => Invalid("lawyer"), "请选择执业的值班律师。";
        /// Somebody else's.
        NotYours => Forbidden, "您只能登记自己值班时的法律帮助。";
        /// Nothing was done.
        NoKind => Invalid("kinds"), "请至少选一项做了什么。";
        /// A day that cannot be meant.
        BadDay => Invalid("helped_on"), "日期不能晚于今天。";
        /// No reason.
        NoReason => Invalid("reason"), "请写明为什么作废。";
        /// Taken back before.
        Over => Conflict, "这一条已经作废，或者刚才有人改过。";
    }
}

/// Notes it, and counts it where it was given.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn note_help(tx: &mut Tx, actor: &Actor, new: &NewHelp, now: Moment) -> Result<Id<Help>> {
    if let Reach::Lawyer(own) = actor.reach()
        && own != new.lawyer.raw()
    {
        return Err(HelpRefusal::NotYours.into());
    }
    if places::town(tx, new.town).await?.is_none() {
        return Err(HelpRefusal::NoTown.into());
    }
    let lawyer = counsel::lawyer(tx, new.lawyer).await?;
    if lawyer.is_none_or(|lawyer| lawyer.state != counsel::LawyerState::Active) {
        return Err(HelpRefusal::NoLawyer.into());
    }
    let known = |code: &String| KINDS.iter().any(|(kind, _)| kind == code);
    if new.kinds.is_empty() || !new.kinds.iter().all(known) {
        return Err(HelpRefusal::NoKind.into());
    }
    if new.helped_on > now.day() {
        return Err(HelpRefusal::BadDay.into());
    }
    let id = helps::insert(tx, new, &actor.name, now).await?;
    let fact = Fact {
        place: new.town.raw(),
        served_by: Some(new.lawyer.raw()),
        entered_by: Some(actor.id),
        matter: "M30".to_owned(),
        ..Fact::new(HELPED, 1, new.helped_on, new.town, HELP, id)
    };
    tally::record(tx, &fact, now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.help.note", HELP, id));
    Ok(id)
}

/// Takes it back with a reason; its count is reversed.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn void_help(
    tx: &mut Tx,
    actor: &Actor,
    row: &HelpRow,
    reason: &str,
    now: Moment,
) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(HelpRefusal::NoReason.into());
    }
    if !helps::void(tx, row, reason).await? {
        return Err(HelpRefusal::Over.into());
    }
    tally::reverse_measure(tx, HELP, row.id.raw(), HELPED, Some(actor.id), now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.help.void", HELP, row.id));
    Ok(())
}
