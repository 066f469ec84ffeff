//! The figures of a period for integrators, as JSON.

use super::view::{self, View};
use crate::bulletin::{Adjustment, AuditMark, Bulletin, BulletinFigure, SealMark};
use kernel::Refusal;
use utoipa::OpenApi;
use web::{Ctx, Listing, Reply, json};

/// `GET /api/v1/figures?period=2022Q1&scheme=calendar`
#[utoipa::path(
    get, path = "/api/v1/figures",
    params(
        ("period" = String, Query, description = "2022Q1, 2022-03, 2022H1, 2022"),
        ("scheme" = Option<String>, Query, description = "calendar (default), ministry, twenty-first"),
        ("as_of" = Option<String>, Query, description = "the day on which stocks are read, 2022-05-06"),
        ("as_of_moment" = Option<String>, Query, description = "only what was entered up to then, 2022-05-06T09:00"),
        ("live" = Option<String>, Query, description = "1: present values even if the period is sealed")
    ),
    responses(
        (status = 200, body = Bulletin),
        (status = 401, description = "nobody is logged in"),
        (status = 403, description = "the account may not see figures"),
        (status = 422, description = "the period is unclear or has not begun")
    )
)]
pub(crate) async fn figures(ctx: Ctx) -> Reply {
    let listing = Listing::of(&ctx.uri);
    let period = listing
        .get("period")
        .ok_or_else(|| Refusal::invalid("请用参数 period 指定统计期，例如 period=2022Q1。"))?;
    let mut view = View::of(&ctx, period)?;
    let mut tx = ctx.begin_read().await?;
    let areas = view.open(&mut tx).await?;
    json(&view.bulletin(&mut tx, &view::figures(&ctx), &areas).await?)
}

#[derive(OpenApi)]
#[openapi(paths(figures), components(schemas(Bulletin, BulletinFigure, Adjustment, SealMark, AuditMark)))]
struct Document;

/// This module's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{VISITS, a_fact, figures_module},
        world,
    };
    use ::store::tally;
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_sqlite};
    use web::Role;

    #[test]
    fn the_api_says_what_the_bulletin_says() {
        on_sqlite(&world::migrations(), |db| async move {
            let units = places::testing::two_towns(&db).await?;
            let mut tx = db.begin_write().await?;
            tally::record(
                &mut tx,
                &a_fact(VISITS, units[0].raw(), "2021-12-30".parse()?),
                Moment::from_micros(1),
            )
            .await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![figures_module(), places::module(), crate::module()]);
            let clerk = server.log_in(actor(Role::Clerk));
            let value = |text: String| -> i64 {
                let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                let figures = json["figures"].as_array().expect("figures");
                figures
                    .iter()
                    .find(|f| f["key"] == "advisers.visits")
                    .and_then(|f| f["value"].as_i64())
                    .expect("the visits")
            };
            assert_eq!(value(clerk.get("/api/v1/figures?period=2022Q1").await.text()), 0);
            assert_eq!(
                value(clerk.get("/api/v1/figures?period=2022Q1&scheme=ministry").await.text()),
                1,
                "December belongs to it"
            );
            assert_eq!(clerk.get("/api/v1/figures").await.status, 422);
            assert_eq!(clerk.get("/api/v1/figures?period=2022Q3").await.status, 422, "not begun");
            assert_eq!(server.get("/api/v1/figures?period=2022Q1").await.status, 401);
            assert_eq!(
                server.log_in(actor(Role::AuditAdmin)).get("/api/v1/figures?period=2022Q1").await.status,
                403
            );
            assert!(super::openapi().paths.paths.contains_key("/api/v1/figures"));
            Ok(())
        });
    }
}
