//! R4: every form of the product sent twice, and by fifty at once with one key, has one effect and one answer.

use super::{
    html::{Field, Form},
    people::{Person, Site, send},
    walk,
};
use crate::world::run;
use axum::http::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet};

/// What to type where the page does not say it all: field name, or its end after `_` → value.
const TYPED: [(&str, &str); 28] = [
    ("other_day", ""),
    ("phone", "13961234567"),
    ("id_number", "11010519491231002X"),
    ("reason", "自动测试：核对流程"),
    ("position", "31.71581,119.94458"),
    ("lat", "31.70"),
    ("lon", "119.95"),
    ("email", "a@example.com"),
    ("old", farun::demo::PASSWORD),
    ("password", "Correct-horse-7-battery"),
    ("password2", "Correct-horse-7-battery"),
    ("repeat", "Correct-horse-7-battery"),
    ("quantity", "1"),
    ("people", "1"),
    ("population", "1000"),
    ("count", "1"),
    ("year", "2021"),
    ("code", "320412999999"),
    ("uscc", "91350100M000100Y43"),
    ("licence", "13204202010999999"),
    ("licensed_since", "2015-03-01"),
    ("until_on", "2022-12-31"),
    ("on", "2022-05-06"),
    ("day", "2022-05-06"),
    ("from", "2022-05-06"),
    ("hours", "8:30-11:30"),
    ("outlets hours", "每周三 8:30-11:30"),
    ("username", "new-account"),
];

/// Forms that a page offers and that are not sent here, with the reason.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "/accounts/{id}/invite",
        "shows a secret once, so it cannot be repeated: each press ends the link before",
    ),
    (
        "/accounts/{id}/reset",
        "shows a secret once, so it cannot be repeated: each press ends the link before",
    ),
];

/// The form as somebody would send it: what stands there, the first choice of what must be chosen, plausible text.
fn filled(form: &Form, nth: usize) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    for field in &form.fields {
        let name = field.name.as_str();
        if name == "csrf" || name == "idempotency_key" {
            continue;
        }
        let value = match field.kind.as_str() {
            "hidden" => field.value.clone(),
            "submit" | "file" => continue,
            "radio" => {
                let marked = form.fields.iter().any(|f| f.name == field.name && f.sent);
                if chosen.contains(name) || marked && !field.sent {
                    continue;
                }
                field.value.clone()
            }
            "checkbox" => {
                let others = form.fields.iter().filter(|f| f.name == field.name).count();
                if !field.sent && others > 1 && chosen.contains(name) {
                    continue;
                }
                field.value.clone()
            }
            "select" => choice(field, nth),
            _ if !field.value.is_empty() => field.value.clone(),
            kind if name == "hours" && form.action.ends_with("outlets") => typed("outlets hours", kind),
            kind => typed(name, kind),
        };
        chosen.insert(name);
        pairs.push((field.name.clone(), value));
    }
    pairs
}

fn choice(field: &Field, nth: usize) -> String {
    if !field.value.is_empty() {
        return field.value.clone();
    }
    let real: Vec<&String> = field.options.iter().filter(|option| !option.is_empty()).collect();
    real.get(nth.min(real.len().saturating_sub(1))).map(|option| (*option).clone()).unwrap_or_default()
}

fn typed(name: &str, kind: &str) -> String {
    if let Some((_, value)) =
        TYPED.iter().find(|(field, _)| name == *field || name.ends_with(&format!("_{field}")))
    {
        return (*value).to_owned();
    }
    let weekday =
        name.strip_prefix('d').is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    match kind {
        _ if weekday => "8:30-11:30".to_owned(),
        // Numbers by matter.
        _ if name.starts_with("n-") => String::from("1"),
        "date" => "2022-05-06".to_owned(),
        "datetime-local" => "2022-05-06T08:00".to_owned(),
        "month" => "2022-05".to_owned(),
        "time" => "09:00".to_owned(),
        "number" => "1".to_owned(),
        "tel" => "13961234567".to_owned(),
        "url" => "https://example.gov.cn/".to_owned(),
        _ => "测试内容".to_owned(),
    }
}

fn with_key(pairs: &[(String, String)], key: &str) -> Vec<(String, String)> {
    let key = ("idempotency_key".to_owned(), key.to_owned());
    pairs.iter().cloned().chain([key]).collect()
}

/// Which tables a deed touched, with how many rows it added or took.
async fn effect(before: &BTreeMap<String, i64>, site: &Site) -> kernel::Result<BTreeMap<String, i64>> {
    let after = site.rows().await?;
    Ok(after
        .into_iter()
        .filter_map(|(table, count)| {
            let change = count - before.get(&table).copied().unwrap_or(0);
            (change != 0).then_some((table, change))
        })
        .collect())
}

/// Sends the form once, then again with the same key: the same answer, and nothing more happens. What it did.
async fn once_and_again(
    site: &Site,
    person: &Person,
    form: &Form,
    pairs: &[(String, String)],
) -> kernel::Result<Option<BTreeMap<String, i64>>> {
    let before = site.rows().await?;
    let keyed = with_key(pairs, "twice-test");
    let first = site.send(site.form(person, &form.action, &keyed)).await;
    if first.status == StatusCode::OK && effect(&before, site).await?.is_empty() {
        return Ok(Some(BTreeMap::new())); // a search whose words are too personal for an address
    }
    if first.status != StatusCode::SEE_OTHER || first.location().starts_with("/login") {
        return Ok(None);
    }
    let done = effect(&before, site).await?;
    let again = site.send(site.form(person, &form.action, &keyed)).await;
    if site.logged_in(person).await? {
        let told = (again.status, again.location());
        assert_eq!(told, (first.status, first.location()), "POST {} again", form.action);
    }
    assert_eq!(effect(&before, site).await?, done, "POST {} twice", form.action);
    Ok(Some(done))
}

/// Fifty twins at once.
async fn fifty_at_once(
    site: &Site,
    person: &Person,
    form: &Form,
    pairs: &[(String, String)],
) -> kernel::Result<BTreeMap<String, i64>> {
    let before = site.rows().await?;
    let mut twins = tokio::task::JoinSet::new();
    for _ in 0..50 {
        twins.spawn(send(
            site.router.clone(),
            site.form(person, &form.action, &with_key(pairs, "fifty-test")),
        ));
    }
    let mut answers = BTreeSet::new();
    while let Some(answer) = twins.join_next().await {
        let answer = answer.expect("the twin ends");
        // Fifty may be more than one address may ask for at once; and a form may end the session it came in.
        let waits =
            [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE, StatusCode::UNAUTHORIZED];
        if waits.contains(&answer.status) {
            continue;
        }
        answers.insert((answer.status, answer.location().to_owned()));
    }
    assert_eq!(answers.len(), 1, "POST {}: {answers:?}", form.action);
    effect(&before, site).await
}

#[test]
fn every_form_sent_twice_or_by_fifty_at_once_has_one_effect() {
    run(async {
        let site = Site::open().await?;
        let specs: Vec<web::RouteSpec> = site.specs().into_iter().cloned().collect();
        let specs: Vec<&web::RouteSpec> = specs.iter().collect();
        let mut done: BTreeSet<&'static str> = BTreeSet::new();
        let mut offered: BTreeSet<&'static str> = BTreeSet::new();
        for person in &site.people {
            let walk = site.walk(person, 6, |_, _| {}).await;
            let mut tried: BTreeMap<&'static str, usize> = BTreeMap::new();
            for (_, form) in &walk.forms {
                // The shell's own switch of the text size keeps nothing.
                if form.action == "/text-size" {
                    continue;
                }
                let Some(spec) = walk::route(&specs, &Method::POST, &form.action) else {
                    panic!("a form leads to {}, where nothing is", form.action);
                };
                // Forms about the session itself and those that carry files have tests of their own.
                if ["/logout", "/login"].contains(&spec.path) || form.multipart || done.contains(spec.path) {
                    continue;
                }
                offered.insert(spec.path);
                let count = tried.entry(spec.path).or_default();
                *count += 1;
                if *count > 4 {
                    continue;
                }
                for nth in 0..2 {
                    let pairs = filled(form, nth);
                    let copy = site.copy().await?;
                    let Some(effect) = once_and_again(&copy, person, form, &pairs).await? else { continue };
                    let copy = site.copy().await?;
                    let fifty = fifty_at_once(&copy, person, form, &pairs).await?;
                    assert_eq!(fifty, effect, "POST {} by fifty", form.action);
                    done.insert(spec.path);
                    break;
                }
            }
        }
        let known: BTreeSet<&str> = ELSEWHERE.iter().map(|(path, _)| *path).collect();
        let missing: Vec<&&str> =
            offered.iter().filter(|path| !done.contains(**path) && !known.contains(**path)).collect();
        assert!(missing.is_empty(), "{} of {} never succeeded: {missing:#?}", missing.len(), offered.len());
        Ok(())
    });
}
