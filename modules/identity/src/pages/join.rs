//! Using a one-time link: binding this browser with a PIN, or choosing a password.

use super::{cookies, setup::new_password};
use crate::{
    actions::{
        invite::InvitationKind,
        join::{Bound, bind_browser, choose_password, fresh_device, invitation},
        log_in::peppered,
    },
    password,
    store::invitation::InvitationRow,
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
#[template(path = "pages/join.html")]
struct JoinMain {
    form: Form,
    device: bool,
    name: String,
    username: String,
}

async fn find(ctx: &Ctx, link: &str) -> Result<InvitationRow> {
    let mut tx = ctx.begin_read().await?;
    invitation(&mut tx, link, ctx.app.db.wall().now()).await
}

fn show(found: InvitationRow, form: Form) -> Reply<Page> {
    let main = JoinMain {
        form,
        device: found.kind == InvitationKind::Device,
        name: found.name,
        username: found.username,
    };
    let title = if main.device { "绑定本机" } else { "设置密码" };
    Ok(Page::new(title, &main)?.narrow().answering(&main.form))
}

/// `GET /join/{token}`
pub(crate) async fn page(ctx: Ctx, Path(link): Path<String>) -> Reply<Page> {
    show(find(&ctx, &link).await?, ctx.form(&[]))
}

/// `POST /join/{token}`
pub(crate) async fn accept(ctx: Ctx, Path(link): Path<String>, headers: HeaderMap, mut form: Form) -> Reply {
    let found = find(&ctx, &link).await?;
    let outcome = match found.kind {
        InvitationKind::Device => bind(&ctx, &link, &headers, &mut form).await.map(Some),
        InvitationKind::Account => set_password(&ctx, &link, &found, &mut form).await.map(|()| None),
    };
    match outcome {
        Ok(Some(bound)) => {
            let mut response = Redirect::to("/desk").into_response();
            cookies::keep_session(&mut response, &ctx, &bound.session);
            cookies::keep_device(&mut response, &ctx, &bound.device);
            Ok(response)
        }
        Ok(None) => Ok(ctx
            .notice("密码已设好", "现在可以用用户名和新密码登录。", "/login", "去登录")?
            .into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(found, form)?.into_response())
        }
    }
}

async fn bind(ctx: &Ctx, link: &str, headers: &HeaderMap, form: &mut Form) -> Result<Bound> {
    let pin = form.need("pin", "请设置 6 位 PIN 码");
    if !pin.is_empty() {
        if let Err(message) = password::check_pin(&pin) {
            form.error("pin", message);
        } else if form.get("pin2") != pin {
            form.error("pin2", "两次输入的 PIN 码不一样");
        }
    }
    form.check()?;
    let device = fresh_device()?;
    let hash = password::hash_password(&peppered(&pin, &device)).await?;
    let label = cookies::label(headers);
    let mut tx = ctx.app.db.begin_write().await?;
    let bound = bind_browser(&mut tx, link, device, &hash, cookies::from(ctx, &label)).await?;
    tx.commit().await?;
    Ok(bound)
}

async fn set_password(ctx: &Ctx, link: &str, found: &InvitationRow, form: &mut Form) -> Result<()> {
    let password = new_password(form, &found.username);
    form.check()?;
    let hash = password::hash_password(&password).await?;
    let mut tx = ctx.app.db.begin_write().await?;
    choose_password(&mut tx, link, &hash).await?;
    tx.commit().await?;
    Ok(())
}
