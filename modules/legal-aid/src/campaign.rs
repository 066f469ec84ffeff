//! Campaigns: a class of people, or of matters, goes first from one day to another, because the bureau says so.

use kernel::Day;

/// A campaign; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Campaign {}

/// Whom a campaign is for, and when. An empty group or matter is any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Code of the dictionary `group`.
    pub(crate) person_group: String,
    /// Code of the dictionary `aid_matter`.
    pub(crate) matter: String,
    /// First day.
    pub(crate) starts_on: Day,
    /// Last day.
    pub(crate) ends_on: Day,
}

impl Scope {
    /// Whether an application of that day, about that matter, of somebody of these groups is meant.
    #[must_use]
    pub(crate) fn covers(&self, day: Day, matter: &str, groups: &[String]) -> bool {
        (self.starts_on..=self.ends_on).contains(&day)
            && (self.matter.is_empty() || self.matter == matter)
            && (self.person_group.is_empty() || groups.contains(&self.person_group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_is_for_its_days_its_people_and_its_matter() {
        let day = |text| Day::parse(text).expect("a day");
        let scope = Scope {
            person_group: "G-MIG".to_owned(),
            matter: "M31-5".to_owned(),
            starts_on: day("2022-01-01"),
            ends_on: day("2022-01-31"),
        };
        let workers = ["G-MIG".to_owned()];
        assert!(scope.covers(day("2022-01-31"), "M31-5", &workers), "the last day");
        assert!(!scope.covers(day("2022-02-01"), "M31-5", &workers), "the day after");
        assert!(!scope.covers(day("2022-01-31"), "M31-4", &workers), "another matter");
        assert!(!scope.covers(day("2022-01-31"), "M31-5", &[]), "other people");
        let all = Scope { person_group: String::new(), ..scope };
        assert!(all.covers(day("2022-01-31"), "M31-5", &[]), "everybody with that matter");
    }
}
