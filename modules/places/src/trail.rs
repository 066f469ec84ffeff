//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("places.town.open", "新建镇（街道）"),
    ("places.unit.open", "新建村（社区）"),
    ("places.unit.change", "修改村（社区）"),
    ("places.unit.position", "设置位置"),
    ("places.event.record", "登记村（社区）变动"),
    ("places.event.undo", "撤销村（社区）变动"),
    ("places.population.record", "登记人口"),
    ("places_town", "镇（街道）"),
    ("places_unit", "村（社区）"),
    ("places_event", "村（社区）变动"),
];
