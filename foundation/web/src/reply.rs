//! What handlers return: a response, or a refusal or fault that becomes a page.

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
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
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
