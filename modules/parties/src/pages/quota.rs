//! How many numbers each account was shown whole today, and how many a day there may be.

use crate::{reading::QUOTA_SETTING, store::readings};
use ::store::{Audit, Tx};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/quota.html")]
struct QuotaMain {
    form: Form,
    quota: i64,
    accounts: Vec<(String, String, i64)>,
}

/// `GET /readings`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let quota = readings::quota(&mut tx).await?;
    page(&ctx, ctx.form(&[("quota", &quota.to_string())])).await
}

async fn page(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    // The wall clock: a business clock that stands still would never give anybody a new day.
    let today = ctx.app.db.wall().now().day();
    let account = |(id, name, times)| {
        (kernel::Id::<()>::from_raw(id).map_or(String::new(), |id| id.to_string()), name, times)
    };
    let main = QuotaMain {
        quota: readings::quota(&mut tx).await?,
        accounts: readings::by_account(&mut tx, today).await?.into_iter().map(account).collect(),
        form,
    };
    Ok(Page::new("号码查看额度", &main)?.answering(&main.form))
}

/// `POST /readings`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    match try_save(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/readings", "已保存每日上限。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let quota = form.parse("quota", |text| {
        text.parse::<i64>()
            .ok()
            .filter(|quota| (0..=10_000).contains(quota))
            .ok_or("请填写 0 到 10000 的整数")
    });
    form.need("quota", "请填写每日上限");
    form.check()?;
    let Some(quota) = quota else { return Err(Refusal::invalid("请填写每日上限").into()) };
    let mut tx = ctx.begin_write().await?;
    ::store::set_setting(&mut tx, QUOTA_SETTING, &quota.to_string()).await?;
    let details = serde_json::json!({ "quota": quota });
    tx.audit(Audit::about(ctx.actor_id(), "parties.reading.quota", "installation").with(&details));
    Ok(tx)
}
