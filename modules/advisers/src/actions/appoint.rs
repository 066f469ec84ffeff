//! Appoints a unit's adviser, replacing the one before (律师法 §25; the article: 续聘、签订聘用协议).

use crate::{
    service::COVERED,
    store::appointments::{self, AppointmentId},
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact},
};
use counsel::{Lawyer, LawyerState};
use kernel::{Day, Id, Moment, Result};
use places::Unit;

/// An appointment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// The village or community.
    pub unit: Id<Unit>,
    /// Its adviser from now on; nobody leaves a gap that pages and checks show.
    pub lawyer: Option<Id<Lawyer>>,
    /// The first day of the new one; the one before served until the day before.
    pub from: Day,
    /// Why the one before ends.
    pub reason: String,
    /// The version of the current appointment that the person saw; 0 if there was none.
    pub version: i64,
}

kernel::refusals! {
    /// Why an appointment cannot be made.
    pub(crate) enum AppointRefusal {
        /// No such unit.
        UnknownUnit => NotFound, "没有这个村（社区）。";
        /// No such lawyer.
        UnknownLawyer => Invalid("lawyer"), "请选择一名法律顾问。";
        /// The lawyer has left or is suspended.
        NotActive => Invalid("lawyer"), "该律师已离任或被暂停执业，请另选。";
        /// He is it already.
        Same => Invalid("lawyer"), "该律师已经是这个村（社区）的法律顾问。";
        /// Somebody changed it meanwhile.
        Stale => Conflict, "您打开页面后，别人已经调整了这个村（社区）的法律顾问。请刷新后核对。";
        /// The first day lies before the end of the history.
        TooEarly => Invalid("from"), "起聘日期不能早于现任顾问的起聘日期，也不能与以前的聘期重叠。";
        /// The first day lies in the future.
        Future => Invalid("from"), "起聘日期不能晚于今天。";
        /// A replacement needs a reason.
        ReasonMissing => Invalid("reason"), "请写明更换原因，例如：转所、聘期届满、村（社区）要求更换。";
        /// There is nothing to end.
        NothingToEnd => Conflict, "这个村（社区）现在没有法律顾问。";
    }
}

/// Makes the appointment; returns it (nothing when the post is left vacant).
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn appoint(
    tx: &mut Tx,
    actor: Option<i64>,
    new: &Appointment,
    now: Moment,
) -> Result<Option<Id<AppointmentId>>> {
    if places::unit(tx, new.unit).await?.is_none() {
        return Err(AppointRefusal::UnknownUnit.into());
    }
    if new.from > now.day() {
        return Err(AppointRefusal::Future.into());
    }
    let before = appointments::current(tx, new.unit).await?;
    if before.as_ref().map_or(0, |current| current.version) != new.version {
        return Err(AppointRefusal::Stale.into());
    }
    if let Some(lawyer) = new.lawyer {
        let lawyer = counsel::lawyer(tx, lawyer).await?.ok_or(AppointRefusal::UnknownLawyer)?;
        if lawyer.state != LawyerState::Active {
            return Err(AppointRefusal::NotActive.into());
        }
    }
    match &before {
        Some(current) => {
            if new.lawyer == Some(current.lawyer_id) {
                return Err(AppointRefusal::Same.into());
            }
            if new.reason.trim().is_empty() {
                return Err(AppointRefusal::ReasonMissing.into());
            }
            if new.from <= current.since {
                return Err(AppointRefusal::TooEarly.into());
            }
            appointments::end(tx, current.appointment_id, new.from.add_days(-1), &new.reason).await?;
            count(tx, actor, new.unit, current.appointment_id, -1, new.from, now).await?;
            if new.lawyer.is_none() && !appointments::clear_current(tx, new.unit, new.version).await? {
                return Err(AppointRefusal::Stale.into());
            }
        }
        None if new.lawyer.is_none() => return Err(AppointRefusal::NothingToEnd.into()),
        None => {
            if appointments::last_day_used(tx, new.unit).await?.is_some_and(|last| new.from <= last) {
                return Err(AppointRefusal::TooEarly.into());
            }
        }
    }
    let Some(lawyer) = new.lawyer else {
        tx.audit(Audit::new(actor, "advisers.appointment.end", "places_unit", new.unit));
        return Ok(None);
    };
    let id = appointments::insert(tx, new.unit, lawyer, new.from, actor, now).await?;
    if !appointments::set_current(tx, new.unit, lawyer, id, new.from, new.version).await? {
        return Err(AppointRefusal::Stale.into());
    }
    count(tx, actor, new.unit, id, 1, new.from, now).await?;
    let details = serde_json::json!({ "unit": new.unit.to_string(), "lawyer": lawyer.to_string(), "from": new.from.to_string() });
    tx.audit(Audit::new(actor, "advisers.appointment.make", "advisers_appointment", id).with(&details));
    Ok(Some(id))
}

async fn count(
    tx: &mut Tx,
    actor: Option<i64>,
    unit: Id<Unit>,
    appointment: Id<AppointmentId>,
    quantity: i64,
    day: Day,
    now: Moment,
) -> Result<()> {
    let fact = Fact {
        entered_by: actor,
        ..Fact::new(COVERED, quantity, day, unit, "advisers_appointment", appointment)
    };
    tally::record(tx, &fact, now).await?;
    Ok(())
}
