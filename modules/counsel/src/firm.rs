//! A firm: a law firm (律师事务所) or a legal service office (基层法律服务所).

/// A firm; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firm {}

/// Which of the two it is (律师法 §14; 基层法律服务所管理办法 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirmKind {
    /// 律师事务所.
    LawFirm,
    /// 基层法律服务所.
    LegalServiceOffice,
}
store::text_column!(FirmKind { LawFirm = "law_firm", LegalServiceOffice = "legal_service_office" });

impl FirmKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::LawFirm => "律师事务所",
            Self::LegalServiceOffice => "基层法律服务所",
        }
    }
}

/// Whether the firm still practises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirmState {
    /// It does.
    Active,
    /// It has been dissolved.
    Closed,
}
store::text_column!(FirmState { Active = "active", Closed = "closed" });

impl FirmState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "执业",
            Self::Closed => "已注销",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Active => "ok",
            Self::Closed => "muted",
        }
    }
}
