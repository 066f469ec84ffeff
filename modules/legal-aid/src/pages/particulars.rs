//! What the ministry's forms ask of a case (统计要素): what follows by itself is told beside each question, and a person can
//! say it better.

use super::{act::yuan, find, sees_less};
use crate::{
    actions::{do_act::ActRefusal, specify::specify},
    application::is_criminal,
    case::Stage,
    particulars::{AidForm, Cause, Domain, Handler, Particulars, Party, Phase, Sender},
    store::{self, Entry},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Refusal, Result};
use web::{Actor, Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/particulars.html")]
struct ParticularsMain {
    form: Form,
    entry: Entry,
    questions: Vec<Question>,
    missing: Option<&'static str>,
}

/// A question with its choices, and what holds if nothing is chosen.
struct Question {
    name: &'static str,
    label: &'static str,
    follows: String,
    choices: Vec<(String, String)>,
}

fn unknown() -> Refusal {
    Refusal::not_found("没有这个案件，或者不是您能看的。")
}

/// A lawyer may as soon as he sees the case.
fn may(actor: &Actor, entry: &Entry) -> Result<()> {
    if sees_less(actor, entry) {
        return Err(unknown().into());
    }
    Ok(())
}

/// `GET /aid/{id}/particulars`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    may(ctx.actor()?, &entry)?;
    let wages = if entry.wages > 0 { entry.wages.to_string() } else { String::new() };
    let version = entry.version.to_string();
    let mut known = vec![("version", version.as_str()), ("wages", wages.as_str())];
    let said = entry.particulars();
    let texts = [
        ("domain", said.domain.map(Domain::as_str)),
        ("aid_form", said.form.map(AidForm::as_str)),
        ("cause", said.cause.map(Cause::as_str)),
        ("phase", said.phase.map(Phase::as_str)),
        ("party", said.party.map(Party::as_str)),
        ("sent_by", said.sent_by.map(Sender::as_str)),
        ("handler", said.handler.map(Handler::as_str)),
    ];
    known.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text?))));
    let form = ctx.form(&known);
    show(form, entry)
}

fn show(form: Form, entry: Entry) -> Reply<Page> {
    let href = format!("/aid/{}", entry.id);
    let missing = entry.settled().missing(&entry.matter, entry.origin);
    let main = ParticularsMain { questions: questions(&entry), missing, form, entry };
    Ok(Page::new("统计要素", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", href)
        .narrow()
        .answering(&main.form))
}

/// Words of every value of a type.
macro_rules! choices {
    ($of:ty) => {
        <$of>::ALL.iter().map(|one| (one.as_str().to_owned(), one.label().to_owned())).collect()
    };
}

/// The questions that a case of that kind has.
fn questions(entry: &Entry) -> Vec<Question> {
    let follows = Particulars { domain: entry.domain, phase: entry.phase, ..Particulars::default() }
        .settle(&entry.matter, entry.lawyer_kind);
    let domain = Particulars::default().settle(&entry.matter, entry.lawyer_kind).domain;
    let none = "不说明";
    let mut asked: Vec<Question> = Vec::new();
    let mut ask = |name, label, follows: &str, choices| {
        asked.push(Question { name, label, follows: follows.to_owned(), choices });
    };
    if !is_criminal(&entry.matter) {
        ask("domain", "案件类别", domain.label(), choices!(Domain));
    }
    ask("aid_form", "援助形式", follows.form.label(), choices!(AidForm));
    if follows.domain == Domain::Criminal {
        ask("phase", "刑事诉讼阶段", follows.phase.map_or(none, Phase::label), choices!(Phase));
        ask("party", "受援人的诉讼地位", follows.party.map_or(none, Party::label), choices!(Party));
        ask("sent_by", "谁转交的申请", follows.sent_by.label(), choices!(Sender));
    } else {
        ask("cause", "事项细类", follows.cause.map_or("申诉案件", Cause::label), choices!(Cause));
    }
    ask("handler", "承办人员类别", follows.handler.label(), choices!(Handler));
    for question in &mut asked {
        question.follows = match question.follows.as_str() {
            "不说明" => "推不出来，请选择。".to_owned(),
            follows => format!("不选的，按案件情况：{follows}"),
        };
    }
    asked
}

/// `POST /aid/{id}/particulars`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    may(ctx.actor()?, &entry)?;
    match try_save(&ctx, &entry, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}", entry.id), "统计要素已保存。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("version", &entry.version.to_string());
            Ok(show(form, entry)?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, seen: &Entry, form: &mut Form) -> Result<Tx> {
    let (said, wages) = read(form);
    form.check()?;
    let version: i64 = form.get("version").parse().unwrap_or(0);
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let entry = store::entry(&mut tx, &actor.reach(), seen.id).await?.ok_or_else(unknown)?;
    may(actor, &entry)?;
    if entry.version != version {
        return Err(ActRefusal::Stale.into());
    }
    specify(&mut tx, actor, &entry, &said, wages.unwrap_or(0), ctx.now()).await?;
    Ok(tx)
}

fn read(form: &mut Form) -> (Particulars, Option<i64>) {
    let wages = form.parse("wages", yuan);
    let said = Particulars {
        domain: choice(form, "domain", Domain::from_text),
        form: choice(form, "aid_form", AidForm::from_text),
        cause: choice(form, "cause", Cause::from_text),
        phase: choice(form, "phase", Phase::from_text),
        party: choice(form, "party", Party::from_text),
        sent_by: choice(form, "sent_by", Sender::from_text),
        handler: choice(form, "handler", Handler::from_text),
    };
    (said, wages)
}

/// One of the choices, or nothing; anything else is told.
fn choice<T>(form: &mut Form, name: &str, of: fn(&str) -> Option<T>) -> Option<T> {
    let text = form.get(name).to_owned();
    let found = of(&text);
    if found.is_none() && !text.is_empty() {
        form.error(name, "请从列表里选择。");
    }
    found
}

impl ParticularsMain {
    /// Whether the case is closed with a sum of which some can be wages.
    fn asks_wages(&self) -> bool {
        self.entry.recovered > 0 && self.entry.settled().domain == Domain::Civil
    }

    fn archived(&self) -> bool {
        self.entry.stage == Stage::Archived
    }
}
