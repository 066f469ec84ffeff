//! Notes what another institution asks us or hands over, or what we ask or hand over; charges somebody with it; answers,
//! files, takes back; links a case that was handed over to the one that was taken.

use crate::{
    COOPERATE,
    case::Case,
    cooperation::{Cooperation, Direction, Outcome, due},
    figures::COOPERATED,
    reminder::cooperation_reminders,
    store::{
        cooperations::{self, CooperationRow, NewCooperation},
        rules,
    },
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use kernel::{Day, Fault, Id, Moment, Result};
use outreach::Settled;
use web::{Actor, App, Reach};

/// The kind of a letter in facts, audit rows and reminders.
pub(crate) const COOPERATION: &str = "legal_aid_cooperation";
/// What came longer ago is a slip of the year.
const OLDEST_DAYS: i64 = 400;
/// What is asked for later than in a year is one, too.
const FAR_DAYS: i64 = 366;

kernel::refusals! {
    /// Why a letter is not noted, or nothing done with it.
    pub(crate) enum CooperationRefusal {
        /// Nobody asks.
        NoInstitution => Invalid("institution"), "请填写对方法律援助机构的名称。";
        /// Nothing is asked.
        NoWords => Invalid("asked"), "请写明要办什么事。";
        /// The town is unknown.
        NoTown => Invalid("town"), "请选择在哪个镇（街道）。";
        /// A day that cannot be meant.
        BadDay => Invalid("came_on"), "日期不能晚于今天，也不能在一年多以前。";
        /// A wish that cannot be meant.
        BadWish => Invalid("wished"), "函上写明的答复日期不能早于收到（发出）的日期，也不能在一年以后。";
        /// Nobody who may.
        NoWorker => Invalid("worker"), "请选择法援中心的人员。";
        /// Somebody was quicker.
        Stale => Conflict, "刚才有人办理过这封函，您填写的内容没有保存，还在下面。请看最新情况后再办。";
        /// Where it stands does not permit it.
        NotNow => Conflict, "这封函现在不能这样办，请看最新情况。";
        /// No answer.
        NoAnswer => Invalid("answer"), "请写明办理的结果；退回的写明为什么。";
        /// A day before the letter or after today.
        BadAnswerDay => Invalid("answered_on"), "答复日期不能早于收到（发出）的日期，也不能晚于今天。";
        /// No reason.
        NoReason => Invalid("reason"), "请写明为什么撤回。";
        /// It was not handed over to us, or has its case.
        NoHandOver => Conflict, "这封移送函已经登记过案件，或者已经答复、撤回。请回到“协作与移送”核对。";
    }
}

/// Notes a letter; its time runs from the day it came or was sent.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn note_cooperation(
    tx: &mut Tx,
    actor: &Actor,
    new: &NewCooperation,
    now: Moment,
) -> Result<Id<Cooperation>> {
    if new.institution.trim().is_empty() {
        return Err(CooperationRefusal::NoInstitution.into());
    }
    if new.asked.trim().is_empty() {
        return Err(CooperationRefusal::NoWords.into());
    }
    if places::town(tx, new.town).await?.is_none() {
        return Err(CooperationRefusal::NoTown.into());
    }
    let age = new.came_on.days_until(now.day());
    if !(0..=OLDEST_DAYS).contains(&age) {
        return Err(CooperationRefusal::BadDay.into());
    }
    if new.wished.is_some_and(|day| !(0..=FAR_DAYS).contains(&new.came_on.days_until(day))) {
        return Err(CooperationRefusal::BadWish.into());
    }
    let rules = rules::load(tx).await?;
    let due = due(&rules, (new.direction, new.kind), (new.came_on, new.wished));
    let due = due.ok_or_else(|| Fault::new("letters of cooperation have no rule"))?;
    let id = cooperations::insert(tx, new, due, &actor.name, now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.cooperation.note", COOPERATION, id));
    Ok(id)
}

/// A letter as it stands, whoever asks.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn cooperation(tx: &mut Tx, id: Id<Cooperation>) -> Result<Option<CooperationRow>, Fault> {
    cooperations::letter(tx, &Reach::Region, id).await
}

/// Those who can be charged with a letter.
pub(crate) fn workers(people: &[Actor]) -> Vec<&Actor> {
    people.iter().filter(|one| one.may(COOPERATE) && one.reach() == Reach::Region).collect()
}

/// Charges somebody with it, or somebody else.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn assign_cooperation(
    tx: &mut Tx,
    actor: &Actor,
    row: &CooperationRow,
    worker: i64,
    now: Moment,
) -> Result<()> {
    if !row.dated().is_open() {
        return Err(CooperationRefusal::NotNow.into());
    }
    let people = identity::everybody(tx).await?;
    let worker = workers(&people).into_iter().find(|one| one.id == worker);
    let worker = worker.ok_or(CooperationRefusal::NoWorker)?;
    if !cooperations::assign(tx, row, (worker.id, &worker.name), now).await? {
        return Err(CooperationRefusal::Stale.into());
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.cooperation.assign", COOPERATION, row.id));
    remind(tx, row.id, &people, now).await?;
    Ok(())
}

/// What came of a letter, and on which day.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// All, some or nothing of it.
    pub outcome: Outcome,
    /// In words.
    pub words: &'a str,
    /// The day of our answer, or of theirs.
    pub on: Day,
}

/// Writes what came of it; cooperation that we gave is counted where the matter is.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn answer_cooperation(
    tx: &mut Tx,
    actor: &Actor,
    row: &CooperationRow,
    answer: &Answer<'_>,
    now: Moment,
) -> Result<()> {
    if !row.dated().is_open() {
        return Err(CooperationRefusal::NotNow.into());
    }
    if answer.words.trim().is_empty() {
        return Err(CooperationRefusal::NoAnswer.into());
    }
    if answer.on < row.came_on || answer.on > now.day() {
        return Err(CooperationRefusal::BadAnswerDay.into());
    }
    let said = (answer.outcome, answer.on);
    if !cooperations::answer(tx, row, said, answer.words, &actor.name, now).await? {
        return Err(CooperationRefusal::Stale.into());
    }
    // A case that was handed over is counted as a case.
    if row.direction == Direction::In && !row.dated().handed_over && answer.outcome.counts() {
        let fact = Fact {
            entered_by: Some(actor.id),
            ..Fact::new(COOPERATED, 1, answer.on, row.town_id, COOPERATION, row.id)
        };
        tally::record(tx, &fact, now).await?;
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.cooperation.answer", COOPERATION, row.id));
    remind(tx, row.id, &[], now).await?;
    Ok(())
}

/// Files an answered letter.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn close_cooperation(tx: &mut Tx, actor: &Actor, row: &CooperationRow, now: Moment) -> Result<()> {
    if !row.dated().can_close() {
        return Err(CooperationRefusal::NotNow.into());
    }
    if !cooperations::close(tx, row, &actor.name, now).await? {
        return Err(CooperationRefusal::Stale.into());
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.cooperation.close", COOPERATION, row.id));
    Ok(())
}

/// Takes a letter back that one side does not want any more, or that was noted by mistake; what was counted is reversed.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn withdraw_cooperation(
    tx: &mut Tx,
    actor: &Actor,
    row: &CooperationRow,
    reason: &str,
    now: Moment,
) -> Result<()> {
    if !row.dated().can_withdraw() {
        return Err(CooperationRefusal::NotNow.into());
    }
    if reason.trim().is_empty() {
        return Err(CooperationRefusal::NoReason.into());
    }
    if !cooperations::withdraw(tx, row, (&actor.name, reason), now).await? {
        return Err(CooperationRefusal::Stale.into());
    }
    tally::reverse_measure(tx, COOPERATION, row.id.raw(), COOPERATED, Some(actor.id), now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.cooperation.withdraw", COOPERATION, row.id));
    remind(tx, row.id, &[], now).await?;
    Ok(())
}

/// The letter by which a case was handed over to us, as long as no case was made of it.
///
/// # Errors
/// A refusal if it is none, or has its case; a fault if it cannot be read.
pub(crate) async fn handed_over(tx: &mut Tx, actor: &Actor, id: Id<Cooperation>) -> Result<CooperationRow> {
    let row = match actor.may(COOPERATE) {
        true => cooperations::letter(tx, &actor.reach(), id).await?,
        false => None,
    };
    let row = row.filter(|row| row.dated().handed_over && row.dated().runs());
    row.ok_or_else(|| CooperationRefusal::NoHandOver.into())
}

/// Links the case that was taken to the letter by which it was handed over.
///
/// # Errors
/// A refusal if somebody was quicker; a fault if it cannot be written.
pub(crate) async fn link_case(
    tx: &mut Tx,
    actor: &Actor,
    row: &CooperationRow,
    case: Id<Case>,
    now: Moment,
) -> Result<()> {
    if !cooperations::link(tx, row, case).await? {
        return Err(CooperationRefusal::NoHandOver.into());
    }
    let case = serde_json::json!({ "case": case.to_string() });
    tx.audit(Audit::new(Some(actor.id), "legal-aid.cooperation.link", COOPERATION, row.id).with(&case));
    remind(tx, row.id, &[], now).await?;
    Ok(())
}

/// Makes the reminders of a letter what they should be now; of one that does not run any more there are none.
async fn remind(tx: &mut Tx, id: Id<Cooperation>, people: &[Actor], now: Moment) -> Result<Settled, Fault> {
    let row = cooperation(tx, id).await?;
    let wanted = row.map_or_else(Vec::new, |row| cooperation_reminders(&row, people, now));
    outreach::settle(tx, (COOPERATION, id.raw()), &wanted, now).await
}

/// Letters that are looked at in one transaction.
const SOME: i64 = 200;

/// Goes through every letter whose time runs; returns what was told and taken back.
///
/// # Errors
/// A fault if the database cannot be read or written; what earlier transactions did stays.
pub(crate) async fn remind_all(app: &App) -> Result<Settled, Fault> {
    let (mut all, mut after) = (Settled::default(), 0);
    loop {
        let mut tx = app.db.begin_write().await?;
        let some = cooperations::running(&mut tx, after, SOME).await?;
        let Some(last) = some.last() else { return Ok(all) };
        after = last.id.raw();
        let people = identity::everybody(&mut tx).await?;
        for row in &some {
            let settled = remind(&mut tx, row.id, &people, app.clock.now()).await?;
            all += settled;
        }
        tx.commit().await?;
    }
}
