//! What legal aid counts. The ministry counts as accepted what was granted, notified or requested; who asked in vain is
//! counted among the applications only. The definitions are to be confirmed by the bureau.

use kernel::CountUnit;
use store::tally::{FigureDef, FigureKind, Measure};

/// Applications received.
pub(crate) const APPLICATIONS: Measure = Measure::new("legal_aid.applications", CountUnit::Case);
/// Cases accepted.
pub(crate) const ACCEPTED: Measure = Measure::new("legal_aid.accepted", CountUnit::Case);
/// People aided by accepted cases.
pub(crate) const PEOPLE: Measure = Measure::new("legal_aid.people", CountUnit::Person);
/// Applications refused.
pub(crate) const REFUSED: Measure = Measure::new("legal_aid.refused", CountUnit::Case);
/// Cases closed.
pub(crate) const CLOSED: Measure = Measure::new("legal_aid.closed", CountUnit::Case);
/// Yuan recovered for those who were aided.
pub(crate) const RECOVERED: Measure = Measure::new("legal_aid.recovered", CountUnit::Yuan);
/// Yuan paid to those who handled cases.
pub(crate) const SUBSIDIES: Measure = Measure::new("legal_aid.subsidies", CountUnit::Yuan);
/// Home visits that took place.
pub(crate) const HOME_VISITS: Measure = Measure::new("legal_aid.home_visits", CountUnit::Time);
/// People who were asked afterwards.
pub(crate) const FOLLOWED: Measure = Measure::new("legal_aid.followed", CountUnit::Time);
/// Those of them who were satisfied.
pub(crate) const FOLLOWED_SATISFIED: Measure = Measure::new("legal_aid.followed_satisfied", CountUnit::Time);
/// Cooperation that we gave.
pub(crate) const COOPERATED: Measure = Measure::new("legal_aid.cooperation", CountUnit::Case);
/// Help of duty lawyers.
pub(crate) const HELPED: Measure = Measure::new("legal_aid.help", CountUnit::Case);
/// Cases whose quality was assessed.
pub(crate) const ASSESSED: Measure = Measure::new("legal_aid.assessed", CountUnit::Case);
/// Those of them that are good.
pub(crate) const ASSESSED_GOOD: Measure = Measure::new("legal_aid.assessed_good", CountUnit::Case);
/// Ratings by those who were aided.
pub(crate) const RATED: Measure = Measure::new("legal_aid.rated", CountUnit::Time);
/// Those that were satisfied.
pub(crate) const SATISFIED: Measure = Measure::new("legal_aid.satisfied", CountUnit::Time);

/// The figures.
pub(crate) const FIGURES: &[FigureDef] = &[
    FigureDef {
        key: "legal_aid.applications",
        name: "收到法律援助申请",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[APPLICATIONS],
        definition: "期间内收到的申请（按收到申请之日），无论结果；通知、商请案件不计。口径待本局确认。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.accepted",
        name: "受理法律援助案件",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[ACCEPTED],
        definition: "期间内决定给予法律援助的申请案件（按决定之日），加上通知、商请的案件（按收到之日）；一名申请人一个事项为一件，多名申请人同一个不可分的请求为一件。法律咨询、值班律师法律帮助不计。口径待本局确认。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.people",
        name: "受援人",
        unit: CountUnit::Person,
        kind: FigureKind::Flow,
        measures: &[PEOPLE],
        definition: "期间内受理的案件的受援人，按案件计：同一个人有两个案件的，计两人。口径待本局确认。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.refused",
        name: "不予法律援助",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[REFUSED],
        definition: "期间内决定不予法律援助的申请（按决定之日）。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.closed",
        name: "办结法律援助案件",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[CLOSED],
        definition: "结案材料审查通过的案件，按结案之日。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.recovered",
        name: "挽回损失或者取得利益",
        unit: CountUnit::Yuan,
        kind: FigureKind::Flow,
        measures: &[RECOVERED],
        definition: "办结案件为受援人挽回的损失或者取得的利益，按结案之日，单位为元。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.subsidies",
        name: "发放法律援助补贴",
        unit: CountUnit::Yuan,
        kind: FigureKind::Flow,
        measures: &[SUBSIDIES],
        definition: "期间内发放的法律援助补贴（按发放之日），单位为元。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.home_visits",
        name: "法律援助上门服务",
        unit: CountUnit::Time,
        kind: FigureKind::Flow,
        measures: &[HOME_VISITS],
        definition: "期间内为行动不便的申请人、受援人上门办理的次数（按上门之日），没有办成的不计。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.followed",
        name: "受援人回访",
        unit: CountUnit::Time,
        kind: FigureKind::Flow,
        measures: &[FOLLOWED],
        definition: "期间内对结案案件受援人的回访（按回访之日），一件案件一次。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.followed_satisfied",
        name: "其中满意和基本满意",
        unit: CountUnit::Time,
        kind: FigureKind::Flow,
        measures: &[FOLLOWED_SATISFIED],
        definition: "期间内的回访中，总体评价选“满意”或者“基本满意”的。",
        version: 1,
        part_of: Some("legal_aid.followed"),
    },
    FigureDef {
        key: "legal_aid.help",
        name: "值班律师法律帮助",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[HELPED],
        definition: "期间内值班律师提供的法律帮助（按帮助之日），一人一次为一件，不计入受理的案件；作废的不计。口径待本局确认。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.cooperation",
        name: "答复法律援助协作",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[COOPERATED],
        definition: "期间内答复的其他法律援助机构来函协作的事项（按答复之日），一函一件；退回没有办的、移送来的案件、我方发出的不计。口径请本局确认。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.assessed",
        name: "质量评估的案件",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[ASSESSED],
        definition: "期间内录入质量评估结果的案件（按录入之日）。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.assessed_good",
        name: "其中优秀和良好",
        unit: CountUnit::Case,
        kind: FigureKind::Flow,
        measures: &[ASSESSED_GOOD],
        definition: "期间内录入质量评估结果的案件中，总分 75 分以上的。等次口径待本局确认。",
        version: 1,
        part_of: Some("legal_aid.assessed"),
    },
    FigureDef {
        key: "legal_aid.rated",
        name: "受援人评价",
        unit: CountUnit::Time,
        kind: FigureKind::Flow,
        measures: &[RATED],
        definition: "期间内受援人在办结后作出的评价（按评价之日），一件案件最多一次。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "legal_aid.satisfied",
        name: "其中满意",
        unit: CountUnit::Time,
        kind: FigureKind::Flow,
        measures: &[SATISFIED],
        definition: "期间内受援人的评价中选“满意”的。",
        version: 1,
        part_of: Some("legal_aid.rated"),
    },
];
