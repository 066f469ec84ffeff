//! Every released schema comes up to the present one, with its data, whatever step the power fails in.

use crate::{
    schema,
    world::{World, run},
};
use farun::{Place, SystemClock, check, modules, wiring};
use flate2::read::GzDecoder;
use std::{collections::BTreeMap, io::Read as _, sync::Arc};
use store::{Db, Engine, Keyring, Migration, backup, params, testing::migrate_exactly};
use testkit::Postgres;

/// A release: its name, its data, its keys.
const RELEASES: [(&str, &[u8], &str); 1] =
    [("0.1.0", include_bytes!("../fixtures/0.1.0.sql.gz"), include_str!("../fixtures/0.1.0.key"))];

fn version(migration: &Migration) -> i64 {
    migration.file.split('_').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// All migrations of this release, in order.
fn all() -> Vec<Migration> {
    let modules = modules();
    let mut all: Vec<_> = store::MIGRATIONS
        .iter()
        .chain(modules.iter().flat_map(|module| module.migrations))
        .copied()
        .collect();
    all.sort_by_key(version);
    all
}

/// A released installation, as it was left behind.
pub(crate) struct Left {
    /// Where it is.
    pub(crate) place: Place,
    checksums: BTreeMap<i64, String>,
    _folder: tempfile::TempDir,
}

impl Left {
    /// The newest release there is data of.
    pub(crate) async fn newest(engine: Engine) -> kernel::Result<Self> {
        let [.., (_, data, key)] = RELEASES;
        Self::make(engine, data, key).await
    }

    async fn open(&self) -> kernel::Result<Db> {
        let keys = Keyring::open_or_create(&self.place.data.join("keys"))?;
        let db = Db::open(&self.place.location(), keys, Arc::new(SystemClock)).await?;
        if !self.checksums.is_empty() {
            db.load_region().await?;
        }
        Ok(db)
    }

    async fn make(engine: Engine, data: &[u8], key: &str) -> kernel::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database_url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::create().await),
        };
        let place = Place { data: folder.path().to_owned(), database_url };
        std::fs::create_dir_all(place.data.join("keys"))?;
        std::fs::write(Keyring::file_in(&place.data.join("keys")), key)?;
        let mut text = String::new();
        GzDecoder::new(data).read_to_string(&mut text)?;
        let mut statements = text.split("\n--\n");
        let mut checksums = BTreeMap::new();
        for line in statements.next().expect("the migrations").lines() {
            let (number, checksum) =
                line.trim_start_matches("-- ").split_once(' ').expect("a number and a checksum");
            checksums.insert(number.parse().expect("a number"), checksum.to_owned());
        }
        let mut left = Self { place, checksums: BTreeMap::new(), _folder: folder };
        let db = left.open().await?;
        let old: Vec<_> = all().into_iter().filter(|one| checksums.contains_key(&version(one))).collect();
        assert_eq!(old.len(), checksums.len(), "no migration of a release is ever removed");
        migrate_exactly(&db, &old).await?;
        let mut tx = db.begin_write().await?;
        for statement in statements {
            tx.execute(sqlx::AssertSqlSafe(statement.to_owned()), params![]).await?;
        }
        tx.commit().await?;
        db.load_region().await?;
        db.close().await?;
        left.checksums = checksums;
        Ok(left)
    }
}

async fn schema_of(db: &Db) -> kernel::Result<String> {
    match db.engine() {
        Engine::Sqlite => schema::sqlite(db).await,
        Engine::Postgres => schema::postgres(db).await,
    }
}

async fn facts_of(db: &Db) -> kernel::Result<backup::Facts> {
    let mut tx = db.begin_read().await?;
    Ok(backup::facts(&mut tx).await?)
}

/// What an installation made by this release looks like.
async fn fresh(engine: Engine) -> kernel::Result<String> {
    let folder = tempfile::tempdir()?;
    let database_url = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Postgres::create().await),
    };
    let db = wiring::open(&Place { data: folder.path().to_owned(), database_url }).await?;
    let schema = schema_of(&db).await?;
    db.close().await?;
    Ok(schema)
}

/// Nothing that was there is gone, every figure is what it was, and everything agrees.
async fn assert_sound(db: &Db, before: &backup::Facts) -> kernel::Result<()> {
    let after = facts_of(db).await?;
    for (table, rows) in &before.tables {
        if table != "_sqlx_migrations" {
            assert!(
                after.tables.get(table) >= Some(rows),
                "{table}: {rows} rows, now {:?}",
                after.tables.get(table)
            );
        }
    }
    assert_eq!(before.figures, after.figures, "every figure is what it was");
    assert_eq!(before.heads, after.heads);
    for outcome in check::check(db).await? {
        assert!(!outcome.grave || outcome.findings.is_empty(), "{outcome:?}");
    }
    let mut tx = db.begin_read().await?;
    let found = store::sealed::key_use(&mut tx, &farun::sealed_fields(), true).await?;
    assert_eq!(found.broken, [], "every sealed value opens, every blind index agrees");
    assert!(found.sealed[&1] > 100, "{found:?}");
    Ok(())
}

fn on_both(test: impl AsyncFn(Engine, &[u8], &str) -> kernel::Result<()>) {
    run(async {
        for (release, data, key) in RELEASES {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                test(engine, data, key)
                    .await
                    .map_err(|error| kernel::Fault::new(format!("{release} on {engine:?}: {error:?}")))?;
            }
        }
        Ok(())
    });
}

#[test]
fn every_released_schema_comes_up_to_the_present_one() {
    on_both(async |engine, data, key| {
        let left = Left::make(engine, data, key).await?;
        let db = left.open().await?;
        let before = facts_of(&db).await?;
        let mut tx = db.begin_read().await?;
        if engine == Engine::Sqlite {
            let applied: Vec<(i64, String)> = tx
                .all("select version, lower(hex(checksum)) from _sqlx_migrations order by version", params![])
                .await?;
            assert_eq!(
                applied.into_iter().collect::<BTreeMap<_, _>>(),
                left.checksums,
                "no migration of a release is ever changed"
            );
        }
        drop(tx);
        db.close().await?;
        let db = wiring::open(&left.place).await?;
        assert_eq!(schema_of(&db).await?, fresh(engine).await?);
        assert_sound(&db, &before).await?;
        db.close().await?;
        // A second start finds nothing to do.
        wiring::open(&left.place).await?.close().await?;
        Ok(())
    });
}

#[test]
fn a_step_that_fails_leaves_nothing_and_the_next_start_completes() {
    on_both(async |engine, data, key| {
        let left = Left::make(engine, data, key).await?;
        let mut db = left.open().await?;
        let before = facts_of(&db).await?;
        let all = all();
        // A step of the other engine is none here: it cannot fail.
        let other = if engine == Engine::Sqlite { ".postgres.sql" } else { ".sqlite.sql" };
        let pending: Vec<_> = (0..all.len())
            .filter(|at| !left.checksums.contains_key(&version(&all[*at])) && !all[*at].file.ends_with(other))
            .collect();
        assert!(!pending.is_empty());
        for at in pending {
            let known = &all[..at];
            migrate_exactly(&db, &merged(known, &all, &left)).await?;
            let (schema, facts) = (schema_of(&db).await?, facts_of(&db).await?);
            // Its own statements succeed, then one that cannot: as late as a step can fail.
            let sql: &'static str = Box::leak(
                format!(
                    "{};\ninsert into no_such_table values (1);",
                    all[at].sql.trim_end().trim_end_matches(';')
                )
                .into_boxed_str(),
            );
            let mut broken = merged(known, &all, &left);
            broken.push(Migration { file: all[at].file, sql });
            assert!(migrate_exactly(&db, &broken).await.is_err(), "{}", all[at].file);
            // The process ends: on PostgreSQL the lock of the migrations ends with its connection.
            db.close().await?;
            db = left.open().await?;
            assert_eq!(schema_of(&db).await?, schema, "{}: nothing of it remains", all[at].file);
            assert_eq!(facts_of(&db).await?, facts, "{}", all[at].file);
        }
        db.close().await?;
        let db = wiring::open(&left.place).await?;
        assert_eq!(schema_of(&db).await?, fresh(engine).await?);
        assert_sound(&db, &before).await?;
        db.close().await?;
        Ok(())
    });
}

/// The migrations of the release and the first pending ones.
fn merged(known: &[Migration], all: &[Migration], left: &Left) -> Vec<Migration> {
    let last = known.last().map_or(0, version);
    all.iter()
        .filter(|one| version(one) <= last || left.checksums.contains_key(&version(one)))
        .copied()
        .collect()
}

#[test]
fn a_database_of_a_newer_release_is_refused_and_left_alone() {
    run(async {
        let world = World::empty().await?;
        let mut newer = all();
        newer.push(Migration {
            file: "209901010001_future.sql",
            sql: "create table future_entry (id bigint primary key)",
        });
        migrate_exactly(&world.db, &newer).await?;
        let before = facts_of(&world.db).await?;
        let refused = wiring::open(&Place::folder(world.path())).await.expect_err("it is newer").to_string();
        assert!(refused.contains("newer release") && refused.contains("209901010001"), "{refused}");
        assert_eq!(facts_of(&world.db).await?, before);
        Ok(())
    });
}
