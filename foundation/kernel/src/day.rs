//! A calendar day: what people write as 2022年5月6日, without time of day or zone.

use crate::error::refuse_as;
use crate::text::to_half_width;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// First and last year a [`Day`] can lie in.
pub(crate) const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// A day of the Gregorian calendar between 1900-01-01 and 2199-12-31.
///
/// Arithmetic that would leave that span stops at its end. In JSON and in the database it is the ISO 8601
/// text `2022-05-06`, which sorts as the days do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The first day there is: 1900-01-01.
    pub const MIN: Day = Day(Date::constant(1900, 1, 1));
    /// The last day there is: 2199-12-31.
    pub const MAX: Day = Day(Date::constant(2199, 12, 31));

    /// That day of that month and year; `None` when there is no such day between 1900 and 2199.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Day> {
        if !YEARS.contains(&year) {
            return None;
        }
        Date::new(year, month, day).ok().map(Day)
    }

    /// Reads a day as a person writes it, in any spelling that can mean only one day: `2022-05-06`,
    /// `2022/5/6`, `2022.5.6`, `20220506`, `2022年5月6日`, `二〇二二年五月六日`, full-width digits, spaces in
    /// between, and the empty time of day (`2022-05-06 00:00:00`) that spreadsheets append.
    ///
    /// # Errors
    /// [`DayError`], whose text tells the person what to enter instead.
    pub fn parse(text: &str) -> Result<Day, DayError> {
        let text = to_half_width(text.trim());
        let text = strip_midnight(text.trim());
        let spelling: String = text.chars().filter(|c| !c.is_whitespace()).map(unify_separator).collect();
        if spelling.is_empty() {
            return Err(DayError::Empty);
        }
        let (year, month, day) = split_spelling(&spelling).ok_or(DayError::Unclear)?;
        if !YEARS.contains(&year) {
            return Err(DayError::OutOfRange);
        }
        Day::new(year, month, day).ok_or(DayError::NotADay)
    }

    /// The year, 1900 to 2199.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week, 1 (Monday) to 7 (Sunday), as in ISO 8601.
    #[must_use]
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// The day of the week in Chinese, `星期五`.
    #[must_use]
    pub fn weekday_label(self) -> &'static str {
        match self.weekday() {
            1 => "星期一",
            2 => "星期二",
            3 => "星期三",
            4 => "星期四",
            5 => "星期五",
            6 => "星期六",
            _ => "星期日",
        }
    }

    /// The day as it stands in Chinese documents, `2022年5月6日`.
    #[must_use]
    pub fn chinese(self) -> String {
        format!("{}年{}月{}日", self.year(), self.month(), self.day())
    }

    /// The day that many days later (earlier when negative).
    #[must_use]
    pub fn add_days(self, days: i64) -> Day {
        let number = self.number().saturating_add(days);
        Day::from_number(number).unwrap_or(if days < 0 { Day::MIN } else { Day::MAX })
    }

    /// The corresponding day that many months later (earlier when negative), or the last day of that month
    /// when it has no corresponding day, as 民法典第二百零二条 has it: 31 January plus one month is the end
    /// of February.
    #[must_use]
    pub fn add_months(self, months: i32) -> Day {
        let index = (i64::from(self.year()) * 12 + i64::from(self.month()) - 1) + i64::from(months);
        let month = (index.rem_euclid(12) + 1) as i8;
        match i16::try_from(index.div_euclid(12)).ok().and_then(|year| Day::new(year, month, 1)) {
            Some(first) => {
                let last = first.last_of_month();
                first.add_days(i64::from(self.day().min(last.day())) - 1)
            }
            None if months < 0 => Day::MIN,
            None => Day::MAX,
        }
    }

    /// How many days later `other` is; negative when it is earlier.
    #[must_use]
    pub fn days_until(self, other: Day) -> i64 {
        other.number() - self.number()
    }

    /// Days since 1970-01-01, which is 0.
    #[must_use]
    pub fn number(self) -> i64 {
        EPOCH.duration_until(self.0).as_hours() / 24
    }

    /// The day that is so many days after 1970-01-01; `None` outside 1900 to 2199.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Day> {
        let hours = number.checked_mul(24).filter(|hours| hours.abs() < 100_000_000)?;
        let date = EPOCH.checked_add(SignedDuration::from_hours(hours)).ok()?;
        Day::from_date(date)
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Day {
        Day(self.0.first_of_month())
    }

    /// The last day of its month.
    #[must_use]
    pub fn last_of_month(self) -> Day {
        Day(self.0.last_of_month())
    }

    /// The day of that date, if it lies in range.
    pub(crate) fn from_date(date: Date) -> Option<Day> {
        YEARS.contains(&date.year()).then_some(Day(date))
    }

    /// The date for computing with zones.
    pub(crate) fn date(self) -> Date {
        self.0
    }
}

/// Takes away the time of day that spreadsheets append to dates, if it is midnight.
fn strip_midnight(text: &str) -> &str {
    let Some((date, time)) = text.split_once(['T', ' ']).filter(|(_, time)| time.contains(':')) else {
        return text;
    };
    if time.trim().chars().all(|c| matches!(c, '0' | ':' | '.')) { date } else { text }
}

/// One sign for each kind of separator.
fn unify_separator(c: char) -> char {
    match c {
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '﹣' => '-',
        '。' | '·' => '.',
        '号' => '日',
        _ => c,
    }
}

/// Year, month and day of a spelling without white space.
fn split_spelling(spelling: &str) -> Option<(i16, i8, i8)> {
    if spelling.len() == 8 && spelling.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u32 = spelling.parse().ok()?;
        return Some(((number / 10_000) as i16, (number / 100 % 100) as i8, (number % 100) as i8));
    }
    let (year, month, day) = if let Some((year, rest)) = spelling.split_once('年') {
        let (month, day) = rest.split_once('月')?;
        (year, month, day.strip_suffix('日').unwrap_or(day))
    } else {
        let separator = spelling.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
        let mut parts = spelling.split(separator);
        let found = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        found
    };
    Some((read_year(year)?, read_number(month)?, read_number(day)?))
}

/// A year of four digits, Arabic or Chinese.
fn read_year(text: &str) -> Option<i16> {
    if text.chars().count() != 4 {
        return None;
    }
    text.chars().try_fold(0, |year, c| Some(year * 10 + i16::from(digit(c)?)))
}

/// A month or day: one or two Arabic digits, or a Chinese number up to 九十九.
fn read_number(text: &str) -> Option<i8> {
    let signs: Vec<char> = text.chars().collect();
    match *signs.as_slice() {
        ['十'] => Some(10),
        ['十', ones] => Some(10 + digit(ones)?),
        [tens, '十'] => Some(digit(tens)? * 10),
        [tens, '十', ones] => Some(digit(tens)? * 10 + digit(ones)?),
        [ones] => digit(ones),
        [tens, ones] => Some(digit(tens)? * 10 + digit(ones)?),
        _ => None,
    }
}

/// The value of an Arabic or Chinese digit.
fn digit(c: char) -> Option<i8> {
    match c {
        '0'..='9' => Some((c as u8 - b'0') as i8),
        '〇' | '零' | '○' => Some(0),
        '一' | '元' => Some(1),
        '二' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}-{:02}", self.year(), self.month(), self.day()))
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = DayFormatError;

    /// Reads ISO 8601 `2022-05-06` only: for what programs wrote. For what people wrote see [`Day::parse`].
    ///
    /// # Errors
    /// [`DayFormatError`] for anything else.
    fn from_str(text: &str) -> Result<Day, DayFormatError> {
        let iso =
            |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
        if text.len() != 10 || !text.bytes().enumerate().all(iso) {
            return Err(DayFormatError);
        }
        Day::parse(text).map_err(|_| DayFormatError)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Day;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day such as \"2022-05-06\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// Why a person's text is no day. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayError {
    /// Nothing was entered.
    Empty,
    /// The spelling is none we know, or could mean several days.
    Unclear,
    /// There is no such day, for example 31 April.
    NotADay,
    /// The year lies outside 1900 to 2199.
    OutOfRange,
    /// The time of day is none, for example 25:00.
    NotATime,
}

impl fmt::Display for DayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DayError::Empty => "请填写日期",
            DayError::Unclear => "请按“2022-05-06”的样式填写日期，年份写四位数",
            DayError::NotADay => "没有这一天，请核对月份和日期",
            DayError::OutOfRange => "年份应在1900年至2199年之间，请核对年份",
            DayError::NotATime => "请按“09:00”的样式填写时间，从00:00到23:59",
        })
    }
}

refuse_as!(Invalid: DayError);

/// A text that a program should have written as `2022-05-06` is none; this is a fault, not a person's slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("日期格式不正确，应为 2022-05-06")]
pub struct DayFormatError;

#[cfg(test)]
#[path = "day_tests.rs"]
pub(crate) mod tests;
