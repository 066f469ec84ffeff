//! The terms of use: partners accept them, the system administrator writes them.

use crate::{
    account,
    actions::{own_account::own, terms},
    store,
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Moment, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/terms.html")]
struct TermsMain {
    form: Form,
    version: i64,
    text: String,
    accepted: Option<Moment>,
    asked: bool,
}

/// `GET /me/terms`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    let (version, text) = terms::in_force(&mut tx).await?;
    let newest = store::terms::newest(&mut tx, me.id).await?;
    let main = TermsMain {
        form: ctx.form(&[]),
        version,
        text,
        accepted: newest.filter(|(accepted, _)| *accepted == version).map(|(_, at)| at),
        asked: account::is_partner(&account::roles_of(&me.roles)),
    };
    Ok(Page::new("使用约定", &main)?.crumb("我的账号", "/me").narrow())
}

/// `POST /me/terms`
pub(crate) async fn accept(ctx: Ctx, form: Form) -> Reply {
    let shown = form.get("shown").parse().unwrap_or(0);
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    terms::accept(&mut tx, me.id, shown).await?;
    ctx.see_other(tx, "/desk", "已确认使用约定。").await
}

#[derive(Template)]
#[template(path = "pages/terms_form.html")]
struct FormMain {
    form: Form,
    version: i64,
}

/// `GET /accounts/terms`
pub(crate) async fn edit(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (_, text) = terms::in_force(&mut tx).await?;
    drop(tx);
    let form = ctx.form(&[("text", &text)]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (version, _) = terms::in_force(&mut tx).await?;
    let main = FormMain { form, version };
    Ok(Page::new("修改使用约定", &main)?.crumb("账号", "/accounts").narrow().answering(&main.form))
}

/// `POST /accounts/terms`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    match try_save(&ctx, &form).await {
        Ok((tx, version)) => {
            ctx.see_other(tx, "/accounts/terms", &format!("已保存，现在是第 {version} 版。")).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, form: &Form) -> Result<(::store::Tx, i64)> {
    let mut tx = ctx.begin_write().await?;
    let version = terms::change(&mut tx, ctx.actor()?, form.get("text")).await?;
    Ok((tx, version))
}
