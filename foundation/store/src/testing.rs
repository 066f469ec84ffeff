//! For the testkit, tests and measurements: a database of its own on a PostgreSQL server, a spoiled sum, many facts.

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

/// Brings a database to exactly these migrations, the store's own among them: what an older release made, or a newer.
///
/// # Errors
/// As [`crate::migrate`].
pub async fn migrate_exactly(db: &crate::Db, migrations: &[crate::Migration]) -> Result<i64, Fault> {
    crate::migrate::apply(db, migrations).await
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

/// Alters the audit rows of one action, as a hand in the database would: for tests of what must notice it.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn spoil_audit(tx: &mut Tx, action: &str) -> Result<(), Fault> {
    tx.execute(
        "update audit_row set details = '{}' where region_id = $1 and action = $2",
        params![tx.region()?, action],
    )
    .await?;
    Ok(())
}

/// Writes one chain anew from a place on as somebody would who knows how the hashes are made and has the whole database:
/// the rows from there on get other details and fitting hashes, the head too. Returns how many rows were rewritten.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn rewrite_audit(tx: &mut Tx, lane: i64, from: i64) -> Result<u64, Fault> {
    crate::audit::rewrite(tx, lane, from).await
}

/// Sets serials aside for rows that a statement makes by copying; returns the first of them.
///
/// # Errors
/// A fault if they cannot be had.
pub async fn set_serials_aside(tx: &mut Tx, count: i64) -> Result<i64, Fault> {
    let next: i64 = tx
        .scalar(
            "update id_block set next = next + $2 where region_id = $1 returning next",
            params![tx.region()?, count],
        )
        .await?;
    Ok(next - count)
}

/// Which rows are copied, and how the copies differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copying {
    /// The lowest id copied.
    pub first: i64,
    /// The highest id copied.
    pub last: i64,
    /// Added to every id.
    pub offset: i64,
    /// How many years earlier the copies happened.
    pub years: i64,
}

impl Copying {
    /// The years as microseconds of 365 days.
    #[must_use]
    pub fn micros(&self) -> i64 {
        self.years * 365 * 86_400_000_000
    }
}

/// Copies the facts of a range of source rows; the live sums stay as they are until [`crate::tally::rebuild`].
///
/// # Errors
/// A fault if they cannot be written.
pub async fn copy_facts(tx: &mut Tx, source: &str, copying: Copying) -> Result<u64, Fault> {
    tx.execute(
        "insert into tally_fact (id, region_id, measure, quantity, day, entered_at, place_id, served_by, entered_by, people,
                                 matter, channel, campaign, source, source_id, reverses_id)
         select id + $5, region_id, measure, quantity, cast(cast(substr(day, 1, 4) as bigint) - $6 as text) || substr(day, 5),
                entered_at - $7, place_id, served_by, entered_by, people, matter, channel, campaign, source, source_id + $5, null
         from tally_fact
         where region_id = $1 and source = $2 and source_id >= $3 and source_id <= $4 and reverses_id is null",
        params![tx.region()?, source, copying.first, copying.last, copying.offset, copying.years, copying.micros()],
    )
    .await
}

/// Changes rows behind the product's back, as another hand would: for tests of checks that must notice it.
///
/// # Errors
/// A fault if the statement cannot run.
pub async fn spoil(tx: &mut Tx, table: &str, change: &str, which: &str) -> Result<u64, Fault> {
    let sql = format!("update {table} set {change} where {which}");
    tx.execute(sqlx::AssertSqlSafe(sql), params![]).await
}

/// Takes away every row of a table behind the product's back.
///
/// # Errors
/// A fault if the statement cannot run.
pub async fn empty(tx: &mut Tx, table: &str) -> Result<u64, Fault> {
    tx.execute(sqlx::AssertSqlSafe(format!("delete from {table}")), params![]).await
}
