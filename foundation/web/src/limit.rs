//! A limit on how often one network address may send or ask, kept in memory.

use kernel::Moment;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

/// At most `most` times within `seconds` for each address.
pub struct Limit {
    most: u32,
    seconds: i64,
    seen: Mutex<Option<HashMap<String, (Moment, u32)>>>,
}

/// More addresses than these are not remembered at once.
const REMEMBERED: usize = 10_000;

impl Limit {
    /// A limit nobody has used yet.
    #[must_use]
    pub const fn new(most: u32, seconds: i64) -> Self {
        Self { most, seconds, seen: Mutex::new(None) }
    }

    /// Notes one more time; false if that is too often. Addresses of one IPv6 network count as one.
    pub fn admits(&self, peer: &str, now: Moment) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.get_or_insert_default();
        if seen.len() >= REMEMBERED {
            seen.retain(|_, (since, _)| since.seconds_until(now) < self.seconds);
        }
        if seen.len() >= REMEMBERED {
            // An attack from everywhere: forgetting is better than turning everybody away.
            seen.clear();
        }
        let (since, times) = seen.entry(household(peer)).or_insert((now, 0));
        if since.seconds_until(now) >= self.seconds {
            (*since, *times) = (now, 0);
        }
        *times += 1;
        *times <= self.most
    }
}

/// What one household or one machine can call its own: an IPv4 address, or the first 64 bits of an IPv6 address, of
/// which everybody has 2⁶⁴ more to choose from.
fn household(peer: &str) -> String {
    match peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => peer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_measure_and_gets_it_back() {
        let limit = Limit::new(2, 60);
        let at = |seconds| Moment::from_micros(0).plus_seconds(seconds);
        assert!(limit.admits("a", at(0)) && limit.admits("a", at(1)) && !limit.admits("a", at(2)));
        assert!(limit.admits("b", at(2)));
        assert!(!limit.admits("a", at(59)) && limit.admits("a", at(60)));
    }

    #[test]
    fn one_network_of_ipv6_counts_as_one() {
        let limit = Limit::new(2, 60);
        let at = Moment::from_micros(0);
        for host in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"] {
            assert!(limit.admits(host, at), "{host}");
        }
        assert!(!limit.admits("2001:0db8:0001:0002:0:0:0:77", at), "the same 64 bits");
        assert!(limit.admits("2001:db8:1:3::1", at), "the neighbours");
        assert_eq!(household("::ffff:203.0.113.5"), "203.0.113.5", "IPv4 in the clothes of IPv6");
        assert_ne!(household("203.0.113.5"), household("203.0.113.6"));
    }

    #[test]
    fn memory_stays_small() {
        let limit = Limit::new(1, 60);
        let at = Moment::from_micros(0);
        for peer in 0..REMEMBERED * 2 {
            limit.admits(&peer.to_string(), at);
        }
        let seen = limit.seen.lock().expect("not poisoned");
        assert!(seen.as_ref().is_some_and(|seen| seen.len() <= REMEMBERED));
    }
}
