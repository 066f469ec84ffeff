//! The service book for integrators, as JSON.

use crate::{Service, ServiceKind, store::services};
use kernel::{Day, Id, Moment};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use web::{Ctx, Listing, Reply, json};

/// One row of the service book.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceItem {
    /// Id.
    #[schema(value_type = String, example = "320412-1025")]
    id: Id<Service>,
    /// Village or community.
    unit: String,
    /// Id of the village or community.
    unit_id: String,
    /// Town.
    town: String,
    /// The adviser who served.
    adviser: String,
    /// visit, phone, wechat, lecture, publicity.
    kind: String,
    /// How often.
    quantity: i64,
    /// People served (人次).
    people: i64,
    /// The day it happened.
    #[schema(value_type = String, example = "2022-03-18")]
    happened_on: Day,
    /// When it was entered.
    #[schema(value_type = String)]
    entered_at: Moment,
    /// Keyed in by somebody else for the adviser (代录).
    on_behalf: bool,
}

/// A page of services.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServicePage {
    items: Vec<ServiceItem>,
    /// Address of the next page, if there is one.
    next: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/services",
    params(("town" = Option<String>, Query), ("unit" = Option<String>, Query), ("kind" = Option<String>, Query), ("from" = Option<String>, Query), ("to" = Option<String>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = ServicePage), (status = 401, description = "nobody is logged in"))
)]
pub(crate) async fn services(ctx: Ctx) -> Reply {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = services::list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.happened_on.to_string(), row.id.raw()));
    let items = rows
        .into_iter()
        .map(|row| ServiceItem {
            id: row.id,
            unit: row.unit_name,
            unit_id: row.unit_id.to_string(),
            town: row.town_name,
            adviser: row.lawyer_name,
            kind: ServiceKind::as_str(row.kind).to_owned(),
            quantity: row.quantity,
            people: row.people,
            happened_on: row.happened_on,
            entered_at: row.entered_at,
            on_behalf: row.on_behalf,
        })
        .collect();
    json(&ServicePage { items, next: pager.next })
}

#[derive(OpenApi)]
#[openapi(
    paths(services, crate::pages::offline::session),
    components(schemas(ServicePage, ServiceItem, crate::pages::offline::SessionState))
)]
struct Doc;

/// The module's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}
