//! Records what happens to units: creates, renames, moves, merges, splits, abolishes, with everything that follows.

use crate::{
    event::{self, After, Change, Event, EventKind, NewEvent},
    follower::{Consequence, Follower},
    population::{self, Population, PopulationSource},
    store::{
        self, UnitRow, events,
        populations::{self, Inhabited},
    },
    town::Town,
    unit::{Position, UNITS, Unit},
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use kernel::{Day, FieldError, Id, Moment, Refusal, Result};

const TEXT_MAX: usize = 200;

kernel::refusals! {
    /// Why an event cannot be recorded.
    pub(crate) enum EventRefusal {
        /// A unit is unknown or closed.
        UnknownUnit => Invalid("unit-1"), "请从名单中选择现有的村（社区）；可能刚被别人调整过，请刷新后核对。";
        /// A unit is named twice.
        Twice => Invalid("unit-2"), "同一个村（社区）选了两次。";
        /// Too few or too many.
        Count => Invalid("unit-1"), "请核对选择的村（社区）个数：合并至少选两个，拆分至少填两个新村（社区），一次最多 8 个。";
        /// No such town.
        UnknownTown => Invalid("town"), "请选择所属镇（街道）。";
        /// Moved to where it is.
        SameTown => Invalid("town"), "划转请选择另一个镇（街道）。";
        /// No name.
        NameMissing => Invalid("name-1"), "请填写名称和简称。";
        /// The name is taken.
        NameTaken => Invalid("name-1"), "该镇（街道）已有同名的村（社区），请核对名称。";
        /// The name is as it was.
        NameSame => Invalid("name-1"), "新名称与现名称相同。";
        /// No document.
        DocumentMissing => Invalid("document"), "请填写批准文件的文号或标题。";
        /// Too long.
        TooLong => Invalid("document"), "文件和说明请各控制在 200 个字以内。";
        /// In the future.
        Future => Invalid("day"), "生效日还没有到，请到生效日再登记。";
        /// Before the unit was, or before its present name.
        TooEarly => Invalid("day"), "生效日必须晚于这个村（社区）的设立日和上一次更名的日期。";
    }
}

/// What is known before an event is recorded.
pub(crate) struct Checked {
    pub(crate) before: Vec<UnitRow>,
    pub(crate) change: Change,
    /// The residents of each unit before, as far as they are known.
    pub(crate) residents: Vec<Option<Population>>,
}

/// Decides whether the event can be recorded, and what it is for the followers.
pub(crate) async fn check(tx: &mut Tx, new: &NewEvent, today: Day) -> Result<Checked> {
    let [(least, most), (least_after, most_after)] = new.kind.sizes();
    if !(least..=most).contains(&new.before.len()) || !(least_after..=most_after).contains(&new.after.len()) {
        return Err(EventRefusal::Count.into());
    }
    if new.document.trim().is_empty() {
        return Err(EventRefusal::DocumentMissing.into());
    }
    if new.document.chars().count() > TEXT_MAX || new.note.chars().count() > TEXT_MAX {
        return Err(EventRefusal::TooLong.into());
    }
    if new.day > today {
        return Err(EventRefusal::Future.into());
    }
    let mut before: Vec<UnitRow> = Vec::with_capacity(new.before.len());
    let mut residents = Vec::with_capacity(new.before.len());
    for id in &new.before {
        if before.iter().any(|unit| unit.id == *id) {
            return Err(EventRefusal::Twice.into());
        }
        let unit = store::unit(tx, *id).await?.ok_or(EventRefusal::UnknownUnit)?;
        // What was set up or named on the day itself would have had no day of its own.
        if events::named_since(tx, *id).await?.is_some_and(|since| new.day <= since) {
            return Err(EventRefusal::TooEarly.into());
        }
        let rows = populations::populations(tx, Inhabited::Unit(*id)).await?;
        residents.push(population::used(&rows).cloned());
        before.push(unit);
    }
    check_after(tx, new, &before).await?;
    check_shares(new, &residents)?;
    let after = new.after.iter().map(|after| After { id: None, short_name: after.short_name.clone() });
    let change = Change {
        event: None,
        kind: new.kind,
        day: new.day,
        before: before.clone(),
        after: after.collect(),
        choices: new.choices.clone(),
    };
    Ok(Checked { before, change, residents })
}

async fn check_after(tx: &mut Tx, new: &NewEvent, before: &[UnitRow]) -> Result<()> {
    if store::town(tx, new.town).await?.is_none() {
        return Err(EventRefusal::UnknownTown.into());
    }
    if new.kind == EventKind::Move && before.iter().any(|unit| unit.town_id == new.town) {
        return Err(EventRefusal::SameTown.into());
    }
    for (nth, after) in new.after.iter().enumerate() {
        if after.name.trim().is_empty() || after.short_name.trim().is_empty() {
            return Err(EventRefusal::NameMissing.into());
        }
        let town = if new.kind == EventKind::Rename { before[0].town_id } else { new.town };
        let taken = store::unit_named(tx, town, &after.name).await?;
        let own = taken.is_some_and(|id| before.iter().any(|unit| unit.id == id));
        if new.kind == EventKind::Rename
            && before[0].name == after.name
            && before[0].short_name == after.short_name
        {
            return Err(EventRefusal::NameSame.into());
        }
        let twice = new.after[..nth].iter().any(|other| other.name == after.name);
        if twice || (taken.is_some() && !own) {
            return Err(EventRefusal::NameTaken.into());
        }
    }
    Ok(())
}

fn check_shares(new: &NewEvent, residents: &[Option<Population>]) -> Result<()> {
    if new.kind != EventKind::Split {
        return Ok(());
    }
    let Some(Some(whole)) = residents.first() else { return Ok(()) };
    let shares: Option<Vec<i64>> = new.after.iter().map(|after| after.share).collect();
    let sum = shares.filter(|shares| shares.iter().all(|share| *share >= 0)).map(|s| s.iter().sum::<i64>());
    if sum != Some(whole.residents) {
        let message = format!("请填写各新村（社区）的人口，合计必须等于原来的 {} 人。", whole.residents);
        return Err(Refusal::fields(vec![FieldError::new("share-1", message)]).into());
    }
    Ok(())
}

/// Records the event and everything that follows from it, in the transaction; returns its id. Facts stay where they
/// are: units that are moved, merged or split are closed, and new ones are set up in their place.
///
/// # Errors
/// A refusal by name, its own or a follower's; a fault if it cannot be written. Then drop the transaction.
pub async fn record_event(
    tx: &mut Tx,
    actor: Option<i64>,
    new: &NewEvent,
    followers: &[Follower],
    now: Moment,
) -> Result<Id<Event>> {
    let Checked { before, mut change, residents } = check(tx, new, now.day()).await?;
    let id: Id<Event> = tx.new_id()?;
    let (town, title) = describe(tx, new, &before).await?;
    events::insert_event(tx, id, new, (town, &title), (actor, now)).await?;
    if new.kind == EventKind::Rename {
        rename(tx, new, before[0].id, id).await?;
        change.after[0].id = Some(before[0].id);
    } else {
        for unit in &before {
            close(tx, unit.id, (new.day, id), actor, now).await?;
        }
        for (nth, after) in change.after.iter_mut().enumerate() {
            after.id = Some(open(tx, new, nth, &before, id, actor, now).await?);
        }
        derive_residents(tx, new, &change, &residents, actor, now).await?;
    }
    change.event = Some(id);
    for follower in followers {
        (follower.apply)(tx, &change, actor, now).await?;
    }
    let details = serde_json::json!({ "kind": new.kind.as_str(), "day": new.day.to_string() });
    tx.audit(Audit::new(actor, "places.event.record", "places_event", id).with(&details));
    Ok(id)
}

/// The town an event is listed under, and its one line.
pub(crate) async fn describe(tx: &mut Tx, new: &NewEvent, before: &[UnitRow]) -> Result<(Id<Town>, String)> {
    let old: Vec<&str> = before.iter().map(|unit| unit.short_name.as_str()).collect();
    let after: Vec<&str> = new.after.iter().map(|after| after.short_name.as_str()).collect();
    let to = store::town(tx, new.town).await?.map_or(String::new(), |town| town.name);
    let town = before.first().map_or(new.town, |unit| unit.town_id);
    Ok((town, event::title(new.kind, &old, &after, &to)))
}

async fn rename(tx: &mut Tx, new: &NewEvent, unit: Id<Unit>, event: Id<Event>) -> Result<()> {
    let to = &new.after[0];
    events::insert_event_unit(tx, event, unit, "same").await?;
    events::rename_unit(tx, unit, (&to.name, &to.short_name), new.day, event).await?;
    for (scheme, code) in &to.codes {
        events::end_codes(tx, unit, Some(scheme), new.day, Some(event)).await?;
        events::begin_code(tx, unit, (scheme, code), new.day, event).await?;
    }
    Ok(())
}

async fn close(
    tx: &mut Tx,
    unit: Id<Unit>,
    (day, event): (Day, Id<Event>),
    actor: Option<i64>,
    now: Moment,
) -> Result<()> {
    if !events::close_unit(tx, unit, day).await? {
        return Err(EventRefusal::UnknownUnit.into());
    }
    events::insert_event_unit(tx, event, unit, "before").await?;
    events::end_codes(tx, unit, None, day, Some(event)).await?;
    count(tx, unit, -1, day, actor, now).await
}

async fn open(
    tx: &mut Tx,
    new: &NewEvent,
    nth: usize,
    before: &[UnitRow],
    event: Id<Event>,
    actor: Option<i64>,
    now: Moment,
) -> Result<Id<Unit>> {
    let after = &new.after[nth];
    let id: Id<Unit> = tx.new_id()?;
    // A moved unit stays where it was; what is merged or split lies roughly where its predecessor lay.
    let position = before.first().and_then(|unit| unit.lat.zip(unit.lon));
    let position_kind = match (new.kind, before.first()) {
        (EventKind::Move, Some(unit)) => unit.position,
        _ => Position::Schematic,
    };
    let unit = crate::NewUnit {
        town: new.town,
        name: after.name.clone(),
        short_name: after.short_name.clone(),
        kind: after.kind,
        code: None,
        position,
        position_kind,
        opened_on: new.day,
    };
    store::insert_unit(tx, id, &unit).await?;
    events::insert_event_unit(tx, event, id, "after").await?;
    for (scheme, code) in &after.codes {
        events::begin_code(tx, id, (scheme, code), new.day, event).await?;
    }
    count(tx, id, 1, new.day, actor, now).await?;
    Ok(id)
}

pub(crate) async fn count(
    tx: &mut Tx,
    unit: Id<Unit>,
    quantity: i64,
    day: Day,
    actor: Option<i64>,
    now: Moment,
) -> Result<()> {
    let fact = Fact { entered_by: actor, ..Fact::new(UNITS, quantity, day, unit, "places_unit", unit) };
    tally::record(tx, &fact, now).await?;
    Ok(())
}

/// The residents of the new units, as far as they follow from those before.
async fn derive_residents(
    tx: &mut Tx,
    new: &NewEvent,
    change: &Change,
    residents: &[Option<Population>],
    actor: Option<i64>,
    now: Moment,
) -> Result<()> {
    let known: Option<Vec<&Population>> = residents.iter().map(Option::as_ref).collect();
    let Some(known) = known.filter(|known| !known.is_empty()) else { return Ok(()) };
    let whole: i64 = known.iter().map(|row| row.residents).sum();
    let note = match new.kind {
        EventKind::Merge => format!(
            "合并推算：{}",
            change
                .before
                .iter()
                .zip(&known)
                .map(|(unit, row)| format!(
                    "{} {} 人（{} {}）",
                    unit.short_name,
                    row.residents,
                    row.source.label(),
                    row.as_of
                ))
                .collect::<Vec<_>>()
                .join("＋")
        ),
        EventKind::Move => format!("随划转带入（{} {}）", known[0].source.label(), known[0].as_of),
        _ => format!("拆分推算，原 {} 人（{} {}）", whole, known[0].source.label(), known[0].as_of),
    };
    for (unit, after) in change.opened().into_iter().zip(&new.after) {
        let residents = if new.kind == EventKind::Split { after.share.unwrap_or(0) } else { whole };
        let row =
            Population { source: PopulationSource::Derived, as_of: new.day, residents, note: note.clone() };
        populations::insert_population(tx, Inhabited::Unit(unit), &row, change.event, (actor, now)).await?;
    }
    Ok(())
}

/// What the register itself has to say about the consequences.
pub(crate) async fn own_consequences(
    tx: &mut Tx,
    new: &NewEvent,
    checked: &Checked,
) -> Result<Vec<Consequence>> {
    let mut found = Vec::new();
    let (gone, come) = (checked.change.closed().len(), checked.change.after.len());
    let here = store::units_open(tx).await?;
    let come = if new.kind == EventKind::Rename { 0 } else { come };
    let after = here + i64::try_from(come).unwrap_or(0) - i64::try_from(gone).unwrap_or(0);
    found.push(Consequence {
        count: after,
        unit_word: "个",
        text: format!("全区村（社区）由 {here} 个变为 {after} 个。生效日以前的数字一个也不变。"),
        ..Consequence::default()
    });
    let mut ended = Vec::new();
    for unit in &checked.before {
        for code in events::codes(tx, unit.id).await?.into_iter().filter(|code| code.valid_to.is_none()) {
            let renewed = new.after.iter().any(|after| after.codes.iter().any(|(s, _)| *s == code.scheme));
            if new.kind != EventKind::Rename || renewed {
                ended.push(format!(
                    "{} {}（{}）",
                    event::scheme_label(&code.scheme),
                    code.code,
                    unit.short_name
                ));
            }
        }
    }
    if !ended.is_empty() {
        found.push(Consequence {
            count: i64::try_from(ended.len()).unwrap_or(0),
            unit_word: "个代码",
            text: format!("在生效日前一天停用：{}", ended.join("、")),
            ..Consequence::default()
        });
    }
    let begun: Vec<String> = new
        .after
        .iter()
        .flat_map(|after| {
            after
                .codes
                .iter()
                .map(move |(s, c)| format!("{} {c}（{}）", event::scheme_label(s), after.short_name))
        })
        .collect();
    let text = if begun.is_empty() {
        "没有填新代码，以后可再补。".to_owned()
    } else {
        format!("从生效日起启用：{}", begun.join("、"))
    };
    if new.kind != EventKind::Abolish {
        found.push(Consequence {
            count: i64::try_from(begun.len()).unwrap_or(0),
            unit_word: "个新代码",
            text,
            ..Consequence::default()
        });
    }
    found.extend(residents_consequence(new, checked));
    if !checked.before.is_empty() {
        let names: Vec<&str> = checked.before.iter().map(|unit| unit.short_name.as_str()).collect();
        found.push(Consequence {
            count: i64::try_from(names.len()).unwrap_or(0),
            unit_word: "块公示牌",
            text: format!(
                "{}的公示牌和扫码牌要更换；换好之前，扫旧码的人会看到承接的村（社区）。",
                names.join("、")
            ),
            ..Consequence::default()
        });
    }
    Ok(found)
}

fn residents_consequence(new: &NewEvent, checked: &Checked) -> Option<Consequence> {
    let unknown: Vec<&str> = checked
        .before
        .iter()
        .zip(&checked.residents)
        .filter(|(_, known)| known.is_none())
        .map(|(unit, _)| unit.short_name.as_str())
        .collect();
    let whole: i64 = checked.residents.iter().flatten().map(|row| row.residents).sum();
    let text = match new.kind {
        EventKind::Create | EventKind::Rename => return None,
        EventKind::Abolish => format!("原有 {whole} 人不再计入村（社区）人口，请核实去向。"),
        _ if !unknown.is_empty() => format!("{}没有人口数，调整后不推算，请另行录入。", unknown.join("、")),
        EventKind::Split => format!("原 {whole} 人按填写的人数分给各新村（社区），合计不变。"),
        EventKind::Merge => format!("合并推算为 {whole} 人，合计不变。"),
        EventKind::Move => format!("{whole} 人随村划转，合计不变。"),
    };
    Some(Consequence { count: whole, unit_word: "人", text, ..Consequence::default() })
}
