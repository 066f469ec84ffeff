//! An event: what happens to villages and communities, and what can be decided about it on paper.

use crate::{
    store::UnitRow,
    town::Town,
    unit::{Unit, UnitKind},
};
use kernel::{Day, Id, Moment};

/// An event; the type marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {}

/// What happens (村民委员会组织法 §3: 村民委员会的设立、撤销、范围调整).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// 新设.
    Create,
    /// 更名: the same organisation under another name.
    Rename,
    /// 划转: the organisation goes to another town.
    Move,
    /// 合并: several become one.
    Merge,
    /// 拆分: one becomes several.
    Split,
    /// 撤销 without a successor.
    Abolish,
}
::store::text_column!(EventKind {
    Create = "create",
    Rename = "rename",
    Move = "move",
    Merge = "merge",
    Split = "split",
    Abolish = "abolish",
});

impl EventKind {
    /// The official word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Create => "新设",
            Self::Rename => "更名",
            Self::Move => "划转",
            Self::Merge => "合并",
            Self::Split => "拆分",
            Self::Abolish => "撤销",
        }
    }

    /// What it means, for the page where one is chosen.
    pub(crate) fn explained(self) -> &'static str {
        match self {
            Self::Create => "新成立一个村（社区），没有前身",
            Self::Rename => "还是这个村（社区），只改名称（改错别字请用“修改”）",
            Self::Move => "整建制划到另一个镇（街道）",
            Self::Merge => "几个村（社区）并成一个",
            Self::Split => "一个村（社区）分成几个",
            Self::Abolish => "撤销，没有承接的村（社区）",
        }
    }

    /// How many units there are before and after: the least and the most.
    pub(crate) fn sizes(self) -> [(usize, usize); 2] {
        match self {
            Self::Create => [(0, 0), (1, 1)],
            Self::Rename | Self::Move => [(1, 1), (1, 1)],
            Self::Merge => [(2, MOST), (1, 1)],
            Self::Split => [(1, 1), (2, MOST)],
            Self::Abolish => [(1, 1), (0, 0)],
        }
    }
}

/// At most so many units are merged at once, or made of one.
pub(crate) const MOST: usize = 8;

/// The lists that codes are taken from: scheme and its name.
pub const SCHEMES: [(&str, &str); 3] =
    [("nbs", "统计用区划代码"), ("civil", "民政部门编码"), ("province", "省平台编号")];

/// The name of a scheme of codes.
#[must_use]
pub fn scheme_label(scheme: &str) -> &str {
    SCHEMES.iter().find(|(key, _)| *key == scheme).map_or(scheme, |(_, label)| label)
}

/// A unit as it is after an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Successor {
    /// Full official name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// Village or community.
    pub kind: UnitKind,
    /// Scheme and code.
    pub codes: Vec<(String, String)>,
    /// Residents it gets of a unit that is split.
    pub share: Option<i64>,
}

/// An event to be recorded.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What happens.
    pub kind: EventKind,
    /// The day it takes effect: the first day of the new state.
    pub day: Day,
    /// The town of the units afterwards; for a move the one they go to.
    pub town: Id<Town>,
    /// Number and title of the document that approves it, or the source it is known from.
    pub document: String,
    /// Anything else worth knowing.
    pub note: String,
    /// Whether the day is invented inside a known interval.
    pub interval_marked: bool,
    /// The units it happens to.
    pub before: Vec<Id<Unit>>,
    /// What there is afterwards.
    pub after: Vec<Successor>,
    /// What was chosen for the followers: field and value.
    pub choices: Vec<(String, String)>,
}

/// A unit after an event, as followers see it.
#[derive(Debug, Clone)]
pub struct After {
    /// Its id; none while the event is only looked at.
    pub id: Option<Id<Unit>>,
    /// Short name.
    pub short_name: String,
}

/// An event as followers see it.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its id; none while it is only looked at.
    pub event: Option<Id<Event>>,
    /// What happens.
    pub kind: EventKind,
    /// The first day of the new state.
    pub day: Day,
    /// The units before it; for a rename, the unit.
    pub before: Vec<UnitRow>,
    /// The units after it; for a rename, the same unit under its new name.
    pub after: Vec<After>,
    /// What was chosen: field and value.
    pub choices: Vec<(String, String)>,
}

impl Change {
    /// The values chosen for a question; `None` when it was not asked, then its default holds.
    #[must_use]
    pub fn chosen(&self, question: &str) -> Option<Vec<&str>> {
        let asked = self.choices.iter().any(|(name, value)| name == "asked" && value == question);
        asked.then(|| {
            self.choices.iter().filter(|(name, _)| name == question).map(|(_, v)| v.as_str()).collect()
        })
    }

    /// The units that are closed by it (none for creations and renamings).
    #[must_use]
    pub fn closed(&self) -> &[UnitRow] {
        match self.kind {
            EventKind::Create | EventKind::Rename => &[],
            EventKind::Move | EventKind::Merge | EventKind::Split | EventKind::Abolish => &self.before,
        }
    }

    /// The ids of the units that are new by it.
    #[must_use]
    pub fn opened(&self) -> Vec<Id<Unit>> {
        if self.kind == EventKind::Rename {
            return Vec::new();
        }
        self.after.iter().filter_map(|after| after.id).collect()
    }
}

::store::record! {
    /// An event as lists and its page show it.
    #[derive(Debug, Clone)]
    pub struct EventRow {
        /// Id.
        pub id: Id<Event>,
        /// What happened.
        pub kind: EventKind,
        /// The first day of the new state.
        pub day: Day,
        /// The town of the units before (of a creation: after).
        pub town_id: Id<Town>,
        /// Its name.
        pub town_name: String,
        /// 甲村、乙村合并为丙村.
        pub title: String,
        /// The document.
        pub document: String,
        /// Anything else.
        pub note: String,
        /// Whether the day is invented inside a known interval.
        pub interval_marked: bool,
        /// Whether it stands; else it was undone.
        pub standing: bool,
        /// When it was entered.
        pub entered_at: Moment,
        /// Why it was undone.
        pub undone_reason: Option<String>,
        /// When.
        pub undone_at: Option<Moment>,
        /// Optimistic version.
        pub version: i64,
    }
}

/// One line that says what an event is: 甲村、乙村合并为丙村.
#[must_use]
pub(crate) fn title(kind: EventKind, before: &[&str], after: &[&str], town: &str) -> String {
    let (before, after) = (before.join("、"), after.join("、"));
    match kind {
        EventKind::Create => format!("新设{after}"),
        EventKind::Rename => format!("{before}更名为{after}"),
        EventKind::Move => format!("{before}划入{town}"),
        EventKind::Merge => format!("{before}合并为{after}"),
        EventKind::Split => format!("{before}分为{after}"),
        EventKind::Abolish => format!("撤销{before}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_what_happened() {
        assert_eq!(
            title(EventKind::Merge, &["甲村", "乙村"], &["丙社区"], "湖塘镇"),
            "甲村、乙村合并为丙社区"
        );
        assert_eq!(title(EventKind::Move, &["甲村"], &["甲村"], "湖塘镇"), "甲村划入湖塘镇");
        assert_eq!(title(EventKind::Abolish, &["甲村"], &[], ""), "撤销甲村");
    }

    #[test]
    fn one_side_of_an_event_has_a_single_unit() {
        // The lineage pairs every unit before with every unit after.
        for kind in EventKind::ALL {
            let [(_, before), (_, after)] = kind.sizes();
            assert!(before <= 1 || after <= 1, "{kind:?}");
        }
    }
}
