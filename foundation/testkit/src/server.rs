//! A module's routes behind the real guard and shell, without a network.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use kernel::{Calendar, Clock};
use std::sync::Arc;
use store::Db;
use tower::ServiceExt as _;
use web::{Actor, App, AppParts, Module, Role, SessionFuture, Sessions, Settings};

/// Sessions of tests: the token names the actor, see [`Server::log_in`].
#[derive(Default)]
struct FakeSessions(std::sync::Mutex<Vec<Actor>>);

impl Sessions for FakeSessions {
    fn find<'a>(&'a self, _: &'a Db, token: &'a str) -> SessionFuture<'a> {
        let actor = self.0.lock().expect("not poisoned").iter().find(|actor| actor.session == token).cloned();
        Box::pin(async move { Ok(actor) })
    }
}

/// An actor with one role.
#[must_use]
pub fn actor(role: Role) -> Actor {
    Actor {
        id: 7,
        name: "测试员".to_owned(),
        roles: vec![role],
        towns: Vec::new(),
        subject: None,
        session: role.key().to_owned(),
    }
}

/// What a request got back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The content of `<main>`, with what changes from run to run blanked out.
    #[must_use]
    pub fn main(&self) -> String {
        let text = self.text();
        let start = text.find("<main").unwrap_or(0);
        let end = text.find("</main>").map_or(text.len(), |at| at + 7);
        blank(&blank(&text[start..end], r#"name="csrf" value=""#), r#"name="idempotency_key" value=""#)
    }
}

fn blank(text: &str, before: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(before) {
        let (head, tail) = rest.split_at(at + before.len());
        out.push_str(head);
        out.push('…');
        rest = tail.find('"').map_or("", |end| &tail[end..]);
    }
    out.push_str(rest);
    out
}

/// Modules behind the real guard and shell.
pub struct Server {
    router: Router,
    /// The application.
    pub app: App,
    sessions: Arc<FakeSessions>,
    actor: Option<Actor>,
}

const SEED: &str = "0123456789abcdef0123456789abcdef";

impl Server {
    /// Serves these modules over a database; business time stands at `clock`.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, modules: Vec<Module>) -> Self {
        let sessions = Arc::new(FakeSessions::default());
        let behind = Arc::<FakeSessions>::clone(&sessions);
        Self::build(db, clock, modules, sessions, behind, Settings::default())
    }

    /// The same with settings of its own.
    #[must_use]
    pub fn with_settings(db: Db, clock: Arc<dyn Clock>, modules: Vec<Module>, settings: Settings) -> Self {
        let sessions = Arc::new(FakeSessions::default());
        let behind = Arc::<FakeSessions>::clone(&sessions);
        Self::build(db, clock, modules, sessions, behind, settings)
    }

    /// The same with real sessions; ask it through [`crate::Visitor`].
    #[must_use]
    pub fn behind(db: Db, clock: Arc<dyn Clock>, modules: Vec<Module>, sessions: Arc<dyn Sessions>) -> Self {
        Self::build(db, clock, modules, Arc::new(FakeSessions::default()), sessions, Settings::default())
    }

    fn build(
        db: Db,
        clock: Arc<dyn Clock>,
        modules: Vec<Module>,
        fake: Arc<FakeSessions>,
        sessions: Arc<dyn Sessions>,
        settings: Settings,
    ) -> Self {
        let app = App::new(AppParts {
            db,
            clock,
            calendar: Calendar::published(),
            settings,
            sessions,
            asset_url: |name| format!("/assets/{name}"),
            asset: |_| None,
            modules,
            openapi: String::new(),
            metrics: String::new,
        });
        Self { router: web::router(&app, false), app, sessions: fake, actor: None }
    }

    /// The same server, asked by this person.
    #[must_use]
    pub fn log_in(&self, actor: Actor) -> Self {
        self.sessions.0.lock().expect("not poisoned").push(actor.clone());
        Self {
            router: self.router.clone(),
            app: self.app.clone(),
            sessions: Arc::clone(&self.sessions),
            actor: Some(actor),
        }
    }

    fn cookie(&self) -> String {
        let session =
            self.actor.as_ref().map_or(String::new(), |actor| format!("; farun_session={}", actor.session));
        format!("farun_seed={SEED}{session}")
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body ends").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Asks for a page.
    pub async fn get(&self, uri: &str) -> Answer {
        let request = Request::builder()
            .uri(uri)
            .header(header::COOKIE, self.cookie())
            .body(Body::empty())
            .expect("a request");
        self.send(request).await
    }

    /// Sends a form that carries one file, with a valid form token.
    pub async fn upload(
        &self,
        uri: &str,
        fields: &[(&str, &str)],
        (field, file_name, content): (&str, &str, &[u8]),
    ) -> Answer {
        const BOUNDARY: &str = "----farun-test-boundary";
        let token =
            web::form_token(self.app.db.keys(), SEED, self.actor.as_ref().map_or("", |actor| &actor.session));
        let mut body = Vec::new();
        for (name, value) in fields.iter().copied().chain([("csrf", token.as_str())]) {
            let part =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file_name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::COOKIE, self.cookie())
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    /// Sends a form with a valid form token.
    pub async fn post(&self, uri: &str, fields: &[(&str, &str)]) -> Answer {
        let token =
            web::form_token(self.app.db.keys(), SEED, self.actor.as_ref().map_or("", |actor| &actor.session));
        let body = {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields).append_pair("csrf", &token);
            form.finish()
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::COOKIE, self.cookie())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }
}
