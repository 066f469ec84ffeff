//! Takes back an event that was recorded by mistake, as long as nothing was built on it.

use crate::{
    actions::record_event::count,
    event::{After, Change, Event, EventKind, EventRow},
    follower::Follower,
    store::{self, events, populations},
};
use ::store::{Audit, Tx, tally};
use kernel::{Id, Moment, Result};
use web::Reach;

kernel::refusals! {
    /// Why an event cannot be taken back.
    pub(crate) enum UndoRefusal {
        /// Not there, or out of reach.
        Unknown => NotFound, "没有这次调整。";
        /// Taken back already, or changed meanwhile.
        Stale => Conflict, "这次调整已经被别人撤回或改过，请刷新后核对。";
        /// No reason.
        ReasonMissing => Invalid("reason"), "请写明为什么撤回，原记录会保留。";
        /// Too long a reason.
        ReasonTooLong => Invalid("reason"), "原因请控制在 200 个字以内。";
        /// A later event stands on it.
        Later => Conflict, "承接的村（社区）后来又有调整，请先撤回后来的那一次。";
        /// Something was entered for the new units.
        Entered => Conflict, "承接的村（社区）已经录入了人口或位置，不能撤回。请另登记一次调整。";
        /// The old name was given to another unit.
        NameTaken => Conflict, "原来的名称已经给了别的村（社区），不能撤回。";
    }
}

/// The event as followers see it.
pub(crate) async fn change_of(tx: &mut Tx, event: &EventRow) -> Result<Change> {
    let renamed = event.kind == EventKind::Rename;
    let before = events::event_units(tx, event.id, if renamed { "same" } else { "before" }).await?;
    let after = events::event_units(tx, event.id, if renamed { "same" } else { "after" }).await?;
    let after = after.into_iter().map(|unit| After { id: Some(unit.id), short_name: unit.short_name });
    Ok(Change {
        event: Some(event.id),
        kind: event.kind,
        day: event.day,
        before,
        after: after.collect(),
        choices: Vec::new(),
    })
}

/// Takes the event back: its new units go, the old ones stand again. The event stays visible with the reason.
///
/// # Errors
/// A refusal by name, its own or a follower's; a fault if it cannot be written. Then drop the transaction.
pub async fn undo_event(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Event>,
    version: i64,
    reason: &str,
    followers: &[Follower],
    now: Moment,
) -> Result<()> {
    let event = events::event(tx, &Reach::Region, id).await?.ok_or(UndoRefusal::Unknown)?;
    if !event.standing || event.version != version {
        return Err(UndoRefusal::Stale.into());
    }
    if reason.trim().is_empty() {
        return Err(UndoRefusal::ReasonMissing.into());
    }
    if reason.chars().count() > 200 {
        return Err(UndoRefusal::ReasonTooLong.into());
    }
    let change = change_of(tx, &event).await?;
    if event.kind == EventKind::Rename {
        let unit = &change.before[0];
        let name = events::name_before(tx, unit.id, id).await?;
        let (Some(_), Some((name, short_name))) = (store::unit(tx, unit.id).await?, name) else {
            return Err(UndoRefusal::Later.into());
        };
        if store::unit_named(tx, unit.town_id, &name).await?.is_some_and(|other| other != unit.id) {
            return Err(UndoRefusal::NameTaken.into());
        }
        events::take_name_back(tx, unit.id, (&name, &short_name), event.day, id).await?;
        events::restore_codes(tx, id, event.day).await?;
    } else {
        for unit in change.opened() {
            let later = events::events_of(tx, unit).await?.iter().any(|other| other.id != id);
            if later || store::unit(tx, unit).await?.is_none() {
                return Err(UndoRefusal::Later.into());
            }
            if populations::entered_for(tx, unit).await? > 0 {
                return Err(UndoRefusal::Entered.into());
            }
        }
    }
    // The followers first, the highest first: they stand on what goes away.
    for follower in followers.iter().rev() {
        (follower.undo)(tx, &change, actor, now).await?;
    }
    if event.kind != EventKind::Rename {
        take_back(tx, &change, &event, actor, now).await?;
    }
    if !events::undo_event(tx, id, version, reason, (actor, now)).await? {
        return Err(UndoRefusal::Stale.into());
    }
    tx.audit(Audit::new(actor, "places.event.undo", "places_event", id));
    Ok(())
}

async fn take_back(
    tx: &mut Tx,
    change: &Change,
    event: &EventRow,
    actor: Option<i64>,
    now: Moment,
) -> Result<()> {
    for unit in change.opened() {
        if !events::withdraw_unit(tx, unit).await? {
            return Err(UndoRefusal::Stale.into());
        }
        tally::reverse(tx, "places_unit", unit.raw(), actor, now).await?;
    }
    events::restore_codes(tx, event.id, event.day).await?;
    populations::replace_derived(tx, event.id).await?;
    for unit in &change.before {
        // Checked while the unit is closed: the index knows open ones only.
        if store::unit_named(tx, unit.town_id, &unit.name).await?.is_some() {
            return Err(UndoRefusal::NameTaken.into());
        }
        if !events::reopen_unit(tx, unit.id, event.day).await? {
            return Err(UndoRefusal::Stale.into());
        }
        count(tx, unit.id, 1, event.day, actor, now).await?;
    }
    Ok(())
}
