//! A moment: a point in time to the microsecond, shown in the time of Shanghai.

use crate::day::{Day, DayError, DayFormatError};
use crate::text::to_half_width;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// The legal time of China, with the summer time of 1986 to 1991, from the tables compiled into the program.
static SHANGHAI: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Asia/Shanghai").expect("the zone tables are compiled in"));

const SECOND: i64 = 1_000_000;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// The database keeps the number, people see the time of Asia/Shanghai. In JSON it is RFC 3339 with the offset
/// `+08:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The moment that many microseconds after the beginning of 1970 in UTC.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Moment {
        Moment(micros)
    }

    /// Microseconds since the beginning of 1970 in UTC.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The moment when clocks in Shanghai show that hour and minute of that day. Beyond 23 hours or 59 minutes
    /// the count simply goes on: hour 24 is the beginning of the next day.
    #[must_use]
    pub fn at(day: Day, hour: i8, minute: i8) -> Moment {
        let minutes = i64::from(hour) * 60 + i64::from(minute);
        let days = SignedDuration::from_hours(24 * minutes.div_euclid(24 * 60));
        // The calendar of jiff goes on beyond that of `Day`, so the last day has its midnight too.
        let date = day.date().saturating_add(days);
        let minutes = minutes.rem_euclid(24 * 60);
        let civil = date.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
        // In the hour that summer time skipped, the clock is read as if it had not been put forward.
        match SHANGHAI.to_timestamp(civil) {
            Ok(timestamp) => Moment(timestamp.as_microsecond()),
            Err(_) => Moment(day.number() * 24 * 3600 * SECOND),
        }
    }

    /// The first moment of that day in Shanghai.
    #[must_use]
    pub fn start_of(day: Day) -> Moment {
        Moment::at(day, 0, 0)
    }

    /// The last microsecond of that day in Shanghai: what the law calls 二十四时, still within the day.
    #[must_use]
    pub fn end_of(day: Day) -> Moment {
        Moment(Moment::at(day, 24, 0).0 - 1)
    }

    /// The day it is in Shanghai then.
    #[must_use]
    pub fn day(self) -> Day {
        let date = self.zoned().date();
        Day::from_date(date).unwrap_or(if self.0 < 0 { Day::MIN } else { Day::MAX })
    }

    /// The day, the hour (0 to 23) and the minute (0 to 59) that clocks in Shanghai show then.
    #[must_use]
    pub fn local_parts(self) -> (Day, i8, i8) {
        let zoned = self.zoned();
        (self.day(), zoned.hour(), zoned.minute())
    }

    /// What clocks in Shanghai show then, `2022-05-06 09:00`.
    #[must_use]
    pub fn local(self) -> String {
        let (day, hour, minute) = self.local_parts();
        format!("{day} {hour:02}:{minute:02}")
    }

    /// The same as the value of an HTML `datetime-local` field, `2022-05-06T09:00`.
    #[must_use]
    pub fn html(self) -> String {
        let (day, hour, minute) = self.local_parts();
        format!("{day}T{hour:02}:{minute:02}")
    }

    /// The same in Chinese, `2022年5月6日 09:00`.
    #[must_use]
    pub fn chinese(self) -> String {
        let (day, hour, minute) = self.local_parts();
        format!("{} {hour:02}:{minute:02}", day.chinese())
    }

    /// Reads Shanghai time as a browser's `datetime-local` field sends it, `2022-05-06T09:00`, also with
    /// seconds, with a space or nothing between 日 and the time, and with any spelling of the day that
    /// [`Day::parse`] accepts.
    ///
    /// # Errors
    /// [`DayError`], whose text tells the person what to enter instead.
    pub fn parse(text: &str) -> Result<Moment, DayError> {
        let text = to_half_width(text.trim());
        let text = text.trim();
        if text.is_empty() {
            return Err(DayError::Empty);
        }
        let (day, time) = match text.rsplit_once(['T', ' ', '日']) {
            Some((day, time)) => (day, time),
            None => (text, ""),
        };
        let (hour, rest) = time.split_once(':').ok_or(DayError::NotATime)?;
        let (minute, second) = rest.split_once(':').unwrap_or((rest, "0"));
        let second = second.split_once('.').map_or(second, |(whole, _)| whole);
        let day = Day::parse(day)?;
        let hour = two_digits(hour, 23).ok_or(DayError::NotATime)?;
        let minute = two_digits(minute, 59).ok_or(DayError::NotATime)?;
        let second = two_digits(second, 59).ok_or(DayError::NotATime)?;
        Ok(Moment::at(day, hour, minute).plus_seconds(i64::from(second)))
    }

    /// The moment so many seconds later (earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Whole seconds until `other`, rounded down; negative when it is earlier.
    #[must_use]
    pub const fn seconds_until(self, other: Moment) -> i64 {
        other.0.saturating_sub(self.0).div_euclid(SECOND)
    }

    /// The timestamp; at the ends of what jiff can represent it stops.
    fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    fn zoned(self) -> Zoned {
        self.timestamp().to_zoned(SHANGHAI.clone())
    }
}

/// One or two ASCII digits up to a limit.
fn two_digits(text: &str, limit: i8) -> Option<i8> {
    let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| fits && *value <= limit)
}

impl fmt::Display for Moment {
    /// RFC 3339 with the offset `+08:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().display_with_offset(Offset::constant(8)).fmt(f)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Moment {
    type Err = DayFormatError;

    /// Reads RFC 3339 with any offset: for what programs wrote. For what people entered see [`Moment::parse`].
    ///
    /// # Errors
    /// [`DayFormatError`] for anything else.
    fn from_str(text: &str) -> Result<Moment, DayFormatError> {
        let timestamp: Timestamp = text.parse().map_err(|_| DayFormatError)?;
        Ok(Moment(timestamp.as_microsecond()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment such as \"2022-05-06T09:00:00+08:00\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::tests::any_day;
    use proptest::prelude::*;

    fn day(year: i16, month: i8, day: i8) -> Day {
        Day::new(year, month, day).expect("a day of the calendar")
    }

    #[test]
    fn clocks_show_the_time_of_shanghai() {
        let moment = Moment::at(day(2022, 5, 6), 9, 0);
        assert_eq!(moment.micros(), 1_651_798_800_000_000);
        assert_eq!(moment.local(), "2022-05-06 09:00");
        assert_eq!(moment.html(), "2022-05-06T09:00");
        assert_eq!(moment.chinese(), "2022年5月6日 09:00");
        assert_eq!(moment.local_parts(), (day(2022, 5, 6), 9, 0));
        assert_eq!(format!("{moment:?}"), "2022-05-06T09:00:00+08:00");
        assert_eq!(Moment::from_micros(0).local(), "1970-01-01 08:00");
    }

    #[test]
    fn a_day_begins_and_ends_in_shanghai() {
        let today = day(2022, 5, 6);
        assert_eq!(Moment::start_of(today).day(), today);
        assert_eq!(Moment::from_micros(Moment::start_of(today).micros() - 1).day(), day(2022, 5, 5));
        assert_eq!(Moment::end_of(today).local(), "2022-05-06 23:59");
        assert_eq!(Moment::end_of(today).to_string(), "2022-05-06T23:59:59.999999+08:00");
        assert_eq!(Moment::at(today, 24, 0), Moment::start_of(day(2022, 5, 7)));
        assert_eq!(Moment::at(today, 9, 75), Moment::at(today, 10, 15));
        assert_eq!(Moment::at(today, 0, -1).local(), "2022-05-05 23:59");
    }

    #[test]
    fn summer_time_of_1986_to_1991_is_known() {
        // 1986-05-04 02:00 was put forward to 03:00, and 1986-09-14 02:00 back to 01:00.
        let winter = Moment::at(day(1986, 5, 3), 12, 0);
        let summer = Moment::at(day(1986, 5, 5), 12, 0);
        assert_eq!(winter.seconds_until(summer), 47 * 3600);
        assert_eq!(summer.local(), "1986-05-05 12:00");
        assert_eq!(summer.to_string(), "1986-05-05T11:00:00+08:00");
        assert_eq!(Moment::at(day(1986, 5, 4), 2, 30).local(), "1986-05-04 03:30");
    }

    #[test]
    fn form_fields_are_read() {
        let moment = Moment::at(day(2022, 5, 6), 9, 0);
        for text in [
            "2022-05-06T09:00",
            "2022-05-06T09:00:00",
            "2022-05-06T09:00:00.000",
            " 2022-05-06 9:00 ",
            "2022/5/6 09:00",
            "2022年5月6日 09:00",
            "2022年5月6日9：00",
            "２０２２－０５－０６　０９：００",
        ] {
            assert_eq!(Moment::parse(text), Ok(moment), "{text}");
        }
        assert_eq!(Moment::parse("2022-05-06T09:00:07"), Ok(moment.plus_seconds(7)));
        for (text, error) in [
            ("", DayError::Empty),
            ("2022-05-06", DayError::NotATime),
            ("2022-05-06T24:00", DayError::NotATime),
            ("2022-05-06T09:60", DayError::NotATime),
            ("2022-05-06T09", DayError::NotATime),
            ("2022-05-06T+9:00", DayError::NotATime),
            ("2022-02-30T09:00", DayError::NotADay),
            ("T09:00", DayError::Empty),
        ] {
            assert_eq!(Moment::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn json_is_rfc_3339() {
        let moment = Moment::at(day(2022, 5, 6), 9, 0);
        let json = serde_json::to_string(&moment).expect("serialises");
        assert_eq!(json, "\"2022-05-06T09:00:00+08:00\"");
        assert_eq!(serde_json::from_str::<Moment>(&json).expect("reads"), moment);
        assert_eq!("2022-05-06T01:00:00Z".parse(), Ok(moment));
        assert!(serde_json::from_str::<Moment>("\"2022-05-06 09:00\"").is_err());
        assert!(serde_json::from_str::<Moment>("\"2022-05-06T09:00:00\"").is_err());
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        assert_eq!(Moment::from_micros(i64::MIN).day(), Day::MIN);
        assert_eq!(Moment::from_micros(i64::MAX).day(), Day::MAX);
        assert_eq!(Moment::from_micros(i64::MAX).plus_seconds(1).micros(), i64::MAX);
        assert_eq!(Moment::from_micros(0).seconds_until(Moment::from_micros(-1)), -1);
        assert_eq!(Moment::from_micros(i64::MIN).local_parts().0, Day::MIN);
        assert_eq!(Moment::end_of(Day::MAX).local(), "2199-12-31 23:59");
        assert_eq!(Moment::start_of(Day::MIN).day(), Day::MIN);
    }

    proptest! {
        #[test]
        fn moments_survive_text(micros in -2_000_000_000_000_000i64..7_000_000_000_000_000) {
            let moment = Moment::from_micros(micros);
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }

        #[test]
        // From 1992 on: before, there were hours that a change of the clock skipped.
        fn the_clock_is_read_back(number in 8035i64..83_600, hour in 0i8..24, minute in 0i8..60) {
            let day = Day::from_number(number).expect("1992 to 2198");
            let moment = Moment::at(day, hour, minute);
            prop_assert_eq!(moment.local_parts(), (day, hour, minute));
            prop_assert_eq!(Moment::parse(&moment.html()), Ok(moment));
            prop_assert!(Moment::start_of(day) <= moment && moment <= Moment::end_of(day));
        }

        #[test]
        fn days_follow_each_other_without_gap(day in any_day()) {
            if day < Day::MAX {
                let next = Moment::start_of(day.add_days(1));
                prop_assert_eq!(Moment::end_of(day).micros() + 1, next.micros());
            }
            prop_assert_eq!(Moment::end_of(day).day(), day);
        }
    }
}
