//! 逐项复制: a record's fields in the order of an outside form, each to be copied by one tap.

use crate::kind::Answer;
use store::Tx;
use web::{Actor, Permission};

/// One value of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// To be copied.
    Plain(String),
    /// A sealed field: masked here, shown in full behind the record's own reasoned reveal.
    Sealed {
        /// As lists show it.
        masked: String,
        /// The page where it can be shown for a reason.
        href: String,
    },
}

/// A record as the form wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRecord {
    /// What the record is called.
    pub title: String,
    /// Its own page.
    pub href: String,
    /// Values by the names that the form's list uses; what is not there is shown as empty.
    pub values: Vec<(&'static str, Copied)>,
}

/// Reads the record if it is within the person's reach.
pub type ReadCopy = for<'a> fn(&'a mut Tx, &'a Actor, i64) -> Answer<'a, Option<CopyRecord>>;

/// A form of an outside system for one kind of record. Offer it as a [`web::Extension`].
#[derive(Clone, Copy)]
pub struct CopyForm {
    /// The record's name in addresses: `/copy/advisers_service/{id}`.
    pub object: &'static str,
    /// What the page is called: 服务记录.
    pub title: &'static str,
    /// The outside system: 江苏省公共法律服务管理平台.
    pub system: &'static str,
    /// Who may see it.
    pub permission: Permission,
    /// The fields in the form's order, as CSV with the head `field,label,status,source`; status is empty or 待本局确认.
    pub fields: &'static str,
    /// Reads a record.
    pub read: ReadCopy,
}

impl std::fmt::Debug for CopyForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CopyForm({})", self.object)
    }
}

/// A line of a form's list of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyField {
    /// The value's name.
    pub field: &'static str,
    /// What the form calls it.
    pub label: &'static str,
    /// Empty, or 待本局确认.
    pub status: &'static str,
}

impl CopyForm {
    /// The fields in order.
    #[must_use]
    pub fn list(&self) -> Vec<CopyField> {
        self.fields
            .lines()
            .skip(1)
            .filter_map(|line| {
                let mut parts = line.split(',').map(str::trim);
                let (field, label) = (parts.next()?, parts.next()?);
                Some(CopyField { field, label, status: parts.next().unwrap_or_default() })
            })
            .filter(|field| !field.field.is_empty())
            .collect()
    }
}
