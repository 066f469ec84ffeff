//! Dictionaries: lists of codes with names, each term with its source, how far it may be trusted, and its time.

use kernel::Day;

/// How far a term may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermStatus {
    /// It stands in a statute.
    Law,
    /// It stands in a national standard or a statistical code.
    Standard,
    /// From practice or our own proposal: the bureau must confirm it.
    Confirm,
}
store::text_column!(TermStatus { Law = "law", Standard = "standard", Confirm = "confirm" });

impl TermStatus {
    /// The word on its badge.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Law => "法定",
            Self::Standard => "标准",
            Self::Confirm => "待确认",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Law | Self::Standard => "ok",
            Self::Confirm => "warn",
        }
    }
}

store::record! {
    /// A term that is valid on the day it was asked for.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Term {
        /// The list it stands in.
        pub list: String,
        /// Its code, stable.
        pub code: String,
        /// Its name.
        pub name: String,
        /// The code of the term above it, in the same list.
        pub parent: Option<String>,
        /// How far it may be trusted.
        pub status: TermStatus,
    }
}

/// A term to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTerm {
    /// The list.
    pub list: String,
    /// Its code, unique among the terms of the list that are valid at the time.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The code of the term above it.
    pub parent: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// How far it may be trusted.
    pub status: TermStatus,
    /// The first day it may be used.
    pub valid_from: Day,
    /// Place in the list.
    pub sort: i64,
}

/// The lists there are, with their names on screen; the order is that of the page.
pub const LISTS: &[(&str, &str)] = &[
    ("consult_topic", "咨询事项"),
    ("group", "特定人群"),
    ("channel", "服务渠道"),
    ("campaign", "专项活动"),
    ("visit_kind", "顾问服务内容"),
    ("consult_channel", "咨询方式（报表）"),
    ("consult_outcome", "咨询处理结果"),
    ("satisfaction", "满意度"),
    ("speciality", "专业特长"),
    ("dialect", "语言和方言"),
    ("station_host", "站点依托单位"),
    ("station_facility", "站点设施"),
    ("aid_matter", "法律援助事项"),
    ("aid_form", "法律援助形式"),
    ("refuse", "不予援助理由"),
    ("terminate", "终止援助情形"),
    ("crim_origin", "刑事援助来源"),
    ("handler", "承办人员类别"),
    ("close_civil", "民事行政结案方式"),
    ("close_crim", "刑事结案方式"),
    ("cause_top", "民事案由（一级）"),
    ("industry", "行业门类"),
    ("chamber_type", "商（协）会类型"),
    ("risk_level", "法律风险等级"),
    ("urban_rural", "城乡分类"),
    ("vol_star", "志愿者星级"),
];

/// The name of a list on screen; its code if it has none.
#[must_use]
pub fn list_label(list: &str) -> &str {
    LISTS.iter().find(|(code, _)| *code == list).map_or(list, |(_, label)| label)
}

/// The terms every installation starts with, valid since the beginning of the register (2000-01-01).
#[must_use]
pub fn standard_terms() -> Vec<NewTerm> {
    let Some(valid_from) = Day::new(2000, 1, 1) else { return Vec::new() };
    include_str!("standard_terms.csv")
        .lines()
        .skip(1)
        .zip(1i64..)
        .filter_map(|(line, nth)| {
            let mut cells = line.split(',').map(str::to_owned);
            let (list, code, name, parent, source) =
                (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
            let status = TermStatus::from_text(&cells.next()?)?;
            Some(NewTerm {
                list,
                code,
                name,
                parent: Some(parent).filter(|p| !p.is_empty()),
                source,
                status,
                valid_from,
                sort: nth * 10,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_standard_terms_is_read() {
        let text = include_str!("standard_terms.csv");
        assert!(
            text.starts_with("list,code,name,parent,source,status\n") && !text.contains('"'),
            "plain cells only"
        );
        let terms = standard_terms();
        assert_eq!(terms.len(), text.lines().count() - 1);
        for term in &terms {
            assert!(LISTS.iter().any(|(list, _)| *list == term.list), "{} has a name on screen", term.list);
            assert!(!term.source.is_empty(), "{} {} names its source", term.list, term.code);
            if let Some(parent) = &term.parent {
                assert!(
                    terms.iter().any(|t| t.list == term.list && t.code == *parent),
                    "{} {} has its parent",
                    term.list,
                    term.code
                );
            }
            assert_eq!(
                terms.iter().filter(|t| t.list == term.list && t.code == term.code).count(),
                1,
                "{} {}",
                term.list,
                term.code
            );
        }
    }
}
