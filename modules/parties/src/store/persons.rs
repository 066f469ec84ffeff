//! Statements over natural persons.

use crate::person::{NewPerson, Person};
use kernel::{Fault, Id, Phone};
use store::{Tx, params};

/// The name under which ID numbers of persons are sealed.
pub const ID_FIELD: &str = "parties_person_entry.id_number";
/// The name under which telephones of persons are sealed.
pub const PHONE_FIELD: &str = "parties_person_entry.phone";

/// The person who has that ID number (the one kept, if records were merged).
pub(crate) async fn with_id_number(tx: &mut Tx, id_number: &str) -> Result<Option<Id<Person>>, Fault> {
    let blind = tx.db().keys().blind(ID_FIELD, id_number);
    let found: Option<(Id<Person>,)> = tx
        .optional(
            "select coalesce(merged_into, id) as id from parties_person_entry where region_id = $1 and id_blind = $2",
            params![tx.region()?, blind],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The person of that name who has that telephone.
pub(crate) async fn with_name_and_phone(tx: &mut Tx, name: &str, phone: &Phone) -> Result<Option<Id<Person>>, Fault> {
    let blind = tx.db().keys().blind(PHONE_FIELD, phone.as_str());
    let found: Option<(Id<Person>,)> = tx
        .optional(
            "select coalesce(merged_into, id) as id from parties_person_entry where region_id = $1 and phone_blind = $2 and name = $3 order by id limit 1",
            params![tx.region()?, blind, name],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

pub(crate) async fn insert(tx: &mut Tx, id: Id<Person>, person: &NewPerson) -> Result<(), Fault> {
    let (id_sealed, id_blind) = match &person.id_number {
        Some(number) => (Some(tx.db().keys().seal(ID_FIELD, number.expose())?), Some(tx.db().keys().blind(ID_FIELD, number.expose()))),
        None => (None, None),
    };
    let (phone_sealed, phone_blind) = match &person.phone {
        Some(phone) => (Some(tx.db().keys().seal(PHONE_FIELD, phone.as_str())?), Some(tx.db().keys().blind(PHONE_FIELD, phone.as_str()))),
        None => (None, None),
    };
    let at = tx.db().wall().now();
    tx.execute(
        "insert into parties_person_entry
             (id, region_id, name, initials, sex, birth, id_sealed, id_blind, phone_sealed, phone_blind, unit_id, address, groups, note, entered_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)",
        params![
            id, tx.region()?, person.name, places::initials(&person.name), person.sex_text(), person.birth_day(), id_sealed, id_blind,
            phone_sealed, phone_blind, person.unit, person.address, person.groups.join(";"), person.note, at
        ],
    )
    .await?;
    Ok(())
}
