//! What the bureau pays for a case (法律援助法第五十二条): the standard of its kind, what is added, what is taken off, each
//! with its reason.

use kernel::Day;

/// A standard; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {}

/// Kinds of cases that are paid differently. The amounts are the bureau's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubsidyKind {
    /// 刑事案件.
    Criminal,
    /// 民事、行政诉讼案件.
    Suit,
    /// 仲裁案件.
    Arbitration,
    /// 其他非诉讼案件.
    Other,
}
store::text_column!(SubsidyKind {
    Criminal = "criminal",
    Suit = "suit",
    Arbitration = "arbitration",
    Other = "other",
});

impl SubsidyKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Criminal => "刑事案件",
            Self::Suit => "民事、行政诉讼案件",
            Self::Arbitration => "仲裁案件",
            Self::Other => "其他非诉讼案件",
        }
    }
}

/// The most that a single sum can be, in yuan: more is a slip of the finger.
pub(crate) const MOST: i64 = 1_000_000;

/// The sums of one case, in yuan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subsidy {
    /// By which standard.
    pub kind: SubsidyKind,
    /// The standard.
    pub standard: i64,
    /// 异地办案.
    pub other_place: i64,
    /// 翻译.
    pub translation: i64,
    /// Anything else.
    pub other: i64,
    /// Why.
    pub other_reason: String,
    /// What is taken off.
    pub deduction: i64,
    /// Why.
    pub deduction_reason: String,
}

kernel::refusals! {
    /// Why sums are not taken.
    pub enum SubsidyRefusal {
        /// A sum that is none.
        BadAmount => Invalid("standard"), "金额请填写 0 到 1000000 的整数，单位为元。";
        /// Something is added without a reason.
        NoOtherReason => Invalid("other_reason"), "有其他增加的，请写明理由。";
        /// Something is taken off without a reason.
        NoDeductionReason => Invalid("deduction_reason"), "有扣减的，请写明理由。";
        /// More is taken off than there is.
        TooMuchOff => Invalid("deduction"), "扣减不能多于标准加上增加的部分。";
        /// The standard of a day stands already.
        Twice => Conflict, "这一天起的标准已经有了。要改的，请另选生效日期。";
        /// No basis.
        NoBasis => Invalid("basis"), "请写明依据，例如文件名称和文号。";
    }
}

impl Subsidy {
    /// What is paid.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.standard + self.other_place + self.translation + self.other - self.deduction
    }

    /// Whether the sums can stand.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), SubsidyRefusal> {
        let sums = [self.standard, self.other_place, self.translation, self.other, self.deduction];
        if sums.iter().any(|sum| !(0..=MOST).contains(sum)) {
            return Err(SubsidyRefusal::BadAmount);
        }
        if self.other > 0 && self.other_reason.trim().is_empty() {
            return Err(SubsidyRefusal::NoOtherReason);
        }
        if self.deduction > 0 && self.deduction_reason.trim().is_empty() {
            return Err(SubsidyRefusal::NoDeductionReason);
        }
        if self.total() < 0 {
            return Err(SubsidyRefusal::TooMuchOff);
        }
        Ok(())
    }
}

/// The kind that a case probably has by its result (a code of the dictionary `close_civil`): what the officer starts with.
#[must_use]
pub(crate) fn usual_kind(criminal: bool, result: &str) -> SubsidyKind {
    match result {
        _ if criminal => SubsidyKind::Criminal,
        "8" => SubsidyKind::Arbitration,
        "6" | "7" | "9" => SubsidyKind::Other,
        _ => SubsidyKind::Suit,
    }
}

/// The standard of a kind that holds on a day: the last that began.
#[must_use]
pub(crate) fn standard_on(standards: &[(SubsidyKind, Day, i64)], kind: SubsidyKind, day: Day) -> Option<i64> {
    let begun = standards.iter().filter(|(of, from, _)| *of == kind && *from <= day);
    begun.max_by_key(|(_, from, _)| *from).map(|(_, _, amount)| *amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Subsidy {
        Subsidy {
            kind: SubsidyKind::Suit,
            standard: 2000,
            other_place: 300,
            translation: 0,
            other: 0,
            other_reason: String::new(),
            deduction: 0,
            deduction_reason: String::new(),
        }
    }

    #[test]
    fn what_is_added_and_taken_off_has_its_reason() {
        assert_eq!((plain().check(), plain().total()), (Ok(()), 2300));
        let other = Subsidy { other: 100, ..plain() };
        assert_eq!(other.check(), Err(SubsidyRefusal::NoOtherReason));
        let off = Subsidy { deduction: 100, ..plain() };
        assert_eq!(off.check(), Err(SubsidyRefusal::NoDeductionReason));
        let all = Subsidy { deduction: 2301, deduction_reason: "逾期".to_owned(), ..plain() };
        assert_eq!(all.check(), Err(SubsidyRefusal::TooMuchOff));
        assert_eq!(Subsidy { standard: -1, ..plain() }.check(), Err(SubsidyRefusal::BadAmount));
        assert_eq!(Subsidy { standard: i64::MAX, ..plain() }.check(), Err(SubsidyRefusal::BadAmount));
    }

    #[test]
    fn the_day_decides_which_standard_holds() {
        let day = |text| Day::parse(text).expect("a day");
        let all = [
            (SubsidyKind::Suit, day("2022-01-01"), 2000),
            (SubsidyKind::Suit, day("2023-01-01"), 2500),
            (SubsidyKind::Criminal, day("2022-01-01"), 1500),
        ];
        let on = |text| standard_on(&all, SubsidyKind::Suit, day(text));
        assert_eq!((on("2021-12-31"), on("2022-12-31"), on("2023-01-01")), (None, Some(2000), Some(2500)));
    }
}
