//! For the testkit and for tests: a database of its own on a PostgreSQL server, a spoiled sum.

use crate::{Tx, params};
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

/// Spoils the live sums of one measure at one place, as a lost update would: for tests of what must notice it.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn spoil_tally(tx: &mut Tx, measure: &str, place: i64, by: i64) -> Result<(), Fault> {
    tx.execute(
        "update tally_place set quantity = quantity + $4 where region_id = $1 and measure = $2 and place_id = $3",
        params![tx.region()?, measure, place, by],
    )
    .await?;
    Ok(())
}
