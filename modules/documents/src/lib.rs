//! Documents (文书): kinds that modules offer, templates that the bureau edits in Word or WPS, and every paper's way from
//! the draft over print, stamp and scan to the day it was served.

mod actions;
mod checks;
mod document;
mod kind;
mod limits;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use document::{Document, Facts, Manner, Service, State, Step, StepRefusal};
pub use kind::{About, Answer, Field, Kind, MARK, Read, Search, Subject, Titles, Wanted};
pub use store::{Made, made_for};

use axum::routing::{get, post};
use web::{Extension, MenuItem, Module, Permission, Role, Routes};

/// Seeing which documents there are and how far they are.
pub const READ: Permission = Permission::new(
    "documents.read",
    "查看文书清单和办理情况",
    &[Role::Leader, Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser],
);
/// Making documents, opening them, writing down what was done with them.
pub const WRITE: Permission = Permission::new(
    "documents.write",
    "制作、打开和登记文书",
    &[Role::Manager, Role::Clerk, Role::TownOfficer, Role::Adviser],
);
/// Looking at templates.
pub const TEMPLATES: Permission = Permission::new(
    "documents.templates",
    "查看、下载文书模板",
    &[Role::Leader, Role::Manager, Role::Clerk, Role::TownOfficer],
);
/// Putting a template in the place of the one before.
pub const EDIT: Permission = Permission::new("documents.edit", "上传文书模板", &[Role::Manager]);

/// The module.
#[must_use]
pub fn module() -> Module {
    use pages::{batch, list, show, subject, templates};
    Module {
        routes: Routes::new()
            .page("/documents", READ, get(list::list))
            .page("/documents.xlsx", READ, get(list::export))
            .page("/documents/batch", WRITE, get(batch::show))
            .page("/documents/batch.zip", WRITE, get(batch::zip))
            .action("/documents/batch", WRITE, post(batch::print))
            .page("/documents/templates", TEMPLATES, get(templates::list))
            .page("/documents/templates/{kind}", TEMPLATES, get(templates::show))
            .action("/documents/templates/{kind}", EDIT, post(templates::upload))
            .accepting_files(docx::LARGEST + 64 * 1024)
            .page("/documents/templates/{kind}/{version}/template.docx", TEMPLATES, get(templates::file))
            .page("/documents/of/{object}/{id}", READ, get(subject::show))
            .action("/documents/of/{object}/{id}", WRITE, post(subject::draft))
            .page("/documents/{id}", READ, get(show::show))
            .page("/documents/{id}/draft.docx", WRITE, get(show::docx))
            .action("/documents/{id}/print", WRITE, post(show::print))
            .action("/documents/{id}/stamp", WRITE, post(show::stamp))
            .action("/documents/{id}/scan", WRITE, post(show::scan))
            .accepting_files(limits::LARGEST)
            .page("/documents/{id}/scans/{file}/scan.file", WRITE, get(show::view))
            .action("/documents/{id}/serve", WRITE, post(show::serve))
            .action("/documents/{id}/void", WRITE, post(show::void)),
        menu: vec![
            MenuItem {
                group: "服务",
                label: "文书",
                href: "/documents",
                icon: "list",
                permission: READ,
                order: 114,
            },
            MenuItem {
                group: "管理",
                label: "文书模板",
                href: "/documents/templates",
                icon: "edit",
                permission: TEMPLATES,
                order: 480,
            },
        ],
        permissions: &[READ, WRITE, TEMPLATES, EDIT],
        checks: checks::all(),
        extensions: vec![Extension::new(store::SEALED)],
        audit_labels: &[
            ("documents.draft", "制作文书"),
            ("documents.step", "登记文书办理情况"),
            ("documents.scan", "保存文书扫描件"),
            ("documents.template", "上传文书模板"),
            ("documents_document", "文书"),
            ("documents_template", "文书模板"),
        ],
        ..Module::new("documents", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611290201_template.sql",
    "202611290202_document.sql",
    "202611290203_file.sql",
    "202611290204_counter.sql",
];
