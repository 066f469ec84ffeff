//! Logs somebody in: with a password, then perhaps a code; or with the PIN of a bound browser.

use crate::{
    account::{self, Account, AccountState, TotpState},
    password,
    session::{ABSOLUTE, DEVICE_IDLE, IDLE, PENDING},
    store::{self, account::Credentials, device::Device, session::NewSession},
    throttle::{self, Attempts, DEVICE_ALLOWED, Throttle},
    token, totp,
};
use ::store::{Audit, Db, Tx};
use kernel::{Id, Kind, Moment, Refusal, Result};

/// Wrong codes after which the password must be given again.
const CODES_ALLOWED: i64 = 5;

/// Where a log-in comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From<'a> {
    /// Address of the client, empty if unknown.
    pub(crate) peer: &'a str,
    /// The device cookie, if there is one.
    pub(crate) device: Option<&'a str>,
    /// What the browser is called in lists.
    pub(crate) label: &'a str,
    /// The limits that hold.
    pub(crate) throttle: &'a Throttle,
}

/// What became of a right password.
#[derive(Debug)]
pub(crate) enum LoggedIn {
    /// In.
    Open(Opened),
    /// The code of the second factor is wanted; the token names the waiting session.
    CodeWanted(String),
}

/// An open session: what the browser is to keep.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The session's token.
    pub(crate) token: String,
    /// A new device cookie, if the browser has none.
    pub(crate) device: Option<String>,
}

kernel::refusals! {
    /// Why a log-in fails; the same words whether the account exists or not.
    pub(crate) enum LogInRefusal {
        /// Name or password.
        Wrong => Invalid, "用户名或密码不对，请核对后重试。忘记密码的，请联系系统管理员重新设置。";
        /// The code.
        WrongCode => Invalid("code"), "验证码不对，请输入手机上现在显示的 6 位数字；手机不在身边的，可用备用码。";
        /// The waiting session is over.
        Late => Conflict, "验证超时，请重新输入用户名和密码。";
        /// No bound browser.
        NotBound => Conflict, "本机没有绑定账号，或绑定已解除。请用用户名登录，或请业务主管重新发二维码。";
        /// Too many wrong PINs.
        Unbound => Conflict, "PIN 码连续输错 5 次，本机已解除绑定。请联系业务主管重新发二维码。";
    }
}

/// One guess: counted before the password is looked at, taken back if it was right.
struct Guess {
    username: String,
    known: Option<Id<Device>>,
    before: Attempts,
}

impl Guess {
    /// Whether another guess is allowed, without counting it: nothing is written while it is not.
    async fn allow(
        tx: &mut Tx,
        username: &str,
        known: Option<Id<Device>>,
        from: From<'_>,
        now: Moment,
    ) -> Result<()> {
        if known.is_some() {
            return Ok(());
        }
        let attempts = store::attempt::of(tx, username).await?;
        if let Some(minutes) = from.throttle.wait(&attempts, now) {
            return Err(locked(tx, minutes).await?);
        }
        Ok(from.throttle.take(from.peer, now)?)
    }

    async fn count(
        tx: &mut Tx,
        username: &str,
        known: Option<Id<Device>>,
        from: From<'_>,
        now: Moment,
    ) -> Result<Self> {
        let before = store::attempt::claim(tx, username).await?;
        let guess = Self { username: username.to_owned(), known, before };
        // A known browser that keeps guessing is as good as an unknown one.
        if let Some(device) = known
            && store::device::count_failure(tx, device).await? <= DEVICE_ALLOWED
        {
            return Ok(guess);
        }
        if let Some(minutes) = from.throttle.wait(&before, now) {
            return Err(locked(tx, minutes).await?);
        }
        store::attempt::keep(tx, username, &before.another(now)).await?;
        Ok(guess)
    }

    /// Whether this guess, being wrong, has locked the name.
    fn locks(&self, now: Moment) -> bool {
        self.known.is_none() && self.before.another(now).locks()
    }

    /// The password was right, the code is still wanted: as if nothing had been guessed.
    async fn take_back(&self, tx: &mut Tx, from: From<'_>) -> Result<()> {
        match self.known {
            Some(device) => store::device::uncount_failure(tx, device).await?,
            None => from.throttle.give_back(from.peer),
        }
        // Others may have guessed meanwhile: only this guess is taken back, their count and lock stay.
        let mut now = store::attempt::claim(tx, &self.username).await?;
        now.failed -= 1;
        if now.failed <= self.before.failed {
            now = self.before;
        }
        if now.failed <= 0 {
            store::attempt::forget(tx, &self.username).await?;
        } else {
            store::attempt::keep(tx, &self.username, &now).await?;
        }
        Ok(())
    }

    /// Logged in: wrong guesses are forgotten.
    async fn forget(&self, tx: &mut Tx, from: From<'_>) -> Result<()> {
        if self.known.is_none() {
            from.throttle.give_back(from.peer);
        }
        store::attempt::forget(tx, &self.username).await?;
        Ok(())
    }
}

/// The refusal for a locked name, with whom to ring.
pub(crate) async fn locked(tx: &mut Tx, minutes: i64) -> Result<kernel::Error> {
    let contact = ::store::setting(tx, crate::SECURITY_CONTACT).await?.unwrap_or_default();
    Ok(throttle::locked(minutes, &contact).into())
}

async fn known_device(
    tx: &mut Tx,
    account: Option<&Credentials>,
    from: From<'_>,
) -> Result<Option<Id<Device>>> {
    match (account, from.device) {
        (Some(account), Some(device)) => {
            let known = store::device::known(tx, &token::digest(device), account.id).await?;
            // Its own guesses used up: no exemption any more.
            Ok(known.filter(|(_, failed)| *failed < DEVICE_ALLOWED).map(|(id, _)| id))
        }
        _ => Ok(None),
    }
}

/// Logs in with a password.
pub(crate) async fn log_in(db: &Db, username: &str, password: &str, from: From<'_>) -> Result<LoggedIn> {
    let username = account::normal_username(username);
    let now = db.wall().now();
    let mut tx = db.begin_read().await?;
    let found = store::account::credentials_of_name(&mut tx, &username).await?;
    let known = known_device(&mut tx, found.as_ref(), from).await?;
    Guess::allow(&mut tx, &username, known, from, now).await?;
    drop(tx);

    let mut tx = db.begin_write().await?;
    let guess = Guess::count(&mut tx, &username, known, from, now).await?;
    tx.commit().await?;
    let hash = found
        .as_ref()
        .filter(|account| account.state == AccountState::Active)
        .and_then(|account| account.password_hash.clone());
    let right = password::verify(hash, password).await?;

    let mut tx = db.begin_write().await?;
    let id = found.as_ref().map(|account| account.id);
    let (Some(account), true) = (found, right) else {
        fail(&mut tx, known, &guess, "password", now, id);
        tx.commit().await?;
        return Err(LogInRefusal::Wrong.into());
    };
    if account.totp_state == TotpState::On {
        guess.take_back(&mut tx, from).await?;
        let token = token::fresh()?;
        let waiting = NewSession {
            account: account.id,
            digest: &token::digest(&token),
            now,
            lasts: PENDING,
            idle: PENDING,
            second_factor_done: false,
            device: known,
        };
        store::session::insert(&mut tx, &waiting).await?;
        tx.commit().await?;
        return Ok(LoggedIn::CodeWanted(token));
    }
    guess.forget(&mut tx, from).await?;
    let opened = open(&mut tx, account.id, &account.roles, from, "password", now).await?;
    tx.commit().await?;
    Ok(LoggedIn::Open(opened))
}

fn fail(
    tx: &mut Tx,
    known: Option<Id<Device>>,
    guess: &Guess,
    method: &str,
    now: Moment,
    account: Option<Id<Account>>,
) {
    let locked = guess.locks(now);
    let details = serde_json::json!({ "method": method, "known_browser": known.is_some(), "locked": locked });
    // What was typed is never kept: people type passwords into the field of the name.
    let entry = match account {
        Some(id) => Audit::new(None, "identity.login.fail", "identity_account", id),
        None => Audit::about(None, "identity.login.fail", "identity_account"),
    };
    tx.audit(entry.with(&details));
}

/// Enters the code of the second factor, or a recovery code, for the waiting session.
pub(crate) async fn enter_code(db: &Db, waiting: &str, code: &str, from: From<'_>) -> Result<Opened> {
    let now = db.wall().now();
    let code = totp::normal_code(code);
    let mut tx = db.begin_read().await?;
    let session =
        store::session::waiting(&mut tx, &token::digest(waiting), now).await?.ok_or(LogInRefusal::Late)?;
    let account =
        store::account::credentials(&mut tx, session.account_id).await?.ok_or(LogInRefusal::Late)?;
    if account.state != AccountState::Active || account.totp_state != TotpState::On {
        return Err(LogInRefusal::Late.into());
    }
    Guess::allow(&mut tx, &account.username, session.device_id, from, now).await?;
    let secret = store::account::totp_secret(&tx, &account)?.unwrap_or_default();
    drop(tx);
    let step = if totp::is_short(&code) { totp::step(&secret, &code, now)? } else { None };

    let mut tx = db.begin_write().await?;
    let guess = Guess::count(&mut tx, &account.username, session.device_id, from, now).await?;
    let right = match step {
        Some(step) => store::account::use_totp_step(&mut tx, account.id, step).await?,
        None if code.is_empty() || totp::is_short(&code) => false,
        None => {
            store::recovery::use_up(&mut tx, account.id, &totp::recovery_digest(db.keys(), &code), now)
                .await?
        }
    };
    if !right {
        store::session::count_failure(&mut tx, session.id).await?;
        let over = session.failed_count + 1 >= CODES_ALLOWED;
        if over {
            store::session::revoke(&mut tx, session.id, now).await?;
        }
        fail(&mut tx, session.device_id, &guess, "code", now, Some(account.id));
        tx.commit().await?;
        return Err(if over { LogInRefusal::Late.into() } else { LogInRefusal::WrongCode.into() });
    }
    if !store::session::revoke(&mut tx, session.id, now).await? {
        return Err(LogInRefusal::Late.into());
    }
    guess.forget(&mut tx, from).await?;
    let method = if step.is_some() { "password+code" } else { "password+recovery" };
    let opened = open(&mut tx, account.id, &account.roles, from, method, now).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Logs in with the PIN of the bound browser: possession and knowledge, so no code is asked.
pub(crate) async fn enter_pin(db: &Db, pin: &str, from: From<'_>) -> Result<Opened> {
    let now = db.wall().now();
    let device = from.device.ok_or(LogInRefusal::NotBound)?;
    let mut tx = db.begin_write().await?;
    let bound = store::device::bound(&mut tx, &token::digest(device)).await?.ok_or(LogInRefusal::NotBound)?;
    let rests = bound.last_used_at.seconds_until(now) > DEVICE_IDLE;
    if rests || bound.state != AccountState::Active {
        store::device::revoke(&mut tx, bound.account_id, bound.id, now).await?;
        tx.audit(unbound(&bound, if rests { "unused" } else { "deactivated" }));
        tx.commit().await?;
        return Err(LogInRefusal::NotBound.into());
    }
    let failed = store::device::count_failure(&mut tx, bound.id).await?;
    tx.commit().await?;
    let right = failed <= DEVICE_ALLOWED
        && password::verify(Some(bound.pin_hash.clone()), &peppered(pin, device)).await?;

    let mut tx = db.begin_write().await?;
    if right {
        let opened = open_on(&mut tx, bound.account_id, &bound.roles, bound.id, "pin", now).await?;
        tx.commit().await?;
        return Ok(Opened { token: opened, device: None });
    }
    let details = serde_json::json!({ "method": "pin", "known_browser": true });
    tx.audit(Audit::new(None, "identity.login.fail", "identity_account", bound.account_id).with(&details));
    if failed >= DEVICE_ALLOWED {
        store::device::revoke(&mut tx, bound.account_id, bound.id, now).await?;
        tx.audit(unbound(&bound, "wrong PINs"));
        tx.commit().await?;
        return Err(LogInRefusal::Unbound.into());
    }
    tx.commit().await?;
    let message = format!("PIN 码不对，还可以再试 {} 次。", DEVICE_ALLOWED - failed);
    Err(Refusal::new(Kind::Invalid, message.clone()).field("pin", message).into())
}

fn unbound(bound: &store::device::Bound, why: &str) -> Audit {
    Audit::new(None, "identity.device.unbind", "identity_account", bound.account_id)
        .with(&serde_json::json!({ "why": why }))
}

/// A PIN as it is hashed: with the browser's secret, so that the database alone is not enough to try them all.
pub(crate) fn peppered(pin: &str, device: &str) -> String {
    format!("{pin}:{device}")
}

/// Opens a session and makes the browser known to the account.
pub(crate) async fn open(
    tx: &mut Tx,
    account: Id<Account>,
    roles: &str,
    from: From<'_>,
    method: &'static str,
    now: Moment,
) -> Result<Opened> {
    let reused = match from.device {
        Some(cookie) => store::device::exists(tx, &token::digest(cookie)).await?.then_some(cookie),
        None => None,
    };
    let (cookie, device) = match reused {
        Some(cookie) => (cookie.to_owned(), None),
        None => {
            let fresh = format!("k.{}", token::fresh()?);
            (fresh.clone(), Some(fresh))
        }
    };
    let id = store::device::keep(tx, account, &token::digest(&cookie), from.label, now).await?;
    let token = open_on(tx, account, roles, id, method, now).await?;
    Ok(Opened { token, device })
}

/// Opens a session on a browser known already; the token.
pub(crate) async fn open_on(
    tx: &mut Tx,
    account: Id<Account>,
    roles: &str,
    device: Id<Device>,
    method: &'static str,
    now: Moment,
) -> Result<String> {
    let token = token::fresh()?;
    let outside = account::works_outside(&account::roles_of(roles));
    let session = NewSession {
        account,
        digest: &token::digest(&token),
        now,
        lasts: ABSOLUTE,
        // On the road a telephone is locked by itself; asking every two hours would only teach short PINs.
        idle: if outside && method == "pin" { ABSOLUTE } else { IDLE },
        second_factor_done: true,
        device: Some(device),
    };
    store::session::insert(tx, &session).await?;
    store::session::purge(tx, account, now).await?;
    store::attempt::purge(tx, now).await?;
    store::device::note_use(tx, device, now).await?;
    store::account::note_login(tx, account, now).await?;
    tx.audit(
        Audit::new(Some(account.raw()), "identity.login", "identity_account", account)
            .with(&serde_json::json!({ "method": method })),
    );
    Ok(token)
}
