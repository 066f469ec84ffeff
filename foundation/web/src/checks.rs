//! The checks of the installation: those of the foundation, then those of every module.

use crate::module::{Check, Finding, Module};
use kernel::Fault;
use store::{Engine, Tx, audit, params, tally};

/// Every check there is, the foundation's first.
#[must_use]
pub fn checks(modules: &[Module]) -> Vec<Check> {
    let mut all = vec![
        Check {
            id: "store.file",
            title: "数据库文件完整",
            why: "磁盘损坏会让以后的读写出错，越早发现丢得越少。",
            mend: "请立即停用并用最近的备份恢复。",
            grave: true,
            run: |tx, _| Box::pin(file(tx)),
        },
        Check {
            id: "store.audit",
            title: "审计链连续",
            why: "审计记录一旦能被改动，就证明不了谁做过什么。",
            mend: "审计记录被改动过：保留现场，报告审计管理员。",
            grave: true,
            run: |tx, _| Box::pin(audit_chain(tx)),
        },
        Check {
            id: "store.tally",
            title: "汇总数等于明细之和",
            why: "报表上的数字必须能逐条点开核对。",
            mend: "运行 farun check --rebuild 按明细重算汇总。",
            grave: true,
            run: |tx, _| Box::pin(sums(tx)),
        },
    ];
    all.extend(modules.iter().flat_map(|module| module.checks.iter().copied()));
    all
}

fn plain(what: String) -> Finding {
    Finding { what, href: None }
}

async fn file(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    if tx.db().engine() != Engine::Sqlite {
        return Ok(Vec::new());
    }
    let rows: Vec<(String,)> = tx.all("pragma quick_check", params![]).await?;
    Ok(rows.into_iter().map(|row| row.0).filter(|row| row != "ok").map(plain).collect())
}

async fn audit_chain(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let (_, broken) = audit::verify(tx).await?;
    Ok(broken.iter().map(|b| plain(format!("第 {} 链第 {} 条：{}", b.lane, b.seq, b.what))).collect())
}

async fn sums(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let found = tally::reconcile(tx).await?;
    Ok(found
        .iter()
        .map(|d| plain(format!("{} 第 {} 段相差 {}", d.measure, d.segment, d.difference)))
        .collect())
}
