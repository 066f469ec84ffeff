//! The nearest of many places: which stations lie close to a citizen, and how far away they are.

use crate::coordinates::{EARTH_RADIUS_M, Wgs84, distance_m};
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// A place as a point of the unit sphere, and its index in the list of places.
///
/// Straight distances through the Earth order places exactly as distances along the surface do, so nothing
/// depends on how large the area is or where it lies, as it would with a flat projection.
type Entry = GeomWithData<[f64; 3], usize>;

/// An index of places that answers "which are nearest?" in metres.
///
/// Built once from all places; a question then takes microseconds, however many there are.
#[derive(Debug, Clone)]
pub struct Nearest<T> {
    places: Vec<(Wgs84, T)>,
    tree: RTree<Entry>,
}

/// A place that was found, and how far away it is.
#[derive(Debug, PartialEq)]
pub struct Neighbour<'a, T> {
    /// What is there.
    pub item: &'a T,
    /// Where it is.
    pub at: Wgs84,
    /// The distance along the surface, metres.
    pub distance_m: f64,
}

impl<T> Clone for Neighbour<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Neighbour<'_, T> {}

impl<T> Nearest<T> {
    /// The index of those places; places without a finite position are left out.
    #[must_use]
    pub fn new(places: impl IntoIterator<Item = (Wgs84, T)>) -> Nearest<T> {
        let places: Vec<(Wgs84, T)> = places.into_iter().filter(|(at, _)| is_finite(*at)).collect();
        let entries = places.iter().enumerate().map(|(index, (at, _))| Entry::new(on_sphere(*at), index));
        Nearest { tree: RTree::bulk_load(entries.collect()), places }
    }

    /// How many places are in the index.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no place at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The `count` nearest places, nearest first; places equally far away in the order they were given.
    #[must_use]
    pub fn nearest(&self, from: Wgs84, count: usize) -> Vec<Neighbour<'_, T>> {
        if count == 0 || !is_finite(from) {
            return Vec::new();
        }
        let mut found = Vec::with_capacity(count.min(self.len()) + 1);
        let mut farthest = f64::INFINITY;
        for (entry, squared) in self.tree.nearest_neighbor_iter_with_distance_2(on_sphere(from)) {
            // Go on while it is still as near as the last one wanted, for the order among equals.
            if found.len() >= count && squared > farthest {
                break;
            }
            farthest = squared;
            found.push(entry.data);
        }
        let mut neighbours = self.neighbours(from, found);
        neighbours.truncate(count);
        neighbours
    }

    /// Every place at most `radius_m` metres away, nearest first.
    #[must_use]
    pub fn within(&self, from: Wgs84, radius_m: f64) -> Vec<Neighbour<'_, T>> {
        if !is_finite(from) || radius_m.is_nan() || radius_m < 0.0 {
            return Vec::new();
        }
        // A little more than the chord that belongs to the radius; the true distance decides.
        let half_turn = (radius_m / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
        let chord = 2.0 * half_turn.sin() + 1e-9;
        let found = self.tree.locate_within_distance(on_sphere(from), chord * chord);
        let mut neighbours = self.neighbours(from, found.map(|entry| entry.data).collect());
        neighbours.retain(|neighbour| neighbour.distance_m <= radius_m);
        neighbours
    }

    /// The places with those indices, nearest first, equals in the order they were given.
    fn neighbours(&self, from: Wgs84, mut indices: Vec<usize>) -> Vec<Neighbour<'_, T>> {
        indices.sort_unstable();
        let neighbour = |index: usize| {
            let (at, item) = &self.places[index];
            Neighbour { item, at: *at, distance_m: distance_m(from, *at) }
        };
        let mut neighbours: Vec<Neighbour<'_, T>> = indices.into_iter().map(neighbour).collect();
        neighbours.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        neighbours
    }
}

fn is_finite(at: Wgs84) -> bool {
    at.lat.is_finite() && at.lon.is_finite()
}

/// The point of the unit sphere.
fn on_sphere(at: Wgs84) -> [f64; 3] {
    let (lat, lon) = (at.lat.to_radians(), at.lon.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> Wgs84 {
        Wgs84 { lat, lon }
    }

    #[test]
    fn the_nearest_come_first_with_their_distance() {
        let towns = Nearest::new([
            (at(31.70, 119.94), "湖塘"),
            (at(31.56, 119.75), "嘉泽"),
            (at(31.62, 120.08), "礼嘉"),
            (at(31.80, 120.11), "横山桥"),
        ]);
        let found = towns.nearest(at(31.57, 119.76), 2);
        assert_eq!(found.iter().map(|n| *n.item).collect::<Vec<_>>(), ["嘉泽", "湖塘"]);
        assert!((found[0].distance_m - distance_m(at(31.57, 119.76), found[0].at)).abs() < 1e-9);
        assert!((found[0].distance_m - 1460.0).abs() < 20.0, "{}", found[0].distance_m);
        assert_eq!(towns.nearest(at(0.0, 0.0), 9).len(), 4);
        assert_eq!(towns.within(at(31.57, 119.76), 5_000.0).len(), 1);
        assert_eq!((towns.len(), towns.is_empty()), (4, false));
    }

    #[test]
    fn longitudes_are_not_compared_with_latitudes() {
        // At 60° north a degree of longitude is half a degree of latitude: the place 0.8° east is nearer than
        // that 0.5° north, though its numbers look farther.
        let index = Nearest::new([(at(60.5, 20.0), "north"), (at(60.0, 20.8), "east")]);
        assert_eq!(*index.nearest(at(60.0, 20.0), 1)[0].item, "east");
        // Nor does the date line matter.
        let index = Nearest::new([(at(0.0, -179.9), "beyond"), (at(0.0, 179.0), "before")]);
        assert_eq!(*index.nearest(at(0.0, 179.9), 1)[0].item, "beyond");
    }

    #[test]
    fn places_in_one_building_keep_their_order() {
        let index = Nearest::new((0..20).map(|n| (at(31.7, 119.9), n)).chain([(at(31.8, 119.9), 99)]));
        let found: Vec<i32> = index.nearest(at(31.7, 119.95), 5).iter().map(|n| *n.item).collect();
        assert_eq!(found, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        let empty = Nearest::<()>::new([]);
        assert!(empty.is_empty() && empty.nearest(at(31.0, 119.0), 3).is_empty());
        let index = Nearest::new([(at(31.0, 119.0), 1), (at(f64::NAN, 119.0), 2)]);
        assert_eq!(index.len(), 1);
        assert!(index.nearest(at(31.0, 119.0), 0).is_empty());
        assert!(index.nearest(at(f64::NAN, 0.0), 1).is_empty());
        assert!(index.within(at(31.0, 119.0), -1.0).is_empty());
        assert!(index.within(at(31.0, 119.0), f64::NAN).is_empty());
        assert_eq!(index.within(at(31.0, 119.0), 0.0).len(), 1);
        assert_eq!(index.within(at(-31.0, -61.0), f64::INFINITY).len(), 1);
    }

    proptest! {
        #[test]
        fn the_index_finds_what_comparing_all_finds(
            places in prop::collection::vec((-80.0f64..80.0, -180.0f64..180.0), 1..60),
            from in (-80.0f64..80.0, -180.0f64..180.0),
            count in 1usize..10,
            radius in 1_000.0f64..15_000_000.0,
        ) {
            let from = at(from.0, from.1);
            let places: Vec<(Wgs84, usize)> = places.into_iter().enumerate().map(|(n, p)| (at(p.0, p.1), n)).collect();
            let mut all: Vec<f64> = places.iter().map(|place| distance_m(from, place.0)).collect();
            all.sort_by(f64::total_cmp);
            let index = Nearest::new(places);
            let found: Vec<f64> = index.nearest(from, count).iter().map(|n| n.distance_m).collect();
            prop_assert_eq!(found.len(), count.min(all.len()));
            prop_assert!(found.iter().zip(&all).all(|(a, b)| (a - b).abs() < 1e-3));
            let near = all.iter().filter(|distance| **distance <= radius).count();
            prop_assert_eq!(index.within(from, radius).len(), near);
        }
    }
}
