//! Accounts, roles, sessions, invitations, bound browsers, the set-up of an empty installation, and the audit trail.

mod account;
mod actions;
mod browser;
mod checks;
mod common;
mod pages;
mod password;
mod personal;
mod session;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod totp;
mod trail;
mod villages;

pub use account::{Account, AccountState, TotpState};
pub use actions::create_account::{NewAccount, create_account};
pub use actions::invite::rescue_link;
pub use actions::set_up::setup_link;
pub use actions::terms::accept_terms;
pub use password::{check as check_password, hash_password};
pub use session::DbSessions;
pub use store::roll::everybody;

use axum::routing::{get, post};
use web::{Access, Every, Extension, Job, MenuItem, Module, Permission, Role, Routes};

/// The work desk and the own account.
pub const SELF: Permission = Permission::new("identity.self", "使用工作台和本人账号", &Role::ALL);
/// Seeing accounts.
pub const ACCOUNTS_READ: Permission = Permission::new(
    "identity.accounts.read",
    "查看账号",
    &[Role::Manager, Role::SystemAdmin, Role::SecurityAdmin],
);
/// Setting accounts up and changing names and scopes.
pub const ACCOUNTS_WRITE: Permission =
    Permission::new("identity.accounts.write", "新建、修改账号", &[Role::SystemAdmin]);
/// Taking accounts out of use and giving password links: of administrators the one, of everybody else the other.
pub const ACCOUNTS_KEEP: Permission = Permission::new(
    "identity.accounts.keep",
    "停用账号、重置密码",
    &[Role::SystemAdmin, Role::SecurityAdmin],
);
/// Roles, lock-outs, sessions and second factors of others.
pub const SECURITY: Permission =
    Permission::new("identity.security", "授予角色、解锁、强制退出", &[Role::SecurityAdmin]);
/// Inviting advisers and village contacts to bind a browser.
pub const INVITE: Permission =
    Permission::new("identity.invite", "给法律顾问、村联系人发绑定邀请", &[Role::Manager, Role::SystemAdmin]);
/// The matrix of roles and permissions.
pub const MATRIX: Permission = Permission::new(
    "identity.matrix.read",
    "查看权限矩阵",
    &[Role::Leader, Role::Manager, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin],
);
/// Joining or parting the administrators' roles: one asks, another decides.
pub const ADMINISTRATORS: Permission = Permission::new(
    "identity.administrators",
    "申请、批准管理员兼任",
    &[Role::SystemAdmin, Role::SecurityAdmin],
);
/// What runs by the clock.
pub const JOBS: Permission = Permission::new("identity.jobs", "查看、运行定时任务", &[Role::SystemAdmin]);
/// Reading and checking the audit trail.
pub const AUDIT_READ: Permission =
    Permission::new("identity.audit.read", "查看审计记录", &[Role::AuditAdmin]);

/// The setting that makes the second factor compulsory for staff: `yes` or `no`.
pub const REQUIRE_SECOND_FACTOR: &str = "require_second_factor";

/// The setting that says whom to ring about a lock; shown to everybody whose log-in is refused.
pub(crate) const SECURITY_CONTACT: &str = "security_contact";

/// The module.
#[must_use]
pub fn module() -> Module {
    module_with(throttle::Throttle::new())
}

/// The module with these limits on guessing.
fn module_with(throttle: throttle::Throttle) -> Module {
    Module {
        routes: own_routes(account_routes(log_in_routes(Routes::new()))),
        menu: vec![
            MenuItem {
                group: "工作",
                label: "工作台",
                href: "/desk",
                icon: "home",
                permission: SELF,
                order: 10,
            },
            MenuItem {
                group: "管理",
                label: "账号",
                href: "/accounts",
                icon: "user",
                permission: ACCOUNTS_READ,
                order: 600,
            },
            MenuItem {
                group: "管理",
                label: "权限矩阵",
                href: "/accounts/matrix",
                icon: "check",
                permission: MATRIX,
                order: 610,
            },
            MenuItem {
                group: "管理",
                label: "审计",
                href: "/audit",
                icon: "search",
                permission: AUDIT_READ,
                order: 620,
            },
            MenuItem {
                group: "管理",
                label: "定时任务",
                href: "/jobs",
                icon: "clock",
                permission: JOBS,
                order: 630,
            },
            MenuItem {
                group: "我的",
                label: "我的账号",
                href: "/me",
                icon: "user",
                permission: SELF,
                order: 900,
            },
        ],
        checks: checks::checks(),
        permissions: &[
            SELF,
            ACCOUNTS_READ,
            ACCOUNTS_WRITE,
            ACCOUNTS_KEEP,
            SECURITY,
            INVITE,
            MATRIX,
            ADMINISTRATORS,
            JOBS,
            AUDIT_READ,
        ],
        jobs: vec![Job {
            id: "identity.witness",
            title: "把审计链头写到外部见证文件夹",
            every: Every::Hour,
            run: |app| Box::pin(pages::audit_head::keep_witness(app)),
        }],
        audit_labels: trail::LABELS,
        extensions: [Extension::new(throttle), Extension::new(villages::FOLLOWER)]
            .into_iter()
            .chain(personal::extensions())
            .collect(),
        ..Module::new("identity", MIGRATIONS)
    }
}

fn log_in_routes(routes: Routes) -> Routes {
    routes
        .page("/login", Access::Anyone, get(pages::login::page))
        .action("/login", Access::Anyone, post(pages::login::enter))
        .accepting(RESUMED)
        .action("/login/pin", Access::Anyone, post(pages::login::pin))
        .accepting(RESUMED)
        .action("/login/code", Access::Anyone, post(pages::login::code))
        .accepting(RESUMED)
        .action("/logout", Access::Anyone, post(pages::login::leave))
        .page("/setup/{token}", Access::Anyone, get(pages::setup::page))
        .action("/setup/{token}", Access::Anyone, post(pages::setup::create))
        .page("/join/{token}", Access::Anyone, get(pages::join::page))
        .action("/join/{token}", Access::Anyone, post(pages::join::accept))
}

fn account_routes(routes: Routes) -> Routes {
    routes
        .page("/accounts", ACCOUNTS_READ, get(pages::accounts::list))
        .page("/accounts.xlsx", ACCOUNTS_READ, get(pages::accounts::export))
        .page("/accounts/new", ACCOUNTS_WRITE, get(pages::account_form::blank))
        .action("/accounts/new", ACCOUNTS_WRITE, post(pages::account_form::create))
        .page("/accounts/matrix", MATRIX, get(pages::matrix::matrix))
        .page("/accounts/security", SECURITY, get(pages::security::page))
        .action("/accounts/security", SECURITY, post(pages::security::save))
        .page("/accounts/administrators", ADMINISTRATORS, get(pages::administrators::page))
        .action("/accounts/administrators", ADMINISTRATORS, post(pages::administrators::request))
        .action("/accounts/administrators/{id}", ADMINISTRATORS, post(pages::administrators::decide))
        .page("/accounts/invitations", ACCOUNTS_READ, get(pages::invitations::list))
        .action("/accounts/invitations/{id}/revoke", ACCOUNTS_READ, post(pages::invitations::revoke))
        .page("/accounts/locks", SECURITY, get(pages::locks::page))
        .page("/accounts/unused", ACCOUNTS_KEEP, get(pages::unused::page))
        .action("/accounts/unused", ACCOUNTS_KEEP, post(pages::unused::deactivate))
        .page("/accounts/terms", ACCOUNTS_WRITE, get(pages::terms::edit))
        .action("/accounts/terms", ACCOUNTS_WRITE, post(pages::terms::save))
        .page("/accounts/{id}", ACCOUNTS_READ, get(pages::account::page))
        .page("/accounts/{id}/edit", ACCOUNTS_WRITE, get(pages::account_form::edit))
        .action("/accounts/{id}/edit", ACCOUNTS_WRITE, post(pages::account_form::save))
        .page("/accounts/{id}/roles", SECURITY, get(pages::account_form::edit_roles))
        .action("/accounts/{id}/roles", SECURITY, post(pages::account_form::save_roles))
        .action("/accounts/{id}/state", ACCOUNTS_KEEP, post(pages::account::set_state))
        .action("/accounts/{id}/reset", ACCOUNTS_KEEP, post(pages::account::reset))
        .action("/accounts/{id}/invite", INVITE, post(pages::account::invite_device))
        .action("/accounts/{id}/unbind", ACCOUNTS_READ, post(pages::account::unbind))
        .action("/accounts/{id}/unlock", SECURITY, post(pages::account::unlock))
        .action("/accounts/{id}/sessions/{session}/end", SECURITY, post(pages::account::end_session))
        .action("/accounts/{id}/end-sessions", SECURITY, post(pages::account::end_sessions))
        .action("/accounts/{id}/reset-second-factor", SECURITY, post(pages::account::reset_second_factor))
        .page("/audit", AUDIT_READ, get(pages::audit::list))
        .page("/audit.xlsx", AUDIT_READ, get(pages::audit::export))
        .page("/audit.csv", AUDIT_READ, get(pages::audit::export_csv))
        .page("/audit/verify", AUDIT_READ, get(pages::audit::check))
        .page("/audit/head", AUDIT_READ, get(pages::audit_head::page))
        .page("/audit/head.json", AUDIT_READ, get(pages::audit_head::file))
        .page("/jobs", JOBS, get(pages::jobs::page))
        .action("/jobs/{id}/run", JOBS, post(pages::jobs::run))
}

fn own_routes(routes: Routes) -> Routes {
    routes
        .page("/desk", Access::LoggedIn, get(pages::desk::desk))
        .page("/me", Access::LoggedIn, get(pages::me::page))
        .action("/me/password", Access::LoggedIn, post(pages::me::change_password))
        .page("/me/terms", Access::LoggedIn, get(pages::terms::page))
        .action("/me/terms", Access::LoggedIn, post(pages::terms::accept))
        .page("/me/second-factor", Access::LoggedIn, get(pages::second_factor::page))
        .action("/me/second-factor", Access::LoggedIn, post(pages::second_factor::begin))
        .action("/me/second-factor/confirm", Access::LoggedIn, post(pages::second_factor::confirm))
        .action("/me/second-factor/codes", Access::LoggedIn, post(pages::second_factor::renew_codes))
        .action("/me/second-factor/off", Access::LoggedIn, post(pages::second_factor::off))
        .action("/me/devices/{id}/unbind", Access::LoggedIn, post(pages::me::unbind))
        .action("/me/sessions/end", Access::LoggedIn, post(pages::me::end_sessions))
}

/// A log-in may carry a whole form that met an ended session, escaped once more.
const RESUMED: usize = 1024 * 1024;

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
    "202611241301_proposed_roles.sql",
    "202611241302_state.sql",
    "202611241303_combination.sql",
    "202611241304_terms.sql",
];
