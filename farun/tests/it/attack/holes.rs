//! What must not be: a module of tests only, with one hole for every harness. A harness that does not find its hole
//! when the product has one proves nothing.

use axum::{
    Router,
    http::{StatusCode, Uri},
    response::{Html, IntoResponse as _},
    routing::{get, post},
};
use farun::modules;
use kernel::{Calendar, Fault};
use store::params;
use web::{App, AppParts, Ctx, MenuItem, Module, Permission, Reach, Reply, Role, RouteSpec, Routes};

const HOLES: Permission = Permission::new("testing.holes", "测试用的漏洞", &Role::ALL);

/// A page that no link leads to.
pub(super) const LOST: &str = "/holes/{id}/lost";

/// Whether a finding is about a hole.
pub(super) fn is_hole(finding: &str) -> bool {
    finding.contains("/holes")
}

fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/holes", HOLES, get(list))
            .page("/holes/{id}", HOLES, get(record))
            .action("/holes/{id}/change", HOLES, post(change))
            .page("/holes/fault", HOLES, get(fault))
            .page("/holes/raw", HOLES, get(raw))
            .page(LOST, HOLES, get(record))
            .action("/holes/twice", HOLES, post(twice)),
        menu: vec![MenuItem {
            group: "管理",
            label: "漏洞",
            href: "/holes",
            icon: "list",
            permission: HOLES,
            order: 999,
        }],
        permissions: &[HOLES],
        ..Module::new("holes", &[])
    }
}

/// The same application with the holes.
pub(super) fn in_(app: &App) -> App {
    App::new(AppParts {
        db: app.db.clone(),
        clock: app.clock.clone(),
        calendar: Calendar::published(),
        settings: app.settings.clone(),
        sessions: app.sessions.clone(),
        asset_url: app.asset_url,
        asset: app.asset,
        modules: modules().into_iter().chain([module()]).collect(),
        openapi: app.openapi.clone(),
        metrics: app.metrics,
    })
}

/// A form beside the guard: no session, no token is asked for. The declaration says otherwise.
pub(super) fn beside_the_guard(router: &Router, like: &RouteSpec) -> (Router, RouteSpec) {
    let open = Router::new().route("/holes/open", post(async || StatusCode::OK));
    (router.clone().merge(open), RouteSpec { path: "/holes/open", ..like.clone() })
}

/// Links are shown to those who reach the whole district only.
async fn list(ctx: Ctx) -> Reply {
    let link = match ctx.actor()?.reach() {
        Reach::Region => r#"<a href="/holes/320412-1">1</a>"#,
        _ => "",
    };
    Ok(Html(format!(
        r#"{link}<a href="/holes/raw">raw</a><form method="post" action="/holes/twice"><button>go</button></form>"#
    ))
    .into_response())
}

/// S2: forgets to ask whether the record is within reach.
async fn record() -> Reply {
    Ok(Html(r#"<form method="post" action="/holes/320412-1/change"><input name="a" value="1"></form>"#)
        .into_response())
}

/// S2: the same when something is changed.
async fn change(ctx: Ctx) -> Reply {
    let tx = ctx.begin_write().await?;
    ctx.see_other(tx, "/holes", "").await
}

/// S4: text of the database goes into the page as it is.
async fn raw(ctx: Ctx) -> Reply {
    let mut tx = ctx.begin_read().await?;
    // Names of several registers: which payloads those of one were given is chance, and not every payload runs in a text.
    let names = "select name from places_town_entry union all select name from places_unit_entry
        union all select name from parties_person_entry union all select name from stations_station_entry";
    let names: Vec<(String,)> = tx.all(names, params![]).await?;
    let names: String = names.into_iter().map(|(name,)| format!("<p>{name}</p>")).collect();
    Ok(Html(names).into_response())
}

/// S6: a fault for whatever stands behind the question mark.
async fn fault(uri: Uri) -> Reply {
    match uri.query() {
        Some(_) => Err(Fault::new("a hole for tests").into()),
        None => Ok(Html("").into_response()),
    }
}

/// R4: does its deed whenever it is asked, whatever the key of the request.
async fn twice(ctx: Ctx) -> Reply {
    let mut tx = ctx.app.db.begin_write().await?;
    let fresh: kernel::Id<Module> = tx.new_id()?;
    store::set_setting(&mut tx, &format!("hole.{fresh}"), "1").await?;
    tx.commit().await?;
    Ok((StatusCode::SEE_OTHER, [("location", format!("/holes?{fresh}"))]).into_response())
}
