//! How much is taken on at once. Whatever could not be answered soon is turned away before it costs anything, so that
//! the rest is answered as quickly as ever.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};
use tokio::sync::Semaphore;

/// Answers should not take longer; when they do, less is taken on.
const SLOW: i64 = 500_000;
/// Answers that are quicker than this allow for more.
const QUICK: i64 = 250_000;
/// The limit is lowered at most this often: one slow moment is one piece of news, however many felt it.
const NEWS: i64 = 50_000;
/// The limit is raised by one at most this often, and not soon after it was lowered.
const EASE: i64 = 10_000;
const CAUTION: i64 = 1_000_000;
/// So many are always taken on.
const LEAST: usize = 8;

/// Requests that only read, and those that change something: the database has many readers and one writer, so that one
/// kind may be slow while the other is not.
static READING: Load = Load::new();
static CHANGING: Load = Load::new();

/// Pages are made so many at a time; the others that were taken on wait here, where they cost nothing. More at once would
/// be no faster (the database has fewer connections), but everything else that waits for the processor, the one writer
/// above all, would wait behind all of them.
pub(crate) static TURNS: Semaphore = Semaphore::const_new(16);

/// The load of this process, of the kind that a request belongs to.
pub(crate) fn load(changing: bool) -> &'static Load {
    if changing { &CHANGING } else { &READING }
}

/// Requests being worked on, and how many there may be just now.
#[derive(Debug)]
pub(crate) struct Load {
    working: AtomicUsize,
    /// Between [`LEAST`] and the configured capacity; as large as that unless answers became slow.
    limit: AtomicUsize,
    /// When it was lowered and raised last, in microseconds.
    lowered: AtomicI64,
    raised: AtomicI64,
}

/// A request that is being worked on.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a Load);

impl Load {
    const fn new() -> Self {
        Self {
            working: AtomicUsize::new(0),
            limit: AtomicUsize::new(usize::MAX),
            lowered: AtomicI64::new(0),
            raised: AtomicI64::new(0),
        }
    }

    /// Whether an ordinary request should be asked to come back.
    pub(crate) fn full(&self, capacity: usize) -> bool {
        self.working.load(Relaxed) >= self.limit.load(Relaxed).min(capacity)
    }

    /// Takes a request on; none if it is an ordinary one and there are enough.
    pub(crate) fn take_on(&self, capacity: usize, ordinary: bool) -> Option<Place<'_>> {
        let before = self.working.fetch_add(1, Relaxed);
        let place = Place(self);
        let enough = ordinary && before >= self.limit.load(Relaxed).min(capacity);
        (!enough).then_some(place)
    }

    /// Learns how long an ordinary request took that was answered now, in microseconds.
    pub(crate) fn answered(&self, capacity: usize, took: i64, now: i64) {
        let limit = self.limit.load(Relaxed).min(capacity);
        let (lowered, raised) = (self.lowered.load(Relaxed), self.raised.load(Relaxed));
        if took > SLOW {
            if now - lowered >= NEWS && self.lowered.compare_exchange(lowered, now, Relaxed, Relaxed).is_ok()
            {
                self.limit.store((limit - limit / 10).max(LEAST), Relaxed);
            }
        } else if took < QUICK
            && limit < capacity
            && self.working.load(Relaxed) * 4 >= limit * 3
            && now - lowered >= CAUTION
            && now - raised >= EASE
            && self.raised.compare_exchange(raised, now, Relaxed, Relaxed).is_ok()
        {
            self.limit.store(limit + 1, Relaxed);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_requests_are_turned_away_when_there_are_enough() {
        let load = Load::new();
        let places: Vec<_> = (0..3).filter_map(|_| load.take_on(3, true)).collect();
        assert_eq!(places.len(), 3);
        assert!(load.full(3));
        assert!(load.take_on(3, true).is_none());
        assert!(load.take_on(3, false).is_some(), "what goes first is never turned away");
        drop(places);
        assert!(!load.full(3));
        assert!(load.take_on(3, true).is_some(), "turning away holds no place");
    }

    #[test]
    fn slow_answers_lower_the_limit_and_quick_ones_raise_it_again() {
        let load = Load::new();
        load.answered(100, SLOW + 1, 1_000_000);
        load.answered(100, SLOW + 1, 1_000_001);
        assert_eq!(load.limit.load(Relaxed), 90, "once for the same moment");
        load.answered(100, QUICK - 1, 2_000_000);
        assert_eq!(load.limit.load(Relaxed), 90, "nobody needs more");
        let places: Vec<_> = (0..80).filter_map(|_| load.take_on(100, true)).collect();
        load.answered(100, QUICK - 1, 1_000_000 + CAUTION - 1);
        assert_eq!(load.limit.load(Relaxed), 90, "not so soon");
        load.answered(100, QUICK - 1, 2_000_000);
        load.answered(100, QUICK - 1, 2_000_000 + EASE - 1);
        assert_eq!((places.len(), load.limit.load(Relaxed)), (80, 91), "one by one");
        for moment in 3..200 {
            load.answered(100, SLOW + 1, moment * 1_000_000);
        }
        assert_eq!(load.limit.load(Relaxed), LEAST + 1, "never to nothing");
    }
}
