//! When a station is open: its weekly hours, bent by the holiday calendar and by exceptions of single days.

use crate::hours::{Span, WeeklyHours, spans_text, weekday_word};
use kernel::{Calendar, Day, DayKind, Moment};

/// How far ahead an opening is looked for.
pub(crate) const HORIZON: i64 = 14;

/// A day on which a station keeps other hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The day.
    pub day: Day,
    /// Its hours; empty: closed all day.
    pub spans: Vec<Span>,
    /// Why.
    pub reason: String,
}

/// Why a day has the hours it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// As every week.
    Weekly,
    /// The station said so for that day.
    Exception(String),
    /// A statutory holiday, with its name.
    Holiday(String),
    /// A weekend day that is worked in exchange for a holiday.
    AdjustedWorking,
}

impl Why {
    /// The words beside the hours; nothing on ordinary days.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Weekly => String::new(),
            Self::Exception(reason) if reason.is_empty() => "临时调整".to_owned(),
            Self::Exception(reason) => reason.clone(),
            Self::Holiday(name) => format!("{name}放假"),
            Self::AdjustedWorking => "调休上班".to_owned(),
        }
    }
}

/// The hours of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHours {
    /// The day.
    pub day: Day,
    /// Its spans, in order.
    pub spans: Vec<Span>,
    /// Why it has them.
    pub why: Why,
}

impl DayHours {
    /// The spans as people read them.
    #[must_use]
    pub fn text(&self) -> String {
        spans_text(&self.spans)
    }

    /// `5 月 6 日 周五`.
    #[must_use]
    pub fn day_words(&self) -> String {
        format!("{}月{}日 {}", self.day.month(), self.day.day(), weekday_word(self.day.weekday()))
    }
}

/// Whether it is open, and what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// Open until then.
    Open {
        /// The minute it closes.
        until: Moment,
    },
    /// Closed.
    Closed {
        /// When it opens next, if that is within the horizon.
        next: Option<Moment>,
    },
}

impl Now {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// `11:30 关门`, `今天 13:30 开门`, `明天（周六）9:00 开门`.
    #[must_use]
    pub fn words(self, today: Day) -> String {
        match self {
            Self::Open { until } => {
                let (day, hour, minute) = until.local_parts();
                match today.days_until(day) {
                    0 => format!("{hour}:{minute:02} 关门"),
                    1 if hour == 0 && minute == 0 => "24:00 关门".to_owned(),
                    8.. => "全天开门".to_owned(),
                    _ => format!("开到{}月{}日 {hour}:{minute:02}", day.month(), day.day()),
                }
            }
            Self::Closed { next: Some(next) } => {
                let (day, hour, minute) = next.local_parts();
                let weekday = weekday_word(day.weekday());
                let when = match today.days_until(day) {
                    0 => "今天".to_owned(),
                    1 => format!("明天（{weekday}）"),
                    2 => format!("后天（{weekday}）"),
                    _ => format!("{}月{}日（{weekday}）", day.month(), day.day()),
                };
                format!("{when} {hour}:{minute:02} 开门")
            }
            Self::Closed { next: None } => format!("最近 {HORIZON} 天没有开门安排，去之前请先打电话"),
        }
    }
}

/// Everything that decides when a station is open.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// Hours of the week.
    pub hours: &'a WeeklyHours,
    /// Whether statutory holidays close it and adjusted working days open it (国务院放假通知).
    pub follows_calendar: bool,
    /// Its exceptions.
    pub exceptions: &'a [Exception],
    /// The holidays.
    pub calendar: &'a Calendar,
}

impl Schedule<'_> {
    /// The hours of that day. An exception decides first. A station that follows the calendar is closed on
    /// statutory holidays, and on a weekend day worked in exchange it keeps the hours of a working day, or its
    /// own of that day if it works on too few days to have such hours. Years without a published calendar
    /// have plain weeks.
    #[must_use]
    pub fn on(&self, day: Day) -> DayHours {
        if let Some(exception) = self.exceptions.iter().find(|exception| exception.day == day) {
            return DayHours {
                day,
                spans: exception.spans.clone(),
                why: Why::Exception(exception.reason.clone()),
            };
        }
        let weekly = self.hours.on(day.weekday()).to_vec();
        let kind = if self.follows_calendar { self.calendar.kind(day) } else { None };
        match kind {
            Some(DayKind::Holiday) => {
                let name = self.calendar.holiday_name(day).unwrap_or("节假日").to_owned();
                DayHours { day, spans: Vec::new(), why: Why::Holiday(name) }
            }
            Some(DayKind::AdjustedWorking) if !self.hours.usual_working_day().is_empty() => {
                DayHours { day, spans: self.hours.usual_working_day().to_vec(), why: Why::AdjustedWorking }
            }
            _ => DayHours { day, spans: weekly, why: Why::Weekly },
        }
    }

    /// The hours of that day and the ones after it.
    #[must_use]
    pub fn days(&self, from: Day, count: i64) -> Vec<DayHours> {
        (0..count).map(|ahead| self.on(from.add_days(ahead))).collect()
    }

    /// Whether it is open at that moment.
    #[must_use]
    pub fn is_open(&self, at: Moment) -> bool {
        let (day, minute) = parts(at);
        self.on(day).spans.iter().any(|span| span.contains(minute))
    }

    /// The first opening after that moment, within `HORIZON` days.
    #[must_use]
    pub fn next_opening(&self, from: Moment) -> Option<Moment> {
        let (today, minute) = parts(from);
        (0..=HORIZON).find_map(|ahead| {
            let day = today.add_days(ahead);
            let spans = self.on(day).spans;
            let next = spans.iter().find(|span| ahead > 0 || span.from() > minute)?;
            Some(at_minute(day, next.from())).filter(|next| from.seconds_until(*next) <= HORIZON * 86_400)
        })
    }

    /// Whether it is open at that moment, and until when, or when it opens next.
    #[must_use]
    pub fn now(&self, at: Moment) -> Now {
        let (mut day, minute) = parts(at);
        let Some(span) = self.on(day).spans.into_iter().find(|span| span.contains(minute)) else {
            return Now::Closed { next: self.next_opening(at) };
        };
        let mut until = span.to();
        // Round the clock: midnight is no closing time when the next day begins with open doors.
        for _ in 0..HORIZON {
            let goes_on =
                self.on(day.add_days(1)).spans.into_iter().find(|next| until == 1440 && next.from() == 0);
            let Some(next) = goes_on else { break };
            (day, until) = (day.add_days(1), next.to());
        }
        Now::Open { until: at_minute(day, until) }
    }

    /// The days among the next `HORIZON` that differ from the weekly hours.
    #[must_use]
    pub fn unusual_days(&self, from: Day) -> Vec<DayHours> {
        self.days(from, HORIZON).into_iter().filter(|day| day.why != Why::Weekly).collect()
    }
}

fn parts(at: Moment) -> (Day, u16) {
    let (day, hour, minute) = at.local_parts();
    (day, u16::from(hour.unsigned_abs()) * 60 + u16::from(minute.unsigned_abs()))
}

fn at_minute(day: Day, minute: u16) -> Moment {
    Moment::start_of(day).plus_seconds(i64::from(minute) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::day_spans;

    fn at(text: &str) -> Moment {
        Moment::parse(text).expect("a moment")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// What a station with those hours and exceptions says.
    fn with<T>(
        hours: &str,
        follows: bool,
        exceptions: &[(&str, &str)],
        ask: impl Fn(&Schedule<'_>) -> T,
    ) -> T {
        let hours = WeeklyHours::parse(hours).expect("hours");
        let exceptions: Vec<Exception> = exceptions
            .iter()
            .map(|(on, spans)| Exception {
                day: day(on),
                spans: day_spans(spans).expect("spans"),
                reason: "培训".to_owned(),
            })
            .collect();
        let calendar = Calendar::published();
        ask(&Schedule {
            hours: &hours,
            follows_calendar: follows,
            exceptions: &exceptions,
            calendar: &calendar,
        })
    }

    const OFFICE: &str = "1-5 08:30-11:30 13:30-17:00";

    #[test]
    fn holidays_close_and_worked_saturdays_open_who_follows_the_calendar() {
        // 2022-05-04 was a Wednesday off for 1 May, 2022-05-07 the Saturday worked for it.
        with(OFFICE, true, &[], |s| {
            assert!(!s.is_open(at("2022-05-04T09:00")));
            assert_eq!(s.on(day("2022-05-04")).why.label(), "劳动节放假");
            assert!(s.is_open(at("2022-05-07T09:00")) && !s.is_open(at("2022-05-07T12:00")));
            assert_eq!(s.on(day("2022-05-07")).why, Why::AdjustedWorking);
            assert!(!s.is_open(at("2022-05-08T09:00")), "the Sunday after is an ordinary one");
        });
        with(OFFICE, false, &[], |s| {
            assert!(s.is_open(at("2022-05-04T09:00")), "a station in a hospital may work on a holiday");
            assert!(!s.is_open(at("2022-05-07T09:00")));
        });
    }

    #[test]
    fn a_worked_saturday_has_the_hours_of_a_working_day_even_where_saturdays_are_short() {
        with("1-5 08:30-17:00;6 09:00-11:30", true, &[], |s| {
            assert_eq!(s.on(day("2022-05-07")).text(), "8:30–17:00");
            assert_eq!(s.on(day("2022-05-14")).text(), "9:00–11:30", "an ordinary Saturday");
        });
        with("1,3 08:30-11:30;6 09:00-10:00", true, &[], |s| {
            assert_eq!(s.on(day("2022-05-07")).text(), "9:00–10:00", "two days a week make no rule");
        });
    }

    #[test]
    fn an_exception_decides_before_everything_else() {
        with(OFFICE, true, &[("2022-05-04", "09:00-10:00"), ("2022-05-06", "")], |s| {
            assert!(s.is_open(at("2022-05-04T09:30")), "opened on a holiday");
            assert!(!s.is_open(at("2022-05-06T09:00")), "closed on a working day");
            assert_eq!(s.on(day("2022-05-06")).why.label(), "培训");
            assert_eq!(s.next_opening(at("2022-05-06T09:00")), Some(at("2022-05-07T08:30")));
            let unusual: Vec<String> =
                s.unusual_days(day("2022-05-04")).iter().map(DayHours::day_words).collect();
            assert_eq!(unusual, ["5月4日 周三", "5月6日 周五", "5月7日 周六"]);
        });
    }

    #[test]
    fn the_next_opening_is_said_in_the_words_people_use() {
        let today = day("2022-05-06");
        let said = |hours: &str, moment: &str| with(hours, true, &[], |s| s.now(at(moment)).words(today));
        assert_eq!(said(OFFICE, "2022-05-06T09:00"), "11:30 关门");
        assert_eq!(said(OFFICE, "2022-05-06T08:29"), "今天 8:30 开门");
        assert_eq!(said(OFFICE, "2022-05-06T11:30"), "今天 13:30 开门", "the closing minute is closed");
        assert_eq!(said(OFFICE, "2022-05-06T17:00"), "明天（周六） 8:30 开门");
        assert_eq!(said("1-5 13:00-20:00;6 09:00-16:00", "2022-05-06T09:00"), "今天 13:00 开门");
        assert_eq!(said("1,3 08:30-11:30", "2022-05-06T09:00"), "5月9日（周一） 8:30 开门");
        assert_eq!(said("7 08:30-11:30", "2022-05-06T09:00"), "后天（周日） 8:30 开门");
        assert_eq!(said("", "2022-05-06T09:00"), "最近 14 天没有开门安排，去之前请先打电话");
        assert_eq!(said("5 20:00-24:00", "2022-05-06T23:59"), "24:00 关门");
        assert_eq!(said("1-7 00:00-24:00", "2022-05-06T23:59"), "全天开门");
        assert_eq!(
            said("5 20:00-24:00;6 00:00-02:00", "2022-05-06T23:00"),
            "开到5月7日 2:00",
            "past midnight"
        );
    }

    #[test]
    fn the_horizon_is_fourteen_days_to_the_minute() {
        let closed: Vec<String> = (7..=19).map(|d| format!("2022-05-{d:02}")).collect();
        let exceptions: Vec<(&str, &str)> = closed.iter().map(|d| (d.as_str(), "")).collect();
        with("5 09:00-10:00", false, &exceptions, |s| {
            assert_eq!(s.next_opening(at("2022-05-06T09:00")), Some(at("2022-05-20T09:00")));
            assert_eq!(s.next_opening(at("2022-05-06T08:59")), Some(at("2022-05-06T09:00")));
        });
        let closed: Vec<String> = (7..=20).map(|d| format!("2022-05-{d:02}")).collect();
        let exceptions: Vec<(&str, &str)> = closed.iter().map(|d| (d.as_str(), "")).collect();
        with("5 09:00-10:00", false, &exceptions, |s| {
            assert_eq!(s.next_opening(at("2022-05-06T09:00")), None);
        });
    }

    #[test]
    fn a_year_without_a_calendar_has_plain_weeks() {
        with(OFFICE, true, &[], |s| {
            assert!(s.is_open(at("2040-01-02T09:00")), "a Monday");
        });
    }
}
