//! What citizens do themselves, without an account: see whether they may ask, apply page by page, come back, follow
//! their case, write about it. The browser holds the draft; a code and the last four of a number bring it to another.

pub(crate) mod ask;
pub(crate) mod check;
pub(crate) mod code;
pub(crate) mod letter;
pub(crate) mod photos;
pub(crate) mod progress;
pub(crate) mod step;

use crate::{
    actions::citizen::CODE,
    store::tickets::{self, TicketRow},
    ticket::{Answers, Step},
};
use ::store::Tx;
use askama::Template;
use axum::response::Response;
use kernel::{Fault, Kind, Refusal, Result};
use web::{Ctx, Limit, Page, Reply, forgotten};

/// Where somebody in danger is sent: a page that everybody has open at times.
const ELSEWHERE: &str = "https://www.weather.com.cn/";

/// A village hall or a ward shares one address: the limits stop machines, not neighbours.
static SAVING: Limit = Limit::new(120, 60);
static COMING_BACK: Limit = Limit::new(20, 60);

/// Whoever has found a code must not try all last fours, from however many addresses.
static TRIES: Limit = Limit::new(10, 3600);

fn within(limit: &Limit, ctx: &Ctx) -> Result<()> {
    admitted(limit, ctx, &ctx.peer)
}

fn admitted(limit: &Limit, ctx: &Ctx, who: &str) -> Result<()> {
    // The wall clock: the business clock of a demonstration stands still.
    if limit.admits(who, ctx.app.db.wall().now()) {
        return Ok(());
    }
    Err(Refusal::new(Kind::TooMany, "现在办的人太多，请一分钟后再试。急事请直接拨打 12348。").into())
}

/// The draft that this browser holds, opened.
async fn draft(ctx: &Ctx, tx: &mut Tx) -> Result<Option<(TicketRow, Answers)>, Fault> {
    let Some(row) = tickets::of_browser(tx, &ctx.browser(), false, ctx.now()).await? else { return Ok(None) };
    let answers = row.answers(tx.db())?;
    Ok(Some((row, answers)))
}

#[derive(Template)]
#[template(path = "pages/apply/start.html")]
struct StartMain {
    draft: Option<Draft>,
    has_case: bool,
    hotline: String,
}

struct Draft {
    code: String,
    saved: String,
    next: String,
}

/// `GET /apply`
pub(crate) async fn start(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let draft = draft(&ctx, &mut tx).await?.map(|(row, answers)| Draft {
        code: answers.get(CODE).to_owned(),
        saved: row.saved_at.chinese(),
        next: where_to(&answers),
    });
    let has_case = tickets::of_browser(&mut tx, &ctx.browser(), true, ctx.now()).await?.is_some();
    let main = StartMain { draft, has_case, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new("申请法律援助", &main)?.narrow())
}

/// The page a draft goes on with.
fn where_to(answers: &Answers) -> String {
    match answers.missing() {
        Some(step) => page_of(step),
        None => "/apply/check".to_owned(),
    }
}

fn page_of(step: Step) -> String {
    format!("/apply/{}", step.as_str())
}

/// `GET /apply/leave`: gone at once, and this browser knows nothing any more. Only the browser changes, so a link does it.
pub(crate) async fn leave(_: Ctx) -> Response {
    forgotten(ELSEWHERE)
}
