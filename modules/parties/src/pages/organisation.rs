//! One organisation: the telephone masked, shown whole once for a reason.

use crate::{
    Organisation, REVEAL, WRITE,
    pages::{
        id_of,
        organisations::{Line, line},
        reveal::{reason_form, show_whole},
    },
    reading::{Whole, WholeValue},
    store::organisations::{self, OrganisationRow},
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Refusal, Result};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/organisation.html")]
struct OrganisationMain {
    organisation: Line,
    industry: String,
    address: String,
    note: String,
    reveal: Html,
    may_write: bool,
}

const MISSING: &str = "没有这家单位，或者不在您的辖区。";

/// The organisation an address names, if the account reaches it.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<OrganisationRow> {
    let id = id_of::<Organisation>(id, MISSING)?;
    Ok(organisations::organisation_in_reach(tx, &ctx.actor()?.reach(), id)
        .await?
        .ok_or_else(|| Refusal::not_found(MISSING))?)
}

/// `GET /organisations/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    page(&ctx, &mut tx, row).await
}

async fn page(ctx: &Ctx, tx: &mut Tx, row: OrganisationRow) -> Reply<Page> {
    let actor = ctx.actor()?;
    let industry = if row.industry.is_empty() {
        None
    } else {
        crate::term_name(tx, "industry", &row.industry, ctx.today()).await?
    };
    let reveal = if actor.may(REVEAL) && row.phone_sealed.is_some() {
        reason_form(&ctx.form(&[]), &format!("/organisations/{}/reveal", row.id), "完整电话")?
    } else {
        Html::default()
    };
    let main = OrganisationMain {
        industry: industry.unwrap_or_else(|| row.industry.clone()),
        address: row.address.clone(),
        note: row.note.clone(),
        reveal,
        may_write: actor.may(WRITE),
        organisation: line(&ctx.app.db, row)?,
    };
    Ok(Page::new("单位信息", &main)?.crumb("单位", "/organisations"))
}

/// `POST /organisations/{id}/reveal`: the telephone, once, for a reason.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    let phone = row.phone(&ctx.app.db)?.map_or(String::new(), |phone| phone.as_str().to_owned());
    let whole = Whole {
        object: "parties_organisation",
        id: row.id.raw(),
        title: row.name.clone(),
        href: format!("/organisations/{}", row.id),
        values: vec![WholeValue { field: "phone", label: "电话", value: phone }],
    };
    show_whole(&ctx, tx, form, whole).await
}
