//! Hands all units of a leaving adviser over in one action.

use crate::{
    actions::appoint::{Appointment, appoint},
    store::appointments,
};
use ::store::Tx;
use counsel::Lawyer;
use kernel::{Day, Id, Moment, Refusal, Result};
use places::Unit;

/// Replaces `from` by the named successors; every unit he serves must be named. Returns how many changed.
///
/// # Errors
/// A refusal that names what is missing; nothing has changed then.
pub async fn hand_over(
    tx: &mut Tx,
    actor: Option<i64>,
    from: Id<Lawyer>,
    successors: &[(Id<Unit>, Id<Lawyer>)],
    day: Day,
    reason: &str,
    now: Moment,
) -> Result<usize> {
    let served = appointments::coverage(tx, &web::Reach::Region, None, Some(from)).await?;
    if served.is_empty() {
        return Err(Refusal::conflict("这名法律顾问现在没有服务任何村（社区），无需移交。").into());
    }
    for unit in &served {
        let Some((_, to)) = successors.iter().find(|(id, _)| *id == unit.id) else {
            let message = format!("请为{}选择接任的法律顾问", unit.short_name);
            return Err(Refusal::fields(vec![]).field(format!("to-{}", unit.id), message).into());
        };
        let version = appointments::current(tx, unit.id).await?.map_or(0, |current| current.version);
        let new =
            Appointment { unit: unit.id, lawyer: Some(*to), from: day, reason: reason.to_owned(), version };
        appoint(tx, actor, &new, now).await?;
    }
    Ok(served.len())
}
