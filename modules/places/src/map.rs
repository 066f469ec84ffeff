//! The district map as data: outlines of the installation and points, ready for the map's script.

use kernel::Fault;
use serde::Serialize;
use store::Tx;
use web::{Html, TileSource};

/// The setting that holds the outlines: `{"areas": [{"name", "kind", "rings", "label"}]}`.
pub const OUTLINE: &str = "map.outline";

/// A point on the map.
#[derive(Debug, Clone, Serialize)]
pub struct MapPoint {
    /// Latitude, WGS-84 degrees.
    pub lat: f64,
    /// Longitude, WGS-84 degrees.
    pub lon: f64,
    /// Its name.
    pub name: String,
    /// Where a tap leads.
    pub href: String,
    /// The class of its state: `ok`, `warn`, `bad`, `info`, `muted`.
    pub state: &'static str,
    /// The words of its state.
    pub label: String,
    /// Whether the position is only a sketch.
    pub approximate: bool,
}

#[derive(Serialize)]
struct Map<'a> {
    bounds: [[f64; 2]; 2],
    center: [f64; 2],
    areas: &'a serde_json::Value,
    points: &'a [MapPoint],
    tiles: Option<&'a TileSource>,
}

/// The outlines of the installation in the form the map's script draws; an empty list if none were installed.
///
/// # Errors
/// A fault if they cannot be read or are no JSON.
pub async fn map_areas(tx: &mut Tx) -> Result<serde_json::Value, Fault> {
    let Some(text) = ::store::setting(tx, OUTLINE).await? else { return Ok(serde_json::json!([])) };
    let outline: serde_json::Value = serde_json::from_str(&text)?;
    let areas = outline.get("areas").cloned().unwrap_or(outline);
    Ok(if areas.is_array() { areas } else { serde_json::json!([]) })
}

/// The content of the map's JSON block; show it inside `<script type="application/json">`.
///
/// # Errors
/// A fault if the outlines cannot be read.
pub async fn map_block(tx: &mut Tx, tiles: Option<&TileSource>, points: &[MapPoint]) -> Result<Html, Fault> {
    let areas = map_areas(tx).await?;
    let bounds = bounds(&areas, points);
    let center = [f64::midpoint(bounds[0][0], bounds[1][0]), f64::midpoint(bounds[0][1], bounds[1][1])];
    let map = Map { bounds, center, areas: &areas, points, tiles };
    // Inside a script element only `<` could end the block.
    Ok(Html(serde_json::to_string(&map)?.replace('<', "\\u003c")))
}

/// What the map shows: the district's outline, or else the points with a margin.
fn bounds(areas: &serde_json::Value, points: &[MapPoint]) -> [[f64; 2]; 2] {
    let mut corners = Vec::new();
    for area in areas.as_array().into_iter().flatten() {
        if area.get("kind").and_then(serde_json::Value::as_str) == Some("district") {
            for point in area
                .get("rings")
                .and_then(serde_json::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|ring| ring.as_array())
                .flatten()
            {
                corners.extend(
                    point
                        .get(0)
                        .and_then(serde_json::Value::as_f64)
                        .zip(point.get(1).and_then(serde_json::Value::as_f64)),
                );
            }
        }
    }
    let mut margin = 0.0;
    if corners.is_empty() {
        corners.extend(points.iter().map(|point| (point.lat, point.lon)));
        margin = 0.02;
    }
    let least = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min);
    let most = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
    if corners.is_empty() {
        return [[18.0, 73.0], [54.0, 136.0]];
    }
    [[least(|c| c.0) - margin, least(|c| c.1) - margin], [most(|c| c.0) + margin, most(|c| c.1) + margin]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::on_sqlite;

    fn point(lat: f64, lon: f64) -> MapPoint {
        MapPoint {
            lat,
            lon,
            name: "</script><b>站".to_owned(),
            href: "/stations/1".to_owned(),
            state: "ok",
            label: "开门中".to_owned(),
            approximate: true,
        }
    }

    #[test]
    fn without_an_outline_the_points_decide_and_nothing_ends_the_block() {
        on_sqlite(&[], |db| async move {
            let mut tx = db.begin_write().await?;
            let block = map_block(&mut tx, None, &[point(31.6, 119.9), point(31.7, 120.0)]).await?.0;
            assert!(!block.contains('<'), "{block}");
            let map: serde_json::Value = serde_json::from_str(&block)?;
            assert_eq!(map["areas"], serde_json::json!([]));
            let south = map["bounds"][0][0].as_f64().expect("a latitude");
            assert!((south - 31.58).abs() < 1e-9, "{south}");
            let outline = r#"{"areas":[{"name":"武进区","kind":"district","rings":[[[31.3,119.6],[31.8,120.1],[31.3,119.6]]]}]}"#;
            ::store::set_setting(&mut tx, OUTLINE, outline).await?;
            let map: serde_json::Value = serde_json::from_str(&map_block(&mut tx, None, &[]).await?.0)?;
            assert_eq!(map["bounds"], serde_json::json!([[31.3, 119.6], [31.8, 120.1]]));
            assert_eq!(map["areas"][0]["name"], "武进区");
            Ok(())
        });
    }
}
