//! Corrects or withdraws a row of the service book; the original stays visible.

use crate::{
    actions::log_service::fact,
    service::{Deed, Service},
    store::{
        carries,
        services::{self, ServiceRow},
    },
};
use ::store::{Audit, Tx, tally};
use kernel::{Id, Moment, Result};
use web::{Actor, Reach, Role};

/// An adviser may correct his own entries for this long; afterwards his town officer does.
const OWN_DAYS: i64 = 7;
const REASON_MAX: usize = 200;

kernel::refusals! {
    /// Why a row cannot be corrected.
    pub(crate) enum CorrectRefusal {
        /// Not there, or out of reach.
        Unknown => NotFound, "没有这条服务记录。";
        /// Withdrawn already.
        Withdrawn => Conflict, "这条记录已经作废，不能再改。";
        /// Somebody else changed it meanwhile.
        Stale => Conflict, "您填写期间，别人已经更正了这条记录。请核对后再改。";
        /// No reason.
        ReasonMissing => Invalid("reason"), "请写明更正原因，原记录会保留。";
        /// Too long a reason.
        ReasonTooLong => Invalid("reason"), "更正原因请控制在 200 个字以内。";
        /// The adviser's own time is over.
        TooLate => Forbidden, "登记超过 7 天的记录，请联系司法所更正。";
        /// The lawyer did not serve there on the corrected day.
        NotThen => Invalid("happened_on"), "该法律顾问当天不在聘，请核对日期。";
    }
}

async fn load(
    tx: &mut Tx,
    actor: &Actor,
    id: Id<Service>,
    version: i64,
    reason: &str,
    now: Moment,
) -> Result<ServiceRow> {
    let was = services::service(tx, &actor.reach(), id).await?.ok_or(CorrectRefusal::Unknown)?;
    if !was.standing {
        return Err(CorrectRefusal::Withdrawn.into());
    }
    if was.version != version {
        return Err(CorrectRefusal::Stale.into());
    }
    if reason.trim().is_empty() {
        return Err(CorrectRefusal::ReasonMissing.into());
    }
    if reason.chars().count() > REASON_MAX {
        return Err(CorrectRefusal::ReasonTooLong.into());
    }
    if actor.roles == [Role::Adviser] && !may_still(&was, &actor.reach(), now) {
        return Err(CorrectRefusal::TooLate.into());
    }
    Ok(was)
}

/// Whether an adviser may still correct a row himself.
pub(crate) fn may_still(row: &ServiceRow, reach: &Reach, now: Moment) -> bool {
    match reach {
        Reach::Lawyer(_) => row.entered_at.day().days_until(now.day()) <= OWN_DAYS,
        _ => true,
    }
}

/// Corrects a row: keeps what it said, reverses its facts, records the new ones.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn correct_service(
    tx: &mut Tx,
    actor: &Actor,
    id: Id<Service>,
    version: i64,
    deed: &Deed,
    reason: &str,
    now: Moment,
) -> Result<()> {
    let was = load(tx, actor, id, version, reason, now).await?;
    deed.check(now.day())?;
    let then = match crate::adviser_on(tx, was.unit_id, deed.happened_on).await? {
        Some(lawyer) => Some(lawyer),
        None => carries::adviser_after_end(tx, was.unit_id, deed.happened_on).await?,
    };
    if then != Some(was.lawyer_id) {
        return Err(CorrectRefusal::NotThen.into());
    }
    services::keep_revision(tx, &was, now, (Some(actor.id), &actor.name), reason).await?;
    if !services::update(tx, id, version, deed, "standing").await? {
        return Err(CorrectRefusal::Stale.into());
    }
    tally::reverse(tx, "advisers_service", id.raw(), Some(actor.id), now).await?;
    tally::record(tx, &fact(deed, was.unit_id, was.lawyer_id, id, Some(actor.id)), now).await?;
    tx.audit(Audit::new(Some(actor.id), "advisers.service.correct", "advisers_service", id));
    Ok(())
}

/// Withdraws a row: it stays in the book, marked, and no longer counts.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn withdraw_service(
    tx: &mut Tx,
    actor: &Actor,
    id: Id<Service>,
    version: i64,
    reason: &str,
    now: Moment,
) -> Result<()> {
    let was = load(tx, actor, id, version, reason, now).await?;
    services::keep_revision(tx, &was, now, (Some(actor.id), &actor.name), reason).await?;
    let deed = Deed {
        kind: was.kind,
        quantity: was.quantity,
        happened_on: was.happened_on,
        people: was.people,
        matter: was.matter.clone(),
        campaign: was.campaign.clone(),
        note: was.note.clone(),
    };
    if !services::update(tx, id, version, &deed, "withdrawn").await? {
        return Err(CorrectRefusal::Stale.into());
    }
    tally::reverse(tx, "advisers_service", id.raw(), Some(actor.id), now).await?;
    tx.audit(Audit::new(Some(actor.id), "advisers.service.withdraw", "advisers_service", id));
    Ok(())
}
