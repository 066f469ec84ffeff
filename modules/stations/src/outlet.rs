//! A part-time outreach point (流动服务点): a station sends people there; never counted among the stations.

use crate::{hours::WeeklyHours, station::Station};
use kernel::{Day, Id, Phone};
use places::{Position, Town};

/// An outreach point; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlet {}

/// An outreach point to be entered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutlet {
    /// Its town.
    pub town: Id<Town>,
    /// The station that sends people there.
    pub station: Option<Id<Station>>,
    /// Its name.
    pub name: String,
    /// Since when.
    pub started_on: Day,
    /// Hours of the week.
    pub hours: WeeklyHours,
    /// Latitude and longitude, WGS-84 degrees.
    pub position: Option<(f64, f64)>,
    /// How well the position is known.
    pub position_kind: Position,
    /// Where exactly, in words.
    pub place: String,
    /// Its telephone.
    pub phone: Option<Phone>,
    /// A word about it.
    pub note: String,
}
