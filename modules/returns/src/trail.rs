//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] =
    &[("returns.type", "填报司法部报表"), ("returns_typed", "司法部报表的填报数")];
