//! What the applicant typed on the phone, word for word, for whoever calls them. Opening it is noted.

use super::find;
use crate::{
    store::tickets,
    ticket::{Answers, REACH},
};
use askama::Template;
use axum::extract::Path;
use kernel::Refusal;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/online.html")]
struct OnlineMain {
    case: String,
    answers: Answers,
    papers: String,
    /// The name on record, where it is another one.
    known_as: String,
}

/// `GET /aid/{id}/online`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let missing = || Refusal::not_found("这个案件不是在网上申请的。");
    let row =
        tickets::of_case(&mut tx, entry.id).await?.filter(|row| !row.step.is_empty()).ok_or_else(missing)?;
    let person = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    let answers = row.answers(&ctx.app.db)?;
    drop(tx);
    ctx.note_read("legal_aid_case", entry.id.raw(), &["name", "id_number", "phone", "address"], "").await?;
    let known_as = if person == answers.get("name") { String::new() } else { person };
    let main = OnlineMain {
        case: entry.id.to_string(),
        papers: answers.all("papers").collect::<Vec<_>>().join("、"),
        answers,
        known_as,
    };
    Ok(Page::new("网上填写的内容", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", format!("/aid/{}", entry.id))
        .narrow())
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
        if caution.is_empty() { "可以打电话".to_owned() } else { caution }
    }
}
