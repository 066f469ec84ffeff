//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("statistics.ledger.keep", "保存台账"),
    ("statistics.ledger.delete", "删除台账"),
    ("statistics.period.seal", "定稿"),
    ("statistics.unseal.ask", "申请解除定稿"),
    ("statistics.unseal.approve", "批准解除定稿"),
    ("statistics.unseal.reject", "不批准解除定稿"),
    ("statistics.bulletin.publish", "公开统计公报"),
    ("statistics.bulletin.withdraw", "撤回统计公报"),
    ("statistics_ledger", "台账"),
    ("statistics_seal", "定稿"),
];
