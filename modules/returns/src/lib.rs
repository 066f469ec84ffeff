//! The ministry's statistical forms (司法部报表): month, quarter and the thirteen forms, every column from one definition, the
//! check formulas run and shown, and what nobody records typed in by those who know it.
//!
//! It reads published views only, so every number opens down to its cases, consultations, stations or complaints.

mod actions;
mod book;
mod check;
mod column;
mod counted;
mod form;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod journeys;
mod pages;
mod print;
mod store;
mod trail;
mod words;

pub use book::{Book, BookRefusal, Cell, book, shown, ten_thousands, usual_period};
pub use check::{Basis, Check, Comparison, Place, Relation, Verdict, checks};
pub use column::{Column, Count, Counts};
pub use form::{FORMS, Form, Head, form_of, heads};
pub use print::{CheckJson, ColumnJson, FormJson, GapJson, form_json, workbook};
pub use store::Typed;

use axum::routing::{get, post};
use web::{MenuItem, Module, Permission, Role, Routes};

/// Looking at the forms and the rows behind them: they cover the whole district.
pub const READ: Permission =
    Permission::new("returns.read", "查看司法部报表", &[Role::Leader, Role::Manager, Role::Clerk]);
/// Typing in what nothing in the system knows.
pub const TYPE: Permission = Permission::new("returns.type", "填报司法部报表", &[Role::Manager, Role::Clerk]);

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/returns", READ, get(pages::list::list))
            .page("/returns/{form}", READ, get(pages::show::show))
            .page("/returns/{form}/form.xlsx", READ, get(pages::show::export))
            .page("/returns/{form}/rows", READ, get(pages::rows::show))
            .page("/returns/{form}/rows.xlsx", READ, get(pages::rows::export))
            .page("/returns/{form}/typed", TYPE, get(pages::typed::ask))
            .action("/returns/{form}/typed", TYPE, post(pages::typed::save)),
        menu: vec![MenuItem {
            group: "统计",
            label: "司法部报表",
            href: "/returns",
            icon: "chart",
            permission: READ,
            order: 235,
        }],
        permissions: &[READ, TYPE],
        audit_labels: trail::LABELS,
        ..Module::new("returns", MIGRATIONS)
    }
}

/// The migrations.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations!["202611290303_typed.sql"];
