//! How often one may guess: per name with doubling delays, per address with a bucket in memory.

use kernel::{Kind, Moment, Refusal};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{LazyLock, Mutex},
};

/// Wrong passwords in a row after which a name is locked.
const ALLOWED: i64 = 5;
/// Wrong passwords are forgotten after so long without another.
const WINDOW: i64 = 15 * 60;
/// The longest lock.
const LONGEST: i64 = 60;
/// Wrong passwords or PINs in a row that a known browser may send.
pub(crate) const DEVICE_ALLOWED: i64 = 5;

/// What went wrong with a name so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Wrong passwords in a row.
    pub(crate) failed: i64,
    /// When the last one came.
    pub(crate) last_failed_at: Moment,
    /// Until when no password is looked at.
    pub(crate) locked_until: Moment,
}

impl Attempts {
    pub(crate) const NONE: Attempts =
        Attempts { failed: 0, last_failed_at: Moment::from_micros(0), locked_until: Moment::from_micros(0) };

    /// The minutes to wait, rounded up, if the name is locked.
    pub(crate) fn wait(&self, now: Moment) -> Option<i64> {
        let seconds = now.seconds_until(self.locked_until);
        (now < self.locked_until).then(|| ((seconds + 59) / 60).max(1))
    }

    /// One more wrong password. It is counted *before* the password is looked at and taken back when it was
    /// right, so that many guesses at the same time gain nothing.
    pub(crate) fn another(self, now: Moment) -> Attempts {
        let since = self.last_failed_at.max(self.locked_until);
        let failed = if since.seconds_until(now) > WINDOW { 1 } else { self.failed + 1 };
        let minutes = if failed < ALLOWED { 0 } else { 1 << (failed - ALLOWED).min(6) };
        Attempts { failed, last_failed_at: now, locked_until: now.plus_seconds(60 * minutes.min(LONGEST)) }
    }

    /// Whether this attempt was the one that locked the name.
    pub(crate) fn locks(&self) -> bool {
        self.failed >= ALLOWED
    }
}

/// The refusal for a locked name: how long, why, what to do, whom to ring. The same whether the account exists or not.
pub(crate) fn locked(minutes: i64, contact: &str) -> Refusal {
    let whom = if contact.is_empty() { String::new() } else { format!("（{contact}）") };
    Refusal::new(
        Kind::TooMany,
        format!(
            "密码连续输错次数过多，为防止他人猜密码，这个用户名暂停登录，请 {minutes} 分钟后再试。着急的，在您常用的电脑、手机上仍可登录，或联系安全管理员{whom}解锁。"
        ),
    )
}

/// The limits of one running server: names are counted in the database, addresses here.
pub(crate) struct Throttle {
    buckets: Buckets,
    on: bool,
}

impl Throttle {
    /// The limits as they are.
    pub(crate) fn new() -> Self {
        Self { buckets: Buckets::new(), on: true }
    }

    /// No limits at all: for the test that shows what they are good for.
    #[cfg(test)]
    pub(crate) fn off() -> Self {
        Self { buckets: Buckets::new(), on: false }
    }

    /// The limits that the module offers to its application.
    pub(crate) fn of(app: &web::App) -> &Throttle {
        static USUAL: LazyLock<Throttle> = LazyLock::new(Throttle::new);
        app.extensions::<Throttle>().next().unwrap_or(&USUAL)
    }

    /// The minutes a name has to wait.
    pub(crate) fn wait(&self, attempts: &Attempts, now: Moment) -> Option<i64> {
        attempts.wait(now).filter(|_| self.on)
    }

    /// Takes one guess out of the address's bucket.
    pub(crate) fn take(&self, peer: &str, now: Moment) -> Result<(), Refusal> {
        if self.on { self.buckets.take(&counted(peer), now) } else { Ok(()) }
    }

    /// Gives a guess back: it was right.
    pub(crate) fn give_back(&self, peer: &str) {
        self.buckets.give_back(&counted(peer));
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Throttle")
    }
}

/// What an address is counted under: an IPv6 network of 64 bits belongs to one house, so it is one address here.
fn counted(peer: &str) -> String {
    match peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let network = u128::from(address) >> 64 << 64;
            format!("{}/64", Ipv6Addr::from(network))
        }
        Ok(address) => address.to_string(),
        Err(_) => peer.to_owned(),
    }
}

/// A bucket of guesses for each address: a burst of 10, then one every 6 seconds.
struct Buckets(Mutex<Option<HashMap<String, Bucket>>>);

#[derive(Clone, Copy)]
struct Bucket {
    left: i64,
    at: Moment,
}

const BURST: i64 = 10;
const REFILL: i64 = 6;
/// Addresses remembered at a time; the fullest are forgotten first.
const ADDRESSES: usize = 20_000;

impl Bucket {
    fn refilled(self, now: Moment) -> Bucket {
        let more = self.at.seconds_until(now) / REFILL;
        if more <= 0 {
            return self;
        }
        let left = (self.left + more).min(BURST);
        Bucket { left, at: if left == BURST { now } else { self.at.plus_seconds(more * REFILL) } }
    }
}

impl Buckets {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Takes one guess out of the address's bucket. An unknown address has none: the limit per name remains.
    fn take(&self, peer: &str, now: Moment) -> Result<(), Refusal> {
        let Ok(mut guard) = self.0.lock() else { return Ok(()) };
        let map = guard.get_or_insert_default();
        if peer.is_empty() {
            return Ok(());
        }
        if map.len() >= ADDRESSES && !map.contains_key(peer) {
            map.retain(|_, bucket| bucket.refilled(now).left < BURST);
            if map.len() >= ADDRESSES {
                return Err(too_many());
            }
        }
        let bucket = map.entry(peer.to_owned()).or_insert(Bucket { left: BURST, at: now });
        *bucket = bucket.refilled(now);
        if bucket.left <= 0 {
            return Err(too_many());
        }
        bucket.left -= 1;
        Ok(())
    }

    /// Gives a guess back: it was right.
    fn give_back(&self, peer: &str) {
        if let Ok(mut guard) = self.0.lock()
            && let Some(bucket) = guard.as_mut().and_then(|map| map.get_mut(peer))
        {
            bucket.left = (bucket.left + 1).min(BURST);
        }
    }
}

fn too_many() -> Refusal {
    Refusal::new(Kind::TooMany, "从这里尝试登录太频繁，请 1 分钟后再试。")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_micros(1_650_000_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn delays_double_from_the_fifth_wrong_password() {
        let mut attempts = Attempts::NONE;
        let mut waits = Vec::new();
        let mut now = at(0);
        for _ in 0..13 {
            attempts = attempts.another(now);
            waits.push(attempts.wait(now).unwrap_or(0));
            now = now.max(attempts.locked_until);
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn quiet_quarters_are_forgiven_but_not_while_locked() {
        let four = (0..4).fold(Attempts::NONE, |a, n| a.another(at(n)));
        assert_eq!(four.wait(at(4)), None);
        assert_eq!(four.another(at(4 + 15 * 60)).failed, 1, "a quarter of an hour later");
        let locked = (0..20).fold(Attempts::NONE, |a, n| a.another(at(n)));
        assert!(locked.wait(at(19 + 3599)).is_some());
        assert_eq!(locked.wait(at(19 + 3600)), None);
        assert_eq!(
            locked.another(at(19 + 3600)).wait(at(19 + 3600)),
            Some(60),
            "the hour is over, the next guess locks again"
        );
    }

    #[test]
    fn ten_thousand_guesses_in_a_day_hardly_reach_the_hash() {
        let mut attempts = Attempts::NONE;
        let mut reached = 0;
        for n in 0..10_000 {
            let now = at(n * 2);
            if attempts.wait(now).is_none() {
                reached += 1;
                attempts = attempts.another(now);
            }
        }
        assert!(reached <= 20, "{reached}");
    }

    #[test]
    fn one_house_is_one_address() {
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2:ffff::1"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("::ffff:192.0.2.1"), counted("192.0.2.1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
        let throttle = Throttle::new();
        let taken = (0..20).filter(|n| throttle.take(&format!("2001:db8:1:2::{n:x}"), at(0)).is_ok()).count();
        assert_eq!(taken, 10, "another address of the same network gains nothing");
    }

    #[test]
    fn a_bucket_gives_ten_then_one_every_six_seconds() {
        let buckets = Buckets::new();
        assert!((0..10).all(|_| buckets.take("192.0.2.1", at(0)).is_ok()));
        assert!(buckets.take("192.0.2.1", at(5)).is_err());
        assert!(buckets.take("192.0.2.2", at(5)).is_ok(), "another address");
        assert!(buckets.take("192.0.2.1", at(6)).is_ok() && buckets.take("192.0.2.1", at(6)).is_err());
        buckets.give_back("192.0.2.1");
        assert!(buckets.take("192.0.2.1", at(6)).is_ok(), "a right one costs nothing");
        assert!((0..10).all(|_| buckets.take("192.0.2.1", at(3600)).is_ok()));
        assert!(buckets.take("192.0.2.1", at(3600)).is_err(), "never more than the burst");
    }
}
