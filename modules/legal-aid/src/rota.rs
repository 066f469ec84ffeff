//! The rota of duty lawyers (值班排班): where somebody sits on which weekdays, and how a month of turns is drawn up so that
//! everybody has the same number of them, nobody two at once, and the same question always has the same answer.

use crate::help::HelpPlace;
use counsel::{Lawyer, LawyerKind};
use kernel::{Calendar, Day, DayKind, Id, NotPublished};
use std::collections::BTreeMap;

/// A place of duty; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {}

/// A turn; the type only marks ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {}

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostPlace {
    /// 法律援助中心接待.
    Centre,
    /// 公安机关.
    Police,
    /// 人民检察院.
    Procuratorate,
    /// 人民法院.
    Court,
    /// 看守所.
    Detention,
}
store::text_column!(PostPlace {
    Centre = "centre",
    Police = "police",
    Procuratorate = "procuratorate",
    Court = "court",
    Detention = "detention",
});

impl PostPlace {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Centre => "法援中心接待",
            Self::Police => "公安机关",
            Self::Procuratorate => "人民检察院",
            Self::Court => "人民法院",
            Self::Detention => "看守所",
        }
    }

    /// Where help is noted that was given here; at the centre's reception none is.
    pub(crate) fn help(self) -> Option<HelpPlace> {
        match self {
            Self::Centre => None,
            Self::Police => Some(HelpPlace::Police),
            Self::Procuratorate => Some(HelpPlace::Procuratorate),
            Self::Court => Some(HelpPlace::Court),
            Self::Detention => Some(HelpPlace::Detention),
        }
    }

    /// Whether somebody of that kind may sit here: duty lawyers in criminal proceedings are lawyers (法律援助法第十四条、
    /// 第三十条), at the centre's reception legal workers answer too.
    #[must_use]
    pub(crate) fn admits(self, kind: LawyerKind) -> bool {
        self == Self::Centre || kind == LawyerKind::Lawyer
    }
}

/// Which part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// 全天: it stands first, for it is the hardest to fill.
    Day,
    /// 上午.
    Morning,
    /// 下午.
    Afternoon,
}
store::text_column!(Half { Day = "day", Morning = "am", Afternoon = "pm" });

impl Half {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Day => "全天",
            Self::Morning => "上午",
            Self::Afternoon => "下午",
        }
    }

    /// Whether both take the same hours.
    #[must_use]
    pub(crate) fn meets(self, other: Self) -> bool {
        self == Self::Day || other == Self::Day || self == other
    }

    /// How many half days it takes.
    fn halves(self) -> i64 {
        if self == Self::Day { 2 } else { 1 }
    }
}

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnState {
    /// It stands.
    Planned,
    /// Somebody else has it.
    Changed,
    /// Nobody sits.
    Cancelled,
}
store::text_column!(TurnState { Planned = "planned", Changed = "changed", Cancelled = "cancelled" });

impl TurnState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Planned => "已排",
            Self::Changed => "已换班",
            Self::Cancelled => "已取消",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::Planned => "ok",
            Self::Changed => "info",
            Self::Cancelled => "muted",
        }
    }
}

/// The week of a post: in which part of each weekday somebody sits there, from Monday on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week(pub [Option<Half>; 7]);

impl Week {
    /// Reads seven letters; strange ones are nobody.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut week = [None; 7];
        for (day, letter) in week.iter_mut().zip(text.chars()) {
            *day = match letter {
                'a' => Some(Half::Morning),
                'p' => Some(Half::Afternoon),
                'd' => Some(Half::Day),
                _ => None,
            };
        }
        Self(week)
    }

    /// Seven letters.
    #[must_use]
    pub fn text(self) -> String {
        let letter = |half: &Option<Half>| match half {
            Some(Half::Morning) => 'a',
            Some(Half::Afternoon) => 'p',
            Some(Half::Day) => 'd',
            None => '-',
        };
        self.0.iter().map(letter).collect()
    }

    /// The week in words: 周一、周三上午；周五全天.
    #[must_use]
    pub fn words(self) -> String {
        const NAMES: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
        let mut parts = Vec::new();
        for half in Half::ALL {
            let days: Vec<&str> = self
                .0
                .iter()
                .zip(NAMES)
                .filter(|(on, _)| **on == Some(*half))
                .map(|(_, name)| name)
                .collect();
            if !days.is_empty() {
                parts.push(format!("周{}{}", days.join("、"), half.label()));
            }
        }
        if parts.is_empty() { "没有排班".to_owned() } else { parts.join("；") }
    }

    /// In which part of a day somebody sits: nobody on statutory days off; on a working Saturday or Sunday (调休上班) a post
    /// that is manned from Monday to Friday is manned as on Monday.
    ///
    /// # Errors
    /// When that year's days off are not published yet.
    pub fn on(self, day: Day, calendar: &Calendar) -> Result<Option<Half>, NotPublished> {
        calendar.is_working(day)?;
        let own = usize::try_from(day.weekday() - 1).ok().and_then(|at| self.0.get(at).copied().flatten());
        Ok(match calendar.kind(day) {
            Some(DayKind::Holiday) => None,
            Some(DayKind::AdjustedWorking) if own.is_none() => {
                let every = self.0.iter().take(5).all(Option::is_some);
                if every { self.0[0] } else { None }
            }
            _ => own,
        })
    }
}

/// Somebody is to sit here then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) post: Id<Post>,
    pub(crate) place: PostPlace,
    pub(crate) on: Day,
    pub(crate) half: Half,
}

/// Somebody who takes turns.
#[derive(Debug, Clone)]
pub(crate) struct Sitter {
    pub(crate) id: Id<Lawyer>,
    pub(crate) kind: LawyerKind,
    /// Turns of this year that stand already.
    pub(crate) before: i64,
    /// The last of them.
    pub(crate) last: Option<Day>,
    /// When somebody sits elsewhere already.
    pub(crate) taken: Vec<(Day, Half)>,
}

/// A month of turns as it was drawn up: who sits in which slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roster {
    pub(crate) lines: Vec<(Slot, Option<Id<Lawyer>>)>,
}

impl Roster {
    /// A number that is another one if anything is different: what was looked at is what is published.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for (slot, lawyer) in &self.lines {
            let lawyer = lawyer.map_or(0, Id::raw);
            let line = format!("{} {} {} {lawyer};", slot.post.raw(), slot.on, slot.half.as_str());
            for byte in line.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        format!("{hash:016x}")
    }

    /// How many slots nobody is there for.
    pub(crate) fn gaps(&self) -> usize {
        self.lines.iter().filter(|(_, lawyer)| lawyer.is_none()).count()
    }

    /// How many turns each has in it.
    pub(crate) fn counts(&self) -> BTreeMap<i64, i64> {
        let mut counts = BTreeMap::new();
        for lawyer in self.lines.iter().filter_map(|(_, lawyer)| *lawyer) {
            *counts.entry(lawyer.raw()).or_insert(0) += 1;
        }
        counts
    }
}

/// The work of drawing a roster up: who has which slot, by their places in the lists.
struct Work {
    slots: Vec<Slot>,
    sitters: Vec<Sitter>,
    has: Vec<Option<usize>>,
}

/// Draws a month up. Each slot goes to whoever has the fewest turns this year, then the fewest half days in this month,
/// then whose last turn is the longest ago, then the id. What cannot be even that way is made even afterwards: turns are
/// moved and days exchanged from those who have two more than others, as long as that helps.
pub(crate) fn draw_up(mut slots: Vec<Slot>, sitters: &[Sitter]) -> Roster {
    // Whole days first, for they take both halves, and before them where only lawyers may sit.
    slots.sort_by_key(|slot| (slot.on, slot.half, slot.place == PostPlace::Centre, slot.post.raw()));
    let mut sitters = sitters.to_vec();
    sitters.sort_by_key(|sitter| sitter.id.raw());
    let mut work = Work { has: vec![None; slots.len()], slots, sitters };
    // What is moved may free somebody for a slot that nobody was there for.
    loop {
        let filled = work.fill();
        while work.even_out() {}
        if !filled {
            break;
        }
    }
    let lawyer = |who: &Option<usize>| who.map(|who| work.sitters[who].id);
    let mut lines: Vec<_> = work.slots.iter().copied().zip(work.has.iter().map(lawyer)).collect();
    lines.sort_by_key(|(slot, _)| (slot.on, slot.place, slot.post.raw(), slot.half));
    Roster { lines }
}

impl Work {
    /// Finds somebody for every slot that is empty; false if nobody was found for any.
    fn fill(&mut self) -> bool {
        let mut filled = false;
        for slot in 0..self.slots.len() {
            if self.has[slot].is_none() {
                let free = (0..self.sitters.len()).filter(|who| self.may(*who, slot));
                self.has[slot] = free.min_by_key(|who| self.order(*who));
                filled |= self.has[slot].is_some() || self.mend(slot);
            }
        }
        filled
    }

    fn mine(&self, who: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.slots.len()).filter(move |slot| self.has[*slot] == Some(who))
    }

    fn month(&self, who: usize) -> i64 {
        i64::try_from(self.mine(who).count()).unwrap_or(i64::MAX)
    }

    fn load(&self, who: usize) -> i64 {
        self.sitters[who].before + self.month(who)
    }

    fn order(&self, who: usize) -> (i64, i64, Option<Day>, i64) {
        let halves = self.mine(who).map(|slot| self.slots[slot].half.halves()).sum();
        let last = self.mine(who).map(|slot| self.slots[slot].on).max().or(self.sitters[who].last);
        (self.load(who), halves, last, self.sitters[who].id.raw())
    }

    fn admitted(&self, who: usize, slot: usize) -> bool {
        self.slots[slot].place.admits(self.sitters[who].kind)
    }

    /// Whether somebody may sit there and has nothing else at that time, the slot `but` aside.
    fn could(&self, who: usize, slot: usize, but: Option<usize>) -> bool {
        let wanted = self.slots[slot];
        let meets = |on: Day, half: Half| on == wanted.on && half.meets(wanted.half);
        self.admitted(who, slot)
            && !self.sitters[who].taken.iter().any(|(on, half)| meets(*on, *half))
            && !self
                .mine(who)
                .filter(|other| Some(*other) != but)
                .any(|other| meets(self.slots[other].on, self.slots[other].half))
    }

    fn may(&self, who: usize, slot: usize) -> bool {
        self.could(who, slot, None)
    }

    /// Nobody is free for a slot: somebody who may sit there hands what is in the way on to one who is free for that.
    fn mend(&mut self, slot: usize) -> bool {
        for who in 0..self.sitters.len() {
            let way: Vec<usize> = self
                .mine(who)
                .filter(|other| {
                    self.slots[*other].on == self.slots[slot].on
                        && self.slots[*other].half.meets(self.slots[slot].half)
                })
                .collect();
            let [other] = way[..] else { continue };
            if !self.could(who, slot, Some(other)) {
                continue;
            }
            let to = (0..self.sitters.len()).filter(|to| *to != who && self.may(*to, other));
            if let Some(to) = to.min_by_key(|to| self.order(*to)) {
                self.has[other] = Some(to);
                self.has[slot] = Some(who);
                return true;
            }
        }
        false
    }

    /// Takes one turn from somebody who has two more than somebody else; false if nothing helps any more. Every step
    /// makes the squares of the loads smaller, so that it ends.
    fn even_out(&mut self) -> bool {
        let mut loads: Vec<(i64, usize)> = (0..self.sitters.len()).map(|who| (self.load(who), who)).collect();
        loads.sort_unstable();
        for (most, high) in loads.iter().rev().copied() {
            for (_, low) in loads.iter().copied().take_while(|(least, _)| most - least >= 2) {
                if self.relieve(high, low) {
                    return true;
                }
            }
        }
        false
    }

    fn relieve(&mut self, high: usize, low: usize) -> bool {
        let theirs: Vec<usize> = self.mine(high).collect();
        for slot in &theirs {
            if self.may(low, *slot) {
                self.has[*slot] = Some(low);
                return true;
            }
        }
        // Everything of one day against everything of the other's same day, if that is less.
        let days: Vec<Day> = theirs.iter().map(|slot| self.slots[*slot].on).collect();
        for day in days {
            let of = |work: &Self, who| -> Vec<usize> {
                work.mine(who).filter(|slot| work.slots[*slot].on == day).collect()
            };
            let (more, less) = (of(self, high), of(self, low));
            let taken = |who: usize| self.sitters[who].taken.iter().any(|(on, _)| *on == day);
            let fits = more.iter().all(|slot| self.admitted(low, *slot))
                && less.iter().all(|slot| self.admitted(high, *slot));
            if more.len() <= less.len() || !fits || taken(high) || taken(low) {
                continue;
            }
            for slot in more {
                self.has[slot] = Some(low);
            }
            for slot in less {
                self.has[slot] = Some(high);
            }
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests;
