//! Whether the second factor is demanded of staff, and whom to ring about a lock.

use ::store::Audit;
use askama::Template;
use axum::response::IntoResponse as _;
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
    let contact = ::store::setting(&mut tx, crate::SECURITY_CONTACT).await?.unwrap_or_default();
    let form = ctx.form(&[("require", if required { "1" } else { "" }), ("contact", &contact)]);
    Ok(Page::new("登录安全", &SecurityMain { form })?.crumb("账号", "/accounts").narrow())
}

/// `POST /accounts/security`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    let contact = form.text("contact", 60);
    if let Err(refusal) = form.check() {
        ctx.refused(refusal.into(), &mut form)?;
        let page = Page::new("登录安全", &SecurityMain { form: form.clone() })?;
        return Ok(page.crumb("账号", "/accounts").narrow().answering(&form).into_response());
    }
    let value = if form.get("require").is_empty() { "no" } else { "yes" };
    let mut tx = ctx.begin_write().await?;
    ::store::set_setting(&mut tx, crate::REQUIRE_SECOND_FACTOR, value).await?;
    let known = ::store::setting(&mut tx, crate::SECURITY_CONTACT).await?.unwrap_or_default();
    ::store::set_setting(&mut tx, crate::SECURITY_CONTACT, &contact).await?;
    let details =
        serde_json::json!({ crate::REQUIRE_SECOND_FACTOR: value, "contact_changed": known != contact });
    tx.audit(Audit::about(ctx.actor_id(), "identity.security.change", "installation").with(&details));
    ctx.see_other(tx, "/accounts/security", "已保存登录安全设置。").await
}
