//! The front door: home, search in lay words, the villages' advisers, call-backs.

mod actions;
mod callback;
mod lay_words;
mod pages;
mod personal;
mod store;
#[cfg(test)]
mod testing;
mod topic;
mod trail;

pub use actions::install_lay_words::install_lay_words;
pub use actions::record_outcome::record_outcome;
pub use actions::request_callback::{CallbackWish, Requested, request_callback};
pub use actions::take_callback::take_callback;
pub use callback::{Callback, Convenient, DONE, Outcome, State, StateKind};
pub use pages::api::openapi;
pub use topic::Topic;

use web::{Extension, MenuItem, Module, Permission, Role, Routes};

/// Calling people back who left their number.
pub const CALLBACK: Permission =
    Permission::new("portal.callback", "给群众回电", &[Role::Manager, Role::Clerk, Role::TownOfficer]);

/// Seeing a number whole without taking the call-back, for a reason.
pub const REVEAL: Permission =
    Permission::new("portal.reveal", "查看回电的完整电话", &[Role::Manager, Role::Clerk]);

/// The module.
#[must_use]
pub fn module() -> Module {
    use axum::routing::{get, post};
    use pages::{api, callbacks, help, home, privacy, record, request, search, village, villages};
    Module {
        routes: Routes::new()
            .public_page("/", get(home::home))
            .public_page("/search", get(search::search))
            .public_page("/help", get(help::topics))
            .public_page("/help/{topic}", get(help::topic))
            .public_page("/villages", get(villages::villages))
            .public_page("/villages/{id}", get(village::village))
            .public_page("/villages/{id}/qr", get(village::poster))
            .public_page("/privacy", get(privacy::privacy))
            .public_page("/callback", get(request::blank))
            .first()
            .public_action("/callback", post(request::create))
            .first()
            .public_page("/callback/receipt", get(request::receipt))
            .first()
            .public_page("/api/v1/units", get(api::units))
            .page("/callbacks", CALLBACK, get(callbacks::list))
            .first()
            .page("/callbacks.xlsx", CALLBACK, get(callbacks::export))
            .page("/callbacks/{id}", CALLBACK, get(record::show))
            .first()
            .action("/callbacks/{id}/take", CALLBACK, post(record::take))
            .first()
            .action("/callbacks/{id}/reveal", REVEAL, post(record::reveal))
            .action("/callbacks/{id}/outcome", CALLBACK, post(record::outcome))
            .first(),
        menu: vec![MenuItem {
            group: "服务",
            label: "回电",
            href: "/callbacks",
            icon: "phone",
            permission: CALLBACK,
            order: 120,
        }],
        public_nav: vec![("村法律顾问", "/villages"), ("请回电", "/callback"), ("我遇到的事", "/help")],
        permissions: &[CALLBACK, REVEAL],
        extensions: vec![
            Extension::new(personal::CALLBACKS),
            Extension::new(personal::HELD),
            Extension::new(personal::SEALED),
            Extension::new(::store::DigestField { field: store::CODE }),
        ],
        figures: callback::FIGURES,
        audit_labels: trail::LABELS,
        ..Module::new("portal", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231701_lay_word.sql",
    "202611231702_callback.sql",
    "202611231703_attempt.sql",
    "202611241701_receipt.sql",
    "202611241702_callback_purge.sql",
];
