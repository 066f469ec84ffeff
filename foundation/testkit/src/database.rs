//! A fresh database for a test, on SQLite and on PostgreSQL.

use crate::pg;
use kernel::{Clock, FixedClock, Moment, Region, TestClock};
use std::{future::Future, sync::Arc};
use store::{Db, Engine, Keyring, Location, Migration};

/// A migrated, founded, empty database; its files go when it goes.
pub struct TestDb {
    /// The database.
    pub db: Db,
    _folder: Option<tempfile::TempDir>,
}

/// The region of tests: Wujin.
#[must_use]
pub(crate) fn region() -> Region {
    Region::new(320_412).expect("a valid region")
}

/// The moment at which the wall clock of tests stands.
#[must_use]
pub(crate) fn wall() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a valid moment")
}

/// A database of PostgreSQL's own for one test, dropped afterwards by the server's end.
pub struct Postgres;

impl Postgres {
    /// Makes an empty database on the run's server; returns its address.
    pub async fn create() -> String {
        let server = pg::require_server_url();
        let name = format!("t{}", store::audit::hex(&store::keys::random_bytes::<8>().expect("randomness")));
        store::testing::create_database(&server, &name).await.expect("the database can be made");
        let (base, _) = server.rsplit_once('/').expect("an address with a database name");
        format!("{base}/{name}")
    }
}

impl TestDb {
    /// A database on that engine with these tables.
    pub async fn new(engine: Engine, migrations: &[Migration]) -> Self {
        Self::with_wall(engine, migrations, Arc::new(FixedClock(wall()))).await
    }

    /// The same with a wall clock of the test's own: for what ends by real time (sessions, links, locks).
    pub async fn with_wall(engine: Engine, migrations: &[Migration], wall: Arc<dyn Clock>) -> Self {
        store::watch_statements(crate::database::record);
        let (location, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                (Location::Sqlite(folder.path().join("farun.db")), Some(folder))
            }
            Engine::Postgres => (Location::Postgres(Postgres::create().await), None),
        };
        let keys = Keyring::from_master([7; 32]);
        let db = Db::open(&location, keys, wall).await.expect("the database opens");
        store::migrate(&db, migrations).await.expect("the migrations run");
        db.found(region()).await.expect("the installation is founded");
        Self { db, _folder: folder }
    }
}

/// Runs the test once on SQLite and once on PostgreSQL.
///
/// # Panics
/// When the test does, or when there is no PostgreSQL.
pub fn on_both<F, Fut>(migrations: &[Migration], test: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = kernel::Result<()>>,
{
    for engine in [Engine::Sqlite, Engine::Postgres] {
        run(engine, migrations, Arc::new(FixedClock(wall())), &test);
    }
}

/// The same with a wall clock that the test moves; it begins where the wall clock of tests stands.
///
/// # Panics
/// When the test does, or when there is no PostgreSQL.
pub fn on_both_at<F, Fut>(migrations: &[Migration], test: F)
where
    F: Fn(Db, Arc<TestClock>) -> Fut,
    Fut: Future<Output = kernel::Result<()>>,
{
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let clock = Arc::new(TestClock::new(wall()));
        run(engine, migrations, Arc::<TestClock>::clone(&clock), &|db| test(db, Arc::clone(&clock)));
    }
}

/// The same on SQLite only.
///
/// # Panics
/// When the test does.
pub fn on_sqlite_at<F, Fut>(migrations: &[Migration], test: F)
where
    F: Fn(Db, Arc<TestClock>) -> Fut,
    Fut: Future<Output = kernel::Result<()>>,
{
    let clock = Arc::new(TestClock::new(wall()));
    run(Engine::Sqlite, migrations, Arc::<TestClock>::clone(&clock), &|db| test(db, Arc::clone(&clock)));
}

/// Runs the test on SQLite only: for pages, whose statements the store's tests have run on both.
///
/// # Panics
/// When the test does.
pub fn on_sqlite<F, Fut>(migrations: &[Migration], test: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = kernel::Result<()>>,
{
    run(Engine::Sqlite, migrations, Arc::new(FixedClock(wall())), &test);
}

fn run<F, Fut>(engine: Engine, migrations: &[Migration], wall: Arc<dyn Clock>, test: &F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = kernel::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = TestDb::with_wall(engine, migrations, wall).await;
        if let Err(error) = test(world.db.clone()).await {
            panic!("on {engine:?}: {error:?}");
        }
        world.db.close().await.expect("the database closes");
    });
}

/// Appends every statement to a file per engine when the run asks for it, so that tidy can tell which never ran.
#[expect(clippy::disallowed_methods, reason = "the test runner says where to write in the environment")]
pub(crate) fn record(engine: Engine, sql: &str) {
    use std::io::Write as _;
    static SEEN: std::sync::Mutex<std::collections::BTreeSet<(bool, String)>> =
        std::sync::Mutex::new(std::collections::BTreeSet::new());
    let Ok(folder) = std::env::var("FARUN_STATEMENTS") else { return };
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if !SEEN.lock().expect("not poisoned").insert((engine == Engine::Sqlite, flat.clone())) {
        return;
    }
    let name = if engine == Engine::Sqlite { "sqlite.txt" } else { "postgres.txt" };
    let file =
        std::fs::OpenOptions::new().create(true).append(true).open(std::path::Path::new(&folder).join(name));
    if let Ok(mut file) = file {
        // One write per line: lines of parallel processes do not mix.
        file.write_all(format!("{flat}\n").as_bytes()).ok();
    }
}
