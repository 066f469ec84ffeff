//! Checks over accounts: administrators apart, no account left lying about (GB/T 22239-2019 8.1.4, 8.1.5).

use crate::{account::is_admin, actions::combine, store};
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
            id: "identity.combined",
            title: "没有开着“一人兼任几个管理员”",
            why: "一个人同时管账号、角色和审计，做了什么没有人能发现。",
            mend: "人员配齐后，把三个管理员角色分给不同的人，再在“三员管理”里申请关闭。",
            grave: false,
            run: |tx, _| Box::pin(combined(tx)),
        },
        Check {
            id: "identity.apart",
            title: "三个管理员互相分开，也不兼任业务角色",
            why: "没有登记兼任，却由一人担任几个管理员，说明有人绕过了程序。",
            mend: "由另一位安全管理员把多余的角色去掉，或按程序登记兼任。",
            grave: true,
            run: |tx, _| Box::pin(apart(tx)),
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

async fn combined(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    if !combine::is_combined(tx).await? {
        return Ok(Vec::new());
    }
    let names: Vec<String> =
        store::account::held_together(tx).await?.into_iter().map(|(_, name)| name).collect();
    let what = match names.as_slice() {
        [] => "允许一人兼任几个管理员，但现在没有人兼任，可以申请关闭".to_owned(),
        names => format!("{}兼任几个管理员或业务角色", names.join("、")),
    };
    Ok(vec![Finding { what, href: Some("/accounts/administrators".to_owned()) }])
}

async fn apart(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    if combine::is_combined(tx).await? {
        return Ok(Vec::new());
    }
    let held = store::account::held_together(tx).await?;
    let finding = |(id, name)| Finding {
        what: format!("“{name}”同时有管理员角色和别的角色"),
        href: Some(format!("/accounts/{id}")),
    };
    Ok(held.into_iter().map(finding).collect())
}

async fn unused(tx: &mut Tx) -> Result<Vec<Finding>, Fault> {
    let before = tx.db().wall().now().plus_seconds(-UNUSED_DAYS * 86_400);
    let accounts = store::account::unused_since(tx, before).await?;
    let finding = |account: store::account::AccountRow| Finding {
        what: format!("“{}”的账号 {UNUSED_DAYS} 天没有登录", account.name),
        href: Some(format!("/accounts/{}", account.id)),
    };
    Ok(accounts.into_iter().map(finding).collect())
}
