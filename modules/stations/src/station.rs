//! A legal aid station (法律援助工作站, 法律援助法 §13): who hosts it, what it has, and the states of its life.

use crate::hours::WeeklyHours;
use kernel::{CountUnit, Day, Id, Phone};
use places::{Position, Town};
use store::tally::{FigureDef, FigureKind, Measure};

/// A station; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Station {}

/// Where a station is: the 13 kinds of 法律援助统计报表十二.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// 基层司法所.
    JudicialOffice,
    /// 工会.
    Union,
    /// 共青团.
    YouthLeague,
    /// 妇联.
    Women,
    /// 老龄委.
    Elderly,
    /// 残联.
    Disabled,
    /// 信访.
    Petitions,
    /// 高校.
    University,
    /// 监狱、戒毒所.
    Prison,
    /// 看守所.
    DetentionCentre,
    /// 人民法院.
    Court,
    /// 部队、人武部.
    Army,
    /// 其他.
    Other,
}
store::text_column!(HostKind {
    JudicialOffice = "01",
    Union = "02",
    YouthLeague = "03",
    Women = "04",
    Elderly = "05",
    Disabled = "06",
    Petitions = "07",
    University = "08",
    Prison = "09",
    DetentionCentre = "10",
    Court = "11",
    Army = "12",
    Other = "99",
});

impl HostKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::JudicialOffice => "基层司法所",
            Self::Union => "工会",
            Self::YouthLeague => "共青团",
            Self::Women => "妇联",
            Self::Elderly => "老龄委",
            Self::Disabled => "残联",
            Self::Petitions => "信访",
            Self::University => "高校",
            Self::Prison => "监狱、戒毒所",
            Self::DetentionCentre => "看守所",
            Self::Court => "人民法院",
            Self::Army => "部队、人武部",
            Self::Other => "其他（村居、园区等）",
        }
    }
}

/// What a station has, as the ministry's form asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facilities {
    /// 专门接待场所.
    pub dedicated_reception: bool,
    /// 临街一层.
    pub street_front: bool,
    /// 无障碍通道.
    pub accessible: bool,
    /// 设备齐全.
    pub equipment_complete: bool,
}

impl Facilities {
    /// The code of each, as in the code list `station_facility`, its words and whether it is there.
    #[must_use]
    pub fn all(self) -> [(&'static str, &'static str, bool); 4] {
        [
            ("dedicated_reception", "专门接待场所", self.dedicated_reception),
            ("street_front", "临街一层", self.street_front),
            ("accessible", "无障碍通道", self.accessible),
            ("equipment_complete", "设备齐全", self.equipment_complete),
        ]
    }

    /// Those of which the code is in the list.
    #[must_use]
    pub fn of_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Facilities {
        let mut facilities = Facilities::default();
        for code in codes {
            match code {
                "dedicated_reception" => facilities.dedicated_reception = true,
                "street_front" => facilities.street_front = true,
                "accessible" => facilities.accessible = true,
                "equipment_complete" => facilities.equipment_complete = true,
                _ => {}
            }
        }
        facilities
    }
}

/// Everything about a station that can be corrected.
#[derive(Debug, Clone, PartialEq)]
pub struct StationDetails {
    /// Its town.
    pub town: Id<Town>,
    /// Its full name.
    pub name: String,
    /// Where it is.
    pub host_kind: HostKind,
    /// Who runs it, in words.
    pub operator: String,
    /// Street address.
    pub address: String,
    /// The telephone citizens call.
    pub phone: Option<Phone>,
    /// Latitude and longitude, WGS-84 degrees.
    pub position: Option<(f64, f64)>,
    /// How well the position is known.
    pub position_kind: Position,
    /// Hours of the week.
    pub hours: WeeklyHours,
    /// Whether statutory holidays close it and adjusted working days open it.
    pub follows_calendar: bool,
    /// 绿色通道: comes to people who cannot come.
    pub green_channel: bool,
    /// What it has.
    pub facilities: Facilities,
    /// 特色品牌, or empty.
    pub brand: String,
    /// How many people staff it.
    pub staff: i64,
    /// Their names, or empty.
    pub staff_names: String,
    /// Languages and dialects spoken there.
    pub languages: Vec<String>,
}

/// A station's state; each owns its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// 筹备中: not for the public yet.
    Planned,
    /// 已启用.
    Open {
        /// Since when it exists.
        opened_on: Day,
    },
    /// 暂停.
    Paused {
        /// Since when it exists.
        opened_on: Day,
        /// Since when it pauses.
        since: Day,
        /// Why, as citizens read it.
        reason: String,
    },
    /// 已撤销.
    Closed {
        /// When it had opened.
        opened_on: Day,
        /// Its last day.
        on: Day,
        /// Why.
        reason: String,
    },
}

/// A state without its days, as lists filter by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// 筹备中.
    Planned,
    /// 已启用.
    Open,
    /// 暂停.
    Paused,
    /// 已撤销.
    Closed,
}
store::text_column!(StateKind { Planned = "planned", Open = "open", Paused = "paused", Closed = "closed" });

impl StateKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Planned => "筹备中",
            Self::Open => "已启用",
            Self::Paused => "暂停开放",
            Self::Closed => "已撤销",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Planned => "info",
            Self::Open => "ok",
            Self::Paused => "warn",
            Self::Closed => "muted",
        }
    }
}

kernel::refusals! {
    /// Why a station's state cannot change so.
    pub enum StateRefusal {
        /// Only a planned one is opened.
        NotPlanned => Conflict, "只有筹备中的工作站可以启用。请刷新页面看最新状态。";
        /// Only an open one pauses.
        NotOpen => Conflict, "只有已启用的工作站可以暂停。请刷新页面看最新状态。";
        /// Only a paused one reopens.
        NotPaused => Conflict, "只有暂停中的工作站可以恢复。请刷新页面看最新状态。";
        /// A planned or closed one cannot be closed.
        NotRunning => Conflict, "只有已启用或暂停中的工作站可以撤销。请刷新页面看最新状态。";
        /// Days go forward.
        BeforeLast => Invalid("on"), "日期不能早于上一次变动的日期。";
        /// Nobody knows why.
        ReasonMissing => Invalid("reason"), "请写明原因，群众和同事都要看。";
    }
}

impl State {
    /// The state without its days.
    #[must_use]
    pub fn kind(&self) -> StateKind {
        match self {
            Self::Planned => StateKind::Planned,
            Self::Open { .. } => StateKind::Open,
            Self::Paused { .. } => StateKind::Paused,
            Self::Closed { .. } => StateKind::Closed,
        }
    }

    /// Since when it exists.
    #[must_use]
    pub fn opened_on(&self) -> Option<Day> {
        match self {
            Self::Planned => None,
            Self::Open { opened_on } | Self::Paused { opened_on, .. } | Self::Closed { opened_on, .. } => {
                Some(*opened_on)
            }
        }
    }

    /// Why it is so; empty if nobody asks.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Planned | Self::Open { .. } => "",
            Self::Paused { reason, .. } | Self::Closed { reason, .. } => reason,
        }
    }

    /// Opens a planned station.
    ///
    /// # Errors
    /// If it is not planned.
    pub fn open(self, on: Day) -> Result<State, StateRefusal> {
        match self {
            Self::Planned => Ok(Self::Open { opened_on: on }),
            _ => Err(StateRefusal::NotPlanned),
        }
    }

    /// Pauses an open station.
    ///
    /// # Errors
    /// If it is not open, if that was before it opened, or without a reason.
    pub fn pause(self, on: Day, reason: &str) -> Result<State, StateRefusal> {
        match self {
            Self::Open { opened_on } if on < opened_on => Err(StateRefusal::BeforeLast),
            Self::Open { .. } if reason.is_empty() => Err(StateRefusal::ReasonMissing),
            Self::Open { opened_on } => Ok(Self::Paused { opened_on, since: on, reason: reason.to_owned() }),
            _ => Err(StateRefusal::NotOpen),
        }
    }

    /// Reopens a paused station.
    ///
    /// # Errors
    /// If it is not paused, or if that was before the pause.
    pub fn reopen(self, on: Day) -> Result<State, StateRefusal> {
        match self {
            Self::Paused { since, .. } if on < since => Err(StateRefusal::BeforeLast),
            Self::Paused { opened_on, .. } => Ok(Self::Open { opened_on }),
            _ => Err(StateRefusal::NotPaused),
        }
    }

    /// Closes an open or paused station for good.
    ///
    /// # Errors
    /// If it is neither, if that was before its last change, or without a reason.
    pub fn close(self, on: Day, reason: &str) -> Result<State, StateRefusal> {
        let (opened_on, last) = match self {
            Self::Open { opened_on } => (opened_on, opened_on),
            Self::Paused { opened_on, since, .. } => (opened_on, since),
            Self::Planned | Self::Closed { .. } => return Err(StateRefusal::NotRunning),
        };
        if on < last {
            return Err(StateRefusal::BeforeLast);
        }
        if reason.is_empty() {
            return Err(StateRefusal::ReasonMissing);
        }
        Ok(Self::Closed { opened_on, on, reason: reason.to_owned() })
    }
}

/// What a citizen gets at every station, in their words (法律援助法 §13, §23), and with the green channel.
#[must_use]
pub(crate) fn services(green_channel: bool) -> Vec<&'static str> {
    let mut services = vec![
        "免费法律咨询",
        "帮您申请法律援助：收材料、当场告诉您缺什么，转交区法律援助中心审查",
        "找调解、公证、仲裁该去哪里，当面指路",
    ];
    if green_channel {
        services.push("行动不便的老人、残疾人、重病患者：打个电话，可以上门办理");
    }
    services
}

/// Stations there are: +1 when one opens, −1 when it closes; a pause changes nothing.
pub const STOCK: Measure = Measure::new("stations.stock", CountUnit::Piece);
/// Stations opened.
pub const OPENED: Measure = Measure::new("stations.opened", CountUnit::Piece);

pub(crate) const FIGURES: &[FigureDef] = &[
    FigureDef {
        key: "stations.total",
        name: "法律援助工作站",
        unit: CountUnit::Piece,
        kind: FigureKind::Stock,
        measures: &[STOCK],
        definition: "截止日已启用且未撤销的法律援助工作站个数；暂停开放的计入，筹备中的和流动服务点不计入。",
        version: 1,
        part_of: None,
    },
    FigureDef {
        key: "stations.opened_this_year",
        name: "今年新建工作站",
        unit: CountUnit::Piece,
        kind: FigureKind::Cumulative,
        measures: &[OPENED],
        definition: "本年 1 月 1 日至截止日启用的法律援助工作站个数，按启用日期计；恢复开放的不算新建。",
        version: 1,
        part_of: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn a_station_lives_forward() {
        let open = State::Planned.open(day("2022-01-18")).expect("opens");
        let paused = open.clone().pause(day("2022-03-01"), "装修").expect("pauses");
        assert_eq!(
            (paused.kind(), paused.reason(), paused.opened_on()),
            (StateKind::Paused, "装修", Some(day("2022-01-18")))
        );
        assert_eq!(paused.clone().reopen(day("2022-03-10")), Ok(open.clone()));
        let closed = paused.close(day("2022-04-01"), "并入司法所").expect("closes");
        assert_eq!(closed.kind(), StateKind::Closed);
        assert_eq!(open.close(day("2022-01-18"), "建错了").map(|s| s.kind()), Ok(StateKind::Closed));
        assert_eq!(closed.close(day("2022-05-01"), "再来"), Err(StateRefusal::NotRunning));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let open = State::Open { opened_on: day("2022-01-18") };
        let paused = State::Paused {
            opened_on: day("2022-01-18"),
            since: day("2022-03-01"),
            reason: "装修".to_owned(),
        };
        assert_eq!(open.clone().open(day("2022-02-01")), Err(StateRefusal::NotPlanned));
        assert_eq!(open.clone().pause(day("2022-01-17"), "装修"), Err(StateRefusal::BeforeLast));
        assert_eq!(open.clone().pause(day("2022-01-18"), ""), Err(StateRefusal::ReasonMissing));
        assert_eq!(open.clone().reopen(day("2022-02-01")), Err(StateRefusal::NotPaused));
        assert_eq!(open.close(day("2022-02-01"), ""), Err(StateRefusal::ReasonMissing));
        assert_eq!(paused.clone().pause(day("2022-03-02"), "x"), Err(StateRefusal::NotOpen));
        assert_eq!(paused.clone().reopen(day("2022-02-28")), Err(StateRefusal::BeforeLast));
        assert_eq!(paused.close(day("2022-02-28"), "x"), Err(StateRefusal::BeforeLast));
        assert_eq!(State::Planned.close(day("2022-02-28"), "x"), Err(StateRefusal::NotRunning));
    }

    #[test]
    fn facilities_come_from_their_codes() {
        let some = Facilities::of_codes("street_front;accessible;unknown".split(';'));
        assert!(
            some.street_front && some.accessible && !some.dedicated_reception && !some.equipment_complete
        );
        assert_eq!(some.all().iter().filter(|f| f.2).count(), 2);
    }
}
