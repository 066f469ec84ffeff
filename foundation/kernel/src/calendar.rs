//! Working days and deadlines: weekends, holidays, working weekends, and how the law counts a term.
//!
//! The State Council publishes each year's arrangement late in the year before. A year without one is *not
//! guessed*: the question is answered with [`NotPublished`], which tells an administrator to enter it.

use crate::calendar_table::NOTICES;
use crate::day::Day;
use crate::error::refuse_as;
use crate::moment::Moment;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// What kind of day it is for those who work from Monday to Friday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// An ordinary working day.
    Working,
    /// An ordinary Saturday or Sunday.
    Weekend,
    /// A day off by a holiday notice, be it a Monday or a Sunday.
    Holiday,
    /// A Saturday or Sunday that a notice makes a working day (调休上班).
    AdjustedWorking,
}

impl DayKind {
    /// Whether offices are open.
    #[must_use]
    pub const fn is_working(self) -> bool {
        matches!(self, DayKind::Working | DayKind::AdjustedWorking)
    }

    /// The word shown in calendars.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            DayKind::Working => "工作日",
            DayKind::Weekend => "休息日",
            DayKind::Holiday => "节假日",
            DayKind::AdjustedWorking => "调休上班",
        }
    }
}

/// The holiday arrangement of that year has not been published, or not been entered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotPublished {
    /// The year in question.
    pub year: u16,
}

impl fmt::Display for NotPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}年放假安排尚未发布，请管理员录入后再计算", self.year)
    }
}

refuse_as!(Conflict: NotPublished);

/// The years whose arrangement is known, and the days that differ from the plain week.
/// Cheap to clone: copies share both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: Arc<BTreeSet<u16>>,
    exceptions: Arc<BTreeMap<Day, (bool, Cow<'static, str>)>>,
}

impl Calendar {
    /// A calendar of the published `years`, with every day that differs from the plain week: the day, whether
    /// it is worked, and the name of the holiday it belongs to. Of two entries for a day the later one wins,
    /// so that an amendment may simply follow what it amends.
    #[must_use]
    pub fn new(
        years: impl IntoIterator<Item = u16>,
        exceptions: impl IntoIterator<Item = (Day, bool, Cow<'static, str>)>,
    ) -> Calendar {
        Calendar {
            years: Arc::new(years.into_iter().collect()),
            exceptions: Arc::new(
                exceptions.into_iter().map(|(day, working, name)| (day, (working, name))).collect(),
            ),
        }
    }

    /// The arrangements of 2015 to 2026 as published by the State Council.
    #[must_use]
    pub fn published() -> Calendar {
        static PUBLISHED: LazyLock<Calendar> = LazyLock::new(Calendar::built_in);
        PUBLISHED.clone()
    }

    fn built_in() -> Calendar {
        let days =
            NOTICES.iter().flat_map(|notice| notice.runs).flat_map(|&(first, count, working, name)| {
                let first = Day::new((first / 10_000) as i16, (first / 100 % 100) as i8, (first % 100) as i8);
                let run = (0..i64::from(count)).filter_map(move |n| first.map(|first| first.add_days(n)));
                run.map(move |day| (day, working, Cow::Borrowed(name)))
            });
        Calendar::new(NOTICES.iter().map(|notice| notice.year), days)
    }

    /// Where the built-in arrangement of that year was published; empty when it is not built in or the source
    /// names no page.
    #[must_use]
    pub fn sources(year: u16) -> &'static [&'static str] {
        NOTICES.iter().find(|notice| notice.year == year).map_or(&[], |notice| notice.papers)
    }

    /// The years whose arrangement is known, ascending.
    pub fn years(&self) -> impl Iterator<Item = u16> {
        self.years.iter().copied()
    }

    /// The days that differ from the plain week, ascending: the day, whether it is worked, the holiday's name.
    pub fn exceptions(&self) -> impl Iterator<Item = (Day, bool, &str)> {
        self.exceptions.iter().map(|(day, (working, name))| (*day, *working, name.as_ref()))
    }

    /// What kind of day it is; `None` when its year has not been published.
    ///
    /// The last days of December can still be changed by the *next* year's notice (2022-12-31 was off by that
    /// of 2023); until that is entered they count as the plain week has them.
    #[must_use]
    pub fn kind(&self, day: Day) -> Option<DayKind> {
        let weekend = day.weekday() >= 6;
        match self.exceptions.get(&day) {
            Some((true, _)) if weekend => Some(DayKind::AdjustedWorking),
            Some((true, _)) => Some(DayKind::Working),
            Some((false, _)) => Some(DayKind::Holiday),
            None if !self.years.contains(&year_of(day)) => None,
            None if weekend => Some(DayKind::Weekend),
            None => Some(DayKind::Working),
        }
    }

    /// The holiday that makes the day off, or that a working weekend makes up for, `春节`.
    #[must_use]
    pub fn holiday_name(&self, day: Day) -> Option<&str> {
        self.exceptions.get(&day).map(|(_, name)| name.as_ref())
    }

    /// Whether offices are open that day.
    ///
    /// # Errors
    /// [`NotPublished`] when that cannot be known yet.
    pub fn is_working(&self, day: Day) -> Result<bool, NotPublished> {
        self.kind(day).map(DayKind::is_working).ok_or(NotPublished { year: year_of(day) })
    }

    /// The first working day after `day`.
    ///
    /// # Errors
    /// [`NotPublished`] when the way there leads into a year that is not known yet.
    pub fn next_working(&self, day: Day) -> Result<Day, NotPublished> {
        let mut next = day;
        loop {
            if next == Day::MAX {
                return Err(NotPublished { year: year_of(Day::MAX) + 1 });
            }
            next = next.add_days(1);
            if self.is_working(next)? {
                return Ok(next);
            }
        }
    }

    /// The `count`-th working day after `day`; `day` itself, working or not, when `count` is 0.
    ///
    /// # Errors
    /// [`NotPublished`] when the way there leads into a year that is not known yet.
    pub fn add_working_days(&self, day: Day, count: u32) -> Result<Day, NotPublished> {
        (0..count).try_fold(day, |day, _| self.next_working(day))
    }

    /// How many working days lie after `from` up to and including `to`; 0 when `to` is not later. It undoes
    /// [`add_working_days`](Calendar::add_working_days).
    ///
    /// # Errors
    /// [`NotPublished`] when a day between them is not known yet.
    pub fn working_days_between(&self, from: Day, to: Day) -> Result<u32, NotPublished> {
        let mut count = 0;
        for ahead in 1..=from.days_until(to) {
            count += u32::from(self.is_working(from.add_days(ahead))?);
        }
        Ok(count)
    }

    /// When a term that starts at `start` ends.
    ///
    /// A term of days, working days or months does not count the day it starts (民法典第二百零一条), a term of
    /// months ends on the corresponding day or else the end of the month (第二百零二条), and both end at 24:00
    /// (第二百零三条), which is told as the last microsecond of the day. A term of hours runs from the moment.
    ///
    /// # Errors
    /// [`NotPublished`] for working days that lead into a year that is not known yet. Terms of calendar days,
    /// months and hours always have a `strict` end; only their `rolled` end may be unknown.
    pub fn due(&self, start: Moment, term: Term) -> Result<Due, NotPublished> {
        let day = start.day();
        let last = match term {
            Term::Hours(hours) => {
                let strict = start.plus_seconds(i64::from(hours) * 3600);
                return Ok(Due { strict, rolled: Ok(strict) });
            }
            Term::CalendarDays(days) => day.add_days(i64::from(days)),
            Term::Months(months) => day.add_months(i32::try_from(months).unwrap_or(i32::MAX)),
            Term::WorkingDays(days) => self.add_working_days(day, days)?,
        };
        let rolled = match self.is_working(last) {
            Ok(true) => Ok(last),
            Ok(false) => self.next_working(last),
            Err(unknown) => Err(unknown),
        };
        Ok(Due { strict: Moment::end_of(last), rolled: rolled.map(Moment::end_of) })
    }
}

/// The year of a day as a year of notices.
fn year_of(day: Day) -> u16 {
    day.year().unsigned_abs()
}

/// A term the law, a contract or a promise sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Term {
    /// 日: every day counts. What a law means when it says no more (法律援助法).
    CalendarDays(u32),
    /// 工作日: holidays and weekends do not count (for example 行政复议法第八十八条, 行政许可法第八十二条).
    WorkingDays(u32),
    /// 小时 or 时: runs on from the very moment, by day and night.
    Hours(u32),
    /// 月: ends on the corresponding day.
    Months(u32),
}

impl Term {
    /// The term in Chinese, `15日`, `3个工作日`, `24小时`, `6个月`.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Term::CalendarDays(n) => format!("{n}日"),
            Term::WorkingDays(n) => format!("{n}个工作日"),
            Term::Hours(n) => format!("{n}小时"),
            Term::Months(n) => format!("{n}个月"),
        }
    }
}

/// When a term ends, by counting alone and with a last day off moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The end by counting alone: what the platform warns by, because it is safe under every reading.
    pub strict: Moment,
    /// The end when a last day that is off moves to the end of the next working day (民法典第二百零三条: the
    /// day after the holiday); what lateness is judged by. A term of hours has no last day and does not move.
    /// Unknown while that year's holidays are not published.
    pub rolled: Result<Moment, NotPublished>,
}

impl Due {
    /// Whether the term is over at `now` under every reading; `None` when only the missing holidays decide.
    #[must_use]
    pub fn is_over(&self, now: Moment) -> Option<bool> {
        match self.rolled {
            Ok(rolled) => Some(now > rolled),
            Err(_) if now <= self.strict => Some(false),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
