//! For the testkit: a database of its own on a PostgreSQL server.

use kernel::Fault;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// Makes a database on the server of that address.
///
/// # Errors
/// A fault if the server cannot be reached or refuses, or if the name is more than letters and digits.
pub async fn create_database(server: &str, name: &str) -> Result<(), Fault> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Fault::new("a database name of letters and digits only, please"));
    }
    let mut conn = PgConnection::connect(server).await.map_err(crate::db::fault)?;
    conn.execute(AssertSqlSafe(format!("create database {name}"))).await.map_err(crate::db::fault)?;
    conn.close().await.map_err(crate::db::fault)
}
