//! What must hold after any history. The judge takes the events one by one and the words that were typed, works out what
//! must follow, and compares: rows, stages, numbers, tickets, letters, figures.

use super::play::{History, Known, wrong};
use crate::{
    Act, Entry, Facts, LetterKind, Origin, Stage,
    act::Input,
    case::{Decision, Ending},
    clock::clocks,
    letter::Letter,
    rule::Rules,
    store::{
        self,
        events::{self, CHANGED, Event, RECEIVED},
        letters, rules, tickets,
    },
};
use ::store::{Tx, params, tally};
use kernel::{Calendar, Id, Result};
use std::collections::BTreeMap;
use web::Reach;

/// Figures by case and measure.
type Counted = BTreeMap<(i64, String), i64>;

/// Everything that must hold.
pub(super) async fn judge(history: &History<'_>, tx: &mut Tx) -> Result<()> {
    let mut expected = Counted::new();
    let mut numbers = Vec::new();
    let rules = rules::load(tx).await?;
    for known in &history.cases {
        let entry = store::entry(tx, &Reach::Region, known.id).await?;
        let entry = entry.ok_or_else(|| wrong(format!("case {} is gone", known.id)))?;
        let events = events::of(tx, known.id).await?;
        said(tx, known, &entry, &events)?;
        let facts = replayed(&entry, &events, &mut expected)?;
        crate::case::sound(&facts, history.now);
        written(history, &rules, &entry, &facts, &events)?;
        over(&entry, &events)?;
        numbers.extend(entry.official_number.clone());
    }
    let rows: i64 = tx.scalar("select count(*) from legal_aid_case_entry", params![]).await?;
    same("cases", usize::try_from(rows).unwrap_or(0), history.cases.len())?;
    numbered(tx, &numbers).await?;
    letters_hold(history, tx, &mut expected).await?;
    tickets_hold(history, tx).await?;
    figures_hold(tx, expected).await?;
    for check in crate::checks::all().into_iter().filter(|check| check.grave) {
        let found = (check.run)(tx, history.now.day()).await?;
        if let Some(first) = found.first() {
            return Err(wrong(format!("{}: {}", check.id, first.what)));
        }
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<()> {
    if found == expected { Ok(()) } else { Err(wrong(format!("{what}: {found:?} instead of {expected:?}"))) }
}

/// No word is lost: the story is the one that was saved last, each event says what was said with it.
fn said(tx: &Tx, known: &Known, entry: &Entry, events: &[Event]) -> Result<()> {
    same("the story", entry.story(tx.db())?, known.story.clone())?;
    let mut words = Vec::new();
    for event in events {
        words.push(event.words(tx.db())?);
    }
    same("the words of the events", words, known.words.clone())?;
    // One version when it is taken, one with every act and edit.
    same("the version", usize::try_from(entry.version).unwrap_or(0), events.len())
}

/// The facts as they follow from the events, and what is to be counted.
fn replayed(entry: &Entry, events: &[Event], expected: &mut Counted) -> Result<Facts> {
    let [first, rest @ ..] = events else { return Err(wrong("a case without events")) };
    same("how a case begins", first.act.as_str(), RECEIVED)?;
    let mut facts = Facts::received(entry.origin, first.at, entry.by_station);
    let mut count = |measure: &str, quantity: i64| {
        *expected.entry((entry.id.raw(), format!("legal_aid.{measure}"))).or_default() += quantity;
    };
    if entry.origin == Origin::Application {
        count("applications", 1);
    }
    let (mut at, mut proposer, mut accepted, mut refusals) = (first.at, None, false, 0);
    same("the stage after receiving", first.stage_after, facts.stage())?;
    let mut counts_as_accepted = |facts: &Facts, count: &mut dyn FnMut(&str, i64)| {
        if facts.accepted_on().is_some() && !std::mem::replace(&mut accepted, true) {
            count("accepted", 1);
            count("people", entry.people);
        }
    };
    counts_as_accepted(&facts, &mut count);
    for event in rest {
        same("the stage before an act", event.stage_before.as_str(), facts.stage().as_str())?;
        if event.at < at {
            return Err(wrong("events go back in time"));
        }
        at = event.at;
        if event.act == CHANGED {
            same("the stage after a change", event.stage_after, facts.stage())?;
            continue;
        }
        let act = Act::from_text(&event.act).ok_or_else(|| wrong(format!("the act {}", event.act)))?;
        let input = Input { at, on: event.happened_on, decision: event.decision };
        facts =
            facts.after(act, &input).map_err(|refusal| wrong(format!("{act:?}: {}", refusal.message())))?;
        same("the stage after an act", event.stage_after, facts.stage())?;
        counts_as_accepted(&facts, &mut count);
        match act {
            Act::Propose => proposer = Some(event.actor_name.clone()),
            Act::Decide => {
                if proposer.as_ref() == Some(&event.actor_name) {
                    return Err(wrong("who proposed decided"));
                }
                if event.decision == Some(Decision::Refuse) {
                    refusals += 1;
                    count("refused", 1);
                }
            }
            // A refusal is revoked once: the next needs a refusal of its own.
            Act::Reopen => {
                refusals -= 1;
                count("refused", -1);
            }
            Act::Pay => count("subsidies", entry.subsidy),
            Act::PassFile => {
                count("closed", 1);
                count("recovered", entry.recovered);
            }
            _ => {}
        }
        if !(0..=1).contains(&refusals) {
            return Err(wrong(format!("{refusals} refusals stand")));
        }
    }
    same("whether a refusal stands", refusals == 1, facts.stage() == Stage::Refused)?;
    Ok(facts)
}

/// The row says what the events say, and each clock is as long as the bureau said by the day on which it began.
fn written(
    history: &History<'_>,
    rules: &Rules,
    entry: &Entry,
    facts: &Facts,
    events: &[Event],
) -> Result<()> {
    same("the facts", &entry.facts(), facts)?;
    same("the stage", entry.stage, facts.stage())?;
    let last = events.last().map_or(entry.received_at, |event| event.at);
    let running = clocks(facts, rules, &Calendar::published(), last);
    for clock in &running {
        let length = history.length(clock.rule.id, clock.started.day());
        same("the length of a clock", Some(clock.rule.term), length)?;
    }
    let (urgency, rule) = store::urgency(facts, entry.green, &running);
    same("the place in lists", (entry.urgency, entry.due_rule.as_str()), (urgency, rule))
}

/// Whatever is over has its dated facts and its reason.
fn over(entry: &Entry, events: &[Event]) -> Result<()> {
    let lacks = |what: &str| Err(wrong(format!("case {}, {:?}, lacks {what}", entry.id, entry.stage)));
    let last = events.iter().rfind(|event| {
        Act::from_text(&event.act).is_some_and(|act| act != Act::Note)
            && event.stage_after == entry.stage
            && event.stage_before != entry.stage.as_str()
    });
    match entry.stage {
        Stage::Archived => {
            let granted = entry.origin != Origin::Application || entry.decision == Some(Decision::Grant);
            let moments = [
                entry.offered_at,
                entry.accepted_at,
                entry.filed_at,
                entry.reviewed_at,
                entry.priced_at,
                entry.paid_at,
                entry.archived_at,
            ];
            if !granted || moments.contains(&None) || entry.met_on.is_none() || entry.closed_on.is_none() {
                return lacks("a dated fact");
            }
            if entry.result.is_empty() || entry.official_number.is_none() || entry.lawyer_id.is_none() {
                return lacks("its result, number or lawyer");
            }
        }
        Stage::Refused => {
            if entry.decided_at.is_none() || entry.decision != Some(Decision::Refuse) {
                return lacks("a dated fact");
            }
            if entry.refuse_reason.is_empty() || last.is_none_or(|event| event.code != entry.refuse_reason) {
                return lacks("its reason");
            }
        }
        Stage::Ended => {
            let (Some(_), Some(how)) = (entry.ended_at, entry.ending) else { return lacks("a dated fact") };
            if how == Ending::Terminated && entry.end_reason.is_empty() {
                return lacks("its reason");
            }
            if how == Ending::DeemedWithdrawn && entry.notified_at.is_none() {
                return lacks("the notice that nobody answered");
            }
            if last.is_none() {
                return lacks("the event that ended it");
            }
        }
        _ => return Ok(()),
    }
    Ok(())
}

/// Official numbers: from one on, none skipped, none twice.
async fn numbered(tx: &mut Tx, numbers: &[String]) -> Result<()> {
    let mut found: Vec<i64> = numbers
        .iter()
        .filter_map(|number| {
            let digits = number.split('第').nth(1)?.trim_end_matches('号');
            digits.parse().ok()
        })
        .collect();
    found.sort_unstable();
    let last: Option<(i64,)> = tx.optional("select last from legal_aid_counter_entry", params![]).await?;
    let last = last.map_or(0, |(last,)| last);
    same("official numbers", found, (1..=last).collect())
}

/// Letters say what was written and what was answered, each once; ratings are counted.
async fn letters_hold(history: &History<'_>, tx: &mut Tx, expected: &mut Counted) -> Result<()> {
    let rows: i64 = tx.scalar("select count(*) from legal_aid_letter_entry", params![]).await?;
    same("letters", usize::try_from(rows).unwrap_or(0), history.letters.len())?;
    for known in &history.letters {
        let id: Id<Letter> = known.id;
        let row = letters::letter(tx, &Reach::Region, id).await?;
        let row = row.ok_or_else(|| wrong("a letter is gone"))?;
        same("what was written", row.words(tx.db())?, known.words.clone())?;
        same("what was answered", row.answer(tx.db())?, known.answer.clone().unwrap_or_default())?;
        same("whether it was answered", row.answered_at.is_some(), known.answer.is_some())?;
        same("how often it changed", row.version, 1 + i64::from(known.answer.is_some()))?;
        if known.kind == LetterKind::Rate {
            let mut count = |measure: &str| {
                *expected.entry((known.case.raw(), format!("legal_aid.{measure}"))).or_default() += 1;
            };
            count("rated");
            if known.rating == Some(3) {
                count("satisfied");
            }
        }
    }
    Ok(())
}

/// A ticket leads to the case that came of it, and each case to one ticket at most; telephones hold their own.
async fn tickets_hold(history: &History<'_>, tx: &mut Tx) -> Result<()> {
    for draft in &history.drafts {
        let rows: Vec<(Option<Id<crate::Case>>,)> = tx
            .all(
                "select case_id from legal_aid_ticket_entry where region_id = $1 and id = $2",
                params![tx.region()?, draft.id],
            )
            .await?;
        same("where a ticket leads", rows, vec![(draft.case,)])?;
        if let Some(case) = draft.case {
            let own = tickets::of_case(tx, case).await?.map(|row| row.id);
            same("the ticket of a case", own, Some(draft.id))?;
        }
    }
    let twice: i64 = tx
        .scalar(
            "select count(*) from (select case_id from legal_aid_ticket_entry where case_id is not null group by case_id having count(*) > 1) as twice",
            params![],
        )
        .await?;
    same("cases with two tickets", twice, 0)?;
    history.holds_its_own(tx).await
}

/// Every figure is the sum of what the events say, case by case, and the live sums are those of the facts.
async fn figures_hold(tx: &mut Tx, mut expected: Counted) -> Result<()> {
    let rows: Vec<(i64, String, i64)> = tx
        .all(
            "select source_id, measure, cast(sum(quantity) as bigint) as quantity from tally_fact
             where region_id = $1 and source = 'legal_aid_case' group by source_id, measure",
            params![tx.region()?],
        )
        .await?;
    let mut found: Counted = rows.into_iter().map(|(case, measure, sum)| ((case, measure), sum)).collect();
    found.retain(|_, sum| *sum != 0);
    expected.retain(|_, sum| *sum != 0);
    same("figures", found, expected)?;
    match tally::reconcile(tx).await?.first() {
        None => Ok(()),
        Some(first) => Err(wrong(format!("a live sum: {first:?}"))),
    }
}
