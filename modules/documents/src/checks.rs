//! A check over documents: what lists show must follow from what happened, and what counts as issued has its scan.

use crate::{State, store};
use ::store::Tx;
use kernel::Day;
use web::{Check, Finding, Findings};

/// The checks of the module.
pub(crate) fn all() -> Vec<Check> {
    vec![Check {
        id: "documents.derived",
        title: "文书的状态与办理经过一致，已制发的都有扫描件",
        why: "只有盖章（签字）后的扫描件传回来才算已制发；状态不符的，“还缺”和案卷目录就不可信。",
        mend: "数据库可能被直接改动过。请系统管理员保留现场并核对备份。",
        grave: true,
        run: derived,
    }]
}

const PAGE: i64 = 500;

fn derived(tx: &mut Tx, _today: Day) -> Findings<'_> {
    Box::pin(async move {
        let (mut findings, mut after) = (Vec::new(), 0);
        loop {
            let some = store::some(tx, after, PAGE).await?;
            let Some(last) = some.last() else { break };
            after = last.0.id.raw();
            for (row, scans) in &some {
                let derived = row.facts().state();
                let said = if derived != row.state {
                    format!("记为“{}”，按办理经过应为“{}”", row.state.label(), derived.label())
                } else if row.issued_at.is_some() && *scans == 0 {
                    format!("记为“{}”，没有扫描件", State::Issued.label())
                } else {
                    continue;
                };
                let href = Some(format!("/documents/{}", row.id));
                findings.push(Finding { what: format!("文书 {} {said}", row.number), href });
            }
        }
        Ok(findings)
    })
}
