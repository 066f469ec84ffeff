//! Gives somebody a one-time link: to choose a password, or to bind a browser.

use crate::{
    account::{self, Account, AccountState},
    actions::own_account::clear_second_factor,
    store, token,
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// What an invitation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvitationKind {
    /// Choosing a new password.
    Account,
    /// Binding a browser with a PIN.
    Device,
}
::store::text_column!(InvitationKind { Account = "account", Device = "device" });

/// How long an invitation is good for.
pub(crate) const HOURS: i64 = 72;

/// A password link for somebody nobody else can help: the only administrator of a small bureau who has lost password
/// and telephone. For the command line of the server, never for a page; switches the second factor off. Nothing if
/// there is no such account in use.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn rescue_link(tx: &mut Tx, username: &str) -> Result<Option<String>> {
    let found = store::account::credentials_of_name(tx, &account::normal_username(username)).await?;
    let Some(found) = found.filter(|account| account.state == AccountState::Active) else { return Ok(None) };
    clear_second_factor(tx, None, found.id).await?;
    Ok(Some(invite(tx, None, found.id, InvitationKind::Account).await?))
}

/// Makes the invitation; returns its token, which is shown once and kept nowhere.
pub(crate) async fn invite(
    tx: &mut Tx,
    actor: Option<i64>,
    account: Id<Account>,
    kind: InvitationKind,
) -> Result<String> {
    let token = token::fresh()?;
    let now = tx.db().wall().now();
    store::invitation::insert(
        tx,
        account,
        kind,
        &token::digest(&token),
        actor,
        now,
        now.plus_seconds(HOURS * 3600),
    )
    .await?;
    let details = serde_json::json!({ "kind": kind.as_str() });
    tx.audit(Audit::new(actor, "identity.invitation.create", "identity_account", account).with(&details));
    Ok(token)
}
