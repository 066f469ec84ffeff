//! Migrations: every module owns its own, the runner applies them all in order of their numbers.

use crate::db::{Db, Engine, Pool, fault};
use kernel::Fault;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _,
    migrate::{MigrationType, Migrator},
    sqlite::SqliteConnectOptions,
};

/// One migration file of a module, compiled in with [`crate::migrations!`].
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// File name: `202611230900_unit.sql`, or with `.sqlite.sql` / `.postgres.sql` where engines must differ.
    pub file: &'static str,
    /// The statements.
    pub sql: &'static str,
}

/// Compiles migration files in: `migrations!["202611230900_unit.sql", …]` (paths below `../migrations/`).
#[macro_export]
macro_rules! migrations {
    ($($file:literal),* $(,)?) => {
        &[$($crate::Migration { file: $file, sql: ::std::include_str!(::std::concat!("../migrations/", $file)) }),*]
    };
}

/// The foundation's own tables.
pub const MIGRATIONS: &[Migration] = migrations![
    "202611230001_installation.sql",
    "202611230002_audit.sql",
    "202611230003_idempotency.sql",
    "202611230004_outbox.sql",
    "202611230005_outside_number.sql",
    "202611230006_tally.sql",
    "202611230007_audit_time.sql",
    "202611240001_job_run.sql",
];

/// Brings the database up to date; returns the newest version.
///
/// # Errors
/// A fault if a migration fails (nothing of it remains), or if the database was made by a newer release.
pub async fn migrate(db: &Db, migrations: &[Migration]) -> Result<i64, Fault> {
    let all: Vec<Migration> = MIGRATIONS.iter().chain(migrations).copied().collect();
    apply(db, &all).await
}

/// Brings the database to exactly these migrations.
pub(crate) async fn apply(db: &Db, migrations: &[Migration]) -> Result<i64, Fault> {
    let engine = db.engine();
    let mut list = Vec::new();
    for migration in migrations {
        let mut parts = migration.file.splitn(2, '_');
        let version: i64 = parts
            .next()
            .and_then(|v| v.parse().ok())
            .ok_or_else(|| Fault::new(format!("{}: no version", migration.file)))?;
        let name = parts.next().unwrap_or_default().trim_end_matches(".sql");
        let name = match (name.strip_suffix(".sqlite"), name.strip_suffix(".postgres")) {
            (Some(_), _) if engine != Engine::Sqlite => continue,
            (_, Some(_)) if engine != Engine::Postgres => continue,
            (sqlite, postgres) => sqlite.or(postgres).unwrap_or(name),
        };
        list.push(sqlx::migrate::Migration::new(
            version,
            name.to_owned().into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(dialect(engine, migration.sql))),
            false,
        ));
    }
    list.sort_by_key(|migration| migration.version);
    let newest = list.last().map_or(0, |migration| migration.version);
    let migrator = Migrator::with_migrations(list);
    match &db.shared.pool {
        Pool::Sqlite { path, writer, .. } => {
            // The migrator has a connection of its own, while nobody writes.
            let alone = writer.alone().await;
            let options = SqliteConnectOptions::new()
                .filename(path)
                .foreign_keys(true)
                .pragma("secure_delete", "fast")
                .disable_statement_logging();
            let mut conn = options.connect().await.map_err(fault)?;
            let done = migrator.run(&mut conn).await;
            conn.close().await.map_err(fault)?;
            drop(alone);
            done
        }
        Pool::Postgres(pool) => migrator.run(pool).await,
    }
    .map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(version) => Fault::new(format!(
            "the database was made by a newer release (migration {version}); install that release"
        )),
        other => fault(other.into()).context("a migration failed"),
    })?;
    db.load_region().await?;
    Ok(newest)
}

/// The one difference in our DDL: `id bigint primary key` becomes the row id itself on SQLite, which saves an
/// index per table.
fn dialect(engine: Engine, sql: &str) -> String {
    match engine {
        Engine::Sqlite => sql.replace("bigint primary key", "integer primary key"),
        Engine::Postgres => sql.to_owned(),
    }
}
