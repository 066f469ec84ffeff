//! Villages and communities with their advisers as JSON, for other systems and mini-programs.

use crate::store;
use kernel::Id;
use places::Town;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use web::{Ctx, Listing, Reply, json};

/// An adviser, as the village's board shows them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdviserItem {
    /// Their name.
    name: String,
    /// Their firm.
    firm: String,
    /// Their telephone.
    phone: Option<String>,
}

/// A village or community.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitItem {
    /// Its id.
    id: String,
    /// Short name.
    name: String,
    /// Full name.
    full_name: String,
    /// `village` or `community`.
    kind: String,
    /// Its town.
    town: String,
    /// Its town's id.
    town_id: String,
    /// Its adviser; absent while there is none.
    adviser: Option<AdviserItem>,
}

/// The units asked for, 60 at most.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitItems {
    /// The units.
    items: Vec<UnitItem>,
}

#[derive(OpenApi)]
#[openapi(paths(units), components(schemas(UnitItems, UnitItem, AdviserItem)))]
struct Doc;

/// The part of the OpenAPI document that describes villages and their advisers.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// `GET /api/v1/units`
#[utoipa::path(
    get,
    path = "/api/v1/units",
    params(
        ("q" = Option<String>, Query, description = "words of the name, or pinyin initials"),
        ("town" = Option<String>, Query, description = "id of a town"),
    ),
    responses((status = 200, description = "at most 60 units in town order", body = UnitItems))
)]
pub(crate) async fn units(ctx: Ctx) -> Reply {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let town: Option<Option<Id<Town>>> = listing.get("town").map(|town| town.parse().ok());
    let found = match town {
        Some(None) => Vec::new(),
        town => store::villages(&mut tx, listing.get("q"), town.flatten()).await?,
    };
    let mut items = Vec::new();
    for unit in found {
        let phone = unit.phone(&tx)?.map(|phone| phone.as_str().to_owned());
        let adviser = unit.lawyer_name.map(|name| AdviserItem {
            name,
            firm: unit.firm_name.unwrap_or_default(),
            phone,
        });
        items.push(UnitItem {
            id: unit.id.to_string(),
            name: unit.short_name,
            full_name: unit.name,
            kind: unit.kind.as_str().to_owned(),
            town: unit.town_name,
            town_id: unit.town_id.to_string(),
            adviser,
        });
    }
    json(&UnitItems { items })
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, world};
    use testkit::on_sqlite;

    #[test]
    fn the_interface_names_units_with_and_without_advisers() {
        on_sqlite(&migrations(), |db| async move {
            let world = world(&db).await?;
            let server = server(db);
            let ask = async |uri: &str| -> kernel::Result<serde_json::Value> {
                Ok(serde_json::from_str(&server.get(uri).await.text())?)
            };
            let one = ask("/api/v1/units?q=dx").await?;
            assert_eq!(
                one["items"][0]["adviser"],
                serde_json::json!({"name": "薛微澜", "firm": "江苏澄岚律师事务所（示例）", "phone": "19905190001"})
            );
            assert_eq!(one["items"].as_array().map(Vec::len), Some(1));
            let town = ask(&format!("/api/v1/units?town={}", world.towns[1])).await?;
            assert_eq!(town["items"][1]["adviser"], serde_json::Value::Null);
            assert_eq!(ask("/api/v1/units?town=x").await?["items"].as_array().map(Vec::len), Some(0));
            assert!(super::openapi().paths.paths.contains_key("/api/v1/units"));
            Ok(())
        });
    }
}
