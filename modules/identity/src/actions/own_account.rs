//! What people do with their own account: password, second factor, browsers, sessions.

use crate::{
    account::{Account, TotpState},
    store::{self, account::Credentials, device::Device},
    totp,
};
use ::store::{Audit, Tx};
use kernel::{Id, Moment, Result};

kernel::refusals! {
    /// Why it cannot be done.
    pub(crate) enum OwnRefusal {
        /// The old password is wrong.
        WrongPassword => Invalid("old"), "现在的密码不对。";
        /// The code does not fit.
        WrongCode => Invalid("code"), "验证码不对。请核对手机时间是否准确，再输入现在显示的 6 位数字。";
        /// No secret was shown.
        NotBegun => Conflict, "请先点“开始设置”，用手机扫描二维码。";
        /// On already.
        AlreadyOn => Conflict, "两步验证已经开启。";
        /// The installation demands it.
        Required => Forbidden, "本单位要求工作人员开启两步验证，不能自行关闭。换手机的，请联系安全管理员重置。";
        /// No such browser.
        NoDevice => NotFound, "没有这台设备，或已解除绑定。";
    }
}

/// The own account, with what a log-in knows of it.
pub(crate) async fn own(tx: &mut Tx, id: i64) -> Result<Credentials> {
    let id = Id::from_raw(id).ok_or(OwnRefusal::NoDevice)?;
    Ok(store::account::credentials(tx, id).await?.ok_or(OwnRefusal::NoDevice)?)
}

/// Changes the password and ends the other sessions.
pub(crate) async fn change_password(
    tx: &mut Tx,
    account: &Credentials,
    hash: &str,
    session: &str,
) -> Result<()> {
    let now = tx.db().wall().now();
    store::account::set_password(tx, account.id, hash, now).await?;
    store::session::revoke_all(tx, account.id, Some(session), now).await?;
    store::attempt::forget(tx, &account.username).await?;
    tx.audit(Audit::new(Some(account.id.raw()), "identity.password.change", "identity_account", account.id));
    Ok(())
}

/// Notes a wrong old password, so that a session left open is no way to guess it.
pub(crate) async fn wrong_password(tx: &mut Tx, account: &Credentials, now: Moment) -> Result<()> {
    let attempts = store::attempt::claim(tx, &account.username).await?;
    store::attempt::keep(tx, &account.username, &attempts.another(now)).await?;
    let details = serde_json::json!({ "method": "password change" });
    tx.audit(
        Audit::new(Some(account.id.raw()), "identity.login.fail", "identity_account", account.id)
            .with(&details),
    );
    Ok(())
}

/// Makes a new secret, to be confirmed with a code.
pub(crate) async fn begin_second_factor(tx: &mut Tx, account: &Credentials) -> Result<()> {
    if account.totp_state == TotpState::On {
        return Err(OwnRefusal::AlreadyOn.into());
    }
    store::account::begin_totp(tx, account.id, &totp::new_secret()?).await?;
    Ok(())
}

/// Switches the second factor on with its first code and ends the other sessions; returns the recovery codes, which are
/// shown once.
pub(crate) async fn confirm_second_factor(
    tx: &mut Tx,
    account: &Credentials,
    code: &str,
    session: &str,
    now: Moment,
) -> Result<Vec<String>> {
    if account.totp_state == TotpState::On {
        return Err(OwnRefusal::AlreadyOn.into());
    }
    let secret = store::account::totp_secret(tx, account)?.ok_or(OwnRefusal::NotBegun)?;
    let code = totp::normal_code(code);
    let step = if totp::is_short(&code) { totp::step(&secret, &code, now)? } else { None };
    let step = step.ok_or(OwnRefusal::WrongCode)?;
    store::account::confirm_totp(tx, account.id, step).await?;
    // What was opened with the password alone does not stay open.
    store::session::revoke_all(tx, account.id, Some(session), now).await?;
    let codes = fresh_codes(tx, account.id).await?;
    tx.audit(Audit::new(Some(account.id.raw()), "identity.second_factor.on", "identity_account", account.id));
    Ok(codes)
}

async fn fresh_codes(tx: &mut Tx, account: Id<Account>) -> Result<Vec<String>> {
    let codes = totp::recovery_codes()?;
    let digests: Vec<String> = codes.iter().map(|code| totp::recovery_digest(tx.db().keys(), code)).collect();
    store::recovery::replace(tx, account, &digests).await?;
    Ok(codes)
}

/// Makes new recovery codes, after the password was checked; the old ones end.
pub(crate) async fn renew_codes(tx: &mut Tx, account: &Credentials) -> Result<Vec<String>> {
    if account.totp_state != TotpState::On {
        return Err(OwnRefusal::NotBegun.into());
    }
    let codes = fresh_codes(tx, account.id).await?;
    tx.audit(Audit::new(
        Some(account.id.raw()),
        "identity.second_factor.codes",
        "identity_account",
        account.id,
    ));
    Ok(codes)
}

/// Switches the second factor off, after the password was checked, and ends the other sessions.
pub(crate) async fn end_second_factor(tx: &mut Tx, account: &Credentials, session: &str) -> Result<()> {
    let required = ::store::setting(tx, crate::REQUIRE_SECOND_FACTOR).await?.as_deref() == Some("yes");
    if required && !crate::account::works_outside(&crate::account::roles_of(&account.roles)) {
        return Err(OwnRefusal::Required.into());
    }
    let now = tx.db().wall().now();
    store::session::revoke_all(tx, account.id, Some(session), now).await?;
    clear_second_factor(tx, Some(account.id.raw()), account.id).await
}

/// Switches somebody's second factor off.
pub(crate) async fn clear_second_factor(tx: &mut Tx, actor: Option<i64>, account: Id<Account>) -> Result<()> {
    store::account::end_totp(tx, account).await?;
    store::recovery::replace(tx, account, &[]).await?;
    tx.audit(Audit::new(actor, "identity.second_factor.off", "identity_account", account));
    Ok(())
}

/// Unbinds a browser and ends what began on it.
pub(crate) async fn unbind(tx: &mut Tx, account: Id<Account>, device: Id<Device>) -> Result<()> {
    let now = tx.db().wall().now();
    if !store::device::revoke(tx, account, device, now).await? {
        return Err(OwnRefusal::NoDevice.into());
    }
    store::session::revoke_of_device(tx, account, device, now).await?;
    let details = serde_json::json!({ "why": "by its owner" });
    tx.audit(
        Audit::new(Some(account.raw()), "identity.device.unbind", "identity_account", account).with(&details),
    );
    Ok(())
}

/// Ends all sessions but this one; how many there were.
pub(crate) async fn end_others(tx: &mut Tx, account: Id<Account>, session: &str) -> Result<u64> {
    let now = tx.db().wall().now();
    let count = store::session::revoke_all(tx, account, Some(session), now).await?;
    let details = serde_json::json!({ "count": count });
    tx.audit(
        Audit::new(Some(account.raw()), "identity.sessions.end", "identity_account", account).with(&details),
    );
    Ok(count)
}

/// Ends this session.
pub(crate) async fn log_out(tx: &mut Tx, session: &str) -> Result<()> {
    let now = tx.db().wall().now();
    if let Some(account) = store::session::revoke_digest(tx, session, now).await? {
        tx.audit(Audit::new(Some(account.raw()), "identity.logout", "identity_account", account));
    }
    Ok(())
}
