//! S2: what belongs to others. A record that no link leads a person to is not there for him: not of another town,
//! firm or village, not of another district in the same database, not one that never existed.

use super::{
    holes,
    html::Form,
    people::{Site, raw, tables},
    walk::{Walk, route},
};
use crate::world::run;
use axum::http::{Method, StatusCode};
use kernel::Region;
use sqlx::Row as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use web::{Access, Reach, RouteSpec, Side};

fn allowed(spec: &RouteSpec, role: Option<web::Role>) -> bool {
    match (spec.access, role) {
        (Access::Anyone, _) | (Access::LoggedIn, Some(_)) => true,
        (Access::Holding(permission), Some(role)) => permission.roles.contains(&role),
        (_, None) => false,
    }
}

/// Answers that give nothing away.
pub(super) fn closed(status: StatusCode) -> bool {
    [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED, StatusCode::SEE_OTHER]
        .contains(&status)
}

/// Addresses with a record's id that the manager finds, a few of each kind.
fn records(walk: &Walk) -> Vec<(&str, &'static str)> {
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    walk.pages
        .iter()
        .filter(|(uri, pattern)| pattern.contains("{id}") && uri.contains("320412-"))
        .filter(|(_, pattern)| {
            let count = of.entry(**pattern).or_default();
            *count += 1;
            *count <= 6
        })
        .map(|(uri, pattern)| (uri.as_str(), *pattern))
        .collect()
}

/// What a browser sends when nothing is changed on the page.
pub(super) fn as_shown(form: &Form) -> Vec<(String, String)> {
    let sent = form.fields.iter().filter(|field| field.sent && field.name != "idempotency_key");
    sent.map(|field| (field.name.clone(), field.value.clone())).collect()
}

/// What came of asking for records of others.
#[derive(Default)]
struct Asked {
    denied: usize,
    sent: usize,
    wrong: Vec<String>,
}

/// Asks as each of these people for what the manager finds and no link leads them to, and sends the manager's forms.
async fn ask(site: &Site, people: &[&str]) -> kernel::Result<Asked> {
    let rows = site.rows().await?;
    let everything = site.walk(site.person("manager"), 10, |_, _| {}).await;
    assert!(everything.dead.is_empty(), "links that lead nowhere: {:?}", everything.dead);
    let specs = site.specs();
    let mut asked = Asked::default();
    for person in people.iter().map(|name| site.person(name)) {
        let narrow = !matches!(person.reach, Reach::Region);
        let own = site.walk(person, if narrow { 40 } else { 2 }, |_, _| {}).await;
        for (uri, status) in &own.dead {
            asked.wrong.push(format!("{}: a link leads to {uri}, which answers {status}", person.name));
        }
        for (uri, pattern) in records(&everything) {
            let spec = route(&specs, &Method::GET, uri).expect("a route");
            let plain = uri.split_once("?of=").map_or(uri, |(plain, _)| plain);
            let linked = own.linked.contains(plain) || own.cut.contains(pattern);
            if linked || spec.side == Side::Public || allowed(spec, person.role) && !narrow {
                continue;
            }
            asked.denied += 1;
            let status = site.get(person, uri).await.status;
            if !closed(status) {
                asked.wrong.push(format!("{}: {uri} ({pattern}) answers {status}", person.name));
            }
        }
        let theirs: BTreeSet<&str> = own.forms.iter().map(|(_, form)| form.action.as_str()).collect();
        for (_, form) in everything.forms.iter().filter(|_| narrow) {
            let Some(spec) = route(&specs, &Method::POST, &form.action) else { continue };
            let about_record = form.action.contains("320412-") && spec.path.contains("{id}");
            if !about_record || spec.side == Side::Public || theirs.contains(form.action.as_str()) {
                continue;
            }
            asked.sent += 1;
            let answer = site.send(site.form(person, &form.action, &as_shown(form))).await;
            let done = answer.status == StatusCode::SEE_OTHER && !answer.location().starts_with("/login");
            if answer.status.is_success() || done {
                asked.wrong.push(format!("{}: POST {} answers {}", person.name, form.action, answer.status));
            }
        }
    }
    let mut after = site.rows().await?;
    // Files that somebody took out are noted.
    after.insert("audit_row".to_owned(), rows["audit_row"]);
    assert_eq!(after, rows, "nothing was written");
    Ok(asked)
}

/// These people meet nothing of others.
fn nothing_of_others(people: &'static [&'static str]) {
    run(async move {
        let names: Vec<&str> =
            ["manager"].into_iter().chain(people.iter().copied().filter(|name| *name != "nobody")).collect();
        let asked = ask(&Site::open_for(&names).await?, people).await?;
        assert!(asked.wrong.is_empty(), "{} wrong:\n{}", asked.wrong.len(), asked.wrong.join("\n"));
        let Asked { denied, sent, .. } = asked;
        assert!(denied > 100 && sent > 30, "only {denied} records were asked for and {sent} forms sent");
        Ok(())
    });
}

#[test]
fn what_no_link_leads_a_town_officer_to_is_not_there() {
    nothing_of_others(&["town", "town2"]);
}

#[test]
fn what_no_link_leads_an_adviser_or_his_firm_to_is_not_there() {
    nothing_of_others(&["adviser", "adviser2", "firm2"]);
}

#[test]
fn what_no_link_leads_a_village_or_an_administrator_to_is_not_there() {
    nothing_of_others(&[
        "nobody", "village", "village2", "sysadmin", "secadmin", "auditor", "leader", "clerk",
    ]);
}

#[test]
fn a_record_that_everybody_may_open_is_noticed() {
    run(async {
        let site = Site::open_for(&["manager", "village"]).await?.with_holes().await?;
        let wrong = ask(&site, &["village"]).await?.wrong;
        let found: Vec<&String> = wrong.iter().filter(|finding| holes::is_hole(finding)).collect();
        assert_eq!((wrong.len(), found.len()), (2, 2), "read and changed: {wrong:?}");
        Ok(())
    });
}

/// Gives every row of the district a twin in the neighbouring district, with ids of that district.
async fn clone_district(file: &Path) -> kernel::Result<()> {
    let ours = i64::from(Region::new(320_412).expect("a region").code());
    let mut connection = raw(file).await;
    for table in tables(&mut connection).await {
        let columns = sqlx::query(sqlx::AssertSqlSafe(format!("pragma table_info({table})")));
        let columns = columns.fetch_all(&mut connection).await.expect("the columns");
        let names: Vec<String> = columns.iter().map(|row| row.get::<String, _>("name")).collect();
        if !names.iter().any(|name| name == "region_id") {
            continue;
        }
        let values: Vec<String> = names
            .iter()
            .map(|name| match name.as_str() {
                "region_id" => (ours - 1).to_string(),
                // Ids carry their district above bit 43.
                _ => format!("case when typeof({name}) = 'integer' and ({name} >> 43) = {ours} then {name} - (1 << 43) else {name} end"),
            })
            .collect();
        let sql = format!(
            "insert or ignore into {table} ({}) select {} from {table} where region_id = {ours}",
            names.join(", "),
            values.join(", ")
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("the twin rows");
    }
    Ok(())
}

#[test]
fn a_record_of_another_district_in_the_same_database_is_not_there() {
    run(async {
        let site = Site::open().await?;
        let everything = site.walk(site.person("manager"), 12, |_, _| {}).await;
        let accounts = site.walk(site.person("secadmin"), 12, |_, _| {}).await;
        let before = site.get(site.person("manager"), "/places").await.text;
        let site = site.changed(async |file: &Path| clone_district(file).await).await?;
        let count: i64 =
            sqlx::query_scalar("select count(*) from places_unit_entry where region_id = 320411")
                .fetch_one(&mut raw(&site.world.path().join("farun.db")).await)
                .await
                .expect("a count");
        assert!(count > 200, "the neighbouring district has {count} units");
        let listed = site.get(site.person("manager"), "/places").await.text;
        assert_eq!(listed.matches("<tr").count(), before.matches("<tr").count(), "lists stay as they were");
        let (mut asked, mut wrong) = (0, Vec::new());
        for (uri, pattern) in records(&everything).into_iter().chain(records(&accounts)) {
            let theirs = uri.replace("320412-", "320411-");
            for person in &site.people {
                let status = site.get(person, &theirs).await.status;
                asked += 1;
                if !closed(status) {
                    wrong.push(format!("{}: {theirs} ({pattern}) answers {status}", person.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(asked > 300, "only {asked} records were asked for");
        Ok(())
    });
}
