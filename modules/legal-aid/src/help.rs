//! Help of duty lawyers for those who have no defender (值班律师法律帮助，法律援助法第三十条). It is no case and is counted
//! apart from cases.

/// One help; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Help {}

/// Where the duty lawyer sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HelpPlace {
    /// 公安机关.
    Police,
    /// 人民检察院.
    Procuratorate,
    /// 人民法院.
    Court,
    /// 看守所.
    Detention,
}
store::text_column!(HelpPlace {
    Police = "police",
    Procuratorate = "procuratorate",
    Court = "court",
    Detention = "detention",
});

impl HelpPlace {
    /// The word on screen.
    #[must_use]
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Police => "公安机关",
            Self::Procuratorate => "人民检察院",
            Self::Court => "人民法院",
            Self::Detention => "看守所",
        }
    }
}

/// What was done: the four of 第三十条, the witnessing of 刑事诉讼法第一百七十四条, and the application that was passed on
/// (第三十九条).
pub(crate) const KINDS: [(&str, &str); 6] = [
    ("consult", "法律咨询"),
    ("procedure", "程序选择建议"),
    ("coercion", "申请变更强制措施"),
    ("opinion", "对案件处理提出意见"),
    ("witness", "签署认罪认罚具结书时在场"),
    ("forward", "转交法律援助申请"),
];

/// The words of what was done, from its codes joined by `;`.
#[must_use]
pub(crate) fn kind_words(codes: &str) -> String {
    let word = |code: &str| KINDS.iter().find(|(known, _)| *known == code).map(|(_, word)| *word);
    codes.split(';').filter_map(word).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_words_and_strange_ones_nothing() {
        assert_eq!(kind_words("consult;witness"), "法律咨询、签署认罪认罚具结书时在场");
        assert_eq!(kind_words("nonsense"), "");
    }
}
