//! The three coordinate systems in use in China, their conversions, and the distance between two points.
//!
//! Public maps in China show positions in GCJ-02, a shifted WGS-84; Baidu shifts once more (BD-09). The
//! transformation was never published officially; the formula below is the one known since 2013 from
//! `eviltransform` and used by every open-source converter.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Mean radius of the Earth in metres (IUGG R₁).
pub(crate) const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Semi-major axis of the Krasovsky 1940 ellipsoid, metres.
const KRASOVSKY_A: f64 = 6_378_245.0;
/// Its first eccentricity squared.
const KRASOVSKY_EE: f64 = 0.006_693_421_622_965_943;

/// A position in WGS-84, degrees; what satellites give and the platform stores.
///
/// CGCS2000 (GB 22021), the legal system of China, is the same to within a few decimetres and is treated as
/// equal: nothing here needs more than metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wgs84 {
    /// Latitude, degrees north.
    pub lat: f64,
    /// Longitude, degrees east.
    pub lon: f64,
}

/// A position in GCJ-02, degrees: what Amap, Tencent and WeChat speak.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gcj02 {
    /// Latitude, degrees north.
    pub lat: f64,
    /// Longitude, degrees east.
    pub lon: f64,
}

/// A position in BD-09, degrees: what Baidu Maps speaks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bd09 {
    /// Latitude, degrees north.
    pub lat: f64,
    /// Longitude, degrees east.
    pub lon: f64,
}

impl Wgs84 {
    /// The position with that latitude and longitude; `None` unless both are finite and within ±90 and ±180
    /// degrees. The fields are public for constants; what people or files supply goes through here.
    #[must_use]
    pub fn new(lat: f64, lon: f64) -> Option<Wgs84> {
        ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some(Wgs84 { lat, lon })
    }

    /// The same place in GCJ-02; the same numbers outside China, where no shift is applied.
    #[must_use]
    pub fn to_gcj02(self) -> Gcj02 {
        let (lat, lon) = shift(self.lat, self.lon);
        Gcj02 { lat: self.lat + lat, lon: self.lon + lon }
    }

    /// The same place in BD-09.
    #[must_use]
    pub fn to_bd09(self) -> Bd09 {
        self.to_gcj02().to_bd09()
    }

    /// The distance to another position along the surface, metres. See [`distance_m`].
    #[must_use]
    pub fn distance_m(self, other: Wgs84) -> f64 {
        distance_m(self, other)
    }
}

impl Gcj02 {
    /// The same place in WGS-84, by iteration: forth and back differs by far less than half a metre, where
    /// the usual one-step inverse is off by up to two.
    #[must_use]
    pub fn to_wgs84(self) -> Wgs84 {
        if !is_shifted(self.lat, self.lon) {
            return Wgs84 { lat: self.lat, lon: self.lon };
        }
        // The shift changes by less than one part in a thousand over its own length, so each round gains
        // about three decimal places; the formula without the border test keeps the rounds continuous.
        let (mut lat, mut lon) = (self.lat, self.lon);
        for _ in 0..6 {
            let (dlat, dlon) = raw_shift(lat, lon);
            (lat, lon) = (self.lat - dlat, self.lon - dlon);
        }
        Wgs84 { lat, lon }
    }

    /// The same place in BD-09; the same numbers outside China.
    #[must_use]
    pub fn to_bd09(self) -> Bd09 {
        if !is_shifted(self.lat, self.lon) {
            return Bd09 { lat: self.lat, lon: self.lon };
        }
        let (lat, lon) = baidu(self.lat, self.lon);
        Bd09 { lat, lon }
    }
}

impl Bd09 {
    /// The same place in GCJ-02, by iteration.
    #[must_use]
    pub fn to_gcj02(self) -> Gcj02 {
        if !is_shifted(self.lat, self.lon) {
            return Gcj02 { lat: self.lat, lon: self.lon };
        }
        let (mut lat, mut lon) = (self.lat, self.lon);
        for _ in 0..8 {
            let (there_lat, there_lon) = baidu(lat, lon);
            (lat, lon) = (lat + self.lat - there_lat, lon + self.lon - there_lon);
        }
        Gcj02 { lat, lon }
    }

    /// The same place in WGS-84.
    #[must_use]
    pub fn to_wgs84(self) -> Wgs84 {
        self.to_gcj02().to_wgs84()
    }
}

/// Whether map services shift positions there: the rectangle around China that all of them use.
fn is_shifted(lat: f64, lon: f64) -> bool {
    (0.8293..=55.8271).contains(&lat) && (72.004..=137.8347).contains(&lon)
}

/// What GCJ-02 adds to a WGS-84 position, degrees of latitude and longitude.
fn shift(lat: f64, lon: f64) -> (f64, f64) {
    if is_shifted(lat, lon) { raw_shift(lat, lon) } else { (0.0, 0.0) }
}

/// The same without regard to borders.
fn raw_shift(lat: f64, lon: f64) -> (f64, f64) {
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |turns: f64, amplitude: f64| amplitude * (turns * PI).sin();
    let common = (wave(6.0 * x, 20.0) + wave(2.0 * x, 20.0)) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + common
        + (wave(y, 20.0) + wave(y / 3.0, 40.0)) * 2.0 / 3.0
        + (wave(y / 12.0, 160.0) + wave(y / 30.0, 320.0)) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + common
        + (wave(x, 20.0) + wave(x / 3.0, 40.0)) * 2.0 / 3.0
        + (wave(x / 12.0, 150.0) + wave(x / 30.0, 300.0)) * 2.0 / 3.0;
    let latitude = lat.to_radians();
    let magic = 1.0 - KRASOVSKY_EE * latitude.sin().powi(2);
    let meridian = KRASOVSKY_A * (1.0 - KRASOVSKY_EE) / (magic * magic.sqrt());
    let parallel = KRASOVSKY_A / magic.sqrt() * latitude.cos();
    ((north / meridian).to_degrees(), (east / parallel).to_degrees())
}

/// Baidu's own shift of a GCJ-02 position.
fn baidu(lat: f64, lon: f64) -> (f64, f64) {
    let turn = PI * 3000.0 / 180.0;
    let radius = lon.hypot(lat) + 0.000_02 * (lat * turn).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * turn).cos();
    (radius * angle.sin() + 0.006, radius * angle.cos() + 0.0065)
}

/// The distance between two positions along the surface, metres (haversine on the mean sphere).
///
/// Up to 0.5 % off the ellipsoid, 0.3 % at China's latitudes: for comparing and showing, not for surveying.
#[must_use]
pub fn distance_m(a: Wgs84, b: Wgs84) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let h = half(a.lat, b.lat) + a.lat.to_radians().cos() * b.lat.to_radians().cos() * half(a.lon, b.lon);
    2.0 * EARTH_RADIUS_M * h.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> Wgs84 {
        Wgs84::new(lat, lon).expect("a position")
    }

    fn close(found: (f64, f64), wanted: (f64, f64), tolerance: f64) {
        let fits = (found.0 - wanted.0).abs() < tolerance && (found.1 - wanted.1).abs() < tolerance;
        assert!(fits, "{found:?} is not {wanted:?}");
    }

    #[test]
    fn known_values_of_other_converters() {
        // The reference points of eviltransform's test suite (WGS-84, GCJ-02).
        for (wgs, gcj) in [
            ((31.177_427_6, 121.527_210_6), (31.175_303_983_645_97, 121.531_541_859_215)),
            ((22.543_847, 113.912_316), (22.540_796_131_694_766, 113.917_176_480_836_3)),
            ((39.911_954, 116.377_817), (39.913_345_455_360_69, 116.384_047_224_556_57)),
        ] {
            let found = at(wgs.0, wgs.1).to_gcj02();
            close((found.lat, found.lon), gcj, 1e-9);
        }
        // The documented example of coordtransform; its inverse is the one-step one, off by a metre.
        let found = Gcj02 { lat: 39.915, lon: 116.404 }.to_bd09();
        close((found.lat, found.lon), (39.921_336_993_510_21, 116.410_369_493_710_29), 1e-9);
        let found = Bd09 { lat: 39.915, lon: 116.404 }.to_gcj02();
        close((found.lat, found.lon), (39.908_656_739_576_31, 116.397_627_291_193_15), 1e-5);
        let found = Gcj02 { lat: 39.915, lon: 116.404 }.to_wgs84();
        close((found.lat, found.lon), (39.913_595_718_498_36, 116.397_755_500_830_61), 1e-4);
        let found = at(39.915, 116.404).to_gcj02();
        close((found.lat, found.lon), (39.916_404_281_501_64, 116.410_244_499_169_38), 1e-9);
    }

    #[test]
    fn nothing_is_shifted_outside_china() {
        for (lat, lon) in [(51.5, -0.12), (-33.9, 151.2), (35.68, 139.77), (0.5, 100.0)] {
            let there = at(lat, lon).to_bd09();
            assert_eq!((there.lat, there.lon), (lat, lon));
            assert_eq!(there.to_wgs84(), at(lat, lon));
        }
    }

    #[test]
    fn distances_agree_with_published_ones() {
        // One degree along a meridian of the mean sphere: 111.195 km.
        assert!((distance_m(at(31.0, 120.0), at(32.0, 120.0)) - 111_195.08).abs() < 0.1);
        // Rosetta Code's example, Nashville to Los Angeles: 2886.4444 km on a sphere of 6371 km.
        let example = distance_m(at(36.12, -86.67), at(33.94, -118.40));
        assert!((example * 6371.0 / 6371.0088 - 2_886_444.443).abs() < 0.01, "{example}");
        // Half way round.
        let half = distance_m(at(0.0, 0.0), at(0.0, 180.0));
        assert!((half - PI * EARTH_RADIUS_M).abs() < 1e-3);
        assert_eq!(distance_m(at(31.7, 119.9), at(31.7, 119.9)), 0.0);
    }

    #[test]
    fn what_is_no_position_is_refused() {
        for (lat, lon) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY), (119.9, 31.7)] {
            assert_eq!(Wgs84::new(lat, lon), None);
        }
    }

    prop_compose! {
        fn in_china()(lat in 18.0f64..53.5, lon in 73.6f64..135.0) -> Wgs84 {
            at(lat, lon)
        }
    }

    proptest! {
        #[test]
        fn forth_and_back_is_exact_to_a_centimetre(place in in_china()) {
            prop_assert!(distance_m(place.to_gcj02().to_wgs84(), place) < 0.01);
            prop_assert!(distance_m(place.to_bd09().to_wgs84(), place) < 0.01);
        }

        #[test]
        fn the_shifts_have_the_known_size(place in in_china()) {
            let gcj = place.to_gcj02();
            let moved = distance_m(place, at(gcj.lat, gcj.lon));
            prop_assert!((10.0..1500.0).contains(&moved), "{} m", moved);
        }

        #[test]
        fn distance_is_a_metric(a in in_china(), b in in_china(), c in in_china()) {
            prop_assert!((distance_m(a, b) - distance_m(b, a)).abs() < 1e-6);
            prop_assert!(distance_m(a, c) <= distance_m(a, b) + distance_m(b, c) + 1e-6);
        }
    }
}
