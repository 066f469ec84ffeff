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
