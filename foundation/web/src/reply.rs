//! What handlers return: a response, or a refusal or fault that becomes a page.

use crate::page::Page;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::Error;

/// A refusal or fault on its way to the browser.
#[derive(Debug)]
pub struct Failure(pub Error);

impl<E> From<E> for Failure
where
    Error: From<E>,
{
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// What a handler returns.
pub type Reply<T = Response> = Result<T, Failure>;

/// Carries the error to the guard, which knows how to show it.
#[derive(Clone)]
pub(crate) struct Failed(pub(crate) std::sync::Arc<Error>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Failed(std::sync::Arc::new(self.0)));
        response
    }
}

/// A file to keep; the name may be Chinese.
#[must_use]
pub fn download(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let encoded: String = name.bytes().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").ok();
        }
        text
    });
    let disposition = format!("attachment; filename*=UTF-8''{encoded}");
    let mut response = shown(content_type, bytes);
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// A file that the browser shows.
#[must_use]
pub fn shown(content_type: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// What a script gets that sent a person's form: where the person would have been sent to, or what has to be
/// corrected. Only an answer that names its own status proves to the script that it came from here.
pub(crate) fn scripted(mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let body = if let Some(location) = location.filter(|_| response.status() == StatusCode::SEE_OTHER) {
        serde_json::json!({ "location": location, "done": done(&response) })
    } else if let Some(page) = response.extensions_mut().remove::<Page>() {
        let status = page.status;
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        serde_json::json!({"error": {"status": status, "message": page.title, "fields": page.errors}})
    } else {
        return response;
    };
    let status = if response.status() == StatusCode::SEE_OTHER { StatusCode::OK } else { response.status() };
    let mut answer = Response::new(Body::from(body.to_string()));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    // What was done is told by the script, not by whatever page comes next.
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        if !cookie.as_bytes().starts_with(b"farun_done=") {
            answer.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
    }
    answer
}

/// What the next page would have said of it.
fn done(response: &Response) -> String {
    let cookies =
        response.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let text = cookies.filter_map(|cookie| cookie.strip_prefix("farun_done=")?.split(';').next()).next_back();
    let text: String = text
        .map(|text| form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect())
        .unwrap_or_default();
    text.rsplit_once('|').map_or(text.clone(), |(said, _)| said.to_owned())
}

/// A JSON answer.
///
/// # Errors
/// A fault if the value cannot be written as JSON.
pub fn json(value: &impl serde::Serialize) -> Reply {
    let mut response = Response::new(Body::from(serde_json::to_vec(value)?));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    Ok(response)
}
