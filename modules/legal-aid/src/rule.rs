//! Time limits as data: what the law and the bureau set, each with its citation, the days it holds, and whether it is law,
//! a value that the bureau still has to confirm, or one that it confirmed or set itself.

use kernel::{Day, Term};
use std::{borrow::Cow, sync::LazyLock};

/// Whether a rule was read in the statute, is only a value to start with, or is the bureau's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Plausible, but to be confirmed by the bureau.
    Confirm,
    /// Confirmed or set by the bureau.
    Confirmed,
    /// Read in the text of the law.
    Law,
}

impl Standing {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Confirm => "请本局确认",
            Self::Confirmed => "本局已确认",
            Self::Law => "法定",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Confirm => "warn",
            Self::Confirmed => "ok",
            Self::Law => "info",
        }
    }
}

/// What a term is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TermUnit {
    /// 日.
    Days,
    /// 工作日.
    WorkingDays,
    /// 小时.
    Hours,
    /// 月.
    Months,
}
store::text_column!(TermUnit { Days = "d", WorkingDays = "wd", Hours = "h", Months = "m" });

impl TermUnit {
    /// The word on screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Days => "日（自然日）",
            Self::WorkingDays => "工作日",
            Self::Hours => "小时",
            Self::Months => "个月",
        }
    }

    /// The longest term in this unit that can be meant: about a year; more is a slip of the finger.
    pub(crate) fn most(self) -> u32 {
        match self {
            Self::Days => 365,
            Self::WorkingDays => 250,
            Self::Hours => 720,
            Self::Months => 12,
        }
    }

    /// So much of it.
    pub(crate) fn of(self, count: u32) -> Term {
        match self {
            Self::Days => Term::CalendarDays(count),
            Self::WorkingDays => Term::WorkingDays(count),
            Self::Hours => Term::Hours(count),
            Self::Months => Term::Months(count),
        }
    }

    /// A term as its unit and how much of it.
    pub(crate) fn split(term: Term) -> (Self, u32) {
        match term {
            Term::CalendarDays(count) => (Self::Days, count),
            Term::WorkingDays(count) => (Self::WorkingDays, count),
            Term::Hours(count) => (Self::Hours, count),
            Term::Months(count) => (Self::Months, count),
        }
    }
}

/// A time limit, as it holds from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Stable name: `LA-REVIEW-7D`.
    pub id: &'static str,
    /// What must be done within it.
    pub title: &'static str,
    /// How long.
    pub term: Term,
    /// Where it is written.
    pub citation: Cow<'static, str>,
    /// Whether it is law.
    pub standing: Standing,
    /// From that day on.
    pub valid_from: Day,
    /// Until that day, if it holds no longer.
    pub valid_to: Option<Day>,
}

/// The compiled table; one line a rule and span of days.
const TABLE: &str = include_str!("rules.csv");

/// Deciding on an application.
pub(crate) const REVIEW: &str = "LA-REVIEW-7D";
/// Assigning after a grant.
pub(crate) const ASSIGN: &str = "LA-ASSIGN-3D";
/// Assigning after an organ's notice.
pub(crate) const ASSIGN_NOTIFIED: &str = "LA-CRIM-ASSIGN-3D";
/// A station hands an application on.
pub(crate) const FORWARD: &str = "LA-STATION-FWD-1D";
/// The applicant brings what is missing.
pub(crate) const SUPPLEMENT: &str = "LA-SUPPLEMENT-15D";
/// The lawyer says yes or no.
pub(crate) const ACCEPT: &str = "LA-ACCEPT-2D";
/// Agreement and power of attorney.
pub(crate) const AGREEMENT: &str = "LA-AGREEMENT-5D";
/// The closing file is handed in.
pub(crate) const CLOSE_FILE: &str = "LA-CLOSE-FILE-30D";
/// The applicant objects to a decision.
pub(crate) const OBJECT: &str = "LA-OBJECT-15D";
/// An objection is answered.
pub(crate) const OBJECT_REVIEW: &str = "LA-OBJECT-REVIEW-5D";
/// A wish for another lawyer is decided on.
pub(crate) const REPLACE: &str = "LA-REPLACE-5D";
/// The bureau answers in a reconsideration.
pub(crate) const RECONSIDER: &str = "LA-RECONSIDER-REPLY";
/// The bureau answers in a lawsuit.
pub(crate) const SUE: &str = "LA-SUE-REPLY-15D";
/// A complaint is examined.
pub(crate) const COMPLAIN: &str = "LA-COMPLAIN-REPLY";
/// The closing file is examined.
pub(crate) const CLOSE_REVIEW: &str = "LA-CLOSE-REVIEW-30D";

/// What a letter of cooperation asks is done and answered.
pub(crate) const COOPERATE: &str = "LA-COOPERATE-15D";
/// A case that was handed over to us is registered.
pub(crate) const TAKE_OVER: &str = "LA-TAKE-OVER-1D";

/// The rules of the table, in its order. Lines that cannot be read are left out; a test reads every one.
fn table() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(parse).collect());
    &RULES
}

/// A rule's first line in the table.
pub(crate) fn known(id: &str) -> Option<&'static Rule> {
    table().iter().find(|rule| rule.id == id)
}

/// What must be done within a time limit; empty for one that nobody knows. Titles are not the bureau's to change.
pub(crate) fn title(id: &str) -> &'static str {
    known(id).map_or("", |rule| rule.title)
}

fn parse(line: &'static str) -> Option<Rule> {
    let fields: Vec<&'static str> = line.split(',').map(str::trim).collect();
    let [id, title, count, unit, citation, standing, from, to] = fields[..] else { return None };
    let term = TermUnit::from_text(unit)?.of(count.parse().ok()?);
    let standing = match standing {
        "law" => Standing::Law,
        "confirm" => Standing::Confirm,
        _ => return None,
    };
    let valid_to = if to.is_empty() { None } else { Some(Day::parse(to).ok()?) };
    let citation = Cow::Borrowed(citation);
    Some(Rule { id, title, term, citation, standing, valid_from: Day::parse(from).ok()?, valid_to })
}

/// The time limits that hold here: the table of the release, and the bureau's own versions of what is not law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Those of the release and the bureau's, each by the first day.
    all: Vec<Rule>,
}

impl Rules {
    /// The table of the release alone.
    #[must_use]
    pub fn published() -> Self {
        Self::with(Vec::new())
    }

    /// The table with the bureau's versions: name, term, document, first day. Names that the table does not know are left
    /// out.
    pub(crate) fn with(own: Vec<(String, Term, String, Day)>) -> Self {
        let own = own.into_iter().filter_map(|(id, term, document, valid_from)| {
            let of = known(&id)?;
            let standing = Standing::Confirmed;
            Some(Rule { term, citation: document.into(), standing, valid_from, valid_to: None, ..of.clone() })
        });
        let mut all: Vec<Rule> = table().iter().cloned().chain(own).collect();
        all.sort_by_key(|rule| rule.valid_from);
        Self { all }
    }

    /// The version of a rule that holds on a day. Law that began later goes before the bureau's word, the bureau's word
    /// before a value to start with. Before its first day the first of the table, so that an old matter still has a clock.
    ///
    /// A clock goes by the day on which it began: what is set for later days moves nothing that runs.
    #[must_use]
    pub fn on(&self, id: &str, day: Day) -> Option<&Rule> {
        let holds = |rule: &&Rule| {
            rule.id == id && rule.valid_from <= day && rule.valid_to.is_none_or(|to| day <= to)
        };
        let last = |standing| self.all.iter().filter(holds).rfind(|rule| rule.standing == standing);
        match (last(Standing::Law), last(Standing::Confirmed)) {
            (Some(law), Some(own)) if own.valid_from < law.valid_from => Some(law),
            (_, Some(own)) => Some(own),
            (Some(law), None) => Some(law),
            (None, None) => last(Standing::Confirm).or_else(|| known(id)),
        }
    }

    /// Every version of a rule, by the first day.
    pub(crate) fn versions(&self, id: &str) -> impl Iterator<Item = &Rule> {
        self.all.iter().filter(move |rule| rule.id == id)
    }

    /// Each rule as it holds on a day: what waits to be confirmed first, law last.
    pub(crate) fn each_on(&self, day: Day) -> Vec<&Rule> {
        let mut names: Vec<&'static str> = table().iter().map(|rule| rule.id).collect();
        names.dedup();
        let mut each: Vec<&Rule> = names.into_iter().filter_map(|id| self.on(id, day)).collect();
        each.sort_by_key(|rule| rule.standing);
        each
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_cites_its_source() {
        let rules = table();
        assert_eq!(rules.len(), TABLE.lines().count() - 1);
        assert!(rules.iter().all(|rule| !rule.title.is_empty() && !rule.citation.is_empty()));
        for id in [
            REVIEW,
            ASSIGN,
            ASSIGN_NOTIFIED,
            FORWARD,
            SUPPLEMENT,
            ACCEPT,
            AGREEMENT,
            CLOSE_FILE,
            CLOSE_REVIEW,
            OBJECT,
            OBJECT_REVIEW,
            REPLACE,
            RECONSIDER,
            SUE,
            COMPLAIN,
            COOPERATE,
            TAKE_OVER,
        ] {
            assert!(rules.iter().any(|rule| rule.id == id), "{id}");
        }
    }

    #[test]
    fn only_what_the_statute_says_is_called_law() {
        for rule in table() {
            let article = ["法律援助法第", "行政复议法", "行政诉讼法第"]
                .iter()
                .any(|law| rule.citation.starts_with(law));
            let cited = article && !rule.citation.contains("请本局确认");
            assert_eq!(rule.standing == Standing::Law, cited, "{}", rule.id);
        }
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn the_day_decides_which_version_holds() {
        let rules = Rules::published();
        let review = rules.on(REVIEW, day("2022-03-01")).expect("a rule");
        assert_eq!((review.term, review.standing), (Term::CalendarDays(7), Standing::Law));
        assert_eq!(rules.on(AGREEMENT, day("2020-01-01")).expect("the first version").id, AGREEMENT);
        let reply = |text| rules.on(RECONSIDER, day(text)).expect("a rule").term;
        assert_eq!(reply("2023-12-31"), Term::CalendarDays(10));
        assert_eq!(reply("2024-01-01"), Term::WorkingDays(10));
        assert!(rules.on("LA-NONE", day("2022-03-01")).is_none());
    }

    #[test]
    fn what_the_bureau_sets_holds_from_its_first_day_on() {
        let own = |id: &str, term, from| (id.to_owned(), term, "武法援〔2022〕1号".to_owned(), day(from));
        let rules = Rules::with(vec![
            own(ACCEPT, Term::WorkingDays(3), "2022-07-01"),
            own(ACCEPT, Term::Hours(24), "2022-04-01"),
            own(AGREEMENT, Term::CalendarDays(4), "2022-04-01"),
            own("LA-NONE", Term::CalendarDays(4), "2022-04-01"),
        ]);
        let on = |id, text| {
            let rule = rules.on(id, day(text)).expect("a rule");
            (rule.term, rule.standing)
        };
        assert_eq!(on(ACCEPT, "2022-03-31"), (Term::CalendarDays(2), Standing::Confirm));
        assert_eq!(on(ACCEPT, "2022-04-01"), (Term::Hours(24), Standing::Confirmed));
        assert_eq!(on(ACCEPT, "2022-06-30"), (Term::Hours(24), Standing::Confirmed));
        assert_eq!(on(ACCEPT, "2022-07-01"), (Term::WorkingDays(3), Standing::Confirmed));
        // What began before keeps the first of the table, also where the table begins later than the bureau.
        assert_eq!(on(AGREEMENT, "2022-03-31"), (Term::CalendarDays(5), Standing::Confirm));
        // A value to start with that the table gives a later first day does not undo what the bureau said.
        assert_eq!(on(AGREEMENT, "2024-01-01"), (Term::CalendarDays(4), Standing::Confirmed));
        assert_eq!(rules.on(ACCEPT, day("2022-04-01")).expect("a rule").citation, "武法援〔2022〕1号");
        assert!(rules.on("LA-NONE", day("2022-05-01")).is_none());
    }

    #[test]
    fn law_that_comes_later_goes_before_what_the_bureau_set() {
        let mut rules =
            Rules::with(vec![(ACCEPT.to_owned(), Term::Hours(24), String::new(), day("2022-04-01"))]);
        let law = Rule {
            standing: Standing::Law,
            valid_from: day("2023-01-01"),
            term: Term::CalendarDays(1),
            ..known(ACCEPT).expect("a rule").clone()
        };
        rules.all.push(law);
        let on = |text| rules.on(ACCEPT, day(text)).expect("a rule").standing;
        assert_eq!((on("2022-12-31"), on("2023-01-01")), (Standing::Confirmed, Standing::Law));
    }

    #[test]
    fn the_list_begins_with_what_waits_and_names_each_rule_once() {
        let rules = Rules::published();
        let each = rules.each_on(day("2022-05-06"));
        let mut names: Vec<&str> = each.iter().map(|rule| rule.id).collect();
        assert_eq!(each.first().map(|rule| rule.standing), Some(Standing::Confirm));
        assert_eq!(each.last().map(|rule| rule.standing), Some(Standing::Law));
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!((all, names.len()), (table().len() - 1, table().len() - 1), "one has two versions");
    }

    #[test]
    fn a_term_is_its_unit_and_how_much_of_it() {
        for unit in TermUnit::ALL {
            assert_eq!(TermUnit::split(unit.of(unit.most())), (*unit, unit.most()));
        }
    }
}
