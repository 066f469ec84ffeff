//! Accounts, roles, sessions, invitations, bound browsers, the set-up of an empty installation, and the audit trail.

mod account;
mod browser;
mod actions;
mod password;
mod session;
mod store;
mod throttle;
mod token;
mod totp;

pub use account::{Account, AccountState, TotpState};
pub use actions::create_account::{NewAccount, create_account};
pub use actions::set_up::setup_link;
pub use password::hash_password;
pub use session::DbSessions;

use web::{Module, Permission, Role};

/// The work desk and the own account.
pub const SELF: Permission = Permission::new("identity.self", "使用工作台和本人账号", &Role::ALL);
/// Seeing accounts.
pub const ACCOUNTS_READ: Permission =
    Permission::new("identity.accounts.read", "查看账号", &[Role::Manager, Role::SystemAdmin, Role::SecurityAdmin]);
/// Setting accounts up and changing names and scopes.
pub const ACCOUNTS_WRITE: Permission = Permission::new("identity.accounts.write", "新建、修改、停用账号", &[Role::SystemAdmin]);
/// Roles, lock-outs, sessions and second factors of others.
pub const SECURITY: Permission = Permission::new("identity.security", "授予角色、解锁、强制退出", &[Role::SecurityAdmin]);
/// Inviting advisers and village contacts to bind a browser.
pub const INVITE: Permission = Permission::new("identity.invite", "给法律顾问、村联系人发绑定邀请", &[Role::Manager, Role::SystemAdmin]);
/// The matrix of roles and permissions.
pub const MATRIX: Permission = Permission::new(
    "identity.matrix.read",
    "查看权限矩阵",
    &[Role::Leader, Role::Manager, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin],
);
/// Reading and checking the audit trail.
pub const AUDIT_READ: Permission = Permission::new("identity.audit.read", "查看审计记录", &[Role::AuditAdmin]);

/// The setting that makes the second factor compulsory for staff: `yes` or `no`.
pub const REQUIRE_SECOND_FACTOR: &str = "require_second_factor";

/// The module.
#[must_use]
pub fn module() -> Module {
    Module { permissions: &[SELF, ACCOUNTS_READ, ACCOUNTS_WRITE, SECURITY, INVITE, MATRIX, AUDIT_READ], ..Module::new("identity", MIGRATIONS) }
}

/// Its tables.
pub const MIGRATIONS: &[::store::Migration] = ::store::migrations![
    "202611231301_account.sql",
    "202611231302_account_town.sql",
    "202611231303_device.sql",
    "202611231304_session.sql",
    "202611231305_invitation.sql",
    "202611231306_setup.sql",
    "202611231307_recovery.sql",
    "202611231308_attempt.sql",
];
