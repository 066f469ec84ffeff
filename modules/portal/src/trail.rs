//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("portal.callback.request", "预约回电"),
    ("portal.callback.merge", "合并回电预约"),
    ("portal.callback.take", "接办回电"),
    ("portal.callback.record", "记录回电结果"),
    ("portal_callback", "回电"),
];
