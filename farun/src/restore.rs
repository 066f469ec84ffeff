//! Restoring a backup into an empty place, and comparing everything with what was noted when it was made.

use crate::{Place, backup::engine_name, clock::SystemClock, pg, sealed_fields, wiring};
use kernel::{Fault, Refusal};
use std::{
    path::{Component, Path},
    sync::Arc,
};
use store::{
    Audit, Db, Engine, Keyring, Location, audit,
    backup::{self, Manifest, Repository},
    params, sealed, tally,
};

/// Restores into a folder (and, for PostgreSQL, an empty database); returns what is not as it should be, in Chinese.
///
/// # Errors
/// A refusal if the target is not empty, or the backup was made by a newer release; a fault if something cannot be
/// written.
pub async fn restore(
    repository: &Repository,
    manifest: &Manifest,
    data: &Path,
    database_url: Option<&str>,
    keys: Option<&Path>,
) -> kernel::Result<Vec<String>> {
    let findings = match (manifest.engine.as_str(), database_url) {
        ("sqlite", None) => restore_sqlite(repository, manifest, data, keys).await?,
        ("postgres", Some(url)) => restore_postgres(repository, manifest, data, url, keys).await?,
        ("postgres", None) => {
            return Err(
                Refusal::invalid("这是 PostgreSQL 的备份，请用 --database-url 指定一个空的数据库").into()
            );
        }
        _ => {
            return Err(
                Refusal::invalid("这是 SQLite 的备份，不能恢复到 PostgreSQL；请去掉 --database-url").into()
            );
        }
    };
    if findings.is_empty() {
        let place = Place { data: data.to_owned(), database_url: database_url.map(str::to_owned) };
        note(&place.location(), manifest).await?;
    }
    Ok(findings)
}

/// The first row of the trail after the gap says where it came from.
async fn note(location: &Location, manifest: &Manifest) -> Result<(), Fault> {
    let db = Db::open(location, Keyring::none(), Arc::new(SystemClock)).await?;
    db.load_region().await?;
    let mut tx = db.begin_write().await?;
    tx.audit(
        Audit::about(None, "farun.restore", "backup").with(&serde_json::json!({ "backup": manifest.id })),
    );
    tx.commit().await?;
    db.close().await
}

/// Restores a SQLite installation into a folder that is empty or not there.
///
/// # Errors
/// As [`restore`].
pub(crate) async fn restore_sqlite(
    repository: &Repository,
    manifest: &Manifest,
    data: &Path,
    keys: Option<&Path>,
) -> kernel::Result<Vec<String>> {
    let ring = prepare(manifest, data, keys)?;
    let draft = data.join("farun.db.part");
    let findings = repository.write_out(&manifest.database, &draft)?;
    if !findings.is_empty() {
        return Ok(findings);
    }
    let path = data.join("farun.db");
    std::fs::rename(&draft, &path).map_err(Fault::from)?;
    let mut findings = write_files(repository, manifest, data)?;
    let with_keys = keys.is_some();
    let db = Db::open(&Location::Sqlite(path), ring, Arc::new(SystemClock)).await?;
    findings.extend(compare(&db, manifest, with_keys).await?);
    db.close().await?;
    Ok(findings)
}

/// Restores a PostgreSQL installation into an empty database and a folder that is empty or not there.
///
/// # Errors
/// As [`restore`].
pub(crate) async fn restore_postgres(
    repository: &Repository,
    manifest: &Manifest,
    data: &Path,
    url: &str,
    keys: Option<&Path>,
) -> kernel::Result<Vec<String>> {
    let ring = prepare(manifest, data, keys)?;
    let db = Db::open(&Location::Postgres(url.to_owned()), ring, Arc::new(SystemClock)).await?;
    let mut tx = db.begin_read().await?;
    let tables: i64 = tx
        .scalar("select count(*) from information_schema.tables where table_schema = 'public'", params![])
        .await?;
    drop(tx);
    if tables > 0 {
        return Err(Refusal::invalid("目标数据库不是空的；请新建一个空的数据库再恢复").into());
    }
    let draft = data.join("dump.part");
    let findings = repository.write_out(&manifest.database, &draft)?;
    if !findings.is_empty() {
        return Ok(findings);
    }
    pg::restore(&draft, url)?;
    std::fs::remove_file(&draft).map_err(Fault::from)?;
    let mut findings = write_files(repository, manifest, data)?;
    findings.extend(compare(&db, manifest, keys.is_some()).await?);
    db.close().await?;
    Ok(findings)
}

/// Refuses what cannot become an installation; makes the folder and puts the keys in place.
fn prepare(manifest: &Manifest, data: &Path, keys: Option<&Path>) -> kernel::Result<Keyring> {
    if manifest.facts.schema > wiring::newest_migration() {
        return Err(Refusal::invalid(format!(
            "备份 {} 由更新的版本 {} 建立，请安装那个版本再恢复",
            manifest.id, manifest.farun
        ))
        .into());
    }
    if data.exists() && std::fs::read_dir(data).map_err(Fault::from)?.next().is_some() {
        return Err(Refusal::invalid(format!(
            "{} 不是空的；恢复只写进空的或新的目录，不会覆盖任何东西",
            data.display()
        ))
        .into());
    }
    let ring = match keys {
        None => Keyring::none(),
        Some(path) => {
            let ring = Keyring::open_file(path)?;
            for (id, fingerprint) in &manifest.keys {
                if ring.fingerprint(*id).ok().as_ref() != Some(fingerprint) {
                    return Err(Refusal::invalid(format!(
                        "{} 不是这个备份用的密钥（缺第 {id} 号密钥，或者不是同一把）",
                        path.display()
                    ))
                    .into());
                }
            }
            ring
        }
    };
    std::fs::create_dir_all(data.join("files"))
        .map_err(|e| Fault::from(e).context(format!("cannot make {}", data.display())))?;
    if let Some(path) = keys {
        let folder = data.join("keys");
        std::fs::create_dir_all(&folder).map_err(Fault::from)?;
        std::fs::copy(path, Keyring::file_in(&folder)).map_err(Fault::from)?;
    }
    Ok(ring)
}

fn write_files(repository: &Repository, manifest: &Manifest, data: &Path) -> kernel::Result<Vec<String>> {
    let mut findings = Vec::new();
    for file in &manifest.files {
        let path = Path::new(&file.path);
        // A manifest is not trusted to name places outside.
        if path.components().any(|part| !matches!(part, Component::Normal(_))) {
            findings.push(format!("文件名 {} 不能恢复", file.path));
            continue;
        }
        let target = data.join("files").join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(Fault::from)?;
        }
        findings.extend(
            repository
                .write_out(&file.content, &target)?
                .into_iter()
                .map(|what| format!("文件 {}：{what}", file.path)),
        );
    }
    Ok(findings)
}

/// Compares an opened database with the facts of its backup: file, rows, audit chains, sums, figures, keys.
async fn compare(db: &Db, manifest: &Manifest, with_keys: bool) -> kernel::Result<Vec<String>> {
    let mut findings = Vec::new();
    db.load_region().await?;
    let mut tx = db.begin_read().await?;
    if db.engine() == Engine::Sqlite {
        let said: String = tx.scalar("pragma quick_check", params![]).await?;
        if said != "ok" {
            findings.push(format!("数据库文件有误：{said}"));
        }
    }
    findings.extend(manifest.facts.differences(&backup::facts(&mut tx).await?));
    let (_, broken) = audit::verify(&mut tx).await?;
    findings.extend(broken.iter().map(|b| format!("审计链 {} 第 {} 条：{}", b.lane, b.seq, b.what)));
    for wrong in tally::reconcile(&mut tx).await? {
        findings.push(format!("合计 {} 与明细相差 {}", wrong.measure, wrong.difference));
    }
    if with_keys {
        // A backup of an older release has no columns that came later.
        let fields = sealed::present(&mut tx, &sealed_fields()).await?;
        let found = sealed::key_use(&mut tx, &fields, false).await?;
        findings.extend(found.broken.iter().map(|(field, id)| format!("密封字段 {field}（{id}）打不开")));
    }
    if manifest.engine != engine_name(db.engine()) {
        findings.push("数据库种类与备份不同".to_owned());
    }
    Ok(findings)
}
