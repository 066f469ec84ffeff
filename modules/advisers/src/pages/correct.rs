//! Correcting or withdrawing a row of the service book.

use crate::{
    actions::correct_service::{correct_service, withdraw_service},
    pages::{self, detail},
    store::services::ServiceRow,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Error, Kind, Refusal, Result};
use web::{Ctx, Form, Merge, MergeField, Page, Reply};

#[derive(Template)]
#[template(path = "pages/correct.html")]
struct CorrectMain {
    form: Form,
    row: ServiceRow,
    kinds: Vec<(String, String)>,
    matters: Vec<(String, String)>,
    campaigns: Vec<(String, String)>,
}

/// `GET /services/{id}/correct`
pub(crate) async fn blank(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let row = detail::find(&ctx, &mut tx, &id).await?;
    let known = [
        ("kind", row.kind.as_str().to_owned()),
        ("happened_on", row.happened_on.to_string()),
        ("quantity", row.quantity.to_string()),
        ("people", row.people.to_string()),
        ("matter", row.matter.clone()),
        ("campaign", row.campaign.clone()),
        ("note", row.note.clone()),
        ("version", row.version.to_string()),
    ];
    let known: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = ctx.form(&known);
    show(&ctx, &mut tx, row, form).await
}

async fn show(ctx: &Ctx, tx: &mut Tx, row: ServiceRow, form: Form) -> Reply<Page> {
    let matters = pages::terms(tx, "consult_topic", ctx).await?;
    let campaigns = pages::terms(tx, "campaign", ctx).await?;
    let main = CorrectMain { kinds: pages::kinds(), matters, campaigns, row, form };
    Ok(Page::new("更正服务记录", &main)?.crumb("服务记录", "/services").narrow().answering(&main.form))
}

/// `POST /services/{id}/correct`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = detail::find(&ctx, &mut tx, &id).await?;
    match try_save(&ctx, &row, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/services/{}", row.id), "已更正，原记录已保留。").await,
        Err(Error::Refused(refusal))
            if refusal.kind == Kind::Conflict
                && row.standing
                && form.get("version") != row.version.to_string() =>
        {
            Ok(merge(&form, &row)?.into_response())
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, &mut tx, row, form).await?.into_response())
        }
    }
}

fn version(form: &mut Form) -> i64 {
    form.parse("version", |text| text.parse().map_err(|_| "请刷新页面后重试")).unwrap_or(0)
}

async fn try_save(ctx: &Ctx, row: &ServiceRow, form: &mut Form) -> Result<Tx> {
    let version = version(form);
    let deed = pages::deed(form);
    let reason = form.need("reason", "请写明更正原因，原记录会保留");
    form.check()?;
    let deed = deed.ok_or_else(|| Refusal::invalid("请补全必填项"))?;
    let mut tx = ctx.begin_write().await?;
    correct_service(&mut tx, ctx.actor()?, row.id, version, &deed, &reason, ctx.now()).await?;
    Ok(tx)
}

fn merge(form: &Form, row: &ServiceRow) -> Reply<Page> {
    let mut hidden = form.carry(&["version", "idempotency_key"]);
    hidden.0.push_str(&form.token().0);
    hidden.0.push_str(&format!(r#"<input type="hidden" name="version" value="{}">"#, row.version));
    let kind =
        |key: &str| crate::ServiceKind::from_text(key).map_or(String::new(), |kind| kind.label().to_owned());
    let field =
        |label, name: &str, theirs: String| MergeField { label, yours: form.get(name).to_owned(), theirs };
    let fields = vec![
        MergeField {
            label: "服务方式", yours: kind(form.get("kind")), theirs: row.kind.label().to_owned()
        },
        field("发生日期", "happened_on", row.happened_on.to_string()),
        field("数量", "quantity", row.quantity.to_string()),
        field("人次", "people", row.people.to_string()),
        field("内容", "note", row.note.clone()),
    ];
    let action = format!("/services/{}/correct", row.id);
    let href = format!("/services/{}", row.id);
    Merge { title: "这条服务记录", fields, action: &action, href: &href, hidden }.page()
}

/// `POST /services/{id}/withdraw`
pub(crate) async fn withdraw(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let row = detail::find(&ctx, &mut tx, &id).await?;
    match try_withdraw(&ctx, &row, &mut form).await {
        Ok(tx) => {
            ctx.see_other(tx, &format!("/services/{}", row.id), "已作废，不再计数；原记录已保留。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, &mut tx, row, form).await?.into_response())
        }
    }
}

async fn try_withdraw(ctx: &Ctx, row: &ServiceRow, form: &mut Form) -> Result<Tx> {
    let version = version(form);
    let reason = form.need("reason", "请写明作废原因，原记录会保留");
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    withdraw_service(&mut tx, ctx.actor()?, row.id, version, &reason, ctx.now()).await?;
    Ok(tx)
}
