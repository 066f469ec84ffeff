//! The stations as JSON, for other systems and mini-programs.

use super::position;
use crate::{
    finder::{self, Found},
    schedule::Now,
};
use kernel::Id;
use places::{Position, Town};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use web::{Ctx, Listing, Reply, json};

/// A legal aid station as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationItem {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its town.
    pub(crate) town: String,
    /// `open` or `paused`.
    pub(crate) state: String,
    /// Whether it is open at this moment.
    pub(crate) open_now: bool,
    /// When it opens next, RFC 3339; absent while it is open, or if it does not open within 14 days.
    pub(crate) next_opening: Option<String>,
    /// Metres from `near`, if that was given.
    pub(crate) distance_m: Option<i64>,
    /// Latitude, WGS-84 degrees.
    pub(crate) lat: Option<f64>,
    /// Longitude, WGS-84 degrees.
    pub(crate) lon: Option<f64>,
    /// Whether the position is only a sketch.
    pub(crate) approximate: bool,
    /// Its telephone.
    pub(crate) phone: Option<String>,
    /// Street address.
    pub(crate) address: String,
    /// Hours of the week: `1-5 08:30-11:30 13:30-17:00`, 1 is Monday.
    pub(crate) hours: String,
    /// Whether statutory holidays close it.
    pub(crate) follows_calendar: bool,
    /// What makes it accessible, by code: `accessible`, `street_front`, …
    pub(crate) facilities: Vec<String>,
    /// Whether somebody comes to people who cannot come.
    pub(crate) green_channel: bool,
    /// Languages and dialects.
    pub(crate) languages: Vec<String>,
}

/// The stations asked for, open ones first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationItems {
    /// The stations.
    pub(crate) items: Vec<StationItem>,
}

#[derive(OpenApi)]
#[openapi(paths(stations), components(schemas(StationItems, StationItem)))]
struct Doc;

/// The part of the OpenAPI document that describes the stations.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// `GET /api/v1/stations`
#[utoipa::path(
    get,
    path = "/api/v1/stations",
    params(
        ("near" = Option<String>, Query, description = "latitude,longitude in WGS-84 degrees: nearest first among the open ones"),
        ("open" = Option<bool>, Query, description = "true: only those open now"),
        ("town" = Option<String>, Query, description = "id of a town"),
        ("q" = Option<String>, Query, description = "words of name, address or facilities"),
    ),
    responses((status = 200, description = "the stations", body = StationItems))
)]
pub(crate) async fn stations(ctx: Ctx) -> Reply {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let mut found = finder::found_stations(&mut tx, &ctx.app.calendar, ctx.now()).await?;
    if let Some(town) = listing.get("town") {
        let town: Option<Id<Town>> = town.parse().ok();
        found.retain(|station| Some(station.row.town_id) == town);
    }
    if listing.get("open") == Some("true") {
        found.retain(|station| station.now.is_open());
    }
    if let Some(q) = listing.get("q") {
        finder::keep_matching(&mut found, q);
    }
    finder::arrange(&mut found, listing.get("near").and_then(position));
    json(&StationItems { items: found.iter().map(item).collect() })
}

fn item(station: &Found) -> StationItem {
    let row = &station.row;
    let facilities = row.facilities().all();
    #[expect(clippy::cast_possible_truncation, reason = "no distance on Earth is that long")]
    let metres = |distance: f64| distance.round() as i64;
    StationItem {
        id: row.id.to_string(),
        name: row.name.clone(),
        town: row.town_name.clone(),
        state: row.state.as_str().to_owned(),
        open_now: station.now.is_open(),
        next_opening: match station.now {
            Now::Closed { next } => next.map(|next| next.to_string()),
            Now::Open { .. } => None,
        },
        distance_m: station.distance_m.map(metres),
        lat: row.lat,
        lon: row.lon,
        approximate: row.position == Position::Schematic,
        phone: station.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        address: row.address.clone(),
        hours: row.hours.machine(),
        follows_calendar: row.follows_calendar,
        facilities: facilities
            .iter()
            .filter(|(_, _, has)| *has)
            .map(|(code, _, _)| (*code).to_owned())
            .collect(),
        green_channel: row.green_channel,
        languages: row.languages.split(';').filter(|text| !text.is_empty()).map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{four_stations, migrations};
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, on_sqlite};

    #[test]
    fn the_interface_answers_like_the_page() {
        on_sqlite(&migrations(), |db| async move {
            let (towns, ids) = four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let ask = async |uri: &str| -> kernel::Result<serde_json::Value> {
                Ok(serde_json::from_str(&server.get(uri).await.text())?)
            };
            let all = ask("/api/v1/stations?near=31.7100,119.9460").await?;
            let items = all["items"].as_array().expect("a list");
            assert_eq!(items.len(), 4);
            assert_eq!((&items[0]["id"], &items[0]["open_now"]), (&ids[1].to_string().into(), &true.into()));
            assert_eq!(items[2]["next_opening"], "2022-05-09T08:30:00+08:00");
            assert!(
                items[2]["distance_m"].as_i64().is_some_and(|metres| (40..80).contains(&metres)),
                "{}",
                items[2]
            );
            assert_eq!(items[0]["phone"], "0519-86002001");
            assert_eq!(ask("/api/v1/stations?open=true").await?["items"].as_array().map(Vec::len), Some(2));
            assert_eq!(
                ask(&format!("/api/v1/stations?town={}", towns[0])).await?["items"].as_array().map(Vec::len),
                Some(2)
            );
            assert_eq!(
                ask("/api/v1/stations?town=nowhere").await?["items"].as_array().map(Vec::len),
                Some(0)
            );
            assert!(super::openapi().paths.paths.contains_key("/api/v1/stations"));
            Ok(())
        });
    }
}
