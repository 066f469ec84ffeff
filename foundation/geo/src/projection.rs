//! From the map to a picture: longitude and latitude to x and y of an SVG drawing.

use crate::coordinates::Wgs84;
use crate::polygon::Bounds;

/// Fits bounds into a picture, north up, undistorted, centred.
///
/// Longitudes shrink by the cosine of the middle latitude, so that a square kilometre looks square; exact
/// enough for a province, and simple enough to be drawn without a map service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    middle: Wgs84,
    x: f64,
    y: f64,
    x_per_lon: f64,
    y_per_lat: f64,
}

impl Projection {
    /// Fits the bounds into a picture of that width and height with that padding on every side, all in the
    /// picture's units. Bounds without extent are put in the middle at a scale of one hundredth of a degree
    /// (about a kilometre) to the picture's smaller side.
    #[must_use]
    pub fn new(bounds: Bounds, width: f64, height: f64, padding: f64) -> Projection {
        let middle = bounds.middle();
        let squeeze = middle.lat.to_radians().cos().max(1e-6);
        let inner_width = (width - 2.0 * padding).max(1.0);
        let inner_height = (height - 2.0 * padding).max(1.0);
        let wide = (bounds.north_east.lon - bounds.south_west.lon) * squeeze;
        let high = bounds.north_east.lat - bounds.south_west.lat;
        let scale = (inner_width / wide).min(inner_height / high);
        let scale = if scale.is_finite() { scale } else { inner_width.min(inner_height) / 0.01 };
        Projection { middle, x: width / 2.0, y: height / 2.0, x_per_lon: scale * squeeze, y_per_lat: -scale }
    }

    /// Where the position is drawn: x to the right, y downwards, in the picture's units.
    #[must_use]
    pub fn xy(&self, at: Wgs84) -> (f64, f64) {
        (
            self.x + (at.lon - self.middle.lon) * self.x_per_lon,
            self.y + (at.lat - self.middle.lat) * self.y_per_lat,
        )
    }

    /// The position drawn there: what a click on the picture means.
    #[must_use]
    pub fn position(&self, x: f64, y: f64) -> Wgs84 {
        Wgs84 {
            lat: self.middle.lat + (y - self.y) / self.y_per_lat,
            lon: self.middle.lon + (x - self.x) / self.x_per_lon,
        }
    }

    /// Metres that one unit of the picture stands for: for a scale bar.
    #[must_use]
    pub fn metres_per_unit(&self) -> f64 {
        crate::polygon::METRES_PER_DEGREE / -self.y_per_lat
    }

    /// The ring as the `points` of an SVG polygon, one decimal place: `12.0,30.5 14.1,33.0`.
    #[must_use]
    pub fn svg_points(&self, ring: &[Wgs84]) -> String {
        let points = ring.iter().map(|&at| {
            let (x, y) = self.xy(at);
            format!("{x:.1},{y:.1}")
        });
        points.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distance_m;
    use proptest::prelude::*;

    /// Wujin district, roughly.
    fn wujin() -> Bounds {
        Bounds {
            south_west: Wgs84 { lat: 31.30, lon: 119.67 },
            north_east: Wgs84 { lat: 31.85, lon: 120.20 },
        }
    }

    #[test]
    fn north_is_up_and_the_corners_fit() {
        let map = Projection::new(wujin(), 800.0, 600.0, 20.0);
        let (left, bottom) = map.xy(wujin().south_west);
        let (right, top) = map.xy(wujin().north_east);
        assert!((top - 20.0).abs() < 1e-9 && (bottom - 580.0).abs() < 1e-9, "{top} {bottom}");
        assert!((left + right - 800.0).abs() < 1e-9 && left > 20.0 && right < 780.0);
        let narrow = Projection::new(wujin(), 300.0, 600.0, 10.0);
        let (left, _) = narrow.xy(wujin().south_west);
        assert!((left - 10.0).abs() < 1e-9);
        assert_eq!(map.svg_points(&[wujin().middle()]), "400.0,300.0");
    }

    #[test]
    fn a_single_place_is_drawn_in_the_middle() {
        let place = Wgs84 { lat: 31.7, lon: 119.9 };
        let map = Projection::new(Bounds { south_west: place, north_east: place }, 200.0, 100.0, 0.0);
        assert_eq!(map.xy(place), (100.0, 50.0));
        let (_, y) = map.xy(Wgs84 { lat: 31.705, lon: 119.9 });
        assert!(y.abs() < 1e-6, "half the height is half a hundredth of a degree: {y}");
    }

    proptest! {
        #[test]
        fn clicks_are_read_back_and_shapes_keep_their_proportions(
            lat in 31.3f64..31.85,
            lon in 119.67f64..120.2,
            width in 100.0f64..2000.0,
            height in 100.0f64..2000.0,
        ) {
            let map = Projection::new(wujin(), width, height, 10.0);
            let place = Wgs84 { lat, lon };
            let (x, y) = map.xy(place);
            prop_assert!((9.9..=width - 9.9).contains(&x) && (9.9..=height - 9.9).contains(&y));
            prop_assert!(distance_m(map.position(x, y), place) < 1e-3);
            let drawn = |there: Wgs84| {
                let (there_x, there_y) = map.xy(there);
                (there_x - x).hypot(there_y - y) * map.metres_per_unit()
            };
            for there in [Wgs84 { lat: lat + 0.01, lon }, Wgs84 { lat, lon: lon + 0.01 }] {
                prop_assert!((drawn(there) / distance_m(place, there) - 1.0).abs() < 0.005);
            }
        }
    }
}
