//! Reporting periods under several schemes: what "the first quarter" means depends on who asks.
//!
//! Three schemes are in use: the calendar's, the justice ministry's statistical year from December to
//! November, and reports that run from the 21st to the 20th. Facts are counted by half-month [`Segment`]s cut
//! at the 1st and the 21st, so the periods of every scheme are sums over whole segments.

use crate::day::{Day, YEARS};
use crate::error::refuse_as;
use crate::text::to_half_width;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// How a year is cut into halves, quarters and months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Scheme {
    /// January to December; a month is the calendar month.
    #[default]
    Calendar,
    /// The ministry's statistical year: December to November, so the first quarter of 2022 is December 2021
    /// to February 2022. A month is the calendar month.
    Ministry,
    /// From the 21st to the 20th: March 2022 is 21 February to 20 March 2022, the first quarter is
    /// 21 December 2021 to 20 March 2022.
    TwentyFirst,
}

impl Scheme {
    /// Every scheme, the calendar's first.
    pub const ALL: [Scheme; 3] = [Scheme::Calendar, Scheme::Ministry, Scheme::TwentyFirst];

    /// The name in addresses, settings and the database.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Scheme::Calendar => "calendar",
            Scheme::Ministry => "ministry",
            Scheme::TwentyFirst => "twenty-first",
        }
    }

    /// The name shown in lists of choices.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Scheme::Calendar => "自然年度（1月至12月）",
            Scheme::Ministry => "司法行政统计年度（上年12月至当年11月）",
            Scheme::TwentyFirst => "二十一日口径（上月21日至当月20日）",
        }
    }
}

impl FromStr for Scheme {
    type Err = PeriodError;

    /// Reads a [`key`](Scheme::key).
    ///
    /// # Errors
    /// [`PeriodError::Scheme`] for anything else.
    fn from_str(text: &str) -> Result<Scheme, PeriodError> {
        Scheme::ALL.into_iter().find(|scheme| scheme.key() == text).ok_or(PeriodError::Scheme)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// Which part of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The month, 1 to 12.
    Month(u8),
    /// The quarter, 1 to 4.
    Quarter(u8),
    /// The half, 1 or 2.
    Half(u8),
    /// All of it.
    Year,
}

/// How long a part is, regardless of which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// One month.
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    Half,
    /// Twelve months.
    Year,
}

impl PartKind {
    /// Every length, shortest first.
    pub const ALL: [PartKind; 4] = [PartKind::Month, PartKind::Quarter, PartKind::Half, PartKind::Year];

    /// How many months it has.
    #[must_use]
    pub const fn months(self) -> u8 {
        match self {
            PartKind::Month => 1,
            PartKind::Quarter => 3,
            PartKind::Half => 6,
            PartKind::Year => 12,
        }
    }

    /// The word for it, `季度`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            PartKind::Month => "月度",
            PartKind::Quarter => "季度",
            PartKind::Half => "半年",
            PartKind::Year => "年度",
        }
    }

    /// The `number`-th part of that length, counted from 1.
    const fn part(self, number: u8) -> Part {
        match self {
            PartKind::Month => Part::Month(number),
            PartKind::Quarter => Part::Quarter(number),
            PartKind::Half => Part::Half(number),
            PartKind::Year => Part::Year,
        }
    }
}

impl Part {
    /// How long it is.
    #[must_use]
    pub const fn kind(self) -> PartKind {
        match self {
            Part::Month(_) => PartKind::Month,
            Part::Quarter(_) => PartKind::Quarter,
            Part::Half(_) => PartKind::Half,
            Part::Year => PartKind::Year,
        }
    }

    /// Which of its length it is, counted from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Part::Month(number) | Part::Quarter(number) | Part::Half(number) => number,
            Part::Year => 1,
        }
    }
}

/// A month, quarter, half or year under a scheme.
///
/// Under [`Scheme::Ministry`] a month is named by its calendar month, so `2022-12` is December 2022 although
/// it opens the ministry's year 2023.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    scheme: Scheme,
    year: i16,
    part: Part,
}

impl Period {
    /// That part of that year; `None` when there is no such part, or the year is not within 1901 to 2198.
    #[must_use]
    pub fn new(scheme: Scheme, year: i16, part: Part) -> Option<Period> {
        let parts = 12 / part.kind().months();
        let known = *YEARS.start() + 1..=*YEARS.end() - 1;
        ((1..=parts).contains(&part.number()) && known.contains(&year)).then_some(Period {
            scheme,
            year,
            part,
        })
    }

    /// Reads `2022Q1`, `2022-03`, `2022M03`, `2022M3`, `2022H1` or `2022`, upper or lower case.
    ///
    /// # Errors
    /// [`PeriodError::Unclear`] for anything else.
    pub fn parse(scheme: Scheme, text: &str) -> Result<Period, PeriodError> {
        let text = to_half_width(text.trim()).to_ascii_uppercase();
        let (year, rest) = text.split_at_checked(4).ok_or(PeriodError::Unclear)?;
        let part = match rest.as_bytes() {
            [] => Part::Year,
            [b'Q', digits @ ..] if digits.len() == 1 => Part::Quarter(number(digits)?),
            [b'H', digits @ ..] if digits.len() == 1 => Part::Half(number(digits)?),
            [b'M' | b'-', digits @ ..] if (1..=2).contains(&digits.len()) => Part::Month(number(digits)?),
            _ => return Err(PeriodError::Unclear),
        };
        if !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PeriodError::Unclear);
        }
        let year = year.parse().map_err(|_| PeriodError::Unclear)?;
        Period::new(scheme, year, part).ok_or(PeriodError::Unclear)
    }

    /// The period of that length that contains the day.
    #[must_use]
    pub fn containing(scheme: Scheme, kind: PartKind, day: Day) -> Period {
        let month = month_of(day) + i32::from(scheme == Scheme::TwentyFirst && day.day() >= 21);
        Period::of_month(scheme, kind, month)
    }

    /// The period of that length that contains the month with that index (see [`month_of`]).
    fn of_month(scheme: Scheme, kind: PartKind, month: i32) -> Period {
        let shift = if scheme == Scheme::Ministry && kind != PartKind::Month { 1 } else { 0 };
        let within = (month + shift).rem_euclid(12) as u8;
        let year = saturate((month + shift).div_euclid(12));
        Period { scheme, year, part: kind.part(within / kind.months() + 1) }
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.scheme
    }

    /// The year in the period's name; under [`Scheme::Ministry`] the year the statistical year ends in, and
    /// for a month its calendar year.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// Which part of the year.
    #[must_use]
    pub const fn part(self) -> Part {
        self.part
    }

    /// The indices of its first and last month.
    fn months(self) -> (i32, i32) {
        let length = i32::from(self.part.kind().months());
        let mut first = i32::from(self.year) * 12 + (i32::from(self.part.number()) - 1) * length;
        if self.scheme == Scheme::Ministry && self.part.kind() != PartKind::Month {
            first -= 1;
        }
        (first, first + length - 1)
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        let (first, _) = self.months();
        match self.scheme {
            Scheme::TwentyFirst => day_in(first - 1, 21),
            Scheme::Calendar | Scheme::Ministry => day_in(first, 1),
        }
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Day {
        let (_, last) = self.months();
        match self.scheme {
            Scheme::TwentyFirst => day_in(last, 20),
            Scheme::Calendar | Scheme::Ministry => day_in(last, 1).last_of_month(),
        }
    }

    /// Whether the day lies in it.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first() <= day && day <= self.last()
    }

    /// The period of the same length before it.
    #[must_use]
    pub fn previous(self) -> Period {
        Period::of_month(self.scheme, self.part.kind(), self.months().0 - 1)
    }

    /// The period of the same length after it.
    #[must_use]
    pub fn next(self) -> Period {
        Period::of_month(self.scheme, self.part.kind(), self.months().1 + 1)
    }

    /// The same part of the year before: what 同比 compares with.
    #[must_use]
    pub const fn year_before(self) -> Period {
        Period { year: self.year.saturating_sub(1), ..self }
    }

    /// From the first day of the scheme's year through its own last day: what 累计 covers.
    #[must_use]
    pub fn year_to_date(self) -> (Day, Day) {
        let year = Period::of_month(self.scheme, PartKind::Year, self.months().0);
        (year.first(), self.last())
    }

    /// Its months, in order; of a month itself alone.
    #[must_use]
    pub fn parts(self) -> Vec<Period> {
        let (first, last) = self.months();
        (first..=last).map(|month| Period::of_month(self.scheme, PartKind::Month, month)).collect()
    }

    /// The numbers of the segments it is made of.
    #[must_use]
    pub fn segments(self) -> RangeInclusive<i32> {
        Segment::of(self.first()).number()..=Segment::of(self.last()).number()
    }

    /// Its name, `2022年第一季度`, `2022年3月`, `2022年上半年`, `2022年`.
    #[must_use]
    pub fn label(self) -> String {
        let year = self.year;
        match self.part {
            Part::Month(month) => format!("{year}年{month}月"),
            Part::Quarter(quarter) => format!("{year}年第{}季度", chinese_digit(quarter)),
            Part::Half(_) => format!("{year}年{}", self.short_label()),
            Part::Year => format!("{year}年"),
        }
    }

    /// Its name within the year, `一季度`, `3月`, `上半年`, `全年`.
    #[must_use]
    pub fn short_label(self) -> String {
        match self.part {
            Part::Month(month) => format!("{month}月"),
            Part::Quarter(quarter) => format!("{}季度", chinese_digit(quarter)),
            Part::Half(1) => "上半年".to_owned(),
            Part::Half(_) => "下半年".to_owned(),
            Part::Year => "全年".to_owned(),
        }
    }

    /// Its days, `2021年12月21日至2022年3月20日`: to be shown beside every figure, since the name alone does
    /// not tell the scheme.
    #[must_use]
    pub fn span_label(self) -> String {
        format!("{}至{}", self.first().chinese(), self.last().chinese())
    }
}

impl fmt::Display for Period {
    /// The canonical name, `2022Q1`, `2022-03`, `2022H1`, `2022`; the scheme is told separately.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.year;
        match self.part {
            Part::Month(month) => write!(f, "{year:04}-{month:02}"),
            Part::Quarter(quarter) => write!(f, "{year:04}Q{quarter}"),
            Part::Half(half) => write!(f, "{year:04}H{half}"),
            Part::Year => write!(f, "{year:04}"),
        }
    }
}

/// A half-month segment: the 1st to the 20th, or the 21st to the end of the month.
///
/// Facts are counted by segment, because every period of every [`Scheme`] is a run of whole segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment(i32);

impl Segment {
    /// The segment the day lies in.
    #[must_use]
    pub fn of(day: Day) -> Segment {
        Segment(month_of(day) * 2 + i32::from(day.day() >= 21))
    }

    /// The segment with that number.
    #[must_use]
    pub const fn from_number(number: i32) -> Segment {
        Segment(number)
    }

    /// Its number, (year × 12 + month − 1) × 2, one more from the 21st on; consecutive.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        day_in(self.0.div_euclid(2), if self.0.rem_euclid(2) == 0 { 1 } else { 21 })
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Day {
        let month = self.0.div_euclid(2);
        if self.0.rem_euclid(2) == 0 { day_in(month, 20) } else { day_in(month, 1).last_of_month() }
    }
}

/// The index of the day's month: year × 12 + month − 1.
fn month_of(day: Day) -> i32 {
    i32::from(day.year()) * 12 + i32::from(day.month()) - 1
}

/// That day of the month with that index; at the ends of the calendar it stops.
fn day_in(month: i32, day: i8) -> Day {
    let year = month.div_euclid(12);
    let end = if year < i32::from(*YEARS.start()) { Day::MIN } else { Day::MAX };
    Day::new(saturate(year), (month.rem_euclid(12) + 1) as i8, day).unwrap_or(end)
}

/// The nearest number that fits.
fn saturate(year: i32) -> i16 {
    i16::try_from(year).unwrap_or(if year < 0 { i16::MIN } else { i16::MAX })
}

/// A number of one or two ASCII digits.
fn number(digits: &[u8]) -> Result<u8, PeriodError> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + (digit - b'0')),
        _ => Err(PeriodError::Unclear),
    })
}

/// One to four in Chinese.
const fn chinese_digit(number: u8) -> &'static str {
    match number {
        1 => "一",
        2 => "二",
        3 => "三",
        _ => "四",
    }
}

/// Why a text names no period. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodError {
    /// The name of the period is none.
    Unclear,
    /// The name of the scheme is none.
    Scheme,
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PeriodError::Unclear => "请选择统计期，例如“2022Q1”“2022-03”“2022H1”或“2022”",
            PeriodError::Scheme => "请选择统计口径",
        })
    }
}

refuse_as!(Invalid: PeriodError);

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
