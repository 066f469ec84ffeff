//! How long personal data is kept: mark, warn, purge. The kinds of data are offered by the modules that hold them.

use kernel::{Day, Fault, Id};
use std::{future::Future, pin::Pin};
use store::Tx;
use web::App;

/// Which records are asked for: those whose time began before a day, by ids from `after` (exclusive) to `upto`.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The time to keep began before this day.
    pub before: Day,
    /// Ids above this one.
    pub after: i64,
    /// Ids up to this one.
    pub upto: i64,
    /// At most so many.
    pub limit: i64,
}

/// Ids of records with the day their time began, by id; when they come.
pub type DueFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<(i64, Day)>, Fault>> + Send + 'a>>;
/// A number of records, when it comes.
pub type CountFuture<'a> = Pin<Box<dyn Future<Output = Result<i64, Fault>> + Send + 'a>>;
/// A purge, when it is done.
pub type PurgeFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// A kind of personal data and how long it is kept; offered by the module that holds it ([`web::Extension`]).
#[derive(Clone, Copy)]
pub struct RetentionPolicy {
    /// Stable name: `portal.callback`.
    pub key: &'static str,
    /// What it is: 请回电登记.
    pub title: &'static str,
    /// What is purged, and what stays.
    pub what: &'static str,
    /// How many months it is kept, from when; unless a person decided otherwise.
    pub months: i64,
    /// From when the time runs: 办结之日起.
    pub begins: &'static str,
    /// The law or decision behind the period; 待本局确认 where there is none.
    pub basis: &'static str,
    /// Order of purging, ascending: what depends on others goes first.
    pub rank: u32,
    /// The kind of record, as the audit trail calls it.
    pub object: &'static str,
    /// The page of a record, if it has one.
    pub href: Option<fn(i64) -> String>,
    /// How many records still hold personal data.
    pub kept: for<'a> fn(&'a mut Tx) -> CountFuture<'a>,
    /// Records whose time is over. Never those of open matters.
    pub due: for<'a> fn(&'a App, &'a mut Tx, Due) -> DueFuture<'a>,
    /// Blanks one record: sealed columns and blind indexes are overwritten, id and figures stay. Twice does no harm.
    pub purge: for<'a> fn(&'a mut Tx, i64) -> PurgeFuture<'a>,
}

/// How long a marked record waits before it is purged, so that somebody can hold it back.
pub const WARN_DAYS: i64 = 30;

/// The last day before which the time must have begun to be over on a day.
pub(crate) fn cutoff(today: Day, months: i64) -> Day {
    today.add_months(-i32::try_from(months).unwrap_or(i32::MAX))
}

/// Where a marked record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkState {
    /// Waits to be purged.
    Marked,
    /// Held back by a person, with a reason.
    Held,
    /// Its time is no longer over: the matter was opened again, or the period was made longer.
    Released,
    /// Purged.
    Purged,
}
::store::text_column!(MarkState { Marked = "marked", Held = "held", Released = "released", Purged = "purged" });

impl MarkState {
    /// The word on screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Marked => "待清除",
            Self::Held => "暂缓",
            Self::Released => "已撤销标记",
            Self::Purged => "已清除",
        }
    }

    /// The class of its badge.
    pub(crate) fn badge(self) -> &'static str {
        match self {
            Self::Marked => "warn",
            Self::Held => "info",
            Self::Released | Self::Purged => "muted",
        }
    }
}

/// A marked record; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {}

::store::record! {
    /// A record whose time is over.
    #[derive(Debug, Clone)]
    pub(crate) struct MarkRow {
        pub(crate) id: Id<Mark>,
        pub(crate) policy: String,
        pub(crate) object_id: i64,
        pub(crate) since: Day,
        pub(crate) marked_on: Day,
        pub(crate) purge_on: Day,
        pub(crate) state: MarkState,
        pub(crate) hold_reason: String,
        pub(crate) held_name: String,
        pub(crate) version: i64,
    }
}

::store::record! {
    /// A period that a person decided about.
    #[derive(Debug, Clone)]
    pub(crate) struct PeriodRow {
        pub(crate) months: i64,
        pub(crate) basis: String,
        pub(crate) valid_from: Day,
        pub(crate) set_name: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_over_on_the_day_itself() {
        let day = |text| Day::parse(text).expect("a day");
        // Something that began on 2019-05-05 is over on 2022-05-06, for 2019-05-05 lies before the cutoff.
        assert_eq!(cutoff(day("2022-05-06"), 36), day("2019-05-06"));
        assert_eq!(cutoff(day("2024-02-29"), 12), day("2023-02-28"), "shorter months end earlier");
    }
}
