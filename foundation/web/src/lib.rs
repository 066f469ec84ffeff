//! The web floor: routes that declare who may do what, requests, forms, lists, pages inside the shell, exports.

mod actor;
mod app;
pub mod chart;
mod checks;
mod clamd;
mod context;
mod door;
mod export;
mod form;
mod guard;
mod headers;
mod html;
mod limit;
mod list;
mod load;
mod module;
mod page;
pub mod qr;
mod reply;
mod routes;
mod session;
mod shell;

pub use actor::{Actor, Permission, Reach, Role};
pub use app::{App, AppParts, AssetFile, Settings, TileSource};
pub use checks::checks;
pub use clamd::Clamd;
pub use context::{Ctx, Upload, forgotten};
pub use door::Door;
pub use export::{Cell, EXPORT_CAP, Sheet, SheetColumn, exported, workbook, xlsx};
pub use form::Form;
pub use guard::form_token;
pub use html::{Html, escape};
pub use limit::Limit;
pub use list::{COUNT_CAP, Cursor, Listing, Pager, UNCOUNTED};
pub use module::{
    Bell, Check, CountFuture, Every, Extension, Finding, Findings, Job, JobFuture, MenuItem, Module,
};
pub use page::{Merge, MergeField, Page};
pub use reply::{Failure, Reply, download, json, shown};
pub use routes::{Access, Handler, Priority, RouteSpec, Routes, Side};
pub use session::{SessionFuture, Sessions};
pub use shell::router;
