//! The set-up of an empty installation.

use super::cookies;
use crate::{
    account,
    actions::{
        log_in::{Opened, open},
        set_up::{SetUpRefusal, is_open, set_up},
    },
    password, store,
};
use askama::Template;
use axum::{
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect},
};
use kernel::Result;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/setup.html")]
struct SetupMain {
    form: Form,
}

/// `GET /setup/{token}`
pub(crate) async fn page(ctx: Ctx, Path(link): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    if !is_open(&mut tx, &link).await? {
        return Err(SetUpRefusal::Gone.into());
    }
    show(ctx.form(&[]))
}

fn show(form: Form) -> Reply<Page> {
    let main = SetupMain { form };
    Ok(Page::new("建立第一个管理员账号", &main)?.narrow().answering(&main.form))
}

/// `POST /setup/{token}`
pub(crate) async fn create(ctx: Ctx, Path(link): Path<String>, headers: HeaderMap, mut form: Form) -> Reply {
    match try_create(&ctx, &link, &headers, &mut form).await {
        Ok(opened) => {
            let mut response = Redirect::to("/desk").into_response();
            cookies::keep_session(&mut response, &ctx, &opened.token);
            if let Some(device) = &opened.device {
                cookies::keep_device(&mut response, &ctx, device);
            }
            Ok(response)
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form)?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, link: &str, headers: &HeaderMap, form: &mut Form) -> Result<Opened> {
    let mut tx = ctx.begin_read().await?;
    if !is_open(&mut tx, link).await? {
        return Err(SetUpRefusal::Gone.into());
    }
    drop(tx);
    let username = account::normal_username(&form.need("username", "请填写用户名"));
    if !username.is_empty()
        && let Err(message) = account::check_username(&username)
    {
        form.error("username", message);
    }
    let name = form.need("name", "请填写姓名");
    let password = new_password(form, &username);
    form.check()?;
    let hash = password::hash_password(&password).await?;
    let mut tx = ctx.app.db.begin_write().await?;
    let id = set_up(&mut tx, link, &username, &name, hash, !form.get("combined").is_empty()).await?;
    let roles = store::account::row(&mut tx, id).await?.map(|row| row.roles).unwrap_or_default();
    let label = cookies::label(headers);
    let now = ctx.app.db.wall().now();
    let opened = open(&mut tx, id, &roles, cookies::from(ctx, &label), "setup", now).await?;
    tx.commit().await?;
    Ok(opened)
}

/// The new password of a form with two fields; errors are noted.
pub(crate) fn new_password(form: &mut Form, username: &str) -> String {
    form.need("password", "请填写密码");
    let password = form.verbatim("password").to_owned();
    if !password.trim().is_empty() {
        if let Err(message) = password::check(&password, username) {
            form.error("password", message);
        } else if form.verbatim("password2") != password {
            form.error("password2", "两次输入的密码不一样");
        }
    }
    password
}
