//! Time limits as data: what the law and the bureau set, each with its citation, the days it holds, and whether it is
//! law or a value that the bureau still has to confirm.

use kernel::{Day, Term};
use std::sync::LazyLock;

/// Whether a rule was read in the statute or is only a value to start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Read in the text of the law.
    Law,
    /// Plausible, but to be confirmed by the bureau (待本局确认).
    Confirm,
}

/// A time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable name: `LA-REVIEW-7D`.
    pub id: &'static str,
    /// What must be done within it.
    pub title: &'static str,
    /// How long.
    pub term: Term,
    /// Where it is written.
    pub citation: &'static str,
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

/// All rules of the table, in its order. Lines that cannot be read are left out; a test reads every one.
#[must_use]
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(parse).collect());
    &RULES
}

fn parse(line: &'static str) -> Option<Rule> {
    let fields: Vec<&'static str> = line.split(',').map(str::trim).collect();
    let [id, title, count, unit, citation, standing, from, to] = fields[..] else { return None };
    let count: u32 = count.parse().ok()?;
    let term = match unit {
        "d" => Term::CalendarDays(count),
        "wd" => Term::WorkingDays(count),
        "h" => Term::Hours(count),
        "m" => Term::Months(count),
        _ => return None,
    };
    let standing = match standing {
        "law" => Standing::Law,
        "confirm" => Standing::Confirm,
        _ => return None,
    };
    let valid_to = if to.is_empty() { None } else { Some(Day::parse(to).ok()?) };
    Some(Rule { id, title, term, citation, standing, valid_from: Day::parse(from).ok()?, valid_to })
}

/// The rule of that name on a day; before its first day its first version, so that an old matter still has a clock.
#[must_use]
pub fn rule_on(id: &str, day: Day) -> Option<Rule> {
    let mut versions: Vec<Rule> = rules().iter().filter(|rule| rule.id == id).copied().collect();
    versions.sort_by_key(|rule| rule.valid_from);
    let holds = |rule: &Rule| rule.valid_from <= day && rule.valid_to.is_none_or(|to| day <= to);
    versions.iter().copied().rfind(holds).or_else(|| versions.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_cites_its_source() {
        let rules = rules();
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
        ] {
            assert!(rules.iter().any(|rule| rule.id == id), "{id}");
        }
    }

    #[test]
    fn only_what_the_statute_says_is_called_law() {
        for rule in rules() {
            let article = ["法律援助法第", "行政复议法", "行政诉讼法第"]
                .iter()
                .any(|law| rule.citation.starts_with(law));
            let cited = article && !rule.citation.contains("请本局确认");
            assert_eq!(rule.standing == Standing::Law, cited, "{}", rule.id);
        }
    }

    #[test]
    fn the_day_decides_which_version_holds() {
        let day = |text| Day::parse(text).expect("a day");
        let review = rule_on(REVIEW, day("2022-03-01")).expect("a rule");
        assert_eq!((review.term, review.standing), (Term::CalendarDays(7), Standing::Law));
        assert_eq!(rule_on(AGREEMENT, day("2020-01-01")).expect("the first version").id, AGREEMENT);
        assert!(rule_on("LA-NONE", day("2022-03-01")).is_none());
    }
}
