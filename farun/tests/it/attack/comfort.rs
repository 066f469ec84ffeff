//! U1, U5, U6, U8: every page by its route: no barrier in either text size, light, nothing from outside; every form
//! that is refused says so at the top and beside the field, and keeps what was typed.

use super::{
    html,
    people::Site,
    walk::{self, Walk},
};
use crate::{desk::barriers, world::run};
use axum::http::{Method, StatusCode};
use farun::serve;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use testkit::browser::{Browser, Look};
use tokio::{net::TcpListener, sync::watch};

/// One address of every page route that somebody comes to, with who that is.
async fn one_of_each(site: &Site) -> BTreeMap<&'static str, (usize, String)> {
    let mut found = BTreeMap::new();
    for (who, person) in site.people.iter().enumerate() {
        let walk: Walk = site.walk(person, 2, |_, _| {}).await;
        for (uri, pattern) in walk.pages {
            let page = !pattern.contains('.') && !pattern.starts_with("/api/") && pattern != "/metrics";
            if page && !["/healthz", "/readyz"].contains(&pattern) {
                found.entry(pattern).or_insert((who, uri));
            }
        }
    }
    found
}

/// Opens the nth of `parts` of all pages in a browser of that look and text size.
async fn pages_are_open_to_everybody(
    part: usize,
    parts: usize,
    look: Look,
    size: &str,
) -> kernel::Result<()> {
    let site = Site::open().await?;
    let pages = one_of_each(&site).await;
    assert!(pages.len() > 60, "only {} kinds of pages", pages.len());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve::serve(site.app.clone(), vec![(listener, false)], stopped));
    let browser = Browser::start(look).await;
    let mut found = Vec::new();
    let mut now = usize::MAX;
    let mut mine: Vec<&(usize, String)> =
        pages.values().enumerate().filter(|(nth, _)| nth % parts == part).map(|(_, page)| page).collect();
    mine.sort();
    for (who, uri) in mine {
        if now != *who {
            now = *who;
            let session = site.people[now].session();
            for (name, value) in [("farun_session", session), ("farun_size", size)] {
                browser.ask("Network.setCookie", json!({ "name": name, "value": value, "url": url })).await;
            }
        }
        browser.client.goto(&format!("{url}{uri}")).await.expect("the page opens");
        let outside = "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin) && !n.startsWith('data:')).join(' ')";
        let outside = browser.client.execute(outside, vec![]).await.expect("an answer");
        if outside.as_str() != Some("") {
            found.push(format!("{uri}: asks elsewhere: {outside}"));
        }
        found.extend(
            barriers(&browser.client)
                .await
                .into_iter()
                .map(|what| format!("{uri} ({size}, {} px): {what}", look.width)),
        );
    }
    browser.close().await;
    stop.send_replace(true);
    server.await??;
    assert!(found.is_empty(), "{} barriers:\n{}", found.len(), found.join("\n"));
    Ok(())
}

const TABLET: Look = Look { width: 768, height: 1024, script: true };

#[test]
fn browser_every_page_on_a_phone_in_large_type_first_half() {
    run(pages_are_open_to_everybody(0, 2, Look::PHONE, "elder"));
}

#[test]
fn browser_every_page_on_a_phone_in_large_type_second_half() {
    run(pages_are_open_to_everybody(1, 2, Look::PHONE, "elder"));
}

#[test]
fn browser_every_page_at_a_desk_first_half() {
    run(pages_are_open_to_everybody(0, 2, Look::DESK, "standard"));
}

#[test]
fn browser_every_page_at_a_desk_second_half() {
    run(pages_are_open_to_everybody(1, 2, Look::DESK, "standard"));
}

#[test]
fn browser_every_third_page_on_a_tablet() {
    run(pages_are_open_to_everybody(0, 3, TABLET, "standard"));
}

/// What is typed into every text field: nothing accepts all of it, and all of it must come back.
const TYPED: &str = "留住<这>&段话";

#[test]
fn a_refused_form_says_why_beside_the_field_and_keeps_what_was_typed() {
    run(async {
        let site = Site::open().await?;
        let specs: Vec<web::RouteSpec> = site.specs().into_iter().cloned().collect();
        let specs: Vec<&web::RouteSpec> = specs.iter().collect();
        let (mut refused, mut wrong) = (BTreeSet::new(), Vec::new());
        for person in &site.people {
            let walk = site.walk(person, 2, |_, _| {}).await;
            let mut seen = BTreeSet::new();
            for (_, form) in &walk.forms {
                let Some(spec) = walk::route(&specs, &Method::POST, &form.action) else { continue };
                let skip = ["/logout", "/login"].contains(&spec.path) || form.multipart;
                if skip || refused.contains(spec.path) || !seen.insert(&form.action) {
                    continue;
                }
                let typed = |kind: &str| {
                    ["text", "search", "textarea", "date", "number", "tel", "email"].contains(&kind)
                };
                let pairs: Vec<(String, String)> = form
                    .fields
                    .iter()
                    .filter(|field| field.sent && field.name != "idempotency_key")
                    .map(|field| {
                        (
                            field.name.clone(),
                            if typed(&field.kind) { TYPED.to_owned() } else { field.value.clone() },
                        )
                    })
                    .collect();
                let copy = site.copy().await?;
                let answer = copy.send(copy.form(person, &form.action, &pairs)).await;
                if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
                    continue;
                }
                refused.insert(spec.path);
                let mut complain =
                    |what: String| wrong.push(format!("{} as {}: {what}", form.action, person.name));
                if !answer.text.contains("class=\"error-summary\" role=\"alert\"") {
                    complain("no summary".to_owned());
                }
                let tags = html::tags(&answer.text);
                let back = html::forms(&answer.text, &form.action);
                for link in tags.iter().filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href")) {
                    if let Some(id) = link.strip_prefix('#').filter(|id| !id.is_empty() && *id != "main")
                        && !tags.iter().any(|tag| tag.get("id") == Some(id))
                    {
                        complain(format!("the summary leads to #{id}, which is not there"));
                    }
                }
                if !answer.text.contains("class=\"field-error\"") && answer.text.contains("<li><a href=\"#") {
                    complain("no field is marked".to_owned());
                }
                for field in form.fields.iter().filter(|field| typed(&field.kind)) {
                    let kept = back
                        .iter()
                        .flat_map(|form| &form.fields)
                        .any(|f| f.name == field.name && f.value == TYPED);
                    if !kept {
                        complain(format!("{} ({}) lost what was typed", field.name, field.kind));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(refused.len() > 20, "only {} forms refused anything", refused.len());
        Ok(())
    });
}

#[test]
fn every_page_is_light() {
    run(async {
        let site = Site::open().await?;
        let mut heavy = Vec::new();
        for (pattern, (who, uri)) in one_of_each(&site).await {
            let request = site.people[who].asks(Method::GET, &uri).header("accept-encoding", "gzip");
            let request = request.body(axum::body::Body::empty()).expect("a request");
            let bytes = site.weight(request).await;
            if bytes > 30_000 {
                heavy.push(format!("{uri} ({pattern}): {bytes} bytes"));
            }
        }
        // Style, scripts and icons together are 30 KB at most (assets/check.mjs); a page may add as much again.
        assert!(heavy.is_empty(), "{}", heavy.join("\n"));
        Ok(())
    });
}
