//! The check that every sealed file is what was sealed, and that the rows behind it are still the same.

use crate::{
    actions::seal_period::unchanged,
    late,
    pages::view_document,
    seal::Seal,
    sealed::{Form, digest, unpack},
    store::seals,
};
use ::store::Tx;
use kernel::Fault;
use web::{Check, Finding};

/// Reads every row behind every standing seal again: the night's work.
pub(crate) const CHECK: Check = Check {
    id: "statistics.sealed",
    title: "定稿文件和依据的记录没有被改动",
    why: "定稿的数字要能一字不差地重印，并能证明依据的记录还是原来那些。",
    mend: "数据库可能被直接改动过。请系统管理员保留现场，用备份核对，并报告审计管理员。",
    grave: true,
    run: |tx, _| Box::pin(run(tx)),
};

async fn run(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for seal in seals::all_standing(tx).await? {
        let found = |what: String| Finding {
            what: format!("{}定稿（{}）：{what}", seal.label(), seal.number),
            href: Some(format!("/statistics/seals/{}", seal.id)),
        };
        if let Some(what) = spoiled_file(tx, &seal).await? {
            findings.push(found(what));
            continue;
        }
        let document = view_document(tx, seal.id).await?;
        let seen = late::seen(tx, seal.id).await?;
        for (range, ids) in document.ranges.iter().zip(&seen.own) {
            if !unchanged(tx, range, ids).await? {
                findings.push(found(format!("{} 的记录与定稿时不同", range.measure)));
            }
        }
    }
    Ok(findings)
}

async fn spoiled_file(tx: &mut Tx, seal: &Seal) -> Result<Option<String>, Fault> {
    for form in Form::ALL {
        let Some((sha256, content)) = seals::file(tx, seal.id, *form).await? else {
            return Ok(Some(format!("缺少文件 {}", form.as_str())));
        };
        let Ok(bytes) = unpack(&content, &sha256) else {
            return Ok(Some(format!("文件 {} 与保存的校验值不符", form.as_str())));
        };
        if *form == Form::Json && digest(&bytes) != seal.digest {
            return Ok(Some("数据文件与定稿校验值不符".to_owned()));
        }
    }
    Ok(None)
}
