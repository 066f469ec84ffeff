//! Notes what somebody who was aided said afterwards.

use crate::{
    actions::take_application::{OBJECT, count},
    case::Stage,
    figures::{FOLLOWED, FOLLOWED_SATISFIED},
    follow_up::FollowUp,
    store::{Entry, follow_ups},
};
use ::store::{Audit, Tx};
use kernel::{Moment, Result};
use web::Actor;

kernel::refusals! {
    /// Why it is not noted.
    pub(crate) enum FollowUpRefusal {
        /// The case is not closed.
        NotClosed => Conflict, "案件还没有结案，结案材料提交以后再回访。";
        /// It was noted before.
        Twice => Conflict, "这个案件已经登记过回访。";
        /// An answer is missing.
        NoAnswer => Conflict, "请把五个问题都选好。";
        /// The day cannot be meant.
        BadDay => Invalid("done_on"), "回访日期不能早于结案日期，也不能晚于今天。";
        /// Money was taken, and nothing is said about it.
        NoWords => Invalid("words"), "反映收了钱物的，请写明谁、什么时候、多少（法律援助法第二十条禁止收取）。";
    }
}

/// Whether a case can be asked about.
pub(crate) fn is_closed(stage: Stage) -> bool {
    matches!(stage, Stage::FileReview | Stage::Pricing | Stage::Paying | Stage::Archiving | Stage::Archived)
}

/// Notes it, once for each case.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn note_follow_up(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    new: &FollowUp,
    now: Moment,
) -> Result<()> {
    if !is_closed(entry.stage) {
        return Err(FollowUpRefusal::NotClosed.into());
    }
    if !new.answers.iter().all(|answer| (1..=3).contains(answer)) {
        return Err(FollowUpRefusal::NoAnswer.into());
    }
    if new.done_on > now.day() || entry.closed_on.is_some_and(|closed| new.done_on < closed) {
        return Err(FollowUpRefusal::BadDay.into());
    }
    if new.money_taken && new.words.trim().is_empty() {
        return Err(FollowUpRefusal::NoWords.into());
    }
    if !follow_ups::insert(tx, entry.id, new, &actor.name, now).await? {
        return Err(FollowUpRefusal::Twice.into());
    }
    count(tx, entry, FOLLOWED, 1, new.done_on, Some(actor.id), now).await?;
    if new.is_satisfied() {
        count(tx, entry, FOLLOWED_SATISFIED, 1, new.done_on, Some(actor.id), now).await?;
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.follow-up", OBJECT, entry.id));
    Ok(())
}
