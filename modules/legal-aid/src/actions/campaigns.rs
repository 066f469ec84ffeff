//! Switches campaigns on and ends them; asks whether an application belongs to one.

use crate::{
    application::Said,
    campaign::{Campaign, Scope},
    store::campaigns,
};
use ::store::{Audit, Tx};
use kernel::{Day, Fault, Id, Moment, Result};
use web::Actor;

/// The kind of a campaign in audit rows.
const CAMPAIGN: &str = "legal_aid_campaign";

kernel::refusals! {
    /// Why a campaign is not switched on or ended.
    pub(crate) enum CampaignRefusal {
        /// For nobody in particular.
        NoScope => Invalid("person_group"), "请至少选一类人或者一个事项，不然所有申请都成了优先。";
        /// Ends before it begins.
        BadDays => Invalid("ends_on"), "结束日期不能早于开始日期，也不能早于今天。";
        /// Over or unknown.
        Over => Conflict, "这项活动已经结束。";
    }
}

/// Switches one on: applications of these days go first.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn begin(
    tx: &mut Tx,
    actor: &Actor,
    title: &str,
    scope: &Scope,
    now: Moment,
) -> Result<Id<Campaign>> {
    if scope.person_group.is_empty() && scope.matter.is_empty() {
        return Err(CampaignRefusal::NoScope.into());
    }
    if scope.ends_on < scope.starts_on || scope.ends_on < now.day() {
        return Err(CampaignRefusal::BadDays.into());
    }
    let id = campaigns::insert(tx, title, scope, &actor.name, now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.campaign.begin", CAMPAIGN, id));
    Ok(id)
}

/// Ends one with yesterday.
///
/// # Errors
/// A refusal if it is over; a fault if it cannot be written.
pub(crate) async fn end(tx: &mut Tx, actor: &Actor, id: Id<Campaign>, now: Moment) -> Result<()> {
    if !campaigns::end(tx, id, now.day().add_days(-1)).await? {
        return Err(CampaignRefusal::Over.into());
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.campaign.end", CAMPAIGN, id));
    Ok(())
}

/// Whether an application goes first: by itself, or because of a campaign of its day.
pub(crate) async fn goes_first(tx: &mut Tx, said: &Said, day: Day) -> Result<bool, Fault> {
    if said.green {
        return Ok(true);
    }
    let running = campaigns::on(tx, day).await?;
    Ok(running.iter().any(|row| row.scope().covers(day, &said.matter, &said.groups)))
}
