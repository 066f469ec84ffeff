//! Reminders of clocks: ahead, on the day, and after it; for every clock of a case at most one at a time, each once.

use crate::{
    case::{Desk, Stage},
    clock::Clock,
    cooperation::Direction,
    rota::{Half, TurnState},
    rule,
    store::{Entry, cooperations::CooperationRow, turns::TurnRow},
};
use kernel::{Day, Id, Moment, Term};
use outreach::{NewNotice, Weight};
use std::collections::BTreeSet;
use web::{Actor, Reach, Role};

/// Where a clock stands on a day, as far as somebody has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// It ends soon.
    Ahead,
    /// It ends today.
    Today,
    /// It ended so many days ago: every day at first, then every week.
    Late(i64),
}

/// Terms up to so many days are short: they are reminded of one day ahead, longer ones three.
const SHORT: u32 = 7;
const AHEAD_SHORT: i64 = 1;
const AHEAD_LONG: i64 = 3;
/// Every day so long after the end, then every week.
const DAILY: i64 = 3;
const WEEK: i64 = 7;

fn ahead(term: Term) -> i64 {
    match term {
        Term::Hours(_) => AHEAD_SHORT,
        Term::CalendarDays(count) | Term::WorkingDays(count) if count <= SHORT => AHEAD_SHORT,
        _ => AHEAD_LONG,
    }
}

impl Point {
    /// Where a clock of that term that ends on `due` stands on a day.
    pub(crate) fn of(term: Term, due: Day, today: Day) -> Option<Self> {
        match today.days_until(due) {
            left if left > ahead(term) => None,
            left if left > 0 => Some(Self::Ahead),
            0 => Some(Self::Today),
            left if -left <= DAILY => Some(Self::Late(-left)),
            left => Some(Self::Late(DAILY + (-left - DAILY) / WEEK * WEEK)),
        }
    }

    fn weight(self) -> Weight {
        match self {
            Self::Ahead => Weight::Ahead,
            Self::Today => Weight::Today,
            Self::Late(_) => Weight::Late,
        }
    }

    /// What makes a reminder one of its kind: the rule, the day it ends, and where it stands.
    fn key(self, rule: &str, due: Day) -> String {
        let at = match self {
            Self::Ahead => "ahead".to_owned(),
            Self::Today => "today".to_owned(),
            Self::Late(days) => format!("late-{days}"),
        };
        format!("{rule}|{due}|{at}")
    }

    fn title(self, what: &str, due: Day) -> String {
        match self {
            Self::Ahead => format!("{}月{}日到期：{what}", due.month(), due.day()),
            Self::Today => format!("今天到期：{what}"),
            Self::Late(days) => format!("逾期 {days} 天：{what}"),
        }
    }
}

/// Whose turn a clock is: the roles, and whether only the lawyer of the case.
fn turn(clock: &Clock, stage: Stage) -> Desk {
    match clock.rule.id {
        rule::FORWARD => Desk::Station,
        rule::ACCEPT | rule::AGREEMENT | rule::CLOSE_FILE => Desk::Lawyer,
        rule::REVIEW if stage == Stage::Approving => Desk::Approver,
        _ => Desk::Officer,
    }
}

/// Whether somebody sits at that desk, for this case.
fn sits(actor: &Actor, desk: Desk, entry: &Entry) -> bool {
    let has = |role| actor.roles.contains(&role);
    match desk {
        Desk::Station => has(Role::TownOfficer) && actor.towns.contains(&entry.town_id.raw()),
        Desk::Lawyer => {
            has(Role::Adviser) && actor.subject.is_some() && actor.subject == entry.lawyer_id.map(Id::raw)
        }
        Desk::Approver => has(Role::Manager),
        Desk::Officer => has(Role::Clerk) && actor.reach() == Reach::Region,
        Desk::Applicant | Desk::Nobody => false,
    }
}

/// The accounts that a reminder goes to. Where nobody sits at the desk, the managers are told, for somebody must be.
fn whom(people: &[Actor], desk: Desk, entry: &Entry, late: bool) -> BTreeSet<i64> {
    let at = |desk| people.iter().filter(move |actor| sits(actor, desk, entry)).map(|actor| actor.id);
    let mut ids: BTreeSet<i64> = at(desk).collect();
    if late || ids.is_empty() {
        ids.extend(at(Desk::Approver));
    }
    ids
}

/// Every reminder that stands for a case at a moment.
pub(crate) fn reminders(entry: &Entry, clocks: &[Clock], people: &[Actor], now: Moment) -> Vec<NewNotice> {
    let number = entry.official_number.clone().unwrap_or_else(|| format!("编号 {}", entry.id));
    let running = clocks
        .iter()
        .filter(|clock| clock.is_open() && clock.pauses.iter().all(|pause| pause.until.is_some()));
    let mut all = Vec::new();
    for clock in running {
        let due = clock.due.strict.day();
        let Some(point) = Point::of(clock.rule.term, due, now.day()) else { continue };
        let desk = turn(clock, entry.stage);
        for account in whom(people, desk, entry, matches!(point, Point::Late(_))) {
            all.push(NewNotice {
                account,
                key: point.key(clock.rule.id, due),
                title: point.title(clock.rule.title, due),
                words: format!("{number} · {} · {}", entry.town_name, entry.stage.label()),
                href: format!("/aid/{}", entry.id),
                weight: point.weight(),
            });
        }
    }
    all
}

/// Every reminder that stands for a letter of cooperation: to whoever works on it, while nobody does to the centre's
/// officers, late ones to managers too.
pub(crate) fn cooperation_reminders(row: &CooperationRow, people: &[Actor], now: Moment) -> Vec<NewNotice> {
    let due = row.due_at.day();
    // The day that a letter names is a term of so many days.
    let days = u32::try_from(row.came_on.days_until(due)).unwrap_or(0);
    let point = Point::of(Term::CalendarDays(days), due, now.day()).filter(|_| row.dated().runs());
    let Some(point) = point else { return Vec::new() };
    let has = |one: &Actor, role| one.roles.contains(&role) && one.reach() == Reach::Region;
    let charged = |one: &&Actor| match row.worker_id {
        Some(worker) => one.id == worker,
        None => has(one, Role::Clerk),
    };
    let mut ids: BTreeSet<i64> = people.iter().filter(charged).map(|one| one.id).collect();
    if matches!(point, Point::Late(_)) || ids.is_empty() {
        ids.extend(people.iter().filter(|one| has(one, Role::Manager)).map(|one| one.id));
    }
    let what = match row.direction {
        Direction::In if row.dated().handed_over => "登记移送来的案件",
        Direction::In => "办理来函并答复",
        Direction::Out => "催问去函的答复",
    };
    let rule = if row.due_rule.is_empty() { "wished" } else { &row.due_rule };
    let notice = |account| NewNotice {
        account,
        key: point.key(rule, due),
        title: point.title(what, due),
        words: format!("{} · {}", row.institution, row.kind.label()),
        href: format!("/aid/cooperation/{}", row.id),
        weight: point.weight(),
    };
    ids.into_iter().map(notice).collect()
}

/// The accounts of a lawyer.
fn accounts(people: &[Actor], lawyer: i64) -> impl Iterator<Item = i64> {
    let own = move |one: &&Actor| one.roles.contains(&Role::Adviser) && one.subject == Some(lawyer);
    people.iter().filter(own).map(|one| one.id)
}

/// Every notice that stands about a turn on the rota: to whoever was given it after the month was published, on the eve and
/// on the day to whoever sits there, and to whoever does not have to any more. What is over needs no word.
pub(crate) fn turn_notices(turn: &TurnRow, people: &[Actor], today: Day) -> Vec<NewNotice> {
    let days = today.days_until(turn.on_day);
    let half = turn.half.label();
    let (key, title) = match turn.state {
        _ if days < 0 => return Vec::new(),
        TurnState::Planned if days == 0 => ("today", format!("今天{half}值班")),
        TurnState::Planned if days == 1 => ("eve", format!("明天{half}值班")),
        TurnState::Planned if turn.instead_of.is_some() => ("given", "换班：请您值班".to_owned()),
        TurnState::Planned => return Vec::new(),
        TurnState::Changed => ("gone", "您的值班换给了别人".to_owned()),
        TurnState::Cancelled => ("gone", "您的值班取消了".to_owned()),
    };
    let notice = |account| NewNotice {
        account,
        key: key.to_owned(),
        title: title.clone(),
        words: format!("{} · {}", turn.said(), turn.organ),
        href: format!("/aid/rota?month={}", &turn.on_day.to_string()[..7]),
        weight: Weight::News,
    };
    accounts(people, turn.lawyer_id.raw()).map(notice).collect()
}

/// What a lawyer is told of a month that was published: how many turns, and the first of them.
pub(crate) fn month_notices(
    lawyer: i64,
    month: Day,
    many: usize,
    first: (Day, Half),
    people: &[Actor],
) -> Vec<NewNotice> {
    let (on, half) = first;
    let named = &month.to_string()[..7];
    let notice = |account| NewNotice {
        account,
        // More turns of the same month may be published later.
        key: format!("{named}|{on}|{many}"),
        title: format!("{}年{}月的值班排好了：您有 {many} 次", month.year(), month.month()),
        words: format!("第一次：{}（{}）{}", on.chinese(), on.weekday_label(), half.label()),
        href: format!("/aid/rota?month={named}"),
        weight: Weight::News,
    };
    accounts(people, lawyer).map(notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rules;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// Every term of the table, every day from long before to long after: what is said, and how often.
    #[test]
    fn every_clock_is_reminded_of_ahead_on_the_day_and_after_each_once() {
        let due = day("2022-05-31");
        for rule in Rules::published().each_on(due) {
            let mut said: Vec<(i64, Point)> = Vec::new();
            for offset in -60..=60 {
                let Some(point) = Point::of(rule.term, due, due.add_days(offset)) else { continue };
                if said.last().is_none_or(|(_, last)| *last != point) {
                    assert!(said.iter().all(|(_, before)| *before != point), "{}: {point:?} twice", rule.id);
                    said.push((offset, point));
                }
            }
            let first = -ahead(rule.term);
            let after = [1, 2, 3, 10, 17, 24, 31, 38, 45, 52, 59].map(|days| (days, Point::Late(days)));
            let expected: Vec<(i64, Point)> =
                [(first, Point::Ahead), (0, Point::Today)].into_iter().chain(after).collect();
            assert_eq!(said, expected, "{}", rule.id);
        }
    }

    #[test]
    fn short_terms_are_reminded_of_a_day_ahead_and_long_ones_three() {
        for (term, days) in [
            (Term::Hours(24), 1),
            (Term::CalendarDays(7), 1),
            (Term::CalendarDays(8), 3),
            (Term::WorkingDays(5), 1),
            (Term::CalendarDays(30), 3),
            (Term::Months(6), 3),
        ] {
            assert_eq!(ahead(term), days, "{term:?}");
        }
    }
}
