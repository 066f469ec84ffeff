//! A browser without a screen: keeps cookies and fills in the hidden fields of the last page, follows nothing.

use crate::server::{Answer, Server};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, header},
};
use std::{collections::BTreeMap, net::SocketAddr};

/// Somebody who visits a [`Server`] with real sessions.
pub struct Visitor<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
    token: String,
    peer: Option<SocketAddr>,
}

impl<'a> Visitor<'a> {
    /// Somebody with an empty browser.
    #[must_use]
    pub fn new(server: &'a Server) -> Self {
        Self { server, cookies: BTreeMap::new(), token: String::new(), peer: None }
    }

    /// Comes from that address.
    ///
    /// # Panics
    /// If it is no address.
    #[must_use]
    pub fn from_address(mut self, address: &str) -> Self {
        self.peer = Some(SocketAddr::new(address.parse().expect("an address"), 40_000));
        self
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Sets a cookie, or takes it away with an empty value.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Asks for a page.
    pub async fn get(&mut self, uri: &str) -> Answer {
        self.send(Request::builder().uri(uri), Body::empty()).await
    }

    /// Sends a form with the token of the last page that had one.
    pub async fn post(&mut self, uri: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token.clone();
        self.post_with(uri, fields, &token).await
    }

    /// Sends a form with that token.
    pub async fn post_with(&mut self, uri: &str, fields: &[(&str, &str)], token: &str) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        form.append_pair("csrf", token);
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(form.finish())).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(header::COOKIE, cookies.join("; ")).body(body).expect("a request");
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let answer = self.server.send(request).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().expect("readable").split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.set_cookie(name, value);
            }
        }
        if let Some(token) = field(&answer.text(), "csrf") {
            self.token = token;
        }
        answer
    }
}

/// The value of the last field of that name on a page: the forms of the content come after those of the header.
fn field(html: &str, name: &str) -> Option<String> {
    let mark = format!(r#"name="{name}" value=""#);
    let at = html.rfind(&mark)? + mark.len();
    html[at..].split('"').next().map(str::to_owned)
}
