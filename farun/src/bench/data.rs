//! The data that is measured: the demonstration world with as many entries as asked, kept for the next run.

use crate::{Place, cli::say, demo, wiring};
use kernel::{Fault, Id, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};
use store::{Db, Engine, params, tally};

/// Copies are spread over so many years, the world's own sixteen months among them.
const YEARS: i64 = 10;

/// What requests name.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// Villages with an adviser, as forms name them.
    pub(crate) units: Vec<String>,
    /// The town whose entries are asked for.
    pub(crate) town: String,
    /// A village of it.
    pub(crate) village: String,
    /// Initials of that village.
    pub(crate) initials: String,
}

/// A folder that holds so many entries, made if it is not there yet.
pub(crate) async fn prepare(root: &Path, entries: i64) -> Result<PathBuf> {
    let folder = root.join(entries.to_string());
    let place = Place::folder(&folder);
    let db = wiring::open(&place).await?;
    if count(&db).await? == entries {
        db.close().await?;
        return Ok(folder);
    }
    if db.region().is_ok() {
        return Err(Fault::new(format!("{} holds something else; remove it", folder.display())).into());
    }
    say(&format!("正在准备 {entries} 条记录的数据（{}）…", folder.display()));
    demo::make(&db).await?;
    grow(&db, entries).await?;
    db.close().await?;
    Ok(folder)
}

async fn grow(db: &Db, entries: i64) -> Result<()> {
    let own = count(db).await?;
    if own > entries {
        return Err(Fault::new(format!("the demonstration world alone has {own} entries")).into());
    }
    let mut have = own;
    let mut copies = 0;
    while have < entries {
        copies += 1;
        let mut tx = db.begin_write().await?;
        if copies == 1 && db.engine() == Engine::Sqlite {
            // The indexes of millions of rows are written at random; the server itself keeps its small cache.
            tx.all::<(i64,)>("pragma cache_size = -800000", params![]).await?;
        }
        let copied = advisers::copy_entries(&mut tx, own.min(entries - have), copies % YEARS).await?;
        tx.commit().await?;
        have += i64::try_from(copied).unwrap_or(0);
        if copied == 0 {
            return Err(Fault::new("there is nothing to copy").into());
        }
    }
    let mut tx = db.begin_write().await?;
    tally::rebuild(&mut tx).await?;
    tx.commit().await?;
    sound(db).await?;
    Ok(())
}

/// How many entries the book has; none before the world was made.
pub(crate) async fn count(db: &Db) -> Result<i64, Fault> {
    if db.region().is_err() {
        return Ok(0);
    }
    let mut tx = db.begin_read().await?;
    tx.scalar("select count(*) from advisers_service where region_id = $1", params![tx.region()?]).await
}

/// Compares sums with facts and walks the audit trail; returns the number of audit rows.
pub(crate) async fn sound(db: &Db) -> Result<u64, Fault> {
    let mut tx = db.begin_read().await?;
    let differences = tally::reconcile(&mut tx).await?;
    if let Some(first) = differences.first() {
        return Err(Fault::new(format!("a live sum does not equal its facts: {first:?}")));
    }
    let (rows, broken) = store::audit::verify(&mut tx).await?;
    match broken.first() {
        Some(first) => Err(Fault::new(format!("the audit trail is broken: {first:?}"))),
        None => Ok(rows),
    }
}

/// What requests name, read from the data.
pub(crate) async fn names(db: &Db) -> Result<Names, Fault> {
    let mut tx = db.begin_read().await?;
    let rows: Vec<(Id<()>, Id<()>, String)> = tx
        .all(
            "select u.id, u.town_id, u.initials from places_unit u join advisers_current c on c.unit_id = u.id where u.region_id = $1 order by u.id",
            params![tx.region()?],
        )
        .await?;
    let (village, town, initials) =
        rows.first().ok_or_else(|| Fault::new("no village has an adviser"))?.clone();
    Ok(Names {
        units: rows.iter().map(|row| row.0.to_string()).collect(),
        town: town.to_string(),
        village: village.to_string(),
        initials,
    })
}

/// Where copies are measured.
pub(crate) fn run_folder(root: &Path) -> PathBuf {
    root.join("run")
}

/// A copy of a prepared folder to run in, so that the prepared one stays as it is.
pub(crate) fn scratch(prepared: &Path, root: &Path) -> Result<PathBuf, Fault> {
    let folder = run_folder(root);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("keys"))?;
    fs::copy(prepared.join("farun.db"), folder.join("farun.db"))?;
    fs::copy(prepared.join("keys/master.key"), folder.join("keys/master.key"))?;
    Ok(folder)
}
