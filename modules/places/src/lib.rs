//! Towns, villages and communities of the district: the places that everything else belongs to.

mod actions;
mod map;
mod pages;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod town;
mod unit;

pub use actions::open_town::{NewTown, open_town};
pub use actions::open_unit::{NewUnit, open_unit};
pub use map::{MapPoint, OUTLINE, map_areas, map_block};
pub use store::{UnitRow, town, towns, unit, unit_options, units_in_reach};
pub use town::{Town, TownKind};
pub use unit::{Position, UNITS, Unit, UnitKind, initials};

use web::{MenuItem, Module, Permission, Role, Routes};

/// Looking at the register of places.
pub const READ: Permission = Permission::new(
    "places.read",
    "查看村（社区）名册",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk, Role::SystemAdmin],
);
/// Changing it.
pub const WRITE: Permission =
    Permission::new("places.write", "维护村（社区）名册", &[Role::Manager, Role::SystemAdmin]);

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/places", READ, axum::routing::get(pages::list::list))
            .page("/places.xlsx", READ, axum::routing::get(pages::list::export))
            .page("/places/search", READ, axum::routing::get(pages::list::search))
            .page("/places/new", WRITE, axum::routing::get(pages::edit::blank))
            .action("/places/new", WRITE, axum::routing::post(pages::edit::create))
            .page("/places/{id}/edit", WRITE, axum::routing::get(pages::edit::edit))
            .action("/places/{id}/edit", WRITE, axum::routing::post(pages::edit::save))
            .page("/places/towns/new", WRITE, axum::routing::get(pages::town::blank))
            .action("/places/towns/new", WRITE, axum::routing::post(pages::town::create)),
        menu: vec![MenuItem {
            group: "名册",
            label: "村（社区）",
            href: "/places",
            icon: "map-pin",
            permission: READ,
            order: 400,
        }],
        permissions: &[READ, WRITE],
        figures: unit::FIGURES,
        ..Module::new("places", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231001_town.sql",
    "202611231002_unit.sql",
    "202611231003_code.sql",
    "202611231004_area.sql",
];
