//! The guard before every route: limits, who asks, whether they may, form token, doubled requests; and the
//! shell behind it: pages, refusals and faults become what the browser shows.

use crate::{
    actor::Actor,
    app::App,
    context::{Ctx, GONE, Request, Upload, redirect},
    headers::{cookie_name, mark_cookies, secure_headers},
    load::{TURNS, load},
    page::Page,
    reply::Failed,
    routes::{Access, Priority, RouteSpec},
    shell,
};
use axum::{
    body::{Body, to_bytes},
    extract::Request as HttpRequest,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kernel::{Error, Fault, FaultKind, Id, Kind, Refusal};
use sha2::{Digest as _, Sha256};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::{
    Keyring,
    idempotency::{self, RequestKey},
    keys,
};
use subtle::ConstantTimeEq as _;
use tokio::time::timeout;

/// Session cookie.
pub(crate) const SESSION: &str = "farun_session";
/// Cookie that a browser bound to an account carries.
pub(crate) const DEVICE: &str = "farun_device";
pub(crate) const SEED: &str = "farun_seed";
const SIZE: &str = "farun_size";
const DONE: &str = "farun_done";
const KEY_MAX: usize = 255;
/// How long the body of a form may take.
const BODY_TIME: Duration = Duration::from_secs(15);
/// How long a body with files may take.
const FILE_TIME: Duration = Duration::from_secs(120);
/// The same from people without an account.
const STRANGERS_FILE_TIME: Duration = Duration::from_secs(60);
/// A form with files has no more parts than this.
const MOST_PARTS: usize = 1_000;
/// Bodies with files that are held in memory at once.
static LARGE_BODIES: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);
/// The same of people without an account.
static STRANGERS_BODIES: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(4);

/// Runs one request through the guard.
pub(crate) async fn guard(
    app: App,
    spec: Arc<RouteSpec>,
    public_only: bool,
    request: HttpRequest,
    next: Next,
) -> Response {
    let started = app.db.wall().now();
    let method = request.method().clone();
    let mut response = serve(&app, &spec, public_only, request, next).await;
    secure_headers(&app, response.headers_mut());
    mark_cookies(&app, response.headers_mut());
    let micros = app.db.wall().now().micros() - started.micros();
    let status = response.status().as_u16();
    tracing::info!(target: "farun::access", method = %method, route = spec.path, status, micros, "answered");
    if status == 429 {
        tracing::warn!(target: "farun::refused", route = spec.path, status, "asked too often");
    }
    metrics::counter!("farun_requests_total", "route" => spec.path, "status" => status.to_string())
        .increment(1);
    #[expect(clippy::cast_precision_loss, reason = "microseconds of one request are far below 2^52")]
    metrics::histogram!("farun_request_seconds", "route" => spec.path).record(micros as f64 / 1e6);
    response
}

async fn serve(app: &App, spec: &RouteSpec, public_only: bool, request: HttpRequest, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // A script that sends forms for people is answered in JSON: it cannot tell a redirect from a stranger's page.
    let scripted;
    let spec = if method_changes(&parts.method) && wants_json(&parts.headers) {
        scripted = RouteSpec { api: true, ..spec.clone() };
        &scripted
    } else {
        spec
    };
    let cookies = Cookies::of(app, &parts.headers);
    let mutating = method_changes(&parts.method);
    let _large = if spec.files {
        // A large body is read only for those who may send it, and few at a time.
        let actor = match who(app, spec, &cookies).await {
            Ok(actor) => actor,
            Err(fault) => return failed(None, app, spec, &Error::Fault(fault)),
        };
        let allowed = match (spec.access, &actor) {
            (Access::Anyone, _) | (Access::LoggedIn, Some(_)) => true,
            (Access::Holding(permission), Some(actor)) => actor.may(permission),
            (_, None) => false,
        };
        if !allowed {
            let refusal = match actor {
                Some(_) => no_permission(),
                None => Refusal::new(Kind::Expired, "登录已过期，文件没有收下。请重新登录后再选择文件上传。"),
            };
            return failed(None, app, spec, &refusal.into());
        }
        // Whoever sends slowly without an account must not keep those waiting who have one.
        let places = if spec.access == Access::Anyone { &STRANGERS_BODIES } else { &LARGE_BODIES };
        match places.acquire().await {
            Ok(place) => Some(place),
            Err(_) => return busy(),
        }
    } else {
        None
    };
    let bytes = if mutating {
        let time = match (spec.files, spec.access) {
            (false, _) => BODY_TIME,
            (true, Access::Anyone) => STRANGERS_FILE_TIME,
            (true, _) => FILE_TIME,
        };
        match timeout(time, to_bytes(body, spec.body_limit)).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(_)) => {
                let text = format!("内容太大，最多 {} KB。请减少内容后重新提交。", spec.body_limit / 1024);
                return failed(None, app, spec, &Refusal::new(Kind::TooLarge, text).into());
            }
            // Whoever sends nothing gets nothing; no place is held for them meanwhile.
            Err(_) => {
                return (StatusCode::REQUEST_TIMEOUT, "网络太慢，内容没有传完，请重新提交。").into_response();
            }
        }
    } else {
        axum::body::Bytes::new()
    };
    let Some(_place) = load(mutating).take_on(app.settings.capacity, spec.priority == Priority::Normal)
    else {
        return busy();
    };
    let begun = app.db.wall().now();
    let _turn = if mutating || spec.priority == Priority::First { None } else { TURNS.acquire().await.ok() };
    let actor = match who(app, spec, &cookies).await {
        Ok(actor) => actor,
        Err(fault) => return failed(None, app, spec, &Error::Fault(fault)),
    };
    let (seed, new_seed) = match cookies.get(SEED).filter(|seed| seed.len() == 32) {
        Some(seed) => (seed.to_owned(), false),
        None => (random_hex(), true),
    };
    let session = actor.as_ref().map_or("", |actor| actor.session.as_str());
    let secret = secret(app.db.keys(), &seed, session);
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|v| v.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let (pairs, uploads) = match boundary(&parts.headers).filter(|_| mutating && spec.files) {
        Some(boundary) => match multipart(boundary, bytes.clone()).await {
            Ok(read) => read,
            Err(_) => {
                let text = "上传的内容不完整，请重新选择文件再试一次。";
                return failed(None, app, spec, &Refusal::invalid(text).into());
            }
        },
        None if mutating && is_form => (form_urlencoded::parse(&bytes).into_owned().collect(), Vec::new()),
        None => (Vec::new(), Vec::new()),
    };
    let field = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    if names_another_district(app, &parts.uri, &pairs) {
        return failed(None, app, spec, &Refusal::not_found("没有这条记录。").into());
    }

    let uri =
        parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), |p| p.as_str().to_owned());
    let request_key = if mutating {
        parts
            .headers
            .get("idempotency-key")
            .and_then(|v| v.to_str().ok())
            .or_else(|| field("idempotency_key"))
            .filter(|key| !key.is_empty() && key.len() <= KEY_MAX)
            .map(|key| RequestKey {
                key: key.to_owned(),
                actor: actor.as_ref().map_or(0, |actor| actor.id),
                route: format!("{} {}", parts.method, parts.uri.path()),
                // Nobody's key is everybody's: the browser's seed tells citizens apart.
                digest: digest(&pairs, &uploads, &bytes, if actor.is_none() { &seed } else { "" }),
            })
    } else {
        None
    };
    let ctx = Ctx(Arc::new(Request {
        app: app.clone(),
        actor,
        csrf: mask(&secret[..16]),
        elder: cookies.get(SIZE) == Some("elder"),
        uri,
        public_only,
        peer: parts.extensions.get::<Peer>().map_or_else(String::new, |peer| peer.0.clone()),
        device: cookies.get(DEVICE).map(str::to_owned),
        request_key,
        replay: OnceLock::new(),
        pairs: pairs.clone(),
        uploads,
        fresh_key: random_hex(),
        seed: seed.clone(),
    }));

    let refusal = admit(&ctx, spec, &parts.headers, mutating, &secret, field("csrf"));
    let mut response = match refusal {
        Some(Denied::LogIn) if mutating && !spec.api => shell::expired(&ctx, &pairs).into_response(),
        Some(Denied::LogIn) if spec.api => {
            failed(Some(&ctx), app, spec, &Refusal::new(Kind::Expired, "请先登录。").into())
        }
        Some(Denied::LogIn) => {
            let next: String = form_urlencoded::byte_serialize(ctx.uri.as_bytes()).collect();
            redirect(&format!("/login?next={next}"), "")
        }
        Some(Denied::Refused(refusal)) => failed(Some(&ctx), app, spec, &refusal.into()),
        None => {
            let before = match &ctx.0.request_key {
                Some(key) => answered(app, key).await,
                None => None,
            };
            match before {
                // Sent twice: whatever the form would do now, it has been answered.
                Some(location) => redirect(&location, ""),
                None => {
                    parts.extensions.insert(ctx.clone());
                    next.run(HttpRequest::from_parts(parts, Body::from(bytes))).await
                }
            }
        }
    };
    // A twin that ran beside the first one may have been refused only because that had done the deed.
    let refused = response.extensions().get::<Failed>().is_some()
        || response.extensions().get::<Page>().is_some_and(|page| page.status >= 400);
    if refused
        && let Some(key) = &ctx.0.request_key
        && let Some(location) = answered(app, key).await
    {
        response = redirect(&location, "");
    }
    if let Some(Failed(error)) = response.extensions_mut().remove::<Failed>() {
        response = match ctx.0.replay.get() {
            // A doubled request gets the first answer again.
            Some(location) => redirect(location, ""),
            None => failed(Some(&ctx), app, spec, &error),
        };
    }
    if mutating && spec.api {
        response = crate::reply::scripted(response);
    }
    if let Some(page) = response.extensions_mut().remove::<Page>() {
        response = shell::wrap(&ctx, spec, page, cookies.get(DONE), response.headers()).await;
        if matches!(response.status().as_u16(), 429 | 503) {
            response.headers_mut().entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("5"));
        }
        if cookies.get(DONE).is_some() {
            set_cookie(response.headers_mut(), &format!("{DONE}=; Path=/; Max-Age=0"));
        }
        if new_seed {
            let secure = if app.settings.public_url.starts_with("https") { "; Secure" } else { "" };
            set_cookie(
                response.headers_mut(),
                &format!("{SEED}={seed}; Path=/; HttpOnly; SameSite=Lax{secure}"),
            );
        }
    }
    if spec.priority == Priority::Normal && !spec.files {
        let now = app.db.wall().now().micros();
        load(mutating).answered(app.settings.capacity, now - begun.micros(), now);
    }
    response
}

/// Where the first answer to a request led, if it was answered.
async fn answered(app: &App, key: &RequestKey) -> Option<String> {
    let mut tx = app.db.begin_read().await.ok()?;
    let reply = idempotency::find(&mut tx, key).await.ok()??;
    (reply.route == key.route && reply.digest == key.digest).then_some(reply.location)
}

/// Who asks, if somebody is logged in.
async fn who(app: &App, spec: &RouteSpec, cookies: &Cookies) -> Result<Option<Actor>, Fault> {
    match cookies.get(SESSION) {
        Some(token) if spec.path != "/assets/{*path}" => app.sessions.find(&app.db, token).await,
        _ => Ok(None),
    }
}

fn secret(keys: &Keyring, seed: &str, session: &str) -> [u8; 32] {
    keys::mac(&keys.derive("form-token"), format!("{seed}|{session}").as_bytes())
}

/// The form token that belongs to a seed cookie and a session digest; for tests and tools of our own.
#[must_use]
pub fn form_token(keys: &Keyring, seed: &str, session: &str) -> String {
    mask(&secret(keys, seed, session)[..16])
}

enum Denied {
    LogIn,
    Refused(Refusal),
}

fn admit(
    ctx: &Ctx,
    spec: &RouteSpec,
    headers: &HeaderMap,
    mutating: bool,
    secret: &[u8; 32],
    token: Option<&str>,
) -> Option<Denied> {
    let allowed = match (spec.access, &ctx.actor) {
        (Access::Anyone, _) | (Access::LoggedIn, Some(_)) => true,
        (Access::Holding(permission), Some(actor)) => actor.may(permission),
        (_, None) => {
            // A form from another site does not get its content kept for sending after log-in.
            if mutating && !own(headers) {
                return Some(Denied::Refused(cross_site()));
            }
            return Some(Denied::LogIn);
        }
    };
    if mutating && spec.csrf {
        let given = headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).or(token).and_then(unmask);
        let same = given.is_some_and(|given| bool::from(given.as_slice().ct_eq(&secret[..16])));
        if foreign(ctx, headers) || !same {
            return Some(Denied::Refused(cross_site()));
        }
    }
    if !allowed {
        return Some(Denied::Refused(no_permission()));
    }
    None
}

/// Whether the path, the query or a field names a record of another district. Ids carry their district, so that one
/// database can hold several and no statement that looks up an id can reach across.
fn names_another_district(app: &App, uri: &axum::http::Uri, pairs: &[(String, String)]) -> bool {
    let Ok(ours) = app.db.region() else { return false };
    let foreign = |text: &str| text.parse::<Id<()>>().is_ok_and(|id| id.region() != ours);
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    uri.path().split('/').any(|part| foreign(part.split('.').next().unwrap_or(part)))
        || query.into_owned().any(|(_, value)| foreign(value.trim()))
        // What other systems call a record may look like an id of ours.
        || pairs.iter().any(|(name, value)| !name.ends_with("number") && foreign(value.trim()))
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

fn no_permission() -> Refusal {
    Refusal::forbidden("您的账号没有这项权限。如确需办理，请联系管理员开通。")
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(value).ok()
}

/// The text fields and the files of a form that carries files.
async fn multipart(
    boundary: String,
    bytes: axum::body::Bytes,
) -> Result<(Vec<(String, String)>, Vec<Upload>), multer::Error> {
    let whole = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let (mut pairs, mut uploads) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file_name) => uploads.push(Upload { field, file_name, bytes: part.bytes().await? }),
            None => pairs.push((field, part.text().await?)),
        }
        if pairs.len() + uploads.len() > MOST_PARTS {
            return Err(multer::Error::StreamSizeExceeded { limit: MOST_PARTS as u64 });
        }
    }
    Ok((pairs, uploads))
}

fn cross_site() -> Refusal {
    Refusal::forbidden("页面已过期或不是从本站提交。请返回上一页刷新后重新提交，已填写的内容不会丢失。")
}

/// Whether the browser says that the form came from another site.
fn foreign(_ctx: &Ctx, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, authority)| authority != host),
        _ => false,
    }
}

/// Whether the browser proves that the form came from this site: before log-in there is no session's token to ask for.
fn own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let of_host =
        |url: &str| url.split_once("://").and_then(|(_, rest)| rest.split('/').next()) == Some(host);
    match (text(HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN), text(header::REFERER)) {
        (Some(site), _, _) => site == "same-origin",
        (None, Some(origin), _) => of_host(origin),
        (None, None, Some(referer)) => of_host(referer),
        (None, None, None) => false,
    }
}

pub(crate) fn method_changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The address of the client, put into the request by the listener.
#[derive(Debug, Clone)]
pub(crate) struct Peer(pub(crate) String);

fn digest(pairs: &[(String, String)], uploads: &[Upload], bytes: &[u8], seed: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(seed);
    for upload in uploads {
        digest.update(Sha256::digest(&upload.bytes));
    }
    if pairs.is_empty() && uploads.is_empty() {
        digest.update(bytes);
    }
    for (name, value) in pairs.iter().filter(|(name, _)| name != "csrf" && name != "idempotency_key") {
        digest.update(name.len().to_be_bytes());
        digest.update(name);
        digest.update(value.len().to_be_bytes());
        digest.update(value);
    }
    store::audit::hex(&digest.finalize())
}

fn random_hex() -> String {
    // Without randomness there are no secrets: an empty seed never verifies, so forms are refused, pages still show.
    keys::random_bytes::<16>().map(|bytes| store::audit::hex(&bytes)).unwrap_or_default()
}

/// The token under a fresh mask, so that compression cannot be used to guess it.
fn mask(token: &[u8]) -> String {
    let Ok(mask) = keys::random_bytes::<16>() else { return String::new() };
    let masked: Vec<u8> = mask.iter().zip(token).map(|(m, t)| m ^ t).collect();
    store::audit::hex(&mask) + &store::audit::hex(&masked)
}

fn unmask(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..16).map(|i| Some(byte(i * 2)? ^ byte(32 + i * 2)?)).collect()
}

/// The cookies of a request.
pub(crate) struct Cookies(Vec<(String, String)>);

impl Cookies {
    fn of(app: &App, headers: &HeaderMap) -> Self {
        let pairs = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter_map(|(name, value)| Some((cookie_name(app, name)?.to_owned(), value.to_owned())))
            .collect();
        Self(pairs)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }
}

pub(crate) fn set_cookie(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn failed(ctx: Option<&Ctx>, app: &App, spec: &RouteSpec, error: &Error) -> Response {
    let (status, title, message, incident) = match error {
        Error::Refused(refusal) => {
            let title = match refusal.kind {
                Kind::NotFound => "没有找到",
                Kind::Forbidden => "不能办理",
                Kind::Expired => "请先登录",
                Kind::TooMany => "请稍候再试",
                _ => "没有办成",
            };
            note(ctx, spec, refusal);
            (refusal.status(), title, refusal.message.clone(), None)
        }
        Error::Fault(fault) => {
            let number = fault.incident().to_string();
            tracing::error!(incident = %number, route = spec.path, fault = %fault, "fault");
            metrics::counter!("farun_faults_total", "route" => spec.path).increment(1);
            match fault.kind() {
                FaultKind::StorageFull => (
                    507,
                    "暂时不能保存",
                    "存储空间已满，暂时只能查看。请联系系统管理员。".to_owned(),
                    Some(number),
                ),
                FaultKind::StorageFailed => (
                    503,
                    "暂时不能保存",
                    "存储设备出现故障，暂时可能只能查看。已填写的内容请先留底，并联系系统管理员。".to_owned(),
                    Some(number),
                ),
                FaultKind::Busy => (
                    503,
                    "系统繁忙",
                    "系统正忙，请稍候几秒再试。已填写的内容不会丢失。".to_owned(),
                    Some(number),
                ),
                FaultKind::Dangling => (409, "没有办成", GONE.to_owned(), Some(number)),
                FaultKind::Other => (
                    500,
                    "系统出错了",
                    "这不是您的操作问题。请稍后再试，或把下面的编号告诉管理员。".to_owned(),
                    Some(number),
                ),
            }
        }
    };
    if spec.api {
        let fields: Vec<_> = match error {
            Error::Refused(refusal) => refusal.fields.clone(),
            Error::Fault(_) => Vec::new(),
        };
        let body = serde_json::json!({"error": {"status": status, "message": message, "incident": incident, "fields": fields}});
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        return response;
    }
    let fields = match error {
        Error::Refused(refusal) => refusal.fields.iter().map(|f| f.message.clone()).collect(),
        Error::Fault(_) => Vec::new(),
    };
    let mut response = shell::error(ctx, app, status, title, &message, incident, fields);
    if status == 503 || status == 429 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// What may be an attempt to get past a control is told to the log: who was refused where. For somebody logged in a
/// record that is not there counts too, since records outside of one's reach are not there. Who asks too often is told
/// of where the answer leaves, since a form may say it too.
fn note(ctx: Option<&Ctx>, spec: &RouteSpec, refusal: &Refusal) {
    let actor = ctx.and_then(|ctx| ctx.actor.as_ref()).map_or(0, |actor| actor.id);
    let telling = match refusal.kind {
        Kind::Forbidden | Kind::TooLarge => true,
        Kind::NotFound => actor != 0,
        _ => false,
    };
    if telling {
        let status = refusal.status();
        tracing::warn!(target: "farun::refused", route = spec.path, status, actor, "refused");
    }
}

/// What is told to those who are asked to come back.
pub(crate) const BUSY: &str = "现在访问的人太多，请 5 秒后再试。急事请拨打 12348。";

pub(crate) fn busy() -> Response {
    let mut response = Response::new(Body::from(BUSY));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Told to templates: whether somebody may see a link.
pub(crate) fn may(actor: Option<&Actor>, permission: crate::actor::Permission) -> bool {
    actor.is_some_and(|actor| actor.may(permission))
}

/// A fault that happened before there was a request.
pub(crate) fn lost(what: &'static str) -> Fault {
    Fault::new(what)
}
