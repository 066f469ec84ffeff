//! All SQL of the module.

pub(crate) mod messages;
pub(crate) mod notices;
pub(crate) mod settings;

use ::store::SealedField;

/// The field under which telephones are sealed and searched.
pub(crate) const PHONE: &str = "outreach_message_entry.phone";
/// The field under which the values of templates are sealed: codes are among them.
pub(crate) const VALUES: &str = "outreach_message_entry.values";

/// What changes of keys follow.
pub(crate) const SEALED: [SealedField; 2] = [
    SealedField {
        table: "outreach_message_entry",
        column: "phone_sealed",
        field: PHONE,
        blind: Some("phone_blind"),
    },
    SealedField { table: "outreach_message_entry", column: "values_sealed", field: VALUES, blind: None },
];
