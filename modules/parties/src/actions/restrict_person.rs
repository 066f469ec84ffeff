//! Restricts the processing of a person's data, and lifts the restriction (个人信息保护法第四十四条).

use crate::{
    person::{Ground, Person},
    store::standing,
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why nothing changes.
    pub(crate) enum RestrictRefusal {
        /// No such person.
        Unknown => NotFound, "没有这个人。";
        /// The record was merged.
        Merged => Conflict, "这条记录已并入另一条，请在保留的那条上办理。";
        /// Nothing is left to restrict.
        Purged => Conflict, "这条记录的个人信息已经清除，不用再办理。";
        /// It is restricted.
        Already => Conflict, "已经在限制处理中。";
        /// It is not.
        NotRestricted => Conflict, "没有在限制处理中，不用解除。";
    }
}

/// The record must be there, whole and its own.
pub(crate) async fn standing_alone(tx: &mut Tx, id: Id<Person>) -> Result<standing::Standing> {
    let standing = standing::of(tx, id).await?.ok_or(RestrictRefusal::Unknown)?;
    if standing.purged {
        return Err(RestrictRefusal::Purged.into());
    }
    if standing.merged {
        return Err(RestrictRefusal::Merged.into());
    }
    Ok(standing)
}

/// From now on the person is in no list, search, comparison or mailing; a manager sees them for a reason.
pub(crate) async fn restrict(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Person>,
    ground: Ground,
    reason: &str,
    today: Day,
) -> Result<()> {
    standing_alone(tx, id).await?;
    if !standing::restrict(tx, id, ground, reason, today, actor).await? {
        return Err(RestrictRefusal::Already.into());
    }
    let details = serde_json::json!({ "ground": ground.as_str() });
    tx.audit(Audit::new(actor, "parties.person.restrict", "parties_person", id).with(&details));
    Ok(())
}

/// The person's data may be used again.
pub(crate) async fn lift(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Person>,
    reason: &str,
    today: Day,
) -> Result<()> {
    standing_alone(tx, id).await?;
    if !standing::lift(tx, id, reason, today, actor).await? {
        return Err(RestrictRefusal::NotRestricted.into());
    }
    tx.audit(Audit::new(actor, "parties.person.lift", "parties_person", id));
    Ok(())
}
