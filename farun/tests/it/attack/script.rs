//! S4: a hostile world. Every text of the database and every field of every form carries markup that runs scripts
//! wherever it is not escaped; then every page is opened in Chromium. Nothing may run, and nothing may even try:
//! the content security policy is never asked.

use super::{
    holes,
    people::{Site, raw, tables},
    walk::Walk,
};
use crate::world::run;
use farun::serve;
use serde_json::json;
use sqlx::Row as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use testkit::browser::{Browser, Look};
use tokio::{net::TcpListener, sync::watch};

/// The shapes that scripts hide in; `{}` becomes the call that gives them away.
const SHAPES: [&str; 25] = [
    "<script>{}</script>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</script><script>{}</script>",
    "\"><script>{}</script>",
    "'><script>{}</script>",
    "--><script>{}</script>",
    "<img src=x onerror={}>",
    "\"><img src=x onerror={}>",
    "'><img src=x onerror=\"{}\">",
    "<svg onload={}>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<body onload={}>",
    "<iframe srcdoc=\"<script>parent.{}</script>\">",
    "<iframe src=javascript:{}>",
    "<a href=javascript:{} autofocus onfocus={}>x</a>",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<video><source onerror={}>",
    "<math><mi xlink:href=javascript:{}>",
    "\" autofocus onfocus=\"{}",
    "' autofocus onfocus='{}",
    "javascript:{}",
    "<object data=javascript:{}>",
    "{{constructor.constructor('{}')()}}",
];

/// Two hundred payloads: every shape with eight calls.
fn payloads() -> Vec<String> {
    const CALLS: [&str; 8] = [
        "window.__ran=1",
        "top.__ran=1",
        "self['__ran']=1",
        "globalThis.__ran=1",
        "eval('__ran=1')",
        "setTimeout('__ran=1')",
        "document.title='__ran'",
        "fetch('/__ran')",
    ];
    SHAPES.iter().flat_map(|shape| CALLS.iter().map(|call| shape.replace("{}", call))).collect()
}

/// Columns of text that people do not type: codes, states, days, digests, ciphertexts, documents of our own.
fn ours(table: &str, column: &str, sample: &str) -> bool {
    const NAMES: [&str; 24] = [
        "kind",
        "state",
        "status",
        "jurisdiction",
        "scheme",
        "system",
        "initials",
        "measure",
        "source",
        "object",
        "action",
        "details",
        "hash",
        "token",
        "username",
        "key",
        "lane",
        "job",
        "topic",
        "route",
        "digest",
        "location",
        "reply_key",
        "roles",
    ];
    let is_day = sample.len() >= 7
        && sample.is_ascii()
        && sample.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b':');
    let is_code = sample.len() > 24 && sample.is_ascii() && !sample.contains(' ');
    let is_list = sample.starts_with(['{', '[']) || sample.contains("08:");
    NAMES.contains(&column)
        || ["code", "_on", "_day", "_sealed", "_blind", "_hash", "_digest", "_key", "_kind", "_state"]
            .iter()
            .any(|end| column.ends_with(end))
        || [
            "installation",
            "idempotency_reply",
            "audit_row",
            "audit_head",
            "tally_fact",
            "tally_place",
            "tally_total",
            "job_run",
        ]
        .contains(&table)
        || is_day
        || is_code
        || is_list
}

/// Puts a payload into every text that people type, in up to 30 rows of every table; says how many different ones.
async fn poison(file: &Path) -> kernel::Result<usize> {
    let payloads = payloads();
    let mut next = 0;
    let mut used = BTreeSet::new();
    let mut connection = raw(file).await;
    for table in tables(&mut connection).await {
        let columns = sqlx::query(sqlx::AssertSqlSafe(format!("pragma table_info({table})")));
        let columns = columns.fetch_all(&mut connection).await.expect("the columns");
        for column in &columns {
            let (name, kind): (String, String) = (column.get("name"), column.get("type"));
            if !kind.eq_ignore_ascii_case("text") {
                continue;
            }
            let sample = format!("select coalesce(max({name}), '') from {table} where {name} <> ''");
            let sample: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sample))
                .fetch_one(&mut connection)
                .await
                .unwrap_or_default();
            if ours(&table, &name, &sample) {
                continue;
            }
            let rows = format!("select rowid from {table} order by rowid desc limit 30");
            let rows: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(rows))
                .fetch_all(&mut connection)
                .await
                .unwrap_or_default();
            for row in rows {
                let payload = &payloads[next % payloads.len()];
                next += 1;
                let sql = format!("update or ignore {table} set {name} = $1 where rowid = $2");
                // A column that accepts a few words only refuses the payload: that is no hole.
                let done = sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(payload)
                    .bind(row)
                    .execute(&mut connection)
                    .await;
                if done.is_ok_and(|done| done.rows_affected() == 1) {
                    used.insert(payload.clone());
                }
            }
        }
    }
    Ok(used.len())
}

/// A few addresses of every pattern that the walk came to.
fn some_of_each(walk: &Walk) -> Vec<String> {
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    let pages =
        walk.pages.iter().filter(|(_, pattern)| !pattern.contains('.') && !pattern.starts_with("/api/"));
    pages
        .filter(|(_, pattern)| {
            let count = of.entry(**pattern).or_default();
            *count += 1;
            *count <= 2
        })
        .map(|(uri, _)| uri.clone())
        .collect()
}

/// What the page noticed: scripts that ran, and requests to the policy.
async fn ran(browser: &Browser) -> String {
    let asked = "return String(window.__ran || '') + (document.title === '__ran' ? 'title' : '') + (window.__violations || []).join(' ');";
    let found = browser.client.execute(asked, vec![]).await.expect("the page answers");
    found.as_str().unwrap_or_default().to_owned()
}

#[test]
fn browser_hostile_text_never_runs() {
    run(async {
        let site = Site::open().await?;
        let site = site.changed(async |file: &Path| {
            let used = poison(file).await?;
            assert!(used >= 200, "only {used} payloads found a place");
            Ok(())
        });
        let site = site.await?.with_holes().await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve::serve(site.app.clone(), vec![(listener, false)], stopped));
        let browser = Browser::start(Look::DESK).await;
        let mut found = Vec::new();
        let mut opened = BTreeSet::new();
        let watch = "window.__violations = [];
            addEventListener('securitypolicyviolation', e => window.__violations.push(e.violatedDirective + ' ' + e.blockedURI), true);";
        browser.ask("Page.addScriptToEvaluateOnNewDocument", json!({ "source": watch })).await;
        browser.client.goto(&format!("{url}/healthz")).await.expect("the site answers");
        for person in &site.people {
            let walk = site.walk(person, 2, |_, _| {}).await;
            browser.client.delete_all_cookies().await.expect("cookies go");
            if person.role.is_some() {
                let cookie = json!({ "name": "farun_session", "value": person.session(), "url": url });
                browser.ask("Network.setCookie", cookie).await;
            }
            for uri in some_of_each(&walk) {
                let pattern = walk.pages[&uri];
                let again = ["/", "/desk"].contains(&pattern);
                if !opened.insert((pattern, uri.clone())) && !again {
                    continue;
                }
                browser.client.goto(&format!("{url}{uri}")).await.expect("the page opens");
                let what = ran(&browser).await;
                if !what.is_empty() {
                    found.push(format!("{} at {uri}: {what}", person.name));
                }
            }
        }
        // The detector itself: a script that the policy allows is noticed.
        let planted = "document.title = '__ran'; document.body.setAttribute('onclick', 'x()'); return 1;";
        browser.client.execute(planted, vec![]).await.expect("runs");
        let noticed = ran(&browser).await;
        assert!(noticed.contains("title") && noticed.contains("script-src"), "the detector saw {noticed}");
        browser.close().await;
        stop.send_replace(true);
        server.await??;
        let (holes, found): (Vec<String>, Vec<String>) =
            found.into_iter().partition(|finding| holes::is_hole(finding));
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(!holes.is_empty(), "a page that shows text as it is was planted, and nothing was noticed");
        assert!(opened.len() > 60, "only {} pages were opened", opened.len());
        Ok(())
    });
}
