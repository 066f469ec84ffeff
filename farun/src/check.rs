//! `farun check`: compares what must agree, from hashes to coverage.

use crate::modules;
use serde::Serialize;
use store::{Db, Engine, audit, params, tally};
use web::Finding;

/// The outcome of one check.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Stable name.
    pub id: String,
    /// What was compared.
    pub title: String,
    /// Whether a finding means that something is broken.
    pub grave: bool,
    /// What was found.
    pub findings: Vec<String>,
    /// How to mend it.
    pub mend: String,
}

/// Runs every check.
///
/// # Errors
/// A fault if the data cannot be read.
pub async fn check(db: &Db) -> kernel::Result<Vec<Outcome>> {
    let mut tx = db.begin_read().await?;
    let mut outcomes = Vec::new();
    let mut add = |id: &str, title: &str, grave, findings: Vec<String>, mend: &str| {
        outcomes.push(Outcome {
            id: id.to_owned(),
            title: title.to_owned(),
            grave,
            findings,
            mend: mend.to_owned(),
        });
    };
    if db.engine() == Engine::Sqlite {
        let rows: Vec<(String,)> = tx.all("pragma quick_check", params![]).await?;
        let findings = rows.into_iter().map(|row| row.0).filter(|row| row != "ok").collect();
        add("store.file", "数据库文件完整", true, findings, "请立即停用并用最近的备份恢复。");
    }
    let (rows, broken) = audit::verify(&mut tx).await?;
    let findings = broken.iter().map(|b| format!("第 {} 链第 {} 条：{}", b.lane, b.seq, b.what)).collect();
    add(
        "store.audit",
        &format!("审计链连续（{rows} 条）"),
        true,
        findings,
        "审计记录被改动过：保留现场，报告审计管理员。",
    );
    let findings = tally::reconcile(&mut tx).await?;
    let findings =
        findings.iter().map(|d| format!("{} 第 {} 段相差 {}", d.measure, d.segment, d.difference)).collect();
    add("store.tally", "汇总数等于明细之和", true, findings, "运行 farun check --rebuild 按明细重算汇总。");
    for module in modules() {
        for check in module.checks {
            let found: Vec<Finding> = (check.run)(&mut tx).await?;
            let findings = found
                .into_iter()
                .map(|f| f.href.map_or(f.what.clone(), |href| format!("{} {href}", f.what)))
                .collect();
            add(check.id, check.title, check.grave, findings, check.mend);
        }
    }
    Ok(outcomes)
}
