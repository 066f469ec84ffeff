//! Whether the second factor is demanded of staff.

use ::store::Audit;
use askama::Template;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/security.html")]
struct SecurityMain {
    form: Form,
}

/// `GET /accounts/security`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let required = ::store::setting(&mut tx, crate::REQUIRE_SECOND_FACTOR).await?.as_deref() == Some("yes");
    let form = ctx.form(&[("require", if required { "1" } else { "" })]);
    Ok(Page::new("登录安全", &SecurityMain { form })?.crumb("账号", "/accounts").narrow())
}

/// `POST /accounts/security`
pub(crate) async fn save(ctx: Ctx, form: Form) -> Reply {
    let value = if form.get("require").is_empty() { "no" } else { "yes" };
    let mut tx = ctx.begin_write().await?;
    ::store::set_setting(&mut tx, crate::REQUIRE_SECOND_FACTOR, value).await?;
    let details = serde_json::json!({ crate::REQUIRE_SECOND_FACTOR: value });
    tx.audit(Audit::about(ctx.actor_id(), "identity.security.change", "installation").with(&details));
    ctx.see_other(tx, "/accounts/security", "已保存登录安全设置。").await
}
