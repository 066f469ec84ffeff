//! A notice (站内提醒): what an account is told about a record, and how pressing it is.

/// A notice; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {}

/// How pressing a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Something is new; nothing ends.
    News,
    /// There is time.
    Ahead,
    /// Today.
    Today,
    /// It is too late, and gets later.
    Late,
}
store::text_column!(Weight { News = "news", Ahead = "ahead", Today = "today", Late = "late" });

impl Weight {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::News => "通知",
            Self::Ahead => "快到期",
            Self::Today => "今天到期",
            Self::Late => "已逾期",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::News | Self::Ahead => "info",
            Self::Today => "warn",
            Self::Late => "bad",
        }
    }
}

/// What an account is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Whom.
    pub account: i64,
    /// Why, unique for account and record: told once.
    pub key: String,
    /// The heading.
    pub title: String,
    /// One line more; no personal data.
    pub words: String,
    /// Where it is dealt with.
    pub href: String,
    /// How pressing.
    pub weight: Weight,
}
