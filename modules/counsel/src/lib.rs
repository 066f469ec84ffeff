//! Law firms and lawyers: who may be made adviser of a village (选优配强).

mod actions;
mod exchange;
mod firm;
mod lawyer;
mod pages;
mod personal;
mod retainer;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;

pub use actions::change_state::leave;
pub use actions::open_firm::{NewFirm, open_firm};
pub use actions::register_lawyer::{NewLawyer, register_lawyer};
pub use actions::retain::{NewRetainer, retain};
pub use firm::{Firm, FirmKind, FirmState};
pub use lawyer::{
    DisciplineKind, FIRM_PHONE_FIELD, Grade, Lawyer, LawyerKind, LawyerState, PHONE_FIELD, firm_phone, phone,
    practice_years,
};
pub use retainer::{Holder, Retainer, RetainerKind, name_key};
pub use store::{FirmRow, LawyerRow, firm, firms, lawyer, lawyers};

use axum::routing::{get, post};
use web::{Extension, MenuItem, Module, Permission, Role, Routes};

/// Looking at the register of firms and lawyers.
pub const READ: Permission = Permission::new(
    "counsel.read",
    "查看律师和律所名册",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk, Role::Firm],
);
/// Changing it.
pub const WRITE: Permission = Permission::new("counsel.write", "维护律师和律所名册", &[Role::Manager]);

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/lawyers", READ, get(pages::lawyers::list))
            .page("/lawyers.xlsx", READ, get(pages::lawyers::export))
            .page("/lawyers/new", WRITE, get(pages::lawyer_edit::blank))
            .action("/lawyers/new", WRITE, post(pages::lawyer_edit::create))
            .page("/lawyers/{id}", READ, get(pages::lawyer::show))
            .page("/lawyers/{id}/edit", WRITE, get(pages::lawyer_edit::edit))
            .action("/lawyers/{id}/edit", WRITE, post(pages::lawyer_edit::save))
            .page("/lawyers/{id}/assessments/new", WRITE, get(pages::assessment::blank))
            .action("/lawyers/{id}/assessments/new", WRITE, post(pages::assessment::create))
            .page("/lawyers/{id}/disciplines/new", WRITE, get(pages::discipline::blank))
            .action("/lawyers/{id}/disciplines/new", WRITE, post(pages::discipline::create))
            .page("/lawyers/{id}/retainers/new", WRITE, get(pages::retainer_edit::blank_of_lawyer))
            .action("/lawyers/{id}/retainers/new", WRITE, post(pages::retainer_edit::create_of_lawyer))
            .page("/lawyers/{id}/leave", WRITE, get(pages::leave::ask))
            .action("/lawyers/{id}/leave", WRITE, post(pages::leave::decide))
            .action("/lawyers/{id}/reveal", READ, post(pages::lawyer::reveal))
            .action("/lawyers/{id}/resume", WRITE, post(pages::lawyer::take_up))
            .page("/firms", READ, get(pages::firms::list))
            .page("/firms.xlsx", READ, get(pages::firms::export))
            .page("/firms/new", WRITE, get(pages::firm_edit::blank))
            .action("/firms/new", WRITE, post(pages::firm_edit::create))
            .page("/firms/{id}", READ, get(pages::firm::show))
            .page("/firms/{id}/retainers/new", WRITE, get(pages::retainer_edit::blank_of_firm))
            .action("/firms/{id}/retainers/new", WRITE, post(pages::retainer_edit::create_of_firm))
            .page("/retainers", READ, get(pages::retainers::list))
            .page("/retainers.xlsx", READ, get(pages::retainers::export))
            .page("/retainers/{id}/end", WRITE, get(pages::retainer_edit::ask_end))
            .action("/retainers/{id}/end", WRITE, post(pages::retainer_edit::end))
            .page("/firms/{id}/edit", WRITE, get(pages::firm_edit::edit))
            .action("/firms/{id}/edit", WRITE, post(pages::firm_edit::save)),
        menu: vec![
            MenuItem {
                group: "名册",
                label: "律师",
                href: "/lawyers",
                icon: "scale",
                permission: READ,
                order: 410,
            },
            MenuItem {
                group: "名册",
                label: "律所",
                href: "/firms",
                icon: "building",
                permission: READ,
                order: 420,
            },
        ],
        permissions: &[READ, WRITE],
        extensions: personal::SEALED
            .map(Extension::new)
            .into_iter()
            .chain([Extension::new(personal::LEFT), Extension::new(personal::HELD)])
            .chain([
                Extension::new(exchange::FIRMS),
                Extension::new(exchange::LAWYERS),
                Extension::new(exchange::COPY_LAWYER),
            ])
            .collect(),
        audit_labels: trail::LABELS,
        ..Module::new("counsel", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231201_firm.sql",
    "202611231202_lawyer.sql",
    "202611231203_assessment.sql",
    "202611231204_discipline.sql",
    "202611231205_lawyer_view.sql",
    "202611290404_lawyer_name.sql",
    "202611290701_retainer.sql",
];
