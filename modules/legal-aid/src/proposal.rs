//! Whom to assign: lawyers in order with the reasons for and against each. It proposes and never decides; who has a
//! conflict of interest (律师法第三十九条) or said no to this case is left out with the reason told.

use crate::store::handlers::Candidate;
use counsel::practice_years;
use geo::Wgs84;
use kernel::Day;

/// A lawyer who could be asked, with why.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) lawyer: Candidate,
    pub(crate) score: i64,
    pub(crate) reasons: Vec<String>,
    /// Why this one must not be asked; empty if nothing speaks against it.
    pub(crate) against: Vec<String>,
}

/// What the case asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) matter: &'a str,
    pub(crate) home: Option<Wgs84>,
    pub(crate) today: Day,
}

/// The speciality that a matter asks for, as in the dictionary `speciality`.
fn speciality(matter: &str) -> Option<(&'static str, &'static str)> {
    Some(match matter {
        "M31-5" => ("labour", "劳动争议"),
        "M31-4" | "M31-6" | "M32-4" => ("family", "婚姻家庭"),
        "M31-7a" => ("labour", "劳动争议"),
        "M31-7b" | "M31-7c" | "M31-7d" => ("accident", "交通与人身损害"),
        "M31-1" | "M31-2" | "M31-3" | "M32-3" => ("admin", "行政争议"),
        _ if ["M24", "M25", "M28", "M29"].iter().any(|code| matter.starts_with(code)) => ("criminal", "刑事"),
        _ => return None,
    })
}

/// Life imprisonment, death, review of a death sentence: at least three years of practice (法律援助法第二十六条).
fn needs_three_years(matter: &str) -> bool {
    matches!(matter, "M25-4" | "M25-5")
}

/// Points: the load now, the fair share of the year, the speciality, the way, the assessment.
const OPEN: i64 = 8;
const SHARE: i64 = 2;
const SPECIAL: i64 = 15;
const EXCELLENT: i64 = 6;
const SANCTIONED: i64 = 30;
const FAR_AT_MOST: i64 = 20;

/// All candidates in order, those that must not be asked last. Equal ones in the order of their ids, so that the same
/// data always give the same answer.
pub(crate) fn rank(candidates: Vec<Candidate>, wanted: Wanted<'_>) -> Vec<Proposal> {
    let count = i64::try_from(candidates.len()).unwrap_or(1).max(1);
    let share = candidates.iter().map(|candidate| candidate.this_year).sum::<i64>() / count;
    let mut all: Vec<Proposal> =
        candidates.into_iter().map(|candidate| propose(candidate, wanted, share)).collect();
    sort(&mut all);
    all
}

/// Puts proposals in order, again after something was found against one of them.
pub(crate) fn sort(all: &mut [Proposal]) {
    all.sort_by_key(|proposal| {
        (!proposal.against.is_empty(), std::cmp::Reverse(proposal.score), proposal.lawyer.id.raw())
    });
}

fn propose(lawyer: Candidate, wanted: Wanted<'_>, share: i64) -> Proposal {
    let (mut score, mut reasons, mut against) = (0, Vec::new(), Vec::new());
    score -= OPEN * lawyer.open;
    reasons.push(match lawyer.open {
        0 => "手上没有在办的援助案件".to_owned(),
        open => format!("在办 {open} 件"),
    });
    score -= SHARE * (lawyer.this_year - share);
    reasons.push(format!("今年已指派 {} 件，人均 {share} 件", lawyer.this_year));
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
    if needs_three_years(wanted.matter) {
        if years < 3 {
            against.push("相关执业不满三年（法律援助法第二十六条）".to_owned());
        } else {
            reasons.push(format!("执业 {years} 年，符合三年以上的要求"));
        }
    }
    Proposal { lawyer, score, reasons, against }
}

fn office(lawyer: &Candidate) -> Option<Wgs84> {
    lawyer.lat.zip(lawyer.lon).and_then(|(lat, lon)| Wgs84::new(lat, lon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Id;

    fn lawyer(nth: i64, open: i64, this_year: i64) -> Candidate {
        Candidate {
            id: Id::from_raw((320_412 << 43) | nth).expect("an id"),
            name: format!("律师{nth}"),
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
        }
    }

    fn wanted(matter: &str) -> Wanted<'_> {
        Wanted { matter, home: None, today: Day::parse("2022-05-06").expect("a day") }
    }

    #[test]
    fn who_has_less_to_do_comes_first_and_the_able_before_the_idle() {
        let order = rank(vec![lawyer(1, 3, 5), lawyer(2, 0, 5), lawyer(3, 0, 2)], wanted("M31-4"));
        let ids: Vec<i64> = order.iter().map(|p| p.lawyer.id.raw() & 0xff).collect();
        assert_eq!(ids, [3, 2, 1], "the fair share decides between equals");
        let able = Candidate { specialities: "family;labour".to_owned(), ..lawyer(4, 1, 5) };
        let order = rank(vec![lawyer(2, 0, 5), able], wanted("M31-4"));
        assert_eq!(order[0].lawyer.name, "律师4");
        assert!(order[0].reasons.iter().any(|reason| reason == "擅长婚姻家庭"));
    }

    #[test]
    fn three_years_are_needed_where_a_life_is_at_stake() {
        let young = Candidate { licensed_since: Day::parse("2020-01-01").expect("a day"), ..lawyer(1, 0, 0) };
        let order = rank(vec![young, lawyer(2, 9, 9)], wanted("M25-4"));
        assert_eq!(order[0].lawyer.name, "律师2");
        assert!(order[1].against[0].contains("第二十六条"));
    }
}
