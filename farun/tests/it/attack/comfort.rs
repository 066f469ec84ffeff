//! U1, U5, U6, U8, U11: every page by its route has no barrier in either text size at any width, is light, and asks
//! nothing from outside; every form that is refused says so at the top and beside the field, and keeps what was typed;
//! every name goes in and comes out as it is written.

mod forms;
mod names;
mod pages;
mod weight;

use super::people::{Answer, Site};
use std::collections::{BTreeMap, BTreeSet};

/// Views of a page that have no route of their own, with who looks.
const VIEWS: [(&str, &str); 6] = [
    ("nobody", "/stations?view=map"),
    ("nobody", "/search?q=%E7%A6%BB%E5%A9%9A"),
    ("manager", "/coverage?view=table"),
    ("manager", "/coverage?view=map"),
    ("manager", "/services?kind=visit"),
    ("town", "/coverage?view=table"),
];

impl Site {
    /// Which of the people has that name.
    fn number(&self, name: &str) -> usize {
        self.people.iter().position(|person| person.name == name).expect("somebody of that name")
    }
}

/// A page of a route, and who sees the most of it.
struct Seen {
    who: usize,
    uri: String,
    variety: usize,
}

/// How many kinds of things stand on a page, by their classes.
fn variety(page: &str) -> usize {
    page.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect::<BTreeSet<_>>().len()
}

/// Whether a route answers with a page for people.
fn is_page(pattern: &str) -> bool {
    !pattern.contains('.')
        && !pattern.ends_with("/paper")
        && !pattern.starts_with("/api/")
        && !["/metrics", "/healthz", "/readyz"].contains(&pattern)
}

/// Of every page route the address with the most on it, as the person who sees the most there.
async fn richest_of_each(site: &Site) -> BTreeMap<&'static str, Seen> {
    let mut found: BTreeMap<&'static str, Seen> = BTreeMap::new();
    for (who, person) in site.people.iter().enumerate() {
        let mut varieties = BTreeMap::new();
        let look = |uri: &str, answer: &Answer| {
            varieties.insert(uri.to_owned(), variety(&answer.text));
        };
        let walk = site.walk(person, 2, look).await;
        for (uri, pattern) in walk.pages.into_iter().filter(|(_, pattern)| is_page(pattern)) {
            let variety = varieties.get(&uri).copied().unwrap_or_default();
            if found.get(pattern).is_none_or(|seen| seen.variety < variety) {
                found.insert(pattern, Seen { who, uri, variety });
            }
        }
    }
    found
}
