//! Checks over the register of persons, and what is about to be purged.

use crate::store::{parts, persons, retention, standing};
use ::store::Tx;
use kernel::{Fault, Phone, ResidentId};
use web::{Check, Finding};

pub(crate) fn all() -> Vec<Check> {
    vec![
        Check {
            id: "parties.sealed",
            title: "证件号码和电话都能解密",
            why: "密钥不对或数据损坏时，号码就再也看不到了，也查不到重复。",
            mend: "先核对密钥文件是不是这套数据的；个别损坏的，请本人核对后在“修改”里重新填写。",
            grave: true,
            run: |tx, _| Box::pin(sealed(tx)),
        },
        Check {
            id: "parties.twins",
            title: "同一个人没有登记两次",
            why: "姓名和电话都相同的两条记录多半是同一个人，服务记录会分散。",
            mend: "在“人员”的“疑似重复”里合并，或标为不是同一人。",
            grave: false,
            run: |tx, _| Box::pin(twins(tx)),
        },
        Check {
            id: "parties.restricted",
            title: "限制处理的标记与经过一致",
            why: "标着限制却没有理由，或有理由却没有标记，个人信息就可能被误用或白白停用。",
            mend: "打开这个人的“个人信息”，重新办理限制处理或解除。",
            grave: true,
            run: |tx, _| Box::pin(contradictions(tx)),
        },
        Check {
            id: "parties.names",
            title: "每个人都能按姓名的一部分查到",
            why: "查不到的人会被重复登记，案件也查不到。",
            mend: "打开这个人，点“修改”再保存一次；很多人都这样的，请系统管理员核对备份。",
            grave: false,
            run: |tx, _| Box::pin(names(tx)),
        },
        Check {
            id: "parties.retention",
            title: "没有即将清除的个人信息",
            why: "保存期限已满的个人信息预告期过后就会清除，清除后不能恢复。",
            mend: "在“个人信息保存期限”里看清单，还要用的点“暂缓”并写明理由；不用的不必处理。",
            grave: false,
            run: |tx, _| Box::pin(waiting(tx)),
        },
    ]
}

/// So many rows are read at once, and so many findings are told.
const PAGE: i64 = 500;
const MOST: usize = 50;

async fn names(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let strays = parts::strays(tx, i64::try_from(MOST).unwrap_or(50)).await?;
    Ok(strays
        .into_iter()
        .map(|(id, endings)| Finding {
            what: if endings > 0 {
                format!("{id} 按姓名查找的登记有 {endings} 条，与姓名不符")
            } else {
                format!("{id} 按姓名的一部分查不到")
            },
            href: Some(format!("/persons/{id}")),
        })
        .collect())
}

async fn sealed(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    let mut after = i64::MIN;
    loop {
        let rows = standing::sealed(tx, after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(findings) };
        after = last.id.raw();
        for row in rows {
            for (field, label, sealed, blind) in [
                (persons::ID_FIELD, "身份证号", &row.id_sealed, &row.id_blind),
                (persons::PHONE_FIELD, "电话", &row.phone_sealed, &row.phone_blind),
            ] {
                if let Some(what) = damage(tx, field, sealed.as_deref(), blind.as_deref()).await? {
                    let what = format!("{} 的{label}{what}", row.id);
                    findings.push(Finding { what, href: Some(format!("/persons/{}", row.id)) });
                }
            }
            if findings.len() >= MOST {
                return Ok(findings);
            }
        }
    }
}

/// What is wrong with a sealed value and its blind index.
async fn damage(
    tx: &mut Tx,
    field: &'static str,
    sealed: Option<&str>,
    blind: Option<&str>,
) -> Result<Option<&'static str>, Fault> {
    let (sealed, blind) = match (sealed, blind) {
        (None, None) => return Ok(None),
        (Some(sealed), Some(blind)) => (sealed, blind),
        _ => return Ok(Some("缺少密文或索引")),
    };
    let Ok(clear) = tx.db().keys().open(field, sealed) else { return Ok(Some("解不开")) };
    let sound = if field == persons::ID_FIELD {
        ResidentId::parse(&clear).is_ok()
    } else {
        Phone::parse(&clear).is_ok()
    };
    if !sound {
        return Ok(Some("内容不是号码"));
    }
    Ok((tx.blind(field, &clear).await? != blind).then_some("与索引不一致，查找时会漏掉"))
}

async fn twins(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let pairs = standing::twins(tx).await?;
    let finding = |(one, other)| Finding {
        what: format!("{one} 和 {other} 姓名、电话相同"),
        href: Some("/persons/duplicates".to_owned()),
    };
    Ok(pairs.into_iter().map(finding).collect())
}

async fn contradictions(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let rows = standing::contradictions(tx).await?;
    let finding = |(id,)| Finding {
        what: format!("{id} 的限制标记与经过不一致"),
        href: Some(format!("/persons/{id}/data")),
    };
    Ok(rows.into_iter().map(finding).collect())
}

async fn waiting(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let kinds = retention::waiting(tx).await?;
    let finding = |(policy, number, first): (String, i64, kernel::Day)| Finding {
        what: format!("{policy} 有 {number} 条待清除，最早 {}", first.chinese()),
        href: Some("/retention".to_owned()),
    };
    Ok(kinds.into_iter().map(finding).collect())
}
