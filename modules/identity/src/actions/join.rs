//! Uses a one-time link: chooses a password, or binds the browser with a PIN and logs in.

use crate::{
    account::AccountState,
    actions::{
        invite::InvitationKind,
        log_in::{From, open_on},
    },
    store::{self, invitation::InvitationRow},
    token,
};
use ::store::{Audit, Tx};
use kernel::{Moment, Result};

kernel::refusals! {
    /// Why a link cannot be used.
    pub(crate) enum JoinRefusal {
        /// Unknown, used or too old.
        Gone => NotFound, "这个链接无效、已经用过或已过期（72 小时）。请联系发给您链接的人重新生成。";
    }
}

/// The invitation behind a link that may still be used.
pub(crate) async fn invitation(tx: &mut Tx, link: &str, now: Moment) -> Result<InvitationRow> {
    let found = store::invitation::of_digest(tx, &token::digest(link)).await?;
    let open =
        |i: &InvitationRow| i.used_at.is_none() && now < i.expires_at && i.state == AccountState::Active;
    Ok(found.filter(open).ok_or(JoinRefusal::Gone)?)
}

/// Sets the new password; ends every session, bound browser and other invitation of the account.
pub(crate) async fn choose_password(tx: &mut Tx, link: &str, hash: &str) -> Result<InvitationRow> {
    let now = tx.db().wall().now();
    let found = take(tx, link, InvitationKind::Account, now).await?;
    store::account::set_password(tx, found.account_id, hash, now).await?;
    // Whoever sets a password by a link has lost the old one: nothing that it opened stays open.
    store::session::revoke_all(tx, found.account_id, None, now).await?;
    store::device::revoke_all(tx, found.account_id, now).await?;
    store::invitation::end_all(tx, found.account_id, now).await?;
    store::attempt::forget(tx, &found.username).await?;
    tx.audit(Audit::new(
        Some(found.account_id.raw()),
        "identity.password.set",
        "identity_account",
        found.account_id,
    ));
    Ok(found)
}

/// What a newly bound browser keeps.
pub(crate) struct Bound {
    /// The device cookie.
    pub(crate) device: String,
    /// The session cookie.
    pub(crate) session: String,
}

/// A fresh device cookie; the PIN is hashed together with it before the transaction begins.
pub(crate) fn fresh_device() -> Result<String> {
    Ok(format!("b.{}", token::fresh()?))
}

/// Binds the browser to the account and logs in.
pub(crate) async fn bind_browser(
    tx: &mut Tx,
    link: &str,
    device: String,
    pin_hash: &str,
    from: From<'_>,
) -> Result<Bound> {
    let now = tx.db().wall().now();
    let found = take(tx, link, InvitationKind::Device, now).await?;
    let account = store::account::credentials(tx, found.account_id).await?.ok_or(JoinRefusal::Gone)?;
    let id = store::device::keep(tx, account.id, &token::digest(&device), from.label, now).await?;
    store::device::set_pin(tx, id, pin_hash).await?;
    tx.audit(Audit::new(Some(account.id.raw()), "identity.device.bind", "identity_account", account.id));
    let session = open_on(tx, account.id, &account.roles, id, "pin", now).await?;
    Ok(Bound { device, session })
}

async fn take(tx: &mut Tx, link: &str, kind: InvitationKind, now: Moment) -> Result<InvitationRow> {
    let found = invitation(tx, link, now).await?;
    if found.kind != kind || !store::invitation::use_up(tx, found.id, now).await? {
        return Err(JoinRefusal::Gone.into());
    }
    Ok(found)
}
