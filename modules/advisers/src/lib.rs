//! One adviser for every village: appointments, coverage, and the book of services.

mod actions;
mod api;
mod bulk;
mod checks;
mod exchange;
#[cfg(test)]
mod histories_tests;
#[cfg(test)]
mod journeys;
mod pages;
mod service;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;
mod villages;
#[cfg(test)]
mod villages_tests;

pub use actions::appoint::{Appointment, appoint};
pub use actions::correct_service::{correct_service, withdraw_service};
pub use actions::hand_over::hand_over;
pub use actions::log_service::{Entry, log_service};
pub use api::openapi;
pub use bulk::copy_entries;
pub use service::{CoverState, Deed, DeedRefusal, GAP_DAYS, Service, ServiceKind};
pub use store::appointments::{AppointmentId, Current, adviser_on, current};

use axum::routing::{get, post};
use web::{Extension, MenuItem, Module, Permission, Role, Routes};

/// Looking at the service book within one's reach.
pub const SERVICE_READ: Permission = Permission::new(
    "advisers.service.read",
    "查看服务记录",
    &[
        Role::Leader,
        Role::Manager,
        Role::TownOfficer,
        Role::Clerk,
        Role::Adviser,
        Role::Firm,
        Role::VillageContact,
    ],
);
/// Writing into it.
pub const SERVICE_WRITE: Permission =
    Permission::new("advisers.service.write", "登记服务", &[Role::Manager, Role::TownOfficer, Role::Adviser]);
/// Correcting what is written.
pub const SERVICE_CORRECT: Permission = Permission::new(
    "advisers.service.correct",
    "更正、作废服务记录",
    &[Role::Manager, Role::TownOfficer, Role::Adviser],
);
/// Seeing who is covered.
pub const COVERAGE_READ: Permission = Permission::new(
    "advisers.coverage.read",
    "查看法律顾问覆盖",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk, Role::Firm],
);
/// Appointing and replacing advisers.
pub const APPOINT: Permission = Permission::new("advisers.appoint", "聘任、更换法律顾问", &[Role::Manager]);

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/services", SERVICE_READ, get(pages::list::list))
            .page("/services.xlsx", SERVICE_READ, get(pages::list::export))
            .page("/services/new", SERVICE_WRITE, get(pages::log::blank))
            .action("/services/new", SERVICE_WRITE, post(pages::log::create))
            .page("/services/month", SERVICE_WRITE, get(pages::month::blank))
            .action("/services/month", SERVICE_WRITE, post(pages::month::create))
            .page("/services/batch", SERVICE_WRITE, get(pages::batch::blank))
            .action("/services/batch", SERVICE_WRITE, post(pages::batch::create))
            .page("/services/offline.js", SERVICE_WRITE, get(pages::offline::worker))
            .page("/api/v1/services/session", SERVICE_WRITE, get(pages::offline::session))
            .page("/services/{id}", SERVICE_READ, get(pages::detail::show))
            .page("/services/{id}/correct", SERVICE_CORRECT, get(pages::correct::blank))
            .action("/services/{id}/correct", SERVICE_CORRECT, post(pages::correct::save))
            .action("/services/{id}/withdraw", SERVICE_CORRECT, post(pages::correct::withdraw))
            .page("/coverage", COVERAGE_READ, get(pages::coverage::show))
            .page("/coverage.xlsx", COVERAGE_READ, get(pages::coverage::export))
            .page("/coverage/hand-over", APPOINT, get(pages::hand_over::blank))
            .action("/coverage/hand-over", APPOINT, post(pages::hand_over::save))
            .page("/coverage/{id}", COVERAGE_READ, get(pages::appoint::show))
            .action("/coverage/{id}", APPOINT, post(pages::appoint::save))
            .page("/api/v1/services", SERVICE_READ, get(api::services)),
        menu: vec![
            MenuItem {
                group: "服务",
                label: "记一次服务",
                href: "/services/new",
                icon: "plus",
                permission: SERVICE_WRITE,
                order: 100,
            },
            MenuItem {
                group: "服务",
                label: "服务记录",
                href: "/services",
                icon: "list",
                permission: SERVICE_READ,
                order: 105,
            },
            MenuItem {
                group: "服务",
                label: "法律顾问覆盖",
                href: "/coverage",
                icon: "building",
                permission: COVERAGE_READ,
                order: 110,
            },
        ],
        permissions: &[SERVICE_READ, SERVICE_WRITE, SERVICE_CORRECT, COVERAGE_READ, APPOINT],
        figures: service::FIGURES,
        checks: checks::all(),
        extensions: vec![
            Extension::new(villages::FOLLOWER),
            Extension::new(exchange::SERVICES),
            Extension::new(exchange::APPOINTMENTS),
            Extension::new(exchange::COPY_SERVICE),
        ],
        audit_labels: trail::LABELS,
        ..Module::new("advisers", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231501_appointment.sql",
    "202611231502_current.sql",
    "202611231503_service.sql",
    "202611231504_revision.sql",
    "202611241501_appointment_carried.sql",
    "202611241502_carry.sql",
    "202611241551_service_unsigned.sql",
];
