//! Handing over all cases of a lawyer: each with a proposed successor and the reasons.

use super::{assign::proposals, matter_name, matters};
use crate::{
    actions::hand_over::{HandOverRefusal, hand_over},
    case::{Case, Stage},
    store::{self, handlers},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use counsel::Lawyer;
use kernel::{Id, Result};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/hand_over.html")]
struct HandOverMain {
    form: Form,
    /// Lawyers with open cases, with how many.
    lawyers: Vec<(String, String)>,
    /// Whose cases are shown.
    from: Option<(Id<Lawyer>, String)>,
    lines: Vec<Line>,
}

/// A case with those who could take it, the best first.
struct Line {
    id: Id<Case>,
    field: String,
    title: String,
    stage: Stage,
    options: Vec<(String, String)>,
}

/// How many successors can be chosen from.
const CHOICES: usize = 20;

fn field(case: Id<Case>) -> String {
    format!("to-{case}")
}

/// `GET /aid/hand-over`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let from = listing.get("lawyer").and_then(|id| id.parse().ok());
    let form = ctx.form(&[("lawyer", listing.get("lawyer").unwrap_or_default())]);
    show(&ctx, form, from).await
}

async fn show(ctx: &Ctx, mut form: Form, from: Option<Id<Lawyer>>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let lawyers: Vec<(String, String)> = handlers::with_cases(&mut tx)
        .await?
        .into_iter()
        .map(|(id, name, firm, many)| (id.to_string(), format!("{name}（{firm}），{many} 件")))
        .collect();
    let mut lines = Vec::new();
    let mut name = None;
    if let Some(from) = from {
        name = counsel::lawyer(&mut tx, from).await?.map(|lawyer| (from, lawyer.name));
        for (case,) in handlers::open_cases(&mut tx, from).await? {
            if let Some(line) = line(ctx, &mut tx, from, case).await? {
                if form.get(&line.field).is_empty()
                    && let Some((best, _)) = line.options.first()
                {
                    form.set(&line.field, best);
                }
                lines.push(line);
            }
        }
    }
    let main = HandOverMain { form, lawyers, from: name, lines };
    Ok(Page::new("移交案件", &main)?.crumb("法律援助", "/aid").answering(&main.form))
}

async fn line(ctx: &Ctx, tx: &mut Tx, from: Id<Lawyer>, case: Id<Case>) -> Result<Option<Line>> {
    let Some(entry) = store::entry(tx, &ctx.actor()?.reach(), case).await? else { return Ok(None) };
    let matters = matters(ctx, tx).await?;
    let applicant = parties::person(tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    let free = proposals(ctx, tx, &entry).await?.free;
    let options = free.into_iter().filter(|proposal| proposal.lawyer.id != from);
    let options = options.take(CHOICES).map(|proposal| {
        let reasons = proposal.reasons.first().map_or(String::new(), |reason| format!("，{reason}"));
        let label = format!("{}（{}）{reasons}", proposal.lawyer.name, proposal.lawyer.firm_name);
        (proposal.lawyer.id.to_string(), label)
    });
    Ok(Some(Line {
        id: entry.id,
        field: field(entry.id),
        title: format!("{applicant}：{}", matter_name(&matters, &entry.matter)),
        stage: entry.stage,
        options: options.collect(),
    }))
}

/// `POST /aid/hand-over`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    match try_save(&ctx, &mut form).await {
        Ok((tx, many)) => ctx.see_other(tx, "/aid", &format!("已移交 {many} 件，等新的承办律师确认。")).await,
        Err(error) => {
            let from = form.get("lawyer").parse().ok();
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, from).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, form: &mut Form) -> Result<(Tx, usize)> {
    let from: Option<Id<Lawyer>> = form.id("lawyer", "请选择离任的律师");
    if from.is_none() && form.get("lawyer").is_empty() {
        form.error("lawyer", "请选择离任的律师");
    }
    let words = form.text("words", 500);
    form.check()?;
    let from = from.ok_or(HandOverRefusal::Nothing)?;
    let mut tx = ctx.begin_write().await?;
    let mut successors = Vec::new();
    for (case,) in handlers::open_cases(&mut tx, from).await? {
        if let Ok(to) = form.get(&field(case)).parse() {
            successors.push((case, to));
        }
    }
    let many = hand_over(&mut tx, ctx.actor()?, from, &successors, &words, ctx.now()).await?;
    Ok((tx, many))
}
