//! Group commit for SQLite: one writer connection handed over in turn, one durable commit for all who waited.
//!
//! The first writer opens a transaction; those who join it before it is committed each set a savepoint inside, so that
//! one can be undone alone. A writer's commit releases the savepoint, passes the connection on and waits. The lock is first come, first served, so a committer task
//! that queues behind the writers already waiting commits once for all of them: under load one `fsync` serves
//! the whole queue, alone a writer waits for nobody.

use crate::sqlite::Conn;
use kernel::{Fault, FaultKind};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

type Verdict = Option<Result<(), (FaultKind, String)>>;

pub(crate) struct Slot {
    conn: Option<Conn>,
    group: Option<Group>,
}

impl Slot {
    /// The connection, until it is closed.
    pub(crate) fn conn(&self) -> Result<&Conn, Fault> {
        self.conn.as_ref().ok_or_else(|| Fault::new("the database is closed").with_kind(FaultKind::Busy))
    }

    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        self.conn()?.tell(sql)
    }

    /// Commits what the connection holds.
    fn finish(&self) -> Result<(), Fault> {
        let Err(fault) = self.run("commit") else { return Ok(()) };
        // After a failed commit (disk full) the transaction may still be open: close it.
        if self.run("rollback").is_err() {
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
    /// Whether it joined others: then there is a savepoint. Whoever is the first needs none, which matters: with a
    /// savepoint open SQLite keeps a copy of every page that changes, in a list that each statement walks along.
    joined: bool,
}

impl Writer {
    pub(crate) fn new(conn: Conn) -> Self {
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
            slot.run("begin immediate")?;
            slot.group = Some(Group { done: watch::Sender::new(None), members: 0 });
        }
        let joined = slot.group.as_ref().is_some_and(|group| group.members > 0);
        if joined {
            slot.run("savepoint farun")?;
        }
        Ok(Turn { slot: Some(slot), writer: self.clone(), joined })
    }

    /// Commits the open group. Queued like a writer, so everybody who was waiting before joins first.
    async fn commit_group(self) {
        let mut slot = self.slot.lock().await;
        let Some(group) = slot.group.take() else { return };
        let verdict = slot.finish().map_err(|fault| (fault.kind(), fault.to_string()));
        drop(slot);
        group.done.send_replace(Some(verdict));
    }

    /// The connection itself, with no transaction open, for migrations.
    pub(crate) async fn alone(&self) -> tokio::sync::MutexGuard<'_, Slot> {
        self.slot.lock().await
    }

    pub(crate) async fn close(&self) -> Result<(), Fault> {
        let mut slot = self.slot.lock().await;
        slot.run("pragma wal_checkpoint(truncate)")?;
        slot.conn = None;
        Ok(())
    }
}

impl Turn {
    pub(crate) fn conn(&self) -> Result<&Conn, Fault> {
        let conn = self.slot.as_ref().ok_or_else(|| Fault::new("the writer's turn is over"))?.conn()?;
        // A full or failing disk undoes the whole transaction; what came after it would stand alone.
        if conn.is_undone() {
            return Err(Fault::new("the transaction was undone").with_kind(FaultKind::StorageFailed));
        }
        Ok(conn)
    }

    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let conn = self.conn()?;
        if self.joined {
            conn.tell("release farun")?;
        }
        let Some(mut slot) = self.slot.take() else { return Err(Fault::new("the writer's turn is over")) };
        if !self.writer.grouped.load(Ordering::Relaxed) {
            slot.group = None;
            return slot.finish();
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
        let undone = if self.joined {
            slot.run("rollback to farun").and_then(|()| slot.run("release farun"))
        } else {
            slot.group = None;
            match slot.conn() {
                Ok(conn) if conn.is_undone() => Ok(()),
                _ => slot.run("rollback"),
            }
        };
        if let Err(fault) = undone {
            tracing::error!(%fault, "could not roll back");
        }
    }
}
