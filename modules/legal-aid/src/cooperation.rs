//! Letters between legal aid institutions (协作函、移送函): what another one asks us or hands over to us, what we ask or hand
//! over. The procedure (办理法律援助案件程序规定) knows them; its text was not at hand, so that days are the bureau's to confirm.

use crate::rule::{COOPERATE, Rules, TAKE_OVER};
use kernel::{Calendar, Day, Moment};

/// A letter of cooperation; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cooperation {}

/// Who asks whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Another institution asks us.
    In,
    /// We ask another one.
    Out,
}
store::text_column!(Direction { In = "in", Out = "out" });

impl Direction {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::In => "来函",
            Self::Out => "去函",
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CooperationKind {
    /// 核查经济困难状况 (法律援助法第四十一条: institutions verify).
    Hardship,
    /// 调查取证.
    Inquire,
    /// 送达文书.
    Serve,
    /// 会见、联系当事人.
    Meet,
    /// 转交材料.
    Deliver,
    /// 移送案件: the institution that has jurisdiction takes it (第三十八条).
    Transfer,
    /// Anything else.
    Other,
}
store::text_column!(CooperationKind {
    Hardship = "hardship",
    Inquire = "inquire",
    Serve = "serve",
    Meet = "meet",
    Deliver = "deliver",
    Transfer = "transfer",
    Other = "other",
});

impl CooperationKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Hardship => "核查经济困难状况",
            Self::Inquire => "调查取证",
            Self::Serve => "送达文书",
            Self::Meet => "会见、联系当事人",
            Self::Deliver => "转交材料",
            Self::Transfer => "移送案件",
            Self::Other => "其他协作",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All that was asked.
    Done,
    /// Some of it.
    Part,
    /// Nothing: it was sent back, and why.
    Returned,
}
store::text_column!(Outcome { Done = "done", Part = "part", Returned = "returned" });

impl Outcome {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Done => "已办妥",
            Self::Part => "办了一部分",
            Self::Returned => "退回，没有办",
        }
    }

    /// Whether it counts as cooperation that was given.
    #[must_use]
    pub fn counts(self) -> bool {
        self != Self::Returned
    }
}

/// Where a letter stands; derived from its dated facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CooperationState {
    /// Received or sent, nobody works on it.
    Waiting,
    /// Somebody works on it.
    Assigned,
    /// The case that was handed over to us is registered.
    Taken,
    /// Answered.
    Answered,
    /// Sent back.
    Returned,
    /// Filed.
    Closed,
    /// Taken back, or noted by mistake.
    Withdrawn,
}
store::text_column!(CooperationState {
    Waiting = "waiting",
    Assigned = "assigned",
    Taken = "taken",
    Answered = "answered",
    Returned = "returned",
    Closed = "closed",
    Withdrawn = "withdrawn",
});

impl CooperationState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "待分派",
            Self::Assigned => "办理中",
            Self::Taken => "已登记案件",
            Self::Answered => "已答复",
            Self::Returned => "已退回",
            Self::Closed => "已归档",
            Self::Withdrawn => "已撤回",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Waiting => "warn",
            Self::Assigned | Self::Taken => "info",
            Self::Answered => "ok",
            Self::Returned | Self::Closed | Self::Withdrawn => "muted",
        }
    }
}

/// The dated facts of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    /// Whether a case was handed over to us.
    pub(crate) handed_over: bool,
    /// Since when somebody works on it.
    pub(crate) assigned_at: Option<Moment>,
    /// Whether it has a case.
    pub(crate) has_case: bool,
    /// When it was answered, and what came of it.
    pub(crate) answered: Option<(Moment, Outcome)>,
    /// When it was filed.
    pub(crate) closed_at: Option<Moment>,
    /// When it was taken back.
    pub(crate) withdrawn_at: Option<Moment>,
}

impl Dated {
    /// Where it stands.
    pub(crate) fn state(&self) -> CooperationState {
        match self {
            Self { withdrawn_at: Some(_), .. } => CooperationState::Withdrawn,
            Self { closed_at: Some(_), .. } => CooperationState::Closed,
            Self { answered: Some((_, Outcome::Returned)), .. } => CooperationState::Returned,
            Self { answered: Some(_), .. } => CooperationState::Answered,
            Self { handed_over: true, has_case: true, .. } => CooperationState::Taken,
            Self { assigned_at: Some(_), .. } => CooperationState::Assigned,
            _ => CooperationState::Waiting,
        }
    }

    /// Whether its time still runs: nobody answered, and no case was made of it.
    pub(crate) fn runs(&self) -> bool {
        matches!(self.state(), CooperationState::Waiting | CooperationState::Assigned)
    }

    /// Whether somebody may be charged with it, or answer.
    pub(crate) fn is_open(&self) -> bool {
        self.runs() || self.state() == CooperationState::Taken
    }

    /// Whether it can be filed.
    pub(crate) fn can_close(&self) -> bool {
        matches!(self.state(), CooperationState::Answered | CooperationState::Returned)
    }

    /// Whether it can be taken back: anything that is not over.
    pub(crate) fn can_withdraw(&self) -> bool {
        !matches!(self.state(), CooperationState::Closed | CooperationState::Withdrawn)
    }
}

/// By when a letter is to be answered: by the day that it names, else by the rule; with the rule's name.
pub(crate) fn due(
    rules: &Rules,
    (direction, kind): (Direction, CooperationKind),
    (came_on, wished): (Day, Option<Day>),
) -> Option<(Moment, &'static str)> {
    if let Some(day) = wished {
        return Some((Moment::end_of(day), ""));
    }
    let handed_over = direction == Direction::In && kind == CooperationKind::Transfer;
    let rule = rules.on(if handed_over { TAKE_OVER } else { COOPERATE }, came_on)?;
    let due = Calendar::published().due(Moment::at(came_on, 12, 0), rule.term);
    // Working days of a year whose holidays are not published yet are counted as days: earlier is safe.
    let strict = due.map_or_else(
        |_| Moment::end_of(came_on.add_days(i64::from(crate::rule::TermUnit::split(rule.term).1))),
        |due| due.strict,
    );
    Some((strict, rule.id))
}

/// A name as lists show it: the first character.
pub(crate) fn masked(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => std::iter::once(first).chain(letters.take(3).map(|_| '*')).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn a_letter_is_due_by_the_day_it_names_or_by_the_rule() {
        let rules = Rules::published();
        let at = |direction, kind, wished: Option<&str>| {
            let (at, rule) =
                due(&rules, (direction, kind), (day("2022-03-01"), wished.map(day))).expect("due");
            (at.day().to_string(), rule)
        };
        let asked = CooperationKind::Hardship;
        assert_eq!(at(Direction::In, asked, None), ("2022-03-16".to_owned(), COOPERATE));
        assert_eq!(at(Direction::Out, CooperationKind::Transfer, None).1, COOPERATE);
        assert_eq!(
            at(Direction::In, CooperationKind::Transfer, None),
            ("2022-03-02".to_owned(), TAKE_OVER),
            "the applicant's seven days run"
        );
        assert_eq!(at(Direction::In, asked, Some("2022-03-08")), ("2022-03-08".to_owned(), ""));
    }

    #[test]
    fn working_days_of_a_year_without_holidays_are_counted_as_days() {
        let own = (COOPERATE.to_owned(), kernel::Term::WorkingDays(10), String::new(), day("2022-01-01"));
        let rules = Rules::with(vec![own]);
        let asked = (Direction::In, CooperationKind::Serve);
        let (at, _) = due(&rules, asked, (day("2090-03-01"), None)).expect("due");
        assert_eq!(at.day(), day("2090-03-11"));
        let (at, _) = due(&rules, asked, (day("2022-03-01"), None)).expect("due");
        assert_eq!(at.day(), day("2022-03-15"));
    }

    #[test]
    fn a_name_in_a_list_is_its_first_character() {
        assert_eq!((masked("张三丰"), masked("李四")), ("张**".to_owned(), "李*".to_owned()));
        assert_eq!(masked("阿卜杜拉·买买提"), "阿***", "nor how long it is");
        assert_eq!(masked(""), "");
    }

    /// Every combination of facts: what is over permits nothing, and nothing that waits is over.
    #[test]
    fn the_state_follows_from_the_facts_and_permits_what_makes_sense() {
        let at = Some(Moment::start_of(day("2022-03-01")));
        let mut seen = std::collections::BTreeSet::new();
        for bits in 0..32u8 {
            let has = |bit: u8| bits & (1 << bit) != 0;
            for outcome in [None, Some(Outcome::Done), Some(Outcome::Part), Some(Outcome::Returned)] {
                let dated = Dated {
                    handed_over: has(0),
                    has_case: has(1),
                    assigned_at: at.filter(|_| has(2)),
                    answered: at.zip(outcome),
                    closed_at: at.filter(|_| has(3)),
                    withdrawn_at: at.filter(|_| has(4)),
                };
                let state = dated.state();
                seen.insert(state);
                let over = matches!(state, CooperationState::Closed | CooperationState::Withdrawn);
                assert_eq!(dated.can_withdraw(), !over, "{dated:?}");
                assert_eq!(dated.can_close(), !over && outcome.is_some(), "{dated:?}");
                assert_eq!(dated.is_open(), !over && outcome.is_none(), "{dated:?}");
                assert!(!dated.runs() || dated.is_open(), "{dated:?}");
                assert_eq!(dated.runs(), dated.is_open() && !(dated.handed_over && dated.has_case));
            }
        }
        assert_eq!(seen.len(), CooperationState::ALL.len(), "{seen:?}");
    }
}
