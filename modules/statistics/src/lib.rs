//! The figures of the service: bulletins of a period, their parts, the rows behind them, own ledgers, the wall.
//!
//! Everything is read from the tally, so every figure has one definition and opens down to its facts.

mod actions;
mod bulletin;
#[cfg(test)]
mod edges;
mod fact;
mod frame;
mod late;
mod ledger;
mod pages;
mod paragraph;
mod print;
mod quality;
mod report;
mod reprint;
mod seal;
mod seal_check;
#[cfg(test)]
mod seal_histories;
mod sealed;
mod store;
mod sums;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;
#[cfg(test)]
mod world;

pub use actions::seal_period::{Order, Prepared, prepare, seal_period};
pub use bulletin::{Adjustment, AuditMark, Bulletin, BulletinFigure, Mode, SealMark, bulletin, change};
pub use pages::api::openapi;
pub use paragraph::paragraph;
pub use print::{bulletin_html, bulletin_sheet, report_html, report_sheets};
pub use quality::{Outcome as CheckOutcome, Summary as CheckSummary, run_checks, summary as check_summary};
pub use report::{Asked, Matrix, Report, report};
pub use reprint::{Reprint, reprint, seal_and_reprint};

use axum::routing::{get, post};
use web::{Every, Job, MenuItem, Module, Permission, Role, Routes};

/// Looking at figures within one's reach.
pub const READ: Permission = Permission::new(
    "statistics.read",
    "查看统计报表",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk],
);
/// Sealing a finished period, and asking to take a seal back.
pub const SEAL: Permission = Permission::new("statistics.seal", "统计定稿、申请解除定稿", &[Role::Manager]);
/// Deciding whether a seal is taken back, which somebody else asked for.
pub const UNSEAL: Permission =
    Permission::new("statistics.unseal", "批准解除定稿（不能批准自己的）", &[Role::Leader, Role::Manager]);
/// Showing sealed bulletins to citizens.
pub const PUBLISH: Permission = Permission::new("statistics.publish", "公开和撤回统计公报", &[Role::Manager]);
/// Showing them on the wall.
pub const WALL: Permission = Permission::new("statistics.wall", "查看大屏", &[Role::Leader, Role::Manager]);

/// Seeing what the checks over the data found.
pub const CHECKS_READ: Permission = Permission::new(
    "statistics.checks.read",
    "查看数据核对",
    &[Role::Leader, Role::Manager, Role::SystemAdmin],
);
/// Running them at once.
pub const CHECKS_RUN: Permission =
    Permission::new("statistics.checks.run", "立即核对数据", &[Role::Manager, Role::SystemAdmin]);

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/statistics", READ, get(pages::overview::usual))
            .page("/statistics/{period}", READ, get(pages::overview::show))
            .page("/statistics/{period}/{key}", READ, get(pages::figure::show))
            .page("/statistics/{period}/{key}/rows", READ, get(pages::rows::show))
            .page("/statistics/{period}/{key}/rows.xlsx", READ, get(pages::rows::export))
            .page("/statistics/ledgers", READ, get(pages::ledgers::list))
            .page("/statistics/ledgers/new", READ, get(pages::ledgers::blank))
            .action("/statistics/ledgers/new", READ, post(pages::ledgers::create))
            .page("/statistics/ledgers/{id}/run.xlsx", READ, get(pages::ledgers::run))
            .action("/statistics/ledgers/{id}/delete", READ, post(pages::ledgers::delete))
            .page("/statistics/{period}/{key}/late", READ, get(pages::late::show))
            .page("/statistics/{period}/{key}/late.xlsx", READ, get(pages::late::export))
            .page("/statistics/{period}/seal", SEAL, get(pages::seal::ask))
            .action("/statistics/{period}/seal", SEAL, post(pages::seal::seal))
            .page("/statistics/seals", READ, get(pages::seals::list))
            .page("/statistics/seals/{id}", READ, get(pages::seals::show))
            .page("/statistics/seals/{id}/{file}", READ, get(pages::seals::file))
            .action("/statistics/seals/{id}/unseal", SEAL, post(pages::seals::ask))
            .action("/statistics/seals/{id}/unseal/decide", UNSEAL, post(pages::seals::decide))
            .action("/statistics/seals/{id}/publish", PUBLISH, post(pages::seals::show_to_citizens))
            .action("/statistics/seals/{id}/withdraw", PUBLISH, post(pages::seals::hide))
            .public_page("/bulletins", get(pages::bulletins::list))
            .public_page("/bulletins/{id}", get(pages::bulletins::show))
            .public_page("/bulletins/{id}/{file}", get(pages::bulletins::file))
            .page("/checks", CHECKS_READ, get(pages::checks::list))
            .action("/checks", CHECKS_RUN, post(pages::checks::run))
            .page("/checks/{key}", CHECKS_READ, get(pages::checks::show))
            .page("/checks/{key}/findings.xlsx", CHECKS_READ, get(pages::checks::export))
            .page("/wall", WALL, get(pages::wall::show))
            .page("/api/v1/figures", READ, get(pages::api::figures)),
        menu: vec![
            MenuItem {
                group: "统计",
                label: "统计报表",
                href: "/statistics",
                icon: "chart",
                permission: READ,
                order: 300,
            },
            MenuItem {
                group: "统计",
                label: "我的台账",
                href: "/statistics/ledgers",
                icon: "list",
                permission: READ,
                order: 310,
            },
            MenuItem {
                group: "统计",
                label: "数据核对",
                href: "/checks",
                icon: "check",
                permission: CHECKS_READ,
                order: 315,
            },
            MenuItem {
                group: "统计",
                label: "大屏",
                href: "/wall",
                icon: "chart",
                permission: WALL,
                order: 320,
            },
        ],
        permissions: &[READ, SEAL, UNSEAL, PUBLISH, CHECKS_READ, CHECKS_RUN, WALL],
        public_nav: vec![("统计公报", "/bulletins")],
        checks: [quality::all(), vec![seal_check::CHECK]].concat(),
        jobs: vec![Job {
            id: quality::JOB,
            title: "核对全部数据，记下每项的处数",
            every: Every::Night,
            run: |app| Box::pin(quality::nightly(app)),
        }],
        audit_labels: trail::LABELS,
        ..Module::new("statistics", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231601_ledger.sql",
    "202611241611_seal.sql",
    "202611241612_sealed_file.sql",
    "202611241613_sealed_sum.sql",
    "202611241614_unseal.sql",
    "202611241651_check.sql",
    "202611241652_finding.sql",
];
