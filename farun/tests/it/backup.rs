//! Backups as operators make them: while people work, verified, restored elsewhere, drilled, found out when damaged.

use crate::{
    command_line::{binary, code, farun},
    upgrade::Left,
    world::{World, run},
};
use farun::{
    Config, Place,
    backup::{self, Source},
    check, jobs, wiring,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{Db, Engine, backup::Repository, params};
use testkit::Postgres;

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn blocks(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder.join("blocks"))
        .expect("blocks")
        .flatten()
        .flat_map(|folder| fs::read_dir(folder.path()).expect("a folder").flatten())
        .map(|entry| entry.path())
        .collect();
    all.sort();
    all
}

/// Somebody at work: a setting and its audit row, together, again and again.
fn working(db: &Db, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<Result<i64, kernel::Fault>> {
    let (db, stop) = (db.clone(), Arc::clone(stop));
    tokio::spawn(async move {
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            let mut tx = db.begin_write().await?;
            store::set_setting(&mut tx, &format!("work.{n}"), "1").await?;
            tx.audit(store::Audit::about(None, "test.work", "test"));
            tx.commit().await?;
            n += 1;
        }
        Ok(n)
    })
}

#[test]
fn an_installation_is_backed_up_while_people_work_and_restored_elsewhere() {
    run(async {
        let world = World::demo().await?;
        let elsewhere = tempfile::tempdir()?;
        let (to, keys) = (elsewhere.path().join("backups"), elsewhere.path().join("master.key"));
        fs::create_dir_all(world.path().join("files/2022"))?;
        fs::write(world.path().join("files/2022/章程.pdf"), b"a file".repeat(20_000))?;
        let stop = Arc::new(AtomicBool::new(false));
        let work = working(&world.db, &stop);
        let data = text(world.path());
        let first = farun(&["backup", "--data", data, "--to", text(&to), "--with-keys", text(&keys)]);
        assert_eq!(code(&first), 0, "{first:?}");
        let whole = blocks(&to).len();
        let second = farun(&["backup", "--data", data, "--to", text(&to)]);
        assert_eq!(code(&second), 0, "{second:?}");
        stop.store(true, Ordering::Relaxed);
        assert!(work.await.expect("it ends")? > 10, "people worked meanwhile");
        let new = blocks(&to).len() - whole;
        assert!(new * 5 < whole, "{new} new blocks on top of {whole}");
        let list = farun(&["backup", "list", "--to", text(&to)]);
        assert_eq!(out(&list).lines().count(), 2, "{list:?}");

        let verified = farun(&["verify", "--backup", text(&to)]);
        assert_eq!(code(&verified), 0, "{verified:?}");
        let target = elsewhere.path().join("restored");
        let restore = |at: &str, target: &Path| {
            farun(&[
                "restore",
                "--from",
                text(&to),
                "--at",
                at,
                "--data",
                text(target),
                "--keys",
                text(&keys),
            ])
        };
        let newest = out(&list).lines().last().expect("two")[..22].to_owned();
        let restored = restore(&newest, &target);
        assert_eq!(code(&restored), 0, "{restored:?}");
        assert_eq!(fs::read(target.join("files/2022/章程.pdf"))?, b"a file".repeat(20_000));
        assert_eq!(code(&farun(&["verify", "--data", text(&target), "--deep"])), 0);
        assert_eq!(code(&farun(&["check", "--data", text(&target)])), 0);
        let again = restore(&newest, &target);
        assert_eq!(code(&again), 2, "nothing is overwritten: {again:?}");
        assert_eq!(code(&restore("2099", &elsewhere.path().join("x"))), 2, "no such backup");

        // Without the keys everything but the sealed values is there, and no new keys are made up.
        let bare = elsewhere.path().join("bare");
        let restored = farun(&["restore", "--from", text(&to), "--data", text(&bare)]);
        assert_eq!(code(&restored), 0, "{restored:?}");
        assert!(out(&restored).contains("keys/master.key"));
        assert!(!bare.join("keys").exists());
        // Other keys are refused before anything is written.
        let other = World::empty().await?;
        let strange = other.path().join("keys/master.key");
        let refused = farun(&[
            "restore",
            "--from",
            text(&to),
            "--data",
            text(&elsewhere.path().join("y")),
            "--keys",
            text(&strange),
        ]);
        assert_eq!(code(&refused), 2, "{refused:?}");
        assert!(!elsewhere.path().join("y").exists());
        Ok(())
    });
}

#[test]
fn a_flipped_bit_and_a_missing_block_are_found_and_nothing_broken_is_restored() {
    run(async {
        let world = World::demo().await?;
        let elsewhere = tempfile::tempdir()?;
        let to = elsewhere.path().join("backups");
        assert_eq!(code(&farun(&["backup", "--data", text(world.path()), "--to", text(&to)])), 0);
        let all = blocks(&to);
        let victim = &all[all.len() / 2];
        let good = fs::read(victim)?;
        for planted in ["flipped", "missing"] {
            if planted == "flipped" {
                let mut bad = good.clone();
                bad[good.len() / 2] ^= 1;
                fs::write(victim, bad)?;
            } else {
                fs::remove_file(victim)?;
            }
            let verified = farun(&["verify", "--backup", text(&to), "--json"]);
            assert_eq!(code(&verified), 1, "{planted}: {verified:?}");
            let target = elsewhere.path().join(planted);
            let restored = farun(&["restore", "--from", text(&to), "--data", text(&target)]);
            assert_eq!(code(&restored), 1, "{planted}: {restored:?}");
            assert!(!target.join("farun.db").exists(), "no broken database is left to be used by mistake");
            let drill = farun(&["backup", "drill", "--data", text(world.path()), "--to", text(&to)]);
            assert_eq!(code(&drill), 1, "{planted}: {drill:?}");
        }
        // The database still has what is missing: the next backup fills it in.
        assert_eq!(code(&farun(&["backup", "--data", text(world.path()), "--to", text(&to)])), 0);
        assert_eq!(code(&farun(&["verify", "--backup", text(&to)])), 0);
        let drill = farun(&["backup", "drill", "--data", text(world.path()), "--to", text(&to)]);
        assert_eq!(code(&drill), 0, "{drill:?}");
        assert!(!world.path().join("drill").exists());
        assert_eq!(
            Repository::for_reading(&to)?.last_drill()?.expect("it is noted").findings,
            Vec::<String>::new()
        );
        Ok(())
    });
}

#[test]
fn a_backup_that_is_killed_is_never_seen() {
    run(async {
        let world = World::demo().await?;
        let elsewhere = tempfile::tempdir()?;
        let to = elsewhere.path().join("backups");
        let mut killed = 0;
        for _ in 0..4 {
            let before = if to.join("blocks").exists() { blocks(&to).len() } else { 0 };
            let mut child = binary()
                .args(["backup", "--data", text(world.path()), "--to", text(&to)])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            // Until it has stored something, or is done.
            while child.try_wait()?.is_none() {
                if to.join("blocks").exists() && blocks(&to).len() > before {
                    child.kill()?;
                }
                tokio::task::yield_now().await;
            }
            if Repository::for_reading(&to)?.list()?.is_empty() {
                killed += 1;
            } else {
                break;
            }
        }
        assert!(killed > 0, "at least the first one was caught in the middle");
        assert_eq!(code(&farun(&["backup", "--data", text(world.path()), "--to", text(&to)])), 0);
        assert_eq!(code(&farun(&["verify", "--backup", text(&to)])), 0);
        assert_eq!(code(&farun(&["backup", "prune", "--to", text(&to)])), 0);
        let left: Vec<_> = blocks(&to).into_iter().filter(|path| path.extension().is_some()).collect();
        assert_eq!(left, Vec::<PathBuf>::new(), "half blocks are cleaned away");
        assert_eq!(code(&farun(&["verify", "--backup", text(&to)])), 0);
        Ok(())
    });
}

#[test]
fn the_server_backs_up_and_drills_by_itself() {
    run(async {
        let world = World::demo().await?;
        let elsewhere = tempfile::tempdir()?;
        let to = elsewhere.path().join("backups");
        fs::write(
            world.path().join("farun.toml"),
            format!("[backup]\nfolder = {:?}\nkeep = {{ recent = 2 }}\n", text(&to)),
        )?;
        let config = Config::read(world.path())?;
        let app = wiring::app(world.db.clone(), &config, None).await?;
        jobs::run_due(&app).await?;
        let repository = Repository::for_reading(&to)?;
        assert_eq!(repository.list()?.len(), 1);
        let drill = repository.last_drill()?.expect("the first drill is due at once");
        assert_eq!(drill.findings, Vec::<String>::new());
        let mut tx = world.db.begin_read().await?;
        let runs = store::jobs::runs(&mut tx).await?;
        drop(tx);
        let outcome = |id: &str| runs.iter().find(|run| run.job == id).expect("it ran").outcome.clone();
        assert!(outcome("farun.backup").contains("已备份"), "{}", outcome("farun.backup"));
        assert!(outcome("farun.backup.drill").contains("通过"), "{}", outcome("farun.backup.drill"));
        let fresh = |outcomes: Vec<check::Outcome>| {
            outcomes.into_iter().find(|outcome| outcome.id == "farun.backup").expect("it is checked").findings
        };
        assert_eq!(fresh(check::check(&world.db).await?), Vec::<String>::new());
        // A backup folder that cannot be used is told, not kept quiet.
        let mut tx = world.db.begin_write().await?;
        store::jobs::finish(&mut tx, "farun.backup", true, "disk full").await?;
        tx.commit().await?;
        assert_eq!(fresh(check::check(&world.db).await?).len(), 1);
        Ok(())
    });
}

/// Every clear value that the installation seals.
async fn sealed_values(db: &Db) -> kernel::Result<Vec<String>> {
    let mut tx = db.begin_read().await?;
    let mut values = Vec::new();
    for field in farun::sealed_fields() {
        let sql = format!("select {1} from {0} where {1} is not null", field.table, field.column);
        let rows: Vec<(String,)> = tx.all(sqlx::AssertSqlSafe(sql), params![]).await?;
        for (sealed,) in rows.iter().take(12) {
            values.push(db.keys().open(field.field, sealed)?);
        }
    }
    Ok(values)
}

#[test]
fn no_backup_holds_a_sealed_value_in_clear() {
    run(async {
        let left = Left::newest(Engine::Sqlite).await?;
        let db = wiring::open(&left.place).await?;
        let elsewhere = tempfile::tempdir()?;
        let source = Source { data: left.place.data.clone(), database_url: None };
        let (manifest, _) = backup::take(&db, &source, elsewhere.path()).await?;
        let repository = Repository::for_reading(elsewhere.path())?;
        let values = sealed_values(&db).await?;
        assert!(values.len() > 30, "{}", values.len());
        for value in &values {
            assert!(
                !repository.contains(&manifest, value.as_bytes())?,
                "a sealed value lies in the backup in clear"
            );
        }
        let key = fs::read_to_string(store::Keyring::file_in(&left.place.data.join("keys")))?;
        assert!(!repository.contains(&manifest, key.trim().as_bytes())?, "the keys are no part of it");
        assert!(
            repository.contains(&manifest, "夹具测试有限公司".as_bytes())?,
            "the search finds what is there"
        );
        Ok(())
    });
}

#[test]
fn postgres_is_dumped_while_people_work_and_restored_into_an_empty_database_only() {
    run(async {
        let left = Left::newest(Engine::Postgres).await?;
        let db = wiring::open(&left.place).await?;
        let url = left.place.database_url.clone().expect("an address");
        let elsewhere = tempfile::tempdir()?;
        let (to, keys) = (elsewhere.path().join("backups"), elsewhere.path().join("master.key"));
        let stop = Arc::new(AtomicBool::new(false));
        let work = working(&db, &stop);
        let data = text(&left.place.data);
        let args = ["backup", "--data", data, "--database-url", &url, "--to", text(&to)];
        let first = farun(&[&args[..], &["--with-keys", text(&keys)]].concat());
        assert_eq!(code(&first), 0, "{first:?}");
        let whole = blocks(&to).len();
        stop.store(true, Ordering::Relaxed);
        work.await.expect("it ends")?;
        assert_eq!(code(&farun(&args)), 0);
        assert_eq!(code(&farun(&args)), 0);
        let new = blocks(&to).len() - whole;
        assert!(new < whole, "{new} new blocks on top of {whole}");

        let empty = Postgres::create().await;
        let restore = |target: &Path, url: &str| {
            farun(&[
                "restore",
                "--from",
                text(&to),
                "--data",
                text(target),
                "--database-url",
                url,
                "--keys",
                text(&keys),
            ])
        };
        let target = elsewhere.path().join("restored");
        let restored = restore(&target, &empty);
        assert_eq!(code(&restored), 0, "{restored:?}");
        let place = Place { data: target, database_url: Some(empty.clone()) };
        let again = wiring::open(&place).await?;
        assert_eq!(sealed_values(&again).await?.len(), sealed_values(&db).await?.len());
        again.close().await?;
        let refused = restore(&elsewhere.path().join("second"), &empty);
        assert_eq!(code(&refused), 2, "a database with something in it is left alone: {refused:?}");
        let refused =
            farun(&["restore", "--from", text(&to), "--data", text(&elsewhere.path().join("third"))]);
        assert_eq!(code(&refused), 2, "a dump is no SQLite file: {refused:?}");
        Ok(())
    });
}

#[test]
fn a_drill_on_postgres_really_restores_or_says_that_it_did_not() {
    run(async {
        let left = Left::newest(Engine::Postgres).await?;
        let db = wiring::open(&left.place).await?;
        let url = left.place.database_url.clone().expect("an address");
        let elsewhere = tempfile::tempdir()?;
        let (data, to) = (text(&left.place.data), elsewhere.path().join("backups"));
        let call = |url: &str, what: &[&str]| {
            let args = ["backup", "--data", data, "--database-url", url, "--to", text(&to)];
            farun(&[&args[..], what].concat())
        };
        let databases = async || -> kernel::Result<i64> {
            let mut tx = db.begin_read().await?;
            let ours = "select count(*) from pg_database where datname = 'farun_drill_' ||
                (select cast(oid as text) from pg_database where datname = current_database())";
            Ok(tx.scalar(ours, params![]).await?)
        };
        assert_eq!(code(&call(&url, &[])), 0);
        let drill = call(&url, &["drill"]);
        assert_eq!((code(&drill), out(&drill).contains("恢复演练通过")), (0, true), "{drill:?}");
        assert_eq!(databases().await?, 0, "the throwaway database is gone");

        // An account that may not create databases.
        let role = format!("plain_{}", std::process::id());
        let mut tx = db.begin_write().await?;
        for statement in [
            format!("create role {role} login"),
            format!("grant pg_read_all_data, pg_write_all_data to {role}"),
        ] {
            tx.execute(sqlx::AssertSqlSafe(statement), params![]).await?;
        }
        tx.commit().await?;
        let plain = url.replacen("postgres@", &format!("{role}@"), 1);
        assert_ne!(plain, url);
        let read = call(&plain, &["drill"]);
        assert_eq!((code(&read), out(&read).contains("没有真正恢复")), (0, true), "{read:?}");
        assert!(!Repository::for_reading(&to)?.last_drill()?.expect("it is noted").restored);
        let mut tx = db.begin_write().await?;
        tx.execute(sqlx::AssertSqlSafe(format!("drop role {role}")), params![]).await?;
        tx.commit().await?;

        // What only restoring finds: the blocks are whole, but rows were lost when the dump was made.
        let repository = Arc::new(Repository::for_writing(&to)?);
        let mut manifest = repository.find(None)?;
        let rows = manifest.facts.tables.get_mut("tally_fact").expect("facts");
        *rows += 1;
        manifest.id = backup_after(&manifest)?;
        repository.complete(&mut manifest)?;
        drop(repository);
        assert_eq!(code(&farun(&["verify", "--backup", text(&to)])), 0, "every block is whole");
        let drill = call(&url, &["drill"]);
        assert_eq!((code(&drill), out(&drill).contains("tally_fact")), (1, true), "{drill:?}");
        assert_eq!(databases().await?, 0, "the throwaway database is gone after a failure too");
        Ok(())
    });
}

/// A name that sorts after that backup's.
fn backup_after(manifest: &store::backup::Manifest) -> Result<String, kernel::Fault> {
    store::backup::new_id(manifest.at.plus_seconds(60))
}
