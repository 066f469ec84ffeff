//! Gives somebody a one-time link: to choose a password, or to bind a browser.

use crate::{account::Account, store, token};
use kernel::{Id, Result};
use ::store::{Audit, Tx};

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

/// Makes the invitation; returns its token, which is shown once and kept nowhere.
pub(crate) async fn invite(tx: &mut Tx, actor: Option<i64>, account: Id<Account>, kind: InvitationKind) -> Result<String> {
    let token = token::fresh()?;
    let now = tx.db().wall().now();
    store::invitation::insert(tx, account, kind, &token::digest(&token), actor, now, now.plus_seconds(HOURS * 3600)).await?;
    let details = serde_json::json!({ "kind": kind.as_str() });
    tx.audit(Audit::new(actor, "identity.invitation.create", "identity_account", account).with(&details));
    Ok(token)
}
