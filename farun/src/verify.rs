//! `farun verify`: the installation against itself, against a witness from outside, or a backup against its hashes.

use crate::{check, sealed_fields};
use kernel::{Fault, Refusal};
use std::path::{Path, PathBuf};
use store::{Db, Engine, audit, backup::Repository, params, sealed};

/// What is verified.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Verify {
    /// A backup instead of the installation: the folder, perhaps with @ and the backup's name
    /// (/mnt/backup@20220506-0900); the newest unless named. Reads every block.
    #[arg(long, conflicts_with_all = ["witness", "deep"])]
    pub backup: Option<String>,
    /// Compares the audit trail with a witness file that was kept outside.
    #[arg(long)]
    pub witness: Option<PathBuf>,
    /// Opens every sealed value instead of one in twenty, and reads the whole database file.
    #[arg(long)]
    pub deep: bool,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// Verifies a backup.
///
/// # Errors
/// A refusal if there is no such backup or its manifest is damaged.
pub fn backup(which: &str) -> kernel::Result<check::Outcome> {
    let (folder, id) = match which.rsplit_once('@') {
        Some((folder, id)) if !id.contains('/') => (folder, Some(id)),
        _ => (which, None),
    };
    let repository = Repository::for_reading(Path::new(folder))?;
    let manifest = repository.find(id)?;
    Ok(outcome(
        "backup",
        format!("备份 {} 的每一块", manifest.id),
        repository.verify(&manifest)?,
        "用另一个备份恢复；删去坏的数据块文件，再运行 farun backup，会补写数据库里还有的内容",
    ))
}

/// Verifies the installation: what `farun check` compares, and file, keys and witness besides.
///
/// # Errors
/// A fault if something cannot be read.
pub async fn installation(db: &Db, what: &Verify) -> kernel::Result<Vec<check::Outcome>> {
    let mut outcomes: Vec<_> = check::check(db).await?.into_iter().filter(|outcome| outcome.grave).collect();
    let mut tx = db.begin_read().await?;
    if db.engine() == Engine::Sqlite {
        let pragma = if what.deep { "pragma integrity_check" } else { "pragma quick_check" };
        let said: Vec<(String,)> = tx.all(pragma, params![]).await?;
        let findings = said.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect();
        outcomes.push(outcome("file", "数据库文件".to_owned(), findings, "停止服务，从最近的备份恢复"));
    }
    let fields = sealed_fields();
    let found = sealed::key_use(&mut tx, &fields, what.deep).await?;
    let findings =
        found.broken.iter().map(|(field, id)| format!("{field}（{id}）打不开，或与查找索引不符")).collect();
    outcomes.push(outcome(
        "keys",
        format!("密封字段（共 {} 个值，打开了 {} 个）", found.sealed.values().sum::<u64>(), found.opened),
        findings,
        "检查 keys/master.key 是不是这个数据库的密钥；不是就从另存的密钥恢复",
    ));
    if let Some(path) = &what.witness {
        let bytes = std::fs::read(path)
            .map_err(|e| Refusal::invalid(format!("见证文件 {} 读不出来：{e}", path.display())))?;
        let witness: audit::Witness = serde_json::from_slice(&bytes)
            .map_err(|_| Refusal::invalid(format!("{} 不是见证文件", path.display())))?;
        let broken = audit::verify_against(&mut tx, &witness).await?;
        let findings =
            broken.iter().map(|b| format!("第 {} 链第 {} 条：{}", b.lane, b.seq, b.what)).collect();
        outcomes.push(outcome(
            "witness",
            "审计链与外部见证".to_owned(),
            findings,
            "停止改动，保留现场，报告审计管理员",
        ));
    }
    Ok(outcomes)
}

fn outcome(id: &str, title: String, findings: Vec<String>, mend: &str) -> check::Outcome {
    check::Outcome { id: id.to_owned(), title, grave: true, findings, mend: mend.to_owned() }
}

/// Whether something that was verified is broken.
#[must_use]
pub fn broken(outcomes: &[check::Outcome]) -> bool {
    outcomes.iter().any(|outcome| outcome.grave && !outcome.findings.is_empty())
}

/// The outcomes as one JSON text.
///
/// # Errors
/// A fault if they cannot be written as JSON.
pub fn json(outcomes: &[check::Outcome]) -> Result<String, Fault> {
    Ok(serde_json::to_string(outcomes)?)
}
