//! Switching the second factor on and off.

use super::me::{confirm_password, old_password};
use crate::{
    account::{self, TotpState},
    actions::own_account::{self, own},
    store, totp,
};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::Result;
use web::{Ctx, Form, Html, Page, Reply, qr};

/// Seconds after a log-in in which the password need not be given again.
const JUST_BEGUN: i64 = 10 * 60;

#[derive(Template)]
#[template(path = "pages/second_factor.html")]
struct FactorMain {
    form: Form,
    asks: bool,
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
        asks: asks_password(ctx, &mut tx).await?,
        form,
        on: me.totp_state == TotpState::On,
        required: required && !account::works_outside(&account::roles_of(&me.roles)),
        left: store::recovery::left(&mut tx, me.id).await?,
        secret,
    };
    Ok(Page::new("两步验证", &main)?.crumb("我的账号", "/me").narrow().answering(&main.form))
}

/// `POST /me/second-factor`: shows a new secret.
pub(crate) async fn begin(ctx: Ctx, mut form: Form) -> Reply {
    match try_begin(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/me/second-factor", "").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_begin(ctx: &Ctx, form: &mut Form) -> Result<::store::Tx> {
    let mut tx = ctx.begin_read().await?;
    let asks = asks_password(ctx, &mut tx).await?;
    drop(tx);
    if asks {
        let old = old_password(form);
        form.check()?;
        confirm_password(ctx, &old).await?;
    }
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    own_account::begin_second_factor(&mut tx, &me).await?;
    Ok(tx)
}

/// A session left open is no way to bind somebody else's telephone: unless it has just begun, the password is asked for.
async fn asks_password(ctx: &Ctx, tx: &mut ::store::Tx) -> Result<bool> {
    let actor = ctx.actor()?;
    let began = store::session::began(tx, &actor.session).await?;
    let just_begun = began.is_some_and(|at| at.seconds_until(ctx.app.db.wall().now()) < JUST_BEGUN);
    Ok(!just_begun && own(tx, actor.id).await?.password_hash.is_some())
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
    let old = old_password(form);
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
    let old = old_password(form);
    form.check()?;
    confirm_password(ctx, &old).await?;
    let mut tx = ctx.begin_write().await?;
    let me = own(&mut tx, ctx.actor()?.id).await?;
    own_account::end_second_factor(&mut tx, &me, &ctx.actor()?.session).await?;
    Ok(tx)
}
