//! A lawyer leaves: every case on that desk goes to somebody else in one action, or none does.

use crate::{
    act::Act,
    actions::do_act::{Saying, do_act},
    case::Case,
    store::{self, handlers},
};
use ::store::Tx;
use counsel::Lawyer;
use kernel::{Fault, Id, Moment, Refusal, Result};
use web::Actor;

kernel::refusals! {
    /// Why nothing is handed over.
    pub(crate) enum HandOverRefusal {
        /// No successor for a case.
        NotAll => Conflict, "还有案件没有选新的承办律师，或者名单刚刚变了。请每件都选好再提交。";
        /// Nothing to hand over.
        Nothing => Conflict, "这位律师手上没有在办的案件。";
        /// No reason.
        NoReason => Invalid("words"), "请写明原因和交接要求，受援人和新的承办律师都要靠它知道。";
        /// To whom it was taken from.
        Same => Conflict, "新的承办律师不能是同一位律师。";
    }
}

/// Replaces the lawyer in all open cases: `successors` names one for each of them.
///
/// # Errors
/// A refusal that names the case that cannot be handed over; a fault if it cannot be written.
pub(crate) async fn hand_over(
    tx: &mut Tx,
    actor: &Actor,
    from: Id<Lawyer>,
    successors: &[(Id<Case>, Id<Lawyer>)],
    words: &str,
    now: Moment,
) -> Result<usize> {
    if words.trim().is_empty() {
        return Err(HandOverRefusal::NoReason.into());
    }
    let open = handlers::open_cases(tx, from).await?;
    if open.is_empty() {
        return Err(HandOverRefusal::Nothing.into());
    }
    for (case,) in &open {
        let Some((_, to)) = successors.iter().find(|(id, _)| id == case) else {
            return Err(HandOverRefusal::NotAll.into());
        };
        if *to == from {
            return Err(HandOverRefusal::Same.into());
        }
        let saying = Saying { words: words.to_owned(), ..Saying::default() };
        step(tx, actor, *case, Act::Replace, &saying, now).await?;
        let saying = Saying { lawyer: Some(*to), ..saying };
        step(tx, actor, *case, Act::Offer, &saying, now).await?;
    }
    Ok(open.len())
}

/// One act on a case; what refuses it is told with the case's number.
async fn step(
    tx: &mut Tx,
    actor: &Actor,
    case: Id<Case>,
    act: Act,
    saying: &Saying,
    now: Moment,
) -> Result<()> {
    let entry = store::entry(tx, &actor.reach(), case).await?.ok_or_else(|| Fault::new("no case"))?;
    let number = entry.official_number.clone().unwrap_or_else(|| entry.id.to_string());
    match do_act(tx, actor, &entry, act, saying, now).await {
        Err(kernel::Error::Refused(refusal)) => {
            Err(Refusal::conflict(format!("{number}：{}", refusal.message)).into())
        }
        done => done,
    }
}
