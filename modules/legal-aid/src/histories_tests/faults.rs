//! Faults that are planted to see that the judge finds them: what a careless statement, a lost update or a hand in the
//! database would do.

use super::play::{History, Known};
use crate::{
    Stage, Step as Page,
    actions::{citizen::CODE, take_application::count},
    figures::{ACCEPTED, REFUSED},
    store::{self, STORY, WORDS, letters::ANSWER},
    ticket::Answers,
};
use ::store::{Tx, params};
use kernel::{Fault, Id, Moment};
use web::Reach;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planted {
    /// A case stands where its facts do not put it.
    Stage,
    /// A dated fact is lost.
    Fact,
    /// A refusal or an end loses its reason.
    Reason,
    /// An event is lost.
    Event,
    /// Two acts at the same version: both are written.
    LostUpdate,
    /// An act is counted twice.
    CountedTwice,
    /// A case that was reopened stays counted as refused.
    StillRefused,
    /// A case is reopened twice.
    ReopenedTwice,
    /// A number is skipped.
    Number,
    /// What somebody wrote is overwritten by what somebody else wrote before.
    Story,
    /// The words of an act are lost.
    Words,
    /// Two tickets lead to one case.
    Ticket,
    /// A telephone holds what another one typed.
    Telephone,
    /// A page of one draft is saved in another.
    Mixed,
    /// A letter is answered again.
    Answer,
    /// A place in the lists does not follow from the clocks.
    Place,
}

impl Planted {
    pub(super) const ALL: [Self; 16] = [
        Self::Stage,
        Self::Fact,
        Self::Reason,
        Self::Event,
        Self::LostUpdate,
        Self::CountedTwice,
        Self::StillRefused,
        Self::ReopenedTwice,
        Self::Number,
        Self::Story,
        Self::Words,
        Self::Ticket,
        Self::Telephone,
        Self::Mixed,
        Self::Answer,
        Self::Place,
    ];

    /// Plants it if this history offers a place for it.
    pub(super) async fn plant(self, history: &History<'_>, tx: &mut Tx) -> Result<bool, Fault> {
        let Some(case) = history.cases.last().map(|known| known.id) else { return Ok(false) };
        let touched = match self {
            Self::Stage => {
                tx.execute(
                    "update legal_aid_case_entry set stage = 'pay' where id = $1 and stage <> 'pay'",
                    params![case],
                )
                .await?
            }
            Self::Fact => {
                let change = "update legal_aid_case_entry set decided_at = decided_at - 3600000000 where decided_at is not null";
                tx.execute(change, params![]).await?
            }
            Self::Reason => {
                let change = "update legal_aid_case_entry set refuse_reason = '', end_reason = ''
                     where refuse_reason <> '' or end_reason <> ''";
                tx.execute(change, params![]).await?
            }
            Self::Event => {
                let change = "delete from legal_aid_event_entry where id in (select max(id) from legal_aid_event_entry)";
                tx.execute(change, params![]).await?
            }
            Self::LostUpdate => {
                let change = "update legal_aid_case_entry set version = version + 1 where id = $1";
                tx.execute(change, params![case]).await?
            }
            Self::CountedTwice => return recount(history, tx, ACCEPTED, Stage::Handling).await,
            Self::StillRefused => return recount(history, tx, REFUSED, Stage::Reviewing).await,
            Self::ReopenedTwice => {
                let id: Id<()> = tx.new_id()?;
                let again = "insert into legal_aid_event_entry
                         (id, region_id, case_id, act, at, happened_on, actor_id, actor_name, words_sealed, code, decision, lawyer_id, stage_before, stage_after)
                     select $1, region_id, case_id, act, at, happened_on, actor_id, actor_name, words_sealed, code, decision, lawyer_id, stage_before, stage_after
                     from legal_aid_event_entry where id in (select max(id) from legal_aid_event_entry where act = 'reopen')";
                tx.execute(again, params![id]).await?
            }
            Self::Number => {
                tx.execute("update legal_aid_counter_entry set last = last + 1", params![]).await?
            }
            Self::Story => {
                let Some(known) = edited(history) else { return Ok(false) };
                let older = tx.db().keys().seal(STORY, "做了三个月工，工资没有发。")?;
                let change = "update legal_aid_case_entry set story_sealed = $2 where id = $1";
                tx.execute(change, params![known.id, older]).await?
            }
            Self::Words => {
                let nothing = tx.db().keys().seal(WORDS, "没有话。")?;
                let change = "update legal_aid_event_entry set words_sealed = $1 where case_id = $2";
                tx.execute(change, params![nothing, case]).await?
            }
            Self::Ticket => {
                let change = "update legal_aid_ticket_entry set case_id = (select min(case_id) from legal_aid_ticket_entry)
                     where (select min(case_id) from legal_aid_ticket_entry) <> coalesce(case_id, 0)";
                tx.execute(change, params![]).await?
            }
            Self::Telephone => return exchange(history, tx).await,
            Self::Mixed => return mix(history, tx).await,
            Self::Answer => {
                let other = tx.db().keys().seal(ANSWER, "另一个答复。")?;
                let change =
                    "update legal_aid_letter_entry set answer_sealed = $1 where answered_at is not null";
                tx.execute(change, params![other]).await?
            }
            Self::Place => {
                let change = "update legal_aid_case_entry set urgency = urgency + 1 where id = $1";
                tx.execute(change, params![case]).await?
            }
        };
        Ok(touched > 0)
    }
}

/// A case whose application was corrected.
fn edited<'a>(history: &'a History<'_>) -> Option<&'a Known> {
    history.cases.iter().find(|known| known.words.len() > 1)
}

/// Counts one case once more.
async fn recount(
    history: &History<'_>,
    tx: &mut Tx,
    measure: ::store::tally::Measure,
    stage: Stage,
) -> Result<bool, Fault> {
    for known in &history.cases {
        let entry = store::entry(tx, &Reach::Region, known.id).await?;
        if let Some(entry) = entry.filter(|entry| entry.stage == stage) {
            let day = history.now.day();
            count(tx, &entry, measure, 1, day, None, history.now)
                .await
                .map_err(|_| Fault::new("not counted"))?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Two telephones hold each other's drafts.
async fn exchange(history: &History<'_>, tx: &mut Tx) -> Result<bool, Fault> {
    let since: Moment = history.now.plus_seconds(-24 * 3600);
    let change = "update legal_aid_ticket_entry
         set browser = case browser when 'telephone-0' then 'telephone-1' else 'telephone-0' end
         where browser in ('telephone-0', 'telephone-1') and sent_at is null and saved_at >= $1";
    Ok(tx.execute(change, params![since]).await? > 0)
}

/// The story that somebody typed is saved in the draft that another telephone holds.
async fn mix(history: &History<'_>, tx: &mut Tx) -> Result<bool, Fault> {
    let rows = ["telephone-0", "telephone-1", "telephone-2"];
    for browser in rows {
        let held = store::tickets::of_browser(tx, browser, false, history.now).await?;
        let Some(row) = held else { continue };
        let mut answers: Answers = row.answers(tx.db())?;
        if answers.get(CODE).is_empty() {
            continue;
        }
        answers.replace(Page::Story, [("story", "别人的事。")].into_iter());
        return store::tickets::save(tx, &row, &answers, Page::Story, row.saved_at).await;
    }
    Ok(false)
}
