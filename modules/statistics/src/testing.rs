//! Builders for tests: the figures of the product as stand-ins, facts, a bulletin.

mod seals;

#[cfg(test)]
pub(crate) use seals::files;
pub use seals::{Behind, Outcome, asked, rows_behind, seal_is_whole, sealed_files, seals_add_up, unseal};

use crate::bulletin::{AuditMark, Bulletin, BulletinFigure};
use ::store::tally::{Fact, FigureDef, FigureKind, Measure};
use kernel::{CountUnit, Day, Moment};
use web::Module;

/// 上门服务.
pub const VISITS: Measure = Measure::new("advisers.visits", CountUnit::Time);
/// 电话咨询.
pub const PHONE: Measure = Measure::new("advisers.consultations.phone", CountUnit::Time);
/// 微信群咨询.
pub const WECHAT: Measure = Measure::new("advisers.consultations.wechat", CountUnit::Time);
/// 站点 that stand.
pub const STATIONS: Measure = Measure::new("stations.open", CountUnit::Piece);
/// 站点 that were opened.
pub const OPENED: Measure = Measure::new("stations.opened", CountUnit::Piece);

const fn figure(
    key: &'static str,
    name: &'static str,
    unit: CountUnit,
    kind: FigureKind,
    measures: &'static [Measure],
    part_of: Option<&'static str>,
) -> FigureDef {
    FigureDef { key, name, unit, kind, measures, definition: "测试用口径。", version: 1, part_of }
}

/// A figure of every kind.
pub const FIGURES: &[FigureDef] = &[
    figure("stations.total", "法律援助工作站", CountUnit::Piece, FigureKind::Stock, &[STATIONS], None),
    figure(
        "stations.opened_this_year",
        "今年新建工作站",
        CountUnit::Piece,
        FigureKind::Cumulative,
        &[OPENED],
        None,
    ),
    figure("advisers.visits", "上门服务", CountUnit::Time, FigureKind::Flow, &[VISITS], None),
    figure(
        "advisers.consultations",
        "电话和微信群咨询",
        CountUnit::Time,
        FigureKind::Flow,
        &[PHONE, WECHAT],
        None,
    ),
    figure(
        "advisers.consultations.phone",
        "其中：电话咨询",
        CountUnit::Time,
        FigureKind::Flow,
        &[PHONE],
        Some("advisers.consultations"),
    ),
    figure(
        "advisers.consultations.wechat",
        "其中：微信群咨询",
        CountUnit::Time,
        FigureKind::Flow,
        &[WECHAT],
        Some("advisers.consultations"),
    ),
    figure(
        "villages.visited",
        "有上门服务的村（社区）",
        CountUnit::Piece,
        FigureKind::Distinct,
        &[VISITS],
        None,
    ),
];

/// A module that declares [`FIGURES`] and nothing else.
#[must_use]
pub fn figures_module() -> Module {
    Module { figures: FIGURES, ..Module::new("deeds", &[]) }
}

/// One of it, at that place on that day.
#[must_use]
pub fn a_fact(measure: Measure, place: i64, day: Day) -> Fact {
    Fact {
        measure,
        quantity: 1,
        day,
        place,
        served_by: None,
        entered_by: None,
        people: 1,
        matter: String::new(),
        channel: String::new(),
        campaign: String::new(),
        source: "advisers_service",
        source_id: place,
    }
}

/// A bulletin of one figure: the first quarter of 2022, made on 6 May.
#[must_use]
pub fn a_bulletin() -> Bulletin {
    let day = |month, day| Day::new(2022, month, day).unwrap_or(Moment::from_micros(0).day());
    Bulletin {
        period: "2022Q1".to_owned(),
        scheme: "calendar".to_owned(),
        label: "2022年第一季度".to_owned(),
        short_label: "一季度".to_owned(),
        first: day(1, 1),
        last: day(3, 31),
        as_of: day(5, 6),
        finished: true,
        current: true,
        area: "全区".to_owned(),
        figures: vec![BulletinFigure {
            key: "advisers.visits".to_owned(),
            value: 1372,
            unit: "次".to_owned(),
            name: "上门服务".to_owned(),
            kind: "flow".to_owned(),
            definition: "期间内法律顾问到村（社区）见面服务的次数。".to_owned(),
            version: 1,
            from: Some(day(1, 1)),
            through: day(3, 31),
            cumulative: Some(1372),
            previous: None,
            year_before: Some(1222),
            part_of: None,
        }],
        adjustments: Vec::new(),
        sealed: None,
        observed_at: None,
        audit: AuditMark::default(),
    }
}
