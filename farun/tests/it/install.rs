//! The offline package's install.sh, as an operator runs it: an old installation is upgraded while it serves, and the way
//! back returns to the program and the data of before.

use crate::{backup::blocks, command_line::code, upgrade::Left, world::run};
use farun::{Place, wiring};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use store::{
    Engine,
    backup::{self, Facts, Repository},
};
use testkit::Postgres;

const NEW: &str = env!("CARGO_BIN_EXE_farun");

/// What the installed program of before can do.
#[derive(Clone, Copy, PartialEq)]
enum Old {
    /// It has `backup` and `restore`.
    WithBackups,
    /// It is older than these commands.
    WithoutBackups,
    /// The planted fault: it migrates before it backs up, as opening a database once did.
    Migrating,
}

/// A server below a folder: an old installation, the new package, and a systemctl that notes what it is told.
struct Trial {
    root: tempfile::TempDir,
    place: Place,
    _left: Left,
}

fn script(path: &Path, lines: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
    fs::write(path, format!("#!/bin/sh\n{lines}")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it may run");
}

#[expect(clippy::disallowed_methods, reason = "these tests run what an operator runs")]
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_remove("FARUN_DATA").env_remove("FARUN_DATABASE_URL");
    command
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("it can be read").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it can be copied");
        }
    }
}

/// The package as scripts/dist.sh lays it out, around the binary of this build.
fn package(to: &Path) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    copy(&repository.join("deploy"), &to.join("deploy"));
    fs::rename(to.join("deploy/install.sh"), to.join("install.sh")).expect("the script");
    fs::create_dir_all(to.join("bin")).expect("bin");
    if fs::hard_link(NEW, to.join("bin/farun")).is_err() {
        fs::copy(NEW, to.join("bin/farun")).expect("the program");
    }
    fs::create_dir_all(to.join("doc")).expect("doc");
    fs::write(to.join("doc/README.md"), "documents").expect("a document");
    fs::write(to.join("MACHINE"), std::env::consts::ARCH).expect("MACHINE");
    fs::write(to.join("GLIBC"), "2.17").expect("GLIBC");
    let sums = program("sh")
        .args(["-c", "find . -type f ! -name SHA256SUMS -print0 | xargs -0 sha256sum >SHA256SUMS"])
        .current_dir(to)
        .status();
    assert!(sums.expect("sha256sum runs").success());
}

/// Runs install.sh with that folder as the server's root.
fn install(root: &Path, args: &[&str]) -> Output {
    program("sh")
        .args([
            "-c",
            "PATH=\"$FARUN_ROOT/fake:$PATH\" exec bash \"$FARUN_ROOT/package/install.sh\" \"$@\"",
            "sh",
        ])
        .args(args)
        .env("FARUN_ROOT", root)
        .output()
        .expect("the script runs")
}

impl Trial {
    /// An empty server with the package on it.
    fn server() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        package(&root.path().join("package"));
        fs::create_dir_all(root.path().join("run/systemd/system")).expect("systemd is there");
        root
    }

    /// The newest release there is data of, installed and running.
    async fn new(engine: Engine, old: Old) -> kernel::Result<Self> {
        let left = Left::newest(engine).await?;
        let root = Self::server();
        let at = |path: &str| root.path().join(path);
        let data = at("var/lib/farun");
        copy(&left.place.data, &data);
        fs::write(data.join("farun.toml"), "brand = \"自己的名称\"\n")?;
        if let Some(url) = &left.place.database_url {
            fs::create_dir_all(at("etc/farun"))?;
            fs::write(at("etc/farun/farun.env"), format!("FARUN_LOG=info\nFARUN_DATABASE_URL=\"{url}\"\n"))?;
        }
        let log = at("log").display().to_string();
        let first = match old {
            Old::WithBackups => String::new(),
            Old::WithoutBackups => "case $1 in backup | restore | verify) exit 2 ;; esac\n".to_owned(),
            Old::Migrating => {
                format!("[ \"$1 $2\" != 'backup --data' ] || {NEW} migrate --data \"$3\" >&2\n")
            }
        };
        script(
            &at("usr/local/bin/farun"),
            &format!(
                "[ \"$1\" != --version ] || {{ echo farun 0.0.9; exit; }}\n{first}\
                 [ \"$2\" = --help ] || echo \"old $1\" >>{log}\nexec {NEW} \"$@\"\n"
            ),
        );
        // The server writes until the moment it stops; a drill's audit row stands for that.
        let (active, backups) = (at("active").display().to_string(), at("var/backups/farun-upgrade"));
        script(
            &at("fake/systemctl"),
            &format!(
                "case $1 in\nis-active) test -e {active}; exit ;;\n\
                 stop) {NEW} backup --data {} --to {} drill >&2 || exit 1; rm {active} ;;\nstart) touch {active} ;;\nesac\n\
                 echo \"$1 $({} --version)\" >>{log}\n",
                data.display(),
                backups.display(),
                at("usr/local/bin/farun").display(),
            ),
        );
        fs::write(at("active"), "")?;
        let place = Place { data, database_url: left.place.database_url.clone() };
        Ok(Self { root, place, _left: left })
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn install(&self, args: &[&str]) -> Output {
        install(self.root.path(), args)
    }

    /// What was called, in order.
    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn version(&self) -> String {
        let said = program(&self.at("usr/local/bin/farun").display().to_string()).arg("--version").output();
        String::from_utf8_lossy(&said.expect("it runs").stdout).trim().to_owned()
    }

    async fn facts(&self) -> kernel::Result<Facts> {
        facts_at(&self.place).await
    }

    /// The newest migration in each backup made before the upgrade.
    fn schemas_backed_up(&self) -> kernel::Result<Vec<i64>> {
        let repository = Repository::for_reading(&self.at("var/backups/farun-upgrade"))?;
        repository.list()?.iter().map(|id| Ok(repository.manifest(id)?.facts.schema)).collect()
    }

    /// The data folders that were put aside.
    fn aside(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.at("var/lib")).expect("var/lib").flatten();
        all.map(|entry| entry.path())
            .filter(|path| path.display().to_string().contains("upgraded-"))
            .collect()
    }
}

async fn facts_at(place: &Place) -> kernel::Result<Facts> {
    let db = wiring::open_as_it_is(place).await?;
    let mut tx = db.begin_read().await?;
    let facts = backup::facts(&mut tx).await?;
    drop(tx);
    db.close().await?;
    Ok(facts)
}

fn new_version() -> String {
    format!("farun {}", env!("CARGO_PKG_VERSION"))
}

async fn there_and_back(engine: Engine, old: Old) -> kernel::Result<()> {
    let trial = Trial::new(engine, old).await?;
    let before = trial.facts().await?;
    let done = trial.install(&[]);
    assert_eq!(code(&done), 0, "{done:?}");
    assert_eq!(trial.version(), new_version());
    let mut calls = trial.log();
    calls.dedup();
    let steps: &[&str] = match old {
        Old::WithoutBackups => &["stop farun 0.0.9"],
        _ => &["old backup", "old verify", "stop farun 0.0.9", "old backup"],
    };
    let last =
        ["daemon-reload".to_owned(), "start".to_owned()].map(|call| format!("{call} {}", new_version()));
    assert_eq!(calls, [steps.iter().map(ToString::to_string).collect::<Vec<_>>(), last.to_vec()].concat());
    assert_eq!(trial.schemas_backed_up()?, [before.schema, before.schema], "the backups hold the old schema");
    let upgraded = trial.facts().await?;
    assert!(upgraded.schema > before.schema, "it is upgraded");
    assert_eq!(fs::read_to_string(trial.at("usr/local/share/doc/farun/README.md"))?, "documents");

    let mut place = trial.place.clone();
    let back = match engine {
        Engine::Sqlite => trial.install(&["--back"]),
        Engine::Postgres => {
            let refused = trial.install(&["--back"]);
            assert_eq!(code(&refused), 1, "PostgreSQL needs an empty database: {refused:?}");
            let empty = Postgres::create().await;
            place.database_url = Some(empty.clone());
            trial.install(&["--back", "--database-url", &empty])
        }
    };
    assert_eq!(code(&back), 0, "{back:?}");
    assert_eq!(trial.version(), "farun 0.0.9");
    assert_eq!(trial.log().last().expect("calls"), "start farun 0.0.9");
    let after = facts_at(&place).await?;
    assert_eq!((after.schema, &after.figures), (before.schema, &before.figures));
    let mut tables = after.tables.clone();
    *tables.get_mut("audit_row").expect("audit rows") -= 2;
    assert_eq!(tables, before.tables, "two audit rows more: what the server wrote last, and the restoring");
    assert_eq!(fs::read_to_string(trial.place.data.join("farun.toml"))?, "brand = \"自己的名称\"\n");
    if let Some(url) = &place.database_url {
        let settings = fs::read_to_string(trial.at("etc/farun/farun.env"))?;
        assert_eq!(settings, format!("FARUN_LOG=info\nFARUN_DATABASE_URL={url}\n"));
        assert_eq!(trial.facts().await?.schema, upgraded.schema, "the upgraded database is left alone");
    } else {
        let aside = trial.aside();
        assert_eq!(aside.len(), 1, "{aside:?}");
        assert_eq!(facts_at(&Place::folder(&aside[0])).await?.schema, upgraded.schema);
    }
    let again = trial.install(&["--back"]);
    assert_eq!(code(&again), 1, "one way back only: {again:?}");
    Ok(())
}

#[test]
fn an_upgrade_backs_up_the_old_schema_and_the_way_back_returns_to_it() {
    run(there_and_back(Engine::Sqlite, Old::WithBackups));
}

#[test]
fn a_release_without_backups_is_backed_up_by_the_new_program_which_migrates_nothing() {
    run(there_and_back(Engine::Sqlite, Old::WithoutBackups));
}

#[test]
fn on_postgres_the_way_back_fills_an_empty_database() {
    run(there_and_back(Engine::Postgres, Old::WithBackups));
}

#[test]
fn a_backup_that_migrates_first_is_noticed() {
    run(async {
        let trial = Trial::new(Engine::Sqlite, Old::Migrating).await?;
        let before = trial.facts().await?;
        let done = trial.install(&[]);
        assert_eq!(code(&done), 0, "{done:?}");
        let backed_up = trial.schemas_backed_up()?;
        assert!(backed_up.iter().all(|schema| *schema > before.schema), "{backed_up:?}");
        Ok(())
    });
}

#[test]
fn an_upgrade_that_cannot_be_undone_is_not_begun() {
    run(async {
        let trial = Trial::new(Engine::Sqlite, Old::WithBackups).await?;
        let before = trial.facts().await?;
        fs::create_dir_all(trial.at("var/backups/farun-upgrade"))?;
        fs::write(trial.at("var/backups/farun-upgrade/照片.jpg"), "somebody else's")?;
        let refused = trial.install(&[]);
        assert_eq!(code(&refused), 1, "{refused:?}");
        assert_eq!((trial.version(), trial.log()), ("farun 0.0.9".to_owned(), vec!["old backup".to_owned()]));
        assert_eq!(trial.facts().await?, before);
        // A package that was damaged on the way does nothing at all.
        fs::write(trial.at("package/MACHINE"), "z80")?;
        let refused = trial.install(&["--check"]);
        assert_eq!(code(&refused), 1, "{refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("安装包不完整"), "{refused:?}");
        Ok(())
    });
}

#[test]
fn a_damaged_backup_is_no_way_back_and_replaces_nothing() {
    run(async {
        let trial = Trial::new(Engine::Sqlite, Old::WithBackups).await?;
        assert_eq!(code(&trial.install(&[])), 0);
        let upgraded = trial.facts().await?;
        for block in blocks(&trial.at("var/backups/farun-upgrade")) {
            let mut bytes = fs::read(&block)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&block, bytes)?;
        }
        let refused = trial.install(&["--back"]);
        assert_eq!(code(&refused), 1, "{refused:?}");
        assert_eq!(trial.version(), new_version());
        let now = trial.facts().await?;
        assert_eq!((now.schema, now.figures), (upgraded.schema, upgraded.figures));
        assert!(trial.aside().is_empty() && !trial.at("var/lib/farun.back").exists());
        Ok(())
    });
}

#[test]
fn an_empty_server_gets_program_unit_settings_and_documents() {
    let root = Trial::server();
    script(&root.path().join("fake/systemctl"), "[ \"$1\" != is-active ]\n");
    let done = install(root.path(), &[]);
    assert_eq!(code(&done), 0, "{done:?}");
    for path in [
        "usr/local/bin/farun",
        "etc/systemd/system/farun.service",
        "etc/farun/farun.env",
        "var/lib/farun/farun.toml",
        "usr/local/share/doc/farun/README.md",
    ] {
        assert!(root.path().join(path).exists(), "{path}");
    }
    let settings = farun::Config::read(&root.path().join("var/lib/farun")).expect("the example can be read");
    assert_eq!(settings.region, Some(320_412));
}
