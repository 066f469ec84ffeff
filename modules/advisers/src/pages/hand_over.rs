//! Handing all villages of a leaving adviser over in one action.

use crate::{
    actions::hand_over::hand_over,
    pages::appoint,
    store::appointments::{self, CoverRow},
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use counsel::{Lawyer, LawyerRow};
use kernel::{Day, Id, Refusal, Result};
use places::Unit;
use web::{Ctx, Form, Listing, Page, Reach, Reply};

#[derive(Template)]
#[template(path = "pages/hand_over.html")]
struct HandOverMain {
    form: Form,
    lawyer: LawyerRow,
    units: Vec<CoverRow>,
    options: Vec<(String, String)>,
    all_options: Vec<(String, String)>,
}

impl HandOverMain {
    fn field(&self, unit: &CoverRow) -> String {
        format!("to-{}", unit.id)
    }
}

async fn lawyer(tx: &mut Tx, id: Option<&str>) -> Result<LawyerRow> {
    let gone = || Refusal::not_found("请从律师名册或法律顾问覆盖页选择要移交的法律顾问。");
    let id: Id<Lawyer> = id.and_then(|id| id.parse().ok()).ok_or_else(gone)?;
    Ok(counsel::lawyer(tx, id).await?.ok_or_else(gone)?)
}

/// `GET /coverage/hand-over?from=`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let lawyer = lawyer(&mut tx, listing.get("from")).await?;
    let form = ctx.form(&[("from", &lawyer.id.to_string()), ("day", &ctx.today().to_string())]);
    show(&ctx, &mut tx, lawyer, form).await
}

async fn show(ctx: &Ctx, tx: &mut Tx, lawyer: LawyerRow, form: Form) -> Reply<Page> {
    let units = appointments::coverage(tx, &Reach::Region, None, Some(lawyer.id)).await?;
    if units.is_empty() {
        return ctx.notice(
            "无需移交",
            &format!("{}现在没有服务任何村（社区）。", lawyer.name),
            "/coverage",
            "回到法律顾问覆盖",
        );
    }
    let mut candidates = appoint::candidates(tx, ctx.today(), None).await?;
    candidates.retain(|candidate| candidate.id != lawyer.id.to_string());
    let options = appoint::options(&candidates);
    let main = HandOverMain { all_options: options.clone(), options, units, lawyer, form };
    Ok(Page::new("移交村（社区）", &main)?.crumb("法律顾问覆盖", "/coverage").narrow().answering(&main.form))
}

/// `POST /coverage/hand-over`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let lawyer = lawyer(&mut tx, Some(form.get("from"))).await?;
    let units = appointments::coverage(&mut tx, &Reach::Region, None, Some(lawyer.id)).await?;
    match try_save(&ctx, &lawyer, &units, &mut form).await {
        Ok((tx, count)) => ctx.see_other(tx, "/coverage", &format!("已移交 {count} 个村（社区）。")).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, &mut tx, lawyer, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, lawyer: &LawyerRow, units: &[CoverRow], form: &mut Form) -> Result<(Tx, usize)> {
    let to_all: Option<Id<Lawyer>> = form.id("to_all", "请从名单中选择");
    let mut successors: Vec<(Id<Unit>, Id<Lawyer>)> = Vec::new();
    for unit in units {
        let name = format!("to-{}", unit.id);
        match form.id::<Lawyer>(&name, "请从名单中选择").or(to_all) {
            Some(to) => successors.push((unit.id, to)),
            None => form.error(&name, format!("请为{}选择接任的法律顾问", unit.short_name)),
        }
    }
    let day = form.parse("day", Day::parse);
    if day.is_none() && form.get("day").is_empty() {
        form.error("day", "请填写接任日期");
    }
    let reason = form.need("reason", "请写明移交原因，例如：离所、调离");
    form.check()?;
    let Some(day) = day else { return Err(Refusal::invalid("请填写接任日期").into()) };
    let mut tx = ctx.begin_write().await?;
    let count = hand_over(&mut tx, ctx.actor_id(), lawyer.id, &successors, day, &reason, ctx.now()).await?;
    Ok((tx, count))
}
