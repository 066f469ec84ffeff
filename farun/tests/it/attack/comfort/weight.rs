//! U5: what a page weighs on the wire with everything it refers to; and that the large text size is a class only.

use super::{VIEWS, richest_of_each};
use crate::{
    attack::{
        html,
        people::{Person, Site},
        walk,
    },
    world::run,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use std::collections::{BTreeMap, BTreeSet};
use tower::ServiceExt as _;
use web::{RouteSpec, Side};

/// A citizen's first view; one with a map.
const PUBLIC: usize = 60_000;
const MAP: usize = 120_000;
/// What staff load at the day's first page: 49 KB of files that then stay in the browser, and the page, of which a
/// month's calendar with all villages of an adviser is the heaviest (28 KB).
const STAFF: usize = 80_000;

/// The bytes of head and body, as a browser that takes gzip receives them.
async fn on_the_wire(site: &Site, person: &Person, uri: &str) -> (StatusCode, usize) {
    let request = person.asks(Method::GET, uri).header(header::ACCEPT_ENCODING, "gzip");
    let request = request.body(Body::empty()).expect("a request");
    let answer = site.router.clone().oneshot(request).await.expect("the router answers");
    let head: usize =
        answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let status = answer.status();
    (status, head + answer.into_body().collect().await.expect("the body ends").to_bytes().len())
}

/// The files that a browser fetches for a page: style, scripts, pictures, icons.
fn files(page: &str) -> BTreeSet<String> {
    let of = html::tags(page).into_iter().filter_map(|tag| {
        let address = match tag.name.as_str() {
            "link" | "use" => tag.get("href"),
            "script" | "img" => tag.get("src"),
            _ => None,
        };
        address.map(|address| address.split('#').next().unwrap_or(address).to_owned())
    });
    of.filter(|address| address.starts_with('/')).collect()
}

/// The bytes of the files, each asked for once.
async fn weigh(site: &Site, known: &mut BTreeMap<String, usize>, files: &BTreeSet<String>) -> usize {
    let mut sum = 0;
    for file in files {
        if !known.contains_key(file) {
            let (status, bytes) = on_the_wire(site, &site.people[0], file).await;
            assert_eq!(status, StatusCode::OK, "{file}");
            known.insert(file.clone(), bytes);
        }
        sum += known[file];
    }
    sum
}

fn budget(page: &str, spec: &RouteSpec) -> usize {
    match spec.side {
        _ if page.contains("/assets/leaflet") => MAP,
        Side::Public => PUBLIC,
        Side::Staff => STAFF,
    }
}

/// A page without what is made anew for every answer.
fn still(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    let marks = ["name=\"csrf\" value=\"", "name=\"idempotency_key\" value=\""];
    while let Some(at) = marks.iter().filter_map(|mark| rest.find(mark).map(|at| at + mark.len())).min() {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[rest.find('"').unwrap_or(0)..];
    }
    out + rest
}

/// The page in large type, made from the one in standard type as the browser test does it.
fn turned(page: &str) -> String {
    page.replacen("<html lang=\"zh-CN\"", "<html lang=\"zh-CN\" class=\"elder\"", 1)
        .replace("value=\"standard\" aria-pressed=\"true\"", "value=\"standard\" aria-pressed=\"false\"")
        .replace("value=\"elder\" aria-pressed=\"false\"", "value=\"elder\" aria-pressed=\"true\"")
}

async fn in_size(site: &Site, person: &Person, uri: &str, size: &str) -> String {
    let request = person.asks(Method::GET, uri);
    let cookies = request.headers_ref().and_then(|headers| headers.get(header::COOKIE)).expect("cookies");
    let cookies = format!("{}; farun_size={size}", cookies.to_str().expect("readable"));
    let request = Request::builder().uri(uri).header(header::COOKIE, cookies);
    site.send(request.body(Body::empty()).expect("a request")).await.text
}

#[test]
fn every_page_is_light_and_turns_large_by_a_class() {
    run(async {
        let site = Site::open().await?;
        let specs: Vec<RouteSpec> = site.specs().into_iter().cloned().collect();
        let specs: Vec<&RouteSpec> = specs.iter().collect();
        let mut pages: Vec<(usize, String)> =
            richest_of_each(&site).await.into_values().map(|seen| (seen.who, seen.uri)).collect();
        pages.extend(VIEWS.map(|(name, uri)| (site.number(name), uri.to_owned())));
        let mut known = BTreeMap::new();
        let (mut heavy, mut differ, mut restless) = (Vec::new(), Vec::new(), Vec::new());
        let mut most: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        for (who, uri) in &pages {
            let person = &site.people[*who];
            let spec = walk::route(&specs, &Method::GET, uri).expect("a route");
            let text = in_size(&site, person, uri, "standard").await;
            let own = on_the_wire(&site, person, uri).await.1;
            let bytes = own + weigh(&site, &mut known, &files(&text)).await;
            let allowed = budget(&text, spec);
            if bytes > allowed {
                heavy.push(format!("{uri} as {}: {bytes} bytes, {allowed} allowed", person.name));
            }
            let heaviest = most.entry(allowed).or_default();
            *heaviest = (bytes, uri.clone()).max(heaviest.clone());
            // A sealed file is the same bytes for everybody, for good: no text size, no shell.
            let sealed = spec.path.ends_with("/{file}");
            if !sealed && turned(&still(&text)) != still(&in_size(&site, person, uri, "elder").await) {
                // A page that counts its own visits differs from itself.
                let again = in_size(&site, person, uri, "standard").await;
                if still(&again) == still(&text) {
                    differ.push(uri.clone());
                } else {
                    restless.push(uri.clone());
                }
            }
        }
        println!("the heaviest: {most:?}\nfiles: {known:?}\nrestless: {restless:?}");
        // The scales and the comparison themselves.
        let home = site.get(&site.people[0], "/").await.text;
        let heavier = home.replace("</head>", "<script src=\"/assets/leaflet.js\"></script></head>");
        let planted = weigh(&site, &mut known, &files(&heavier)).await;
        assert!(planted > PUBLIC, "the library of maps on the first page weighs {planted} bytes");
        assert_ne!(turned(&still(&home)), still(&home));
        assert!(heavy.is_empty(), "{}", heavy.join("\n"));
        assert!(differ.is_empty(), "more than a class is different in large type: {}", differ.join(" "));
        assert!(restless.len() < 4, "{}", restless.join(" "));
        Ok(())
    });
}
