//! SQLite, called where the statement stands.
//!
//! A statement of ours takes some microseconds; handing it to a thread of its own and waiting for the answer costs more
//! than that in switches (docs/adr/0015). So connections are used in place: a few for reading, handed out in turn, and
//! the one that writes (`group.rs`). At most that many workers of the runtime can be inside SQLite at once;
//! [`crate::WORKERS_BESIDE`] says how many the runtime needs on top, so that others are served meanwhile.

use crate::{row::Row, value::Value};
use kernel::{Fault, FaultKind};
use rusqlite::{
    CachedStatement, Connection, OpenFlags,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many read at once.
pub(crate) const READERS: usize = 4;
/// How long a reader waits for its turn before it is told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(10);
/// Statements that stay prepared.
const PREPARED: usize = 400;

/// What a statement gave.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    /// How many rows it inserted, changed or deleted.
    pub(crate) touched: u64,
}

/// One connection.
pub(crate) struct Conn(Connection);

impl Conn {
    /// Opens the connection that writes; the file is made if it is not there.
    pub(crate) fn writing(path: &Path) -> Result<Self, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Self::open(
            path,
            flags,
            // What is overwritten or deleted is blanked in its page: a purge leaves nothing to be found in the file.
            // Every checkpoint syncs the whole file: four times fewer than usual, for a log of about 16 MB.
            "pragma cache_size = -8000; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
             pragma secure_delete = fast; pragma wal_autocheckpoint = 4000;",
        )
    }

    fn reading(path: &Path) -> Result<Self, Fault> {
        // Readers share what the system keeps of the file; each of them keeps little of its own.
        Self::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, "pragma cache_size = -4000;")
    }

    fn open(path: &Path, flags: OpenFlags, pragmas: &str) -> Result<Self, Fault> {
        let open = || {
            let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            conn.busy_timeout(BUSY)?;
            conn.set_prepared_statement_cache_capacity(PREPARED);
            conn.execute_batch("pragma temp_store = memory;")?;
            conn.execute_batch(pragmas)?;
            Ok(Self(conn))
        };
        open().map_err(|e| fault(e).context(format!("cannot open the database file {}", path.display())))
    }

    /// Runs one statement to its end.
    pub(crate) fn run(&self, sql: &str, params: &[Value]) -> Result<Answer, Fault> {
        let answer = || {
            let mut statement = self.0.prepare_cached(sql)?;
            bind(&mut statement, params)?;
            let width = statement.column_count();
            let names: Arc<[Box<str>]> = statement.column_names().into_iter().map(Box::from).collect();
            let mut answer = Answer::default();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                let values = (0..width).map(|index| value(row.get_ref(index)?, index));
                let values = values.collect::<rusqlite::Result<Vec<Value>>>()?;
                answer.rows.push(Row::of_sqlite(Arc::clone(&names), values));
            }
            drop(rows);
            answer.touched = self.0.changes();
            Ok(answer)
        };
        answer().map_err(fault)
    }

    /// Runs a statement that has neither parameters nor an answer.
    pub(crate) fn tell(&self, sql: &'static str) -> Result<(), Fault> {
        self.run(sql, &[]).map(|_| ())
    }

    /// Whether no transaction is open.
    pub(crate) fn is_undone(&self) -> bool {
        self.0.is_autocommit()
    }

    /// How many pages the database has.
    pub(crate) fn page_count(&self) -> Result<i64, Fault> {
        self.0.query_row("pragma page_count", [], |row| row.get(0)).map_err(fault)
    }

    /// The page of that number, from 1.
    pub(crate) fn page(&self, number: i64) -> Result<Vec<u8>, Fault> {
        let page = || {
            let mut statement = self.0.prepare_cached("select data from sqlite_dbpage where pgno = ?1")?;
            statement.query_row([number], |row| row.get(0))
        };
        page().map_err(fault)
    }
}

/// `$1` is a name to SQLite: what it stands for is found by its digits.
fn bind(statement: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    for index in 1..=statement.parameter_count() {
        let number = statement.parameter_name(index).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let value = number.and_then(|number| params.get(number.checked_sub(1)?));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(params.len(), index))?;
        let value = match value {
            Value::Int(Some(x)) => ValueRef::Integer(*x),
            Value::Real(Some(x)) => ValueRef::Real(*x),
            Value::Text(Some(x)) => ValueRef::Text(x.as_bytes()),
            Value::Int(None) | Value::Real(None) | Value::Text(None) => ValueRef::Null,
        };
        statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(value))?;
    }
    Ok(())
}

fn value(raw: ValueRef<'_>, index: usize) -> rusqlite::Result<Value> {
    Ok(match raw {
        ValueRef::Null => Value::Text(None),
        ValueRef::Integer(x) => Value::Int(Some(x)),
        ValueRef::Real(x) => Value::Real(Some(x)),
        ValueRef::Text(_) => Value::Text(Some(raw.as_str()?.to_owned())),
        ValueRef::Blob(_) => {
            return Err(rusqlite::Error::InvalidColumnType(index, String::new(), raw.data_type()));
        }
    })
}

/// The connections for reading.
pub(crate) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

/// Connections that wait for somebody who reads.
struct Idle {
    conns: Vec<Conn>,
    /// How often they were renewed: what was opened before is closed when it comes back.
    generation: u64,
}

impl Readers {
    /// Opens the first of them, so that a file that cannot be read is known at once.
    pub(crate) fn open(path: PathBuf) -> Result<Arc<Self>, Fault> {
        let first = Conn::reading(&path)?;
        let turns = Arc::new(Semaphore::new(READERS));
        let idle = Idle { conns: vec![first], generation: 0 };
        Ok(Arc::new(Self { path, turns, idle: Mutex::new(idle) }))
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // A push or a pop leaves the list whole, whatever happened around it.
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A connection in a transaction of its own.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Reading, Fault> {
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned());
        let turn = waiting.await.map_err(|_| busy("nobody gave a connection back in time"))?;
        let turn = turn.map_err(|_| busy("the database is closed"))?;
        let (conn, generation) = {
            let mut idle = self.idle();
            (idle.conns.pop(), idle.generation)
        };
        let conn = match conn {
            Some(conn) => conn,
            None => Conn::reading(&self.path)?,
        };
        conn.tell("begin")?;
        Ok(Reading { conn: Some(conn), generation, readers: Arc::clone(self), _turn: turn })
    }

    /// From now on connections are opened anew: how statements are planned is known to a connection from its beginning.
    pub(crate) fn renew(&self) {
        let mut idle = self.idle();
        idle.conns.clear();
        idle.generation += 1;
    }

    /// Waits for those who read and closes the connections.
    pub(crate) async fn close(&self) {
        let all = self.turns.acquire_many(u32::try_from(READERS).unwrap_or(u32::MAX)).await;
        self.turns.close();
        self.idle().conns.clear();
        drop(all);
    }
}

fn busy(why: &str) -> Fault {
    Fault::new(why).with_kind(FaultKind::Busy)
}

/// A connection for reading, in a transaction; dropping it ends the transaction and gives the connection back.
pub(crate) struct Reading {
    conn: Option<Conn>,
    generation: u64,
    readers: Arc<Readers>,
    _turn: OwnedSemaphorePermit,
}

impl Reading {
    pub(crate) fn conn(&self) -> Result<&Conn, Fault> {
        self.conn.as_ref().ok_or_else(|| Fault::new("the reading is over"))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        // One that cannot end its transaction is closed instead of handed on.
        match conn.tell("rollback") {
            Ok(()) => {
                let mut idle = self.readers.idle();
                if idle.generation == self.generation {
                    idle.conns.push(conn);
                }
            }
            Err(fault) => tracing::warn!(%fault, "a reading connection is closed"),
        }
    }
}

/// Turns an error into a fault, telling a full disk and a busy database from the rest.
fn fault(error: rusqlite::Error) -> Fault {
    let code = error.sqlite_error().map(|error| error.extended_code);
    Fault::from(error).with_kind(code.map_or(FaultKind::Other, kind))
}

/// What the codes of SQLite mean to us: busy and locked, full; a foreign key; a disk that fails, may only be read or cannot be opened,
/// with everything that SQLite packs above their low byte.
fn kind(code: i32) -> FaultKind {
    match code {
        13 => FaultKind::StorageFull,
        5 | 6 | 261 | 517 => FaultKind::Busy,
        787 => FaultKind::Dangling,
        _ if matches!(code & 0xff, 8 | 10 | 14) => FaultKind::StorageFailed,
        _ => FaultKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_disk_is_told_from_other_trouble() {
        // SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_READONLY, SQLITE_CANTOPEN
        for code in [10, 778, 1034, 8, 14] {
            assert_eq!(kind(code), FaultKind::StorageFailed, "{code}");
        }
        assert_eq!(kind(13), FaultKind::StorageFull);
        assert_eq!(kind(517), FaultKind::Busy, "SQLITE_BUSY_SNAPSHOT");
        assert_eq!(kind(787), FaultKind::Dangling, "SQLITE_CONSTRAINT_FOREIGNKEY");
        assert_eq!(kind(2067), FaultKind::Other, "SQLITE_CONSTRAINT_UNIQUE");
    }

    #[test]
    fn parameters_are_found_by_their_numbers() {
        let folder = tempfile::tempdir().expect("a folder");
        let conn = Conn::writing(&folder.path().join("a.db")).expect("a database");
        let seen = conn.run(
            "select $2 || $1 || $2 as word, $3 + 1 as next, $4 as none",
            &crate::params!["b", "a", 41_i64, None::<String>],
        );
        let seen = seen.expect("an answer").rows;
        assert_eq!(seen[0].get::<String>("word").expect("the word"), "aba");
        assert_eq!(seen[0].get::<i64>("next").expect("the number"), 42);
        assert_eq!(seen[0].get::<Option<String>>("none").expect("nothing"), None);
        assert!(conn.run("select $2", &crate::params![1_i64]).is_err(), "a parameter is missing");
        assert!(conn.run("select 1; select 2", &[]).is_err(), "one statement at a time");
        assert!(conn.run("select x'00' as raw", &[]).is_err(), "bytes are no text");
    }

    #[test]
    fn a_reader_cannot_write_and_sees_one_moment() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let writer = Conn::writing(&path).expect("a database");
        writer.tell("create table a (b integer)").expect("a table");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let readers = Readers::open(path).expect("readers");
            let reading = readers.begin().await.expect("a turn");
            let count = |reading: &Reading| {
                let rows = reading.conn().expect("it").run("select count(*) from a", &[]).expect("rows").rows;
                rows[0].at::<i64>(0).expect("a number")
            };
            assert_eq!(count(&reading), 0);
            writer.tell("insert into a values (1)").expect("a row");
            assert_eq!(count(&reading), 0, "the moment of its first look");
            assert!(reading.conn().expect("it").tell("insert into a values (2)").is_err());
            drop(reading);
            assert_eq!(count(&readers.begin().await.expect("a turn")), 1);
            let mut all = Vec::new();
            for _ in 0..READERS {
                all.push(readers.begin().await.expect("a turn"));
            }
            let one_more = tokio::time::timeout(Duration::from_millis(20), readers.begin()).await;
            assert!(one_more.is_err(), "there are only so many");
            drop(all);
            readers.close().await;
            assert_eq!(readers.begin().await.map(|_| ()).expect_err("closed").kind(), FaultKind::Busy);
        });
    }
}
