//! What stands in the diary of a case: a home visit (法律援助法第四十五条), a hearing, a meeting, a mediation; on which day
//! and in which part of it, who goes, and what came of it.

use kernel::{Day, Moment};

/// An entry of the diary; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engagement {}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EngagementKind {
    /// 上门服务, for those who cannot come.
    Visit,
    /// 会见.
    Meeting,
    /// 开庭.
    Hearing,
    /// 调解.
    Mediation,
    /// Anything else with a day.
    Other,
}
store::text_column!(EngagementKind {
    Visit = "visit",
    Meeting = "meeting",
    Hearing = "hearing",
    Mediation = "mediation",
    Other = "other",
});

impl EngagementKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Visit => "上门服务",
            Self::Meeting => "会见",
            Self::Hearing => "开庭",
            Self::Mediation => "调解",
            Self::Other => "其他日程",
        }
    }
}

/// Which part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// 上午.
    Morning,
    /// 下午.
    Afternoon,
    /// 全天.
    Day,
    /// At a certain minute.
    At,
}
store::text_column!(Span { Morning = "am", Afternoon = "pm", Day = "day", At = "at" });

impl Span {
    /// The word on screen; nothing for a certain minute, which says itself.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Morning => "上午",
            Self::Afternoon => "下午",
            Self::Day => "全天",
            Self::At => "定时",
        }
    }

    /// When it begins, for the order of a day: hour and minute.
    #[must_use]
    pub fn begins(self) -> (i8, i8) {
        match self {
            Self::Morning => (9, 0),
            Self::Afternoon => (14, 0),
            Self::Day | Self::At => (8, 0),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EngagementState {
    /// To come.
    Planned,
    /// It took place.
    Done,
    /// It did not take place; the reason is kept.
    Missed,
    /// It was taken back before; the reason is kept.
    Cancelled,
}
store::text_column!(EngagementState {
    Planned = "planned",
    Done = "done",
    Missed = "missed",
    Cancelled = "cancelled",
});

impl EngagementState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Planned => "已安排",
            Self::Done => "已完成",
            Self::Missed => "没有办成",
            Self::Cancelled => "已取消",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Planned => "info",
            Self::Done => "ok",
            Self::Missed => "warn",
            Self::Cancelled => "muted",
        }
    }
}

/// Day and part of the day as people say it: 5月10日（星期二）上午.
#[must_use]
pub fn said(starts_at: Moment, span: Span) -> String {
    let (day, hour, minute) = starts_at.local_parts();
    let part = match span {
        Span::At => format!(" {hour:02}:{minute:02}"),
        part => part.label().to_owned(),
    };
    format!("{}（{}）{part}", day.chinese(), day.weekday_label())
}

/// The minute a clock text names: `9:30`, `09:30`, `9：30`.
///
/// # Errors
/// What is wrong, in Chinese.
pub fn clock_text(text: &str) -> Result<(i8, i8), &'static str> {
    const WRONG: &str = "时间请写成 9:30 这样";
    let text = text.trim().replace('：', ":");
    let (hour, minute) = text.split_once(':').ok_or(WRONG)?;
    let hour: i8 = hour.parse().map_err(|_| WRONG)?;
    let minute: i8 = minute.parse().map_err(|_| WRONG)?;
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) {
        return Err(WRONG);
    }
    Ok((hour, minute))
}

/// When something on that day begins.
#[must_use]
pub fn starts(day: Day, span: Span, clock: Option<(i8, i8)>) -> Moment {
    let (hour, minute) = clock.filter(|_| span == Span::At).unwrap_or(span.begins());
    Moment::at(day, hour, minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_said_as_people_say_it() {
        let day = Day::parse("2022-05-10").expect("a day");
        assert_eq!(said(starts(day, Span::Morning, None), Span::Morning), "2022年5月10日（星期二）上午");
        assert_eq!(said(starts(day, Span::At, Some((9, 5))), Span::At), "2022年5月10日（星期二） 09:05");
        assert!(starts(day, Span::Morning, Some((23, 0))) < starts(day, Span::Afternoon, None));
    }

    #[test]
    fn clocks_are_read_as_people_write_them() {
        for (text, minute) in [("9:30", (9, 30)), ("09：05", (9, 5)), (" 14:00 ", (14, 0))] {
            assert_eq!(clock_text(text), Ok(minute), "{text}");
        }
        for text in ["", "9", "25:00", "9:60", "-1:00", "九点"] {
            assert!(clock_text(text).is_err(), "{text}");
        }
    }
}
