//! Figures: named, defined numbers over measures. One definition serves pages, bulletin, API and checks.

use super::Measure;
use kernel::CountUnit;

/// How a figure relates to time, and whether its parts may be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// Happened between two days; parts sum to the whole.
    Flow,
    /// Stands at the end of a day: every start adds one, every end takes one away; parts sum to the whole.
    Stock,
    /// A flow from the first day of the year up to a day.
    Cumulative,
    /// How many different places had at least one; parts by place sum, periods do not.
    Distinct,
}

impl FigureKind {
    /// The name in the API.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Stock => "stock",
            Self::Cumulative => "cumulative",
            Self::Distinct => "distinct",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Flow => "期间数",
            Self::Stock => "时点数",
            Self::Cumulative => "本年累计数",
            Self::Distinct => "去重数",
        }
    }
}

/// The definition of a figure.
#[derive(Debug, Clone, Copy)]
pub struct FigureDef {
    /// The stable name: `advisers.consultations`.
    pub key: &'static str,
    /// The name on screen.
    pub name: &'static str,
    /// The unit, part of the figure.
    pub unit: CountUnit,
    /// How it relates to time.
    pub kind: FigureKind,
    /// The measures that are added up.
    pub measures: &'static [Measure],
    /// The definition in words (口径说明).
    pub definition: &'static str,
    /// Rises when the definition changes.
    pub version: u32,
    /// The figure it is part of, if any.
    pub part_of: Option<&'static str>,
}
