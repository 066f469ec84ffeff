//! The figures of the service: bulletins of a period, their parts, the rows behind them, own ledgers, the wall.
//!
//! Everything is read from the tally, so every figure has one definition and opens down to its facts.

mod actions;
mod bulletin;
mod fact;
mod frame;
mod ledger;
mod pages;
mod paragraph;
mod print;
mod store;
mod sums;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod world;

pub use bulletin::{Bulletin, BulletinFigure, bulletin, change};
pub use pages::api::openapi;
pub use paragraph::paragraph;
pub use print::{bulletin_html, bulletin_sheet};

use axum::routing::{get, post};
use web::{MenuItem, Module, Permission, Role, Routes};

/// Looking at figures within one's reach.
pub const READ: Permission = Permission::new(
    "statistics.read",
    "查看统计报表",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk],
);
/// Showing them on the wall.
pub const WALL: Permission = Permission::new("statistics.wall", "查看大屏", &[Role::Leader, Role::Manager]);

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
                label: "大屏",
                href: "/wall",
                icon: "chart",
                permission: WALL,
                order: 320,
            },
        ],
        permissions: &[READ, WALL],
        ..Module::new("statistics", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations!["202611231601_ledger.sql"];
