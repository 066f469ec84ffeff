//! Enters a person, unless they are known already.

use crate::{
    person::{NewPerson, Person},
    store::{persons, standing},
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

kernel::refusals! {
    /// Why nobody is entered.
    pub(crate) enum RegisterPersonRefusal {
        /// Their data must not be used.
        Restricted => Conflict, "这个人的信息正在限制处理，暂时不能登记使用。请联系区司法局业务主管。";
    }
}

/// The person with that ID number, or with that name and telephone; else a new one. The flag says whether it is new.
///
/// # Errors
/// A refusal if the known record is under restriction; a fault if it cannot be read or written.
pub async fn find_or_create_person(
    tx: &mut Tx,
    actor: Option<i64>,
    person: &NewPerson,
) -> Result<(Id<Person>, bool)> {
    if let Some(number) = &person.id_number {
        if let Some(known) = persons::with_id_number(tx, number.expose()).await? {
            return in_use(tx, known).await;
        }
    } else if let Some(phone) = &person.phone
        && let Some(known) = persons::with_name_and_phone(tx, &person.name, phone).await?
    {
        return in_use(tx, known).await;
    }
    let id = tx.new_id()?;
    persons::insert(tx, id, person).await?;
    tx.audit(Audit::new(actor, "parties.person.register", "parties_person", id));
    Ok((id, true))
}

async fn in_use(tx: &mut Tx, known: Id<Person>) -> Result<(Id<Person>, bool)> {
    if standing::of(tx, known).await?.is_some_and(|standing| standing.restricted) {
        return Err(RegisterPersonRefusal::Restricted.into());
    }
    Ok((known, false))
}
