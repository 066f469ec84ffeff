//! Every clock of a case: why it runs, what stopped it, when it ends by counting alone and moved past days off.

use super::find;
use crate::{
    clock::{Clock, clocks},
    store::rules,
};
use askama::Template;
use axum::extract::Path;
use kernel::{Calendar, Moment};
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/clocks.html")]
struct ClocksMain {
    id: String,
    clocks: Vec<Clock>,
    now: Moment,
}

/// `GET /aid/{id}/clocks`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let now = ctx.now();
    let rules = rules::load(&mut tx).await?;
    let clocks = clocks(&entry.facts(), &rules, &Calendar::published(), now);
    let main = ClocksMain { id: entry.id.to_string(), clocks, now };
    Ok(Page::new("时限", &main)?.crumb("法律援助", "/aid").crumb("案件", format!("/aid/{}", entry.id)))
}

impl ClocksMain {
    /// The end moved past days off, where it differs or cannot be known yet.
    fn rolled(clock: &Clock) -> String {
        match clock.due.rolled {
            Ok(rolled) if rolled == clock.due.strict => "同左".to_owned(),
            Ok(rolled) => rolled.day().to_string(),
            Err(unknown) => unknown.to_string(),
        }
    }
}
