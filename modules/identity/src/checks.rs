//! Checks over accounts: administrators apart, no account left lying about (GB/T 22239-2019 8.1.4, 8.1.5).

use crate::{account::is_admin, store};
use ::store::Tx;
use kernel::Fault;
use web::{Check, Finding, Role};

/// An account that nobody used for so long is probably nobody's.
const UNUSED_DAYS: i64 = 180;

/// The module's checks.
pub(crate) fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "identity.administrators",
            title: "系统、安全、审计三个管理员都有人担任",
            why: "缺了安全管理员没有人能授予角色，缺了审计管理员没有人看审计记录。",
            mend: "在“账号”里新建，或由安全管理员授予角色。",
            grave: false,
            run: |tx, _| Box::pin(administrators(tx)),
        },
        Check {
            id: "identity.unused",
            title: "没有长期不用的账号",
            why: "离岗人员的账号应当停用，长期不用的账号容易被人冒用。",
            mend: "向本人单位核实，不再使用的在账号页面停用。",
            grave: false,
            run: |tx, _| Box::pin(unused(tx)),
        },
    ]
}

async fn administrators(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for role in Role::ALL.into_iter().filter(|role| is_admin(*role)) {
        if !store::account::role_is_held(tx, role).await? {
            let what = format!("没有在用的{}", role.label());
            findings.push(Finding { what, href: Some("/accounts".to_owned()) });
        }
    }
    Ok(findings)
}

async fn unused(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let before = tx.db().wall().now().plus_seconds(-UNUSED_DAYS * 86_400);
    let accounts = store::account::unused_since(tx, before).await?;
    let finding = |(id, name)| Finding {
        what: format!("“{name}”的账号 {UNUSED_DAYS} 天没有登录"),
        href: Some(format!("/accounts/{id}")),
    };
    Ok(accounts.into_iter().map(finding).collect())
}
