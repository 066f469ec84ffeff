//! The clocks of a case: which time limits run, since when and why, what stopped them, when they end. Strict ends are
//! what people are warned by; the end moved past days off is shown beside it.

use crate::{
    case::{Decision, Facts, Origin},
    rule::{self, Rule, Rules},
};
use kernel::{Calendar, Due, Moment, Term};

/// A time during which a clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From then.
    pub from: Moment,
    /// Until then; none while it still stands.
    pub until: Option<Moment>,
    /// What stopped it.
    pub why: &'static str,
}

impl Pause {
    /// Whole days that it took, up to `now` while it lasts: the day it began does not count, the day it ended does.
    fn days(&self, now: Moment) -> i64 {
        self.from.day().days_until(self.until.unwrap_or(now).day()).max(0)
    }
}

/// One clock of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The time limit.
    pub rule: Rule,
    /// Since when it runs.
    pub started: Moment,
    /// Why it runs, in Chinese.
    pub why: &'static str,
    /// What stopped it for a while.
    pub pauses: Vec<Pause>,
    /// When what it asks for was done, or became unnecessary.
    pub done: Option<Moment>,
    /// When it ends, with the days it stood still added.
    pub due: Due,
}

/// How a clock stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Done before its strict end.
    InTime,
    /// Done after it.
    DoneLate,
    /// Runs.
    Running,
    /// Stands still.
    Paused,
    /// Ends today or tomorrow.
    Soon,
    /// Is over.
    Late,
}

impl Standing {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::InTime => "按期完成",
            Self::DoneLate => "逾期完成",
            Self::Running => "计时中",
            Self::Paused => "暂停计时",
            Self::Soon => "即将到期",
            Self::Late => "已逾期",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(self) -> &'static str {
        match self {
            Self::InTime => "ok",
            Self::DoneLate | Self::Paused => "muted",
            Self::Running => "info",
            Self::Soon => "warn",
            Self::Late => "bad",
        }
    }
}

impl Clock {
    /// How it stands.
    #[must_use]
    pub fn standing(&self, now: Moment) -> Standing {
        match self.done {
            Some(done) if done <= self.due.strict => Standing::InTime,
            Some(_) => Standing::DoneLate,
            None if self.pauses.iter().any(|pause| pause.until.is_none()) => Standing::Paused,
            None if now > self.due.strict => Standing::Late,
            None if self.due.strict.day() <= now.day().add_days(1) => Standing::Soon,
            None => Standing::Running,
        }
    }

    /// Whether it waits for something to be done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.done.is_none()
    }
}

/// Every clock of a case, in the order in which they began; each by the version of its rule of the day on which it began.
#[must_use]
pub fn clocks(facts: &Facts, rules: &Rules, calendar: &Calendar, now: Moment) -> Vec<Clock> {
    let mut clocks = Vec::new();
    let refused = facts.decided.filter(|(_, what)| *what == Decision::Refuse).map(|(at, _)| at);
    let ended = facts.ended.map(|(at, _)| at).or(refused);
    let mut add = |id: &str, started: Moment, why, pauses: Vec<Pause>, done: Option<Moment>| {
        let Some(rule) = rules.on(id, started.day()).cloned() else { return };
        let stood: i64 = pauses.iter().map(|pause| pause.days(now)).sum();
        // A term of days, hours or months always has a strict end; one of working days may wait for its holidays.
        let Ok(due) = calendar.due(started, longer(rule.term, stood)) else { return };
        // What was done before the clock began, as an agreement signed before the formal assignment, was done when it began.
        let done = [done, ended].into_iter().flatten().min().map(|done| done.max(started));
        clocks.push(Clock { rule, started, why, pauses, done, due });
    };
    if facts.by_station {
        add(rule::FORWARD, facts.received_at, "工作站收到申请", Vec::new(), facts.forwarded_at);
    }
    if facts.origin == Origin::Application {
        let from = facts.reopened_at.unwrap_or(facts.received_at);
        let why = if facts.reopened_at.is_some() {
            "撤销了原来的决定，重新审查"
        } else {
            "收到申请"
        };
        let pauses: Vec<Pause> = facts
            .notified_at
            .filter(|notified| *notified >= from)
            .map(|from| Pause { from, until: facts.supplemented_at, why: "等待申请人补充材料" })
            .into_iter()
            .collect();
        add(rule::REVIEW, from, why, pauses, facts.decided.map(|(at, _)| at));
        if let Some(notified) = facts.notified_at {
            let done = facts.supplemented_at.or(facts.decided.map(|(at, _)| at));
            add(rule::SUPPLEMENT, notified, "已通知补充材料", Vec::new(), done);
        }
        match (facts.advanced_at, facts.decided) {
            (Some(at), _) => add(rule::ASSIGN, at, "决定先行提供法律援助", Vec::new(), facts.offered_at),
            (None, Some((at, Decision::Grant))) => {
                add(rule::ASSIGN, at, "决定给予法律援助", Vec::new(), facts.offered_at);
            }
            _ => {}
        }
    } else if !facts.by_station || facts.forwarded_at.is_some() {
        let from = facts.forwarded_at.unwrap_or(facts.received_at);
        add(rule::ASSIGN_NOTIFIED, from, "收到办案机关通知", Vec::new(), facts.offered_at);
    }
    if let Some(offered) = facts.offered_at {
        add(rule::ACCEPT, offered, "已指派", Vec::new(), facts.accepted_at);
        let agreed = facts.agreed_on.map(Moment::start_of);
        add(rule::AGREEMENT, offered, "承办机构收到指派", Vec::new(), agreed.or(facts.filed_at));
    }
    if let Some(closed) = facts.closed_on {
        add(rule::CLOSE_FILE, Moment::start_of(closed), "案件结案", Vec::new(), facts.filed_at);
    }
    if let Some(filed) = facts.filed_at {
        add(rule::CLOSE_REVIEW, filed, "收到结案材料", Vec::new(), facts.reviewed_at);
    }
    clocks
}

/// A term with so many calendar days added; terms of hours and months are never paused.
fn longer(term: Term, days: i64) -> Term {
    match term {
        Term::CalendarDays(count) => {
            Term::CalendarDays(count.saturating_add(u32::try_from(days).unwrap_or(u32::MAX)))
        }
        other => other,
    }
}

/// The clock that ends first of those that run: what the work list is ordered by.
#[must_use]
pub(crate) fn next_due(clocks: &[Clock]) -> Option<&Clock> {
    let running = |clock: &&Clock| clock.is_open() && clock.pauses.iter().all(|pause| pause.until.is_some());
    clocks.iter().filter(running).min_by_key(|clock| clock.due.strict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        act::{Act, Input},
        case::Stage,
    };
    use kernel::Day;

    fn at(text: &str) -> Moment {
        Moment::parse(text).expect("a moment")
    }

    fn one(facts: &Facts, id: &str, now: &str) -> Clock {
        let all = clocks(facts, &Rules::published(), &Calendar::published(), at(now));
        all.into_iter().find(|clock| clock.rule.id == id).expect("the clock")
    }

    #[test]
    fn seven_days_are_calendar_days_and_the_first_is_not_counted() {
        let facts = Facts::received(Origin::Application, at("2022-01-28T10:00"), false);
        let clock = one(&facts, rule::REVIEW, "2022-01-28T10:00");
        assert_eq!(
            clock.due.strict.day(),
            Day::parse("2022-02-04").expect("a day"),
            "in the Spring Festival"
        );
        let rolled = clock.due.rolled.expect("published");
        assert_eq!(rolled.day(), Day::parse("2022-02-07").expect("a day"), "after it");
        assert_eq!(clock.standing(at("2022-02-02T09:00")), Standing::Running);
        assert_eq!(clock.standing(at("2022-02-03T09:00")), Standing::Soon);
        assert_eq!(clock.standing(at("2022-02-05T00:00")), Standing::Late, "by the strict end");
    }

    #[test]
    fn waiting_for_papers_stops_the_clock_and_adds_its_days() {
        let facts = Facts::received(Origin::Application, at("2022-03-01T09:00"), false);
        let asked = facts.after(Act::AskSupplement, &Input::at(at("2022-03-03T15:00"))).expect("asked");
        let clock = one(&asked, rule::REVIEW, "2022-03-09T09:00");
        assert_eq!(clock.standing(at("2022-03-09T09:00")), Standing::Paused);
        assert!(
            next_due(std::slice::from_ref(&clock)).is_none(),
            "nobody is late while the applicant is asked"
        );
        let came = asked.after(Act::Supplement, &Input::at(at("2022-03-10T09:00"))).expect("came");
        let clock = one(&came, rule::REVIEW, "2022-03-11T09:00");
        assert_eq!(clock.due.strict.day(), Day::parse("2022-03-15").expect("a day"), "8 March and 7 days");
        assert_eq!(came.stage(), Stage::Reviewing);
    }

    #[test]
    fn an_agreement_signed_before_the_assignment_is_in_time() {
        let act = |facts: Facts, act, day: &str, text: &str| {
            let on = Some(Day::parse(day).expect("a day"));
            facts.after(act, &Input { on, ..Input::at(at(text)) }).expect("permitted")
        };
        let facts = Facts::received(Origin::Notice, at("2022-03-01T09:00"), false);
        let facts = act(facts, Act::Offer, "2022-03-04", "2022-03-04T09:00");
        let facts = act(facts, Act::Accept, "2022-03-04", "2022-03-04T10:00");
        let facts = act(facts, Act::Agree, "2022-03-02", "2022-03-04T11:00");
        let clock = one(&facts, rule::AGREEMENT, "2022-03-05T09:00");
        assert_eq!((clock.done, clock.started), (Some(at("2022-03-04T09:00")), at("2022-03-04T09:00")));
        assert_eq!(clock.standing(at("2022-03-05T09:00")), Standing::InTime);
    }

    #[test]
    fn a_notice_has_three_days_for_assigning_and_none_for_deciding() {
        let facts = Facts::received(Origin::Notice, at("2022-03-01T09:00"), false);
        assert_eq!(facts.stage(), Stage::Assigning);
        let all = clocks(&facts, &Rules::published(), &Calendar::published(), at("2022-03-01T09:00"));
        let ids: Vec<&str> = all.iter().map(|clock| clock.rule.id).collect();
        assert_eq!(ids, [rule::ASSIGN_NOTIFIED]);
        assert_eq!(all[0].due.strict.day(), Day::parse("2022-03-04").expect("a day"));
    }
}
