//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("legal-aid.case.take", "登记法律援助申请"),
    ("legal-aid.case.change", "修改申请内容"),
    ("legal-aid.case.specify", "填写统计要素"),
    ("legal-aid.case.act", "办理法律援助案件"),
    ("legal-aid.ticket.open", "凭查询码打开法律援助案件"),
    ("legal-aid.letter.write", "申请人来信"),
    ("legal-aid.letter.answer", "答复申请人来信"),
    ("legal-aid.photo.keep", "保存材料照片"),
    ("legal_aid_photo", "材料照片"),
    ("legal_aid_case", "法律援助案件"),
    ("legal_aid_letter", "申请人来信"),
];
