//! Geography: coordinates of the three systems in use in China, distances, areas, nearest neighbours, and the
//! projection of a district onto a picture. Pure; knows no business noun.
//!
//! Everything is stored and computed in [`Wgs84`]. [`Gcj02`] and [`Bd09`] are what Chinese map services speak;
//! they are types of their own, so that a point read off such a map cannot be stored without conversion.

mod coordinates;
mod nearest;
mod polygon;
mod projection;

pub use coordinates::{Bd09, Gcj02, Wgs84, distance_m};
pub use nearest::{Nearest, Neighbour};
pub use polygon::{Bounds, Polygon};
pub use projection::Projection;
