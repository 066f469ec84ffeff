//! Walks through the product by its links, as a person with a browser could.

use super::{
    html::{self, Form},
    people::{Answer, Person, Site},
};
use axum::http::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use web::RouteSpec;

/// What a person came across.
#[derive(Default)]
pub(super) struct Walk {
    /// Pages that opened, with the pattern of their route.
    pub(super) pages: BTreeMap<String, &'static str>,
    /// Pages that a link led to and that did not open.
    pub(super) dead: Vec<(String, StatusCode)>,
    /// Forms, with the page they are on.
    pub(super) forms: Vec<(String, Form)>,
    /// Patterns of which only a part was visited; files are not among them, no link is in one.
    pub(super) cut: BTreeSet<&'static str>,
    /// Every address that a link led to, opened or not.
    pub(super) linked: BTreeSet<String>,
}

/// The declaration that an address belongs to: fixed words win over parameters.
pub(super) fn route<'a>(specs: &[&'a RouteSpec], method: &Method, path: &str) -> Option<&'a RouteSpec> {
    let path = path.split('?').next().unwrap_or(path);
    let matching = specs.iter().filter(|spec| spec.method == *method && fits(spec.path, path));
    matching.min_by_key(|spec| spec.path.matches('{').count()).copied()
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut have = path.split('/');
    for want in pattern.split('/') {
        if want.starts_with("{*") {
            return true;
        }
        match have.next() {
            None | Some("") if want.starts_with('{') => return false,
            Some(part) if want == part || want.starts_with('{') && want.ends_with('}') => {}
            Some(part) => {
                // `/places/{id}.xlsx`: text around the parameter.
                let Some((head, rest)) = want.split_once('{') else { return false };
                let tail = rest.split_once('}').map_or("", |(_, tail)| tail);
                if !part.starts_with(head) || !part.ends_with(tail) {
                    return false;
                }
            }
            None => return false,
        }
    }
    have.next().is_none()
}

impl Site {
    /// Every declared route.
    pub(super) fn specs(&self) -> Vec<&RouteSpec> {
        self.app.modules.iter().flat_map(|module| module.routes.specs()).collect()
    }

    /// Follows every link that leads to a page from the given starts, about `most` addresses of one pattern;
    /// `look` sees every page that opened.
    pub(super) async fn walk(
        &self,
        person: &Person,
        most: usize,
        mut look: impl FnMut(&str, &Answer),
    ) -> Walk {
        let specs: Vec<RouteSpec> = self.specs().into_iter().cloned().collect();
        let specs: Vec<&RouteSpec> = specs.iter().collect();
        let mut walk = Walk::default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut visited: BTreeMap<&'static str, usize> = BTreeMap::new();
        // Addresses with the kind of page that leads there: the first link of every kind of page is followed in any case.
        let mut open: VecDeque<(String, &'static str)> =
            ["/", "/desk", "/login"].map(|uri| (uri.to_owned(), "")).into();
        let mut late: VecDeque<(String, &'static str)> = VecDeque::new();
        // Who sees few cases sees those that are over too: lists leave them out at first.
        if matches!(person.role, Some(web::Role::TownOfficer | web::Role::Adviser | web::Role::Firm)) {
            open.push_back(("/aid?over=1".to_owned(), ""));
        }
        // Cases that wait to be examined can be changed still; they stand far down in the work list.
        if person.role == Some(web::Role::Manager) {
            open.push_back(("/aid?stage=review".to_owned(), ""));
            // What can be done with a case depends on its stage: in the end one of each that offers something of its own.
            for stage in ["price", "archived"] {
                let list = self.get(person, &format!("/aid?stage={stage}")).await.text;
                let case =
                    html::links(&list, "/aid").into_iter().find(|link| link.starts_with("/aid/320412-"));
                // An address of its own: the case may have been passed over among many.
                late.extend(case.map(|case| (format!("{case}?of={stage}"), stage)));
            }
        }
        let mut led: BTreeSet<(&'static str, &'static str)> = BTreeSet::new();
        // Links that somebody was given by other means: a letter, a code to scan.
        let doors = self.doors.iter().filter(|_| person.role.is_none());
        open.extend(doors.map(|door| (door.clone(), "")));
        while let Some((uri, from)) = open.pop_front().or_else(|| late.pop_front()) {
            let Some(spec) = route(&specs, &Method::GET, &uri).filter(|_| seen.insert(uri.clone())) else {
                continue;
            };
            if spec.path == "/assets/{*path}" {
                continue;
            }
            let count = visited.entry(spec.path).or_default();
            // Files of a list are all made alike, and take long to make.
            let file = spec.path.ends_with(".xlsx");
            let first = led.insert((from, spec.path)) && !file;
            if !first && *count >= if file { 1 } else { most } {
                if !file {
                    walk.cut.insert(spec.path);
                }
                continue;
            }
            *count += 1;
            let answer = self.get(person, &uri).await;
            if answer.status == StatusCode::SEE_OTHER {
                open.push_back((answer.location().to_owned(), spec.path));
                continue;
            }
            if answer.status != StatusCode::OK {
                walk.dead.push((uri, answer.status));
                continue;
            }
            look(&uri, &answer);
            for link in html::links(&answer.text, &uri) {
                if !seen.contains(&link) {
                    open.push_back((link, spec.path));
                }
            }
            for form in html::forms(&answer.text, &uri) {
                walk.forms.push((uri.clone(), form));
            }
            walk.pages.insert(uri, spec.path);
        }
        walk.linked = seen;
        walk
    }
}

#[test]
fn an_address_finds_the_route_that_serves_it() {
    assert!(fits("/places/{id}/edit", "/places/320412-1/edit"));
    assert!(!fits("/places/{id}", "/places/320412-1/edit"));
    assert!(fits("/seals/{id}.html", "/seals/320412-1.html"));
    assert!(!fits("/seals/{id}.html", "/seals/320412-1.json"));
    assert!(fits("/assets/{*path}", "/assets/a/b.js"));
    assert!(!fits("/places/{id}", "/places/"));
}
