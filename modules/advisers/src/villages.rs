//! What becomes of appointments when villages change: they go on where the village goes on, and gaps show at once.

use crate::{
    service::COVERED,
    store::{
        appointments::{self, AppointmentId},
        carries::{self, TermRow},
    },
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use kernel::{Day, Id, Moment, Refusal, Result};
use places::{Change, Consequence, Consequences, EventKind, Followed, Follower, Question, Unit, UnitRow};

/// What advisers do when villages change.
pub(crate) const FOLLOWER: Follower = Follower {
    title: "法律顾问和服务记录",
    preview: |tx, change| preview(tx, change),
    apply: |tx, change, actor, now| apply(tx, change, actor, now),
    tasks: |tx, change| tasks(tx, change),
    undo: |tx, change, actor, now| undo(tx, change, actor, now),
};

/// Why appointments end when their village does.
const REASON: &str = "村（社区）调整";
/// The question who goes on.
const KEEP: &str = "keep_adviser";
/// Nobody goes on.
const NOBODY: &str = "none";

/// The predecessor whose adviser goes on after a merger, and the successors (by their place in the list) in which an
/// adviser goes on after a split.
struct Plan {
    from: Option<Id<Unit>>,
    into: Vec<usize>,
}

/// The unit with the adviser longest in office.
async fn longest(tx: &mut Tx, units: &[UnitRow]) -> Result<Option<Id<Unit>>> {
    let mut found: Option<(Day, Id<Unit>)> = None;
    for unit in units {
        if let Some(current) = appointments::current(tx, unit.id).await?
            && found.is_none_or(|(since, _)| current.since < since)
        {
            found = Some((current.since, unit.id));
        }
    }
    Ok(found.map(|(_, unit)| unit))
}

async fn plan(tx: &mut Tx, change: &Change) -> Result<Plan> {
    let chosen = change.chosen(KEEP);
    Ok(match change.kind {
        EventKind::Merge => {
            let from = match chosen {
                Some(values) => values.first().and_then(|value| value.parse().ok()),
                None => longest(tx, &change.before).await?,
            };
            Plan { from: from.filter(|id| change.before.iter().any(|unit| unit.id == *id)), into: vec![0] }
        }
        EventKind::Move => Plan { from: change.before.first().map(|unit| unit.id), into: vec![0] },
        EventKind::Split => {
            let all = 0..change.after.len();
            let into = match chosen {
                Some(values) => all.filter(|nth| values.contains(&nth.to_string().as_str())).collect(),
                None => all.collect(),
            };
            Plan { from: change.before.first().map(|unit| unit.id), into }
        }
        EventKind::Create | EventKind::Rename | EventKind::Abolish => Plan { from: None, into: Vec::new() },
    })
}

async fn lawyer_name(tx: &mut Tx, id: Id<counsel::Lawyer>) -> Result<String> {
    Ok(counsel::lawyer(tx, id).await?.map_or(String::new(), |lawyer| lawyer.name))
}

fn preview<'a>(tx: &'a mut Tx, change: &'a Change) -> Consequences<'a> {
    Box::pin(async move {
        let mut found = Vec::new();
        let plan = plan(tx, change).await?;
        let mut options = Vec::new();
        for unit in change.closed() {
            let Some(current) = appointments::current(tx, unit.id).await? else { continue };
            let name = lawyer_name(tx, current.lawyer_id).await?;
            let last = change.day.add_days(-1);
            options
                .push((unit.id.to_string(), format!("{name}（{}，{} 起）", unit.short_name, current.since)));
            let text = match change.kind {
                EventKind::Abolish => format!("{name}在{}的聘任到 {last} 为止。", unit.short_name),
                EventKind::Merge => {
                    format!("{name}在{}的聘任到 {last} 为止；由谁继续在下面选。", unit.short_name)
                }
                _ => format!(
                    "{name}在{}的聘任到 {last} 为止，{} 起在{}继续，不用重新聘任。",
                    unit.short_name,
                    change.day,
                    change.after.iter().map(|after| after.short_name.as_str()).collect::<Vec<_>>().join("、")
                ),
            };
            let href = Some(format!("/coverage/{}", unit.id));
            found.push(Consequence { count: 1, unit_word: "次聘任", text, href, question: None });
        }
        let asked = question(change, &plan, options);
        let gaps = match change.kind {
            EventKind::Create => change.after.len(),
            EventKind::Merge | EventKind::Split | EventKind::Move if found.is_empty() => change.after.len(),
            _ => 0,
        };
        if gaps > 0 {
            let text = "新的村（社区）还没有法律顾问，登记后马上列入空缺。".to_owned();
            found.push(Consequence {
                count: i64::try_from(gaps).unwrap_or(0),
                unit_word: "个空缺",
                text,
                ..Consequence::default()
            });
        }
        if let Some(last) = found.last_mut() {
            last.question = asked;
        }
        found.extend(services(tx, change).await?);
        Ok(found)
    })
}

fn question(change: &Change, plan: &Plan, advisers: Vec<(String, String)>) -> Option<Question> {
    if advisers.is_empty() {
        return None;
    }
    match change.kind {
        EventKind::Merge => {
            let mut options = advisers;
            options.push((NOBODY.to_owned(), "先空缺，另行聘任".to_owned()));
            let default = plan.from.map_or(NOBODY.to_owned(), |unit| unit.to_string());
            Some(Question {
                name: KEEP,
                label: "合并后由谁继续担任法律顾问".to_owned(),
                hint: "先选的是任期最长的".to_owned(),
                several: false,
                options,
                default: vec![default],
            })
        }
        EventKind::Split => Some(Question {
            name: KEEP,
            label: "原法律顾问在哪些新村（社区）继续".to_owned(),
            hint: "不勾的先空缺，登记后马上列入待办".to_owned(),
            several: true,
            options: change
                .after
                .iter()
                .enumerate()
                .map(|(nth, after)| (nth.to_string(), after.short_name.clone()))
                .collect(),
            default: plan.into.iter().map(ToString::to_string).collect(),
        }),
        _ => None,
    }
}

/// What becomes of the service book.
async fn services(tx: &mut Tx, change: &Change) -> Result<Vec<Consequence>> {
    let mut found = Vec::new();
    for unit in &change.before {
        let count = carries::services_of(tx, &[unit.id], None).await?;
        let late = carries::services_of(tx, &[unit.id], Some(change.day)).await?;
        let late = if late > 0 && change.kind != EventKind::Rename {
            format!("其中 {late} 条发生在生效日以后，也不改。")
        } else {
            String::new()
        };
        let text = match change.kind {
            EventKind::Rename => format!("{}的服务记录一条不动，以后按新名称显示。", unit.short_name),
            _ => format!("{}的服务记录仍在原名下，各项合计不变。{late}", unit.short_name),
        };
        let href = Some(format!("/services?unit={}&state=all", unit.id));
        found.push(Consequence { count, unit_word: "条", text, href, question: None });
    }
    Ok(found)
}

fn apply<'a>(tx: &'a mut Tx, change: &'a Change, actor: Option<i64>, now: Moment) -> Followed<'a> {
    Box::pin(async move {
        let Some(event) = change.event else { return Ok(()) };
        let plan = plan(tx, change).await?;
        let opened = change.opened();
        for unit in change.closed() {
            let into: Vec<Id<Unit>> = if plan.from == Some(unit.id) {
                plan.into.iter().filter_map(|nth| opened.get(*nth)).copied().collect()
            } else {
                Vec::new()
            };
            let current = appointments::current(tx, unit.id).await?;
            for was in carries::terms_from(tx, unit.id, change.day).await? {
                let from = was.from_day.max(change.day);
                appointments::end(tx, was.id, from.add_days(-1), REASON).await?;
                carries::keep(tx, event, &was).await?;
                // The old unit no longer has an adviser from that day on, whatever ended later.
                count(tx, (unit.id, was.id), -1, from, actor, now).await?;
                if let Some(last) = was.to_day {
                    count(tx, (unit.id, was.id), 1, last.add_days(1), actor, now).await?;
                }
                for to in &into {
                    go_on(tx, *to, &was, from, actor, now).await?;
                }
            }
            if let Some(current) = current
                && !appointments::clear_current(tx, unit.id, current.version).await?
            {
                let message = format!("别人刚调整了{}的法律顾问，请刷新后重新核对。", unit.short_name);
                return Err(Refusal::conflict(message).into());
            }
        }
        Ok(())
    })
}

async fn go_on(
    tx: &mut Tx,
    unit: Id<Unit>,
    was: &TermRow,
    from: Day,
    actor: Option<i64>,
    now: Moment,
) -> Result<()> {
    let id = carries::carry_on(tx, unit, was, from, (actor, now)).await?;
    count(tx, (unit, id), 1, from, actor, now).await?;
    match was.to_day {
        Some(last) => count(tx, (unit, id), -1, last.add_days(1), actor, now).await?,
        None => {
            if !appointments::set_current(tx, unit, was.lawyer_id, id, from, 0).await? {
                return Err(Refusal::conflict("承接的村（社区）已经有法律顾问，请刷新后核对。").into());
            }
        }
    }
    tx.audit(Audit::new(actor, "advisers.appointment.carry", "advisers_appointment", id));
    Ok(())
}

async fn count(
    tx: &mut Tx,
    (unit, appointment): (Id<Unit>, Id<AppointmentId>),
    quantity: i64,
    day: Day,
    actor: Option<i64>,
    now: Moment,
) -> Result<()> {
    let fact = Fact {
        entered_by: actor,
        ..Fact::new(COVERED, quantity, day, unit, "advisers_appointment", appointment)
    };
    tally::record(tx, &fact, now).await?;
    Ok(())
}

fn tasks<'a>(tx: &'a mut Tx, change: &'a Change) -> Consequences<'a> {
    Box::pin(async move {
        let mut found = Vec::new();
        for unit in change.opened() {
            let Some(unit) = places::unit(tx, unit).await? else { continue };
            if appointments::current(tx, unit.id).await?.is_none() {
                found.push(Consequence {
                    count: 1,
                    unit_word: "个空缺",
                    text: format!("{}还没有法律顾问", unit.short_name),
                    href: Some(format!("/coverage/{}", unit.id)),
                    question: None,
                });
            }
        }
        Ok(found)
    })
}

fn undo<'a>(tx: &'a mut Tx, change: &'a Change, actor: Option<i64>, now: Moment) -> Followed<'a> {
    Box::pin(async move {
        let Some(event) = change.event else { return Ok(()) };
        let opened = change.opened();
        let services = carries::services_of(tx, &opened, None).await?;
        if services > 0 {
            let message = format!("承接的村（社区）已经记了 {services} 条服务，不能撤回。请另登记一次调整。");
            return Err(Refusal::conflict(message).into());
        }
        let ended = carries::ended_by(tx, event).await?;
        for unit in &opened {
            for term in carries::terms(tx, *unit).await? {
                let origin = ended.iter().find(|was| Some(was.id) == term.carried_from);
                if origin.is_none_or(|was| was.to_day != term.to_day) {
                    let message =
                        "承接的村（社区）已经另行聘任或更换了法律顾问，不能撤回。请另登记一次调整。";
                    return Err(Refusal::conflict(message).into());
                }
                appointments::end(tx, term.id, term.from_day.add_days(-1), "调整撤回").await?;
                tally::reverse(tx, "advisers_appointment", term.id.raw(), actor, now).await?;
            }
            if let Some(current) = appointments::current(tx, *unit).await? {
                appointments::clear_current(tx, *unit, current.version).await?;
            }
        }
        for was in ended {
            let from = was.from_day.max(change.day);
            carries::restore(tx, event, &was).await?;
            count(tx, (was.unit_id, was.id), 1, from, actor, now).await?;
            match was.to_day {
                Some(last) => count(tx, (was.unit_id, was.id), -1, last.add_days(1), actor, now).await?,
                None => {
                    appointments::set_current(tx, was.unit_id, was.lawyer_id, was.id, was.from_day, 0)
                        .await?;
                }
            }
        }
        Ok(())
    })
}
