//! Backups of a SQLite database while it is written: one moment's state, whole, and cheap the second time.

use kernel::{CountUnit, Day, Fault, Id, Moment};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{
    Audit, Db, Keyring, Location, audit,
    backup::{self, FORMAT, Facts, Manifest, Repository, Written},
    params,
    tally::{self, Fact, Measure},
};
use testkit::on_sqlite;

const VISITS: Measure = Measure::new("test.visits", CountUnit::Time);

fn id(n: i64) -> Id<()> {
    let region = kernel::Region::new(320_412).expect("a region");
    Id::from_parts(region, n + 1)
}

fn fact(n: i64) -> Fact {
    let day = Day::new(2022, 5, 6).expect("a day");
    Fact::new(VISITS, 1 + n % 3, day, id(n % 17), "test", id(n))
}

/// One deed: a setting, a fact with its sums, an audit row. Together or not at all.
async fn deed(db: &Db, n: i64) -> Result<(), Fault> {
    let mut tx = db.begin_write().await?;
    store::set_setting(&mut tx, &format!("deed.{n}"), &"法".repeat(100)).await?;
    tally::record(&mut tx, &fact(n), Moment::from_micros(1_651_798_800_000_000)).await?;
    tx.audit(Audit::new(None, "test.deed", "test", id(n)));
    tx.commit().await
}

async fn take(db: &Db, repository: &Arc<Repository>, id: &str) -> kernel::Result<(Manifest, Written)> {
    let mut tx = db.begin_read().await?;
    let facts = backup::facts(&mut tx).await?;
    let (database, written) = backup::store_sqlite(&mut tx, repository).await?;
    let mut manifest = Manifest {
        format: FORMAT,
        id: id.to_owned(),
        at: db.wall().now(),
        farun: "0".to_owned(),
        engine: "sqlite".to_owned(),
        facts,
        keys: BTreeMap::new(),
        database,
        files: Vec::new(),
        digest: String::new(),
    };
    repository.complete(&mut manifest)?;
    Ok((manifest, written))
}

/// Restores a backup and says what the database says of itself; broken chains and sums are faults.
async fn restored(db: &Db, repository: &Repository, manifest: &Manifest, to: &Path) -> kernel::Result<Facts> {
    assert_eq!(repository.write_out(&manifest.database, to)?, Vec::<String>::new());
    let again = Db::open(&Location::Sqlite(to.to_owned()), Keyring::none(), Arc::clone(db.wall())).await?;
    again.load_region().await?;
    let mut tx = again.begin_read().await?;
    let sound: String = tx.scalar("pragma integrity_check", params![]).await?;
    assert_eq!(sound, "ok");
    let facts = backup::facts(&mut tx).await?;
    let (_, broken) = audit::verify(&mut tx).await?;
    assert_eq!(broken, []);
    assert_eq!(tally::reconcile(&mut tx).await?, []);
    let deeds: i64 =
        tx.scalar("select count(*) from installation where name like 'deed.%'", params![]).await?;
    let facts_count = facts.tables["tally_fact"];
    assert_eq!((deeds, facts_count), (facts.tables["audit_row"], deeds), "whole deeds only");
    drop(tx);
    again.close().await?;
    Ok(facts)
}

#[test]
fn backups_while_writing_hold_one_moment_and_only_changes_are_written() {
    on_sqlite(&[], |db| async move {
        let folder = tempfile::tempdir().map_err(Fault::from)?;
        let repository = Arc::new(Repository::for_writing(&folder.path().join("backups"))?);
        for n in 0..1500 {
            deed(&db, n).await?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = tokio::task::JoinSet::new();
        for writer in 1..=4 {
            let (db, stop) = (db.clone(), Arc::clone(&stop));
            writers.spawn(async move {
                let mut n = writer * 100_000;
                while !stop.load(Ordering::Relaxed) {
                    deed(&db, n).await?;
                    n += 1;
                }
                Ok::<_, Fault>(n - writer * 100_000)
            });
        }
        let mut made = Vec::new();
        for id in ["a", "b", "c"] {
            made.push(take(&db, &repository, id).await?.0);
        }
        stop.store(true, Ordering::Relaxed);
        let mut wrote = 0;
        while let Some(done) = writers.join_next().await {
            wrote += done.expect("it ends")?;
        }
        assert!(wrote > 20, "they wrote meanwhile: {wrote}");
        for manifest in &made {
            let facts = restored(&db, &repository, manifest, &folder.path().join(&manifest.id)).await?;
            assert_eq!(manifest.facts.differences(&facts), Vec::<String>::new());
        }
        assert!(made[0].facts.tables["audit_row"] < made[2].facts.tables["audit_row"]);
        // At rest: nothing changed costs nothing, little changed costs little.
        let (whole, _) = take(&db, &repository, "d").await?;
        let (same, written) = take(&db, &repository, "e").await?;
        assert_eq!(whole.database, same.database);
        assert_eq!(written, Written::default());
        deed(&db, 7_000_000).await?;
        let (_, written) = take(&db, &repository, "f").await?;
        let whole_blocks = u64::try_from(whole.database.blocks.len()).expect("few");
        assert!(written.blocks > 0 && written.blocks * 2 < whole_blocks, "{written:?} of {whole_blocks}");
        // What a restored database lacks is noticed.
        let facts = restored(&db, &repository, &whole, &folder.path().join("d")).await?;
        let mut spoiled = facts.clone();
        spoiled.tables.insert("audit_row".to_owned(), 1);
        spoiled.figures.clear();
        spoiled.heads.clear();
        spoiled.schema = 0;
        assert_eq!(whole.facts.differences(&spoiled).len(), 4);
        Ok(())
    });
}

#[test]
fn a_backup_that_breaks_off_is_never_seen_and_the_next_one_goes_on() {
    on_sqlite(&[], |db| async move {
        let folder = tempfile::tempdir().map_err(Fault::from)?;
        let path = folder.path().join("backups");
        for n in 0..300 {
            deed(&db, n).await?;
        }
        {
            // The pages are stored, the manifest never is: the process died in between.
            let repository = Arc::new(Repository::for_writing(&path)?);
            let mut tx = db.begin_read().await?;
            let (_, written) = backup::store_sqlite(&mut tx, &repository).await?;
            assert!(written.blocks > 0);
        }
        let repository = Arc::new(Repository::for_writing(&path)?);
        assert_eq!(repository.list()?, Vec::<String>::new());
        assert!(repository.find(None).is_err());
        let (manifest, written) = take(&db, &repository, "a").await?;
        assert_eq!(written.blocks, 0, "what was stored before is not stored again");
        let facts = restored(&db, &repository, &manifest, &folder.path().join("out.db")).await?;
        assert_eq!(facts, manifest.facts);
        Ok(())
    });
}

#[test]
fn no_block_holds_a_sealed_value_in_clear() {
    on_sqlite(&[], |db| async move {
        let folder = tempfile::tempdir().map_err(Fault::from)?;
        let repository = Arc::new(Repository::for_writing(&folder.path().join("backups"))?);
        let secret = "320412199001011234";
        let sealed = db.keys().seal("a.b", secret)?;
        let mut tx = db.begin_write().await?;
        store::set_setting(&mut tx, "sealed", &sealed).await?;
        store::set_setting(&mut tx, "open", "13800000001").await?;
        tx.commit().await?;
        let (manifest, _) = take(&db, &repository, "a").await?;
        assert!(!repository.contains(&manifest, secret.as_bytes())?);
        assert!(repository.contains(&manifest, b"13800000001")?, "the search does find what is there");
        assert!(repository.contains(&manifest, sealed.as_bytes())?);
        Ok(())
    });
}
