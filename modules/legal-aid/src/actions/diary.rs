//! The diary of a case: plans a home visit, a hearing or a meeting, moves it, and says what came of it.

use crate::{
    act::Act,
    actions::{
        citizen::answer_letter,
        do_act::{Saying, do_act, may},
        take_application::count,
    },
    engagement::{Engagement, EngagementKind, EngagementState, Span},
    figures::HOME_VISITS,
    store::{
        self, Entry,
        engagements::{self, EngagementRow, NewEngagement},
        events::{self, ENGAGED},
        letters::LetterRow,
    },
};
use ::store::{Audit, Tx};
use kernel::{Fault, Id, Moment, Result};
use web::{Actor, Reach};

/// The kind of an entry of the diary in audit rows.
const ENGAGEMENT: &str = "legal_aid_engagement";
/// How far ahead something is planned, in days.
const FURTHEST: i64 = 730;

kernel::refusals! {
    /// Why the diary is not changed.
    pub(crate) enum DiaryRefusal {
        /// The case is over.
        Over => Conflict, "案件已经办结，不能再安排日程。";
        /// A lawyer plans in the own cases only, once they are accepted.
        NotYours => Forbidden, "这个案件不是您在办理的，不能安排日程。";
        /// No name.
        NoOne => Invalid("who"), "请填写谁去。";
        /// A day that cannot be meant.
        BadDay => Invalid("on"), "日期不能早于收到申请的日期，也不能晚于两年以后。";
        /// Changed by somebody else, or no longer planned.
        Stale => Conflict, "刚才有人改过或者办结了这项日程。请看最新情况，您填的内容还在下面。";
        /// No reason.
        NoReason => Invalid("words"), "请写明原因，以后要靠它说明为什么没有办成。";
        /// Said before the day came.
        Early => Conflict, "还没有到那一天。要提前的，先改日期。";
        /// No outcome.
        NoOutcome => Invalid("state"), "请选择结果。";
    }
}

fn permitted(actor: &Actor, entry: &Entry) -> Result<(), DiaryRefusal> {
    match actor.reach() {
        Reach::Lawyer(lawyer)
            if entry.lawyer_id.map(Id::raw) != Some(lawyer) || entry.accepted_at.is_none() =>
        {
            Err(DiaryRefusal::NotYours)
        }
        _ => Ok(()),
    }
}

fn check(entry: &Entry, new: &NewEngagement, now: Moment) -> Result<(), DiaryRefusal> {
    if new.who.trim().is_empty() {
        return Err(DiaryRefusal::NoOne);
    }
    let day = new.starts_at.day();
    if day < entry.received_at.day() || day > now.day().add_days(FURTHEST) {
        return Err(DiaryRefusal::BadDay);
    }
    Ok(())
}

/// Writes an entry into the diary; a wish for a home visit that it answers is answered with it.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn plan(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    new: &NewEngagement,
    letter: Option<&LetterRow>,
    now: Moment,
) -> Result<Id<Engagement>> {
    permitted(actor, entry)?;
    if entry.stage.is_over() {
        return Err(DiaryRefusal::Over.into());
    }
    check(entry, new, now)?;
    let id = engagements::insert(tx, entry.id, new, &actor.name, now).await?;
    events::beside(tx, actor, entry, ENGAGED, &planned(new), now).await?;
    if let Some(letter) = letter.filter(|letter| letter.waits()) {
        let words = format!("已经安排好：{}，{}。", planned(new), new.who);
        answer_letter(tx, actor, letter, &words, now).await?;
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.diary.plan", ENGAGEMENT, id));
    Ok(id)
}

fn planned(new: &NewEngagement) -> String {
    format!("{}，{}", new.kind.label(), crate::engagement::said(new.starts_at, new.span))
}

/// Moves what is planned to another day or to other people; `row` is what the person saw.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn move_to(
    tx: &mut Tx,
    actor: &Actor,
    row: &EngagementRow,
    new: &NewEngagement,
    now: Moment,
) -> Result<()> {
    let entry = entry(tx, row).await?;
    permitted(actor, &entry)?;
    check(&entry, new, now)?;
    if !engagements::moved(tx, row, new).await? {
        return Err(DiaryRefusal::Stale.into());
    }
    events::beside(tx, actor, &entry, ENGAGED, &format!("改期：{}", planned(new)), now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.diary.move", ENGAGEMENT, row.id));
    Ok(())
}

/// Says what came of it. A home visit that took place is counted; a first meeting is noted in the case as well.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn conclude(
    tx: &mut Tx,
    actor: &Actor,
    row: &EngagementRow,
    state: EngagementState,
    words: &str,
    now: Moment,
) -> Result<()> {
    let case = entry(tx, row).await?;
    permitted(actor, &case)?;
    match state {
        EngagementState::Planned => return Err(DiaryRefusal::NoOutcome.into()),
        EngagementState::Done | EngagementState::Missed if row.starts_at.day() > now.day() => {
            return Err(DiaryRefusal::Early.into());
        }
        EngagementState::Missed | EngagementState::Cancelled if words.trim().is_empty() => {
            return Err(DiaryRefusal::NoReason.into());
        }
        _ => {}
    }
    if !engagements::conclude(tx, row, state, words, &actor.name, now).await? {
        return Err(DiaryRefusal::Stale.into());
    }
    let told = format!("{}{}：{}", row.kind.label(), state.label(), row.said());
    let told = if words.trim().is_empty() { told } else { format!("{told}。{words}") };
    events::beside(tx, actor, &case, ENGAGED, &told, now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.diary.conclude", ENGAGEMENT, row.id));
    if state != EngagementState::Done {
        return Ok(());
    }
    if row.kind == EngagementKind::Visit {
        count(tx, &case, HOME_VISITS, 1, row.starts_at.day(), Some(actor.id), now).await?;
    }
    // A meeting that was planned before this lawyer had the case is not theirs.
    let since = case.accepted_at.is_some_and(|at| row.starts_at.day() >= at.day());
    let first = row.kind == EngagementKind::Meeting && case.met_on.is_none() && since;
    if first && case.facts().permits(Act::Meet) && may(actor, &case, Act::Meet).is_ok() {
        let saying = Saying { on: Some(row.starts_at.day()), ..Saying::default() };
        do_act(tx, actor, &case, Act::Meet, &saying, now).await?;
    }
    Ok(())
}

async fn entry(tx: &mut Tx, row: &EngagementRow) -> Result<Entry, Fault> {
    store::entry(tx, &Reach::Region, row.case_id).await?.ok_or_else(|| Fault::new("no case"))
}

/// What a form says about day and part of the day: a certain minute where one is typed.
pub(crate) fn span_of(span: Option<Span>, clock: Option<(i8, i8)>) -> Span {
    match clock {
        Some(_) => Span::At,
        None => span.filter(|span| *span != Span::At).unwrap_or(Span::Morning),
    }
}
