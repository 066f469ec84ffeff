//! The door before everything: a request that would be asked to come back is told so here, before it is routed, before
//! its body is read, before it is told to the log. Under overload far more requests are turned away than answered, so
//! what turning away costs is what is missing for the others.

use crate::{
    app::App,
    guard::{BUSY, busy, method_changes},
    headers::secure_headers,
    load::load,
    routes::Priority,
    shell::own_routes,
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Response, StatusCode},
};

/// Decides whether a request may come in at all; cloning is cheap.
#[derive(Clone)]
pub struct Door {
    /// The paths that are never turned away.
    first: std::sync::Arc<matchit::Router<()>>,
    capacity: usize,
    headers: HeaderMap,
}

impl Door {
    /// The door of an application: what its routes call [`Priority::First`] always gets in.
    #[must_use]
    pub fn new(app: &App) -> Self {
        let own = own_routes();
        let all = own.specs().chain(app.modules.iter().flat_map(|module| module.routes.specs()));
        let mut first = matchit::Router::new();
        for spec in all.filter(|spec| spec.priority == Priority::First) {
            // Refused is only what is there already: a page and its form have one path.
            first.insert(spec.path, ()).ok();
        }
        let mut headers = busy().into_parts().0.headers;
        secure_headers(app, &mut headers);
        Self { first: first.into(), capacity: app.settings.capacity, headers }
    }

    /// The answer to a request that is turned away; none for one that may come in.
    #[must_use]
    pub fn turned_away(&self, method: &Method, path: &str) -> Option<Response<Body>> {
        if !load(method_changes(method)).full(self.capacity) || self.first.at(path).is_ok() {
            return None;
        }
        metrics::counter!("farun_turned_away_total").increment(1);
        let mut response = Response::new(Body::from(BUSY));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        *response.headers_mut() = self.headers.clone();
        Some(response)
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load;

    #[test]
    fn full_means_come_back_except_for_what_goes_first() {
        let mut first = matchit::Router::new();
        first.insert("/callbacks/{id}/take", ()).expect("a path");
        let door = Door { first: first.into(), capacity: 1, headers: busy().into_parts().0.headers };
        assert!(door.turned_away(&Method::POST, "/services").is_none(), "there is room");
        let _place = load(true).take_on(1, true).expect("there is room");
        let answer = door.turned_away(&Method::POST, "/services").expect("turned away");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[axum::http::header::RETRY_AFTER], "5");
        assert!(door.turned_away(&Method::POST, "/callbacks/7/take").is_none());
        assert!(door.turned_away(&Method::GET, "/services").is_none(), "readers wait for no writer");
    }
}
