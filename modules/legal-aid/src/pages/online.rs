//! What the applicant typed on the phone, word for word, for whoever calls them. Opening it is noted.

use super::{AREA, find};
use crate::{
    REVEAL,
    actions::take_application::OBJECT,
    store::{Entry, tickets},
    ticket::{Answers, REACH},
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Refusal, Result};
use parties::{Whole, WholeValue};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/online.html")]
struct OnlineMain {
    case: String,
    id_number: String,
    phone: String,
    reveal: Html,
    answers: Answers,
    papers: String,
    /// The name on record, where it is another one.
    known_as: String,
}

/// The case and what was typed.
async fn typed(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<(Entry, Answers)> {
    let entry = find(ctx, tx, id).await?;
    let missing = || Refusal::not_found("这个案件不是在网上申请的。");
    let row = tickets::of_case(tx, entry.id).await?.filter(|row| !row.step.is_empty()).ok_or_else(missing)?;
    let answers = row.answers(&ctx.app.db)?;
    Ok((entry, answers))
}

/// `GET /aid/{id}/online`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (entry, answers) = typed(&ctx, &mut tx, &id).await?;
    let person = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    drop(tx);
    ctx.note_read("legal_aid_case", entry.id.raw(), &["name", "address"], "").await?;
    let known_as = if person == answers.get("name") { String::new() } else { person };
    let person = answers.person(AREA);
    let reveal = format!("/aid/{}/online/reveal", entry.id);
    let main = OnlineMain {
        case: entry.id.to_string(),
        id_number: person.id_number.map_or(String::new(), |number| number.masked()),
        phone: person.phone.map_or(String::new(), |phone| phone.masked()),
        reveal: if ctx.actor()?.may(REVEAL) {
            parties::reason_form(&ctx.form(&[]), &reveal, "完整号码")?
        } else {
            Html::default()
        },
        papers: answers.all("papers").collect::<Vec<_>>().join("、"),
        answers,
        known_as,
    };
    Ok(Page::new("网上填写的内容", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", format!("/aid/{}", entry.id))
        .narrow())
}

/// `POST /aid/{id}/online/reveal`: the numbers once, for a reason.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let (entry, answers) = typed(&ctx, &mut tx, &id).await?;
    drop(tx);
    let value =
        |field: &'static str, label| WholeValue { field, label, value: answers.get(field).to_owned() };
    let whole = Whole {
        object: OBJECT,
        id: entry.id.raw(),
        title: answers.get("name").to_owned(),
        href: format!("/aid/{}/online", entry.id),
        values: vec![value("id_number", "身份证号"), value("phone", "电话")],
    };
    let tx = ctx.begin_write().await?;
    parties::show_whole(&ctx, tx, form, whole).await
}

/// How the applicant wants to be reached, in words; empty for an ordinary call.
pub(crate) fn caution(answers: &Answers) -> String {
    let reach = answers.get("reach");
    let mut words = Vec::new();
    if reach != "call"
        && let Some((_, label)) = REACH.iter().find(|(known, _)| *known == reach)
    {
        words.push((*label).to_owned());
    }
    if !answers.get("quiet").is_empty() {
        words.push("接电话的可能不是本人，不要说明来电单位".to_owned());
    }
    words.join("；")
}

impl OnlineMain {
    fn reach(&self) -> String {
        let caution = caution(&self.answers);
        let first = if self.answers.get("reach") == "call" { "可以打电话" } else { "" };
        let text = if self.answers.get("reach") == "call" && self.answers.may_text() {
            "可以发短信"
        } else {
            ""
        };
        [first, text, &caution].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("；")
    }
}
