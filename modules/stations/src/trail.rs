//! The module's acts and records in words, for the audit page.

/// Pairs of the stable name and what people read.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("stations.station.plan", "筹建站点"),
    ("stations.station.open", "启用站点"),
    ("stations.station.pause", "暂停站点"),
    ("stations.station.reopen", "恢复站点"),
    ("stations.station.close", "撤销站点"),
    ("stations.station.change", "修改站点"),
    ("stations.exception.add", "新增特殊开放时间"),
    ("stations.exception.remove", "取消特殊开放时间"),
    ("stations.outlet.add", "新增服务点"),
    ("stations.outlet.end", "撤销服务点"),
    ("stations.outside.note", "记录外部编号"),
    ("stations_station", "站点"),
    ("stations_outlet", "服务点"),
];
