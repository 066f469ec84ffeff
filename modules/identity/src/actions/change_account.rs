//! What administrators do with the accounts of others. Names and scopes are the system administrator's, roles and
//! sessions the security administrator's, and nobody decides about himself.

use crate::{
    account::{self, AccountState},
    actions::create_account::check_scope,
    store::{self, account::AccountRow},
};
use ::store::{Audit, Tx};
use kernel::Result;
use std::collections::BTreeSet;
use web::{Actor, Role};

kernel::refusals! {
    /// Why it cannot be done.
    pub(crate) enum ChangeRefusal {
        /// No such account.
        Unknown => NotFound, "没有这个账号。";
        /// One's own roles.
        OwnRoles => Forbidden, "不能修改自己的角色。请由另一位安全管理员办理。";
        /// One's own towns or subject.
        OwnScope => Forbidden, "不能修改自己的管辖范围。请由另一位系统管理员办理。";
        /// One's own account.
        OwnState => Forbidden, "不能停用自己的账号。请由另一位管理员办理。";
        /// Nobody could give roles any more.
        LastKeeper => Conflict, "这是最后一位在用的安全管理员，请先授予另一个账号。";
        /// Administrators are the security administrator's matter.
        AdminRole => Invalid("roles"), "已有这类管理员。请先不选该角色建账号，再由安全管理员授予。";
        /// Not theirs to decide.
        NotYours => Forbidden, "管理员账号由安全管理员办理，其他账号由系统管理员办理，本人的请在“我的账号”里办理。";
        /// Works inside the bureau.
        NotOutside => Forbidden, "绑定邀请只能发给村（社区）法律顾问和村（社区）联系人；其他人员请用密码登录。";
        /// Out of use.
        Deactivated => Conflict, "这个账号已停用。请先恢复使用。";
    }
}

/// The account, or the refusal that there is none.
pub(crate) async fn find(tx: &mut Tx, id: &str) -> Result<AccountRow> {
    let id = id.parse().map_err(|_| ChangeRefusal::Unknown)?;
    Ok(store::account::row(tx, id).await?.ok_or(ChangeRefusal::Unknown)?)
}

/// Initial roles: whatever the system administrator says, but an administrator only while there is none of the kind.
pub(crate) async fn check_initial_roles(tx: &mut Tx, roles: &[Role]) -> Result<()> {
    for role in roles.iter().filter(|role| account::is_admin(**role)) {
        if store::account::role_is_held(tx, *role).await? {
            return Err(ChangeRefusal::AdminRole.into());
        }
    }
    Ok(())
}

/// What became of an edit.
pub(crate) enum Changed {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<AccountRow>),
}

/// An account as edited.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) towns: Vec<i64>,
    pub(crate) subject: Option<i64>,
    pub(crate) version: i64,
}

/// Changes name and scope; the next request of the account obeys.
pub(crate) async fn change(tx: &mut Tx, actor: &Actor, id: &str, edit: Edit) -> Result<Changed> {
    let now = find(tx, id).await?;
    let edit = Edit { roles: now.roles(), ..edit };
    check_scope(tx, &edit.roles, &edit.towns, edit.subject).await?;
    let fields = changed_fields(tx, &now, &edit).await?;
    if actor.id == now.id.raw() && fields.iter().any(|field| *field != "name") {
        return Err(ChangeRefusal::OwnScope.into());
    }
    if !save(tx, &now, &edit).await? {
        return Ok(Changed::Stale(Box::new(now)));
    }
    let details = serde_json::json!({ "fields": fields });
    tx.audit(
        Audit::new(Some(actor.id), "identity.account.change", "identity_account", now.id).with(&details),
    );
    Ok(Changed::Saved)
}

/// Changes roles with their scope and ends the account's sessions, so that the change holds at once.
pub(crate) async fn change_roles(tx: &mut Tx, actor: &Actor, id: &str, edit: Edit) -> Result<Changed> {
    let now = find(tx, id).await?;
    if actor.id == now.id.raw() {
        return Err(ChangeRefusal::OwnRoles.into());
    }
    let edit = Edit { name: now.name.clone(), ..edit };
    check_scope(tx, &edit.roles, &edit.towns, edit.subject).await?;
    let fields = changed_fields(tx, &now, &edit).await?;
    if !save(tx, &now, &edit).await? {
        return Ok(Changed::Stale(Box::new(now)));
    }
    keep_one_keeper(tx).await?;
    let at = tx.db().wall().now();
    store::session::revoke_all(tx, now.id, None, at).await?;
    if !account::works_outside(&edit.roles) {
        // A PIN is enough for own villages only.
        store::device::revoke_all(tx, now.id, at).await?;
        store::invitation::end_all(tx, now.id, at).await?;
    }
    let details =
        serde_json::json!({ "from": now.roles, "to": account::roles_text(&edit.roles), "fields": fields });
    tx.audit(Audit::new(Some(actor.id), "identity.roles.change", "identity_account", now.id).with(&details));
    Ok(Changed::Saved)
}

async fn save(tx: &mut Tx, now: &AccountRow, edit: &Edit) -> Result<bool> {
    let change = store::account::Change {
        id: now.id,
        version: edit.version,
        name: &edit.name,
        roles: &edit.roles,
        subject: edit.subject,
        towns: &edit.towns,
    };
    Ok(store::account::update(tx, &change).await?)
}

async fn changed_fields(tx: &mut Tx, now: &AccountRow, edit: &Edit) -> Result<Vec<&'static str>> {
    let towns: BTreeSet<i64> =
        store::account::towns_of(tx, now.id).await?.into_iter().map(|(id, _)| id.raw()).collect();
    let changes = [
        ("name", now.name != edit.name),
        ("roles", now.roles != account::roles_text(&edit.roles)),
        ("subject", now.subject_id != edit.subject),
        ("towns", towns != edit.towns.iter().copied().collect()),
    ];
    Ok(changes.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect())
}

/// Roles can still be given afterwards, if they could before.
async fn keep_one_keeper(tx: &mut Tx) -> Result<()> {
    if store::account::role_is_held(tx, Role::SecurityAdmin).await? {
        return Ok(());
    }
    Err(ChangeRefusal::LastKeeper.into())
}

/// Takes an account out of use, or back into it.
pub(crate) async fn set_state(tx: &mut Tx, actor: &Actor, id: &str, state: AccountState) -> Result<()> {
    let now = find(tx, id).await?;
    if actor.id == now.id.raw() {
        return Err(ChangeRefusal::OwnState.into());
    }
    if !account::may_reset(actor, now.id, &now.roles()) {
        return Err(ChangeRefusal::NotYours.into());
    }
    if now.state == state {
        return Ok(());
    }
    let kept = store::account::role_is_held(tx, Role::SecurityAdmin).await?;
    store::account::set_state(tx, now.id, state).await?;
    let at = tx.db().wall().now();
    if state == AccountState::Deactivated {
        if kept {
            keep_one_keeper(tx).await?;
        }
        store::session::revoke_all(tx, now.id, None, at).await?;
        store::device::revoke_all(tx, now.id, at).await?;
        store::invitation::end_all(tx, now.id, at).await?;
    }
    let details = serde_json::json!({ "state": state.as_str() });
    tx.audit(Audit::new(Some(actor.id), "identity.account.state", "identity_account", now.id).with(&details));
    Ok(())
}

/// Forgets wrong passwords.
pub(crate) async fn unlock(tx: &mut Tx, actor: &Actor, id: &str) -> Result<()> {
    let now = find(tx, id).await?;
    store::attempt::forget(tx, &now.username).await?;
    tx.audit(Audit::new(Some(actor.id), "identity.account.unlock", "identity_account", now.id));
    Ok(())
}

/// Ends all sessions of an account; how many there were.
pub(crate) async fn end_sessions(tx: &mut Tx, actor: &Actor, id: &str) -> Result<u64> {
    let now = find(tx, id).await?;
    let at = tx.db().wall().now();
    let count = store::session::revoke_all(tx, now.id, None, at).await?;
    let details = serde_json::json!({ "count": count });
    tx.audit(Audit::new(Some(actor.id), "identity.sessions.end", "identity_account", now.id).with(&details));
    Ok(count)
}

/// Unbinds all browsers of an account and ends its sessions: a telephone was lost.
pub(crate) async fn unbind_all(tx: &mut Tx, actor: &Actor, id: &str) -> Result<()> {
    let now = find(tx, id).await?;
    let secures = actor.may(crate::SECURITY) && actor.id != now.id.raw();
    if !secures && !account::may_bind(actor, now.id, &now.roles()) {
        return Err(ChangeRefusal::NotYours.into());
    }
    let at = tx.db().wall().now();
    store::device::revoke_all(tx, now.id, at).await?;
    store::session::revoke_all(tx, now.id, None, at).await?;
    store::invitation::end_all(tx, now.id, at).await?;
    let details = serde_json::json!({ "why": "by an administrator" });
    tx.audit(Audit::new(Some(actor.id), "identity.device.unbind", "identity_account", now.id).with(&details));
    Ok(())
}

/// Switches the second factor of an account off, for somebody who has lost both telephone and recovery codes.
pub(crate) async fn reset_second_factor(tx: &mut Tx, actor: &Actor, id: &str) -> Result<()> {
    let now = find(tx, id).await?;
    if actor.id == now.id.raw() {
        return Err(ChangeRefusal::NotYours.into());
    }
    super::own_account::clear_second_factor(tx, Some(actor.id), now.id).await
}

/// The account to be given a new password link, if it is theirs to give.
pub(crate) async fn to_reset(tx: &mut Tx, actor: &Actor, id: &str) -> Result<AccountRow> {
    let now = find(tx, id).await?;
    if !account::may_reset(actor, now.id, &now.roles()) {
        return Err(ChangeRefusal::NotYours.into());
    }
    in_use(now)
}

/// The account to be invited to bind a browser, if it may be.
pub(crate) async fn to_bind(tx: &mut Tx, actor: &Actor, id: &str) -> Result<AccountRow> {
    let now = find(tx, id).await?;
    if !account::may_bind(actor, now.id, &now.roles()) {
        return Err(ChangeRefusal::NotOutside.into());
    }
    in_use(now)
}

fn in_use(account: AccountRow) -> Result<AccountRow> {
    if account.state != AccountState::Active {
        return Err(ChangeRefusal::Deactivated.into());
    }
    Ok(account)
}
