//! The receipt for the papers handed in, to be printed at the counter: it lists every one (文书格式 5).

use super::{find, matter_name, matters};
use crate::{
    actions::citizen::CODE,
    case::Case,
    store::{events, tickets},
};
use askama::Template;
use axum::extract::Path;
use kernel::{Day, Id};
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/receipt.html")]
struct ReceiptMain {
    id: Id<Case>,
    applicant: String,
    agent: String,
    matter: String,
    papers: Vec<String>,
    received_on: Day,
    office: String,
    clerk: String,
    district: String,
    hotline: String,
    /// 查询码, where the applicant has a number whose last four open the case.
    code: String,
}

/// `GET /aid/{id}/receipt`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let matters = matters(&ctx, &mut tx).await?;
    let applicant = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    // Who received the papers, whoever prints the receipt again.
    let received =
        events::of(&mut tx, entry.id).await?.into_iter().find(|event| event.act == events::RECEIVED);
    let clerk = received.map_or(String::new(), |event| event.actor_name);
    let code = match tickets::of_case(&mut tx, entry.id).await? {
        Some(row) => row.answers(&ctx.app.db)?.get(CODE).to_owned(),
        None => String::new(),
    };
    let main = ReceiptMain {
        code,
        id: entry.id,
        applicant,
        agent: entry.agent_name.clone(),
        matter: matter_name(&matters, &entry.matter),
        papers: entry.papers.lines().map(str::to_owned).collect(),
        received_on: entry.received_at.day(),
        office: entry.station_name.clone().unwrap_or_else(|| "法律援助中心".to_owned()),
        clerk,
        district: ctx.app.settings.district.clone(),
        hotline: ctx.app.settings.hotline.clone(),
    };
    Ok(Page::new("材料接收凭证", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", format!("/aid/{}", entry.id))
        .narrow())
}
