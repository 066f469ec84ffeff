//! Towns, villages and communities of the district: the places that everything else belongs to.

mod actions;
mod checks;
mod editions;
mod event;
#[cfg(test)]
mod events_tests;
mod exchange;
mod follower;
mod lineage;
mod map;
mod pages;
mod population;
mod position;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod town;
mod trail;
mod unit;

pub use actions::add_code::add_code;
pub use actions::open_town::{NewTown, open_town};
pub use actions::open_unit::{NewUnit, open_unit};
pub use actions::record_event::record_event;
pub use actions::record_population::record_population;
pub use actions::set_position::{NewPosition, set_position};
pub use actions::undo_event::undo_event;
pub use editions::{EditionChange, edition_changes, prepare_editions, replay_change};
pub use event::{After, Change, Event, EventKind, EventRow, NewEvent, SCHEMES, Successor, scheme_label};
pub use exchange::{NotNamed, named_unit};
pub use follower::{
    Consequence, Consequences, Followed, Follower, Question, followers, nothing_to_do, nothing_to_say,
};
pub use lineage::{Current, Lineage, lineage};
pub use map::{MapPoint, OUTLINE, map_areas, map_block};
pub use population::{Population, PopulationSource, used};
pub use position::CoordinateSystem;
pub use store::events::{AnyUnit, CodeRow, NameRow, any_unit, codes, names};
pub use store::populations::{Inhabited, PositionRow, populations, positions};
pub use store::{UnitRow, town, towns, unit, unit_options, units_in_reach};
pub use town::{Town, TownKind};
pub use unit::{Position, UNITS, Unit, UnitKind, initials};

use web::{MenuItem, Module, Permission, Role, Routes};

/// Looking at the register of places.
pub const READ: Permission = Permission::new(
    "places.read",
    "查看村（社区）名册",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk],
);
/// Changing it.
pub const WRITE: Permission = Permission::new("places.write", "维护村（社区）名册", &[Role::Manager]);

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
            .page("/places/events", READ, axum::routing::get(pages::events::list))
            .page("/places/events.xlsx", READ, axum::routing::get(pages::events::export))
            .page("/places/events/new", WRITE, axum::routing::get(pages::event_form::blank))
            .action("/places/events/new", WRITE, axum::routing::post(pages::event_form::create))
            .page("/places/events/{id}", READ, axum::routing::get(pages::events::show))
            .action("/places/events/{id}/undo", WRITE, axum::routing::post(pages::events::undo))
            .page("/places/{id}", READ, axum::routing::get(pages::unit::show))
            .page("/places/{id}/position", WRITE, axum::routing::get(pages::position::show))
            .action("/places/{id}/position", WRITE, axum::routing::post(pages::position::save))
            .page("/places/{id}/code", WRITE, axum::routing::get(pages::code::blank))
            .action("/places/{id}/code", WRITE, axum::routing::post(pages::code::save))
            .page("/places/{id}/population", WRITE, axum::routing::get(pages::residents::of_unit))
            .action("/places/{id}/population", WRITE, axum::routing::post(pages::residents::save_unit))
            .page("/places/towns/{id}/population", WRITE, axum::routing::get(pages::residents::of_town))
            .action("/places/towns/{id}/population", WRITE, axum::routing::post(pages::residents::save_town))
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
        checks: checks::all(),
        extensions: vec![web::Extension::new(OFFICE_PHONE), web::Extension::new(exchange::UNITS)],
        audit_labels: trail::LABELS,
        ..Module::new("places", MIGRATIONS)
    }
}

/// The sealed telephone of a town's judicial office, for changes of keys.
const OFFICE_PHONE: ::store::SealedField = ::store::SealedField {
    table: "places_town_entry",
    column: "office_phone_sealed",
    field: "places_town_entry.office_phone",
    blind: None,
};

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231001_town.sql",
    "202611231002_unit.sql",
    "202611231003_code.sql",
    "202611231004_area.sql",
    "202611241001_unit_names.sql",
    "202611241002_event.sql",
    "202611241003_event_unit.sql",
    "202611241004_name.sql",
    "202611241005_population.sql",
    "202611241006_position.sql",
    "202611241007_code_event.sql",
    "202611290602_unit_ever.sql",
];
