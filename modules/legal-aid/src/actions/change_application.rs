//! Corrects what an application says, as long as nothing was decided on it; afterwards the decision would rest on other
//! words than those it was made on.

use crate::{
    actions::{
        campaigns::goes_first,
        take_application::{OBJECT, check_said},
    },
    application::Said,
    clock::clocks,
    store::{
        self, Entry,
        events::{self, CHANGED},
        rules,
    },
};
use ::store::{Audit, Tx};
use kernel::{Calendar, Moment, Result};
use web::Actor;

kernel::refusals! {
    /// Why an application is not changed.
    pub(crate) enum ChangeRefusal {
        /// It was decided on.
        Decided => Conflict, "已经作出决定或者已经指派的案件，申请内容不能再改。需要说明的，请用“备注”。";
        /// Somebody else saved meanwhile: the page shows both.
        Stale => Conflict, "刚才有人修改过，请核对两边的内容。";
    }
}

/// Whether the application can still be corrected: nothing is decided on it.
pub(crate) fn is_open(entry: &Entry) -> bool {
    entry.facts().examination().is_some()
}

/// Writes what the application says anew; `version` is the one the person saw.
///
/// # Errors
/// A refusal if it was decided on or changed meanwhile; a fault if it cannot be written.
pub(crate) async fn change_application(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    version: i64,
    said: &Said,
    now: Moment,
) -> Result<()> {
    if !is_open(entry) {
        return Err(ChangeRefusal::Decided.into());
    }
    check_said(said)?;
    // A campaign of the day it was received stays what it was.
    let green = goes_first(tx, said, entry.received_at.day()).await?;
    let said = &Said { green, ..said.clone() };
    if !store::rewrite(tx, entry, version, said).await? {
        return Err(ChangeRefusal::Stale.into());
    }
    let rules = rules::load(tx).await?;
    let running = clocks(&entry.facts(), &rules, &Calendar::published(), now);
    store::reorder(tx, entry.id, store::urgency(&entry.facts(), said.green, &running)).await?;
    events::beside(tx, actor, entry, CHANGED, "", now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.case.change", OBJECT, entry.id));
    Ok(())
}
