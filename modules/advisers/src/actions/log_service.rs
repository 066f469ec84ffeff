//! Writes a service into the book: one row and one fact per village.

use crate::{
    service::{Deed, Service},
    store::{
        appointments,
        services::{self, NewRow},
    },
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use counsel::Lawyer;
use kernel::{Id, Moment, Result};
use places::Unit;

/// A service to be written down.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The village.
    pub unit: Id<Unit>,
    /// What was done.
    pub deed: Deed,
    /// The adviser who keys in for himself; nobody when somebody else does it for the adviser of that day.
    pub own: Option<Id<Lawyer>>,
}

kernel::refusals! {
    /// Why a service cannot be written down.
    pub(crate) enum LogRefusal {
        /// No such unit.
        UnknownUnit => Invalid("unit"), "请选择村（社区）。";
        /// Nobody was appointed there on that day.
        NobodyThen => Invalid("happened_on"), "这个村（社区）当天没有在聘的法律顾问，请核对日期。";
        /// Somebody else was appointed there on that day.
        NotYours => Invalid("unit"), "您当天不是这个村（社区）的法律顾问。如果日期无误，请联系司法所。";
        /// Nothing to write.
        Nothing => Invalid("unit"), "请至少选择一个村（社区）和一项服务。";
    }
}

/// Writes the entries down as one batch; returns the ids of their rows. All or none.
///
/// # Errors
/// A refusal by name; a fault if they cannot be written.
pub async fn log_service(
    tx: &mut Tx,
    actor: Option<i64>,
    entries: &[Entry],
    now: Moment,
) -> Result<Vec<Id<Service>>> {
    if entries.is_empty() {
        return Err(LogRefusal::Nothing.into());
    }
    let mut ids = Vec::with_capacity(entries.len());
    for entry in entries {
        let deed = &entry.deed;
        deed.check(now.day())?;
        let lawyer = match appointments::adviser_on(tx, entry.unit, deed.happened_on).await? {
            Some(lawyer) if entry.own.is_none_or(|own| own == lawyer) => lawyer,
            Some(_) => return Err(LogRefusal::NotYours.into()),
            None if places::unit(tx, entry.unit).await?.is_none() => {
                return Err(LogRefusal::UnknownUnit.into());
            }
            None => return Err(LogRefusal::NobodyThen.into()),
        };
        let id: Id<Service> = tx.new_id()?;
        let batch = ids.first().copied().unwrap_or(id);
        let on_behalf = entry.own.is_none();
        let row = NewRow {
            id,
            batch,
            unit: entry.unit,
            lawyer,
            deed,
            entered_at: now,
            entered_by: actor,
            on_behalf,
        };
        services::insert(tx, &row).await?;
        tally::record(tx, &fact(deed, entry.unit, lawyer, id, actor), now).await?;
        ids.push(id);
    }
    if let Some(first) = ids.first() {
        let audit = Audit::new(actor, "advisers.service.log", "advisers_service", *first);
        tx.audit(if ids.len() == 1 { audit } else { audit.with(&serde_json::json!({ "rows": ids.len() })) });
    }
    Ok(ids)
}

/// The fact of a row.
pub(crate) fn fact(
    deed: &Deed,
    unit: Id<Unit>,
    lawyer: Id<Lawyer>,
    id: Id<Service>,
    actor: Option<i64>,
) -> Fact {
    Fact {
        served_by: Some(lawyer.raw()),
        entered_by: actor,
        people: deed.people,
        matter: deed.matter.clone(),
        channel: deed.kind.channel().to_owned(),
        campaign: deed.campaign.clone(),
        ..Fact::new(deed.kind.measure(), deed.quantity, deed.happened_on, unit, "advisers_service", id)
    }
}
