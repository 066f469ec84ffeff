//! A unit: a village (村民委员会) or community (居民委员会).

use kernel::CountUnit;
use pinyin::ToPinyin as _;
use store::tally::{FigureDef, FigureKind, Measure};

/// A village or community; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {}

/// Which of the two organisations it is (村民委员会组织法 §2, 城市居民委员会组织法 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    /// 村.
    Village,
    /// 社区.
    Community,
}
store::text_column!(UnitKind { Village = "village", Community = "community" });

impl UnitKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Village => "村",
            Self::Community => "社区",
        }
    }
}

/// How well the position is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Not at all.
    None,
    /// Roughly: shown as 示意.
    Schematic,
    /// Measured.
    Surveyed,
}
store::text_column!(Position { None = "none", Schematic = "schematic", Surveyed = "surveyed" });

/// Villages and communities there are: +1 when one is set up, −1 when it is closed.
pub const UNITS: Measure = Measure::new("places.units", CountUnit::Piece);

pub(crate) const FIGURES: &[FigureDef] = &[FigureDef {
    key: "villages.total",
    name: "村（社区）总数",
    unit: CountUnit::Piece,
    kind: FigureKind::Stock,
    measures: &[UNITS],
    definition: "截止日在册、属本区管辖的村民委员会和居民委员会个数；一行统计代码含两个组织的按两个计。",
    version: 1,
    part_of: None,
}];

/// The pinyin initials of a name, lower case: 滆湖社区 → `ghsq`. Other characters stay if they are letters or digits.
#[must_use]
pub fn initials(name: &str) -> String {
    name.chars()
        .filter_map(|c| match c.to_pinyin() {
            Some(pinyin) => pinyin.first_letter().chars().next(),
            None => Some(c).filter(char::is_ascii_alphanumeric),
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_real_names() {
        assert_eq!(initials("谈家头村"), "tjtc");
        assert_eq!(initials("滆湖社区"), "ghsq");
        assert_eq!(initials("南湖家苑A区"), "nhjyaq");
    }
}
