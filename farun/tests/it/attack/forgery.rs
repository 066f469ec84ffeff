//! S3 and S14: forms from elsewhere change nothing, and every answer carries its headers; over the whole route table.

use super::people::{Site, encode};
use crate::world::run;
use axum::{
    body::Body,
    http::{StatusCode, header},
};

fn filled(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("320412-1");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn a_form_from_elsewhere_is_refused_by_every_route() {
    run(async {
        let site = Site::open().await?;
        let before = site.rows().await?;
        let mut sent = 0;
        let specs = site.specs();
        for spec in specs.iter().filter(|spec| spec.method != "GET" && spec.csrf) {
            for person in &site.people {
                let good = site.token(person);
                let another =
                    site.token(site.person(if person.name == "manager" { "clerk" } else { "manager" }));
                let forged: [(&str, &[(&str, &str)]); 7] = [
                    ("", &[("sec-fetch-site", "same-origin")]),
                    (&another, &[("sec-fetch-site", "same-origin")]),
                    (&good, &[("sec-fetch-site", "cross-site")]),
                    (&good, &[("sec-fetch-site", "same-site")]),
                    (&good, &[("origin", "https://evil.example"), ("host", "127.0.0.1:8080")]),
                    (&good, &[("origin", "null"), ("host", "127.0.0.1:8080")]),
                    ("zz", &[]),
                ];
                for (token, headers) in forged {
                    let uri = filled(spec.path);
                    let mut request = person.asks(spec.method.clone(), &uri);
                    for (name, value) in headers {
                        request = request.header(*name, *value);
                    }
                    let request = request
                        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                        .body(Body::from(encode(&[], token)))
                        .expect("a request");
                    let status = site.send(request).await.status;
                    let refused = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&status);
                    assert!(refused, "{} {uri} as {} with {headers:?}: {status}", spec.method, person.name);
                    sent += 1;
                }
            }
        }
        assert_eq!(site.rows().await?, before, "nothing was written");
        assert!(sent > 1_000, "only {sent} forged forms");
        Ok(())
    });
}

#[test]
fn every_answer_of_every_route_carries_the_security_headers() {
    run(async {
        let site = Site::open().await?;
        let specs = site.specs();
        let (nobody, manager) = (site.person("nobody"), site.person("manager"));
        for spec in &specs {
            for person in [nobody, manager] {
                let uri = filled(spec.path);
                let request = person.asks(spec.method.clone(), &uri).body(Body::empty()).expect("a request");
                let answer = site.send(request).await;
                let get =
                    |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
                let what = format!("{} {uri} as {}: {}", spec.method, person.name, answer.status);
                let policy = get("content-security-policy");
                assert!(
                    policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
                    "{what}: {policy}"
                );
                assert!(
                    policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
                    "{what}: {policy}"
                );
                assert_eq!(get("x-content-type-options"), "nosniff", "{what}");
                assert!(!get("referrer-policy").is_empty(), "{what}");
                assert!(get("server").is_empty() && get("x-powered-by").is_empty(), "{what}");
                for cookie in
                    answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok())
                {
                    assert!(cookie.contains("SameSite") || cookie.contains("Max-Age=0"), "{what}: {cookie}");
                }
            }
        }
        Ok(())
    });
}
