//! A case: who, what, at which stage and on whose desk, what can be done now, the clocks, and everything that happened.

use super::{find, matter_name, matters, online, sees_less};
use crate::{
    COOPERATE, COOPERATE_READ, DIARY, FOLLOW_UP, LETTERS, OVERSEE, PHOTOS, SPECIFY, TAKE,
    act::Act,
    actions::{change_application, do_act, follow_up::is_closed},
    application::suggest,
    case::{Origin, Stage},
    clock::{Clock, clocks},
    follow_up::{ANSWERS, FollowUp, QUESTIONS},
    particulars::Domain,
    store::{
        Entry,
        cooperations::{self, CooperationRow},
        engagements::{self, EngagementRow},
        events, follow_ups,
        letters::{self, LetterRow},
        rules,
        subsidies::{self, SubsidyRow},
        tickets,
    },
};
use askama::Template;
use axum::extract::Path;
use kernel::{Calendar, Day, Moment};
use web::{Ctx, Page, Reach, Reply};

#[derive(Template)]
#[template(path = "pages/show.html")]
struct ShowMain {
    entry: Entry,
    now: Moment,
    applicant: Applicant,
    matter: String,
    groups: Vec<String>,
    story: String,
    acts: Vec<Act>,
    clocks: Vec<Clock>,
    events: Vec<Told>,
    reason: String,
    /// What can be said about hardship, while it is examined.
    hardship_hint: &'static str,
    may_edit: bool,
    may_take: bool,
    limited: bool,
    /// Whether the applicant applied on the phone.
    online: bool,
    /// How the applicant asked to be reached, if with caution.
    caution: String,
    letters: Vec<LetterRow>,
    cooperations: Vec<CooperationRow>,
    may_cooperate: bool,
    diary: Vec<EngagementRow>,
    subsidy: Option<SubsidyRow>,
    follow_up: Option<FollowUp>,
    follow_up_by: String,
    may_follow_up: bool,
    may_plan: bool,
    may_answer: bool,
    may_photos: bool,
    may_documents: bool,
    may_specify: bool,
    /// What the ministry's forms still miss.
    missing: Option<&'static str>,
}

struct Applicant {
    id: String,
    name: String,
    sex: String,
    birth: Option<Day>,
    phone: String,
    place: String,
    known: bool,
}

/// An event as people read it.
struct Told {
    label: &'static str,
    at: Moment,
    on: Option<Day>,
    who: String,
    words: String,
    decision: &'static str,
    code: String,
    /// Which conflict of interest was set aside, and why.
    cleared: String,
}

/// `GET /aid/{id}`: opening it is noted, for it shows what somebody told in confidence (法律援助法第二十一条).
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let (actor, today) = (ctx.actor()?, ctx.today());
    let limited = sees_less(actor, &entry);
    let db = &ctx.app.db;
    let matters = matters(&ctx, &mut tx).await?;
    let names = parties::term_options(&mut tx, "group", ctx.today()).await?;
    let person = parties::person(&mut tx, entry.applicant_id).await?;
    let applicant = match person {
        Some(person) => Applicant {
            phone: person.phone(db)?.map_or(String::new(), |phone| phone.masked()),
            place: person.place(),
            id: person.id.to_string(),
            sex: person.sex.clone(),
            birth: person.birth,
            known: actor.may(parties::READ),
            name: person.name,
        },
        None => Applicant {
            id: entry.applicant_id.to_string(),
            name: "（限制处理）".to_owned(),
            sex: String::new(),
            birth: None,
            phone: String::new(),
            place: String::new(),
            known: false,
        },
    };
    let mut told = Vec::new();
    if !limited {
        for event in events::of(&mut tx, entry.id).await? {
            told.push(Told {
                label: event.label(),
                at: event.at,
                on: event.happened_on,
                words: event.words(db)?,
                cleared: event.cleared(db)?,
                decision: event.decision.map_or("", |decision| decision.label()),
                code: code_name(&mut tx, &entry, &event).await?,
                who: event.actor_name,
            });
        }
    }
    let reason = match entry.stage {
        Stage::Refused => {
            parties::term_name(&mut tx, "refuse", &entry.refuse_reason, today).await?.unwrap_or_default()
        }
        Stage::Ended => {
            parties::term_name(&mut tx, "terminate", &entry.end_reason, today).await?.unwrap_or_default()
        }
        _ => String::new(),
    };
    let facts = entry.facts();
    let acts = Act::ALL
        .iter()
        .copied()
        .filter(|act| facts.permits(*act) && do_act::may(actor, &entry, *act).is_ok())
        .collect();
    let ticket = if limited { None } else { tickets::of_case(&mut tx, entry.id).await? };
    let caution = match &ticket {
        Some(row) => online::caution(&row.answers(db)?),
        None => String::new(),
    };
    let mut letters = if limited { Vec::new() } else { letters::of_case(&mut tx, entry.id).await? };
    // What people say about those who handle the case is not for them.
    let handles = matches!(actor.reach(), Reach::Lawyer(_));
    letters.retain(|letter| !handles || !letter.kind.is_about_the_lawyer());
    let cooperations = match actor.may(COOPERATE_READ) && !limited {
        true => cooperations::of_case(&mut tx, entry.id).await?,
        false => Vec::new(),
    };
    let diary = if limited { Vec::new() } else { engagements::of_case(&mut tx, entry.id).await? };
    let subsidy = if limited { None } else { subsidies::of_case(&mut tx, entry.id).await? };
    let asked = if limited || !(actor.may(FOLLOW_UP) || actor.may(OVERSEE)) {
        None
    } else {
        follow_ups::of_case(&mut tx, entry.id).await?
    };
    let follow_up = asked.as_ref().map(|row| row.said(db)).transpose()?;
    let rules = rules::load(&mut tx).await?;
    drop(tx);
    let fields: &[&str] = if limited { &["parties"] } else { &["story", "events"] };
    ctx.note_read("legal_aid_case", entry.id.raw(), fields, "").await?;
    let now = ctx.now();
    let main = ShowMain {
        matter: matter_name(&matters, &entry.matter),
        groups: entry
            .groups
            .split(';')
            .filter(|code| !code.is_empty())
            .map(|code| matter_name(&names, code))
            .collect(),
        hardship_hint: hardship_hint(&entry),
        story: if limited { String::new() } else { entry.story(db)? },
        clocks: clocks(&entry.facts(), &rules, &Calendar::published(), now),
        may_edit: actor.may(TAKE) && change_application::is_open(&entry),
        may_take: actor.may(TAKE),
        online: ticket.is_some_and(|row| !row.step.is_empty()),
        caution,
        letters,
        cooperations,
        may_cooperate: actor.may(COOPERATE) && !limited,
        diary,
        subsidy,
        may_follow_up: actor.may(FOLLOW_UP) && is_closed(entry.stage) && follow_up.is_none(),
        follow_up,
        follow_up_by: asked.map_or(String::new(), |row| row.noted_name),
        may_plan: actor.may(DIARY) && !limited && !entry.stage.is_over(),
        may_answer: actor.may(LETTERS),
        may_photos: actor.may(PHOTOS) && !limited,
        may_documents: actor.may(::documents::READ) && !limited,
        may_specify: actor.may(SPECIFY) && !limited,
        missing: entry.settled().missing(&entry.matter, entry.origin),
        applicant,
        acts,
        events: told,
        reason,
        limited,
        now,
        entry,
    };
    Ok(Page::new(format!("{}的法律援助案件", main.applicant.name), &main)?.crumb("法律援助", "/aid"))
}

/// The words of an event's code.
async fn code_name(tx: &mut ::store::Tx, entry: &Entry, event: &events::Event) -> kernel::Result<String> {
    if event.code.is_empty() {
        return Ok(String::new());
    }
    let criminal = entry.settled().domain == Domain::Criminal;
    let act = Act::from_text(&event.act);
    let list = act.and_then(|act| act.code_list(criminal)).unwrap_or("refuse");
    Ok(parties::term_name(tx, list, &event.code, event.at.day()).await?.unwrap_or_else(|| event.code.clone()))
}

/// A help for whoever examines an application; it decides nothing.
fn hardship_hint(entry: &Entry) -> &'static str {
    let examined = entry.origin == Origin::Application && change_application::is_open(entry);
    let groups: Vec<&str> = entry.groups.split(';').collect();
    if examined { suggest(&entry.matter, &groups).1 } else { "" }
}

impl ShowMain {
    /// The acts of the next step: those that move the case on, before those that end or undo something.
    fn main_acts(&self) -> Vec<Act> {
        self.acts.iter().copied().filter(|act| !act.is_grave() && *act != Act::Note).collect()
    }

    fn other_acts(&self) -> Vec<Act> {
        self.acts.iter().copied().filter(|act| act.is_grave() || *act == Act::Note).collect()
    }

    fn href(&self, act: Act) -> String {
        match act {
            Act::Offer => format!("/aid/{}/assign", self.entry.id),
            Act::Price => format!("/aid/{}/subsidy", self.entry.id),
            _ => format!("/aid/{}/act/{}", self.entry.id, act.as_str()),
        }
    }

    fn desk(&self) -> &'static str {
        self.entry.stage.desk().label()
    }

    /// What is still to be done beside the handling of aid in advance, and by whom.
    fn formalities(&self) -> Option<(&'static str, &'static str)> {
        self.entry.facts().formalities().map(|stage| (stage.label(), stage.desk().label()))
    }

    /// The answers of a follow-up in words.
    fn answered(said: &FollowUp) -> Vec<(&'static str, &'static str)> {
        let word = |answer: &i64| {
            let known = ANSWERS.iter().find(|(value, _)| *value == answer.to_string());
            known.map_or("", |(_, word)| *word)
        };
        QUESTIONS.iter().zip(&said.answers).map(|((_, question), answer)| (*question, word(answer))).collect()
    }

    /// What the subsidy still waits for; nothing before somebody handles the case and after it was paid.
    fn blocks(&self) -> &'static str {
        let facts = self.entry.facts();
        match self.entry.stage {
            Stage::Handling if facts.formalities().is_some() => "先行援助的手续还没有补办完",
            Stage::Handling if facts.met_on.is_none() => "还没有登记首次会见",
            Stage::Handling if facts.agreed_on.is_none() => "还没有登记委托协议",
            Stage::Handling => "还没有提交结案材料",
            Stage::FileReview => "等法援中心审查结案材料",
            Stage::Pricing => "等业务主管核定",
            Stage::Paying => "已经核定，等发放",
            _ => "",
        }
    }

    fn running(&self) -> Vec<&Clock> {
        self.clocks.iter().filter(|clock| clock.is_open()).collect()
    }
}
