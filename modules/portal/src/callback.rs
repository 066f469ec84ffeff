//! Somebody wants to be called back: when, about what, and what became of it.

use kernel::{CountUnit, Moment};
use store::tally::{FigureDef, FigureKind, Measure};

/// A wish to be called back; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callback {}

/// When it suits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convenient {
    /// 现在.
    Now,
    /// 上午.
    Morning,
    /// 下午.
    Afternoon,
    /// 晚上.
    Evening,
}
store::text_column!(Convenient { Now = "now", Morning = "morning", Afternoon = "afternoon", Evening = "evening" });

impl Convenient {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Now => "现在",
            Self::Morning => "上午",
            Self::Afternoon => "下午",
            Self::Evening => "晚上",
        }
    }
}

/// What came of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 通话成功.
    Reached,
    /// 无人接听.
    NoAnswer,
    /// 号码错误.
    WrongNumber,
    /// 不再回电: a doubled or false request.
    Dropped,
}
store::text_column!(Outcome { Reached = "reached", NoAnswer = "no_answer", WrongNumber = "wrong_number", Dropped = "dropped" });

impl Outcome {
    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Reached => "通话成功",
            Self::NoAnswer => "无人接听",
            Self::WrongNumber => "号码错误",
            Self::Dropped => "不再回电",
        }
    }
}

/// Where a wish stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 待回电.
    Waiting,
    /// 已回电.
    Called {
        /// When somebody was reached.
        at: Moment,
    },
    /// 号码错误.
    Failed {
        /// When that was found out.
        at: Moment,
    },
    /// 已关闭.
    Closed {
        /// When it was closed.
        at: Moment,
    },
}

/// The state without its moment, as lists filter by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// 待回电.
    Waiting,
    /// 已回电.
    Called,
    /// 号码错误.
    Failed,
    /// 已关闭.
    Closed,
}
store::text_column!(StateKind { Waiting = "waiting", Called = "called", Failed = "failed", Closed = "closed" });

impl StateKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "待回电",
            Self::Called => "已回电",
            Self::Failed => "号码错误",
            Self::Closed => "已关闭",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Waiting => "info",
            Self::Called => "ok",
            Self::Failed => "warn",
            Self::Closed => "muted",
        }
    }
}

kernel::refusals! {
    /// Why an outcome cannot be recorded.
    pub(crate) enum OutcomeRefusal {
        /// It is settled already.
        Settled => Conflict, "这条回电已经办结，请刷新页面看结果。";
        /// Nobody knows why it is dropped.
        NoteMissing => Invalid("note"), "不再回电的，请写明原因。";
    }
}

impl State {
    /// The state without its moment.
    #[must_use]
    pub fn kind(self) -> StateKind {
        match self {
            Self::Waiting => StateKind::Waiting,
            Self::Called { .. } => StateKind::Called,
            Self::Failed { .. } => StateKind::Failed,
            Self::Closed { .. } => StateKind::Closed,
        }
    }

    /// When it was settled.
    #[must_use]
    pub fn settled_at(self) -> Option<Moment> {
        match self {
            Self::Waiting => None,
            Self::Called { at } | Self::Failed { at } | Self::Closed { at } => Some(at),
        }
    }

    /// What an outcome makes of it: unanswered calls leave it waiting.
    pub(crate) fn after(self, outcome: Outcome, note: &str, at: Moment) -> Result<State, OutcomeRefusal> {
        match (self, outcome) {
            (Self::Waiting, Outcome::Reached) => Ok(Self::Called { at }),
            (Self::Waiting, Outcome::NoAnswer) => Ok(Self::Waiting),
            (Self::Waiting, Outcome::WrongNumber) => Ok(Self::Failed { at }),
            (Self::Waiting, Outcome::Dropped) if note.is_empty() => Err(OutcomeRefusal::NoteMissing),
            (Self::Waiting, Outcome::Dropped) => Ok(Self::Closed { at }),
            _ => Err(OutcomeRefusal::Settled),
        }
    }
}

/// People called back.
pub const DONE: Measure = Measure::new("callbacks.done", CountUnit::Time);

pub(crate) const FIGURES: &[FigureDef] = &[FigureDef {
    key: "callbacks.answered",
    name: "请回电已回",
    unit: CountUnit::Time,
    kind: FigureKind::Flow,
    measures: &[DONE],
    definition: "群众留下号码后，工作人员回电并接通的次数，按接通日期计；无人接听、号码错误的不计。",
    version: 1,
    part_of: None,
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_waiting_wish_can_be_settled() {
        let at = Moment::from_micros(1_000_000);
        let after = |outcome, note| State::Waiting.after(outcome, note, at);
        assert_eq!(after(Outcome::NoAnswer, ""), Ok(State::Waiting), "somebody calls again later");
        assert_eq!(after(Outcome::Reached, "").map(State::settled_at), Ok(Some(at)));
        assert_eq!(after(Outcome::WrongNumber, "").map(State::kind), Ok(StateKind::Failed));
        assert_eq!(after(Outcome::Dropped, ""), Err(OutcomeRefusal::NoteMissing));
        assert_eq!(after(Outcome::Dropped, "重复登记").map(State::kind), Ok(StateKind::Closed));
        for settled in [State::Called { at }, State::Failed { at }, State::Closed { at }] {
            assert_eq!(settled.after(Outcome::Reached, "", at), Err(OutcomeRefusal::Settled));
        }
    }
}
