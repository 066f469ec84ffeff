//! R4: every form of the product sent twice, and by fifty at once with one key, has one effect and one answer. The route
//! table says which forms there must be; each is sent by one who may, from a page that offers it.

use super::{
    fill::filled,
    holes,
    html::{Form, forms},
    people::{Person, Site, send},
    walk,
};
use crate::world::run;
use axum::http::{Method, StatusCode};
use farun::{demo, modules};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use web::{Access, RouteSpec};

/// Who sends a form, if not the first of [`SENDERS`] who may: only they meet a page that offers it.
const BY: [(&str, &str); 5] = [
    ("/me/terms", "village2"),
    ("/accounts/administrators/{id}", "secadmin"),
    ("/accounts/invitations/{id}/revoke", "sysadmin"),
    ("/callbacks/{id}/outcome", "clerk"),
    ("/services/batch", "adviser"),
];

/// Forms that change nothing and lead to others: pressed for the sake of those.
const ASKING: [&str; 6] = [
    "/persons/find",
    "/persons/blank",
    "/organisations/find",
    "/organisations/blank",
    "/aid/find",
    "/aid/blank",
];

/// Everybody who sends forms; whoever holds the permission and stands first.
const SENDERS: [&str; 7] = ["manager", "secadmin", "sysadmin", "adviser", "clerk", "leader", "nobody"];

const SHOWN: &str = "shows whole numbers at once: every showing is a reading of its own, noted and counted";

/// Forms that are not sent here, each with its reason.
const ELSEWHERE: [(&str, &str); 23] = [
    ("/apply/code", "no provider of SMS in this world, so the page offers no form"),
    ("/apply/code/enter", "wants the code of a text"),
    ("/apply/progress", "wants the code that only the applicant was given"),
    ("/persons/{id}/reveal", SHOWN),
    ("/persons/{id}/data/export", SHOWN),
    ("/organisations/{id}/reveal", SHOWN),
    ("/lawyers/{id}/reveal", SHOWN),
    ("/callbacks/{id}/reveal", SHOWN),
    ("/aid/{id}/online/reveal", SHOWN),
    ("/accounts/{id}/invite", "shows a secret once: each press ends the link before"),
    ("/accounts/{id}/reset", "shows a secret once: each press ends the link before"),
    ("/accounts/administrators", "one request at a time: here one waits, and is decided twice"),
    ("/accounts/unused", "nobody has been away for months in a world made today"),
    ("/me/second-factor/codes", "shows secrets once: each press ends those before"),
    ("/me/second-factor/confirm", "wants the code of this half minute"),
    ("/me/second-factor/off", "is offered to whoever logs in with a code"),
    ("/join/{token}", "the link is used up: the second press is told so"),
    ("/documents/templates/{kind}", "wants a template of Word: modules/documents/src/tests.rs sends some"),
    ("/login", "makes a session, which is no record"),
    ("/login/code", "makes a session, which is no record"),
    ("/login/pin", "makes a session, which is no record"),
    ("/logout", "ends the session it comes in"),
    ("/setup/{token}", "is there until the first account is made"),
];

/// Forms of the shell, on every page.
const SHELL: [&str; 2] = ["/text-size", "/logout"];

/// The file that goes into every field for files.
const FILE: &str = "姓名,电话\r\n测试导入,13961234567\r\n";

/// Who sends the form of a route.
fn sender(spec: &RouteSpec) -> Option<&'static str> {
    if let Some((_, who)) = BY.iter().find(|(path, _)| *path == spec.path) {
        return Some(who);
    }
    let may = |who: &&&str| match spec.access {
        Access::Anyone => **who == "nobody",
        // What everybody has is tried with somebody who has little else to do.
        Access::Holding(permission) if permission.roles.len() == web::Role::ALL.len() => **who == "leader",
        Access::LoggedIn => **who == "leader",
        Access::Holding(permission) => {
            demo::LOGINS.iter().any(|(name, _, role)| name == *who && permission.roles.contains(role))
        }
    };
    SENDERS.iter().find(may).copied()
}

fn with_key(pairs: &[(String, String)], key: &str) -> Vec<(String, String)> {
    let key = ("idempotency_key".to_owned(), key.to_owned());
    pairs.iter().cloned().chain([key]).collect()
}

/// Which tables have how many rows more or fewer.
type Effect = BTreeMap<String, i64>;

async fn effect(before: &Effect, site: &Site) -> kernel::Result<Effect> {
    let after = site.rows().await?;
    Ok(after
        .into_iter()
        .filter_map(|(table, count)| {
            let change = count - before.get(&table).copied().unwrap_or(0);
            (change != 0).then_some((table, change))
        })
        .collect())
}

/// What came of a form that was sent once and then again.
enum Outcome {
    /// It was refused; why.
    Refused(String),
    /// It did this, once.
    Done(Effect),
    /// It did nothing and showed a page with forms: itself to be confirmed, or others.
    Asked(Vec<Form>),
    /// It did more the second time, or gave another answer.
    Wrong(String),
}

/// Sends the form once, then again with the same key: the same answer, and nothing more happens.
async fn once_and_again(
    site: &Site,
    before: &Effect,
    person: &Person,
    form: &Form,
    pairs: &[(String, String)],
) -> kernel::Result<Outcome> {
    let keyed = with_key(pairs, "twice-test");
    let first = site.send(site.submit(person, form, &keyed, FILE)).await;
    let done = effect(before, site).await?;
    let told = match first.status {
        StatusCode::SEE_OTHER => !first.location().starts_with("/login"),
        // An answer that is shown at once: a search with words too personal for an address, a number read in full.
        StatusCode::OK => true,
        _ => false,
    };
    if !told {
        return Ok(Outcome::Refused(format!("{} {pairs:?}", first.status)));
    }
    if done.is_empty() && first.status == StatusCode::OK {
        let shown: Vec<Form> = forms(&first.text, &form.action)
            .into_iter()
            .filter(|form| !SHELL.contains(&form.action.as_str()))
            .collect();
        if !shown.is_empty() {
            return Ok(Outcome::Asked(shown));
        }
    }
    let again = site.send(site.submit(person, form, &keyed, FILE)).await;
    let answers = [(first.status, first.location()), (again.status, again.location())];
    if site.logged_in(person).await? && answers[0] != answers[1] {
        return Ok(Outcome::Wrong(format!("{} answers {answers:?}", form.action)));
    }
    let more = effect(before, site).await?;
    Ok(if more == done {
        Outcome::Done(done)
    } else {
        Outcome::Wrong(format!("{} once: {done:?}, twice: {more:?}", form.action))
    })
}

/// Fifty twins at once; what they did, or which different answers they had.
async fn fifty_at_once(
    site: &Site,
    before: &Effect,
    person: &Person,
    form: &Form,
    pairs: &[(String, String)],
) -> kernel::Result<Result<Effect, String>> {
    let keyed = with_key(pairs, "fifty-test");
    let mut twins = tokio::task::JoinSet::new();
    for _ in 0..50 {
        twins.spawn(send(site.router.clone(), site.submit(person, form, &keyed, FILE)));
    }
    let mut answers = BTreeSet::new();
    while let Some(answer) = twins.join_next().await {
        let answer = answer.expect("the twin ends");
        // Fifty may be more than one address may ask for at once; and a form may end the session it came in.
        let waits =
            [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE, StatusCode::UNAUTHORIZED];
        if !waits.contains(&answer.status) {
            answers.insert((answer.status, answer.location().to_owned()));
        }
    }
    if answers.len() != 1 {
        return Ok(Err(format!("{} by fifty answers {answers:?}", form.action)));
    }
    Ok(Ok(effect(before, site).await?))
}

/// What a share of the routes came to.
#[derive(Default)]
struct Tried {
    done: BTreeSet<&'static str>,
    wrong: Vec<String>,
    /// Why forms were refused, by route.
    refused: BTreeMap<&'static str, String>,
}

/// At most so many forms of one route are tried until one succeeds.
const TRIES: usize = 4;

/// A copy of the world that nothing was changed in.
async fn clean_copy(site: &Site, clean: &mut Option<Site>) -> kernel::Result<Site> {
    match clean.take() {
        Some(copy) => Ok(copy),
        None => site.copy().await,
    }
}

/// Sends the forms of these routes as that person, each until one succeeds, in copies of the world.
async fn send_forms(site: &Site, person: &Person, mine: &BTreeSet<&'static str>) -> kernel::Result<Tried> {
    let specs: Vec<RouteSpec> = site.specs().into_iter().cloned().collect();
    let specs: Vec<&RouteSpec> = specs.iter().collect();
    // Whoever sends few forms sees few pages: he may look at more of each.
    let walk = site.walk(person, if mine.len() < 20 { 12 } else { 6 }, |_, _| {}).await;
    let untouched = site.rows().await?;
    let mut tried = Tried::default();
    let mut count: BTreeMap<&'static str, usize> = BTreeMap::new();
    // A form that was refused has changed nothing: the next one goes to the same copy.
    let mut clean: Option<Site> = None;
    let found = walk.forms.into_iter().map(|(_, form)| form);
    let mut open: VecDeque<Form> = found.filter(|form| form.action != "/text-size").collect();
    while let Some(form) = open.pop_front() {
        let Some(spec) = walk::route(&specs, &Method::POST, &form.action) else {
            panic!("a form leads to {}, where nothing is", form.action);
        };
        let tries = count.entry(spec.path).or_default();
        let asks = ASKING.contains(&spec.path);
        if !mine.contains(spec.path) && !asks || tried.done.contains(spec.path) || *tries == TRIES {
            continue;
        }
        *tries += 1;
        for nth in 0..2 {
            let mut form = form.clone();
            let mut pairs = filled(&form, nth);
            let mut copy = clean_copy(site, &mut clean).await?;
            let mut outcome = once_and_again(&copy, &untouched, person, &form, &pairs).await?;
            if let Outcome::Asked(shown) = &outcome {
                let own = shown.iter().position(|shown| shown.action == form.action);
                match own {
                    _ if asks => {
                        open.extend(shown.iter().filter(|shown| shown.action != form.action).cloned());
                        outcome = Outcome::Done(Effect::new());
                    }
                    Some(own) => {
                        form = shown[own].clone();
                        pairs = filled(&form, nth);
                        outcome = once_and_again(&copy, &untouched, person, &form, &pairs).await?;
                    }
                    None => {}
                }
            }
            if copy.rows().await? == untouched && copy.logged_in(person).await? {
                clean = Some(copy);
            }
            let once = match outcome {
                Outcome::Refused(why) => {
                    tried.refused.insert(spec.path, why);
                    continue;
                }
                Outcome::Asked(_) => {
                    tried.refused.insert(spec.path, format!("only asks: {pairs:?}"));
                    continue;
                }
                Outcome::Wrong(what) => {
                    tried.wrong.push(what);
                    tried.done.insert(spec.path);
                    break;
                }
                Outcome::Done(once) => once,
            };
            tried.done.insert(spec.path);
            copy = clean_copy(site, &mut clean).await?;
            match fifty_at_once(&copy, &untouched, person, &form, &pairs).await? {
                Ok(fifty) if fifty == once => {}
                Ok(fifty) => {
                    tried.wrong.push(format!("{} once: {once:?}, by fifty: {fifty:?}", form.action));
                }
                Err(what) => tried.wrong.push(what),
            }
            break;
        }
    }
    Ok(tried)
}

/// The nth of `parts` of the routes that these people send forms to.
fn share(people: &'static [&'static str], part: usize, parts: usize) {
    run(async move {
        let site = Site::open_for(people).await?;
        let specs: Vec<RouteSpec> = site.specs().into_iter().cloned().collect();
        let mut wrong = Vec::new();
        let mut sent = 0;
        for name in people.iter().chain(people.contains(&"leader").then_some(&"nobody")) {
            let posts = specs.iter().filter(|spec| spec.method == Method::POST);
            let mine: BTreeSet<&'static str> = posts
                .filter(|spec| ELSEWHERE.iter().all(|(path, _)| *path != spec.path))
                .filter(|spec| sender(spec) == Some(name))
                .map(|spec| spec.path)
                .enumerate()
                .filter(|(nth, _)| nth % parts == part)
                .map(|(_, path)| path)
                .collect();
            let tried = send_forms(&site, site.person(name), &mine).await?;
            wrong.extend(tried.wrong);
            sent += tried.done.intersection(&mine).count();
            for path in mine.difference(&tried.done) {
                let why = tried.refused.get(path).map_or("no page offers it", String::as_str);
                wrong.push(format!("{path} as {name} never succeeded: {why}"));
            }
        }
        assert!(wrong.is_empty(), "{} wrong of {sent}:\n{}", wrong.len(), wrong.join("\n"));
        assert!(sent > 10, "only {sent} forms were sent");
        Ok(())
    });
}

#[test]
fn forms_of_the_manager_have_one_effect_first_third() {
    share(&["manager"], 0, 3);
}

#[test]
fn forms_of_the_manager_have_one_effect_second_third() {
    share(&["manager"], 1, 3);
}

#[test]
fn forms_of_the_manager_have_one_effect_last_third() {
    share(&["manager"], 2, 3);
}

#[test]
fn forms_of_everybody_else_have_one_effect() {
    share(&["secadmin", "sysadmin", "adviser", "clerk", "leader", "village2"], 0, 1);
}

#[test]
fn every_route_that_changes_something_is_sent_by_somebody_or_named() {
    let modules = modules();
    let specs: Vec<&RouteSpec> = modules.iter().flat_map(|module| module.routes.specs()).collect();
    let posts: BTreeSet<&str> =
        specs.iter().filter(|spec| spec.method != Method::GET).map(|spec| spec.path).collect();
    for (path, _) in ELSEWHERE.iter().chain(&BY) {
        assert!(posts.contains(path), "{path} is named, and is no route");
    }
    let nobody: Vec<&str> = specs
        .iter()
        .filter(|spec| spec.method != Method::GET && sender(spec).is_none())
        .map(|spec| spec.path)
        .collect();
    assert_eq!(nobody, [""; 0], "nobody of these tests may send them");
}

#[test]
fn a_form_that_does_its_deed_twice_is_noticed() {
    run(async {
        let site = Site::open_for(&["manager"]).await?.with_holes().await?;
        let tried = send_forms(&site, site.person("manager"), &["/holes/twice"].into()).await?;
        assert_eq!(tried.wrong.len(), 1, "{:?}", tried.wrong);
        assert!(holes::is_hole(&tried.wrong[0]), "{:?}", tried.wrong);
        Ok(())
    });
}
