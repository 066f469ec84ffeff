//! One organisation: the telephone masked, shown whole once for a reason.

use crate::{
    Organisation, REVEAL, WRITE,
    pages::{
        REASONS, id_of,
        organisations::{Line, line},
        reason_options,
    },
    store::organisations::{self, OrganisationRow},
};
use ::store::{Audit, Tx};
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/organisation.html")]
struct OrganisationMain {
    form: Form,
    organisation: Line,
    industry: String,
    address: String,
    note: String,
    whole: Option<String>,
    reasons: Vec<(String, String)>,
    may_write: bool,
    may_reveal: bool,
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
    page(&ctx, &mut tx, row, ctx.form(&[]), false).await
}

async fn page(ctx: &Ctx, tx: &mut Tx, row: OrganisationRow, form: Form, reveal: bool) -> Reply<Page> {
    let actor = ctx.actor()?;
    let industry = if row.industry.is_empty() {
        None
    } else {
        crate::term_name(tx, "industry", &row.industry, ctx.today()).await?
    };
    let phone = row.phone(&ctx.app.db)?;
    let main = OrganisationMain {
        form,
        industry: industry.unwrap_or_else(|| row.industry.clone()),
        address: row.address.clone(),
        note: row.note.clone(),
        whole: phone.as_ref().filter(|_| reveal).map(|phone| phone.as_str().to_owned()),
        reasons: reason_options(),
        may_write: actor.may(WRITE),
        may_reveal: actor.may(REVEAL) && phone.is_some(),
        organisation: line(&ctx.app.db, row)?,
    };
    Ok(Page::new("单位信息", &main)?.crumb("单位", "/organisations").answering(&main.form))
}

/// `POST /organisations/{id}/reveal`: the telephone, once, for a reason.
pub(crate) async fn reveal(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    let reason = form.get("reason").to_owned();
    if REASONS.iter().all(|(code, _)| *code != reason) {
        form.error("reason", "请选择查看理由");
        let refusal = form.check().err().unwrap_or_else(|| Refusal::invalid("请选择查看理由"));
        form.refuse(refusal);
        return Ok(page(&ctx, &mut tx, row, form, false).await?.into_response());
    }
    let answer = page(&ctx, &mut tx, row.clone(), form, true).await?;
    let details = serde_json::json!({ "reason": reason });
    tx.audit(
        Audit::new(ctx.actor_id(), "parties.organisation.reveal", "parties_organisation", row.id)
            .with(&details),
    );
    tx.commit().await?;
    Ok(answer.into_response())
}
