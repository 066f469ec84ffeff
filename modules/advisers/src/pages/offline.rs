//! What the browser's queue of services needs (`outbox.js`): who is logged in with a fresh form token, and the service
//! worker that keeps the empty forms for places without a network.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Ctx, Reply, json};

/// Its plain name among the assets; the address is fixed, because browsers know a service worker by it.
const WORKER: &str = "offline.js";

/// Who is logged in, as the pages say it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionState {
    /// `data-actor` of the pages: what was written under another one is not sent in this session.
    actor: String,
    /// A form token for this session.
    csrf: String,
}

#[utoipa::path(
    get, path = "/api/v1/services/session",
    responses((status = 200, body = SessionState), (status = 401, description = "nobody is logged in"))
)]
pub(crate) async fn session(ctx: Ctx) -> Reply {
    json(&SessionState { actor: format!("a{}", ctx.actor()?.id), csrf: ctx.csrf.clone() })
}

/// `GET /services/offline.js`: stands below `/services/`, so that is all it can ever touch.
pub(crate) async fn worker(ctx: Ctx) -> Reply {
    let file = (ctx.app.asset)(WORKER).ok_or_else(|| kernel::Refusal::not_found("没有这个文件。"))?;
    let mut response = Response::new(Body::from(file.gz));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{migrations, now, world},
        villages::FOLLOWER,
        villages_tests::named,
    };
    use kernel::{Day, FixedClock, Id};
    use places::{EventKind, NewEvent, record_event};
    use std::sync::Arc;
    use testkit::{Server, actor, on_both, on_sqlite};
    use web::{Actor, Role};

    #[test]
    fn the_queue_learns_who_is_logged_in_and_gets_a_token_that_holds() {
        on_sqlite(migrations(), |db| async move {
            let world = world(&db).await?;
            let server = Server::new(db, Arc::new(FixedClock(now())), vec![crate::module()]);
            let nobody = server.get("/api/v1/services/session").await;
            assert_eq!(nobody.status, 401);
            assert!(nobody.text().starts_with("{\"error\""), "{}", nobody.text());
            assert_eq!(server.log_in(actor(Role::Leader)).get("/api/v1/services/session").await.status, 403);
            let adviser = Actor { subject: Some(world.lawyers[0].raw()), ..actor(Role::Adviser) };
            let answer = server.log_in(adviser).get("/api/v1/services/session").await;
            let state: serde_json::Value = serde_json::from_slice(&answer.bytes)?;
            assert_eq!(state["actor"], "a7");
            assert_eq!(state["csrf"].as_str().map(str::len), Some(64));
            Ok(())
        });
    }

    #[test]
    fn a_form_that_waited_since_before_a_merger_says_what_became_of_the_village() {
        on_both(migrations(), |db| async move {
            let world = world(&db).await?;
            let mut tx = db.begin_write().await?;
            let event = |kind, town: usize, before: &[Id<places::Unit>], after: &[&str]| NewEvent {
                kind,
                day: Day::new(2022, 5, 1).expect("a day"),
                town: world.towns[town],
                document: "武政发〔2022〕6 号".to_owned(),
                note: String::new(),
                interval_marked: false,
                before: before.to_vec(),
                after: after.iter().map(|name| named(name)).collect(),
                choices: Vec::new(),
            };
            let merger = event(EventKind::Merge, 0, &world.units[..2], &["洛阳社区"]);
            record_event(&mut tx, Some(7), &merger, &[FOLLOWER], now()).await?;
            let end = event(EventKind::Abolish, 1, &world.units[2..3], &[]);
            record_event(&mut tx, Some(7), &end, &[FOLLOWER], now()).await?;
            tx.commit().await?;
            let server = Server::new(db, Arc::new(FixedClock(now())), vec![crate::module()]);
            let manager = server.log_in(actor(Role::Manager));
            for (unit, said) in
                [(0, "谈家头村已并入洛阳社区，请改选洛阳社区"), (2, "鸣凰社区已撤销，请改选村（社区）")]
            {
                let unit = world.units[unit].to_string();
                let fields = [
                    ("unit", unit.as_str()),
                    ("kind", "visit"),
                    ("happened_on", "2022-05-02"),
                    ("note", "值班"),
                ];
                let refused = manager.post("/services/new", &fields).await;
                assert_eq!(refused.status, 422);
                assert!(refused.text().contains(said), "{}", refused.main());
            }
            Ok(())
        });
    }
}
