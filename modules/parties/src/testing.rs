//! Builders for tests.

use crate::{NewOrganisation, NewPerson, OrganisationKind};
use kernel::Id;
use places::Unit;

/// A person of that name in that village, nothing else known.
#[must_use]
pub fn a_person(name: &str, unit: Option<Id<Unit>>) -> NewPerson {
    NewPerson { name: name.to_owned(), unit, ..NewPerson::default() }
}

/// An enterprise of that name in that village, nothing else known.
#[must_use]
pub fn an_enterprise(name: &str, unit: Option<Id<Unit>>) -> NewOrganisation {
    NewOrganisation {
        name: name.to_owned(),
        kind: OrganisationKind::Enterprise,
        uscc: None,
        contact: String::new(),
        phone: None,
        unit,
        address: String::new(),
        industry: String::new(),
        note: String::new(),
    }
}

/// The tables that the tables of this module stand on, with its own.
#[must_use]
pub fn migrations() -> Vec<::store::Migration> {
    [places::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// Puts a person's data under restriction, without the page that asks why.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn restrict(tx: &mut ::store::Tx, person: kernel::Id<crate::Person>) -> Result<(), kernel::Fault> {
    tx.execute("update parties_person_entry set restricted = 1 where id = $1", ::store::params![person])
        .await?;
    Ok(())
}

/// Loses an ending of names from the index: a fault that searches must show.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn lose_name_part(tx: &mut ::store::Tx, part: &str) -> Result<(), kernel::Fault> {
    tx.execute("delete from parties_name_part_entry where part = $1", ::store::params![part]).await?;
    Ok(())
}
