//! Counted things with their unit: 件, 人, 人次 and 场次 are never bare integers.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountUnit {
    /// 件: cases and matters.
    Case,
    /// 人: different persons, each counted once.
    Person,
    /// 人次: persons served, counted each time.
    PersonTime,
    /// 次: times something was done.
    Time,
    /// 场: lectures and performances.
    Occasion,
    /// 场次: sessions held.
    Session,
    /// 家: enterprises and institutions.
    Enterprise,
    /// 户: households.
    Household,
    /// 名: persons in a capacity, such as lawyers.
    Member,
    /// 条: entries, suggestions, messages.
    Item,
    /// 份: documents and copies.
    Copy,
    /// 个: anything else.
    Piece,
    /// 小时: hours of service.
    Hour,
    /// 元: yuan, whole.
    Yuan,
}

impl CountUnit {
    /// Every unit.
    pub const ALL: [CountUnit; 14] = [
        CountUnit::Case,
        CountUnit::Person,
        CountUnit::PersonTime,
        CountUnit::Time,
        CountUnit::Occasion,
        CountUnit::Session,
        CountUnit::Enterprise,
        CountUnit::Household,
        CountUnit::Member,
        CountUnit::Item,
        CountUnit::Copy,
        CountUnit::Piece,
        CountUnit::Hour,
        CountUnit::Yuan,
    ];

    /// The measure word.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            CountUnit::Case => "件",
            CountUnit::Person => "人",
            CountUnit::PersonTime => "人次",
            CountUnit::Time => "次",
            CountUnit::Occasion => "场",
            CountUnit::Session => "场次",
            CountUnit::Enterprise => "家",
            CountUnit::Household => "户",
            CountUnit::Member => "名",
            CountUnit::Item => "条",
            CountUnit::Copy => "份",
            CountUnit::Piece => "个",
            CountUnit::Hour => "小时",
            CountUnit::Yuan => "元",
        }
    }

    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            CountUnit::Case => "case",
            CountUnit::Person => "person",
            CountUnit::PersonTime => "person-time",
            CountUnit::Time => "time",
            CountUnit::Occasion => "occasion",
            CountUnit::Session => "session",
            CountUnit::Enterprise => "enterprise",
            CountUnit::Household => "household",
            CountUnit::Member => "member",
            CountUnit::Item => "item",
            CountUnit::Copy => "copy",
            CountUnit::Piece => "piece",
            CountUnit::Hour => "hour",
            CountUnit::Yuan => "yuan",
        }
    }

    /// That many of them.
    #[must_use]
    pub const fn of(self, amount: i64) -> Quantity {
        Quantity { amount, unit: self }
    }
}

impl fmt::Display for CountUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

impl FromStr for CountUnit {
    type Err = CountUnitError;

    /// Reads a [`key`](CountUnit::key) or a [`label`](CountUnit::label).
    ///
    /// # Errors
    /// [`CountUnitError`] for anything else.
    fn from_str(text: &str) -> Result<CountUnit, CountUnitError> {
        CountUnit::ALL
            .into_iter()
            .find(|unit| unit.key() == text || unit.label() == text)
            .ok_or(CountUnitError)
    }
}

/// The text names no unit of counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("没有这个计量单位")]
pub struct CountUnitError;

/// An amount of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// How many; negative only in corrections and comparisons.
    pub amount: i64,
    /// Of what.
    pub unit: CountUnit,
}

impl Quantity {
    /// That many of that unit.
    #[must_use]
    pub const fn new(amount: i64, unit: CountUnit) -> Quantity {
        Quantity { amount, unit }
    }

    /// The sum; `None` when the units differ or the number does not fit.
    #[must_use]
    pub fn checked_add(self, other: Quantity) -> Option<Quantity> {
        let amount = self.amount.checked_add(other.amount)?;
        (self.unit == other.unit).then_some(Quantity { amount, ..self })
    }

    /// The difference; `None` when the units differ or the number does not fit.
    #[must_use]
    pub fn checked_sub(self, other: Quantity) -> Option<Quantity> {
        let amount = self.amount.checked_sub(other.amount)?;
        (self.unit == other.unit).then_some(Quantity { amount, ..self })
    }

    /// The sum of all, which must be of that unit; `None` when one is of another, or the number does not fit.
    #[must_use]
    pub fn total(unit: CountUnit, quantities: impl IntoIterator<Item = Quantity>) -> Option<Quantity> {
        quantities.into_iter().try_fold(unit.of(0), Quantity::checked_add)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.unit.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn units_are_told_apart_by_key_and_label() {
        let words: HashSet<&str> =
            CountUnit::ALL.iter().flat_map(|unit| [unit.key(), unit.label()]).collect();
        assert_eq!(words.len(), CountUnit::ALL.len() * 2);
        for unit in CountUnit::ALL {
            assert_eq!(unit.key().parse(), Ok(unit));
            assert_eq!(unit.label().parse(), Ok(unit));
            assert_eq!(serde_json::to_string(&unit).expect("serialises"), format!("\"{}\"", unit.key()));
        }
        assert_eq!("人 次".parse::<CountUnit>(), Err(CountUnitError));
    }

    #[test]
    fn only_like_is_added_to_like() {
        let visits = CountUnit::Time.of(1372);
        assert_eq!(visits.to_string(), "1372次");
        assert_eq!(visits.checked_add(CountUnit::Time.of(8)), Some(Quantity::new(1380, CountUnit::Time)));
        assert_eq!(visits.checked_sub(CountUnit::Time.of(1373)), Some(CountUnit::Time.of(-1)));
        assert_eq!(visits.checked_add(CountUnit::PersonTime.of(8)), None);
        assert_eq!(visits.checked_sub(CountUnit::PersonTime.of(8)), None);
        assert_eq!(visits.checked_add(CountUnit::Time.of(i64::MAX)), None);
    }

    #[test]
    fn totals_know_their_unit_even_of_nothing() {
        assert_eq!(Quantity::total(CountUnit::Case, []), Some(CountUnit::Case.of(0)));
        let cases = [CountUnit::Case.of(335), CountUnit::Case.of(12)];
        assert_eq!(Quantity::total(CountUnit::Case, cases), Some(CountUnit::Case.of(347)));
        assert_eq!(Quantity::total(CountUnit::Person, cases), None);
    }

    #[test]
    fn json_names_the_unit() {
        let json = serde_json::to_string(&CountUnit::PersonTime.of(568)).expect("serialises");
        assert_eq!(json, r#"{"amount":568,"unit":"person-time"}"#);
        assert_eq!(serde_json::from_str::<Quantity>(&json).expect("reads"), CountUnit::PersonTime.of(568));
    }
}
