//! One row of the service book with its corrections and the rows logged together with it.

use crate::{
    SERVICE_CORRECT,
    actions::correct_service::may_still,
    service::late_by,
    store::services::{self, RevisionRow, ServiceRow},
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Refusal, Result};
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/detail.html")]
struct DetailMain {
    row: ServiceRow,
    matter: String,
    campaign: String,
    late: i64,
    revisions: Vec<RevisionRow>,
    siblings: Vec<ServiceRow>,
    may_correct: bool,
    again: bool,
}

/// The row of an address, if it is within reach.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<ServiceRow> {
    let gone = || Refusal::not_found("没有这条服务记录，或者不在您的管辖范围内。");
    let id = id.parse().map_err(|_| gone())?;
    Ok(services::service(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(gone)?)
}

/// `GET /services/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    let actor = ctx.actor()?;
    let mut siblings = services::batch(&mut tx, &actor.reach(), row.batch_id).await?;
    siblings.retain(|sibling| sibling.id != row.id);
    let revisions = services::revisions(&mut tx, row.id).await?;
    let matter = name(&mut tx, "consult_topic", &row.matter, &ctx).await?;
    let campaign = name(&mut tx, "campaign", &row.campaign, &ctx).await?;
    let late = late_by(row.happened_on, row.entered_at);
    let may_correct =
        row.standing && actor.may(SERVICE_CORRECT) && may_still(&row, &actor.reach(), ctx.now());
    let main = DetailMain {
        matter,
        campaign,
        late,
        revisions,
        siblings,
        may_correct,
        again: actor.may(crate::SERVICE_WRITE),
        row,
    };
    Ok(Page::new("服务记录", &main)?.crumb("服务记录", "/services").narrow())
}

async fn name(tx: &mut Tx, list: &str, code: &str, ctx: &Ctx) -> Result<String> {
    if code.is_empty() {
        return Ok(String::new());
    }
    let terms = crate::pages::terms(tx, list, ctx).await?;
    Ok(terms.into_iter().find(|(c, _)| c == code).map_or_else(|| code.to_owned(), |(_, name)| name))
}
