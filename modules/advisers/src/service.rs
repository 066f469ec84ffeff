//! A service that an adviser gave to a village: kinds, units, and what makes an entry acceptable.

use kernel::{CountUnit, Day, Moment};
use store::tally::{FigureDef, FigureKind, Measure};

/// A row of the service book; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {}

/// What kind of service it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceKind {
    /// 上门服务（见面服务）, counted in 次.
    Visit,
    /// 电话咨询, counted in 次.
    Phone,
    /// 微信群咨询, counted in 次.
    Wechat,
    /// 法治讲座, counted in 场次.
    Lecture,
    /// 法治宣传活动, counted in 场次.
    Publicity,
}
store::text_column!(ServiceKind { Visit = "visit", Phone = "phone", Wechat = "wechat", Lecture = "lecture", Publicity = "publicity" });

impl ServiceKind {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Visit => "上门服务",
            Self::Phone => "电话咨询",
            Self::Wechat => "微信群咨询",
            Self::Lecture => "法治讲座",
            Self::Publicity => "法治宣传",
        }
    }

    /// What it counts as.
    #[must_use]
    pub const fn measure(self) -> Measure {
        match self {
            Self::Visit => VISITS,
            Self::Phone => PHONE,
            Self::Wechat => WECHAT,
            Self::Lecture => LECTURES,
            Self::Publicity => PUBLICITY,
        }
    }

    /// The channel (渠道) of the standard dictionary.
    #[must_use]
    pub fn channel(self) -> &'static str {
        match self {
            Self::Visit | Self::Lecture | Self::Publicity => "visit",
            Self::Phone => "phone",
            Self::Wechat => "wechat-group",
        }
    }
}

const VISITS: Measure = Measure::new("advisers.visits", CountUnit::Time);
const PHONE: Measure = Measure::new("advisers.consultations.phone", CountUnit::Time);
const WECHAT: Measure = Measure::new("advisers.consultations.wechat", CountUnit::Time);
const LECTURES: Measure = Measure::new("advisers.lectures.lecture", CountUnit::Session);
const PUBLICITY: Measure = Measure::new("advisers.lectures.publicity", CountUnit::Session);
/// Units that have an adviser: +1 when one is appointed, −1 when the appointment ends.
pub(crate) const COVERED: Measure = Measure::new("advisers.covered", CountUnit::Piece);

const fn flow(
    key: &'static str,
    name: &'static str,
    unit: CountUnit,
    measures: &'static [Measure],
    definition: &'static str,
    part_of: Option<&'static str>,
) -> FigureDef {
    FigureDef { key, name, unit, kind: FigureKind::Flow, measures, definition, version: 1, part_of }
}

pub(crate) const FIGURES: &[FigureDef] = &[
    FigureDef {
        key: "villages.covered",
        name: "已配备法律顾问的村（社区）",
        unit: CountUnit::Piece,
        kind: FigureKind::Stock,
        measures: &[COVERED],
        definition: "截止日有在聘法律顾问的村（社区）个数；一个村（社区）同一时间只有一名法律顾问。",
        version: 1,
        part_of: None,
    },
    flow(
        "advisers.visits",
        "上门服务",
        CountUnit::Time,
        &[VISITS],
        "期间内法律顾问到村（社区）见面服务的次数，按发生日期计；一次服务多个村的，每村各计1次。",
        None,
    ),
    flow(
        "advisers.consultations",
        "电话和微信群咨询",
        CountUnit::Time,
        &[PHONE, WECHAT],
        "期间内解答电话咨询和微信群咨询的次数之和，按发生日期计；同一人一次问几件事计1次。",
        None,
    ),
    flow(
        "advisers.consultations.phone",
        "其中：电话咨询",
        CountUnit::Time,
        &[PHONE],
        "电话咨询次数。",
        Some("advisers.consultations"),
    ),
    flow(
        "advisers.consultations.wechat",
        "其中：微信群咨询",
        CountUnit::Time,
        &[WECHAT],
        "“法润民生”微信群内解答次数，由法律顾问登记。",
        Some("advisers.consultations"),
    ),
    flow(
        "advisers.lectures",
        "讲座及宣传活动",
        CountUnit::Session,
        &[LECTURES, PUBLICITY],
        "期间内举办的法治讲座和法治宣传（法律咨询）活动场次之和；多村合办的，每村各计1场次。",
        None,
    ),
    flow(
        "advisers.lectures.lecture",
        "其中：法治讲座",
        CountUnit::Session,
        &[LECTURES],
        "法治讲座场次。",
        Some("advisers.lectures"),
    ),
    flow(
        "advisers.lectures.publicity",
        "其中：法治宣传",
        CountUnit::Session,
        &[PUBLICITY],
        "法治宣传（法律咨询）活动场次。",
        Some("advisers.lectures"),
    ),
];

/// What was served, before it is known where and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The kind.
    pub kind: ServiceKind,
    /// How often (several answers of one kind may be logged as one row).
    pub quantity: i64,
    /// The day it happened.
    pub happened_on: Day,
    /// People served, in 人次.
    pub people: i64,
    /// Matter code (咨询事项), or empty.
    pub matter: String,
    /// Campaign code (专项活动), or empty.
    pub campaign: String,
    /// One sentence about it.
    pub note: String,
}

/// Entries older than this many days are refused: the book of a past year is closed.
const OLDEST_DAYS: i64 = 400;
/// The longest note, in characters.
pub(crate) const NOTE_MAX: usize = 500;
const PEOPLE_MAX: i64 = 5000;
const QUANTITY_MAX: i64 = 200;

kernel::refusals! {
    /// What is wrong with an entry of the service book.
    pub enum DeedRefusal {
        /// It lies in the future.
        Future => Invalid("happened_on"), "发生日期不能晚于今天。";
        /// It is too long ago.
        TooOld => Invalid("happened_on"), "发生日期太早。一年多以前的服务请联系业务主管补录。";
        /// There is no sentence.
        NoteMissing => Invalid("note"), "请用一句话写明办了什么事。";
        /// The sentence is too long.
        NoteTooLong => Invalid("note"), "内容请控制在 500 个字以内。";
        /// Nobody or too many were served.
        People => Invalid("people"), "服务人次请填 1 到 5000 的整数。";
        /// The count is impossible.
        Quantity => Invalid("quantity"), "次数请填 1 到 200 的整数。";
    }
}

impl Deed {
    /// Checks what can be checked on paper.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, today: Day) -> Result<(), DeedRefusal> {
        if self.happened_on > today {
            return Err(DeedRefusal::Future);
        }
        if self.happened_on.days_until(today) > OLDEST_DAYS {
            return Err(DeedRefusal::TooOld);
        }
        if self.note.trim().is_empty() {
            return Err(DeedRefusal::NoteMissing);
        }
        if self.note.chars().count() > NOTE_MAX {
            return Err(DeedRefusal::NoteTooLong);
        }
        if !(1..=PEOPLE_MAX).contains(&self.people) {
            return Err(DeedRefusal::People);
        }
        if !(1..=QUANTITY_MAX).contains(&self.quantity) {
            return Err(DeedRefusal::Quantity);
        }
        Ok(())
    }
}

/// How long a village may go without a visit before it is shown as behind: a local rule, to be confirmed by the
/// bureau (the article asks for fixed service times without naming a number).
pub const GAP_DAYS: i64 = 45;

/// Where a village stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverState {
    /// Has an adviser who has come lately.
    Covered,
    /// Has an adviser, but no visit for [`GAP_DAYS`].
    Behind,
    /// Has no adviser.
    Gap,
}

impl CoverState {
    /// The state of a village with that adviser and last visit; a new appointment gets its first [`GAP_DAYS`].
    #[must_use]
    pub fn of(since: Option<Day>, last_visit: Option<Day>, today: Day) -> Self {
        let Some(since) = since else { return Self::Gap };
        let last = last_visit.map_or(since, |visit| visit.max(since));
        if last.days_until(today) > GAP_DAYS { Self::Behind } else { Self::Covered }
    }

    /// The class of its square and the words.
    #[must_use]
    pub fn square(self) -> (&'static str, &'static str) {
        match self {
            Self::Covered => ("covered", "已覆盖"),
            Self::Behind => ("behind", "久未上门"),
            Self::Gap => ("gap", "空缺"),
        }
    }
}

/// When an entry was made and when it happened, told apart on screen.
#[must_use]
pub(crate) fn late_by(happened_on: Day, entered_at: Moment) -> i64 {
    happened_on.days_until(entered_at.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn deed() -> Deed {
        Deed {
            kind: ServiceKind::Visit,
            quantity: 1,
            happened_on: day("2022-05-06"),
            people: 1,
            matter: String::new(),
            campaign: String::new(),
            note: "解答土地流转合同问题".to_owned(),
        }
    }

    #[test]
    fn entries_are_checked_on_paper() {
        let today = day("2022-05-06");
        assert_eq!(deed().check(today), Ok(()));
        assert_eq!(Deed { happened_on: day("2022-05-07"), ..deed() }.check(today), Err(DeedRefusal::Future));
        assert_eq!(Deed { happened_on: day("2021-04-01"), ..deed() }.check(today), Ok(()));
        assert_eq!(Deed { happened_on: day("2021-03-31"), ..deed() }.check(today), Err(DeedRefusal::TooOld));
        assert_eq!(Deed { note: "　 ".to_owned(), ..deed() }.check(today), Err(DeedRefusal::NoteMissing));
        assert_eq!(Deed { note: "字".repeat(501), ..deed() }.check(today), Err(DeedRefusal::NoteTooLong));
        assert_eq!(Deed { people: 0, ..deed() }.check(today), Err(DeedRefusal::People));
        assert_eq!(Deed { quantity: 201, ..deed() }.check(today), Err(DeedRefusal::Quantity));
    }

    #[test]
    fn a_village_is_behind_after_the_gap_but_a_new_adviser_gets_his_time() {
        let today = day("2022-05-06");
        assert_eq!(CoverState::of(None, Some(today), today), CoverState::Gap);
        assert_eq!(
            CoverState::of(Some(day("2022-01-01")), Some(day("2022-03-22")), today),
            CoverState::Covered
        );
        assert_eq!(
            CoverState::of(Some(day("2022-01-01")), Some(day("2022-03-21")), today),
            CoverState::Behind
        );
        assert_eq!(
            CoverState::of(Some(day("2022-05-01")), Some(day("2021-03-21")), today),
            CoverState::Covered
        );
        assert_eq!(CoverState::of(Some(day("2022-01-01")), None, today), CoverState::Behind);
    }

    #[test]
    fn every_kind_counts_in_the_unit_of_its_figure() {
        for kind in ServiceKind::ALL {
            let figures: Vec<_> = FIGURES.iter().filter(|f| f.measures.contains(&kind.measure())).collect();
            assert!(!figures.is_empty(), "{kind:?} counts nowhere");
            for figure in figures {
                assert_eq!(figure.unit, kind.measure().unit, "{}", figure.key);
            }
        }
    }
}
