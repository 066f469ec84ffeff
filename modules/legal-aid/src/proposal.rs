//! Whom to assign: lawyers in order with the reasons for and against each. It proposes and never decides; who is barred
//! or has a conflict of interest (律师法第三十九条) comes last with the reason told.

use crate::{
    conflict::{Against, Asked, Findings, needs_three_years, words},
    store::handlers::Candidate,
};
use counsel::{Lawyer, practice_years};
use geo::Wgs84;
use kernel::{Day, Id, Moment};

/// A lawyer who could be asked, with why.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) lawyer: Candidate,
    pub(crate) score: i64,
    pub(crate) reasons: Vec<String>,
    /// Whether this one is the next in turn.
    pub(crate) in_turn: bool,
    /// What speaks against asking this one; empty if nothing does.
    pub(crate) against: Vec<Against>,
}

impl Proposal {
    /// Whether nothing speaks against it (0), something that can be looked into (1), or something final (2).
    fn class(&self) -> u8 {
        match (self.against.is_empty(), self.against.iter().any(|one| one.kind.is_final())) {
            (true, _) => 0,
            (_, false) => 1,
            _ => 2,
        }
    }

    /// What speaks against it, in words.
    pub(crate) fn against_words(&self) -> String {
        words(&self.against)
    }
}

/// What the case asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) matter: &'a str,
    pub(crate) home: Option<Wgs84>,
    pub(crate) today: Day,
    /// Who is on duty today, and where.
    pub(crate) on_duty: &'a [(Id<Lawyer>, String)],
}

/// The speciality that a matter asks for, as in the dictionary `speciality`.
fn speciality(matter: &str) -> Option<(&'static str, &'static str)> {
    Some(match matter {
        "M31-5" => ("labour", "劳动争议"),
        "M31-4" | "M31-6" | "M32-4" => ("family", "婚姻家庭"),
        "M31-7a" => ("labour", "劳动争议"),
        "M31-7b" | "M31-7c" | "M31-7d" => ("accident", "交通与人身损害"),
        "M31-1" | "M31-2" | "M31-3" | "M32-3" => ("admin", "行政争议"),
        _ if crate::is_criminal(matter) => ("criminal", "刑事"),
        _ => return None,
    })
}

/// Points: the load now, the fair share of the year, the turn, the speciality, the way, the assessment.
const OPEN: i64 = 8;
const SHARE: i64 = 2;
const TURN: i64 = 10;
const SPECIAL: i64 = 15;
const ON_DUTY: i64 = 3;
const EXCELLENT: i64 = 6;
const SANCTIONED: i64 = 30;
const FAR_AT_MOST: i64 = 20;

/// Candidates in order, and where those begin that something speaks against.
#[derive(Debug)]
pub(crate) struct Ranked {
    /// Nothing speaks against these.
    pub(crate) free: Vec<Proposal>,
    /// What speaks against these can be looked into.
    pub(crate) doubtful: Vec<Proposal>,
    /// These cannot be asked.
    pub(crate) barred: Vec<Proposal>,
}

/// All candidates in order. Equal ones in the order of their ids, so that the same data always give the same answer.
pub(crate) fn rank(candidates: Vec<Candidate>, wanted: Wanted<'_>, found: &Findings) -> Ranked {
    let count = i64::try_from(candidates.len()).unwrap_or(1).max(1);
    let share = candidates.iter().map(|candidate| candidate.this_year).sum::<i64>() / count;
    let mut all: Vec<Proposal> =
        candidates.into_iter().map(|candidate| propose(candidate, wanted, share, found)).collect();
    let next = all.iter_mut().filter(|proposal| proposal.class() == 0);
    if let Some(next) = next.min_by_key(|proposal| turn(&proposal.lawyer, wanted.today)) {
        next.in_turn = true;
        next.score += TURN;
        next.reasons.insert(0, in_turn_because(&next.lawyer));
    }
    all.sort_by_key(|proposal| {
        (proposal.class(), std::cmp::Reverse(proposal.score), proposal.lawyer.id.raw())
    });
    let free = all.iter().take_while(|proposal| proposal.class() == 0).count();
    let mut doubtful = all.split_off(free);
    let few = doubtful.iter().take_while(|proposal| proposal.class() == 1).count();
    let barred = doubtful.split_off(few);
    Ranked { free: all, doubtful, barred }
}

/// The place in the rota of cases: who was offered the fewest this year, then whose last one is the longest ago, then the
/// id. Whoever was licensed in the course of the year has a share of the days since then.
fn turn(lawyer: &Candidate, today: Day) -> (i64, i64, i64) {
    let new_year = Day::new(today.year(), 1, 1).unwrap_or(today);
    let days = |from: Day| from.days_until(today).max(0) + 1;
    let weighed = lawyer.this_year * 1000 * days(new_year) / days(lawyer.licensed_since.max(new_year));
    (weighed, lawyer.last_offered.map_or(i64::MIN, Moment::micros), lawyer.id.raw())
}

fn in_turn_because(lawyer: &Candidate) -> String {
    let last = match lawyer.last_offered {
        Some(at) => format!("最近一次在 {}", at.day()),
        None => "还没有指派过".to_owned(),
    };
    format!("轮到：今年指派最少（{} 件），{last}", lawyer.this_year)
}

fn propose(lawyer: Candidate, wanted: Wanted<'_>, share: i64, found: &Findings) -> Proposal {
    let (mut score, mut reasons) = (0, Vec::new());
    score -= OPEN * lawyer.open;
    reasons.push(match lawyer.open {
        0 => "手上没有在办的援助案件".to_owned(),
        open => format!("在办 {open} 件"),
    });
    score -= SHARE * (lawyer.this_year - share);
    reasons.push(format!("今年已指派 {} 件，人均 {share} 件", lawyer.this_year));
    for (_, place) in wanted.on_duty.iter().filter(|(id, _)| *id == lawyer.id) {
        score += ON_DUTY;
        reasons.push(format!("今天在{place}值班"));
    }
    if let Some((code, name)) = speciality(wanted.matter)
        && lawyer.specialities.split(';').any(|own| own == code)
    {
        score += SPECIAL;
        reasons.push(format!("擅长{name}"));
    }
    if let (Some(home), Some(office)) = (wanted.home, office(&lawyer)) {
        let metres = home.distance_m(office);
        #[expect(clippy::cast_possible_truncation, reason = "a distance within a district")]
        let kilometres = (metres / 1000.0) as i64;
        score -= kilometres.min(FAR_AT_MOST);
        reasons.push(format!("律所离申请人{}", stations::distance_words(metres)));
    }
    if !lawyer.dialect.is_empty() {
        reasons.push(format!("会说{}", lawyer.dialect));
    }
    if lawyer.assessment == "优秀" {
        score += EXCELLENT;
        reasons.push("年度考核优秀".to_owned());
    }
    if !lawyer.discipline.is_empty() {
        score -= SANCTIONED;
        reasons.push(format!("受过处分：{}", lawyer.discipline));
    }
    let years = practice_years(lawyer.licensed_since, wanted.today);
    if needs_three_years(wanted.matter) && years >= 3 {
        reasons.push(format!("执业 {years} 年，符合三年以上的要求"));
    }
    let asked = Asked {
        id: lawyer.id,
        firm: lawyer.firm_id,
        kind: lawyer.kind,
        licensed_since: lawyer.licensed_since,
    };
    let against = found.against(asked, wanted.matter, wanted.today);
    Proposal { lawyer, score, reasons, in_turn: false, against }
}

fn office(lawyer: &Candidate) -> Option<Wgs84> {
    lawyer.lat.zip(lawyer.lon).and_then(|(lat, lon)| Wgs84::new(lat, lon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use counsel::LawyerKind;

    fn id<T>(nth: i64) -> Id<T> {
        Id::from_raw((320_412 << 43) | nth).expect("an id")
    }

    fn lawyer(nth: i64, open: i64, this_year: i64) -> Candidate {
        Candidate {
            id: id(nth),
            name: format!("律师{nth}"),
            kind: LawyerKind::Lawyer,
            firm_id: id(100 + nth),
            firm_name: "江苏示例律师事务所".to_owned(),
            licensed_since: Day::parse("2010-01-01").expect("a day"),
            specialities: String::new(),
            dialect: String::new(),
            assessment: String::new(),
            discipline: String::new(),
            lat: None,
            lon: None,
            open,
            this_year,
            last_offered: None,
        }
    }

    fn wanted(matter: &str) -> Wanted<'_> {
        Wanted { matter, home: None, today: Day::parse("2022-05-06").expect("a day"), on_duty: &[] }
    }

    fn free(candidates: Vec<Candidate>, wanted: Wanted<'_>) -> Vec<Proposal> {
        rank(candidates, wanted, &Findings::default()).free
    }

    #[test]
    fn who_has_less_to_do_comes_first_and_the_able_before_the_idle() {
        let order = free(vec![lawyer(1, 3, 5), lawyer(2, 0, 5), lawyer(3, 0, 2)], wanted("M31-4"));
        let ids: Vec<i64> = order.iter().map(|p| p.lawyer.id.raw() & 0xff).collect();
        assert_eq!(ids, [3, 2, 1], "the fair share decides between equals");
        let able = Candidate { specialities: "family;labour".to_owned(), ..lawyer(4, 1, 5) };
        let order = free(vec![lawyer(2, 0, 5), able], wanted("M31-4"));
        let able = order.iter().find(|p| p.lawyer.name == "律师4").expect("is there");
        assert!(able.reasons.iter().any(|reason| reason == "擅长婚姻家庭"));
        assert!(able.score > order.iter().find(|p| p.lawyer.name == "律师2").expect("is there").score - TURN);
    }

    #[test]
    fn three_years_are_needed_where_a_life_is_at_stake() {
        let young = Candidate { licensed_since: Day::parse("2020-01-01").expect("a day"), ..lawyer(1, 0, 0) };
        let order = rank(vec![young, lawyer(2, 9, 9)], wanted("M25-4"), &Findings::default());
        assert_eq!(order.free[0].lawyer.name, "律师2");
        assert!(order.free[0].in_turn, "who is barred is not in turn");
        assert!(order.barred[0].against_words().contains("第二十六条"));
    }

    #[test]
    fn legal_workers_are_not_proposed_for_a_defence() {
        let worker = Candidate { kind: LawyerKind::LegalWorker, ..lawyer(1, 0, 0) };
        let order = rank(vec![worker.clone(), lawyer(2, 9, 9)], wanted("M25-1"), &Findings::default());
        assert_eq!((order.free.len(), order.barred.len()), (1, 1));
        assert!(order.barred[0].against_words().contains("基层法律服务工作者"));
        assert_eq!(free(vec![worker], wanted("M31-5")).len(), 1);
    }

    #[test]
    fn the_next_in_turn_has_the_fewest_cases_and_waits_longest() {
        let at = |text: &str| Moment::parse(text).ok();
        let on = |nth, cases, last| Candidate { last_offered: at(last), ..lawyer(nth, 0, cases) };
        let turn_of = |all: Vec<Candidate>| {
            let order = free(all, wanted("M31-4"));
            let next: Vec<_> = order.iter().filter(|p| p.in_turn).collect();
            assert_eq!(next.len(), 1, "one at a time");
            assert!(next[0].reasons[0].starts_with("轮到："), "{:?}", next[0].reasons);
            next[0].lawyer.id.raw() & 0xff
        };
        assert_eq!(
            turn_of(vec![on(1, 3, "2022-01-04T09:00"), on(2, 2, "2022-05-05T09:00")]),
            2,
            "the fewest"
        );
        let equal =
            vec![on(1, 2, "2022-05-01T09:00"), on(2, 2, "2022-03-01T09:00"), on(3, 2, "2022-04-01T09:00")];
        assert_eq!(turn_of(equal), 2, "the longest ago");
        assert_eq!(turn_of(vec![on(1, 0, "2021-12-30T09:00"), lawyer(2, 0, 0)]), 2, "who never had one");
        assert_eq!(turn_of(vec![lawyer(2, 0, 0), lawyer(1, 0, 0)]), 1, "between equals the id");
        // Two cases in a month are more than three in the year.
        let new = Candidate { licensed_since: Day::parse("2022-04-06").expect("a day"), ..lawyer(1, 0, 2) };
        assert_eq!(turn_of(vec![new, lawyer(2, 0, 3)]), 2);
    }

    #[test]
    fn who_is_on_duty_today_is_told() {
        let duty = [(id(2), "区看守所".to_owned())];
        let wanted = Wanted { on_duty: &duty, ..wanted("M31-4") };
        let order = free(vec![lawyer(1, 0, 0), lawyer(2, 0, 0)], wanted);
        let told = |nth: i64| {
            let one = order.iter().find(|p| p.lawyer.id == id(nth)).expect("is there");
            one.reasons.iter().any(|reason| reason == "今天在区看守所值班")
        };
        assert!(told(2) && !told(1));
    }
}
