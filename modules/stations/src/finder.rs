//! Finding the nearest open station: every station with what it says just now, in the order a citizen wants.

use crate::{
    schedule::{Exception, HORIZON, Now, Schedule},
    station::StateKind,
    store::{self, StationRow},
};
use ::store::Tx;
use geo::Wgs84;
use kernel::{Calendar, Day, Fault, Moment, Phone};

/// A station as it stands at one moment.
#[derive(Debug, Clone)]
pub struct Found {
    /// The station.
    pub row: StationRow,
    /// Its telephone.
    pub phone: Option<Phone>,
    /// Whether it is open. A paused station is closed and opens at no known time.
    pub now: Now,
    /// The day on which that is so.
    pub today: Day,
    /// How far away it is, metres, if that was asked and its position is known.
    pub distance_m: Option<f64>,
}

impl Found {
    /// The class of its badge: open, closed for the moment, paused or closed for good.
    #[must_use]
    pub fn badge(&self) -> &'static str {
        match (self.row.state, self.now) {
            (StateKind::Open, Now::Open { .. }) => "ok",
            (StateKind::Open, Now::Closed { .. }) => "muted",
            _ => "warn",
        }
    }

    /// The word on its badge.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match (self.row.state, self.now) {
            (StateKind::Open, Now::Open { .. }) => "开门中",
            (StateKind::Open, Now::Closed { .. }) => "已关门",
            (state, _) => state.label(),
        }
    }

    /// What comes next: when it closes or opens, or why it pauses.
    #[must_use]
    pub fn next_words(&self) -> String {
        match self.row.state {
            StateKind::Open => self.now.words(self.today),
            _ => self.row.state_reason.clone(),
        }
    }

    /// `约 1.2 公里`, or nothing if it was not asked.
    #[must_use]
    pub fn distance_words(&self) -> Option<String> {
        self.distance_m.map(distance_words)
    }

    /// The part of the name and place that a query is looked for in.
    fn answers(&self, q: &str) -> bool {
        let row = &self.row;
        let facilities = row.facilities().all();
        let words = [
            row.name.as_str(),
            &row.address,
            &row.town_name,
            row.host_kind.label(),
            &row.brand,
            &row.languages,
            if row.green_channel { "绿色通道上门" } else { "" },
        ];
        words.iter().any(|word| word.contains(q))
            || facilities.iter().any(|(_, label, has)| *has && label.contains(q))
    }
}

/// A distance as people say it: steps of 50 metres, from one kilometre on with one decimal.
#[must_use]
pub fn distance_words(metres: f64) -> String {
    if metres < 975.0 {
        format!("约 {} 米", ((metres / 50.0).round() * 50.0).max(50.0))
    } else if metres < 99_500.0 {
        format!("约 {:.1} 公里", metres / 1000.0)
    } else {
        "100 公里以外".to_owned()
    }
}

/// All stations citizens may know of, as they stand at that moment, in town order.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn found_stations(tx: &mut Tx, calendar: &Calendar, at: Moment) -> Result<Vec<Found>, Fault> {
    let today = at.day();
    let exceptions = store::exceptions_between(tx, today, today.add_days(HORIZON)).await?;
    let mut found = Vec::new();
    for row in store::public_stations(tx).await? {
        let own: Vec<Exception> =
            exceptions.iter().filter(|(station, _)| *station == row.id).map(|(_, e)| e.clone()).collect();
        found.push(stand(tx, row, &own, calendar, at)?);
    }
    Ok(found)
}

/// One station as it stands at that moment.
pub(crate) fn stand(
    tx: &Tx,
    row: StationRow,
    own: &[Exception],
    calendar: &Calendar,
    at: Moment,
) -> Result<Found, Fault> {
    let phone = row.phone(tx)?;
    let now = if row.state == StateKind::Open {
        schedule(&row, own, calendar).now(at)
    } else {
        Now::Closed { next: None }
    };
    Ok(Found { row, phone, now, today: at.day(), distance_m: None })
}

pub(crate) fn schedule<'a>(
    row: &'a StationRow,
    own: &'a [Exception],
    calendar: &'a Calendar,
) -> Schedule<'a> {
    Schedule { hours: &row.hours, follows_calendar: row.follows_calendar, exceptions: own, calendar }
}

/// Keeps those that answer the query: words of name, address, town, host, brand, languages or facilities.
pub(crate) fn keep_matching(found: &mut Vec<Found>, q: &str) {
    let q = kernel::to_half_width(q);
    found.retain(|station| q.split_whitespace().all(|word| station.answers(word)));
}

/// Puts the open ones first, the paused ones last; among the open ones the nearest first, among the closed ones
/// the nearest or, if nobody asked for distances, the one that opens first.
pub fn arrange(found: &mut [Found], from: Option<Wgs84>) {
    for station in found.iter_mut() {
        station.distance_m = from.zip(station.row.at()).map(|(from, at)| geo::distance_m(from, at));
    }
    let rank = |station: &Found| match (station.row.state, station.now) {
        (StateKind::Open, Now::Open { .. }) => 0,
        (StateKind::Open, Now::Closed { next: Some(_) }) => 1,
        (StateKind::Open, Now::Closed { next: None }) => 2,
        _ => 3,
    };
    let opening = |station: &Found| match station.now {
        Now::Closed { next: Some(next) } if from.is_none() => next.micros(),
        _ => 0,
    };
    found.sort_by(|a, b| {
        let distance = |station: &Found| station.distance_m.unwrap_or(f64::INFINITY);
        rank(a).cmp(&rank(b)).then(opening(a).cmp(&opening(b))).then(distance(a).total_cmp(&distance(b)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{four_stations, migrations};
    use testkit::on_sqlite;

    #[test]
    fn distances_are_said_roughly() {
        for (metres, words) in [
            (3.0, "约 50 米"),
            (480.0, "约 500 米"),
            (974.0, "约 950 米"),
            (975.0, "约 1.0 公里"),
            (1249.0, "约 1.2 公里"),
            (12_340.0, "约 12.3 公里"),
            (1e6, "100 公里以外"),
        ] {
            assert_eq!(distance_words(metres), words, "{metres}");
        }
    }

    #[test]
    fn the_open_ones_come_first_and_among_them_the_nearest() {
        on_sqlite(&migrations(), |db| async move {
            four_stations(&db).await?;
            let mut tx = db.begin_read().await?;
            let at = Moment::parse("2022-05-06T09:00")?;
            let mut found = found_stations(&mut tx, &Calendar::published(), at).await?;
            let names = |found: &[Found]| {
                found.iter().map(|f| f.row.name.replace("法律援助工作站", "")).collect::<Vec<_>>()
            };
            arrange(&mut found, None);
            assert_eq!(names(&found), ["洛阳镇", "湖塘镇", "工业园区", "区妇联"]);
            arrange(&mut found, Wgs84::new(31.71, 119.946));
            assert_eq!(
                names(&found),
                ["湖塘镇", "洛阳镇", "区妇联", "工业园区"],
                "the nearest of all is closed"
            );
            assert_eq!(found[2].distance_words().as_deref(), Some("约 50 米"));
            assert_eq!((found[0].label(), found[2].label()), ("开门中", "已关门"));
            keep_matching(&mut found, "妇联 示例街");
            assert_eq!(names(&found), ["区妇联"]);
            let mut found = found_stations(&mut tx, &Calendar::published(), at).await?;
            keep_matching(&mut found, "无障碍");
            assert_eq!(found.len(), 4);
            keep_matching(&mut found, "手语");
            assert!(found.is_empty());
            Ok(())
        });
    }
}
