//! Positions: which system they are typed in, and whether they can lie in the district.

use geo::{Bd09, Bounds, Gcj02, Polygon, Wgs84};

/// A coordinate system that positions are typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordinateSystem {
    /// WGS-84 and CGCS2000, the same within decimetres: satellites, 天地图, surveys.
    Wgs84,
    /// GCJ-02: 高德、腾讯、微信.
    Gcj02,
    /// BD-09: 百度.
    Bd09,
}
::store::text_column!(CoordinateSystem { Wgs84 = "wgs84", Gcj02 = "gcj02", Bd09 = "bd09" });

impl CoordinateSystem {
    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Wgs84 => "CGCS2000/WGS84（天地图、测绘、卫星定位）",
            Self::Gcj02 => "GCJ-02（高德、腾讯、微信）",
            Self::Bd09 => "BD-09（百度）",
        }
    }

    /// A position typed in the system, as it is stored; none if the numbers are no position.
    #[must_use]
    pub fn to_wgs84(self, lat: f64, lon: f64) -> Option<Wgs84> {
        let typed = Wgs84::new(lat, lon)?;
        Some(match self {
            Self::Wgs84 => typed,
            Self::Gcj02 => Gcj02 { lat, lon }.to_wgs84(),
            Self::Bd09 => Bd09 { lat, lon }.to_wgs84(),
        })
    }
}

/// How far outside the outline a position may lie, metres: outlines are simplified, and houses stand at borders.
pub(crate) const TOLERANCE_M: f64 = 2_000.0;
/// How far from a town's centre it may lie where no outline is installed, metres.
pub(crate) const FROM_CENTRE_M: f64 = 40_000.0;

/// Whether the position lies in the outlines of the district or close to them; `None` when there are none.
pub(crate) fn within(areas: &serde_json::Value, at: Wgs84) -> Option<bool> {
    let rings: Vec<Polygon> = areas
        .as_array()
        .into_iter()
        .flatten()
        .filter(|area| area.get("kind").and_then(serde_json::Value::as_str) == Some("district"))
        .flat_map(|area| area.get("rings").and_then(serde_json::Value::as_array).into_iter().flatten())
        .filter_map(ring)
        .collect();
    if rings.is_empty() {
        return None;
    }
    Some(rings.iter().any(|ring| ring.contains(at) || near(ring, at)))
}

fn ring(value: &serde_json::Value) -> Option<Polygon> {
    let corner = |pair: &serde_json::Value| Wgs84::new(pair.get(0)?.as_f64()?, pair.get(1)?.as_f64()?);
    Polygon::new(value.as_array()?.iter().filter_map(corner).collect())
}

/// Whether an edge of the ring is within the tolerance; on a plane, which is right to metres over such distances.
fn near(ring: &Polygon, at: Wgs84) -> bool {
    const DEGREE_M: f64 = 111_195.0;
    let flat =
        |p: &Wgs84| ((p.lon - at.lon) * DEGREE_M * at.lat.to_radians().cos(), (p.lat - at.lat) * DEGREE_M);
    let corners = ring.outer();
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    edges.map(|(a, b)| (flat(a), flat(b))).any(|((ax, ay), (bx, by))| {
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 { ((-ax * dx - ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        (ax + along * dx).hypot(ay + along * dy) <= TOLERANCE_M
    })
}

/// Whether the position lies near one of the towns' centres: the rule where no outline is installed.
pub(crate) fn near_centres(centres: impl Iterator<Item = Wgs84>, at: Wgs84) -> bool {
    let mut centres = centres.peekable();
    centres.peek().is_none() || centres.any(|centre| centre.distance_m(at) <= FROM_CENTRE_M)
}

/// The middle of what is known of the district, for a map without a point.
pub(crate) fn middle(points: impl IntoIterator<Item = Wgs84>) -> Option<Wgs84> {
    Bounds::around(points).map(|bounds| bounds.middle())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_converted_and_strays_are_found() {
        let there = Wgs84::new(31.7158, 119.9446).expect("a position");
        let gcj = there.to_gcj02();
        let back = CoordinateSystem::Gcj02.to_wgs84(gcj.lat, gcj.lon).expect("a position");
        assert!(there.distance_m(back) < 0.5);
        assert!(
            CoordinateSystem::Wgs84.to_wgs84(gcj.lat, gcj.lon).expect("a position").distance_m(there) > 300.0
        );
        assert_eq!(CoordinateSystem::Bd09.to_wgs84(95.0, 119.0), None);
        let square = serde_json::json!([{"kind": "district", "rings": [[[31.6, 119.8], [31.8, 119.8], [31.8, 120.0], [31.6, 120.0]]]}]);
        let at = |lat, lon| within(&square, Wgs84::new(lat, lon).expect("a position"));
        assert_eq!(at(31.7, 119.9), Some(true));
        assert_eq!(at(31.7, 120.015), Some(true), "1.4 km outside");
        assert_eq!(at(31.7, 120.03), Some(false), "2.8 km outside");
        assert_eq!(at(39.9, 116.4), Some(false));
        assert_eq!(within(&serde_json::json!([]), there), None);
        assert!(!near_centres([there].into_iter(), Wgs84::new(32.2, 119.9).expect("a position")));
        assert!(middle([there]).is_some());
    }
}
