//! A person wants their data erased: it goes at once, or is restricted until it may go (个人信息保护法第四十七条).

use crate::{
    actions::{restrict_person, retain},
    person::{Ground, Person},
    personal::{self, Erasure, Held},
    policy::PERSONS,
    store::{persons, retention, standing},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};
use web::App;

/// What stands in the way of an erasure, with everything that other modules hold.
pub(crate) async fn consider(
    app: &App,
    tx: &mut Tx,
    id: Id<Person>,
    today: Day,
) -> Result<(Erasure, Vec<(&'static str, Vec<Held>)>)> {
    let person = persons::person_whatever(tx, id).await?.ok_or(restrict_person::RestrictRefusal::Unknown)?;
    let held = personal::held_about(app, tx, &person).await?;
    let mut matters = Vec::new();
    for matter in held.iter().flat_map(|(_, held)| held) {
        let until = match matter.policy {
            Some(key) => retain::kept_until(app, tx, key, matter.last, today).await?,
            None => matter.last,
        };
        matters.push((matter.open, until));
    }
    let erasure = match personal::erasure(&matters, today) {
        Erasure::Now if retention::is_held(tx, PERSONS.key, id.raw()).await? => Erasure::HeldBack,
        erasure => erasure,
    };
    Ok((erasure, held))
}

/// Does what the law demands; says which it was.
pub(crate) async fn erase(
    app: &App,
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Person>,
    reason: &str,
    today: Day,
) -> Result<Erasure> {
    let standing = restrict_person::standing_alone(tx, id).await?;
    let (erasure, _) = consider(app, tx, id, today).await?;
    if erasure == Erasure::Now {
        standing::purge(tx, id.raw()).await?;
        tx.audit(Audit::new(actor, "parties.person.erase", "parties_person", id));
    } else if !standing.restricted {
        restrict_person::restrict(tx, actor, id, Ground::Erasure, reason, today).await?;
    }
    Ok(erasure)
}
