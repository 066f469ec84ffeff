//! A retainer: an organisation that a lawyer or a whole firm acts for over time. Whoever is retained by one side cannot
//! freely act for the other (律师法第三十九条；律师执业行为规范第五十一条、第五十二条).

use crate::{firm::Firm, lawyer::Lawyer};
use kernel::Id;

/// A retainer; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retainer {}

/// What binds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetainerKind {
    /// 法律顾问, by a contract that runs on.
    Counsel,
    /// 任职: director, independent director, supervisor, employee.
    Employment,
    /// 代理 in a matter that goes on.
    Agency,
}
store::text_column!(RetainerKind { Counsel = "counsel", Employment = "employment", Agency = "agency" });

impl RetainerKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Counsel => "法律顾问",
            Self::Employment => "任职",
            Self::Agency => "代理",
        }
    }
}

/// Who is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// One lawyer.
    Lawyer(Id<Lawyer>),
    /// The whole firm.
    Firm(Id<Firm>),
}

/// A name as names are compared: half width, one kind of brackets, one kind of dots, no spaces, small letters. What it
/// ends in stays: 某某有限公司 and 某某股份有限公司 are two.
#[must_use]
pub fn name_key(name: &str) -> String {
    let half = kernel::to_half_width(&kernel::squeeze(name)).to_lowercase();
    half.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '〔' | '【' | '[' | '{' => '(',
            '〕' | '】' | ']' | '}' => ')',
            '•' | '・' | '‧' | '.' => '·',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_however_they_are_typed() {
        let key = name_key("江苏示例（武进）建设有限公司");
        for typed in [
            "江苏示例(武进)建设有限公司",
            " 江苏示例 （武进） 建设有限公司",
            "江苏示例〔武进〕建设有限公司\u{feff}",
        ] {
            assert_eq!(name_key(typed), key, "{typed:?}");
        }
        assert_eq!(name_key("ＡＢＣ科技"), name_key("abc 科技"));
        assert_eq!(name_key("阿卜杜拉.买买提"), name_key("阿卜杜拉·买买提"));
        assert_ne!(name_key("江苏示例建设有限公司"), name_key("江苏示例建设股份有限公司"), "endings stay");
        assert_eq!(name_key(" \u{3000}"), "");
    }
}
