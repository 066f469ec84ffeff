//! Says what the ministry's forms ask of a case (统计要素): at any stage, also after the archive, for the figures of a year are
//! looked at when its cases are closed.

use crate::{
    actions::{do_act::ActRefusal, take_application::OBJECT},
    particulars::{Domain, Particulars},
    store::{
        self, Entry,
        events::{self, SPECIFIED},
    },
};
use ::store::{Audit, Tx};
use kernel::{Moment, Result};
use web::Actor;

kernel::refusals! {
    /// Why the particulars are not taken.
    pub(crate) enum SpecifyRefusal {
        /// The result that stands is none of that domain.
        OtherResult => Invalid("domain"), "案件已经结案，结案结果在这一案件类别的报表里没有对应的栏目。请先核对案件类别。";
    }
}

/// Writes the particulars; `entry` is what the person saw.
///
/// # Errors
/// A refusal if they do not go with the result, or somebody was quicker; a fault if they cannot be written.
pub async fn specify(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    said: &Particulars,
    wages: i64,
    now: Moment,
) -> Result<()> {
    let domain = said.settle(&entry.matter, entry.lawyer_kind).domain;
    let crosses = (domain == Domain::Criminal) != (entry.settled().domain == Domain::Criminal);
    if !entry.result.is_empty() && (crosses || !domain.takes(&entry.result)) {
        return Err(SpecifyRefusal::OtherResult.into());
    }
    if !(0..=entry.recovered).contains(&wages) {
        return Err(ActRefusal::TooMuchWages.into());
    }
    if !store::specify(tx, entry, said, wages).await? {
        return Err(ActRefusal::Stale.into());
    }
    events::beside(tx, actor, entry, SPECIFIED, "", now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.case.specify", OBJECT, entry.id));
    Ok(())
}
