//! S2: what has ended. A record that was withdrawn, merged, erased, abolished or deleted opens itself to nobody who could
//! not open it before, and the forms that were on the screen when it ended change nothing any more.

use super::{
    holes,
    html::Form,
    others::{as_shown, closed},
    people::Site,
    records::Hand,
    walk::{Walk, route},
};
use crate::world::run;
use axum::http::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet};
use web::RouteSpec;

/// A way to end a record: what it is, who does it, the route of the page with the form, the form's route, what is typed.
struct Ending {
    what: &'static str,
    who: &'static str,
    page: &'static str,
    form: &'static str,
    typed: &'static [(&'static str, &'static str)],
}

const fn ending(
    what: &'static str,
    who: &'static str,
    page: &'static str,
    form: &'static str,
    typed: &'static [(&'static str, &'static str)],
) -> Ending {
    Ending { what, who, page, form, typed }
}

const ENDINGS: [Ending; 11] = [
    ending("作废服务记录", "manager", "/services/{id}/correct", "/services/{id}/withdraw", &[]),
    ending("清除个人信息", "manager", "/persons/{id}/erase", "/persons/{id}/erase", &[]),
    ending(
        "撤销工作站",
        "manager",
        "/manage/stations/{id}/state",
        "/manage/stations/{id}/state",
        &[("do", "close")],
    ),
    ending("律师离开", "manager", "/lawyers/{id}/leave", "/lawyers/{id}/leave", &[]),
    ending("放弃导入", "manager", "/imports/{id}", "/imports/{id}/drop", &[]),
    ending("撤回公报", "manager", "/statistics/seals/{id}", "/statistics/seals/{id}/withdraw", &[]),
    ending(
        "解除定稿",
        "leader",
        "/statistics/seals/{id}",
        "/statistics/seals/{id}/unseal/decide",
        &[("decision", "approve")],
    ),
    ending("停用账号", "sysadmin", "/accounts/{id}", "/accounts/{id}/state", &[]),
    ending("停用字典项", "manager", "/dictionaries/{list}/{id}/end", "/dictionaries/{list}/{id}/end", &[]),
    ending("删除台账", "manager", "/statistics/ledgers", "/statistics/ledgers/{id}/delete", &[]),
    ending(
        "撤销村（社区）",
        "manager",
        "/places/{id}",
        "/places/events/new",
        &[
            ("what", "abolish"),
            ("step", "confirm"),
            ("day", "2022-05-06"),
            ("document", "武政发〔2022〕6 号"),
        ],
    ),
];

/// Forms that may be sent after the end, each with its reason.
const STILL: [(&str, &str); 2] = [
    ("/accounts/{id}/unbind", "a telephone may be taken from an account that is out of use"),
    ("/manage/stations/{id}/exceptions/remove", "a notice may be taken down from a station that is closed"),
];

/// The first id of an address.
fn id_of(uri: &str) -> Option<&str> {
    uri.split(['/', '?', '=', '&']).find(|part| part.starts_with("320412-"))
}

/// Records that can perhaps be ended so, with the page to end each from.
fn candidates(walk: &Walk, specs: &[&RouteSpec], ending: &Ending) -> Vec<(String, String)> {
    if ending.form == "/places/events/new" {
        // The page of an event is reached from the village's own.
        let pages = walk.pages.iter().filter(|(_, pattern)| **pattern == ending.page);
        let ids = pages.filter_map(|(uri, _)| id_of(uri));
        return ids.map(|id| (id.to_owned(), format!("/places/events/new?what=abolish&unit={id}"))).collect();
    }
    let offers = walk.forms.iter().filter(|(page, form)| {
        let to = route(specs, &Method::POST, &form.action);
        let on = route(specs, &Method::GET, page);
        let typed = ending
            .typed
            .iter()
            .all(|(name, value)| form.fields.iter().filter(|f| f.name == *name).any(|f| f.value == *value));
        to.is_some_and(|to| to.path == ending.form) && on.is_some_and(|on| on.path == ending.page) && typed
    });
    offers.filter_map(|(page, form)| Some((id_of(&form.action)?.to_owned(), page.clone()))).collect()
}

/// Everything about a record that somebody came across.
struct About {
    pages: BTreeSet<String>,
    forms: Vec<(usize, Form)>,
}

fn about(walks: &[Walk], id: &str) -> About {
    let mut about = About { pages: BTreeSet::new(), forms: Vec::new() };
    let names = |uri: &str| uri.split(['/', '?', '=', '&', '.']).any(|part| part == id);
    for (who, walk) in walks.iter().enumerate() {
        about.pages.extend(walk.linked.iter().filter(|uri| names(uri)).cloned());
        let forms = walk.forms.iter().filter(|(_, form)| names(&form.action));
        about.forms.extend(forms.map(|(_, form)| (who, form.clone())));
    }
    about
}

/// What opened itself, and what could still be changed, after the record had ended.
async fn after_the_end(site: &Site, walks: &[Walk], ending: &Ending) -> kernel::Result<Vec<String>> {
    let specs: Vec<RouteSpec> = site.specs().into_iter().cloned().collect();
    let specs: Vec<&RouteSpec> = specs.iter().collect();
    let at = site.people.iter().position(|person| person.name == ending.who).expect("somebody");
    let mut why = vec![format!("{}: no record to end", ending.what)];
    // A record may have reasons to stay: then another one.
    for (id, page) in candidates(&walks[at], &specs, ending).into_iter().take(5) {
        let about = about(walks, &id);
        let copy = site.copy().await?;
        let mut open: BTreeMap<(usize, &String), StatusCode> = BTreeMap::new();
        for (who, person) in copy.people.iter().enumerate() {
            for uri in &about.pages {
                open.insert((who, uri), copy.get(person, uri).await.status);
            }
        }
        let mut hand = Hand::of(&copy);
        let ends = ending.form.rsplit('}').next().unwrap_or(ending.form);
        let mut typed = ending.typed.to_vec();
        if ending.form == "/places/events/new" {
            typed.push(("unit-1", &id));
        }
        hand.press(ending.who, &page, ends, &typed).await;
        if hand.missed.is_empty() {
            return compare(&copy, &specs, ending, &about, open).await;
        }
        why = hand.missed;
    }
    Ok(why)
}

/// What is otherwise than it should be, now that the record has ended.
async fn compare(
    copy: &Site,
    specs: &[&RouteSpec],
    ending: &Ending,
    about: &About,
    open: BTreeMap<(usize, &String), StatusCode>,
) -> kernel::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for ((who, uri), before) in open {
        let status = copy.get(&copy.people[who], uri).await.status;
        if status.is_server_error() || closed(before) && !closed(status) {
            wrong.push(format!(
                "{}: {uri} as {}: {before}, after the end {status}",
                ending.what, copy.people[who].name
            ));
        }
    }
    for (who, form) in &about.forms {
        let path = route(specs, &Method::POST, &form.action).map_or("", |spec| spec.path);
        if form.multipart || STILL.iter().any(|(still, _)| *still == path) {
            continue;
        }
        let before = copy.rows().await?;
        let answer = copy.send(copy.form(&copy.people[*who], &form.action, &as_shown(form))).await;
        let done = answer.status == StatusCode::SEE_OTHER && !answer.location().starts_with("/login");
        if done || answer.status.is_server_error() || copy.rows().await? != before {
            wrong.push(format!("{}: POST {} answers {}", ending.what, form.action, answer.status));
        }
    }
    Ok(wrong)
}

async fn walks(site: &Site) -> Vec<Walk> {
    let mut walks = Vec::new();
    for person in &site.people {
        walks.push(site.walk(person, 4, |_, _| {}).await);
    }
    walks
}

#[test]
fn what_has_ended_opens_to_nobody_new_and_changes_no_more() {
    run(async {
        let names = ["manager", "leader", "sysadmin", "town2", "adviser2", "village2"];
        let site = Site::open_for(&names).await?;
        let walks = walks(&site).await;
        let mut wrong = Vec::new();
        for ending in &ENDINGS {
            wrong.extend(after_the_end(&site, &walks, ending).await?);
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    });
}

#[test]
fn a_form_that_still_works_after_the_end_is_noticed() {
    run(async {
        let site = Site::open_for(&["manager"]).await?.with_holes().await?;
        let walks = walks(&site).await;
        let end = ending("漏洞", "manager", "/holes/{id}", "/holes/{id}/change", &[]);
        let wrong = after_the_end(&site, &walks, &end).await?;
        assert!(wrong.len() == 1 && holes::is_hole(&wrong[0]), "{wrong:?}");
        Ok(())
    });
}
