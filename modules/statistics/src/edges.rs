//! The edges of months, quarters, halves and years under every scheme, on real clocks and on clocks that jump a day: what
//! happened is counted by its day, whatever the clock says when it is entered.

use crate::{
    frame::Frame,
    testing::{VISITS, a_fact},
    world::{self, day},
};
use ::store::tally;
use kernel::{Day, Moment, PartKind, Period, Scheme};
use testkit::on_both;

/// Every period of every scheme and length that begins in the years around a leap year and a century's.
fn periods() -> Vec<Period> {
    let mut all = Vec::new();
    for scheme in Scheme::ALL {
        for kind in PartKind::ALL {
            let mut period = Period::containing(scheme, kind, day("2022-12-25"));
            while period.first() < day("2025-04-01") {
                all.push(period);
                period = period.next();
            }
        }
    }
    all
}

#[test]
fn the_last_microsecond_and_the_first_one_fall_on_either_side() {
    for period in periods() {
        let end = Moment::end_of(period.last());
        let start = Moment::start_of(period.next().first());
        assert_eq!(end.micros() + 1, start.micros(), "{period}");
        assert!(period.contains(end.day()) && !period.next().contains(end.day()), "{period}");
        assert!(period.next().contains(start.day()) && !period.contains(start.day()), "{period}");
        // Shanghai is eight hours ahead of UTC, all year round.
        assert_eq!(start.micros().rem_euclid(86_400_000_000), 16 * 3_600_000_000, "{period}");
    }
}

#[test]
fn february_ends_as_the_calendar_says_under_every_scheme() {
    let days = |scheme, text: &str| {
        let period = Period::parse(scheme, text).expect("a period");
        (period.first().to_string(), period.last().to_string())
    };
    let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
    assert_eq!(days(Scheme::Calendar, "2024-02"), pair("2024-02-01", "2024-02-29"));
    assert_eq!(days(Scheme::Calendar, "2023-02"), pair("2023-02-01", "2023-02-28"));
    assert_eq!(days(Scheme::Calendar, "2000Q1"), pair("2000-01-01", "2000-03-31"));
    assert_eq!(days(Scheme::Ministry, "2024Q1"), pair("2023-12-01", "2024-02-29"));
    assert_eq!(days(Scheme::Ministry, "2023Q1"), pair("2022-12-01", "2023-02-28"));
    assert_eq!(days(Scheme::Ministry, "2100Q1"), pair("2099-12-01", "2100-02-28"));
    assert_eq!(days(Scheme::Ministry, "2024H1"), pair("2023-12-01", "2024-05-31"));
    assert_eq!(days(Scheme::TwentyFirst, "2024-03"), pair("2024-02-21", "2024-03-20"));
    assert_eq!(days(Scheme::TwentyFirst, "2024"), pair("2023-12-21", "2024-12-20"));
    assert_eq!(day("2024-02-29").add_months(12), day("2025-02-28"), "同比 of a leap day");
}

#[test]
fn a_period_is_over_on_the_day_after_its_last_even_when_the_clock_jumps() {
    for period in periods() {
        let over = |today: Day| Frame::new(period, None, today).expect("begun").finished();
        let last = period.last();
        assert!(!over(last) && over(last.add_days(1)), "{period}");
        // A clock that is a day fast opens the seal a day early, and one that is slow a day late; no figure moves.
        for (today, expected) in [(last.add_days(-1), false), (last.add_days(2), true)] {
            assert_eq!(over(today), expected, "{period} on {today}");
        }
    }
}

#[test]
fn facts_at_the_edges_fall_into_one_period_of_each_kind_whatever_the_clock_says() {
    on_both(&world::migrations(), |db| async move {
        let units: Vec<i64> =
            places::testing::two_towns(&db).await?.into_iter().map(kernel::Id::raw).collect();
        let mut tx = db.begin_write().await?;
        // One visit on the first and the last day of every period, entered by a clock that is a day early, right, a
        // day late.
        let mut edges: Vec<Day> =
            periods().into_iter().flat_map(|period| [period.first(), period.last()]).collect();
        edges.sort_unstable();
        edges.dedup();
        for (edge, jump) in edges.iter().zip([-1i64, 0, 1].into_iter().cycle()) {
            let entered = Moment::at(edge.add_days(jump), 23, 59);
            tally::record(&mut tx, &a_fact(VISITS, units[0], *edge), entered).await?;
        }
        for period in periods() {
            let expected = edges.iter().filter(|edge| period.contains(**edge)).count();
            let counted = tally::between(&mut tx, &[VISITS], Some(period.first()), period.last()).await?;
            assert_eq!(counted, i64::try_from(expected)?, "{period} {}", period.scheme());
            // What was entered a day late is seen only from then on.
            let end = Moment::end_of(period.last());
            let seen = tally::observed_by_place(&mut tx, &[VISITS], Some(period.first()), period.last(), end)
                .await?;
            let by_then = edges.iter().zip([-1i64, 0, 1].into_iter().cycle()).filter(|(edge, jump)| {
                period.contains(**edge) && Moment::at(edge.add_days(*jump), 23, 59) <= end
            });
            let seen: i64 = seen.iter().map(|sum| sum.quantity).sum();
            assert_eq!(seen, i64::try_from(by_then.count())?, "{period} as of its end");
        }
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        Ok(())
    });
}
