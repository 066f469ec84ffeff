//! Backups of an installation: by hand, by the clock, and the drill that restores the newest one to see that it can be.

use crate::{pg, restore};
use clap::Subcommand;
use kernel::{Fault, Moment, Refusal};
use serde::Deserialize;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{
    Db, Engine, Keyring,
    backup::{self, BackedFile, Drill, FORMAT, Keep, Manifest, Repository, Written},
};
use web::{App, Check, Every, Extension, Finding, Job, Module};

/// `[backup]` of `farun.toml`: the server backs up by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupPlan {
    /// Where backups go: best a disk of another machine.
    pub folder: PathBuf,
    /// How often, in minutes. With 4, and a minute for making it, no more than five minutes' work can be lost.
    #[serde(default = "four")]
    pub every_minutes: u32,
    /// After how many days the newest backup is restored again to see that it can be; 0: never.
    #[serde(default = "month")]
    pub drill_days: u32,
    /// How many backups are kept.
    #[serde(default)]
    pub keep: Keep,
}

fn four() -> u32 {
    4
}

fn month() -> u32 {
    30
}

/// What else may be done with backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum BackupCommand {
    /// Lists the backups of the folder, the oldest first.
    List,
    /// Restores the newest backup into a folder of its own (PostgreSQL: a database of its own, if the account may create
    /// one; else the backup is only read to its end), compares everything, removes it again, notes the outcome.
    Drill,
    /// Removes the backups that need not be kept (`keep` of farun.toml) and the blocks that none names.
    Prune,
}

/// Where an installation is, for whoever backs it up.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The data folder.
    pub data: PathBuf,
    /// PostgreSQL, if the data is there.
    pub database_url: Option<String>,
}

/// Makes a backup while the server runs.
///
/// # Errors
/// A refusal if the folder is in use or holds other things; a fault if something cannot be read or written.
pub async fn take(db: &Db, source: &Source, to: &Path) -> kernel::Result<(Manifest, Written)> {
    let repository = Arc::new(Repository::for_writing(to)?);
    take_into(db, source, &repository).await
}

async fn take_into(
    db: &Db,
    source: &Source,
    repository: &Arc<Repository>,
) -> kernel::Result<(Manifest, Written)> {
    let at = db.wall().now();
    let mut tx = db.begin_read().await?;
    let facts = backup::facts(&mut tx).await?;
    let (database, mut written) = match (db.engine(), &source.database_url) {
        (Engine::Postgres, Some(url)) => pg::dump(&mut tx, url, repository).await?,
        _ => backup::store_sqlite(&mut tx, repository).await?,
    };
    drop(tx);
    let mut files = Vec::new();
    for path in files_below(&source.data.join("files"))? {
        let (content, more) = backup::store_file(&source.data.join("files").join(&path), repository).await?;
        written.blocks += more.blocks;
        written.bytes += more.bytes;
        files.push(BackedFile { path, content });
    }
    let mut keys = std::collections::BTreeMap::new();
    for (id, _) in db.keys().keys()? {
        keys.insert(id, db.keys().fingerprint(id)?);
    }
    let mut manifest = Manifest {
        format: FORMAT,
        id: backup::new_id(at)?,
        at,
        farun: env!("CARGO_PKG_VERSION").to_owned(),
        engine: engine_name(db.engine()).to_owned(),
        facts,
        keys,
        database,
        files,
        digest: String::new(),
    };
    repository.complete(&mut manifest)?;
    Ok((manifest, written))
}

/// The name of an engine in a manifest.
pub(crate) fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

/// The paths of all files below a folder, sorted, with `/` between their parts.
fn files_below(folder: &Path) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        let here = folder.join(&below);
        if !here.exists() {
            continue;
        }
        for entry in std::fs::read_dir(here)? {
            let entry = entry?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|_| Fault::new(format!("a file name below {} is no UTF-8", folder.display())))?;
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Copies the keys into a file of their own, readable by the owner only.
///
/// # Errors
/// A refusal if the file is there already; a fault if it cannot be written.
pub fn copy_keys(data: &Path, to: &Path) -> kernel::Result<()> {
    let keys = std::fs::read(Keyring::file_in(&data.join("keys"))).map_err(Fault::from)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file =
        options.open(to).map_err(|e| Refusal::invalid(format!("密钥不能写到 {}：{e}", to.display())))?;
    file.write_all(&keys).map_err(Fault::from)?;
    file.sync_all().map_err(Fault::from)?;
    Ok(())
}

/// Restores the newest backup beside the data, compares everything, removes it, and notes the outcome.
///
/// # Errors
/// A refusal if there is no backup; a fault if the disk is full or the like.
pub async fn drill(db: &Db, source: &Source, folder: &Path) -> kernel::Result<Drill> {
    let repository = Repository::for_reading(folder)?;
    let manifest = repository.find(None)?;
    let begun = db.wall().now();
    let target = source.data.join("drill");
    if target.exists() {
        // What a drill left that was interrupted.
        std::fs::remove_dir_all(&target).map_err(Fault::from)?;
    }
    let keys = Keyring::file_in(&source.data.join("keys"));
    let outcome = if manifest.engine == engine_name(Engine::Postgres) {
        drill_postgres(db, source, &repository, &manifest, &target, &keys).await
    } else {
        restore::restore_sqlite(&repository, &manifest, &target, Some(&keys)).await.map(|found| (found, true))
    };
    if target.exists() {
        std::fs::remove_dir_all(&target).map_err(Fault::from)?;
    }
    let (findings, restored) = match outcome {
        Ok(done) => done,
        Err(kernel::Error::Refused(refusal)) => (vec![refusal.to_string()], true),
        Err(fault) => return Err(fault),
    };
    let seconds = u64::try_from(begun.seconds_until(db.wall().now())).unwrap_or(0) + 1;
    let drill = Drill { at: begun, backup: manifest.id, findings, seconds, restored };
    repository.note_drill(&drill)?;
    let mut tx = db.begin_write().await?;
    tx.audit(store::Audit::about(None, "farun.backup.drill", "backup").with(&serde_json::json!({
        "backup": drill.backup, "findings": drill.findings.len(), "seconds": seconds, "restored": restored,
    })));
    tx.commit().await?;
    Ok(drill)
}

/// Restores into a database of its own; where the account may not create one, reads the backup to its end. Says what
/// was found, and whether it was restored.
async fn drill_postgres(
    db: &Db,
    source: &Source,
    repository: &Repository,
    manifest: &Manifest,
    target: &Path,
    keys: &Path,
) -> kernel::Result<(Vec<String>, bool)> {
    let throwaway = match &source.database_url {
        Some(url) => pg::Throwaway::create(db, url).await?,
        None => None,
    };
    let Some(throwaway) = throwaway else {
        return Ok((pg::read_through(repository, manifest, target)?, false));
    };
    let outcome = restore::restore_postgres(repository, manifest, target, throwaway.url(), Some(keys)).await;
    throwaway.remove()?;
    Ok((outcome?, true))
}

/// What a drill found, in a sentence.
#[must_use]
pub fn told(drill: &Drill) -> String {
    match drill.findings.first() {
        None if !drill.restored => format!(
            "备份 {} 用 {} 秒通读无误，但没有真正恢复：数据库账号不能新建数据库。请给它 CREATEDB 权限，或手工恢复一次。",
            drill.backup, drill.seconds
        ),
        None => format!("恢复演练通过：备份 {} 用 {} 秒恢复并核对无误。", drill.backup, drill.seconds),
        Some(first) => {
            format!(
                "恢复演练没有通过：备份 {} 有 {} 处问题，第一处：{first}",
                drill.backup,
                drill.findings.len()
            )
        }
    }
}

/// What the jobs need to know.
struct Clockwork {
    plan: BackupPlan,
    source: Source,
}

/// The part of the product that backs itself up: jobs if there is a plan, and a check that they work.
#[must_use]
pub fn module(plan: Option<BackupPlan>, source: Source) -> Module {
    let mut module = Module::new("farun", &[]);
    module.checks.push(FRESH);
    module.audit_labels = LABELS;
    if let Some(plan) = plan {
        module.jobs.push(BACKUP);
        if plan.drill_days > 0 {
            module.jobs.push(DRILL);
        }
        module.extensions.push(Extension::new(Clockwork { plan, source }));
    }
    module
}

const LABELS: &[(&str, &str)] = &[
    ("farun.backup.drill", "恢复演练"),
    ("farun.key.rotate", "更换密钥"),
    ("farun.key.retire", "停用旧密钥"),
    ("farun.restore", "从备份恢复"),
    ("backup", "备份"),
    ("key", "密钥"),
];

fn clockwork(app: &App) -> Result<&Clockwork, Fault> {
    app.extensions::<Clockwork>().next().ok_or_else(|| Fault::new("no backup plan"))
}

const BACKUP: Job = Job {
    id: "farun.backup",
    title: "备份数据库和文件",
    every: Every::Minute,
    run: |app| {
        Box::pin(async move {
            let Clockwork { plan, source } = clockwork(app)?;
            let repository = Arc::new(Repository::for_writing(&plan.folder)?);
            let now = app.db.wall().now();
            let last = match repository.list()?.last() {
                Some(id) => repository.manifest(id).ok().map(|manifest| manifest.at),
                None => None,
            };
            // Half a minute early is not too early: the clock of the jobs has minutes.
            let due = |last: Moment| last.seconds_until(now) >= i64::from(plan.every_minutes) * 60 - 30;
            if let Some(last) = last
                && !due(last)
            {
                return Ok(format!("最近一次备份的时间是 {}，还不到下一次。", last.local()));
            }
            let (manifest, written) = take_into(&app.db, source, &repository).await?;
            if last.is_none_or(|last| last.micros() / HOUR != now.micros() / HOUR) {
                repository.prune(plan.keep)?;
            }
            Ok(summary(&manifest, written))
        })
    },
};

const HOUR: i64 = 3_600_000_000;

const DRILL: Job = Job {
    id: "farun.backup.drill",
    title: "恢复演练：把最新的备份恢复一次并核对",
    every: Every::Night,
    run: |app| {
        Box::pin(async move {
            let Clockwork { plan, source } = clockwork(app)?;
            let last = Repository::for_reading(&plan.folder)?.last_drill()?;
            let wait = i64::from(plan.drill_days) * 86_400 - 43_200;
            if last.is_some_and(|last| last.at.seconds_until(app.db.wall().now()) < wait) {
                return Ok("还不到下一次演练的时间。".to_owned());
            }
            let drill = drill(&app.db, source, &plan.folder).await?;
            if drill.findings.is_empty() { Ok(told(&drill)) } else { Err(Fault::new(told(&drill)).into()) }
        })
    },
};

/// Backups are late after this many microseconds.
const LATE: i64 = HOUR;

const FRESH: Check = Check {
    id: "farun.backup",
    title: "自动备份和恢复演练按时完成",
    why: "备份停了而没有人知道，等到需要恢复时才发现，就来不及了。",
    mend: "看系统管理页上备份任务的结果；检查备份目录是否可写、磁盘是否已满，再运行 farun backup。",
    grave: false,
    run: |tx, _| {
        Box::pin(async move {
            let now = tx.db().wall().now();
            let runs = store::jobs::runs(tx).await?;
            let finding = |what: String| Finding { what, href: None };
            let mut findings = Vec::new();
            for run in runs.iter().filter(|run| run.job.starts_with("farun.backup")) {
                if run.failed {
                    findings.push(finding(format!("{} 上次没有成功：{}", run.job, run.outcome)));
                } else if run.job == BACKUP.id && now.micros() - run.taken_at.micros() > LATE {
                    findings.push(finding(format!("上次自动备份在 {}", run.taken_at.local())));
                }
            }
            Ok(findings)
        })
    },
};

/// What a backup did, in a sentence.
#[must_use]
pub fn summary(manifest: &Manifest, written: Written) -> String {
    format!(
        "已备份 {}：共 {}，新写入 {}（{} 块）。",
        manifest.id,
        size(manifest.bytes()),
        size(written.bytes),
        written.blocks
    )
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 {
        format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

/// The lines of `farun backup list`.
///
/// # Errors
/// A fault if the folder cannot be read.
pub fn listed(folder: &Path) -> kernel::Result<Vec<String>> {
    let repository = Repository::for_reading(folder)?;
    let mut lines = Vec::new();
    for id in repository.list()? {
        lines.push(match repository.manifest(&id) {
            Ok(manifest) => format!(
                "{id}\t{}\t{}\t{}\t法润 {}",
                manifest.at.local(),
                manifest.engine,
                size(manifest.bytes()),
                manifest.farun
            ),
            Err(error) => format!("{id}\t{error}"),
        });
    }
    Ok(lines)
}
