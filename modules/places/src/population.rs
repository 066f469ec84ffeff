//! Residents of a unit or a town, by source and day, side by side.

use kernel::Day;

/// Where a number of residents is from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PopulationSource {
    /// 人口普查.
    Census,
    /// 公安户籍.
    Household,
    /// 统计部门.
    Statistics,
    /// 镇（街道）上报.
    Town,
    /// 推算: added up or divided when units were merged or split.
    Derived,
}
::store::text_column!(PopulationSource {
    Census = "census",
    Household = "household",
    Statistics = "statistics",
    Town = "town",
    Derived = "derived",
});

impl PopulationSource {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Census => "人口普查",
            Self::Household => "公安户籍",
            Self::Statistics => "统计部门",
            Self::Town => "镇（街道）上报",
            Self::Derived => "调整推算",
        }
    }

    /// The sources that people enter.
    #[must_use]
    pub fn entered() -> [Self; 4] {
        [Self::Census, Self::Household, Self::Statistics, Self::Town]
    }
}

::store::record! {
    /// A number of residents.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Population {
        /// Where it is from.
        pub source: PopulationSource,
        /// The day it is of.
        pub as_of: Day,
        /// Residents.
        pub residents: i64,
        /// What else is known about it.
        pub note: String,
    }
}

/// The number that is used: the newest; of one day the one of the best source.
#[must_use]
pub fn used(rows: &[Population]) -> Option<&Population> {
    rows.iter().max_by(|a, b| a.as_of.cmp(&b.as_of).then(b.source.cmp(&a.source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_used_and_of_one_day_the_best() {
        let row = |source, day: &str, residents| Population {
            source,
            as_of: day.parse().expect("a day"),
            residents,
            note: String::new(),
        };
        let census = row(PopulationSource::Census, "2020-11-01", 3000);
        let town = row(PopulationSource::Town, "2021-12-31", 3100);
        let police = row(PopulationSource::Household, "2021-12-31", 2900);
        assert_eq!(used(&[census.clone(), town.clone(), police.clone()]), Some(&police));
        assert_eq!(used(&[town.clone(), census]), Some(&town));
        assert_eq!(used(&[]), None);
    }
}
