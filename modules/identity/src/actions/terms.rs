//! The terms of use that partner organisations accept before they first use the system, and whenever the terms change.

use crate::{account::Account, store};
use ::store::{Audit, Tx};
use kernel::{Id, Result};
use web::Actor;

/// The setting with the text in force; the one below until it is written.
const TEXT: &str = "terms_text";
/// The setting with the number of the version in force; 1 until it is written.
const VERSION: &str = "terms_version";
/// The longest text.
pub(crate) const MOST: usize = 6_000;
/// What is in force from the first day.
const FIRST: &str = "一、账号只供本单位指定的人使用，不得转借。人员变动的，当天告知司法局停用。
二、看到的个人信息只用于公共法律服务工作，不得抄录、截屏、转发或用于其他目的。
三、如实填写服务情况，发现填错的及时更正。
四、手机、电脑丢失或密码可能泄露的，立即告知司法局。
五、系统对登录、查看、修改都有记录，可供核查。";

kernel::refusals! {
    /// Why it cannot be done.
    pub(crate) enum TermsRefusal {
        /// No text.
        Empty => Invalid("text"), "请填写使用约定。";
        /// Too long.
        Long => Invalid("text"), "使用约定最多 6000 字。";
        /// Another version was shown.
        Changed => Conflict, "使用约定刚刚更新过。请看完新的内容再确认。";
    }
}

/// The terms in force: number of the version and text.
pub(crate) async fn in_force(tx: &mut Tx) -> Result<(i64, String)> {
    let version = ::store::setting(tx, VERSION).await?.and_then(|text| text.parse().ok()).unwrap_or(1);
    let text = ::store::setting(tx, TEXT).await?.unwrap_or_else(|| FIRST.to_owned());
    Ok((version, text))
}

/// Puts another text in force; everybody it concerns has to accept it at the next request.
pub(crate) async fn change(tx: &mut Tx, actor: &Actor, text: &str) -> Result<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TermsRefusal::Empty.into());
    }
    if text.chars().count() > MOST {
        return Err(TermsRefusal::Long.into());
    }
    let (version, now) = in_force(tx).await?;
    if now == text {
        return Ok(version);
    }
    ::store::set_setting(tx, TEXT, text).await?;
    ::store::set_setting(tx, VERSION, &(version + 1).to_string()).await?;
    let details = serde_json::json!({ "version": version + 1 });
    tx.audit(Audit::about(Some(actor.id), "identity.terms.change", "installation").with(&details));
    Ok(version + 1)
}

/// Accepts the version that was shown.
pub(crate) async fn accept(tx: &mut Tx, account: Id<Account>, shown: i64) -> Result<()> {
    let (version, _) = in_force(tx).await?;
    if version != shown {
        return Err(TermsRefusal::Changed.into());
    }
    let now = tx.db().wall().now();
    store::terms::accept(tx, account, version, now).await?;
    let details = serde_json::json!({ "version": version });
    tx.audit(
        Audit::new(Some(account.raw()), "identity.terms.accept", "identity_account", account).with(&details),
    );
    Ok(())
}

/// Notes that the person has accepted the terms in force, on paper or in a demonstration.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn accept_terms(tx: &mut Tx, account: Id<Account>) -> Result<()> {
    let (version, _) = in_force(tx).await?;
    accept(tx, account, version).await
}
