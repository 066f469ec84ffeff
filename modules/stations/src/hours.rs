//! Opening hours of a week: parsed from the machine form, shown in Chinese, asked about a minute.

use std::fmt;

/// From one minute of the day to another; the end is not part of it. 24:00 is 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    from: u16,
    to: u16,
}

/// The end of a day in minutes.
const MIDNIGHT: u16 = 24 * 60;

impl Span {
    /// The span between two minutes of a day; nothing if it is empty or leaves the day.
    #[must_use]
    pub fn new(from: u16, to: u16) -> Option<Span> {
        (from < to && to <= MIDNIGHT).then_some(Span { from, to })
    }

    /// Its first minute.
    #[must_use]
    pub fn from(self) -> u16 {
        self.from
    }

    /// The minute it ends at, 1440 for 24:00.
    #[must_use]
    pub fn to(self) -> u16 {
        self.to
    }

    /// Whether that minute lies in it.
    #[must_use]
    pub fn contains(self, minute: u16) -> bool {
        (self.from..self.to).contains(&minute)
    }
}

impl fmt::Display for Span {
    /// `8:30–11:30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}–{}", clock(self.from), clock(self.to))
    }
}

/// A minute of the day as people say it: `8:30`.
#[must_use]
pub(crate) fn clock(minute: u16) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// What is wrong with hours that somebody wrote; the text tells what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoursError {
    /// The days are not `1-5` or `2,4`.
    Days(String),
    /// A time stands there without the days it is for.
    NoDays(String),
    /// A time is not `08:30-11:30`.
    Time(String),
    /// A span ends before it begins.
    Backwards(String),
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(text) => write!(f, "看不懂“{text}”是星期几，请写成 1-5 或 2,4"),
            Self::NoDays(text) => write!(f, "“{text}”前面请写上星期几，例如 3 {text} 表示每周三"),
            Self::Time(text) => write!(f, "看不懂时间“{text}”，请写成 8:30-11:30，几段时间之间空一格"),
            Self::Backwards(text) => write!(f, "“{text}”的结束时间要晚于开始时间"),
        }
    }
}

impl From<HoursError> for kernel::Refusal {
    fn from(error: HoursError) -> Self {
        kernel::Refusal::invalid(error.to_string())
    }
}

impl From<HoursError> for kernel::Error {
    fn from(error: HoursError) -> Self {
        kernel::Refusal::from(error).into()
    }
}

/// The hours of each day of the week, Monday first; spans of a day are in order and apart from each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeeklyHours {
    days: [Vec<Span>; 7],
}

impl WeeklyHours {
    /// Reads the machine form `1-5 08:30-11:30 13:30-17:00;6 09:00-11:30`: days are 1 (Monday) to 7, segments
    /// add up, nothing at all means never open.
    ///
    /// # Errors
    /// [`HoursError`] naming the piece that cannot be read.
    pub fn parse(text: &str) -> Result<WeeklyHours, HoursError> {
        let text = kernel::to_half_width(text);
        let mut days: [Vec<Span>; 7] = Default::default();
        for segment in text.split([';', '\n']).map(str::trim).filter(|segment| !segment.is_empty()) {
            let (names, times) = segment.split_once(char::is_whitespace).unwrap_or((segment, ""));
            let spans = day_spans(times)?;
            if spans.is_empty() {
                let only_times = day_spans(segment).is_ok();
                let wrong = if only_times { HoursError::NoDays } else { HoursError::Time };
                return Err(wrong(segment.to_owned()));
            }
            for weekday in weekdays(names)? {
                days[weekday].extend_from_slice(&spans);
            }
        }
        Ok(WeeklyHours { days: days.map(merged) })
    }

    /// Puts the hours of seven days together, Monday first.
    #[must_use]
    pub fn of_days(days: [Vec<Span>; 7]) -> WeeklyHours {
        WeeklyHours { days: days.map(merged) }
    }

    /// The spans of a day of the week, 1 (Monday) to 7 (Sunday).
    #[must_use]
    pub fn on(&self, weekday: i8) -> &[Span] {
        usize::try_from(weekday - 1).ok().and_then(|index| self.days.get(index)).map_or(&[], Vec::as_slice)
    }

    /// Whether that minute of that day of the week (1 to 7) is within the hours. Holidays are not looked at.
    #[must_use]
    pub fn is_open(&self, weekday: i8, minute: u16) -> bool {
        self.on(weekday).iter().any(|span| span.contains(minute))
    }

    /// Whether there are no hours at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    /// What most of the days from Monday to Friday have: the hours of "a working day". Of two equally frequent
    /// ones the earlier in the week wins.
    #[must_use]
    pub fn usual_working_day(&self) -> &[Span] {
        let week = &self.days[..5];
        let often = |spans: &Vec<Span>| week.iter().filter(|other| *other == spans).count();
        week.iter().rev().max_by_key(|spans| often(spans)).map_or(&[], Vec::as_slice)
    }

    /// The machine form, days with the same hours taken together.
    #[must_use]
    pub fn machine(&self) -> String {
        let segment = |(days, spans): (Vec<usize>, &[Span])| {
            let names = runs(&days).into_iter().map(|(first, last)| {
                if first == last { (first + 1).to_string() } else { format!("{}-{}", first + 1, last + 1) }
            });
            format!("{} {}", names.collect::<Vec<_>>().join(","), day_machine(spans))
        };
        self.groups().into_iter().map(segment).collect::<Vec<_>>().join(";")
    }

    /// The same words as [`Display`](fmt::Display), as HTML in which no span breaks between its two times.
    #[must_use]
    pub fn html(&self) -> web::Html {
        let whole = |piece: &str| {
            let piece = web::escape(piece);
            if piece.contains('–') { format!(r#"<span class="nowrap">{piece}</span>"#) } else { piece }
        };
        let text = self.to_string();
        web::Html(text.split_inclusive(['、', '；', ' ']).map(whole).collect())
    }

    /// Days with the same hours, with these hours; closed days are left out.
    fn groups(&self) -> Vec<(Vec<usize>, &[Span])> {
        let mut groups: Vec<(Vec<usize>, &[Span])> = Vec::new();
        for (weekday, spans) in self.days.iter().enumerate().filter(|(_, spans)| !spans.is_empty()) {
            match groups.iter_mut().find(|(_, other)| *other == spans.as_slice()) {
                Some((days, _)) => days.push(weekday),
                None => groups.push((vec![weekday], spans)),
            }
        }
        groups
    }
}

impl fmt::Display for WeeklyHours {
    /// `周一至周五 8:30–11:30、13:30–17:00；周六 9:00–11:30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("暂无固定时间");
        }
        for (index, (days, spans)) in self.groups().into_iter().enumerate() {
            let separator = if index == 0 { "" } else { "；" };
            write!(f, "{separator}{} {}", weekday_words(&days), spans_text(spans))?;
        }
        Ok(())
    }
}

/// Spans of a day as people read them: `8:30–11:30、13:30–17:00`; 休息 when there are none.
#[must_use]
pub fn spans_text(spans: &[Span]) -> String {
    if spans.is_empty() {
        return "休息".to_owned();
    }
    spans.iter().map(Span::to_string).collect::<Vec<_>>().join("、")
}

/// The machine form of one day's spans: `08:30-11:30 13:30-17:00`.
#[must_use]
pub(crate) fn day_machine(spans: &[Span]) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    spans.iter().map(|span| format!("{}-{}", time(span.from), time(span.to))).collect::<Vec<_>>().join(" ")
}

/// Reads the spans of one day, leniently: `8:30-11:30 13:30-17:00`, also with `至`, `～`, `、` and full-width signs.
///
/// # Errors
/// [`HoursError`] naming the piece that cannot be read.
pub fn day_spans(text: &str) -> Result<Vec<Span>, HoursError> {
    let text: String = kernel::to_half_width(text)
        .chars()
        .map(|c| match c {
            '–' | '—' | '－' | '~' | '～' | '至' | '到' => '-',
            '、' | ',' | '，' | '；' | ';' => ' ',
            '：' | '.' => ':',
            c => c,
        })
        .collect();
    // Blanks around the sign between two times do not separate spans.
    let text = text.split('-').map(str::trim).collect::<Vec<_>>().join("-");
    let mut spans = Vec::new();
    for piece in text.split_whitespace() {
        let wrong = || HoursError::Time(piece.to_owned());
        let (from, to) = piece.split_once('-').ok_or_else(wrong)?;
        let (from, to) = minute(from).zip(minute(to)).ok_or_else(wrong)?;
        spans.push(Span::new(from, to).ok_or_else(|| HoursError::Backwards(piece.to_owned()))?);
    }
    Ok(merged(spans))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, most: u16| {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| fits && *number <= most)
    };
    let minutes = number(hour, 24)? * 60 + number(minute, 59)?;
    (minutes <= MIDNIGHT).then_some(minutes)
}

fn weekdays(text: &str) -> Result<Vec<usize>, HoursError> {
    let wrong = || HoursError::Days(text.to_owned());
    let day = |text: &str| {
        let number =
            match text.trim().trim_start_matches('每').trim_start_matches('周').trim_start_matches("星期")
            {
                "一" => "1",
                "二" => "2",
                "三" => "3",
                "四" => "4",
                "五" => "5",
                "六" => "6",
                "日" | "天" => "7",
                other => other,
            };
        number.parse::<usize>().ok().filter(|day| (1..=7).contains(day)).map(|day| day - 1)
    };
    let mut days = Vec::new();
    for piece in text.split(',') {
        let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
        let (first, last) = day(first).zip(day(last)).ok_or_else(wrong)?;
        if first > last {
            return Err(wrong());
        }
        days.extend(first..=last);
    }
    Ok(days)
}

/// In order, and what touches or overlaps joined.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}

/// Consecutive numbers as first and last.
fn runs(days: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &day in days {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    runs
}

/// The day of the week in short, 1 to 7: 周一.
#[must_use]
pub(crate) fn weekday_word(weekday: i8) -> &'static str {
    match weekday {
        1 => "周一",
        2 => "周二",
        3 => "周三",
        4 => "周四",
        5 => "周五",
        6 => "周六",
        _ => "周日",
    }
}

fn weekday_words(days: &[usize]) -> String {
    let word = |day: usize| weekday_word(i8::try_from(day + 1).unwrap_or(7));
    let run = |&(first, last): &(usize, usize)| match last - first {
        0 => word(first).to_owned(),
        1 => format!("{}、{}", word(first), word(last)),
        _ if (first, last) == (0, 6) => "每天".to_owned(),
        _ => format!("{}至{}", word(first), word(last)),
    };
    runs(days).iter().map(run).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::testing::spoilt;
    use proptest::{
        prelude::*,
        test_runner::{TestError, TestRunner},
    };

    fn hours(text: &str) -> WeeklyHours {
        WeeklyHours::parse(text).expect("hours")
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let wednesday = WeeklyHours::parse("3 8:30-11:30").expect("hours");
        assert_eq!(WeeklyHours::parse("每周三 8:30-11:30").expect("hours"), wednesday);
        assert_eq!(WeeklyHours::parse("星期三 8:30-11:30").expect("hours"), wednesday);
        assert_eq!(WeeklyHours::parse("8:30-11:30"), Err(HoursError::NoDays("8:30-11:30".to_owned())));
        assert_eq!(WeeklyHours::parse("8:30"), Err(HoursError::Time("8:30".to_owned())));
    }

    #[test]
    fn the_machine_form_is_read_shown_and_written_back() {
        for (machine, shown) in [
            ("1-5 08:30-11:30 13:30-17:00", "周一至周五 8:30–11:30、13:30–17:00"),
            (
                "1-5 08:30-11:30 13:30-17:00;6 09:00-11:30",
                "周一至周五 8:30–11:30、13:30–17:00；周六 9:00–11:30",
            ),
            ("2,4 09:00-11:30 14:00-17:00", "周二、周四 9:00–11:30、14:00–17:00"),
            ("6-7 09:00-16:00", "周六、周日 9:00–16:00"),
            ("1-7 00:00-24:00", "每天 0:00–24:00"),
            ("1-3,5 08:00-12:00", "周一至周三、周五 8:00–12:00"),
            ("", "暂无固定时间"),
        ] {
            assert_eq!(hours(machine).to_string(), shown);
            assert_eq!(hours(machine).machine(), machine);
        }
    }

    #[test]
    fn no_span_breaks_in_the_middle() {
        let html = hours("1,3 08:30-11:30 13:30-17:00").html().0;
        assert_eq!(
            html,
            r#"周一、周三 <span class="nowrap">8:30–11:30、</span><span class="nowrap">13:30–17:00</span>"#
        );
    }

    #[test]
    fn segments_add_up_and_overlaps_are_joined() {
        let evening = hours("1-5 08:30-11:30 13:30-17:00;3 18:00-20:00");
        assert_eq!(
            evening.machine(),
            "1-2,4-5 08:30-11:30 13:30-17:00;3 08:30-11:30 13:30-17:00 18:00-20:00"
        );
        assert_eq!(hours("1 09:00-11:00 10:00-12:00;1 12:00-13:00").machine(), "1 09:00-13:00");
    }

    #[test]
    fn the_first_minute_is_open_and_the_last_is_not() {
        let week = hours("1-5 08:30-11:30 13:30-17:00;7 20:00-24:00");
        let at = |weekday, hour: u16, minute: u16| week.is_open(weekday, hour * 60 + minute);
        assert!(!at(1, 8, 29) && at(1, 8, 30) && at(1, 11, 29) && !at(1, 11, 30));
        assert!(!at(5, 13, 29) && at(5, 13, 30) && at(5, 16, 59) && !at(5, 17, 0));
        assert!(!at(6, 9, 0) && !at(7, 19, 59) && at(7, 23, 59));
        assert!(!week.is_open(0, 600) && !week.is_open(8, 600), "there is no such day");
    }

    #[test]
    fn what_people_type_is_read_leniently() {
        let one = |text: &str| day_machine(&day_spans(text).expect("spans"));
        assert_eq!(one("8:30-11:30 13:30-17:00"), "08:30-11:30 13:30-17:00");
        assert_eq!(one("８：３０－１１：３０、13:30至17:00"), "08:30-11:30 13:30-17:00");
        assert_eq!(one("13:30 - 17:00，8:30~11:30"), "08:30-11:30 13:30-17:00");
        assert_eq!(one("  "), "");
        assert_eq!(one("0:00-24:00"), "00:00-24:00");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for text in ["9-11", "08:30", "25:00-26:00", "08:60-09:00", "24:01-24:02", "8:3x-9:00", "-"] {
            assert!(matches!(day_spans(text), Err(HoursError::Time(_))), "{text}");
        }
        for text in ["11:30-08:30", "09:00-09:00"] {
            assert!(matches!(day_spans(text), Err(HoursError::Backwards(_))), "{text}");
        }
        for text in
            ["0 08:00-09:00", "8 08:00-09:00", "5-1 08:00-09:00", "周八 08:00-09:00", "1- 08:00-09:00"]
        {
            assert!(matches!(WeeklyHours::parse(text), Err(HoursError::Days(_))), "{text}");
        }
        assert!(WeeklyHours::parse("1-5").is_err(), "days without times");
    }

    #[test]
    fn the_usual_working_day_is_what_most_days_have() {
        assert_eq!(day_machine(hours("1-5 08:30-17:00;3 18:00-20:00").usual_working_day()), "08:30-17:00");
        assert!(hours("2,4 09:00-11:30").usual_working_day().is_empty(), "two days are not the rule");
        assert_eq!(
            day_machine(
                hours("1 08:00-09:00;2 10:00-11:00;3 12:00-13:00;4 14:00-15:00;5 16:00-17:00")
                    .usual_working_day()
            ),
            "08:00-09:00"
        );
    }

    const TYPED: &[&str] = &[
        "1-5 08:30-11:30 13:30-17:00;6 09:00-11:30",
        "周一至周五 8：30－11：30、13:30至17:00",
        "2,4 9:00-11:30",
        "0:00-24:00",
        "8:30-11:30 13:30-17:00",
    ];

    /// As many as `PROPTEST_CASES` asks for (`cargo xtask torture parsers`).
    fn config() -> ProptestConfig {
        let usual = ProptestConfig::default();
        ProptestConfig { cases: usual.cases.max(2_000), failure_persistence: None, ..usual }
    }

    /// What is wrong with hours that were read.
    fn beyond(hours: &WeeklyHours) -> Option<String> {
        for weekday in 1..=7 {
            let spans = hours.on(weekday);
            let apart = spans.windows(2).all(|pair| pair[0].to < pair[1].from);
            if !apart || spans.iter().any(|span| span.from >= span.to || span.to > 24 * 60) {
                return Some(format!("{weekday}: {spans:?}"));
            }
        }
        (WeeklyHours::parse(&hours.machine()).as_ref() != Ok(hours)).then(|| hours.machine())
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn hostile_hours(choices in prop::collection::vec(any::<u32>(), 0..14)) {
            let text = spoilt(TYPED, &choices);
            if let Ok(hours) = WeeklyHours::parse(&text) {
                prop_assert_eq!(beyond(&hours), None, "{:?}", text);
                prop_assert!(!hours.to_string().is_empty() && !hours.html().0.contains('<') || !hours.is_empty());
            }
            if let Ok(spans) = day_spans(&text) {
                prop_assert_eq!(beyond(&WeeklyHours::of_days([const { Vec::new() }; 7].map(|_: Vec<Span>| spans.clone()))), None);
            }
        }
    }

    /// The planted fault: hours put together without order must be noticed.
    #[test]
    fn hostile_hours_find_a_reader_with_a_slip() {
        let mut runner = TestRunner::new(config());
        let found = runner.run(&prop::collection::vec(any::<u32>(), 0..14), |choices| {
            if let Ok(hours) = WeeklyHours::parse(&spoilt(TYPED, &choices)) {
                let turned = hours.days.map(|spans| spans.into_iter().rev().collect());
                prop_assert_eq!(beyond(&WeeklyHours { days: turned }), None);
            }
            Ok(())
        });
        assert!(matches!(found, Err(TestError::Fail(..))), "not found");
    }
}
