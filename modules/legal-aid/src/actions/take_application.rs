//! Takes an application at the counter of a station or of the centre, or notes a case that an organ notified.

use crate::{
    actions::campaigns::goes_first,
    actions::tell::leave_word,
    application::{Application, Hardship, Said},
    case::{Case, Facts, Origin},
    clock::clocks,
    figures::{ACCEPTED, APPLICATIONS, PEOPLE},
    particulars,
    store::{
        self, Entry,
        events::{self, NewEvent, RECEIVED},
        rules,
    },
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact, Measure},
};
use kernel::{Calendar, Day, Id, Moment, Result};
use web::{Actor, Reach};

/// The kind of record in facts, audit rows and outside numbers.
pub(crate) const OBJECT: &str = "legal_aid_case";

kernel::refusals! {
    /// Why an application cannot be taken.
    pub(crate) enum TakeRefusal {
        /// No such person, or their data must not be used.
        NoApplicant => Invalid("applicant"), "没有这个人，或者他（她）的信息正在限制处理。请重新查找申请人。";
        /// The town is out of reach.
        NotYourTown => Forbidden, "您只能为自己辖区的群众登记。其他镇（街道）的，请他（她）到当地工作站或者法援中心申请。";
        /// No matter.
        NoMatter => Invalid("matter"), "请选择申请的事项。";
        /// An agent without saying what they are.
        NoRelation => Invalid("agent_relation"), "代为申请的，请写明与申请人的关系（法律援助法第四十条）。";
        /// No people.
        NoPeople => Invalid("people"), "受援人数至少为 1。";
        /// Received later than now.
        Future => Invalid("received_on"), "收到日期不能晚于今天。";
    }
}

/// Takes an application or a notice; returns the case.
///
/// # Errors
/// A refusal if something that must be known is missing or the town is out of reach; a fault if it cannot be written.
pub async fn take_application(
    tx: &mut Tx,
    actor: Option<&Actor>,
    origin: Origin,
    new: &Application,
    received_at: Moment,
    now: Moment,
) -> Result<Id<Case>> {
    check_place(tx, actor, new).await?;
    check_said(&new.said)?;
    if received_at > now {
        return Err(TakeRefusal::Future.into());
    }
    let facts = Facts::received(origin, received_at, new.station.is_some());
    let mut new = new.clone();
    if origin != Origin::Application {
        new.said.hardship = Hardship::NotNeeded;
    }
    new.said.green = goes_first(tx, &new.said, received_at.day()).await?;
    let id = tx.new_id()?;
    let entered_by = actor.map(|actor| actor.id);
    let person = parties::person(tx, new.applicant).await?;
    let classes = person.map_or_else(Vec::new, |person| {
        particulars::classes_on(&person.sex, person.birth, received_at.day())
    });
    let rules = rules::load(tx).await?;
    let running = clocks(&facts, &rules, &Calendar::published(), now);
    let place = store::urgency(&facts, new.said.green, &running);
    store::insert(tx, id, &new, &facts, place, &classes, entered_by).await?;
    events::insert(
        tx,
        &NewEvent {
            case: id,
            act: RECEIVED,
            at: received_at,
            on: None,
            actor: actor.map(|actor| (actor.id, actor.name.as_str())),
            words: &new.said.papers.join("、"),
            code: "",
            decision: None,
            lawyer: None,
            before: "",
            after: facts.stage(),
            cleared: None,
        },
    )
    .await?;
    let entry = store::entry(tx, &Reach::Region, id).await?.ok_or_else(|| kernel::Fault::new("no case"))?;
    if origin == Origin::Application {
        count(tx, &entry, APPLICATIONS, 1, received_at.day(), entered_by, now).await?;
    }
    if let Some(day) = facts.accepted_on() {
        count_accepted(tx, &entry, day, entered_by, now).await?;
    }
    leave_word(tx, id, RECEIVED, now).await?;
    tx.audit(Audit::new(entered_by, "legal-aid.case.take", OBJECT, id));
    Ok(id)
}

/// Whether the person may be registered by this account.
async fn check_place(tx: &mut Tx, actor: Option<&Actor>, new: &Application) -> Result<()> {
    if parties::person(tx, new.applicant).await?.is_none() {
        return Err(TakeRefusal::NoApplicant.into());
    }
    if let Some(Reach::Towns(towns)) = actor.map(Actor::reach)
        && !towns.contains(&new.town.raw())
    {
        return Err(TakeRefusal::NotYourTown.into());
    }
    Ok(())
}

/// What must hold of what an application says, new or changed.
pub(crate) fn check_said(said: &Said) -> Result<(), TakeRefusal> {
    if said.matter.is_empty() {
        return Err(TakeRefusal::NoMatter);
    }
    if !said.agent_name.is_empty() && said.agent_relation.is_empty() {
        return Err(TakeRefusal::NoRelation);
    }
    if said.people < 1 {
        return Err(TakeRefusal::NoPeople);
    }
    Ok(())
}

/// Counts a case as accepted, with its people.
pub(crate) async fn count_accepted(
    tx: &mut Tx,
    entry: &Entry,
    day: Day,
    entered_by: Option<i64>,
    now: Moment,
) -> Result<()> {
    count(tx, entry, ACCEPTED, 1, day, entered_by, now).await?;
    count(tx, entry, PEOPLE, entry.people, day, entered_by, now).await
}

/// Records a fact of the case where the applicant lives. Help by the lawyer on duty is no case (法律援助法第三十条).
pub(crate) async fn count(
    tx: &mut Tx,
    entry: &Entry,
    measure: Measure,
    quantity: i64,
    day: Day,
    entered_by: Option<i64>,
    now: Moment,
) -> Result<()> {
    if particulars::is_duty(&entry.matter) {
        return Ok(());
    }
    let fact = Fact {
        place: entry.place(),
        served_by: entry.lawyer_id.map(Id::raw),
        entered_by,
        matter: entry.matter.clone(),
        channel: entry.channel.clone(),
        ..Fact::new(measure, quantity, day, entry.town_id, OBJECT, entry.id)
    };
    tally::record(tx, &fact, now).await?;
    Ok(())
}
