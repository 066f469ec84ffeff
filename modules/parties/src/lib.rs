//! Natural persons, organisations and the shared dictionaries, once for all modules.

mod actions;
mod organisation;
mod pages;
mod person;
mod store;
mod term;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use actions::add_term::{add_term, install_standard_terms};
pub use actions::register_organisation::find_or_create_organisation;
pub use actions::register_person::find_or_create_person;
pub use organisation::{NewOrganisation, Organisation, OrganisationKind};
pub use person::{NewPerson, Person};
pub use store::organisations::{
    ORGANISATION_PHONE_FIELD, OrganisationRow, organisation, organisation_in_reach,
};
pub use store::persons::{ID_FIELD, PHONE_FIELD, PersonRow, person, person_in_reach};
pub use store::terms::{term_name, term_options, terms};
pub use term::{LISTS, NewTerm, Term, TermStatus, list_label, standard_terms};

use axum::routing::{get, post};
use web::{MenuItem, Module, Permission, Role, Routes};

/// Looking at persons and organisations.
pub const READ: Permission =
    Permission::new("parties.read", "查看人员和单位", &[Role::Manager, Role::TownOfficer, Role::Clerk]);
/// Entering and correcting them, deciding about duplicates.
pub const WRITE: Permission =
    Permission::new("parties.write", "登记人员和单位", &[Role::Manager, Role::TownOfficer, Role::Clerk]);
/// Seeing ID numbers and telephones whole, for a reason.
pub const REVEAL: Permission =
    Permission::new("parties.reveal", "查看完整证件号码和电话", &[Role::Manager, Role::Clerk]);
/// Looking at the dictionaries.
pub const DICTIONARY_READ: Permission = Permission::new(
    "parties.dictionary.read",
    "查看字典",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk, Role::SystemAdmin],
);
/// Adding and ending terms of the dictionaries.
pub const DICTIONARY_WRITE: Permission =
    Permission::new("parties.dictionary.write", "维护字典", &[Role::Manager, Role::SystemAdmin]);

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/persons", READ, get(pages::persons::list))
            .page("/persons.xlsx", READ, get(pages::persons::export))
            .page("/persons/find", READ, get(pages::person_find::ask))
            .action("/persons/find", READ, post(pages::person_find::answer))
            .action("/persons/blank", WRITE, post(pages::person_edit::blank))
            .action("/persons/new", WRITE, post(pages::person_edit::create))
            .page("/persons/duplicates", WRITE, get(pages::duplicates::list))
            .action("/persons/duplicates", WRITE, post(pages::duplicates::decide))
            .page("/persons/{id}", READ, get(pages::person::show))
            .action("/persons/{id}/reveal", REVEAL, post(pages::person::reveal))
            .action("/persons/{id}/unmerge", WRITE, post(pages::person::unmerge))
            .page("/persons/{id}/edit", WRITE, get(pages::person_edit::edit))
            .action("/persons/{id}/edit", WRITE, post(pages::person_edit::save))
            .page("/organisations", READ, get(pages::organisations::list))
            .page("/organisations.xlsx", READ, get(pages::organisations::export))
            .page("/organisations/find", READ, get(pages::organisation_find::ask))
            .action("/organisations/find", READ, post(pages::organisation_find::answer))
            .action("/organisations/blank", WRITE, post(pages::organisation_edit::blank))
            .action("/organisations/new", WRITE, post(pages::organisation_edit::create))
            .page("/organisations/{id}", READ, get(pages::organisation::show))
            .action("/organisations/{id}/reveal", REVEAL, post(pages::organisation::reveal))
            .page("/organisations/{id}/edit", WRITE, get(pages::organisation_edit::edit))
            .action("/organisations/{id}/edit", WRITE, post(pages::organisation_edit::save))
            .page("/dictionaries", DICTIONARY_READ, get(pages::dictionaries::list))
            .page("/dictionaries.xlsx", DICTIONARY_READ, get(pages::dictionaries::export))
            .page("/dictionaries/{list}", DICTIONARY_READ, get(pages::terms::show))
            .page("/dictionaries/{list}/new", DICTIONARY_WRITE, get(pages::terms::blank))
            .action("/dictionaries/{list}/new", DICTIONARY_WRITE, post(pages::terms::create))
            .page("/dictionaries/{list}/{id}/end", DICTIONARY_WRITE, get(pages::terms::ask_end))
            .action("/dictionaries/{list}/{id}/end", DICTIONARY_WRITE, post(pages::terms::end)),
        menu: vec![
            MenuItem {
                group: "名册",
                label: "人员",
                href: "/persons",
                icon: "user",
                permission: READ,
                order: 430,
            },
            MenuItem {
                group: "名册",
                label: "单位",
                href: "/organisations",
                icon: "building",
                permission: READ,
                order: 440,
            },
            MenuItem {
                group: "管理",
                label: "字典",
                href: "/dictionaries",
                icon: "list",
                permission: DICTIONARY_READ,
                order: 640,
            },
        ],
        permissions: &[READ, WRITE, REVEAL, DICTIONARY_READ, DICTIONARY_WRITE],
        ..Module::new("parties", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231101_term.sql",
    "202611231102_person.sql",
    "202611231103_merge.sql",
    "202611231104_organisation.sql",
];
