//! Tells people what moved in a case: reminders to those whose turn it is, a short text to the applicant where that is
//! safe. Acts leave a message in the outbox; this follows it, so that no act waits for anybody to be told.

use crate::{
    act::Act,
    actions::take_application::OBJECT,
    case::{Case, Stage},
    clock::clocks,
    pages::AREA,
    reminder::reminders,
    rule::Rules,
    store::{self, Entry, events::RECEIVED, rules, tickets},
};
use ::store::{Tx, outbox};
use kernel::{Calendar, Fault, Id, Moment, Result, Term};
use outreach::{NewMessage, Settled, Template};
use std::collections::{BTreeMap, btree_map};
use web::{Actor, App, Reach};

/// The topic of the outbox under which acts leave word.
pub(crate) const MOVED: &str = "legal_aid.moved";

/// A code to come back with.
pub(crate) const CODE: Template = Template {
    name: "legal-aid.code",
    title: "查进展的验证码",
    words: "您的验证码是{code}，{minutes}分钟内有效。不是您本人操作的，请不要理会，也不要告诉别人。",
};
/// News of an application.
pub(crate) const NEWS: Template = Template {
    name: "legal-aid.news",
    title: "申请有新进展",
    words: "您的申请{what}。请打开申请时的网页查看，或者拨打{hotline}。",
};
/// News where somebody else may read along: not a word about what it is.
pub(crate) const QUIET: Template = Template {
    name: "legal-aid.quiet",
    title: "有新消息（他人可能看到手机）",
    words: "您有一条新消息，请在方便的时候查看。",
};

/// Leaves word that something was done with a case.
///
/// # Errors
/// A fault if it cannot be written.
pub(crate) async fn leave_word(tx: &mut Tx, case: Id<Case>, act: &str, now: Moment) -> Result<(), Fault> {
    let payload = serde_json::json!({ "case": case.to_string(), "act": act });
    outbox::put(tx, MOVED, &payload, now).await?;
    Ok(())
}

/// What the applicant is told of an act, in words that do not say what the case is about.
fn news(act: &str) -> Option<&'static str> {
    match Act::from_text(act) {
        None if act == RECEIVED => Some("已经收到"),
        Some(Act::AskSupplement) => Some("需要补充材料"),
        Some(Act::Decide) => Some("已经有了决定"),
        Some(Act::Accept) => Some("已经有律师接手"),
        _ => None,
    }
}

/// News older than that are not sent: they were seen by now, or the system stood still.
const FRESH: i64 = 2 * 86_400;
/// A text waits for the provider so long at most.
const LASTS: i64 = 2 * 86_400;
/// Words of the outbox that are followed in one transaction.
const SOME: i64 = 200;

/// Follows what acts left in the outbox; returns how many words.
///
/// # Errors
/// A fault if the database cannot be read or written; words that were not followed stay.
pub(crate) async fn follow(app: &App) -> Result<u64> {
    let mut followed = 0;
    loop {
        let mut tx = app.db.begin_write().await?;
        let waiting = outbox::waiting(&mut tx, MOVED, SOME).await?;
        if waiting.is_empty() {
            return Ok(followed);
        }
        let people = identity::everybody(&mut tx).await?;
        let rules = rules::load(&mut tx).await?;
        let now = app.clock.now();
        // A case that moved often in between is looked at once.
        let mut cases: BTreeMap<i64, Option<Entry>> = BTreeMap::new();
        for message in waiting {
            let payload: serde_json::Value = serde_json::from_str(&message.payload)?;
            let text = |name: &str| payload[name].as_str().unwrap_or_default();
            if let Ok(case) = text("case").parse::<Id<Case>>() {
                let known = match cases.entry(case.raw()) {
                    btree_map::Entry::Occupied(known) => known.into_mut(),
                    btree_map::Entry::Vacant(unknown) => {
                        let entry = store::entry(&mut tx, &Reach::Region, case).await?;
                        if let Some(entry) = &entry {
                            remind(&mut tx, entry, &rules, &people, now).await?;
                        }
                        unknown.insert(entry)
                    }
                };
                if let Some(entry) = known {
                    tell_applicant(&mut tx, app, entry, text("act"), &message).await?;
                }
            }
            // The effects and this mark are one transaction: a word is followed once, or again as a whole.
            outbox::handled(&mut tx, message.id, now).await?;
            followed += 1;
        }
        tx.commit().await?;
    }
}

/// Makes the reminders of a case what they should be now.
///
/// # Errors
/// A fault if they cannot be written.
pub(crate) async fn remind(
    tx: &mut Tx,
    entry: &Entry,
    rules: &Rules,
    people: &[Actor],
    now: Moment,
) -> Result<Settled, Fault> {
    let running = clocks(&entry.facts(), rules, &Calendar::published(), now);
    // A term of working days that had to wait for the holidays of a year to be published comes into the list's order.
    let waited = running.iter().any(|clock| matches!(clock.rule.term, Term::WorkingDays(_)));
    let place = store::urgency(&entry.facts(), entry.green, &running);
    if waited && (entry.urgency, entry.due_rule.as_str()) != place {
        store::reorder(tx, entry.id, place).await?;
    }
    outreach::settle(tx, (OBJECT, entry.id.raw()), &reminders(entry, &running, people, now), now).await
}

/// Goes through every open case; returns what was told and taken back.
///
/// # Errors
/// A fault if the database cannot be read or written; what earlier transactions did stays.
pub(crate) async fn remind_all(app: &App) -> Result<Settled, Fault> {
    let (mut all, mut after) = (Settled::default(), 0);
    loop {
        let mut tx = app.db.begin_write().await?;
        let people = identity::everybody(&mut tx).await?;
        let rules = rules::load(&mut tx).await?;
        let some = store::some(&mut tx, true, after, SOME).await?;
        let Some(last) = some.last() else { return Ok(all) };
        after = last.id.raw();
        for entry in &some {
            let settled = remind(&mut tx, entry, &rules, &people, app.clock.now()).await?;
            all += settled;
        }
        tx.commit().await?;
    }
}

async fn tell_applicant(
    tx: &mut Tx,
    app: &App,
    entry: &Entry,
    act: &str,
    message: &outbox::Message,
) -> Result<()> {
    let about = (OBJECT, entry.id.raw());
    // What waits to be told is overtaken by what came after it.
    if entry.stage == Stage::Ended {
        outreach::cancel(tx, about, "news/", "申请已经结束").await?;
    } else if Act::from_text(act) == Some(Act::Supplement) {
        let key = format!("news/{}/", Act::AskSupplement.as_str());
        outreach::cancel(tx, about, &key, "材料已经补齐").await?;
    }
    let Some(what) = news(act) else { return Ok(()) };
    if outreach::sms(app).is_none()
        || entry.stage == Stage::Ended
        || message.created_at.seconds_until(app.clock.now()) > FRESH
    {
        return Ok(());
    }
    let Some(ticket) = tickets::of_case(tx, entry.id).await? else { return Ok(()) };
    let answers = ticket.answers(tx.db())?;
    if !answers.may_text() {
        return Ok(());
    }
    let Some(phone) = answers.phone(AREA) else { return Ok(()) };
    let quiet = answers.is_quiet() || entry.is_of_violence();
    let values = match quiet {
        true => Vec::new(),
        false => vec![("what", what.to_owned()), ("hotline", app.settings.hotline.clone())],
    };
    let key = format!("news/{act}/{}", message.id);
    let new = NewMessage {
        key: &key,
        template: if quiet { &QUIET } else { &NEWS },
        values: &values,
        phone: &phone,
        about,
        urgent: false,
        lasts: LASTS,
    };
    outreach::send(tx, &new).await?;
    Ok(())
}
