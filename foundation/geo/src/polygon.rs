//! Areas on the map: bounds, point in polygon, area and centroid.

use crate::coordinates::Wgs84;
use serde::{Deserialize, Serialize};

/// Metres in a degree of latitude on the mean sphere.
pub(crate) const METRES_PER_DEGREE: f64 = 111_195.080_233_532_9;

/// The smallest rectangle of latitudes and longitudes around some positions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The corner with the smallest latitude and longitude.
    pub south_west: Wgs84,
    /// The corner with the largest latitude and longitude.
    pub north_east: Wgs84,
}

impl Bounds {
    /// The bounds of those positions; `None` of none. Not for shapes across the 180th meridian.
    #[must_use]
    pub fn around(positions: impl IntoIterator<Item = Wgs84>) -> Option<Bounds> {
        positions.into_iter().fold(None, |bounds: Option<Bounds>, at| {
            let Bounds { south_west: sw, north_east: ne } =
                bounds.unwrap_or(Bounds { south_west: at, north_east: at });
            Some(Bounds {
                south_west: Wgs84 { lat: sw.lat.min(at.lat), lon: sw.lon.min(at.lon) },
                north_east: Wgs84 { lat: ne.lat.max(at.lat), lon: ne.lon.max(at.lon) },
            })
        })
    }

    /// Whether the position lies in the rectangle or on its edge.
    #[must_use]
    pub fn contains(&self, at: Wgs84) -> bool {
        (self.south_west.lat..=self.north_east.lat).contains(&at.lat)
            && (self.south_west.lon..=self.north_east.lon).contains(&at.lon)
    }

    /// The middle of the rectangle.
    #[must_use]
    pub fn middle(&self) -> Wgs84 {
        Wgs84 {
            lat: f64::midpoint(self.south_west.lat, self.north_east.lat),
            lon: f64::midpoint(self.south_west.lon, self.north_east.lon),
        }
    }
}

/// An area: an outer ring and the holes in it, such as a town with another town inside.
///
/// Rings may be closed (first position repeated at the end) or not, and run either way round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Polygon {
    outer: Vec<Wgs84>,
    holes: Vec<Vec<Wgs84>>,
}

impl Polygon {
    /// The area within that ring; `None` when it has fewer than three different corners in a row, or a corner
    /// that is not finite.
    #[must_use]
    pub fn new(outer: Vec<Wgs84>) -> Option<Polygon> {
        Some(Polygon { outer: ring(outer)?, holes: Vec::new() })
    }

    /// The same area without what lies within that ring; `None` when it is no ring.
    #[must_use]
    pub fn with_hole(mut self, hole: Vec<Wgs84>) -> Option<Polygon> {
        self.holes.push(ring(hole)?);
        Some(self)
    }

    /// The corners of the outer ring, each once.
    #[must_use]
    pub fn outer(&self) -> &[Wgs84] {
        &self.outer
    }

    /// The rings of the holes.
    #[must_use]
    pub fn holes(&self) -> &[Vec<Wgs84>] {
        &self.holes
    }

    /// The bounds of the outer ring.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let first = self.outer[0];
        Bounds::around(self.outer.iter().copied()).unwrap_or(Bounds { south_west: first, north_east: first })
    }

    /// Whether the position lies inside, by counting the edges east of it. Of two areas that share an edge,
    /// a position on it belongs to exactly one.
    #[must_use]
    pub fn contains(&self, at: Wgs84) -> bool {
        in_ring(&self.outer, at) && !self.holes.iter().any(|hole| in_ring(hole, at))
    }

    /// The area in square metres, holes taken off; right to a few parts in a thousand for anything the size
    /// of a county.
    #[must_use]
    pub fn area_m2(&self) -> f64 {
        self.moments().0
    }

    /// The centre of gravity. It may lie outside an area shaped like a horseshoe; of an area without extent
    /// it is the middle of its corners.
    #[must_use]
    pub fn centroid(&self) -> Wgs84 {
        let (area, x, y) = self.moments();
        if area <= f64::EPSILON {
            let count = self.outer.len() as f64;
            let sum = self.outer.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.lat, sum.1 + at.lon));
            return Wgs84 { lat: sum.0 / count, lon: sum.1 / count };
        }
        self.plane().place(x / area, y / area)
    }

    /// The local plane that areas are computed in.
    fn plane(&self) -> Plane {
        Plane::at(self.bounds().middle())
    }

    /// Area in square metres, and area times the centre of gravity in metres from the plane's origin.
    fn moments(&self) -> (f64, f64, f64) {
        let plane = self.plane();
        let outer = ring_moments(&self.outer, plane);
        self.holes
            .iter()
            .map(|hole| ring_moments(hole, plane))
            .fold(outer, |sum, hole| (sum.0 - hole.0, sum.1 - hole.1, sum.2 - hole.2))
    }
}

/// A plane that touches the Earth at a place: metres east and north of it. Right to 0.1 % within 100 km.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane {
    origin: Wgs84,
    metres_per_lon: f64,
}

impl Plane {
    /// The plane that touches there.
    pub(crate) fn at(origin: Wgs84) -> Plane {
        Plane { origin, metres_per_lon: METRES_PER_DEGREE * origin.lat.to_radians().cos() }
    }

    /// Metres east and north of the origin.
    pub(crate) fn metres(self, at: Wgs84) -> (f64, f64) {
        ((at.lon - self.origin.lon) * self.metres_per_lon, (at.lat - self.origin.lat) * METRES_PER_DEGREE)
    }

    /// The position so many metres east and north of the origin.
    fn place(self, east: f64, north: f64) -> Wgs84 {
        Wgs84 {
            lat: self.origin.lat + north / METRES_PER_DEGREE,
            lon: self.origin.lon + east / self.metres_per_lon,
        }
    }
}

/// The corners without repetition; `None` when no area can be between them.
fn ring(mut corners: Vec<Wgs84>) -> Option<Vec<Wgs84>> {
    if corners.iter().any(|at| !at.lat.is_finite() || !at.lon.is_finite()) {
        return None;
    }
    corners.dedup();
    while corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    (corners.len() >= 3).then_some(corners)
}

/// The edges of a ring, the closing one included.
fn edges(ring: &[Wgs84]) -> impl Iterator<Item = (Wgs84, Wgs84)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

fn in_ring(ring: &[Wgs84], at: Wgs84) -> bool {
    let crossed = edges(ring).filter(|(a, b)| {
        (a.lat > at.lat) != (b.lat > at.lat)
            && at.lon < (b.lon - a.lon) * (at.lat - a.lat) / (b.lat - a.lat) + a.lon
    });
    crossed.count() % 2 == 1
}

/// Area, and area times the centre of gravity, of a ring run either way round.
fn ring_moments(ring: &[Wgs84], plane: Plane) -> (f64, f64, f64) {
    let (area, x, y) = edges(ring).fold((0.0, 0.0, 0.0), |sum, (a, b)| {
        let ((ax, ay), (bx, by)) = (plane.metres(a), plane.metres(b));
        let cross = ax * by - bx * ay;
        (sum.0 + cross / 2.0, sum.1 + (ax + bx) * cross / 6.0, sum.2 + (ay + by) * cross / 6.0)
    });
    let sign = if area < 0.0 { -1.0 } else { 1.0 };
    (area * sign, x * sign, y * sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distance_m;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> Wgs84 {
        Wgs84 { lat, lon }
    }

    fn rectangle(south: f64, west: f64, north: f64, east: f64) -> Vec<Wgs84> {
        vec![at(south, west), at(south, east), at(north, east), at(north, west), at(south, west)]
    }

    #[test]
    fn a_rectangle_has_the_area_of_its_sides() {
        let polygon = Polygon::new(rectangle(31.6, 119.8, 31.7, 119.9)).expect("a ring");
        assert_eq!(polygon.outer().len(), 4);
        let height = distance_m(at(31.6, 119.8), at(31.7, 119.8));
        let width = distance_m(at(31.65, 119.8), at(31.65, 119.9));
        assert!((polygon.area_m2() / (height * width) - 1.0).abs() < 1e-5);
        assert!(distance_m(polygon.centroid(), at(31.65, 119.85)) < 0.01);
        let backwards = Polygon::new(rectangle(31.6, 119.8, 31.7, 119.9).into_iter().rev().collect());
        assert!((backwards.expect("a ring").area_m2() - polygon.area_m2()).abs() < 1e-3);
    }

    #[test]
    fn a_hole_is_not_part_of_the_area() {
        let whole = Polygon::new(rectangle(31.0, 119.0, 31.4, 119.4)).expect("a ring");
        let holed = whole.clone().with_hole(rectangle(31.0, 119.0, 31.4, 119.2)).expect("a ring");
        assert_eq!(holed.holes().len(), 1);
        assert!((holed.area_m2() / whole.area_m2() - 0.5).abs() < 1e-9);
        assert!(distance_m(holed.centroid(), at(31.2, 119.3)) < 0.01);
        assert!(whole.contains(at(31.2, 119.1)) && !holed.contains(at(31.2, 119.1)));
        assert!(holed.contains(at(31.2, 119.3)));
    }

    #[test]
    fn a_horseshoe_keeps_its_inside_out() {
        let shoe = Polygon::new(vec![
            at(0.0, 0.0),
            at(0.0, 3.0),
            at(3.0, 3.0),
            at(3.0, 2.0),
            at(1.0, 2.0),
            at(1.0, 1.0),
            at(3.0, 1.0),
            at(3.0, 0.0),
        ])
        .expect("a ring");
        assert!(shoe.contains(at(2.0, 0.5)) && shoe.contains(at(2.0, 2.5)) && shoe.contains(at(0.5, 1.5)));
        assert!(
            !shoe.contains(at(2.0, 1.5)) && !shoe.contains(at(-1.0, 1.0)) && !shoe.contains(at(2.0, 4.0))
        );
        assert_eq!(shoe.bounds(), Bounds { south_west: at(0.0, 0.0), north_east: at(3.0, 3.0) });
    }

    #[test]
    fn what_encloses_nothing_is_refused() {
        assert_eq!(Polygon::new(vec![]), None);
        assert_eq!(Polygon::new(vec![at(1.0, 1.0), at(2.0, 2.0), at(1.0, 1.0)]), None);
        assert_eq!(Polygon::new(vec![at(1.0, 1.0); 5]), None);
        assert_eq!(Polygon::new(vec![at(1.0, 1.0), at(f64::NAN, 2.0), at(3.0, 1.0)]), None);
        let flat = Polygon::new(vec![at(1.0, 1.0), at(1.0, 2.0), at(1.0, 3.0)]).expect("three corners");
        assert_eq!((flat.area_m2(), flat.centroid()), (0.0, at(1.0, 2.0)));
    }

    #[test]
    fn bounds_enclose_what_they_are_made_of() {
        assert_eq!(Bounds::around([]), None);
        let bounds = Bounds::around([at(31.0, 120.0), at(32.0, 119.0)]).expect("two positions");
        assert_eq!(bounds.middle(), at(31.5, 119.5));
        assert!(bounds.contains(at(31.0, 119.0)) && !bounds.contains(at(30.9, 119.5)));
    }

    proptest! {
        /// Cut a triangle in two through any inner point of an edge: areas add up, and every position lies
        /// in exactly one piece or outside both.
        #[test]
        fn pieces_of_an_area_make_up_the_whole(share in 0.05f64..0.95, lat in 31.0f64..32.0, lon in 119.0f64..120.0) {
            let (a, b, c) = (at(31.1, 119.1), at(31.2, 119.9), at(31.9, 119.4));
            let cut = at(a.lat + (b.lat - a.lat) * share, a.lon + (b.lon - a.lon) * share);
            let whole = Polygon::new(vec![a, b, c]).expect("a ring");
            let pieces = [vec![a, cut, c], vec![cut, b, c]].map(|ring| Polygon::new(ring).expect("a ring"));
            let sum: f64 = pieces.iter().map(Polygon::area_m2).sum();
            prop_assert!((sum / whole.area_m2() - 1.0).abs() < 0.01);
            let holders = pieces.iter().filter(|piece| piece.contains(at(lat, lon))).count();
            prop_assert!(holders <= 1);
        }

        #[test]
        fn the_centroid_of_a_triangle_is_the_mean_of_its_corners(corners in prop::collection::vec((31.0f64..32.0, 119.0f64..120.0), 3)) {
            let ring: Vec<Wgs84> = corners.iter().map(|&(lat, lon)| at(lat, lon)).collect();
            let Some(triangle) = Polygon::new(ring) else { return Ok(()) };
            prop_assume!(triangle.area_m2() > 1e6);
            let lat = corners.iter().map(|corner| corner.0).sum::<f64>() / 3.0;
            let lon = corners.iter().map(|corner| corner.1).sum::<f64>() / 3.0;
            prop_assert!(distance_m(triangle.centroid(), at(lat, lon)) < 0.1);
            prop_assert!(triangle.contains(triangle.centroid()));
        }
    }
}
