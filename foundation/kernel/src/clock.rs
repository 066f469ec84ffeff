//! The clock as a parameter: nothing below the composition root may ask the machine for the time.

use crate::day::Day;
use crate::moment::Moment;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time. The clock of the machine is implemented in the composition root; tests use
/// [`FixedClock`] or [`TestClock`].
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;

    /// The present day in Shanghai.
    fn today(&self) -> Day {
        self.now().day()
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedClock(pub Moment);

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        self.0
    }
}

/// A clock that moves only when it is told to; may be shared between threads.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that shows that moment.
    #[must_use]
    pub const fn new(now: Moment) -> TestClock {
        TestClock(AtomicI64::new(now.micros()))
    }

    /// Puts the clock to that moment.
    pub fn set(&self, now: Moment) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves the clock by that many seconds, back when negative.
    pub fn advance(&self, seconds: i64) {
        self.set(self.now().plus_seconds(seconds));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_micros(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn clocks_show_what_they_are_told() {
        let day = Day::new(2022, 5, 6).expect("a day");
        let noon = Moment::at(day, 12, 0);
        assert_eq!((FixedClock(noon).now(), FixedClock(noon).today()), (noon, day));

        let clock = Arc::new(TestClock::new(noon));
        clock.advance(12 * 3600);
        let shared: Arc<dyn Clock> = clock.clone();
        assert_eq!(shared.today(), day.add_days(1));
        clock.set(noon);
        assert_eq!(Arc::new(shared).now(), noon);
    }
}
