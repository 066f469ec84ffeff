//! Legal aid stations: where they are, when they are open, what they have; found by citizens, kept by staff.

mod actions;
mod checks;
mod exchange;
mod finder;
mod hours;
mod outlet;
mod pages;
mod schedule;
mod station;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trail;

pub use actions::add_outlet::add_outlet;
pub use actions::open_station::{NewStation, open_station, plan_station};
pub use finder::{Found, arrange, distance_words, found_stations};
pub use hours::{HoursError, Span, WeeklyHours, day_spans, spans_text};
pub use outlet::{NewOutlet, Outlet};
pub use pages::api::openapi;
pub use places::{MapPoint, OUTLINE, map_areas, map_block};
pub use schedule::{DayHours, Exception, Now, Schedule, Why};
pub use station::{
    Facilities, HostKind, OPENED, STOCK, State, StateKind, StateRefusal, Station, StationDetails,
};
pub use store::{OutletRow, StationRow, exceptions_between, outlets_of, public_station, public_stations};

use web::{MenuItem, Module, Permission, Role, Routes};

/// Looking at the register of stations.
pub const READ: Permission = Permission::new(
    "stations.read",
    "查看法律援助工作站",
    &[Role::Leader, Role::Manager, Role::TownOfficer, Role::Clerk],
);
/// Changing it.
pub const WRITE: Permission = Permission::new("stations.write", "维护法律援助工作站", &[Role::Manager]);

/// The module.
#[must_use]
pub fn module() -> Module {
    use axum::routing::{get, post};
    use pages::{api, detail, edit, find, list, outlets, state, station};
    Module {
        routes: Routes::new()
            .public_page("/stations", get(find::find))
            .public_page("/stations/{id}", get(station::station))
            .public_page("/api/v1/stations", get(api::stations))
            .page("/manage/stations", READ, get(list::list))
            .page("/manage/stations.xlsx", READ, get(list::export))
            .page("/manage/stations/new", WRITE, get(edit::blank))
            .action("/manage/stations/new", WRITE, post(edit::create))
            .page("/manage/stations/outlets", READ, get(outlets::list))
            .action("/manage/stations/outlets", WRITE, post(outlets::create))
            .action("/manage/stations/outlets/end", WRITE, post(outlets::end))
            .page("/manage/stations/{id}", READ, get(detail::detail))
            .page("/manage/stations/{id}/edit", WRITE, get(edit::edit))
            .action("/manage/stations/{id}/edit", WRITE, post(edit::save))
            .page("/manage/stations/{id}/state", WRITE, get(state::ask))
            .action("/manage/stations/{id}/state", WRITE, post(state::change))
            .action("/manage/stations/{id}/exceptions", WRITE, post(detail::add))
            .action("/manage/stations/{id}/exceptions/remove", WRITE, post(detail::remove))
            .action("/manage/stations/{id}/outside", WRITE, post(detail::note)),
        menu: vec![MenuItem {
            group: "服务",
            label: "工作站",
            href: "/manage/stations",
            icon: "building",
            permission: READ,
            order: 130,
        }],
        public_nav: vec![("找站点", "/stations")],
        permissions: &[READ, WRITE],
        figures: crate::station::FIGURES,
        checks: checks::all(),
        extensions: store::SEALED
            .map(web::Extension::new)
            .into_iter()
            .chain([web::Extension::new(exchange::STATIONS), web::Extension::new(exchange::COPY_STATION)])
            .collect(),
        audit_labels: trail::LABELS,
        ..Module::new("stations", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231401_station.sql",
    "202611231402_exception.sql",
    "202611231403_outlet.sql",
    "202611231404_step.sql",
];
