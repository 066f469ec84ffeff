//! Natural persons, organisations and the shared dictionaries, once for all modules.

mod actions;
mod checks;
mod exchange;
#[cfg(test)]
mod journeys;
mod organisation;
mod pages;
mod person;
mod personal;
mod policy;
mod reading;
mod retention;
mod store;
mod term;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;

pub use actions::add_term::{add_term, install_standard_terms};
pub use actions::register_organisation::find_or_create_organisation;
pub use actions::register_person::find_or_create_person;
pub use organisation::{NewOrganisation, Organisation, OrganisationKind};
pub use pages::{
    read_unit,
    reveal::{reason_form, show_whole},
};
pub use person::{NewPerson, Person};
pub use personal::{Held, HeldFuture, HeldValue, PersonalData};
pub use reading::{DAILY_QUOTA, QUOTA_SETTING, Reason, Whole, WholeValue};
pub use retention::{CountFuture, Due, DueFuture, PurgeFuture, RetentionPolicy, WARN_DAYS};
pub use store::organisations::{
    ORGANISATION_PHONE_FIELD, OrganisationRow, organisation, organisation_in_reach,
};
pub use store::persons::{
    Found, ID_FIELD, Likeness, PHONE_FIELD, PersonRow, Sought, find as find_persons, person, person_in_reach,
};
pub use store::terms::{term_name, term_options, terms};
pub use term::{LISTS, NewTerm, Term, TermStatus, list_label, standard_terms};

use axum::routing::{get, post};
use web::{Every, Extension, Job, MenuItem, Module, Permission, Role, Routes};

/// Looking at persons and organisations.
pub const READ: Permission =
    Permission::new("parties.read", "查看人员和单位", &[Role::Manager, Role::TownOfficer, Role::Clerk]);
/// Entering and correcting them, deciding about duplicates.
pub const WRITE: Permission =
    Permission::new("parties.write", "登记人员和单位", &[Role::Manager, Role::TownOfficer, Role::Clerk]);
/// Seeing ID numbers and telephones whole, for a reason.
pub const REVEAL: Permission =
    Permission::new("parties.reveal", "查看完整证件号码和电话", &[Role::Manager, Role::Clerk]);
/// Caring for a person's own data: everything held, a copy, restriction, erasure; how long data is kept.
pub const DATA: Permission =
    Permission::new("parties.data", "办理个人信息查阅、限制、删除，管理保存期限", &[Role::Manager]);
/// Seeing who was shown whole numbers, and how many a day there may be.
pub const QUOTA: Permission = Permission::new("parties.quota", "管理号码查看额度", &[Role::SecurityAdmin]);
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
            .page("/persons/{id}/data", DATA, get(pages::data::show))
            .action("/persons/{id}/data/export", DATA, post(pages::data::export))
            .action("/persons/{id}/restrict", DATA, post(pages::data::restrict))
            .action("/persons/{id}/lift", DATA, post(pages::data::lift))
            .page("/persons/{id}/erase", DATA, get(pages::erase::ask))
            .action("/persons/{id}/erase", DATA, post(pages::erase::decide))
            .page("/retention", DATA, get(pages::retention::list))
            .page("/retention.xlsx", DATA, get(pages::retention::export))
            .page("/retention/{key}/edit", DATA, get(pages::retention::edit))
            .action("/retention/{key}/edit", DATA, post(pages::retention::save))
            .action("/retention/marked/{id}/hold", DATA, post(pages::retention::hold))
            .action("/retention/marked/{id}/resume", DATA, post(pages::retention::resume))
            .page("/readings", QUOTA, get(pages::quota::show))
            .action("/readings", QUOTA, post(pages::quota::save))
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
            MenuItem {
                group: "管理",
                label: "个人信息保存期限",
                href: "/retention",
                icon: "calendar",
                permission: DATA,
                order: 650,
            },
            MenuItem {
                group: "管理",
                label: "号码查看额度",
                href: "/readings",
                icon: "search",
                permission: QUOTA,
                order: 615,
            },
        ],
        permissions: &[READ, WRITE, REVEAL, DATA, QUOTA, DICTIONARY_READ, DICTIONARY_WRITE],
        checks: checks::all(),
        jobs: vec![RETENTION],
        extensions: SEALED
            .iter()
            .map(|field| Extension::new(*field))
            .chain([Extension::new(policy::PERSONS)])
            .chain([Extension::new(exchange::PERSONS), Extension::new(exchange::ORGANISATIONS)])
            .chain([Extension::new(exchange::COPY_PERSON)])
            .collect(),
        audit_labels: trail::LABELS,
        ..Module::new("parties", MIGRATIONS)
    }
}

/// Its sealed columns, for changes of keys.
const SEALED: &[::store::SealedField] = &[
    ::store::SealedField {
        table: "parties_person_entry",
        column: "id_sealed",
        field: ID_FIELD,
        blind: Some("id_blind"),
    },
    ::store::SealedField {
        table: "parties_person_entry",
        column: "phone_sealed",
        field: PHONE_FIELD,
        blind: Some("phone_blind"),
    },
    ::store::SealedField {
        table: "parties_organisation_entry",
        column: "phone_sealed",
        field: ORGANISATION_PHONE_FIELD,
        blind: None,
    },
];

/// Every night: what is over is marked, what was warned of is purged.
const RETENTION: Job = Job {
    id: "parties.retention",
    title: "标记和清除到期的个人信息",
    every: Every::Night,
    run: |app| {
        Box::pin(async move {
            let night = actions::retain::retain(app, app.today()).await?;
            Ok(format!(
                "新标记 {} 条，撤销标记 {} 条，清除 {} 条。",
                night.marked, night.released, night.purged
            ))
        })
    },
};

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231101_term.sql",
    "202611231102_person.sql",
    "202611231103_merge.sql",
    "202611231104_organisation.sql",
    "202611241101_person_standing.sql",
    "202611241102_restriction.sql",
    "202611241103_reading.sql",
    "202611241104_period.sql",
    "202611241105_marked.sql",
    "202611290401_name_part.sqlite.sql",
    "202611290401_name_part.postgres.sql",
    "202611290603_area.sql",
];
