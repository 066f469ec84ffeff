//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("legal-aid.case.take", "登记法律援助申请"),
    ("legal-aid.case.change", "修改申请内容"),
    ("legal-aid.case.act", "办理法律援助案件"),
    ("legal-aid.ticket.open", "凭查询码打开法律援助案件"),
    ("legal-aid.letter.write", "申请人来信"),
    ("legal-aid.letter.note", "登记来信来访"),
    ("legal-aid.letter.answer", "答复申请人来信"),
    ("legal-aid.diary.plan", "安排上门和日程"),
    ("legal-aid.diary.move", "上门和日程改期"),
    ("legal-aid.diary.conclude", "回填上门和日程的结果"),
    ("legal_aid_engagement", "上门和日程"),
    ("legal-aid.standard.set", "设补贴标准"),
    ("legal_aid_standard", "补贴标准"),
    ("legal-aid.follow-up", "登记回访"),
    ("legal-aid.campaign.begin", "开始优先办理的专项活动"),
    ("legal-aid.campaign.end", "结束优先办理的专项活动"),
    ("legal_aid_campaign", "优先办理的专项活动"),
    ("legal-aid.help.note", "登记值班律师法律帮助"),
    ("legal-aid.help.void", "作废值班律师法律帮助"),
    ("legal_aid_help", "值班律师法律帮助"),
    ("legal-aid.photo.keep", "保存材料照片"),
    ("legal_aid_photo", "材料照片"),
    ("legal_aid_case", "法律援助案件"),
    ("legal_aid_letter", "申请人来信"),
];
