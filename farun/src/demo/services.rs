//! The service book of the demonstration world, which adds up to what the article reports.

use super::{
    accounts::Accounts,
    random::Random,
    registers::{UnitOf, World},
};
use advisers::{Deed, Entry, ServiceKind, log_service};
use kernel::{Calendar, Day, Fault, Moment, Result};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use store::Db;

#[derive(Deserialize)]
struct Sentences {
    slots: HashMap<String, Vec<String>>,
    consultations: Vec<Consultation>,
    visits: Vec<Visit>,
    lectures: Vec<Lecture>,
    publicity: Vec<Publicity>,
}

#[derive(Deserialize)]
struct Consultation {
    topic: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Visit {
    text: String,
}

#[derive(Deserialize)]
struct Lecture {
    topic: Option<String>,
    title: String,
}

#[derive(Deserialize)]
struct Publicity {
    campaign: Option<String>,
    title: String,
}

/// What a span of days adds up to.
struct Plan {
    first: &'static str,
    last: &'static str,
    visits: i64,
    phone: i64,
    wechat: i64,
    lectures: i64,
    publicity: i64,
}

/// The first quarter of 2022 is the article's: 1372 visits, 1580 answers by telephone and in WeChat groups, 31 lectures
/// and publicity activities. The other spans are invented, so that comparisons have something to compare with.
const PLANS: [Plan; 6] = [
    Plan {
        first: "2021-01-01",
        last: "2021-03-31",
        visits: 1105,
        phone: 488,
        wechat: 610,
        lectures: 12,
        publicity: 8,
    },
    Plan {
        first: "2021-04-01",
        last: "2021-06-30",
        visits: 1188,
        phone: 520,
        wechat: 700,
        lectures: 14,
        publicity: 9,
    },
    Plan {
        first: "2021-07-01",
        last: "2021-09-30",
        visits: 1241,
        phone: 545,
        wechat: 790,
        lectures: 15,
        publicity: 8,
    },
    Plan {
        first: "2021-10-01",
        last: "2021-12-31",
        visits: 1296,
        phone: 570,
        wechat: 880,
        lectures: 17,
        publicity: 10,
    },
    Plan {
        first: "2022-01-01",
        last: "2022-03-31",
        visits: 1372,
        phone: 612,
        wechat: 968,
        lectures: 19,
        publicity: 12,
    },
    Plan {
        first: "2022-04-01",
        last: "2022-05-05",
        visits: 486,
        phone: 205,
        wechat: 330,
        lectures: 6,
        publicity: 4,
    },
];

/// Every so many-th village has not been visited lately.
const BEHIND_EVERY: usize = 17;
/// Until when those were visited.
const BEHIND_SINCE: &str = "2022-03-12";
const CHUNK: usize = 400;

struct Line {
    unit: usize,
    deed: Deed,
    entered_at: Moment,
    on_behalf: bool,
}

/// Writes the book, oldest first.
pub(crate) async fn make(db: &Db, world: &World, accounts: &Accounts, now: Moment) -> Result<()> {
    let sentences: Sentences = serde_json::from_str(include_str!("data/sentences.json"))?;
    let mut lines = Vec::new();
    let mut random = Random::new(2022);
    for plan in &PLANS {
        write(plan, &world.units, &sentences, &mut random, now, &mut lines)?;
    }
    lines.sort_by_key(|line| (line.deed.happened_on, line.unit));
    let village = world.units.iter().position(|unit| unit.short_name.starts_with("谈家头"));
    let own = village.map(|at| world.units[at].lawyer);
    for chunk in lines.chunks(CHUNK) {
        let mut tx = db.begin_write().await?;
        for line in chunk {
            let unit = &world.units[line.unit];
            let actor = match (line.on_behalf, own == Some(unit.lawyer)) {
                (true, _) => Some(accounts.town),
                (false, true) => Some(accounts.adviser),
                // The advisers without an account hand in paper, which the reception keys in.
                (false, false) => Some(accounts.clerk),
            };
            let entry = Entry {
                unit: unit.id,
                deed: line.deed.clone(),
                own: (!line.on_behalf).then_some(unit.lawyer),
            };
            log_service(&mut tx, actor, &[entry], line.entered_at).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn write(
    plan: &Plan,
    units: &[UnitOf],
    sentences: &Sentences,
    random: &mut Random,
    now: Moment,
    lines: &mut Vec<Line>,
) -> Result<(), Fault> {
    let day = |text: &str| text.parse::<Day>().map_err(|_| Fault::new("an impossible day in the plan"));
    let (first, last, late) = (day(plan.first)?, day(plan.last)?, day(BEHIND_SINCE)?);
    let calendar = Calendar::published();
    let days: Vec<Day> = (0..=first.days_until(last))
        .map(|n| first.add_days(n))
        .filter(|day| calendar.is_working(*day).unwrap_or(false))
        .collect();
    let early: Vec<Day> = days.iter().copied().filter(|day| *day <= late).collect();
    let behind = |unit: usize| unit % BEHIND_EVERY == 5;
    let mut unit = 0;
    let mut seen: HashSet<(usize, Day, ServiceKind, String)> = HashSet::new();
    let mut add = |unit: usize, deed: Deed, random: &mut Random| {
        // Two equal lines would look like one service written down twice.
        let free = (unit..unit + units.len())
            .map(|unit| unit % units.len())
            .find(|unit| seen.insert((*unit, deed.happened_on, deed.kind, deed.note.clone())));
        let unit = free.unwrap_or(unit);
        let delay = i64::try_from(random.below(3)).unwrap_or(0);
        let hour = i8::try_from(9 + random.below(8)).unwrap_or(9);
        let entered_at = Moment::at(deed.happened_on.add_days(delay), hour, 0).min(now.plus_seconds(-3600));
        let entered_at = if entered_at.day() < deed.happened_on {
            Moment::at(deed.happened_on, 18, 0)
        } else {
            entered_at
        };
        let on_behalf = random.percent(6);
        lines.push(Line { unit, deed, entered_at, on_behalf });
    };
    for _ in 0..plan.visits {
        // Round robin, so that every village gets its share; those behind got theirs early or not at all.
        while behind(unit % units.len()) && early.is_empty() {
            unit += 1;
        }
        let at = unit % units.len();
        unit += 1;
        let pool = if behind(at) { &early } else { &days };
        let text = random.pick(&sentences.visits).map(|visit| visit.text.clone()).unwrap_or_default();
        let note = fill(&text, sentences, random);
        let people = 1 + i64::try_from(random.below(4)).unwrap_or(0);
        add(at, deed(ServiceKind::Visit, 1, pick(pool, random)?, people, "", "", note), random);
    }
    for (kind, total, most) in [(ServiceKind::Phone, plan.phone, 2), (ServiceKind::Wechat, plan.wechat, 6)] {
        let mut left = total;
        while left > 0 {
            let quantity = (1 + i64::try_from(random.below(most)).unwrap_or(0)).min(left);
            left -= quantity;
            let Some(consultation) = random.pick(&sentences.consultations) else { break };
            let (topic, text) = (consultation.topic.clone().unwrap_or_default(), consultation.text.clone());
            let note = fill(&text, sentences, random);
            let campaign = if topic == "L-EPI" { "epidemic-green-channel" } else { "" };
            add(
                random.below(units.len()),
                deed(kind, quantity, pick(&days, random)?, quantity, &topic, campaign, note),
                random,
            );
        }
    }
    for _ in 0..plan.lectures {
        let Some(lecture) = random.pick(&sentences.lectures) else { break };
        let (topic, title) = (lecture.topic.clone().unwrap_or_default(), lecture.title.clone());
        let people = 25 + i64::try_from(random.below(50)).unwrap_or(0);
        add(
            random.below(units.len()),
            deed(ServiceKind::Lecture, 1, pick(&days, random)?, people, &topic, "", title),
            random,
        );
    }
    for _ in 0..plan.publicity {
        let Some(activity) = random.pick(&sentences.publicity) else { break };
        let (campaign, title) = (activity.campaign.clone().unwrap_or_default(), activity.title.clone());
        let people = 40 + i64::try_from(random.below(80)).unwrap_or(0);
        add(
            random.below(units.len()),
            deed(ServiceKind::Publicity, 1, pick(&days, random)?, people, "", &campaign, title),
            random,
        );
    }
    Ok(())
}

fn pick(days: &[Day], random: &mut Random) -> Result<Day, Fault> {
    random.pick(days).copied().ok_or_else(|| Fault::new("a span of the plan has no working day"))
}

fn deed(
    kind: ServiceKind,
    quantity: i64,
    happened_on: Day,
    people: i64,
    matter: &str,
    campaign: &str,
    note: String,
) -> Deed {
    Deed {
        kind,
        quantity,
        happened_on,
        people,
        matter: matter.to_owned(),
        campaign: campaign.to_owned(),
        note,
    }
}

/// Puts words into the slots of a sentence.
fn fill(text: &str, sentences: &Sentences, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('{') {
        out.push_str(head);
        let Some((slot, after)) = tail.split_once('}') else { break };
        if let Some(word) = sentences.slots.get(slot).and_then(|words| random.pick(words)) {
            out.push_str(word);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
