//! The cookies of sessions and browsers: out of reach of scripts and other sites, over TLS where there is TLS.

use crate::{actions::log_in::From, browser, throttle::Throttle};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use web::Ctx;

const SESSION: &str = "farun_session";
const DEVICE: &str = "farun_device";
/// As long as a browser keeps a cookie at most.
const DEVICE_DAYS: i64 = 400;

fn set(response: &mut Response, ctx: &Ctx, name: &str, value: &str, seconds: i64) {
    let secure = if ctx.app.settings.staff_url.starts_with("https") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Keeps the session in the browser.
pub(crate) fn keep_session(response: &mut Response, ctx: &Ctx, token: &str) {
    set(response, ctx, SESSION, token, crate::session::ABSOLUTE);
}

/// Keeps the browser's own mark.
pub(crate) fn keep_device(response: &mut Response, ctx: &Ctx, token: &str) {
    set(response, ctx, DEVICE, token, DEVICE_DAYS * 86_400);
}

/// Takes the session out of the browser.
pub(crate) fn forget_session(response: &mut Response, ctx: &Ctx) {
    set(response, ctx, SESSION, "", 0);
}

/// What the browser is called in lists.
pub(crate) fn label(headers: &HeaderMap) -> String {
    browser::label(headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// Where a request comes from.
pub(crate) fn from<'a>(ctx: &'a Ctx, label: &'a str) -> From<'a> {
    From { peer: &ctx.peer, device: ctx.device.as_deref(), label, throttle: Throttle::of(&ctx.app) }
}
