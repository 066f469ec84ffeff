//! Natural persons, organisations and the shared dictionaries, once for all modules.

mod actions;
mod organisation;
mod person;
mod store;
mod term;

pub use actions::add_term::{add_term, install_standard_terms};
pub use actions::register_organisation::find_or_create_organisation;
pub use actions::register_person::find_or_create_person;
pub use organisation::{NewOrganisation, Organisation, OrganisationKind};
pub use person::{NewPerson, Person};
pub use store::organisations::{ORGANISATION_PHONE_FIELD, OrganisationRow, organisation, organisation_in_reach};
pub use store::persons::{ID_FIELD, PHONE_FIELD, PersonRow, person, person_in_reach};
pub use store::terms::{term_name, term_options, terms};
pub use term::{LISTS, NewTerm, Term, TermStatus, list_label, standard_terms};

use web::Module;

/// The module.
#[must_use]
pub fn module() -> Module {
    Module::new("parties", MIGRATIONS)
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231101_term.sql",
    "202611231102_person.sql",
    "202611231103_merge.sql",
    "202611231104_organisation.sql",
];
