//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("advisers.appointment.make", "聘任法律顾问"),
    ("advisers.appointment.end", "结束聘任"),
    ("advisers.appointment.carry", "聘任随村（社区）变动转接"),
    ("advisers.service.log", "记录服务"),
    ("advisers.service.correct", "更正服务"),
    ("advisers.service.withdraw", "撤回服务"),
    ("advisers_appointment", "聘任"),
    ("advisers_service", "服务记录"),
];
