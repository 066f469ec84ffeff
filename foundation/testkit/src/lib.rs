//! What tests stand on: a database of either engine, a server without a network, a browser.

pub mod browser;
mod chance;
mod database;
pub mod pg;
mod server;
mod visitor;

pub use chance::{cpu_seconds, histories, seed};
pub use database::{Postgres, TestDb, on_both, on_both_at, on_sqlite, on_sqlite_at};
pub use server::{Answer, Server, actor};
pub use visitor::Visitor;
