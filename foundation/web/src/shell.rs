//! The shell: header, menu, footer and error pages around what modules render; and the router made of all routes.

use crate::{
    actor::Actor,
    app::App,
    context::{Ctx, redirect},
    form::Form,
    guard::{self, Peer, set_cookie},
    html::{Html, escape},
    module::{Bell, MenuItem},
    page::Page,
    reply::{Failure, Reply},
    routes::{RouteSpec, Routes, Side},
};
use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Path, Request as HttpRequest, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use kernel::Refusal;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tower_http::{CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer};

#[derive(Template)]
#[template(path = "shell/layout.html")]
struct Layout<'a> {
    ctx: &'a Ctx,
    page: &'a Page,
    staff: bool,
    actor: Option<&'a Actor>,
    menu: Vec<MenuGroup<'a>>,
    nav: Vec<(&'static str, &'static str, bool)>,
    bell: Option<(Bell, String)>,
    done: Option<&'a str>,
    draft_done: Option<&'a str>,
    main: Html,
}

struct MenuGroup<'a> {
    label: &'a str,
    items: Vec<(&'a MenuItem, bool)>,
}

impl Layout<'_> {
    fn asset(&self, name: &str) -> String {
        (self.ctx.app.asset_url)(name)
    }
}

#[derive(Template)]
#[template(path = "shell/error.html")]
struct ErrorMain<'a> {
    title: &'a str,
    message: &'a str,
    incident: Option<String>,
    fields: Vec<String>,
    hotline: &'a str,
    staff: bool,
}

#[derive(Template)]
#[template(path = "shell/expired.html")]
struct Expired {
    form: Form,
    device: bool,
    next: String,
    body: String,
    path: String,
}

#[derive(Template)]
#[template(path = "shell/notice.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
    href: &'a str,
    label: &'a str,
}

pub(crate) fn notice(title: &str, text: &str, href: &str, label: &str) -> Result<Page, Failure> {
    Ok(Page::new(title, &Notice { title, text, href, label })?.narrow())
}

/// Wraps a page in the shell.
pub(crate) async fn wrap(
    ctx: &Ctx,
    spec: &RouteSpec,
    page: Page,
    done: Option<&str>,
    headers: &HeaderMap,
) -> Response {
    let staff = spec.side == Side::Staff && ctx.actor.is_some();
    let path = ctx.uri.split('?').next().unwrap_or("/").to_owned();
    let mut items: Vec<&MenuItem> =
        if staff { ctx.app.modules.iter().flat_map(|module| &module.menu).collect() } else { Vec::new() };
    items.retain(|item| guard::may(ctx.actor.as_ref(), item.permission));
    items.sort_by_key(|item| item.order);
    let current = items
        .iter()
        .filter(|item| path.starts_with(item.href))
        .map(|item| item.href.len())
        .max()
        .unwrap_or(0);
    let mut menu: Vec<MenuGroup<'_>> = Vec::new();
    for item in items {
        let here = item.href.len() == current && path.starts_with(item.href);
        match menu.iter_mut().find(|group| group.label == item.group) {
            Some(group) => group.items.push((item, here)),
            None => menu.push(MenuGroup { label: item.group, items: vec![(item, here)] }),
        }
    }
    let nav = ctx
        .app
        .modules
        .iter()
        .flat_map(|module| &module.public_nav)
        .map(|(label, href)| (*label, *href, path == *href || path.starts_with(&format!("{href}/"))))
        .collect();
    let done: String = done
        .map(|text| form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect())
        .unwrap_or_default();
    let (done, draft) = done.rsplit_once('|').unwrap_or((&done, ""));
    let draft_done = if draft.is_empty() { page.draft_done.as_deref() } else { Some(draft) };
    let done = (!done.is_empty()).then_some(done);
    let main = Html(page.main.clone());
    let bell = if staff && !page.bare { bell(ctx).await } else { None };
    let actor = ctx.actor.as_ref();
    let layout = Layout { ctx, page: &page, staff, actor, menu, nav, bell, done, draft_done, main };
    let Ok(html) = layout.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "系统出错了，请稍后再试。").into_response();
    };
    let mut response = Response::new(Body::from(html));
    *response.headers_mut() = headers.clone();
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// What waits for the person who looks, and how many; a count that fails takes no page away.
async fn bell(ctx: &Ctx) -> Option<(Bell, String)> {
    let actor = ctx.actor.as_ref()?;
    let bell = *ctx.app.extensions::<Bell>().find(|bell| actor.may(bell.permission))?;
    let count = match (bell.count)(&ctx.app, actor.id).await {
        Ok(count) => count,
        Err(fault) => {
            tracing::warn!(incident = %fault.incident(), %fault, "what waits could not be counted");
            0
        }
    };
    let count = match count {
        ..=0 => String::new(),
        1..=99 => count.to_string(),
        _ => "99+".to_owned(),
    };
    Some((bell, count))
}

/// An error page; without a context (the request could not even be read) a plain one.
pub(crate) fn error(
    ctx: Option<&Ctx>,
    app: &App,
    status: u16,
    title: &str,
    message: &str,
    incident: Option<String>,
    fields: Vec<String>,
) -> Response {
    let main = ErrorMain {
        title,
        message,
        incident,
        fields,
        hotline: &app.settings.hotline,
        staff: ctx.is_some_and(|ctx| ctx.actor.is_some()),
    };
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match (ctx, Page::new(title, &main)) {
        (Some(_), Ok(page)) => page.status(status).into_response(),
        (None, Ok(page)) => {
            let html = format!(
                r#"<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title><link rel="stylesheet" href="{}"><body class="public"><main id="main" class="container narrow">{}</main></body></html>"#,
                escape(title),
                (app.asset_url)("farun.css"),
                page.main
            );
            let mut response = (code, html).into_response();
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            response
        }
        _ => (code, message.to_owned()).into_response(),
    }
}

/// The session ended while somebody was filling in a form: log in here, then go on, nothing is lost.
pub(crate) fn expired(ctx: &Ctx, pairs: &[(String, String)]) -> Reply<Page> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(name, _)| name != "csrf") {
        body.append_pair(name, value);
    }
    let form = ctx.form(&[]);
    let expired = Expired {
        form,
        device: ctx.bound_device().is_some(),
        next: "/desk".to_owned(),
        body: body.finish(),
        path: ctx.uri.clone(),
    };
    Ok(Page::new("请重新登录", &expired)?.status(401).narrow())
}

/// An address of our own, not of another host: browsers read tabs and backslashes away.
fn own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

async fn text_size(ctx: Ctx, form: Form) -> Response {
    let back = form.get("back");
    // Only addresses of our own: no open redirect.
    let back = if own_path(back) { back } else { "/" };
    let size = if form.get("size") == "elder" { "elder" } else { "standard" };
    let mut response = redirect(back, "");
    let secure = if ctx.app.settings.public_url.starts_with("https") { "; Secure" } else { "" };
    set_cookie(
        response.headers_mut(),
        &format!("farun_size={size}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}"),
    );
    response
}

async fn asset(ctx: Ctx, headers: HeaderMap, Path(path): Path<String>) -> Reply {
    let file = (ctx.app.asset)(&path).ok_or_else(|| Refusal::not_found("没有这个文件。"))?;
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip"));
    let body = if accepts {
        Body::from(file.gz)
    } else {
        let mut raw = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file.gz), &mut raw)?;
        Body::from(raw)
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(file.content_type)?);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if accepts {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let cache = if file.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Ok(response)
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(ctx: Ctx) -> Reply<&'static str> {
    let mut tx = ctx.begin_read().await?;
    store::setting(&mut tx, "region").await?;
    Ok("ready\n")
}

/// For the scraper on this machine; others have no business with it.
async fn metrics_page(ctx: Ctx) -> Reply<String> {
    let local = ctx.peer.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    if !local {
        return Err(Refusal::forbidden("运行指标只对本机开放。").into());
    }
    Ok((ctx.app.metrics)())
}

async fn openapi(ctx: Ctx) -> Response {
    let mut response = Response::new(Body::from(ctx.app.openapi.clone()));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

async fn not_found() -> Reply<Page> {
    Err(Refusal::not_found("没有这个页面。可能是网址输错了，或者内容已经移走。").into())
}

/// The floor's own routes.
#[must_use]
pub(crate) fn own_routes() -> Routes {
    Routes::new()
        .public_page("/assets/{*path}", get(asset))
        .first()
        .public_action("/text-size", post(text_size))
        .public_page("/healthz", get(healthz))
        .first()
        .public_page("/readyz", get(readyz))
        .first()
        .public_page("/api/v1/openapi.json", get(openapi))
        .add_metrics(get(metrics_page))
}

impl Routes {
    /// The metrics exist on the staff listener only and need no session: the scraper has none.
    fn add_metrics(self, handler: crate::routes::Handler) -> Self {
        let mut routes = self.public_page("/metrics", handler).first();
        if let Some((spec, _)) = routes.list.last_mut() {
            spec.side = Side::Staff;
        }
        routes
    }
}

/// All routes behind the guard. `public_only`: the listener for citizens, on which staff routes do not exist.
pub fn router(app: &App, public_only: bool) -> Router {
    let mut router: Router<App> = Router::new();
    let own = own_routes();
    for (spec, handler) in own.list.iter().chain(app.modules.iter().flat_map(|module| &module.routes.list)) {
        if public_only && spec.side == Side::Staff {
            continue;
        }
        router = router.route(spec.path, guarded(app, spec.clone(), handler.clone(), public_only));
    }
    let lost = Routes::new().public_page("/{*path}", get(not_found));
    if let Some((spec, handler)) = lost.list.into_iter().next() {
        let handler = handler.post(not_found);
        router = router.fallback_service(guarded(app, spec, handler, public_only).with_state(app.clone()));
    }
    router
        .layer(middleware::map_request_with_state(app.clone(), peer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .with_state(app.clone())
}

fn guarded(
    app: &App,
    spec: RouteSpec,
    handler: crate::routes::Handler,
    public_only: bool,
) -> crate::routes::Handler {
    let app = app.clone();
    let spec = Arc::new(spec);
    handler.layer(middleware::from_fn(move |request: HttpRequest, next: Next| {
        guard::guard(app.clone(), Arc::clone(&spec), public_only, request, next)
    }))
}

async fn peer(State(app): State<App>, mut request: HttpRequest) -> HttpRequest {
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let asking = asking(connected, request.headers(), &app.settings.trusted_proxies);
    request.extensions_mut().insert(Peer(asking.map_or_else(String::new, |address| address.to_string())));
    request
}

/// Who asks: the other end of the connection, or what a trusted proxy says it was. Only the last entry was
/// written by that proxy; everything before it may be invented by the client.
fn asking(connected: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let connected = connected?;
    if !trusted.contains(&connected) {
        return Some(connected);
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let forwarded = last.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    Some(forwarded.unwrap_or(connected))
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic's text may hold personal data: it is not logged.
    tracing::error!(fault = %guard::lost("a handler panicked"), "fault");
    (StatusCode::INTERNAL_SERVER_ERROR, "系统出错了，请稍后再试，或拨打 12348。").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_may_say_who_asks() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 192.0.2.7"));
        let proxy = ip("10.0.0.1");
        assert_eq!(asking(Some(proxy), &headers, &[proxy]), Some(ip("192.0.2.7")));
        assert_eq!(
            asking(Some(ip("198.51.100.9")), &headers, &[proxy]),
            Some(ip("198.51.100.9")),
            "nobody else"
        );
        assert_eq!(asking(Some(proxy), &HeaderMap::new(), &[proxy]), Some(proxy));
        assert_eq!(asking(None, &headers, &[proxy]), None);
    }
}
