//! One unit of work over SQLite and PostgreSQL: statements, ids, migrations, audit rows, sealed fields,
//! idempotent replies, the outbox, outside numbers and the tally.

pub mod audit;
pub mod backup;
mod db;
pub mod filter;
mod group;
pub mod idempotency;
pub mod jobs;
pub mod keys;
mod migrate;
pub mod outbox;
pub mod outside;
mod row;
pub mod sealed;
mod sqlite;
pub mod tally;
pub mod testing;
mod tx;
mod value;

pub use audit::Entry as Audit;
pub use db::{Db, Engine, Location, WORKERS_BESIDE};
pub use filter::Filter;
pub use keys::Keyring;
pub use migrate::{MIGRATIONS, Migration, migrate};
pub use row::{FromRow, FromValue, Row};
pub use sealed::{DigestField, SealedField};
pub use tx::{StatementWatch, Tx, watch_statements};
pub use value::{Params, ToValue, Value};

use kernel::Fault;

/// A setting of the installation, if it was made.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn setting(tx: &mut Tx, name: &str) -> Result<Option<String>, Fault> {
    Ok(tx
        .optional::<(String,)>("select value from installation where name = $1", params![name])
        .await?
        .map(|(value,)| value))
}

/// Makes or changes a setting of the installation.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn set_setting(tx: &mut Tx, name: &str, value: &str) -> Result<(), Fault> {
    tx.execute(
        "insert into installation (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
        params![name, value],
    )
    .await?;
    Ok(())
}
