//! How the web floor learns who is logged in; the identity module answers.

use crate::actor::Actor;
use kernel::Fault;
use std::{future::Future, pin::Pin};
use store::Db;

/// The answer, when it comes.
pub type SessionFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<Actor>, Fault>> + Send + 'a>>;

/// Finds the person behind a session token.
pub trait Sessions: Send + Sync {
    /// The actor of a valid session; nobody if it is unknown, ended or too old.
    fn find<'a>(&'a self, db: &'a Db, token: &'a str) -> SessionFuture<'a>;
}
