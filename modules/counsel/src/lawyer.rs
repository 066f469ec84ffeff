//! A lawyer or legal worker: kinds, states, grades of the yearly assessment, sanctions, years of practice.

use kernel::{Day, Fault, Phone};
use store::Db;

/// A lawyer or legal worker; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lawyer {}

/// Who may be an adviser of a village: a lawyer (律师法 §2) or a legal worker (基层法律服务工作者管理办法 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawyerKind {
    /// 律师.
    Lawyer,
    /// 基层法律服务工作者.
    LegalWorker,
}
store::text_column!(LawyerKind { Lawyer = "lawyer", LegalWorker = "legal_worker" });

impl LawyerKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Lawyer => "律师",
            Self::LegalWorker => "基层法律服务工作者",
        }
    }
}

/// Whether somebody practises now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawyerState {
    /// In practice.
    Active,
    /// Has left the firm, the district or the profession.
    Left,
    /// May not practise for a time (律师法 §47–§49).
    Suspended,
}
store::text_column!(LawyerState { Active = "active", Left = "left", Suspended = "suspended" });

impl LawyerState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "执业",
            Self::Left => "已离开",
            Self::Suspended => "停止执业",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Active => "ok",
            Self::Left => "muted",
            Self::Suspended => "bad",
        }
    }
}

/// The outcome of a yearly assessment (律师执业年度考核规则).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// 称职.
    Competent,
    /// 基本称职.
    Barely,
    /// 不称职.
    Incompetent,
}
store::text_column!(Grade { Competent = "称职", Barely = "基本称职", Incompetent = "不称职" });

/// Kinds of sanctions: the penalties of 律师法 §47–§49, those of the bar, and what is known only as a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisciplineKind {
    /// 警告.
    Warning,
    /// 罚款.
    Fine,
    /// 没收违法所得.
    Confiscation,
    /// 停止执业.
    Suspension,
    /// 吊销执业证书.
    Revocation,
    /// 行业处分.
    Bar,
    /// 其他.
    Other,
}
store::text_column!(DisciplineKind {
    Warning = "警告",
    Fine = "罚款",
    Confiscation = "没收违法所得",
    Suspension = "停止执业",
    Revocation = "吊销执业证书",
    Bar = "行业处分",
    Other = "其他",
});

/// Completed years of practice on a day; 0 before the licence.
#[must_use]
pub fn practice_years(licensed_since: Day, on: Day) -> i64 {
    let reached = (on.month(), on.day()) >= (licensed_since.month(), licensed_since.day());
    (i64::from(on.year()) - i64::from(licensed_since.year()) - i64::from(!reached)).max(0)
}

/// The name under which telephones of lawyers are sealed.
pub const PHONE_FIELD: &str = "counsel_lawyer_entry.phone";

/// The name under which telephones of firms are sealed.
pub const FIRM_PHONE_FIELD: &str = "counsel_firm_entry.phone";

/// Opens the telephone of a lawyer as [`crate::LawyerRow`] and the view `counsel_lawyer` hold it.
///
/// # Errors
/// A fault if it cannot be opened with the installation's key.
pub fn phone(db: &Db, sealed: &Option<String>) -> Result<Option<Phone>, Fault> {
    open(db, PHONE_FIELD, sealed.as_deref())
}

/// Opens the telephone of a firm as [`crate::FirmRow`] and the view `counsel_firm` hold it.
///
/// # Errors
/// A fault if it cannot be opened with the installation's key.
pub fn firm_phone(db: &Db, sealed: &Option<String>) -> Result<Option<Phone>, Fault> {
    open(db, FIRM_PHONE_FIELD, sealed.as_deref())
}

fn open(db: &Db, field: &'static str, sealed: Option<&str>) -> Result<Option<Phone>, Fault> {
    let Some(sealed) = sealed else { return Ok(None) };
    let clear = db.keys().open(field, sealed)?;
    Ok(Some(Phone::parse(&clear).map_err(|_| Fault::new(format!("{field} holds no telephone number")))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_practice_are_completed_on_the_anniversary() {
        let since: Day = "2018-03-09".parse().expect("a day");
        for (on, years) in [
            ("2018-03-08", 0),
            ("2018-03-09", 0),
            ("2019-03-08", 0),
            ("2019-03-09", 1),
            ("2022-05-06", 4),
            ("2017-01-01", 0),
        ] {
            assert_eq!(practice_years(since, on.parse().expect("a day")), years, "{on}");
        }
    }
}
