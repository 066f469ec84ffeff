//! What somebody applies for: for whom, about what, against whom, why the hardship need not or how it is shown, and whether
//! the green channel applies. Eligibility is explained here and never decided: no computed rule refuses anybody.

use kernel::Id;
use parties::Person;
use places::{Town, Unit};
use stations::Station;

/// How hardship is dealt with (法律援助法第三十二条、第四十一条、第四十二条).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hardship {
    /// There is no such condition (第三十二条).
    NoCondition,
    /// It is not checked, and the paper that shows the class is on file (第四十二条).
    Exempt,
    /// The applicant's own statement.
    Statement,
    /// Checked by information that offices share (第四十一条).
    Sharing,
    /// A personal credit commitment (第四十一条).
    Commitment,
    /// Nothing is needed: the case was notified or requested.
    NotNeeded,
}
store::text_column!(Hardship {
    NoCondition = "art32",
    Exempt = "art42",
    Statement = "statement",
    Sharing = "sharing",
    Commitment = "commitment",
    NotNeeded = "none",
});

impl Hardship {
    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NoCondition => "不受经济困难条件限制（第三十二条）",
            Self::Exempt => "免予核查经济困难状况，证明材料在卷（第四十二条）",
            Self::Statement => "经济困难状况说明表",
            Self::Sharing => "信息共享查询（第四十一条）",
            Self::Commitment => "个人诚信承诺（第四十一条）",
            Self::NotNeeded => "通知、商请案件，不审查",
        }
    }

    /// Those that can be chosen for an application.
    #[must_use]
    pub fn choices() -> &'static [Hardship] {
        &Self::ALL[..5]
    }
}

/// Codes of matters for which no hardship is asked (第三十二条; `aid_matter` of the dictionaries).
const NO_CONDITION: &str = "M32-";
/// Groups whose hardship is not checked when a paper shows that they belong to them (第四十二条). Minors, the old and the
/// disabled only without fixed livelihood; migrant workers only for wages and work injuries: both are told beside it.
const EXEMPT: &[&str] = &["G-SA-TK", "G-SA-DB", "G-SA-BY", "G-SA-GX", "G-SA-OTH", "G-JA", "G-YF", "G-MART"];
const EXEMPT_WITHOUT_LIVELIHOOD: &[&str] = &["G-MIN", "G-OLD", "G-DIS", "G-DIS-BDM"];
const MIGRANT: &str = "G-MIG";
const MIGRANT_MATTERS: &[&str] = &["M31-5", "M31-7a"];
/// Groups that go first (第四十五条; 军人地位和权益保障法第六十一条; the bureau's green channel).
const GREEN: &[&str] = &["G-DIS", "G-DIS-BDM", "G-MIN", "G-MIL", "G-MILF", "G-MART", "G-DV", "G-SA-TK"];

/// What can be said about hardship from the matter and the groups, to help whoever fills the form in.
#[must_use]
pub fn suggest(matter: &str, groups: &[&str]) -> (Hardship, &'static str) {
    let in_any = |list: &[&str]| groups.iter().any(|group| list.contains(group));
    if matter.starts_with(NO_CONDITION) {
        return (Hardship::NoCondition, "这类事项不受经济困难条件限制（法律援助法第三十二条）。");
    }
    if in_any(EXEMPT) {
        return (
            Hardship::Exempt,
            "有证明材料的，免予核查经济困难状况（法律援助法第四十二条）；请把证明收进材料。",
        );
    }
    if groups.contains(&MIGRANT) && MIGRANT_MATTERS.contains(&matter) {
        return (
            Hardship::Exempt,
            "进城务工人员请求支付劳动报酬或者工伤赔偿，有证明材料的免予核查（法律援助法第四十二条第三项）。",
        );
    }
    if in_any(EXEMPT_WITHOUT_LIVELIHOOD) {
        return (
            Hardship::Statement,
            "未成年人、老年人、残疾人没有固定生活来源且有证明材料的，可以选“免予核查”（法律援助法第四十二条第一项）。",
        );
    }
    (
        Hardship::Statement,
        "填写经济困难状况说明表即可，也可以信息共享查询或者作诚信承诺（法律援助法第四十一条）。",
    )
}

/// Whether somebody of these groups goes first; the old when they cannot move well, which only a person can tell.
#[must_use]
pub fn goes_first(groups: &[&str], cannot_move: bool) -> bool {
    cannot_move || groups.iter().any(|group| GREEN.contains(group))
}

/// An application, or a case that an organ notified: whose it is, and what it says.
#[derive(Debug, Clone)]
pub struct Application {
    /// The town whose officers see it.
    pub town: Id<Town>,
    /// The applicant's village, if known.
    pub unit: Option<Id<Unit>>,
    /// Who asks.
    pub applicant: Id<Person>,
    /// The station that received it, if one did.
    pub station: Option<Id<Station>>,
    /// Code of the dictionary `channel`.
    pub channel: String,
    /// What it says.
    pub said: Said,
}

/// What an application says; this can be corrected until it is decided on.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who asks for the applicant (第四十条), or empty.
    pub agent_name: String,
    /// What that person is to them, or empty.
    pub agent_relation: String,
    /// The other side, or empty.
    pub opponent: String,
    /// Code of the dictionary `aid_matter`.
    pub matter: String,
    /// What happened, in their words.
    pub story: String,
    /// Codes of the dictionary `group`, as of this day.
    pub groups: Vec<String>,
    /// Whether the green channel applies.
    pub green: bool,
    /// How hardship is dealt with.
    pub hardship: Hardship,
    /// How many people it helps: several with one indivisible claim are one 件 and several 人.
    pub people: i64,
    /// The papers handed in, one each.
    pub papers: Vec<String>,
}

/// Whether a matter is criminal: such cases are numbered beside the others and close with other results.
#[must_use]
pub fn is_criminal(matter: &str) -> bool {
    ["M24", "M25", "M28", "M29"].iter().any(|code| matter.starts_with(code))
}

/// The papers that an application usually has; others are written in.
pub const USUAL_PAPERS: &[&str] = &[
    "法律援助申请表",
    "身份证明",
    "经济困难状况说明表或者免核查证明",
    "与所申请事项有关的材料",
    "代理人身份和授权证明",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_articles_are_two_different_things() {
        assert_eq!(suggest("M32-4", &[]).0, Hardship::NoCondition);
        assert_eq!(suggest("M31-4", &["G-SA-DB"]).0, Hardship::Exempt);
        assert_eq!(suggest("M31-5", &["G-MIG"]).0, Hardship::Exempt);
        assert_eq!(suggest("M31-4", &["G-MIG"]).0, Hardship::Statement, "only wages and work injuries");
        let (choice, why) = suggest("M31-4", &["G-OLD"]);
        assert!(choice == Hardship::Statement && why.contains("没有固定生活来源"));
    }

    #[test]
    fn whoever_goes_first_goes_first() {
        assert!(
            goes_first(&["G-DIS"], false) && goes_first(&[], true) && goes_first(&["G-MIG", "G-MILF"], false)
        );
        assert!(!goes_first(&["G-OLD", "G-MIG"], false), "the old who move well stand in line");
    }

    #[test]
    fn an_application_always_says_how_hardship_is_dealt_with() {
        assert!(!Hardship::choices().contains(&Hardship::NotNeeded));
        assert_eq!(Hardship::choices().len(), Hardship::ALL.len() - 1);
    }
}
