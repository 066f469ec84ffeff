//! Import: files that people bring become rows of a register, after a look at what would change, and can be taken back.

mod actions;
mod copy;
mod direct;
mod file;
mod import;
mod jobs;
mod kind;
mod mapping;
mod pages;
mod register;
mod row;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod work;

pub use copy::{Copied, CopyField, CopyForm, CopyRecord, ReadCopy};
pub use direct::{ImportReport, import_file, take_back};
pub use import::{Import, Mode, State};
pub use kind::{
    Answer, Column, Desk, Done, FieldChange, Importer, Kind, OUTSIDE_NUMBER, OUTSIDE_SYSTEM, Undo, Verdict,
};
pub use register::{Register, Registered, Sought, Texts};
pub use row::{CellError, Reading, Row};

use axum::routing::{get, post};
use web::{Access, MenuItem, Module, Permission, Role, Routes};

/// Importing at all; what may be imported depends on the kind's own permission.
pub const USE: Permission = Permission::new(
    "imports.use",
    "批量导入（各类名册另需维护权限）",
    &[Role::Manager, Role::TownOfficer, Role::Clerk, Role::SystemAdmin],
);

/// The largest upload, in bytes: a file of 20 MB and the form around it.
const UPLOAD: usize = 20 * 1024 * 1024 + 64 * 1024;

/// The module.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: Routes::new()
            .page("/imports", USE, get(pages::list::list))
            .page("/imports/{kind}/new", USE, get(pages::upload::ask))
            .action("/imports/{kind}/new", USE, post(pages::upload::receive))
            .accepting_files(UPLOAD)
            .page("/imports/{kind}/template.xlsx", USE, get(pages::upload::template))
            .page("/imports/{id}", USE, get(pages::show::show))
            .page("/imports/{id}/columns", USE, get(pages::columns::ask))
            .action("/imports/{id}/columns", USE, post(pages::columns::save))
            .page("/imports/{id}/rows", USE, get(pages::rows::rows))
            .page("/imports/{id}/errors.xlsx", USE, get(pages::rows::errors))
            .action("/imports/{id}/apply", USE, post(pages::show::apply))
            .action("/imports/{id}/drop", USE, post(pages::show::discard))
            .action("/imports/{id}/undo", USE, post(pages::show::undo))
            .page("/copy/{object}/{id}", Access::LoggedIn, get(pages::copy::show)),
        menu: vec![MenuItem {
            group: "名册",
            label: "批量导入",
            href: "/imports",
            icon: "upload",
            permission: USE,
            order: 490,
        }],
        permissions: &[USE],
        audit_labels: &[
            ("imports.upload", "上传导入文件"),
            ("imports.apply", "执行导入"),
            ("imports.undo", "撤销导入"),
            ("imports.drop", "放弃导入"),
            ("imports_import", "批量导入"),
        ],
        jobs: vec![jobs::RESUME, jobs::PURGE],
        extensions: store::SEALED.map(web::Extension::new).into(),
        ..Module::new("imports", MIGRATIONS)
    }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] =
    ::store::migrations!["202611240901_import.sql", "202611240902_row.sql", "202611240903_mapping.sql",];
