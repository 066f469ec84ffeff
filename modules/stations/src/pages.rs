//! Pages of the stations: two for citizens, the others for staff; and the JSON interface.

pub(crate) mod api;
pub(crate) mod detail;
pub(crate) mod edit;
pub(crate) mod find;
pub(crate) mod list;
pub(crate) mod outlets;
pub(crate) mod state;
pub(crate) mod station;

use geo::Wgs84;

/// A position in an address: `31.7158,119.9446`.
pub(crate) fn position(text: &str) -> Option<Wgs84> {
    let (lat, lon) = text.split_once(',')?;
    Wgs84::new(lat.trim().parse().ok()?, lon.trim().parse().ok()?)
}
