//! Giving a unit an official code.

use crate::{
    actions::add_code::add_code,
    event::SCHEMES,
    store::events::{self, AnyUnit},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/code.html")]
struct CodeMain {
    form: Form,
    u: AnyUnit,
    schemes: Vec<(String, String)>,
}

/// `GET /places/{id}/code`
pub(crate) async fn blank(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let u = super::unit::find(&mut tx, &ctx, &id).await?;
    // A unit without any code has had one for as long as it is.
    let none = events::codes(&mut tx, u.id).await?.is_empty();
    let from = if none { u.opened_on } else { ctx.today() };
    show(u, ctx.form(&[("scheme", "nbs"), ("valid_from", &from.to_string())]))
}

fn show(u: AnyUnit, form: Form) -> Reply<Page> {
    let schemes = SCHEMES.iter().map(|(key, label)| ((*key).to_owned(), (*label).to_owned())).collect();
    let title = format!("登记{}的代码", u.short_name);
    let main = CodeMain { form, u, schemes };
    Ok(Page::new(title, &main)?
        .crumb("村（社区）", "/places")
        .crumb(main.u.short_name.clone(), format!("/places/{}", main.u.id))
        .narrow()
        .answering(&main.form))
}

/// `POST /places/{id}/code`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let u = super::unit::find(&mut tx, &ctx, &id).await?;
    drop(tx);
    match try_save(&ctx, &u, &mut form).await {
        Ok(tx) => ctx.see_other(tx, &format!("/places/{}", u.id), "已登记代码。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(u, form)?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, u: &AnyUnit, form: &mut Form) -> Result<Tx> {
    let scheme = form.get("scheme").to_owned();
    let code = form.need("code", "请填写代码");
    let from = form.parse("valid_from", Day::parse);
    if form.get("valid_from").is_empty() {
        form.error("valid_from", "请填写启用日期");
    }
    form.check()?;
    let from = from.ok_or_else(|| Refusal::invalid("请补全必填项"))?;
    let mut tx = ctx.begin_write().await?;
    add_code(&mut tx, ctx.actor_id(), u.id, (&scheme, &code), from, ctx.today()).await?;
    Ok(tx)
}
