//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("counsel.firm.open", "登记律所"),
    ("counsel.firm.change", "修改律所"),
    ("counsel.lawyer.register", "登记律师"),
    ("counsel.lawyer.change", "修改律师"),
    ("counsel.lawyer.leave", "律师离任或转出"),
    ("counsel.lawyer.resume", "律师恢复执业"),
    ("counsel.assessment.record", "记录考核"),
    ("counsel.discipline.record", "记录处分"),
    ("counsel.retainer.add", "登记客户单位"),
    ("counsel.retainer.end", "终止客户单位"),
    ("counsel_retainer", "律师、律所的客户单位"),
    ("counsel_firm", "律所"),
    ("counsel_lawyer", "律师"),
];
