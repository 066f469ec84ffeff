//! The database: SQLite or PostgreSQL behind one concrete type, opened by one setting.

use crate::{
    group::Writer,
    keys::Keyring,
    sqlite::{Conn, READERS, Readers},
    tx::{Inner, Tx},
};
use kernel::{Clock, Fault, FaultKind, Region};
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use std::{
    path::PathBuf,
    str::FromStr as _,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

/// Which engine a database runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, the default.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

/// Where the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file (created if absent).
    Sqlite(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

pub(crate) enum Pool {
    Sqlite { path: PathBuf, writer: Writer, readers: Arc<Readers> },
    Postgres(PgPool),
}

pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) wall: Arc<dyn Clock>,
    pub(crate) region: OnceLock<Region>,
    ids: Mutex<std::ops::Range<i64>>,
}

/// A handle on the database; cloning is cheap.
#[derive(Clone)]
pub struct Db {
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.engine())
    }
}

/// Serials are taken from the database in blocks of this size, so making an id costs no statement.
const ID_BLOCK: i64 = 1 << 16;
/// A unit of work may make this many ids before the next block must have been fetched.
const ID_RESERVE: i64 = 1 << 14;
/// How many workers of the runtime can be inside SQLite at once: those who read, and the one who writes. The runtime
/// should have that many more than there are processors, so that others are served meanwhile.
pub const WORKERS_BESIDE: usize = READERS + 1;

impl Db {
    /// Opens the database. `wall` is the real clock, used for audit rows (security never uses business time).
    ///
    /// # Errors
    /// A fault that names what could not be opened.
    pub async fn open(location: &Location, keys: Keyring, wall: Arc<dyn Clock>) -> Result<Self, Fault> {
        let pool = match location {
            Location::Sqlite(path) => {
                let writer = Writer::new(Conn::writing(path)?);
                Pool::Sqlite { path: path.clone(), writer, readers: Readers::open(path.clone())? }
            }
            Location::Postgres(url) => {
                let options = PgConnectOptions::from_str(url)
                    .map_err(|e| Fault::new(format!("the database address cannot be read: {e}")))?
                    .application_name("farun")
                    .disable_statement_logging();
                let pool = PgPoolOptions::new()
                    .max_connections(16)
                    .acquire_timeout(Duration::from_secs(10))
                    .connect_with(options)
                    .await
                    .map_err(|e| fault(e).context("cannot reach PostgreSQL"))?;
                Pool::Postgres(pool)
            }
        };
        let shared =
            Shared { pool, keys: Arc::new(keys), wall, region: OnceLock::new(), ids: Mutex::new(0..0) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A measuring aid: every writer commits for itself from now on, so that `farun bench` can say what sharing
    /// commits is worth. Nothing else calls it; on PostgreSQL it changes nothing.
    pub fn ungroup_commits(&self) {
        if let Pool::Sqlite { writer, .. } = &self.shared.pool {
            writer.ungroup();
        }
    }

    /// Which engine this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.shared.pool {
            Pool::Sqlite { .. } => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    /// The keys of the sealed fields.
    #[must_use]
    pub fn keys(&self) -> &Keyring {
        &self.shared.keys
    }

    /// The real time: for sessions, lock-outs and audit rows.
    #[must_use]
    pub fn wall(&self) -> &Arc<dyn Clock> {
        &self.shared.wall
    }

    /// The region (county-level unit) this installation belongs to.
    ///
    /// # Errors
    /// A fault before the installation has been founded.
    pub fn region(&self) -> Result<Region, Fault> {
        self.shared
            .region
            .get()
            .copied()
            .ok_or_else(|| Fault::new("the installation has not been founded yet"))
    }

    /// Starts reading: everything read through the transaction is one moment's state.
    ///
    /// # Errors
    /// A fault if no connection can be had.
    pub async fn begin_read(&self) -> Result<Tx, Fault> {
        let inner = match &self.shared.pool {
            Pool::Sqlite { readers, .. } => Inner::SqliteRead(readers.begin().await?),
            Pool::Postgres(pool) => {
                let mut tx = pool.begin().await.map_err(fault)?;
                sqlx::query("set transaction isolation level repeatable read, read only")
                    .execute(&mut *tx)
                    .await
                    .map_err(fault)?;
                Inner::Postgres(tx)
            }
        };
        Ok(Tx::new(self.clone(), inner))
    }

    /// Starts writing. Nothing but SQL may happen until [`Tx::commit`]; dropping the transaction undoes it.
    ///
    /// # Errors
    /// A fault if the writer cannot be had.
    pub async fn begin_write(&self) -> Result<Tx, Fault> {
        self.reserve_ids().await?;
        self.begin_write_unreserved().await
    }

    async fn begin_write_unreserved(&self) -> Result<Tx, Fault> {
        let inner = match &self.shared.pool {
            Pool::Sqlite { writer, .. } => Inner::SqliteWrite(writer.turn().await?),
            Pool::Postgres(pool) => Inner::Postgres(pool.begin().await.map_err(fault)?),
        };
        Ok(Tx::new(self.clone(), inner))
    }

    async fn reserve_ids(&self) -> Result<(), Fault> {
        let Some(region) = self.shared.region.get().copied() else { return Ok(()) };
        if self.ids_left() >= ID_RESERVE {
            return Ok(());
        }
        let mut tx = self.begin_write_unreserved().await?;
        if self.ids_left() >= ID_RESERVE {
            return Ok(()); // somebody else fetched a block while this one waited
        }
        let next: i64 = tx
            .scalar(
                "update id_block set next = next + $2 where region_id = $1 returning next",
                crate::params![region, ID_BLOCK],
            )
            .await?;
        tx.commit().await?;
        *self.ids()? = (next - ID_BLOCK)..next;
        Ok(())
    }

    fn ids_left(&self) -> i64 {
        self.ids().map_or(0, |ids| ids.end - ids.start)
    }

    fn ids(&self) -> Result<std::sync::MutexGuard<'_, std::ops::Range<i64>>, Fault> {
        self.shared.ids.lock().map_err(|_| Fault::new("the id allocator is poisoned"))
    }

    pub(crate) fn next_serial(&self) -> Result<i64, Fault> {
        self.ids()?.next().ok_or_else(|| Fault::new("one unit of work made more ids than were reserved"))
    }

    /// Founds the installation: fixes its region. Called once, on an empty database.
    ///
    /// # Errors
    /// A fault if the database cannot be written.
    pub async fn found(&self, region: Region) -> Result<(), Fault> {
        let mut tx = self.begin_write_unreserved().await?;
        tx.execute(
            "insert into installation (name, value) values ('region', $1) on conflict (name) do nothing",
            crate::params![region.to_string()],
        )
        .await?;
        tx.execute(
            "insert into id_block (region_id, next) values ($1, 1) on conflict (region_id) do nothing",
            crate::params![region],
        )
        .await?;
        tx.commit().await?;
        self.load_region().await
    }

    /// Reads the region of an installation founded earlier; does nothing before that.
    ///
    /// # Errors
    /// A fault if the database cannot be read.
    pub async fn load_region(&self) -> Result<(), Fault> {
        let mut tx = self.begin_read().await?;
        if let Some(text) = crate::setting(&mut tx, "region").await? {
            let region =
                text.parse().map_err(|_| Fault::new(format!("stored region {text:?} cannot be read")))?;
            // A second load finds the same value.
            self.shared.region.get_or_init(|| region);
        }
        Ok(())
    }

    /// Looks how the rows of tables that have grown spread over their indexes, by a hundred thousand rows of each, so that
    /// statements are planned with it: unasked, SQLite takes a region to have ten rows, and walks a whole table where
    /// another index would lead to one row. Takes less than a second for a million cases; writers wait meanwhile.
    /// PostgreSQL does so by itself. docs/adr/0015 has the figures.
    ///
    /// # Errors
    /// A fault if the database cannot be written.
    pub async fn survey(&self) -> Result<(), Fault> {
        let Pool::Sqlite { writer, readers, .. } = &self.shared.pool else { return Ok(()) };
        let turn = writer.turn().await?;
        let conn = turn.conn()?;
        // By fewer, a region of a million rows looks as small as those few.
        conn.tell("pragma analysis_limit = 100000")?;
        // All tables (0x10000) that have grown or were never looked at are looked at now (0x2).
        conn.tell("pragma optimize = 0x10002")?;
        turn.commit().await?;
        readers.renew();
        Ok(())
    }

    /// Writes everything out and closes the connections (graceful shutdown).
    ///
    /// # Errors
    /// A fault if the last checkpoint fails; the data is safe in the log all the same.
    pub async fn close(&self) -> Result<(), Fault> {
        match &self.shared.pool {
            Pool::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await
            }
            Pool::Postgres(pool) => {
                pool.close().await;
                Ok(())
            }
        }
    }
}

/// Turns an error of PostgreSQL into a fault, telling a full disk and a busy database from the rest.
pub(crate) fn fault(error: sqlx::Error) -> Fault {
    let kind = match &error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => FaultKind::Busy,
        sqlx::Error::Database(db) => match db.code().as_deref() {
            // disk_full
            Some("53100") => FaultKind::StorageFull,
            // Shutting down, too many connections, serialization, deadlock.
            Some("57P01" | "57P03" | "53300" | "40001" | "40P01") => FaultKind::Busy,
            // foreign_key_violation
            Some("23503") => FaultKind::Dangling,
            // io_error, and read_only_sql_transaction (a replica).
            Some("58030" | "25006") => FaultKind::StorageFailed,
            _ => FaultKind::Other,
        },
        _ => FaultKind::Other,
    };
    Fault::from(error).with_kind(kind)
}
