//! Logging in and out: methods, second step, and going on where the session had ended.

use super::{
    cookies,
    methods::{METHODS, Offer, carried},
};
use crate::{
    actions::{
        log_in::{LoggedIn, Opened, enter_code, enter_pin, log_in},
        own_account,
    },
    browser, store, token,
};
use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Error, Kind};
use web::{Ctx, Form, Html, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/login.html")]
struct LoginMain {
    form: Form,
    parts: Vec<Html>,
}

/// `GET /login`
pub(crate) async fn page(ctx: Ctx) -> Reply {
    if ctx.actor.is_some() {
        return Ok(Redirect::to("/desk").into_response());
    }
    let listing = Listing::of(&ctx.uri);
    let next = browser::own_path(listing.show("next"));
    let form = ctx.form(&[("next", &next)]);
    Ok(show(&ctx, form).await?.into_response())
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut bound_to = None;
    if let Some(device) = ctx.bound_device() {
        let mut tx = ctx.begin_read().await?;
        bound_to = store::device::bound(&mut tx, &token::digest(device)).await?.map(|bound| bound.name);
    }
    let offer = Offer { form, bound_to };
    let mut parts = Vec::new();
    for method in METHODS {
        parts.extend(method.part(&offer)?);
    }
    let main = LoginMain { form: offer.form, parts };
    Ok(Page::new("登录", &main)?.narrow().answering(&main.form))
}

/// `POST /login`
pub(crate) async fn enter(ctx: Ctx, headers: HeaderMap, mut form: Form) -> Reply {
    form.need("username", "请填写用户名");
    form.need("password", "请填写密码");
    let label = cookies::label(&headers);
    let outcome = match form.check() {
        Ok(()) => {
            let from = cookies::from(&ctx, &label);
            log_in(&ctx.app.db, form.get("username"), form.verbatim("password"), from).await
        }
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(LoggedIn::Open(opened)) => entered(&ctx, &form, opened).await,
        Ok(LoggedIn::CodeWanted(waiting)) => Ok(ask_code(form, waiting)?.into_response()),
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "pages/code.html")]
struct CodeMain {
    carried: Html,
    form: Form,
    waiting: String,
}

fn ask_code(mut form: Form, waiting: String) -> Reply<Page> {
    form.set("code", "");
    let main = CodeMain { carried: carried(&form), form, waiting };
    Ok(Page::new("输入验证码", &main)?.narrow().answering(&main.form))
}

/// `POST /login/code`
pub(crate) async fn code(ctx: Ctx, headers: HeaderMap, mut form: Form) -> Reply {
    form.need("code", "请填写验证码");
    let label = cookies::label(&headers);
    let outcome = match form.check() {
        Ok(()) => {
            enter_code(&ctx.app.db, form.get("waiting"), form.get("code"), cookies::from(&ctx, &label)).await
        }
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(opened) => entered(&ctx, &form, opened).await,
        Err(error) => {
            // Too late, or too many wrong codes: from the beginning.
            let again = matches!(&error, Error::Refused(refusal) if refusal.kind == Kind::Conflict);
            ctx.refused(error, &mut form)?;
            if again {
                return Ok(show(&ctx, form).await?.into_response());
            }
            let waiting = form.get("waiting").to_owned();
            Ok(ask_code(form, waiting)?.into_response())
        }
    }
}

/// `POST /login/pin`
pub(crate) async fn pin(ctx: Ctx, headers: HeaderMap, mut form: Form) -> Reply {
    form.need("pin", "请填写 6 位 PIN 码");
    let label = cookies::label(&headers);
    let outcome = match form.check() {
        Ok(()) => enter_pin(&ctx.app.db, form.get("pin"), cookies::from(&ctx, &label)).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(opened) => entered(&ctx, &form, opened).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "pages/resume.html")]
struct ResumeMain {
    action: String,
    hidden: Html,
}

/// The answer to a log-in: on to where one wanted to go, or the content that met an ended session.
async fn entered(ctx: &Ctx, form: &Form, opened: Opened) -> Reply {
    if let Some(old) = &ctx.actor {
        let mut tx = ctx.app.db.begin_write().await?;
        own_account::log_out(&mut tx, &old.session).await?;
        tx.commit().await?;
    }
    let resume_to = form.get("resume_to");
    let mut response = if resume_to.is_empty() {
        Redirect::to(&browser::own_path(form.get("next"))).into_response()
    } else {
        let pairs = form_urlencoded::parse(form.get("resume_body").as_bytes()).into_owned().collect();
        let saved = ctx.form_in_session(&token::digest(&opened.token), pairs);
        let mut hidden = saved.carry(&[]);
        hidden.0.push_str(&saved.token().0);
        let main = ResumeMain { action: browser::own_path(resume_to), hidden };
        Page::new("登录成功", &main)?.narrow().into_response()
    };
    cookies::keep_session(&mut response, ctx, &opened.token);
    if let Some(device) = &opened.device {
        cookies::keep_device(&mut response, ctx, device);
    }
    Ok(response)
}

/// `POST /logout`
pub(crate) async fn leave(ctx: Ctx) -> Reply {
    let mut response: Response = Redirect::to("/login").into_response();
    if let Some(actor) = &ctx.actor {
        let mut tx = ctx.app.db.begin_write().await?;
        own_account::log_out(&mut tx, &actor.session).await?;
        response = ctx.see_other(tx, "/login", "已退出登录。").await?;
    }
    cookies::forget_session(&mut response, &ctx);
    // What is kept in memory for the button "back" goes too; drafts that wait for the network and the browser's own mark stay.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}
