//! Passwords: argon2id, as many at a time as there are cores, with a short queue, and the rule for a new one.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use kernel::{Fault, Kind, Refusal, Result};
use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;

/// Memory of one hash in KiB: 46 MiB (OWASP ASVS 5.0 appendix C).
const MEMORY: u32 = 46 * 1024;
/// No more hashes than this are computed at the same time, however many cores there are: 8 × 46 MiB = 368 MiB.
const MOST_PARALLEL: usize = 8;
/// Requests that may wait for their turn; the next one is refused at once.
const QUEUE: usize = 32;
/// The shortest password; no standard fixes the number (GB/T 22239-2019 asks for complexity only).
pub(crate) const MIN_LENGTH: usize = 8;
/// The longest one: enough for any sentence, and no gift to those who want to keep the server busy.
const MAX_LENGTH: usize = 128;

/// The turns of this process: memory and cores are its own, whatever applications run in it.
static TURNS: LazyLock<Turns> = LazyLock::new(|| Turns::new(parallel(), QUEUE));

/// Hashes computed at the same time: each takes [`MEMORY`] and a core.
fn parallel() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_PARALLEL)
}

/// Whose turn it is to compute a hash, and how many were computed.
#[derive(Debug)]
pub(crate) struct Turns {
    places: Semaphore,
    queue: usize,
    waiting: AtomicUsize,
    working: AtomicUsize,
    most_working: AtomicUsize,
    begun: AtomicUsize,
}

impl Turns {
    fn new(parallel: usize, queue: usize) -> Self {
        Self {
            places: Semaphore::new(parallel),
            queue,
            waiting: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            most_working: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
        }
    }
}

/// How many hashes this process has computed at the same time, at most, and how many it may.
#[cfg(test)]
pub(crate) fn most_at_a_time() -> (usize, usize) {
    (TURNS.most_working.load(Ordering::SeqCst), parallel())
}

/// How many hashes this process has begun to compute: what the limits are to keep small.
#[cfg(test)]
pub(crate) fn hashes() -> usize {
    TURNS.begun.load(Ordering::SeqCst)
}

/// Counts a request into the queue for as long as it waits.
struct Waiting<'a>(&'a Turns);

impl<'a> Waiting<'a> {
    fn enter(turns: &'a Turns) -> Result<Self, Refusal> {
        let waiting = Self(turns);
        if turns.waiting.fetch_add(1, Ordering::SeqCst) >= turns.queue {
            // Dropping it counts this request out again.
            return Err(Refusal::new(Kind::TooMany, "现在登录的人太多，请几秒后再试。"));
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts a hash for as long as it is computed, even when the request that wanted it has gone.
struct Working(&'static Turns);

impl Working {
    fn begin(turns: &'static Turns) -> Self {
        turns.begun.fetch_add(1, Ordering::SeqCst);
        let now = turns.working.fetch_add(1, Ordering::SeqCst) + 1;
        turns.most_working.fetch_max(now, Ordering::SeqCst);
        Self(turns)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

fn argon2() -> Result<Argon2<'static>, Fault> {
    let params =
        Params::new(MEMORY, 1, 1, None).map_err(|e| Fault::new(format!("argon2 parameters: {e}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn off_the_runtime<T: Send + 'static>(
    turns: &'static Turns,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T> {
    let waiting = Waiting::enter(turns)?;
    let permit = turns.places.acquire().await?;
    drop(waiting);
    // The place is held by the computation, not by the request: a client that hangs up frees nothing before its time.
    let done = tokio::task::spawn_blocking(move || {
        let (_permit, _working) = (permit, Working::begin(turns));
        work()
    });
    Ok(done.await??)
}

/// Hashes a password (or PIN) with argon2id. Call it before the transaction begins: it takes tens of milliseconds.
///
/// # Errors
/// A refusal when too many are waiting; a fault if it cannot be computed.
pub async fn hash_password(password: &str) -> Result<String> {
    hash_in(&TURNS, password).await
}

async fn hash_in(turns: &'static Turns, password: &str) -> Result<String> {
    let password = password.to_owned();
    off_the_runtime(turns, move || {
        let salt = store::keys::random_bytes::<16>()?;
        let hash = argon2()?
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|e| Fault::new(format!("a password could not be hashed: {e}")))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password belongs to the hash. Without a hash the same work is done and the answer is no, so that
/// the time does not tell whether an account exists.
pub(crate) async fn verify(hash: Option<String>, password: &str) -> Result<bool> {
    let password = password.to_owned();
    off_the_runtime(&TURNS, move || {
        let Some(hash) = hash else {
            argon2()?
                .hash_password_with_salt(password.as_bytes(), &[0; 16])
                .map_err(|e| Fault::new(format!("argon2: {e}")))?;
            return Ok(false);
        };
        let parsed = PasswordHash::new(&hash)
            .map_err(|e| Fault::new(format!("a stored password hash is damaged: {e}")))?;
        Ok(argon2()?.verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

/// Checks a new password for this account.
///
/// # Errors
/// What is wrong with it, in Chinese.
pub fn check(password: &str, username: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(format!("密码至少 {MIN_LENGTH} 个字符，可以用一句好记的话"));
    }
    if length > MAX_LENGTH {
        return Err(format!("密码最多 {MAX_LENGTH} 个字符"));
    }
    let lower = password.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || "!@#$._-".contains(c));
    if crate::common::is_common(password) {
        return Err("这个密码太常见，容易被猜中，请换一个".to_owned());
    }
    let username = username.to_lowercase();
    if stem == username || (username.chars().count() >= 4 && lower.contains(&username)) {
        return Err("密码不能包含用户名".to_owned());
    }
    Ok(())
}

/// Checks a new PIN: six digits that are not the first ones anybody would try.
pub(crate) fn check_pin(pin: &str) -> Result<(), &'static str> {
    if pin.len() != 6 || !pin.bytes().all(|b| b.is_ascii_digit()) {
        return Err("请输入 6 位数字");
    }
    let digits = pin.as_bytes();
    let steps: Vec<i16> =
        digits.windows(2).map(|pair| (i16::from(pair[1]) - i16::from(pair[0])).rem_euclid(10)).collect();
    let even = steps.iter().all(|step| *step == steps[0]);
    let halves = digits[..3] == digits[3..];
    let pairs = digits[..2] == digits[2..4] && digits[..2] == digits[4..];
    if even || halves || pairs || ["112233", "147258", "159357", "520131", "131452", "100000"].contains(&pin)
    {
        return Err("这个 PIN 码太容易猜中（如 123456、888888），请换一个");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_opens_to_its_password_only() {
        let hash = hash_password("correct horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{hash}");
        assert!(verify(Some(hash.clone()), "correct horse").await.expect("verifies"));
        assert!(!verify(Some(hash.clone()), "wrong horse").await.expect("verifies"));
        assert!(!verify(None, "correct horse").await.expect("does the same work"));
        assert_ne!(hash, hash_password("correct horse").await.expect("hashes"), "a fresh salt each time");
    }

    async fn storm(parallel: usize, queue: usize) -> (usize, usize) {
        let turns: &'static Turns = Box::leak(Box::new(Turns::new(parallel, queue)));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            tasks.spawn(hash_in(turns, "anything"));
        }
        let mut refused = 0;
        while let Some(done) = tasks.join_next().await {
            match done.expect("the task ends") {
                Ok(_) => {}
                Err(kernel::Error::Refused(refusal)) if refusal.kind == Kind::TooMany => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(turns.waiting.load(Ordering::SeqCst) + turns.working.load(Ordering::SeqCst), 0);
        assert_eq!(turns.begun.load(Ordering::SeqCst), 100 - refused);
        (turns.most_working.load(Ordering::SeqCst), refused)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_storm_never_computes_more_than_allowed_at_a_time() {
        let (most, refused) = storm(2, 8).await;
        assert!(most <= 2, "{most}");
        assert!(refused >= 50, "{refused}: the queue is short, the rest are told at once");
        // The planted fault: without turns the same storm computes many at a time and refuses nobody.
        let (most, refused) = storm(100, 100).await;
        assert!(most > 2 && refused == 0, "{most} {refused}");
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let waiting: Vec<_> = (0..QUEUE).map(|_| Waiting::enter(&TURNS).expect("there is room")).collect();
        let refused = hash_password("anything").await.expect_err("the queue is full");
        assert!(matches!(refused, kernel::Error::Refused(r) if r.kind == Kind::TooMany));
        drop(waiting);
        assert!(hash_password("anything").await.is_ok());
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for bad in [
            "1234567",
            "12345678",
            "password1",
            "Passw0rd!",
            "11111111",
            "abababab",
            "qwerty123",
            "Zhangsan2022",
            "admin@123",
            "woaini1314",
        ] {
            assert!(check(bad, "zhangsan").is_err(), "{bad}");
        }
        assert_eq!(check("believe in it", "li"), Ok(()), "a short user name may be part of a word");
        for good in ["correct horse", "滆湖边的樱花开了", "x7#kPq2m", "kehu-2026-wj"] {
            assert_eq!(check(good, "zhangsan"), Ok(()), "{good}");
        }
        assert!(check(&"长".repeat(129), "").is_err());
    }

    #[test]
    fn trivial_pins_are_refused() {
        for bad in [
            "123456",
            "654321",
            "888888",
            "121212",
            "123123",
            "135791",
            "12345",
            "1234567",
            "12a456",
            "１２３４５６",
        ] {
            assert!(check_pin(bad).is_err(), "{bad}");
        }
        for good in ["274193", "805216"] {
            assert!(check_pin(good).is_ok(), "{good}");
        }
    }
}
