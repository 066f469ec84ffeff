//! Whether a case may be offered to a lawyer: in practice, not barred, and without a conflict of interest, or with one
//! that somebody looked into (律师法第三十九条).

use crate::{
    actions::do_act::{ActRefusal, Saying},
    conflict::{Asked, words},
    store::{Entry, conflicts},
};
use ::store::Tx;
use kernel::{Day, Refusal, Result};

/// A conflict that was looked into and set aside.
#[derive(Debug, Clone)]
pub(crate) struct Cleared {
    /// What was found, and why it is none; kept with the event.
    pub(crate) words: String,
    /// Which kinds were found, for the audit trail.
    pub(crate) kinds: Vec<&'static str>,
}

/// Refuses with what speaks against the lawyer; says what was set aside, if something was found and set aside.
pub(crate) async fn check_offer(
    tx: &mut Tx,
    entry: &Entry,
    saying: &Saying,
    today: Day,
) -> Result<Option<Cleared>> {
    let Some(id) = saying.lawyer else { return Err(ActRefusal::NoLawyer.into()) };
    let known = counsel::lawyer(tx, id).await?;
    let Some(lawyer) = known.filter(|lawyer| lawyer.state == counsel::LawyerState::Active) else {
        return Err(ActRefusal::LawyerGone.into());
    };
    let asked = Asked { id, firm: lawyer.firm_id, kind: lawyer.kind, licensed_since: lawyer.licensed_since };
    let against = conflicts::findings(tx, entry, today).await?.against(asked, &entry.matter, today);
    let barred: Vec<_> = against.iter().filter(|one| one.kind.is_final()).cloned().collect();
    let name = &lawyer.name;
    if !barred.is_empty() {
        let why = words(&barred);
        return Err(Refusal::conflict(format!("不能指派{name}：{why}。请选择其他律师。")).into());
    }
    if against.is_empty() {
        return Ok(None);
    }
    let found = words(&against);
    let Some(why) = &saying.cleared else {
        return Err(Refusal::conflict(format!(
            "{name}可能有利益冲突：{found}。请选择其他律师；核实后确实没有冲突的，勾选“已核实不构成利益冲突”并写明核实情况。"
        ))
        .into());
    };
    if why.trim().is_empty() {
        return Err(ActRefusal::NotLookedInto.into());
    }
    let kinds = against.iter().map(|one| one.kind.code()).collect();
    Ok(Some(Cleared { words: format!("{found}。核实情况：{}", why.trim()), kinds }))
}
