//! What administrators do with the accounts of others. Names and scopes are the system administrator's, roles and
//! sessions the security administrator's, and nobody decides about himself.

use crate::{
    NewAccount,
    account::{self, Account, AccountState},
    actions::{
        create_account::{check_scope, create_account},
        invite::InvitationKind,
    },
    store::{self, account::AccountRow},
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};
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
        /// Nobody said why.
        ReasonMissing => Invalid("reason"), "请填写原因，例如：调离、离职、返岗。";
        /// Nothing to do.
        SameState => Conflict, "这个账号已经是这个状态。请刷新页面。";
        /// Nobody chosen.
        NoneChosen => Invalid("accounts"), "请至少选一个账号。";
        /// No such session.
        NoSession => NotFound, "没有这个会话，或已经退出。";
        /// No such invitation.
        NoInvitation => NotFound, "没有这份邀请，或已经用过、过期、撤回。";
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

/// Sets an account up on behalf of an administrator. Roles are granted at once only by whoever may grant them, and to the
/// first security administrator, whom nobody else could make; otherwise they are kept as a proposal for the security
/// administrator. Says whether they were granted.
pub(crate) async fn create_for(
    tx: &mut Tx,
    actor: &Actor,
    account: &NewAccount,
) -> Result<(Id<Account>, bool)> {
    let first_keeper = account.roles == [Role::SecurityAdmin]
        && !store::account::role_is_held(tx, Role::SecurityAdmin).await?;
    if actor.may(crate::SECURITY) || first_keeper || account.roles.is_empty() {
        return Ok((create_account(tx, Some(actor.id), account).await?, true));
    }
    check_scope(tx, &account.roles, &account.towns, account.subject).await?;
    super::combine::check_apart(tx, &account.roles).await?;
    let bare = NewAccount { roles: Vec::new(), ..account.clone() };
    let id = create_account(tx, Some(actor.id), &bare).await?;
    store::account::propose(tx, id, &account.roles).await?;
    Ok((id, false))
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
    check_scope(tx, &now.scope_roles(), &edit.towns, edit.subject).await?;
    let fields = changed_fields(tx, &now, &edit).await?;
    if actor.id == now.id.raw() && fields.iter().any(|field| *field != "name") {
        return Err(ChangeRefusal::OwnScope.into());
    }
    if !save(tx, &now, &edit, now.proposed_roles.as_deref()).await? {
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
    super::combine::check_apart(tx, &edit.roles).await?;
    let fields = changed_fields(tx, &now, &edit).await?;
    if !save(tx, &now, &edit, None).await? {
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

async fn save(tx: &mut Tx, now: &AccountRow, edit: &Edit, proposed: Option<&str>) -> Result<bool> {
    let change = store::account::Change {
        id: now.id,
        version: edit.version,
        name: &edit.name,
        roles: &edit.roles,
        subject: edit.subject,
        towns: &edit.towns,
        proposed,
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

/// Takes an account out of use, or back into it; why is kept with the account.
pub(crate) async fn set_state(
    tx: &mut Tx,
    actor: &Actor,
    id: &str,
    state: AccountState,
    reason: &str,
) -> Result<()> {
    let now = find(tx, id).await?;
    if reason.is_empty() {
        return Err(ChangeRefusal::ReasonMissing.into());
    }
    if actor.id == now.id.raw() {
        return Err(ChangeRefusal::OwnState.into());
    }
    if !account::may_reset(actor, now.id, &now.roles()) {
        return Err(ChangeRefusal::NotYours.into());
    }
    if now.state == state {
        return Err(ChangeRefusal::SameState.into());
    }
    let kept = store::account::role_is_held(tx, Role::SecurityAdmin).await?;
    store::account::set_state(tx, now.id, state).await?;
    let at = tx.db().wall().now();
    store::state::insert(tx, now.id, state, reason, actor.id, at).await?;
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

/// Takes several accounts out of use for one reason: all of them, or none.
pub(crate) async fn deactivate_all(tx: &mut Tx, actor: &Actor, ids: &[&str], reason: &str) -> Result<usize> {
    if ids.is_empty() {
        return Err(ChangeRefusal::NoneChosen.into());
    }
    for id in ids {
        set_state(tx, actor, id, AccountState::Deactivated, reason).await?;
    }
    Ok(ids.len())
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

/// Ends one session of an account.
pub(crate) async fn end_session(tx: &mut Tx, actor: &Actor, id: &str, session: &str) -> Result<()> {
    let now = find(tx, id).await?;
    let session = session.parse().map_err(|_| ChangeRefusal::NoSession)?;
    let at = tx.db().wall().now();
    if !store::session::revoke_of(tx, now.id, session, at).await? {
        return Err(ChangeRefusal::NoSession.into());
    }
    let details = serde_json::json!({ "count": 1 });
    tx.audit(Audit::new(Some(actor.id), "identity.sessions.end", "identity_account", now.id).with(&details));
    Ok(())
}

/// Whether this person may take an invitation back: whoever may give one, and the security administrator.
pub(crate) fn may_revoke(actor: &Actor, account: Id<Account>, roles: &[Role], kind: InvitationKind) -> bool {
    actor.may(crate::SECURITY)
        || match kind {
            InvitationKind::Account => account::may_reset(actor, account, roles),
            InvitationKind::Device => account::may_bind(actor, account, roles),
        }
}

/// Takes an open invitation back; its link opens nothing any more.
pub(crate) async fn revoke_invitation(tx: &mut Tx, actor: &Actor, id: &str) -> Result<()> {
    let id = id.parse().map_err(|_| ChangeRefusal::NoInvitation)?;
    let now = tx.db().wall().now();
    let open = store::invitation::open(tx, now).await?;
    let found = open.into_iter().find(|i| i.id == id).ok_or(ChangeRefusal::NoInvitation)?;
    if !may_revoke(actor, found.account_id, &account::roles_of(&found.roles), found.kind) {
        return Err(ChangeRefusal::NotYours.into());
    }
    store::invitation::end(tx, id, now).await?;
    let details = serde_json::json!({ "kind": found.kind.as_str() });
    tx.audit(
        Audit::new(Some(actor.id), "identity.invitation.revoke", "identity_account", found.account_id)
            .with(&details),
    );
    Ok(())
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

/// Switches the second factor of an account off and ends its sessions, for somebody who has lost both telephone and
/// recovery codes.
pub(crate) async fn reset_second_factor(tx: &mut Tx, actor: &Actor, id: &str) -> Result<()> {
    let now = find(tx, id).await?;
    if actor.id == now.id.raw() {
        return Err(ChangeRefusal::NotYours.into());
    }
    let at = tx.db().wall().now();
    store::session::revoke_all(tx, now.id, None, at).await?;
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
