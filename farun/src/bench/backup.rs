//! The measured book backed up, backed up again after some work, verified, restored into another folder, and compared
//! with what it was.

use super::{
    data,
    process::{Process, Stopwatch},
    registers::Found,
    replay::visit,
};
use crate::{
    Place,
    backup::{self, Source},
    restore, verify, wiring,
};
use advisers::{Entry, log_service};
use kernel::{Fault, Id, Result};
use places::Unit;
use std::{
    fs,
    path::{Path, PathBuf},
};
use store::{
    Db,
    backup::{Facts, Repository},
};

/// Entries that are written between the two backups.
const MORE: usize = 1000;

/// Entries of one village, today.
async fn work(db: &Db) -> Result<()> {
    let now = wiring::business_clock(db).await?.now();
    let unit = data::names(db).await?.village;
    let unit: Id<Unit> = unit.parse().map_err(|_| Fault::new("a village's number cannot be read"))?;
    let mut tx = db.begin_write().await?;
    for _ in 0..MORE / 100 {
        let entries = vec![Entry { unit, deed: visit(now.day()), own: None }; 100];
        log_service(&mut tx, None, &entries, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn mib(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}

/// What differs between the source and what was restored. The restored trail has one row more: it says so.
fn differences(source: &Facts, restored: &Facts) -> Vec<String> {
    let mut expected = source.clone();
    expected.heads.clone_from(&restored.heads);
    for (table, rows) in &mut expected.tables {
        if table == "audit_row" {
            *rows += 1;
        } else if table.starts_with("audit") {
            *rows = restored.tables.get(table).copied().unwrap_or(*rows);
        }
    }
    expected.differences(restored)
}

/// Turns one bit in the middle of the largest block.
fn damage(folder: &Path) -> Result<(), Fault> {
    let mut largest: Option<(u64, PathBuf)> = None;
    for below in fs::read_dir(folder.join("blocks"))? {
        for block in fs::read_dir(below?.path())? {
            let block = block?;
            let length = block.metadata()?.len();
            if largest.as_ref().is_none_or(|(most, _)| length > *most) {
                largest = Some((length, block.path()));
            }
        }
    }
    let (_, path) = largest.ok_or_else(|| Fault::new("a backup without blocks"))?;
    let mut bytes = fs::read(&path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes)?;
    Ok(())
}

fn sound(what: &str, findings: &[String]) -> Result<(), Fault> {
    match findings.first() {
        None => Ok(()),
        Some(first) => Err(Fault::new(format!("{what}: {first}"))),
    }
}

/// Backs up and restores. With a planted fault one bit of a block is turned before the restore.
pub(super) async fn back_up(db: Db, place: &Place, beside: &Path, plant: bool) -> Result<Found> {
    let own = Process::own();
    let (to, keys, target) = (beside.join("backups"), beside.join("backup.key"), beside.join("restored"));
    forget(beside)?;
    let source = Source { data: place.data.clone(), database_url: None };
    let mut steps = Vec::new();
    let watch = Stopwatch::start(&own)?;
    let (manifest, written) = backup::take(&db, &source, &to).await?;
    let size = manifest.bytes();
    steps.push(watch.stop("backup", format!("{}, written {}", mib(size), mib(written.bytes)))?);
    backup::copy_keys(&place.data, &keys)?;
    work(&db).await?;
    let watch = Stopwatch::start(&own)?;
    let (manifest, written) = backup::take(&db, &source, &to).await?;
    steps.push(watch.stop(
        "backup after 1,000 more entries",
        format!("written {} in {} blocks", mib(written.bytes), written.blocks),
    )?);
    if plant {
        damage(&to)?;
    } else {
        let watch = Stopwatch::start(&own)?;
        let outcome = verify::backup(to.to_str().ok_or_else(|| Fault::new("a folder's name is no text"))?)?;
        sound("the backup", &outcome.findings)?;
        steps.push(watch.stop("verify every block", String::new())?);
    }
    let watch = Stopwatch::start(&own)?;
    let repository = Repository::for_reading(&to)?;
    let findings = restore::restore(&repository, &manifest, &target, None, Some(&keys)).await?;
    sound("the restored data", &findings)?;
    steps.push(watch.stop(
        "restore and compare",
        format!("{}: file, rows, audit chains, sums, keys", mib(manifest.bytes())),
    )?);
    let there = wiring::open_existing(&Place::folder(&target)).await?;
    let was = store::backup::facts(&mut db.begin_read().await?).await?;
    let is = store::backup::facts(&mut there.begin_read().await?).await?;
    sound("the restored database", &differences(&was, &is))?;
    let rows: i64 = is.tables.values().sum();
    let entries = data::count(&there).await?;
    if entries == 0 || entries != data::count(&db).await? {
        return Err(Fault::new(format!("{entries} entries were restored")).into());
    }
    there.close().await?;
    db.close().await?;
    forget(beside)?;
    Ok(Found {
        steps,
        held: vec![format!(
            "{rows} rows in {} tables and the digest of all live sums are equal in source and restored data ({entries} entries)",
            is.tables.len()
        )],
    })
}

/// Removes what a run made.
fn forget(beside: &Path) -> Result<(), Fault> {
    for folder in ["backups", "restored"].map(|name| beside.join(name)) {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    let keys = beside.join("backup.key");
    if keys.exists() {
        fs::remove_file(keys)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_row_and_another_sum_are_found_and_the_row_that_tells_of_the_restore_is_not() {
        let facts = |services: i64, audit: i64, figures: &str| Facts {
            schema: 1,
            tables: [("advisers_service_entry".to_owned(), services), ("audit_row".to_owned(), audit)].into(),
            heads: Vec::new(),
            figures: figures.to_owned(),
        };
        let was = facts(2000, 10, "a");
        assert!(differences(&was, &facts(2000, 11, "a")).is_empty());
        for wrong in [facts(1999, 11, "a"), facts(2000, 11, "b"), facts(2000, 10, "a"), facts(2000, 12, "a")]
        {
            assert_eq!(differences(&was, &wrong).len(), 1, "{wrong:?}");
        }
    }
}
