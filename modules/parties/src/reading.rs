//! Reading a number whole: for which reasons, how often a day, and what is shown.

use kernel::Moment;

/// Why somebody may want to see a number whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// 办理业务.
    Handling,
    /// 核对身份.
    Identity,
    /// 联系当事人.
    Contact,
    /// 本人查阅、复制: the person asked for what is held about them. Not offered in lists of reasons.
    Subject,
    /// 其他, with words.
    Other,
}
::store::text_column!(Reason { Handling = "handling", Identity = "identity", Contact = "contact", Subject = "subject", Other = "other" });

impl Reason {
    /// The reasons people choose from.
    pub const CHOICES: [Reason; 4] = [Self::Handling, Self::Identity, Self::Contact, Self::Other];

    /// The word on screen and in the audit trail.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Handling => "办理业务",
            Self::Identity => "核对身份",
            Self::Contact => "联系当事人",
            Self::Subject => "本人查阅、复制",
            Self::Other => "其他",
        }
    }
}

/// How many records an account may be shown whole on one day, unless the security administrator decided otherwise.
pub const DAILY_QUOTA: i64 = 50;

/// The setting of the installation that says otherwise: a whole number of records.
pub const QUOTA_SETTING: &str = "parties.reading_quota";

/// A value that is shown whole, once.
#[derive(Debug, Clone)]
pub struct WholeValue {
    /// The field's name, for the audit trail: `phone`.
    pub field: &'static str,
    /// What it is called: 电话.
    pub label: &'static str,
    /// The value; empty if none is known.
    pub value: String,
}

/// A record of which something is to be shown whole. The route that leads here declares who may.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The kind of record, as the audit trail calls it: `portal_callback`.
    pub object: &'static str,
    /// The record's id.
    pub id: i64,
    /// Heading of the answer: the person's name.
    pub title: String,
    /// The record's page, to go back to.
    pub href: String,
    /// What is shown.
    pub values: Vec<WholeValue>,
}

impl Whole {
    /// Names of the fields, for the audit trail.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        self.values.iter().map(|value| value.field).collect()
    }
}

::store::record! {
    /// A reading that happened.
    #[derive(Debug, Clone)]
    pub(crate) struct ReadingRow {
        pub(crate) account_name: String,
        pub(crate) nth: i64,
        pub(crate) object: String,
        pub(crate) object_id: i64,
        pub(crate) reason: Reason,
        pub(crate) note: String,
        pub(crate) read_at: Moment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citizens_own_request_is_not_a_reason_to_pick() {
        assert!(!Reason::CHOICES.contains(&Reason::Subject));
        assert_eq!(Reason::CHOICES.last(), Some(&Reason::Other), "the one with words comes last");
    }
}
