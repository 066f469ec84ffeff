//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("outreach.message.retry", "重新发送短信"),
    ("outreach.message.cancel", "取消短信"),
    ("outreach.settings", "修改短信模板编号和限额"),
    ("outreach_message", "短信"),
    ("outreach_settings", "短信设置"),
];
