//! Routes declare everything about themselves: who may use them, on which side they exist, how much they accept.

use crate::{actor::Permission, app::App};
use axum::{http::Method, routing::MethodRouter};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without logging in.
    Anyone,
    /// Everybody who is logged in.
    LoggedIn,
    /// Those who hold the permission.
    Holding(Permission),
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Access::Holding(permission)
    }
}

/// On which listener a route exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// For citizens; the staff listener has it too.
    Public,
    /// For staff; it does not exist on the public listener.
    Staff,
}

/// What goes first when there is too much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// May be asked to come back.
    Normal,
    /// Never turned away: hotline, call-backs, health checks.
    First,
}

/// A handler with its method.
pub type Handler = MethodRouter<App>;

/// The declaration of a route.
#[derive(Debug, Clone)]
pub struct RouteSpec {
    /// Method.
    pub method: Method,
    /// Path as axum writes it: `/villages/{id}`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// Where it exists.
    pub side: Side,
    /// The largest body it accepts, in bytes.
    pub body_limit: usize,
    /// What goes first.
    pub priority: Priority,
    /// Whether a form token is demanded (all that change something, except calls with a token of their own).
    pub csrf: bool,
    /// Whether it answers JSON, errors included.
    pub api: bool,
    /// Whether its form may carry files (`multipart/form-data`).
    pub files: bool,
}

/// A list of declared routes.
#[derive(Default)]
pub struct Routes {
    pub(crate) list: Vec<(RouteSpec, Handler)>,
}

const FORM_LIMIT: usize = 256 * 1024;

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The declarations, for the golden matrix and the generated security tests.
    pub fn specs(&self) -> impl Iterator<Item = &RouteSpec> {
        self.list.iter().map(|(spec, _)| spec)
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        access: Access,
        side: Side,
        handler: Handler,
    ) -> Self {
        let api = path.starts_with("/api/");
        let csrf = method != Method::GET;
        let spec = RouteSpec {
            method,
            path,
            access,
            side,
            body_limit: FORM_LIMIT,
            priority: Priority::Normal,
            csrf,
            api,
            files: false,
        };
        self.list.push((spec, handler));
        self
    }

    /// A page for citizens.
    #[must_use]
    pub fn public_page(self, path: &'static str, handler: Handler) -> Self {
        self.add(Method::GET, path, Access::Anyone, Side::Public, handler)
    }

    /// A form that citizens send.
    #[must_use]
    pub fn public_action(self, path: &'static str, handler: Handler) -> Self {
        self.add(Method::POST, path, Access::Anyone, Side::Public, handler)
    }

    /// A page for staff.
    #[must_use]
    pub fn page(self, path: &'static str, access: impl Into<Access>, handler: Handler) -> Self {
        self.add(Method::GET, path, access.into(), Side::Staff, handler)
    }

    /// A form that staff send.
    #[must_use]
    pub fn action(self, path: &'static str, access: impl Into<Access>, handler: Handler) -> Self {
        self.add(Method::POST, path, access.into(), Side::Staff, handler)
    }

    /// The route added last is never turned away under load.
    #[must_use]
    pub fn first(mut self) -> Self {
        if let Some((spec, _)) = self.list.last_mut() {
            spec.priority = Priority::First;
        }
        self
    }

    /// The form of the route added last may carry files, up to that many bytes in all: permission is checked before
    /// the body is read, and only few such bodies are held at once.
    #[must_use]
    pub fn accepting_files(mut self, bytes: usize) -> Self {
        if let Some((spec, _)) = self.list.last_mut() {
            spec.body_limit = bytes;
            spec.files = true;
        }
        self
    }

    /// The route added last accepts bodies up to that many bytes.
    #[must_use]
    pub fn accepting(mut self, bytes: usize) -> Self {
        if let Some((spec, _)) = self.list.last_mut() {
            spec.body_limit = bytes;
        }
        self
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.specs().map(|spec| format!("{} {}", spec.method, spec.path))).finish()
    }
}
