//! Enters a person, unless they are known already.

use crate::{
    person::{NewPerson, Person},
    store::persons,
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// The person with that ID number, or with that name and telephone; else a new one. The flag says whether it is new.
///
/// # Errors
/// A fault if it cannot be read or written.
pub async fn find_or_create_person(
    tx: &mut Tx,
    actor: Option<i64>,
    person: &NewPerson,
) -> Result<(Id<Person>, bool)> {
    if let Some(number) = &person.id_number {
        if let Some(known) = persons::with_id_number(tx, number.expose()).await? {
            return Ok((known, false));
        }
    } else if let Some(phone) = &person.phone
        && let Some(known) = persons::with_name_and_phone(tx, &person.name, phone).await?
    {
        return Ok((known, false));
    }
    let id = tx.new_id()?;
    persons::insert(tx, id, person).await?;
    tx.audit(Audit::new(actor, "parties.person.register", "parties_person", id));
    Ok((id, true))
}
