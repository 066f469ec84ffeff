//! The demonstration world, plain and with records of every kind, made once per build and copied for every test.

use crate::attack::records;
use farun::{Config, Place, demo, serve, wiring};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};
use store::{Db, Location};
use testkit::Postgres;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// Runs a story on a runtime of its own.
pub(crate) fn run<F: Future<Output = kernel::Result<()>>>(story: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    if let Err(error) = runtime.block_on(story) {
        panic!("{error:?}");
    }
}

/// A world of this build in its folder, made by whichever test comes first.
fn template(name: &str, make: impl FnOnce(PathBuf) + Send + 'static) -> PathBuf {
    let exe = fs::metadata(std::env::current_exe().expect("a test binary")).expect("its metadata");
    let stamp = exe.modified().expect("a time").duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = base.join(format!("{name}-{stamp}"));
    let lock = File::create(base.join(format!("{name}.lock"))).expect("a lock file");
    lock.lock().expect("the lock");
    if !folder.join("done").exists() {
        for old in fs::read_dir(base).expect("the folder").flatten() {
            if old.file_name().to_string_lossy().starts_with(&format!("{name}-")) {
                fs::remove_dir_all(old.path()).expect("the old world goes");
            }
        }
        // A thread of its own: this may be called from inside a runtime.
        let made = folder.clone();
        std::thread::spawn(move || make(made)).join().expect("the world is made");
        File::create(folder.join("done")).expect("the mark");
    }
    folder
}

/// The demonstration world.
fn demo_template() -> PathBuf {
    template("demo", |folder| {
        run(async move {
            let db = wiring::open(&Place::folder(&folder)).await?;
            demo::make(&db).await?;
            Ok(db.close().await?)
        });
    })
}

/// The same with records of every kind.
fn rich_template() -> PathBuf {
    template("rich", |folder| run(async move { records::make().await?.keep(&folder).await }))
}

/// A copy of the world that the test may change.
pub(crate) struct World {
    folder: tempfile::TempDir,
    /// Its database.
    pub(crate) db: Db,
}

impl World {
    /// Copies and opens the demonstration world.
    pub(crate) async fn demo() -> kernel::Result<Self> {
        let folder = tempfile::tempdir()?;
        copy(&demo_template(), folder.path())?;
        let db = wiring::open(&Place::folder(folder.path())).await?;
        Ok(Self { folder, db })
    }

    /// Copies and opens the demonstration world with records of every kind that people can make.
    pub(crate) async fn rich() -> kernel::Result<Self> {
        let folder = tempfile::tempdir()?;
        copy(&rich_template(), folder.path())?;
        let db = wiring::open(&Place::folder(folder.path())).await?;
        Ok(Self { folder, db })
    }

    /// Leaves everything as it stands in another folder.
    async fn keep(self, folder: &Path) -> kernel::Result<()> {
        self.db.close().await?;
        Ok(copy(self.folder.path(), folder)?)
    }

    /// An installation nobody has set up yet.
    pub(crate) async fn empty() -> kernel::Result<Self> {
        let folder = tempfile::tempdir()?;
        let db = wiring::open(&Place::folder(folder.path())).await?;
        wiring::found(&db, 320_412).await?;
        Ok(Self { folder, db })
    }

    /// A copy of a world as it stands now; nobody may be writing to it.
    pub(crate) async fn copy_of(other: &World) -> kernel::Result<Self> {
        let folder = tempfile::tempdir()?;
        copy(&other.path().join("keys"), &folder.path().join("keys"))?;
        // The file with its log is the whole state; the index beside them is made anew.
        for name in ["farun.db", "farun.db-wal"] {
            if other.path().join(name).exists() {
                fs::copy(other.path().join(name), folder.path().join(name))?;
            }
        }
        let db = wiring::open(&Place::folder(folder.path())).await?;
        Ok(Self { folder, db })
    }

    /// The same world after its database was closed.
    pub(crate) async fn opened_again(self) -> kernel::Result<Self> {
        let Self { folder, .. } = self;
        let db = wiring::open(&Place::folder(folder.path())).await?;
        Ok(Self { folder, db })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Serves it on a free port.
    pub(crate) async fn serve(&self) -> kernel::Result<Site> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = wiring::app(self.db.clone(), &Config::default(), Some(url.clone())).await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(serve::serve(app, vec![(listener, false)], stopped));
        Ok(Site { url, stop: Arc::new(stop), _task: task })
    }
}

/// A running site; it ends with the test.
pub(crate) struct Site {
    /// Its address without a trailing slash.
    pub(crate) url: String,
    stop: Arc<watch::Sender<bool>>,
    _task: JoinHandle<Result<(), kernel::Fault>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The demonstration world on PostgreSQL, made for this test.
pub(crate) async fn on_postgres() -> kernel::Result<(tempfile::TempDir, Db)> {
    let folder = tempfile::tempdir()?;
    let place = Place { data: folder.path().to_owned(), database_url: Some(Postgres::create().await) };
    assert!(matches!(place.location(), Location::Postgres(_)));
    let db = wiring::open(&place).await?;
    demo::make(&db).await?;
    Ok((folder, db))
}
