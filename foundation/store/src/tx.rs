//! A unit of work: statements, ids, audit rows, facts and messages that happen together or not at all.

use crate::{
    audit,
    db::{Db, Engine, fault},
    group::Turn,
    row::{FromRow, FromValue, Row},
    value::{Params, Value},
};
use futures_util::TryStreamExt as _;
use kernel::{Fault, Id, Region};
use sqlx::{
    Either, Executor as _, SqlSafeStr, SqlStr,
    postgres::PgRow,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::sync::OnceLock;

pub(crate) enum Inner {
    SqliteRead(sqlx::Transaction<'static, sqlx::Sqlite>),
    SqliteWrite(Turn),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// A transaction on either engine.
pub struct Tx {
    db: Db,
    inner: Inner,
    audit: Vec<audit::Entry>,
}

/// Told of every statement that runs; the testkit sets it to learn which ones never did.
pub type StatementWatch = fn(Engine, &str);
static WATCH: OnceLock<StatementWatch> = OnceLock::new();

/// Sets the watch over statements, once per process (tests only).
pub fn watch_statements(watch: StatementWatch) {
    WATCH.get_or_init(|| watch);
}

macro_rules! bound {
    ($db:ty, $sql:expr, $params:expr) => {{
        let mut query = sqlx::query::<$db>($sql);
        for value in $params {
            query = match value {
                Value::Int(x) => query.bind(x),
                Value::Text(x) => query.bind(x),
                Value::Real(x) => query.bind(x),
            };
        }
        query
    }};
}

pub(crate) fn sqlite_query(
    sql: SqlStr,
    params: Params,
) -> sqlx::query::Query<'static, sqlx::Sqlite, SqliteArguments> {
    bound!(sqlx::Sqlite, sql, params)
}

impl Tx {
    pub(crate) fn new(db: Db, inner: Inner) -> Self {
        Self { db, inner, audit: Vec::new() }
    }

    /// The database this transaction belongs to.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The region of the installation.
    ///
    /// # Errors
    /// A fault before the installation has been founded.
    pub fn region(&self) -> Result<Region, Fault> {
        self.db.region()
    }

    /// Makes an id for a new row of the installation's region.
    ///
    /// # Errors
    /// A fault if one unit of work makes more than about 16,000 ids: split it.
    pub fn new_id<T>(&self) -> Result<Id<T>, Fault> {
        Ok(Id::from_parts(self.db.region()?, self.db.next_serial()?))
    }

    /// Runs a statement; returns how many rows it touched.
    ///
    /// # Errors
    /// A fault with the engine's message.
    pub async fn execute(&mut self, sql: impl SqlSafeStr, params: Params) -> Result<u64, Fault> {
        let sql = sql.into_sql_str();
        self.note(sql.as_str());
        match &mut self.inner {
            Inner::SqliteRead(tx) => {
                sqlite_query(sql, params).execute(&mut **tx).await.map(|r| r.rows_affected())
            }
            Inner::SqliteWrite(turn) => return run_with_kept(turn, sql, params).await,
            Inner::Postgres(tx) => {
                bound!(sqlx::Postgres, sql, params).execute(&mut **tx).await.map(|r| r.rows_affected())
            }
        }
        .map_err(fault)
    }

    /// Runs a statement that gives nothing back and that nobody waits for. SQLite gets it together with the next
    /// statement that somebody waits for, at the latest with the commit: an error shows only then.
    ///
    /// # Errors
    /// A fault with the engine's message.
    pub async fn later(&mut self, sql: &'static str, params: Params) -> Result<(), Fault> {
        match &mut self.inner {
            Inner::SqliteWrite(turn) if turn.kept() < MOST_KEPT => {
                turn.later(sql, params);
                self.note(sql);
                Ok(())
            }
            _ => self.execute(sql, params).await.map(|_| ()),
        }
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// A fault with the engine's message, or if a row does not fit `T`.
    pub async fn all<T: FromRow>(&mut self, sql: impl SqlSafeStr, params: Params) -> Result<Vec<T>, Fault> {
        self.rows(sql, params).await?.iter().map(T::from_row).collect()
    }

    /// The row of a query, if there is one.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn optional<T: FromRow>(
        &mut self,
        sql: impl SqlSafeStr,
        params: Params,
    ) -> Result<Option<T>, Fault> {
        self.rows(sql, params).await?.first().map(T::from_row).transpose()
    }

    /// The one row of a query.
    ///
    /// # Errors
    /// As [`Tx::all`], and if there is no row.
    pub async fn one<T: FromRow>(&mut self, sql: impl SqlSafeStr, params: Params) -> Result<T, Fault> {
        self.optional(sql, params).await?.ok_or_else(|| Fault::new("the statement returned no row"))
    }

    /// The first column of the one row.
    ///
    /// # Errors
    /// As [`Tx::one`].
    pub async fn scalar<T: FromValue>(&mut self, sql: impl SqlSafeStr, params: Params) -> Result<T, Fault> {
        self.one::<(T,)>(sql, params).await.map(|(value,)| value)
    }

    async fn rows(&mut self, sql: impl SqlSafeStr, params: Params) -> Result<Vec<Row>, Fault> {
        let sql = sql.into_sql_str();
        self.note(sql.as_str());
        let sqlite = |rows: Vec<SqliteRow>| rows.into_iter().map(Row::Sqlite).collect();
        let postgres = |rows: Vec<PgRow>| rows.into_iter().map(Row::Postgres).collect();
        match &mut self.inner {
            Inner::SqliteRead(tx) => sqlite_query(sql, params).fetch_all(&mut **tx).await.map(sqlite),
            Inner::SqliteWrite(turn) => {
                let (sql, params) = turn.with_kept(sql, params);
                sqlite_query(sql, params).fetch_all(turn.conn()?).await.map(sqlite)
            }
            Inner::Postgres(tx) => {
                bound!(sqlx::Postgres, sql, params).fetch_all(&mut **tx).await.map(postgres)
            }
        }
        .map_err(fault)
    }

    /// Hands every page of a SQLite database over, in order, as they are in this transaction.
    pub(crate) async fn pages(&mut self, line: &mut crate::backup::Line) -> Result<(), Fault> {
        let Inner::SqliteRead(tx) = &mut self.inner else {
            return Err(Fault::new("pages are read in a reading transaction of SQLite"));
        };
        let mut pages =
            sqlx::query_scalar::<_, Vec<u8>>("select data from sqlite_dbpage order by pgno").fetch(&mut **tx);
        while let Some(page) = pages.try_next().await.map_err(fault)? {
            line.push(&page).await?;
        }
        Ok(())
    }

    /// Notes an audit entry; it is chained and written when the transaction commits.
    pub fn audit(&mut self, entry: audit::Entry) {
        self.audit.push(entry);
    }

    /// Makes everything durable; returns when it is.
    ///
    /// # Errors
    /// A fault if it could not be made durable; then nothing has happened.
    pub async fn commit(mut self) -> Result<(), Fault> {
        let entries = std::mem::take(&mut self.audit);
        if !entries.is_empty() {
            audit::write(&mut self, entries).await?;
        }
        match self.inner {
            Inner::SqliteRead(tx) => tx.commit().await.map_err(fault),
            Inner::SqliteWrite(turn) => turn.commit().await,
            Inner::Postgres(tx) => tx.commit().await.map_err(fault),
        }
    }

    fn note(&self, sql: &str) {
        if let Some(watch) = WATCH.get() {
            watch(self.db.engine(), sql);
        }
    }
}

/// No more statements than this travel together: their text is kept by the connection.
const MOST_KEPT: usize = 24;

async fn run_with_kept(turn: &mut Turn, sql: SqlStr, params: Params) -> Result<u64, Fault> {
    let (sql, params) = turn.with_kept(sql, params);
    let mut touched = 0;
    let mut results = turn.conn()?.fetch_many(sqlite_query(sql, params));
    while let Some(result) = results.try_next().await.map_err(fault)? {
        // Every statement reports; the last one is the caller's.
        if let Either::Left(done) = result {
            touched = done.rows_affected();
        }
    }
    Ok(touched)
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tx({:?})", self.db)
    }
}
