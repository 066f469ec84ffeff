//! S3 and S14: forms from elsewhere change nothing, and every answer carries its headers; over the whole route table.

use super::{
    holes,
    people::{Site, encode},
};
use crate::world::run;
use axum::{
    body::Body,
    http::{StatusCode, header},
};
use web::RouteSpec;

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

/// Sends forged forms to these routes as everybody; which were let in, and how many were sent.
async fn forge(site: &Site, specs: &[RouteSpec]) -> (Vec<String>, usize) {
    let (mut let_in, mut sent) = (Vec::new(), 0);
    for spec in specs.iter().filter(|spec| spec.method != "GET" && spec.csrf) {
        for person in &site.people {
            let good = site.token(person);
            let another = site.token(site.person(if person.name == "manager" { "clerk" } else { "manager" }));
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
                if ![StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&status) {
                    let_in
                        .push(format!("{} {uri} as {} with {headers:?}: {status}", spec.method, person.name));
                }
                sent += 1;
            }
        }
    }
    (let_in, sent)
}

#[test]
fn a_form_from_elsewhere_is_refused_by_every_route() {
    run(async {
        let site = Site::open().await?;
        let before = site.rows().await?;
        let specs: Vec<RouteSpec> = site.specs().into_iter().cloned().collect();
        let (let_in, sent) = forge(&site, &specs).await;
        assert!(let_in.is_empty(), "{} let in:\n{}", let_in.len(), let_in.join("\n"));
        assert_eq!(site.rows().await?, before, "nothing was written");
        assert!(sent > 1_000, "only {sent} forged forms");
        Ok(())
    });
}

#[test]
fn a_form_beside_the_guard_is_noticed() {
    run(async {
        let mut site = Site::open_for(&["manager", "clerk"]).await?;
        let specs = site.specs();
        let like = specs.iter().find(|spec| spec.path == "/persons/new").expect("a form");
        let (router, open) = holes::beside_the_guard(&site.router, like);
        site.router = router;
        let (let_in, sent) = forge(&site, &[open]).await;
        assert_eq!(let_in.len(), sent, "every forgery is let in there");
        assert!(sent > 10 && let_in.iter().all(|finding| holes::is_hole(finding)), "{let_in:?}");
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
