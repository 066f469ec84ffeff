//! Switching the second factor on and off.

use super::me::confirm_password;
use crate::{
    account::{self, TotpState},
    actions::own_account::{self, own},
    store, totp,
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::Result;
use web::{Ctx, Form, Html, Page, Reply, qr};

#[derive(Template)]
#[template(path = "pages/second_factor.html")]
struct FactorMain {
    form: Form,
    on: bool,
    required: bool,
    left: i64,
    secret: Option<Shown>,
}

struct Shown {
    qr: Html,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/recovery.html")]
struct RecoveryMain {
    done: &'static str,
    codes: Vec<String>,
}

/// `GET /me/second-factor`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let form = ctx.form(&[]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    let secret = match me.totp_state {
        TotpState::Pending => store::account::totp_secret(&tx, &me)?,
        _ => None,
    };
    let secret = match secret {
        Some(secret) => {
            let uri = totp::uri(&ctx.app.settings.brand, &me.username, &secret);
            Some(Shown { qr: qr::svg(&uri)?, text: totp::spaced(&secret) })
        }
        None => None,
    };
    let required = ::store::setting(&mut tx, crate::REQUIRE_SECOND_FACTOR).await?.as_deref() == Some("yes");
    let main = FactorMain {
        form,
        on: me.totp_state == TotpState::On,
        required: required && !account::works_outside(&account::roles_of(&me.roles)),
        left: store::recovery::left(&mut tx, me.id).await?,
        secret,
    };
    Ok(Page::new("两步验证", &main)?.crumb("我的账号", "/me").narrow().answering(&main.form))
}

/// `POST /me/second-factor`: shows a new secret.
pub(crate) async fn begin(ctx: Ctx) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    own_account::begin_second_factor(&mut tx, &me).await?;
    ctx.see_other(tx, "/me/second-factor", "").await
}

/// `POST /me/second-factor/confirm`
pub(crate) async fn confirm(ctx: Ctx, mut form: Form) -> Reply {
    match try_confirm(&ctx, &mut form).await {
        Ok(codes) => Ok(recovery("两步验证已开启。", codes)?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            form.set("code", "");
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_confirm(ctx: &Ctx, form: &mut Form) -> Result<Vec<String>> {
    let code = form.need("code", "请填写验证码");
    form.check()?;
    let now = ctx.app.db.wall().now();
    let mut tx = ctx.app.db.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    let codes = own_account::confirm_second_factor(&mut tx, &me, &code, &ctx.actor()?.session, now).await?;
    tx.commit().await?;
    Ok(codes)
}

fn recovery(done: &'static str, codes: Vec<String>) -> Reply<Page> {
    Ok(Page::new("备用码", &RecoveryMain { done, codes })?.crumb("我的账号", "/me").narrow())
}

/// `POST /me/second-factor/codes`
pub(crate) async fn renew_codes(ctx: Ctx, mut form: Form) -> Reply {
    match try_renew(&ctx, &mut form).await {
        Ok(codes) => Ok(recovery("已生成新的备用码，旧的作废。", codes)?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_renew(ctx: &Ctx, form: &mut Form) -> Result<Vec<String>> {
    let old = form.need("old", "请填写现在的密码");
    form.check()?;
    confirm_password(ctx, &old).await?;
    let mut tx = ctx.app.db.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    let codes = own_account::renew_codes(&mut tx, &me).await?;
    tx.commit().await?;
    Ok(codes)
}

/// `POST /me/second-factor/off`
pub(crate) async fn off(ctx: Ctx, mut form: Form) -> Reply {
    match try_off(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/me", "两步验证已关闭。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_off(ctx: &Ctx, form: &mut Form) -> Result<::store::Tx> {
    let old = form.need("old", "请填写现在的密码");
    form.check()?;
    confirm_password(ctx, &old).await?;
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    own_account::end_second_factor(&mut tx, &me, &ctx.actor()?.session).await?;
    Ok(tx)
}
