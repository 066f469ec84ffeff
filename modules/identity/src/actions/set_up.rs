//! The set-up of an empty installation: a one-time link, and the first administrator made with it.

use crate::{NewAccount, account::Account, actions::create_account::create_account, store, token};
use ::store::{Audit, Tx};
use kernel::{Id, Result};
use web::Role;

kernel::refusals! {
    /// Why the first administrator cannot be made.
    pub(crate) enum SetUpRefusal {
        /// The link is wrong or there is an account already.
        Gone => NotFound, "这个初始化链接无效或已经用过。请在服务器上重新启动程序，使用最新显示的链接；已有管理员的，请直接登录。";
    }
}

/// Makes the set-up link of an installation without any account, anew each time; nothing if there is an account.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn setup_link(tx: &mut Tx) -> Result<Option<String>> {
    if store::account::any(tx).await? {
        store::setup::clear(tx).await?;
        return Ok(None);
    }
    let token = token::fresh()?;
    let now = tx.db().wall().now();
    store::setup::replace(tx, &token::digest(&token), now).await?;
    Ok(Some(token))
}

/// Whether the link opens the set-up page.
pub(crate) async fn is_open(tx: &mut Tx, token: &str) -> Result<bool> {
    Ok(!store::account::any(tx).await? && store::setup::is(tx, &token::digest(token)).await?)
}

/// Makes the first administrator: of the system only, or of system, security and audit with the business too
/// where there are few people (on record). From then on the second factor is demanded.
pub(crate) async fn set_up(
    tx: &mut Tx,
    token: &str,
    username: &str,
    name: &str,
    hash: String,
    combined: bool,
) -> Result<Id<Account>> {
    // Taking the link away first holds off a twin of this request.
    if !is_open(tx, token).await? || store::setup::clear(tx).await? == 0 {
        return Err(SetUpRefusal::Gone.into());
    }
    let roles = if combined {
        vec![Role::Manager, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin]
    } else {
        vec![Role::SystemAdmin]
    };
    let account = NewAccount {
        username: username.to_owned(),
        name: name.to_owned(),
        roles,
        towns: Vec::new(),
        subject: None,
        password_hash: Some(hash),
    };
    ::store::set_setting(tx, crate::REQUIRE_SECOND_FACTOR, "yes").await?;
    ::store::set_setting(tx, super::combine::COMBINED, if combined { "yes" } else { "no" }).await?;
    let id = create_account(tx, None, &account).await?;
    let details = serde_json::json!({ "combined_administrators": combined });
    tx.audit(Audit::new(Some(id.raw()), "identity.setup", "identity_account", id).with(&details));
    Ok(id)
}
