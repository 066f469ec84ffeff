//! The own account: password, browsers, sessions.

use super::setup::new_password;
use crate::{
    account::{self, TotpState},
    actions::{
        log_in::locked,
        own_account::{self, OwnRefusal, own},
    },
    password,
    store::{self, device::DeviceRow, session::OpenSession},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Moment, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/me.html")]
struct MeMain<'a> {
    form: Form,
    name: String,
    username: String,
    roles: String,
    towns: String,
    totp_on: bool,
    has_password: bool,
    devices: Vec<DeviceRow>,
    sessions: Vec<OpenSession>,
    current: &'a str,
    before: Option<Moment>,
    wrong: i64,
}

/// `GET /me`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let actor = ctx.actor()?;
    let now = ctx.app.db.wall().now();
    let mut tx = ctx.begin_read().await?;
    let me = own(&mut tx, actor.id).await?;
    let towns = store::account::towns_of(&mut tx, me.id).await?;
    let before = store::trail::log_in_before(&mut tx, me.id, &actor.session).await?;
    let main = MeMain {
        wrong: match before {
            Some(at) => store::trail::wrong_since(&mut tx, me.id, at).await?,
            None => 0,
        },
        before,
        roles: account::role_labels(&account::roles_of(&me.roles)),
        towns: towns.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("、"),
        totp_on: me.totp_state == TotpState::On,
        has_password: me.password_hash.is_some(),
        devices: store::device::of(&mut tx, me.id).await?,
        sessions: store::session::open_of(&mut tx, me.id, now).await?,
        current: &actor.session,
        name: me.name,
        username: me.username,
        form,
    };
    Ok(Page::new("我的账号", &main)?.answering(&main.form))
}

/// `POST /me/password`
pub(crate) async fn change_password(ctx: Ctx, mut form: Form) -> Reply {
    match try_change(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/me", "密码已修改，其他设备已退出登录。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_change(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let actor = ctx.actor()?;
    let old = old_password(form);
    let mut tx = ctx.begin_read().await?;
    let me = own(&mut tx, actor.id).await?;
    drop(tx);
    let password = new_password(form, &me.username);
    form.check()?;
    confirm_password(ctx, &old).await?;
    let hash = password::hash_password(&password).await?;
    let mut tx = ctx.begin_write().await?;
    own_account::change_password(&mut tx, &me, &hash, &actor.session).await?;
    Ok(tx)
}

/// The present password as it was typed; an error is noted if there is none.
pub(crate) fn old_password(form: &mut Form) -> String {
    form.need("old", "请填写现在的密码");
    form.verbatim("old").to_owned()
}

/// Asks for the password once more before something important; wrong ones are counted like at log-in.
pub(crate) async fn confirm_password(ctx: &Ctx, typed: &str) -> Result<()> {
    let actor = ctx.actor()?;
    let now = ctx.app.db.wall().now();
    let mut tx = ctx.begin_read().await?;
    let me = own(&mut tx, actor.id).await?;
    let attempts = store::attempt::of(&mut tx, &me.username).await?;
    if let Some(minutes) = attempts.wait(now) {
        return Err(locked(&mut tx, minutes).await?);
    }
    drop(tx);
    if password::verify(me.password_hash.clone(), typed).await? {
        return Ok(());
    }
    let mut tx = ctx.app.db.begin_write().await?;
    own_account::wrong_password(&mut tx, &me, now).await?;
    tx.commit().await?;
    Err(OwnRefusal::WrongPassword.into())
}

/// `POST /me/devices/{id}/unbind`
pub(crate) async fn unbind(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    let device = id.parse().map_err(|_| OwnRefusal::NoDevice)?;
    own_account::unbind(&mut tx, me.id, device).await?;
    ctx.see_other(tx, "/me", "已解除绑定。").await
}

/// `POST /me/sessions/end`
pub(crate) async fn end_sessions(ctx: Ctx) -> Reply {
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, actor.id).await?;
    let count = own_account::end_others(&mut tx, me.id, &actor.session).await?;
    ctx.see_other(tx, "/me", &format!("已退出 {count} 个其他会话。")).await
}
