//! Group commit for SQLite: one writer connection handed over in turn, one durable commit for all who waited.
//!
//! Every writer gets the connection with a savepoint inside one open transaction. Its commit releases the
//! savepoint, passes the connection on and waits. The lock is first come, first served, so a committer task
//! that queues behind the writers already waiting commits once for all of them: under load one `fsync` serves
//! the whole queue, alone a writer waits for nobody.
//!
//! Every trip to the connection's thread costs more than most statements. What nobody waits for (a savepoint, an
//! insert) therefore travels with the next statement that somebody waits for.

use crate::{tx::sqlite_query, value::Params};
use kernel::{Fault, FaultKind};
use sqlx::{AssertSqlSafe, Connection as _, SqlSafeStr, SqlStr, sqlite::SqliteConnection};
use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

type Verdict = Option<Result<(), (FaultKind, String)>>;

pub(crate) struct Slot {
    conn: Option<SqliteConnection>,
    group: Option<Group>,
}

impl Slot {
    /// The connection, until it is closed.
    pub(crate) fn conn(&mut self) -> Result<&mut SqliteConnection, Fault> {
        self.conn.as_mut().ok_or_else(|| Fault::new("the database is closed").with_kind(FaultKind::Busy))
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), Fault> {
        sqlx::query(sql).execute(self.conn()?).await.map(|_| ()).map_err(crate::db::fault)
    }

    /// Commits what the connection holds.
    async fn finish(&mut self) -> Result<(), Fault> {
        let Err(fault) = self.run("commit").await else { return Ok(()) };
        // After a failed commit (disk full) the transaction may still be open: close it.
        if self.run("rollback").await.is_err() {
            tracing::debug!("the failed commit had already closed its transaction");
        }
        Err(fault)
    }
}

struct Group {
    done: watch::Sender<Verdict>,
    members: u32,
}

/// The queue for the one writer connection.
#[derive(Clone)]
pub(crate) struct Writer {
    slot: Arc<Mutex<Slot>>,
    grouped: Arc<AtomicBool>,
}

/// The writer connection, held for one unit of work. Dropping it rolls that work back.
pub(crate) struct Turn {
    slot: Option<OwnedMutexGuard<Slot>>,
    writer: Writer,
    waiting: Batch,
    /// Whether the savepoint has been set.
    begun: bool,
}

/// Statements that travel together, with one list of parameters.
#[derive(Default)]
struct Batch {
    count: usize,
    sql: String,
    params: Params,
}

impl Batch {
    fn push(&mut self, sql: &str, params: Params) {
        if !self.sql.is_empty() {
            self.sql.push_str("; ");
        }
        let before = self.params.len();
        let mut pieces = sql.split('$');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = piece.split_at(digits);
            let number = number.parse::<usize>().map_or(0, |number| number + before);
            // Writing to a String cannot fail.
            write!(self.sql, "${number}{rest}").ok();
        }
        self.params.extend(params);
        self.count += 1;
    }
}

impl Writer {
    pub(crate) fn new(conn: SqliteConnection) -> Self {
        Self {
            slot: Arc::new(Mutex::new(Slot { conn: Some(conn), group: None })),
            grouped: Arc::new(AtomicBool::new(true)),
        }
    }

    /// From now on every writer commits for itself: what `farun bench` compares the group commit with.
    pub(crate) fn ungroup(&self) {
        self.grouped.store(false, Ordering::Relaxed);
    }

    pub(crate) async fn turn(&self) -> Result<Turn, Fault> {
        let mut slot = Arc::clone(&self.slot).lock_owned().await;
        if slot.group.is_none() {
            slot.run("begin immediate").await?;
            slot.group = Some(Group { done: watch::Sender::new(None), members: 0 });
        }
        let mut turn =
            Turn { slot: Some(slot), writer: self.clone(), waiting: Batch::default(), begun: false };
        turn.later("savepoint farun", Params::new());
        Ok(turn)
    }

    /// Commits the open group. Queued like a writer, so everybody who was waiting before joins first.
    async fn commit_group(self) {
        let mut slot = self.slot.lock().await;
        let Some(group) = slot.group.take() else { return };
        let verdict = slot.finish().await.map_err(|fault| (fault.kind(), fault.to_string()));
        drop(slot);
        group.done.send_replace(Some(verdict));
    }

    /// The connection itself, with no transaction open, for migrations.
    pub(crate) async fn alone(&self) -> tokio::sync::MutexGuard<'_, Slot> {
        self.slot.lock().await
    }

    pub(crate) async fn close(&self) -> Result<(), Fault> {
        let mut slot = self.slot.lock().await;
        slot.run("pragma wal_checkpoint(truncate)").await?;
        match slot.conn.take() {
            Some(conn) => conn.close().await.map_err(crate::db::fault),
            None => Ok(()),
        }
    }
}

impl Turn {
    pub(crate) fn conn(&mut self) -> Result<&mut SqliteConnection, Fault> {
        self.slot.as_mut().ok_or_else(|| Fault::new("the writer's turn is over"))?.conn()
    }

    /// Keeps a statement until the next one that is waited for.
    pub(crate) fn later(&mut self, sql: &str, params: Params) {
        self.waiting.push(sql, params);
    }

    /// How many statements are kept.
    pub(crate) fn kept(&self) -> usize {
        self.waiting.count
    }

    /// The statement together with those that were kept.
    pub(crate) fn with_kept(&mut self, sql: SqlStr, params: Params) -> (SqlStr, Params) {
        self.begun = true;
        let mut batch = std::mem::take(&mut self.waiting);
        if batch.sql.is_empty() {
            return (sql, params);
        }
        batch.push(sql.as_str(), params);
        (AssertSqlSafe(batch.sql).into_sql_str(), batch.params)
    }

    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let (sql, params) = self.with_kept("release farun".into_sql_str(), Params::new());
        sqlite_query(sql, params).execute(self.conn()?).await.map_err(crate::db::fault)?;
        let Some(mut slot) = self.slot.take() else { return Err(Fault::new("the writer's turn is over")) };
        if !self.writer.grouped.load(Ordering::Relaxed) {
            slot.group = None;
            return slot.finish().await;
        }
        let Some(group) = slot.group.as_mut() else { return Err(Fault::new("no open group of writers")) };
        group.members += 1;
        let first = group.members == 1;
        let mut done = group.done.subscribe();
        drop(slot);
        if first {
            tokio::spawn(self.writer.clone().commit_group());
        }
        let verdict =
            done.wait_for(Option::is_some).await.map_err(|_| Fault::new("the group commit was lost"))?;
        match verdict.as_ref() {
            Some(Err((kind, message))) => Err(Fault::new(message.clone()).with_kind(*kind)),
            _ => Ok(()),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let begun = self.begun;
        // The guard moves into the task: nobody else gets the connection before the work is undone.
        runtime.spawn(async move {
            let alone = slot.group.as_ref().is_none_or(|group| group.members == 0);
            let undone = if alone {
                slot.group = None;
                slot.run("rollback").await
            } else if !begun {
                Ok(())
            } else {
                match slot.run("rollback to farun").await {
                    Ok(()) => slot.run("release farun").await,
                    Err(fault) => Err(fault),
                }
            };
            if let Err(fault) = undone {
                tracing::error!(%fault, "could not roll back");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[test]
    fn statements_that_travel_together_keep_their_parameters() {
        let mut batch = Batch::default();
        batch.push("savepoint farun", Params::new());
        batch.push("insert into a values ($1, $2, $1)", params![1_i64, 2_i64]);
        batch.push("update b set c = $11 where d = $3", (0..11_i64).flat_map(|n| params![n]).collect());
        assert_eq!(
            batch.sql,
            "savepoint farun; insert into a values ($1, $2, $1); update b set c = $13 where d = $5"
        );
        assert_eq!(batch.params.len(), 13);
    }
}
