//! The 45 additions, removals and renamings between the published editions of the statistical codes (国家统计局
//! 《统计用区划代码和城乡划分代码》, editions 2016, 2019, 2020, 2021, 2022 and 2023, district 320412), for replaying.
//!
//! The editions say what is in one list and not in the next, not when it happened and not why. The days here are
//! invented inside the interval and marked so; nothing is inferred to be a merger: an addition founds, a removal
//! abolishes, whatever else may have been behind it.

use crate::{
    Event, EventKind, Follower, NewEvent, NewTown, NewUnit, Position, Successor, Town, TownKind, Unit,
    UnitKind, open_town, open_unit, record_event, store,
};
use ::store::Tx;
use kernel::{Day, Fault, Id, Moment, Result};

/// One line of difference between two editions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionChange {
    /// Founded, abolished or renamed.
    pub kind: EventKind,
    /// The years of the two editions.
    pub editions: (i16, i16),
    /// The invented day between them.
    pub day: Day,
    /// The code in the list.
    pub code: String,
    /// The town's name.
    pub town: String,
    /// The name before; empty for additions.
    pub old_name: String,
    /// The name after; empty for removals.
    pub new_name: String,
}

/// Before all editions: when units are set up that the first one has.
const BEGINNING: (i16, i8, i8) = (2016, 1, 1);

/// The 45 changes, the oldest first.
///
/// # Errors
/// A fault if the list that is compiled in cannot be read.
pub fn edition_changes() -> Result<Vec<EditionChange>, Fault> {
    let wrong = |line: &str| Fault::new(format!("the list of editions has an unreadable line: {line}"));
    let mut changes = Vec::new();
    for line in include_str!("editions.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [from, to, change, code, town, old_name, new_name] = cells.as_slice() else {
            return Err(wrong(line));
        };
        let year = |text: &str| text.parse::<i16>().map_err(|_| wrong(line));
        let kind = match *change {
            "added" => EventKind::Create,
            "removed" => EventKind::Abolish,
            "renamed" => EventKind::Rename,
            _ => return Err(wrong(line)),
        };
        changes.push(EditionChange {
            kind,
            editions: (year(from)?, year(to)?),
            day: day(BEGINNING)?,
            code: (*code).to_owned(),
            town: (*town).to_owned(),
            old_name: (*old_name).to_owned(),
            new_name: (*new_name).to_owned(),
        });
    }
    spread(&mut changes)?;
    Ok(changes)
}

fn day((year, month, of_month): (i16, i8, i8)) -> Result<Day, Fault> {
    Day::new(year, month, of_month).ok_or_else(|| Fault::new("no such day"))
}

/// Spreads the changes of an interval over the days that lie between the two editions for certain: the editions were
/// closed between the end of June and the end of October of their years.
fn spread(changes: &mut [EditionChange]) -> Result<(), Fault> {
    for group in changes.chunk_by_mut(|a, b| a.editions == b.editions) {
        let (from, to) = group[0].editions;
        let (first, last) = (day((from, 11, 1))?, day((to, 6, 30))?);
        let steps = i64::try_from(group.len()).unwrap_or(i64::MAX - 1) + 1;
        for (change, nth) in group.iter_mut().zip(1..) {
            change.day = first.add_days(first.days_until(last) * nth / steps);
        }
    }
    Ok(())
}

/// The name people use: 蓝山湖社区居民委员会 → 蓝山湖社区, 潞城村村委会 → 潞城村.
fn short(name: &str) -> String {
    let name = name.split('（').next().unwrap_or(name);
    let cut = ["居民委员会", "村民委员会", "居委会", "村委会"].iter().find_map(|end| name.strip_suffix(end));
    match cut {
        Some(rest) if rest.ends_with("社区") || rest.ends_with('村') => rest.to_owned(),
        _ => name.to_owned(),
    }
}

fn kind(name: &str) -> UnitKind {
    if name.contains("村委会") && !name.contains("社区") {
        UnitKind::Village
    } else {
        UnitKind::Community
    }
}

async fn town_of(tx: &mut Tx, change: &EditionChange) -> Result<Id<Town>> {
    if let Some(town) = store::town_named(tx, &change.town).await? {
        return Ok(town);
    }
    let kind = match change.town.as_str() {
        name if name.ends_with("街道") => TownKind::Subdistrict,
        name if name.ends_with('镇') => TownKind::Town,
        _ => TownKind::Zone,
    };
    let town = NewTown {
        name: change.town.clone(),
        kind,
        code: change.code.chars().take(9).collect(),
        lat: 31.7,
        lon: 119.95,
        population: None,
        population_status: None,
        office: String::new(),
        office_phone: None,
        sort: 100,
    };
    open_town(tx, None, &town).await
}

/// Sets up what the first edition has and a later one lacks or calls otherwise, where it is not there; returns the
/// units that a change closes or renames and no earlier change founds.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn prepare_editions(tx: &mut Tx, changes: &[EditionChange], now: Moment) -> Result<Vec<Id<Unit>>> {
    let mut units = Vec::new();
    for (nth, change) in changes.iter().enumerate() {
        let town = town_of(tx, change).await?;
        let made = |other: &EditionChange| other.town == change.town && other.new_name == change.old_name;
        if change.old_name.is_empty() || changes[..nth].iter().any(made) {
            continue;
        }
        let id = match store::unit_named(tx, town, &change.old_name).await? {
            Some(id) => id,
            None => {
                let unit = NewUnit {
                    town,
                    name: change.old_name.clone(),
                    short_name: short(&change.old_name),
                    kind: kind(&change.old_name),
                    code: Some(("nbs".to_owned(), change.code.clone())),
                    position: None,
                    position_kind: Position::None,
                    opened_on: day(BEGINNING)?,
                };
                open_unit(tx, None, &unit, now).await?
            }
        };
        units.push(id);
    }
    Ok(units)
}

/// Records one change as an event. `stand_in` is the unit that is closed or renamed instead of the one with the old
/// name: a measurement lets the changes fall on units that have a history.
///
/// # Errors
/// A refusal as of [`record_event`]; a fault if it cannot be written.
pub async fn replay_change(
    tx: &mut Tx,
    actor: Option<i64>,
    change: &EditionChange,
    stand_in: Option<Id<Unit>>,
    followers: &[Follower],
    now: Moment,
) -> Result<Id<Event>> {
    let mut town = town_of(tx, change).await?;
    let mut before = Vec::new();
    if change.kind != EventKind::Create {
        let named = store::unit_named(tx, town, &change.old_name).await?;
        before.extend(stand_in.or(named));
        if let Some(unit) = before.first()
            && let Some(unit) = store::unit(tx, *unit).await?
        {
            town = unit.town_id;
        }
    }
    let mut name = change.new_name.clone();
    if store::unit_named(tx, town, &name).await?.is_some_and(|id| before.first() != Some(&id)) {
        name.push_str("（重放）");
    }
    let after = match change.kind {
        EventKind::Abolish => Vec::new(),
        _ => vec![Successor {
            short_name: short(&name),
            kind: kind(&name),
            codes: if change.kind == EventKind::Create {
                vec![("nbs".to_owned(), change.code.clone())]
            } else {
                Vec::new()
            },
            name,
            share: None,
        }],
    };
    let (from, to) = change.editions;
    let event = NewEvent {
        kind: change.kind,
        day: change.day,
        town,
        document: format!("国家统计局统计用区划代码 {from} 版与 {to} 版比对"),
        note: "生效日为推定，原因未查".to_owned(),
        interval_marked: true,
        before,
        after,
        choices: Vec::new(),
    };
    record_event(tx, actor, &event, followers, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Current, lineage, names};
    use testkit::on_both;

    #[test]
    fn the_list_has_45_changes_with_days_between_its_editions() {
        let changes = edition_changes().expect("readable");
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        let counts = [EventKind::Create, EventKind::Abolish, EventKind::Rename].map(count);
        assert_eq!((changes.len(), counts), (45, [23, 16, 6]));
        for change in &changes {
            let (from, to) = change.editions;
            assert!(
                change.day > Day::new(from, 10, 31).expect("a day")
                    && change.day < Day::new(to, 6, 30).expect("a day")
            );
        }
        assert!(changes.windows(2).all(|pair| pair[0].day <= pair[1].day), "the oldest first");
        assert_eq!(short("遥观社区居委会（含遥观村村委）"), "遥观社区");
        assert_eq!(short("丁堰镇居委会"), "丁堰镇居委会");
    }

    #[test]
    fn all_of_them_are_recorded_in_turn() {
        on_both(crate::MIGRATIONS, |db| async move {
            let now = Moment::parse("2024-01-02T09:00")?;
            let changes = edition_changes()?;
            let mut tx = db.begin_write().await?;
            let units = prepare_editions(&mut tx, &changes, now).await?;
            assert_eq!(units.len(), 21, "剑湖村 is founded before it is abolished");
            for change in &changes {
                replay_change(&mut tx, None, change, None, &[], now).await?;
            }
            assert_eq!(store::units_open(&mut tx).await?, 21 + 23 - 16);
            let lineage = lineage(&mut tx).await?;
            let gone = units.iter().filter(|unit| lineage.current(unit.raw()) == Current::Gone).count();
            assert_eq!(gone, 15, "nothing is inferred to be a merger");
            let mut renamed = 0;
            for unit in &units {
                renamed += usize::from(names(&mut tx, *unit).await?.len() == 2);
            }
            assert_eq!(renamed, 6);
            Ok(())
        });
    }
}
