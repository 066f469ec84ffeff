//! The headers that every answer carries.

use crate::app::{App, TileSource};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Everything of our own, nothing from anywhere else, nothing inside a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; \
     worker-src 'self'";

/// Puts on every answer what keeps browsers from doing more than we meant.
pub(crate) fn secure_headers(app: &App, headers: &mut HeaderMap) {
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "geolocation=(self), camera=(), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = match &app.settings.tiles {
        None => Some(HeaderValue::from_static(POLICY)),
        Some(tiles) => HeaderValue::from_str(&policy_with(tiles)).ok(),
    };
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if app.settings.public_url.starts_with("https") {
        let all = "max-age=31536000; includeSubDomains";
        let value = if app.settings.hsts_subdomains { all } else { "max-age=31536000" };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The mark of a cookie that a browser takes over TLS only and from this very host only.
const HOST: &str = "__Host-";

/// Whether everybody reaches us over TLS.
fn tls(app: &App) -> bool {
    app.settings.public_url.starts_with("https") && app.settings.staff_url.starts_with("https")
}

/// Over TLS our cookies carry the mark, so that no neighbouring host and no plain connection can plant one.
pub(crate) fn mark_cookies(app: &App, headers: &mut HeaderMap) {
    if !tls(app) {
        return;
    }
    let cookies: Vec<String> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .map(str::to_owned)
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        let secure = if cookie.contains("; Secure") { "" } else { "; Secure" };
        if let Ok(value) = HeaderValue::from_str(&format!("{HOST}{cookie}{secure}")) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

/// The name of one of our cookies as it arrived; nothing if it should carry the mark and does not.
pub(crate) fn cookie_name<'a>(app: &App, name: &'a str) -> Option<&'a str> {
    if tls(app) { name.strip_prefix(HOST) } else { Some(name) }
}

/// The policy that lets pictures of the map in.
fn policy_with(tiles: &TileSource) -> String {
    POLICY.replace(" data:;", &format!(" data:{};", tile_hosts(tiles)))
}

/// The hosts of a tile source as the content policy names them: `{s}` stands for one character each.
fn tile_hosts(tiles: &TileSource) -> String {
    let origin = tiles.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    if !origin.contains("{s}") {
        return format!(" {origin}");
    }
    tiles.subdomains.chars().map(|c| format!(" {}", origin.replace("{s}", &c.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_hosts_are_named_one_by_one() {
        let tiles = |url: &str| TileSource {
            url: url.into(),
            attribution: String::new(),
            subdomains: "01".into(),
            max_zoom: 18,
            crs: "wgs84".into(),
        };
        assert_eq!(
            tile_hosts(&tiles("https://t{s}.example.cn/{z}/{x}/{y}?tk=k")),
            " https://t0.example.cn https://t1.example.cn"
        );
        assert_eq!(tile_hosts(&tiles("https://tiles.example.cn/{z}/{x}/{y}")), " https://tiles.example.cn");
        let policy = policy_with(&tiles("https://tiles.example.cn/{z}/{x}/{y}"));
        assert!(policy.contains("img-src 'self' data: https://tiles.example.cn; connect-src"), "{policy}");
    }
}
