//! A seal (定稿): a finished period whose figures are fixed for good, and the requests to take it back.

use crate::bulletin::SealMark;
use kernel::{Day, Id, Moment, PartKind, Period, PeriodError, Scheme};

/// Where a seal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealState {
    /// It holds.
    Standing,
    /// It was taken back by two persons; it stays in the history.
    Superseded,
}
store::text_column!(SealState { Standing = "standing", Superseded = "superseded" });

store::record! {
    /// A seal as it is kept.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Seal {
        pub(crate) id: Id<Seal>,
        pub(crate) scheme: String,
        pub(crate) period: String,
        pub(crate) first_day: Day,
        pub(crate) last_day: Day,
        pub(crate) as_of: Day,
        pub(crate) version: i64,
        pub(crate) number: String,
        pub(crate) state: SealState,
        pub(crate) facts: i64,
        pub(crate) digest: String,
        pub(crate) audit_root: String,
        pub(crate) sealed_by: Option<i64>,
        pub(crate) sealed_by_name: String,
        pub(crate) sealed_at: Moment,
        pub(crate) sealed_on: Day,
        pub(crate) superseded_at: Option<Moment>,
        pub(crate) published_at: Option<Moment>,
        pub(crate) withdrawn_at: Option<Moment>,
    }
}

impl Seal {
    /// Its period.
    pub(crate) fn period(&self) -> Result<Period, PeriodError> {
        Period::parse(self.scheme.parse()?, &self.period)
    }

    /// Whether it holds.
    pub(crate) fn stands(&self) -> bool {
        self.state == SealState::Standing
    }

    /// Whether citizens see it.
    pub(crate) fn public(&self) -> bool {
        self.stands() && self.published_at.is_some() && self.withdrawn_at.is_none()
    }

    /// The mark on pages: 已定稿 · 2022年5月6日 · 张三.
    pub(crate) fn mark(&self) -> String {
        format!("已定稿 · {} · {}", self.sealed_at.day().chinese(), self.sealed_by_name)
    }

    /// By what the figures are recognised.
    pub(crate) fn seal_mark(&self) -> SealMark {
        SealMark {
            number: self.number.clone(),
            version: self.version,
            sealed_at: self.sealed_at.local(),
            digest: Some(self.digest.clone()),
        }
    }

    /// The period's name, or what is stored if it cannot be read.
    pub(crate) fn label(&self) -> String {
        self.period().map_or_else(|_| self.period.clone(), Period::label)
    }
}

/// The number of a seal, `2022Q1-C-1`: period, scheme (C calendar, M ministry, T twenty-first), version.
pub(crate) fn number(period: Period, version: i64) -> String {
    let scheme = match period.scheme() {
        Scheme::Calendar => 'C',
        Scheme::Ministry => 'M',
        Scheme::TwentyFirst => 'T',
    };
    format!("{period}-{scheme}-{version}")
}

/// The length of a period in the database. Periods of one scheme and one length follow each other without a gap: late
/// entries of one are reported with a later one of them.
pub(crate) fn part_key(period: Period) -> &'static str {
    match period.part().kind() {
        PartKind::Month => "month",
        PartKind::Quarter => "quarter",
        PartKind::Half => "half",
        PartKind::Year => "year",
    }
}

/// Where a request to unseal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnsealState {
    /// Nobody has decided.
    Pending,
    /// Another person agreed: the seal is superseded.
    Approved,
    /// Another person did not agree, or it was taken back.
    Rejected,
}
store::text_column!(UnsealState { Pending = "pending", Approved = "approved", Rejected = "rejected" });

impl UnsealState {
    /// The word on screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Pending => "待批准",
            Self::Approved => "已批准",
            Self::Rejected => "未批准",
        }
    }
}

store::record! {
    /// A request to unseal a period.
    #[derive(Debug, Clone)]
    pub(crate) struct Unseal {
        pub(crate) id: Id<Unseal>,
        pub(crate) reason: String,
        pub(crate) asked_by: Option<i64>,
        pub(crate) asked_by_name: String,
        pub(crate) asked_at: Moment,
        pub(crate) state: UnsealState,
        pub(crate) decided_by_name: Option<String>,
        pub(crate) decided_at: Option<Moment>,
        pub(crate) remark: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_period_scheme_and_version() {
        let number = |scheme, text, version| number(Period::parse(scheme, text).expect("a period"), version);
        assert_eq!(number(Scheme::Calendar, "2022Q1", 1), "2022Q1-C-1");
        assert_eq!(number(Scheme::Ministry, "2022", 2), "2022-M-2");
        assert_eq!(number(Scheme::TwentyFirst, "2022-03", 1), "2022-03-T-1");
    }
}
