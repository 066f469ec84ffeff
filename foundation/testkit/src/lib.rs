//! What tests stand on: a database of either engine, a server without a network, a browser.

pub mod browser;
mod database;
pub mod pg;
mod server;

pub use database::{Postgres, TestDb, on_both, on_sqlite};
pub use server::{Answer, Server, actor};
