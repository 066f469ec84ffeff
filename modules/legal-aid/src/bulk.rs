//! Many cases at once, for measuring: whole histories by the rules that acts go by, written as they end.

use crate::{
    act::{Act, Input},
    actions::{
        do_act::{Saying, besides, count_act, write_subsidy},
        take_application::{count, count_accepted},
    },
    application::Application,
    case::{Case, Facts, Origin},
    clock::clocks,
    figures::APPLICATIONS,
    store::{
        self, Besides,
        events::{self, NewEvent, RECEIVED},
        rules,
    },
};
use ::store::Tx;
use kernel::{Calendar, Fault, Id, Moment, Result};
use web::Reach;

/// Something that was done with a case, by whom and when.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// What.
    pub act: Act,
    /// The account and its name.
    pub by: (i64, &'a str),
    /// When.
    pub at: Moment,
    /// What was said with it.
    pub saying: Saying,
}

/// Writes a case with everything that was done with it: the stages must permit each deed, facts, events, numbers and
/// figures are those that the deeds themselves would leave. Who may do what, conflicts of interest and missing words
/// are not looked at, and audit rows are not written: this fills a database that is measured, never one that is used.
///
/// # Errors
/// A refusal if a stage does not permit a deed; a fault if it cannot be written.
pub async fn write_history(
    tx: &mut Tx,
    (origin, new): (Origin, &Application),
    by: (i64, &str),
    received_at: Moment,
    deeds: &[Deed<'_>],
    now: Moment,
) -> Result<Id<Case>> {
    let mut facts = Facts::received(origin, received_at, new.station.is_some());
    let id = tx.new_id()?;
    store::insert(tx, id, new, &facts, (0, ""), &[], Some(by.0)).await?;
    let first = NewEvent {
        case: id,
        act: RECEIVED,
        at: received_at,
        on: None,
        actor: Some(by),
        words: &new.said.papers.join("、"),
        code: "",
        decision: None,
        lawyer: None,
        before: "",
        after: facts.stage(),
        cleared: None,
    };
    events::insert(tx, &first).await?;
    let read = store::entry(tx, &Reach::Region, id).await?.ok_or_else(|| Fault::new("no case"))?;
    if origin == Origin::Application {
        count(tx, &read, APPLICATIONS, 1, received_at.day(), Some(by.0), received_at).await?;
    }
    if let Some(day) = facts.accepted_on() {
        count_accepted(tx, &read, day, Some(by.0), received_at).await?;
    }
    let (mut entry, mut all) = (read.clone(), Besides::default());
    for deed in deeds {
        let Deed { act, saying, at, .. } = deed;
        let input = Input { at: *at, on: saying.on.filter(|_| act.asks_day()), decision: saying.decision };
        let next = facts.after(*act, &input)?;
        let now = besides(tx, &entry, *act, saying, *at).await?;
        all = all.then(now);
        entry.lawyer_id = all.lawyer.unwrap_or(entry.lawyer_id);
        entry.official_number.clone_from(&all.official_number);
        entry.recovered = all.recovered.unwrap_or(0);
        entry.subsidy = all.subsidy.unwrap_or(0);
        let event = NewEvent {
            case: id,
            act: act.as_str(),
            at: *at,
            on: input.on,
            actor: Some(deed.by),
            words: &saying.words,
            code: &saying.code,
            decision: saying.decision.filter(|_| act.asks_decision()),
            lawyer: saying.lawyer.or(entry.lawyer_id),
            before: facts.stage().as_str(),
            after: next.stage(),
            cleared: None,
        };
        events::insert(tx, &event).await?;
        write_subsidy(tx, id, *act, saying, (deed.by.1, *at)).await?;
        count_act(tx, &entry, *act, &next, saying, deed.by.0, *at).await?;
        facts = next;
    }
    let rules = rules::load(tx).await?;
    let running = clocks(&facts, &rules, &Calendar::published(), now);
    let place = store::urgency(&facts, new.said.green, &running);
    if !store::save(tx, &read, &facts, &all, place).await? {
        return Err(Fault::new("a new case was changed by somebody").into());
    }
    Ok(id)
}
