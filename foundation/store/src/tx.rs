//! A unit of work: statements, ids, audit rows, facts and messages that happen together or not at all.

use crate::{
    audit,
    db::{Db, Engine, fault},
    group::Turn,
    row::{FromRow, FromValue, Row},
    sqlite::{Conn, Reading},
    value::{Params, Value},
};
use kernel::{Fault, Id, Region};
use sqlx::{
    SqlSafeStr, SqlStr,
    postgres::{PgArguments, PgRow},
};
use std::sync::OnceLock;

pub(crate) enum Inner {
    SqliteRead(Reading),
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

fn postgres_query(sql: SqlStr, params: Params) -> sqlx::query::Query<'static, sqlx::Postgres, PgArguments> {
    let mut query = sqlx::query::<sqlx::Postgres>(sql);
    for value in params {
        query = match value {
            Value::Int(x) => query.bind(x),
            Value::Text(x) => query.bind(x),
            Value::Real(x) => query.bind(x),
        };
    }
    query
}

impl Inner {
    /// The connection of SQLite.
    fn sqlite(&self) -> Result<&Conn, Fault> {
        match self {
            Self::SqliteRead(reading) => reading.conn(),
            Self::SqliteWrite(turn) => turn.conn(),
            Self::Postgres(_) => Err(Fault::new("this is PostgreSQL")),
        }
    }
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
            Inner::Postgres(tx) => {
                let done = postgres_query(sql, params).execute(&mut **tx).await;
                done.map(|done| done.rows_affected()).map_err(fault)
            }
            inner => {
                // A task that runs one statement after the other lets others run in between.
                tokio::task::coop::consume_budget().await;
                inner.sqlite()?.run(sql.as_str(), &params).map(|answer| answer.touched)
            }
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
        match &mut self.inner {
            Inner::Postgres(tx) => {
                let rows: Result<Vec<PgRow>, _> = postgres_query(sql, params).fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::of_postgres).collect()).map_err(fault)
            }
            inner => {
                // A task that runs one statement after the other lets others run in between.
                tokio::task::coop::consume_budget().await;
                inner.sqlite()?.run(sql.as_str(), &params).map(|answer| answer.rows)
            }
        }
    }

    /// Hands every page of a SQLite database over, in order, as they are in this transaction.
    pub(crate) async fn pages(&mut self, line: &mut crate::backup::Line) -> Result<(), Fault> {
        if !matches!(self.inner, Inner::SqliteRead(_)) {
            return Err(Fault::new("pages are read in a reading transaction of SQLite"));
        }
        let count = self.inner.sqlite().and_then(Conn::page_count)?;
        for number in 1..=count {
            let page = self.inner.sqlite().and_then(|conn| conn.page(number))?;
            line.push(&page).await?;
            tokio::task::coop::consume_budget().await;
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
            Inner::SqliteRead(_) => Ok(()),
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

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tx({:?})", self.db)
    }
}
