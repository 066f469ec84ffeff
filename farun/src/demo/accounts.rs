//! The log-ins of the demonstration.

use super::registers::World;
use kernel::{Fault, Result};
use store::Db;
use web::Role;

/// The password of every demonstration account.
pub const PASSWORD: &str = "farun-demo";

/// User name, name and role of every demonstration account.
pub const LOGINS: [(&str, &str, Role); 9] = [
    ("leader", "演示·局领导", Role::Leader),
    ("manager", "演示·业务主管", Role::Manager),
    ("town", "演示·洛阳司法所", Role::TownOfficer),
    ("clerk", "演示·窗口人员", Role::Clerk),
    ("adviser", "演示·法律顾问", Role::Adviser),
    ("village", "演示·谈家头村联系人", Role::VillageContact),
    ("sysadmin", "演示·系统管理员", Role::SystemAdmin),
    ("secadmin", "演示·安全管理员", Role::SecurityAdmin),
    ("auditor", "演示·审计管理员", Role::AuditAdmin),
];

/// Accounts that key in.
pub(crate) struct Accounts {
    pub(crate) adviser: i64,
    pub(crate) town: i64,
    pub(crate) clerk: i64,
    pub(crate) manager: i64,
}

/// Makes the accounts: the adviser and the village contact are those of 谈家头村 in 洛阳镇, like the town officer.
pub(crate) async fn make(db: &Db, world: &World) -> Result<Accounts> {
    let password_hash = identity::hash_password(PASSWORD).await?;
    let village = world
        .units
        .iter()
        .find(|unit| unit.short_name.starts_with("谈家头"))
        .ok_or_else(|| Fault::new("谈家头村 is not in the demonstration data"))?;
    let town =
        world.towns.get("luoyang").ok_or_else(|| Fault::new("洛阳镇 is not in the demonstration data"))?;
    let mut tx = db.begin_write().await?;
    let mut made = Accounts { adviser: 0, town: 0, clerk: 0, manager: 0 };
    for (username, name, role) in LOGINS {
        let account = identity::NewAccount {
            username: username.to_owned(),
            name: name.to_owned(),
            roles: vec![role],
            towns: if role == Role::TownOfficer { vec![town.raw()] } else { Vec::new() },
            subject: match role {
                Role::Adviser => Some(village.lawyer.raw()),
                Role::VillageContact => Some(village.id.raw()),
                _ => None,
            },
            password_hash: Some(password_hash.clone()),
        };
        let id = identity::create_account(&mut tx, None, &account).await?;
        if role == Role::VillageContact {
            identity::accept_terms(&mut tx, id).await?;
        }
        let id = id.raw();
        match role {
            Role::Adviser => made.adviser = id,
            Role::TownOfficer => made.town = id,
            Role::Clerk => made.clerk = id,
            Role::Manager => made.manager = id,
            _ => {}
        }
    }
    tx.commit().await?;
    Ok(made)
}
