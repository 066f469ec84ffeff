//! Statements over events: what was done with a case, by whom, when.

use crate::{
    act::Act,
    case::{Case, Decision, Stage},
    store::{Entry, WORDS},
};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment};
use store::{Db, Tx, params};
use web::Actor;

store::record! {
    /// One event of a case.
    #[derive(Debug, Clone)]
    pub(crate) struct Event {
        pub(crate) id: Id<Event>,
        pub(crate) act: String,
        pub(crate) at: Moment,
        pub(crate) happened_on: Option<Day>,
        pub(crate) actor_name: String,
        pub(crate) words_sealed: String,
        pub(crate) code: String,
        pub(crate) decision: Option<Decision>,
        pub(crate) lawyer_id: Option<Id<Lawyer>>,
        pub(crate) stage_before: String,
        pub(crate) stage_after: Stage,
        pub(crate) cleared_sealed: Option<String>,
    }
}

/// The field under which is sealed how a conflict of interest was looked into.
pub(crate) const CLEARED: &str = "legal_aid_event_entry.cleared";

/// The name of the event that begins a case: it is no act, for there was no case to act on.
pub(crate) const RECEIVED: &str = "received";
/// The name of the events of the diary.
pub(crate) const ENGAGED: &str = "engaged";
/// The name of the event of a changed application.
pub(crate) const CHANGED: &str = "changed";

/// The name of the event that says what the ministry's forms ask.
pub(crate) const SPECIFIED: &str = "specified";

impl Event {
    /// The words on screen.
    pub(crate) fn label(&self) -> &'static str {
        match self.act.as_str() {
            RECEIVED => "收到",
            CHANGED => "修改申请内容",
            ENGAGED => "日程",
            SPECIFIED => "填写统计要素",
            act => Act::from_text(act).map_or("其他", Act::label),
        }
    }

    /// What was said, opened.
    pub(crate) fn words(&self, db: &Db) -> Result<String, Fault> {
        db.keys().open(WORDS, &self.words_sealed)
    }

    /// Which conflict of interest was looked into and set aside, and why; empty if none was.
    pub(crate) fn cleared(&self, db: &Db) -> Result<String, Fault> {
        self.cleared_sealed.as_deref().map_or(Ok(String::new()), |sealed| db.keys().open(CLEARED, sealed))
    }
}

/// What is written down about an act.
#[derive(Debug, Clone)]
pub(crate) struct NewEvent<'a> {
    pub(crate) case: Id<Case>,
    pub(crate) act: &'static str,
    pub(crate) at: Moment,
    pub(crate) on: Option<Day>,
    pub(crate) actor: Option<(i64, &'a str)>,
    pub(crate) words: &'a str,
    pub(crate) code: &'a str,
    pub(crate) decision: Option<Decision>,
    pub(crate) lawyer: Option<Id<Lawyer>>,
    pub(crate) before: &'static str,
    pub(crate) after: Stage,
    /// Which conflict of interest was set aside, and why.
    pub(crate) cleared: Option<&'a str>,
}

/// Writes an event.
pub(crate) async fn insert(tx: &mut Tx, event: &NewEvent<'_>) -> Result<(), Fault> {
    let id: Id<Event> = tx.new_id()?;
    let words = tx.db().keys().seal(WORDS, event.words)?;
    let cleared = event.cleared.map(|why| tx.db().keys().seal(CLEARED, why)).transpose()?;
    tx.execute(
        "insert into legal_aid_event_entry
             (id, region_id, case_id, act, at, happened_on, actor_id, actor_name, words_sealed, code, decision, lawyer_id, stage_before, stage_after,
              cleared_sealed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            id, tx.region()?, event.case, event.act, event.at, event.on, event.actor.map(|(id, _)| id),
            event.actor.map_or("", |(_, name)| name), words, event.code, event.decision, event.lawyer, event.before, event.after,
            cleared
        ],
    )
    .await.map(|_| ())
}

/// Writes an event that leaves the stage as it is: a correction, particulars, something in the diary.
pub(crate) async fn beside(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    act: &'static str,
    words: &str,
    now: Moment,
) -> Result<(), Fault> {
    let event = NewEvent {
        case: entry.id,
        act,
        at: now,
        on: None,
        actor: Some((actor.id, actor.name.as_str())),
        words,
        code: "",
        decision: None,
        lawyer: None,
        before: entry.stage.as_str(),
        after: entry.stage,
        cleared: None,
    };
    insert(tx, &event).await
}

/// The events of a case, the first first.
pub(crate) async fn of(tx: &mut Tx, case: Id<Case>) -> Result<Vec<Event>, Fault> {
    tx.all(
        "select id, act, at, happened_on, actor_name, words_sealed, code, decision, lawyer_id, stage_before, stage_after, cleared_sealed
         from legal_aid_event_entry where region_id = $1 and case_id = $2 order by id",
        params![tx.region()?, case],
    )
    .await
}

/// Whether an officer who is named proposed the decision: nobody approves their own proposal.
pub(crate) async fn last_proposer(tx: &mut Tx, case: Id<Case>) -> Result<Option<i64>, Fault> {
    let found: Option<(Option<i64>,)> = tx
        .optional(
            "select actor_id from legal_aid_event_entry where region_id = $1 and case_id = $2 and act = 'propose' order by id desc limit 1",
            params![tx.region()?, case],
        )
        .await?;
    Ok(found.and_then(|(actor,)| actor))
}
