//! A text to a telephone outside (短信): its states, its template, when it is tried again and when it is too late.

use kernel::Moment;

/// A message; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To be sent, perhaps again.
    Waiting,
    /// The provider took it.
    Sent,
    /// The provider will never take it.
    Failed,
    /// Its reason is gone, its time is over, or somebody stopped it.
    Cancelled,
}
store::text_column!(State { Waiting = "waiting", Sent = "sent", Failed = "failed", Cancelled = "cancelled" });

impl State {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "待发送",
            Self::Sent => "已发送",
            Self::Failed => "发送失败",
            Self::Cancelled => "已取消",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Waiting => "info",
            Self::Sent => "ok",
            Self::Failed => "bad",
            Self::Cancelled => "muted",
        }
    }
}

/// A text that a module sends, as the bureau has it approved by the provider. Modules offer theirs as extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Stable name: `legal-aid.code`.
    pub name: &'static str,
    /// When it is sent.
    pub title: &'static str,
    /// The words to be submitted for approval; `{…}` are its values, in their order.
    pub words: &'static str,
}

/// The first wait after a failed attempt, and the longest, in seconds.
const FIRST: i64 = 60;
const LONGEST: i64 = 3600;

/// When it is tried again after so many attempts: one, two, four … minutes, at most an hour.
#[must_use]
pub(crate) fn again(attempts: i64, now: Moment) -> Moment {
    let doubled = FIRST << (attempts.clamp(1, 7) - 1);
    now.plus_seconds(doubled.min(LONGEST))
}

/// Nobody is woken: what does not hurry waits from nine in the evening until eight in the morning.
#[must_use]
pub(crate) fn by_day(at: Moment) -> Moment {
    let (day, hour, _) = at.local_parts();
    match hour {
        0..8 => Moment::at(day, 8, 0),
        21.. => Moment::at(day.add_days(1), 8, 0),
        _ => at,
    }
}

/// A limit of sending that the bureau can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitKind {
    /// Stable name, also of its field.
    pub(crate) name: &'static str,
    /// The words.
    pub(crate) label: &'static str,
    /// Why, and what it begins with.
    pub(crate) hint: &'static str,
    /// The value to begin with.
    pub(crate) usual: i64,
}

/// To all numbers, a minute.
pub(crate) const PER_MINUTE: LimitKind = LimitKind {
    name: "per_minute",
    label: "每分钟最多发出（条）",
    hint: "服务商对账号的限速，以合同为准",
    usual: 60,
};
/// To one number, a day.
pub(crate) const NUMBER_A_DAY: LimitKind =
    LimitKind {
        name: "number_a_day", label: "同一号码一天最多（条）", hint: "超过的不再发出", usual: 10
    };
/// To all numbers, a day.
pub(crate) const A_DAY: LimitKind =
    LimitKind {
        name: "a_day", label: "一天总共最多（条）", hint: "防止有人恶意消耗短信费用", usual: 500
    };
/// All limits, as the page shows them.
pub(crate) const LIMITS: &[LimitKind] = &[PER_MINUTE, NUMBER_A_DAY, A_DAY];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).expect("a moment")
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        let now = at("2022-05-06T09:00");
        let waits: Vec<i64> = (0..10).map(|attempts| now.seconds_until(again(attempts, now)) / 60).collect();
        assert_eq!(waits, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn nobody_is_woken() {
        assert_eq!(by_day(at("2022-05-06T20:59")), at("2022-05-06T20:59"));
        assert_eq!(by_day(at("2022-05-06T21:00")), at("2022-05-07T08:00"));
        assert_eq!(by_day(at("2022-05-31T23:59")), at("2022-06-01T08:00"));
        assert_eq!(by_day(at("2022-05-06T00:00")), at("2022-05-06T08:00"));
        assert_eq!(by_day(at("2022-05-06T08:00")), at("2022-05-06T08:00"));
    }
}
