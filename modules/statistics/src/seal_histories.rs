//! Random histories of facts, corrections, seals and unseals, on both engines: parts sum to the whole, rows to the
//! figure, sealed bulletins reprint byte for byte, sealed figures and adjustments sum to the facts, and what was shown
//! at a moment can be shown again.

use crate::{
    actions::seal_period::{Order, prepare, seal_period},
    bulletin::{self, Bulletin},
    frame::Frame,
    late,
    seal::Seal,
    store::seals,
    sums::{Areas, Scope},
    testing::{
        FIGURES, OPENED, Outcome, PHONE, STATIONS, VISITS, WECHAT, a_fact, files, seal_is_whole,
        seals_add_up, unseal,
    },
    world::{self, day},
};
use ::store::{
    Db, Engine, Tx,
    tally::{self, Fact, Measure},
};
use kernel::{Day, Id, Moment, Period, Result, Scheme};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use std::collections::BTreeMap;
use testkit::on_both;

const MEASURES: [Measure; 5] = [VISITS, PHONE, WECHAT, STATIONS, OPENED];
const QUARTERS: [&str; 4] = ["2022Q1", "2022Q2", "2022Q3", "2022Q4"];
const TODAY: &str = "2023-01-31";

/// One thing that somebody does.
#[derive(Debug, Clone)]
enum Step {
    Enter {
        measure: usize,
        place: usize,
        day: i64,
        quantity: i64,
    },
    /// Takes the n-th entry back; every other time it is entered anew with one more.
    Correct {
        entry: usize,
        anew: bool,
    },
    Seal(usize),
    Unseal(usize),
    /// Looks at a quarter, to compare later.
    Look(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..MEASURES.len(), 0..6usize, prop_oneof![1 => -40..370i64, 1 => 0..90i64], -1..5i64)
            .prop_map(|(measure, place, day, quantity)| Step::Enter { measure, place, day, quantity }),
        2 => (0..40usize, any::<bool>()).prop_map(|(entry, anew)| Step::Correct { entry, anew }),
        // Mostly the first two, so that they are sealed, reported late, taken back and sealed again.
        4 => prop_oneof![3 => 0..2usize, 1 => 0..QUARTERS.len()].prop_map(Step::Seal),
        2 => prop_oneof![3 => 0..1usize, 1 => 0..QUARTERS.len()].prop_map(Step::Unseal),
        1 => (0..QUARTERS.len()).prop_map(Step::Look),
    ];
    prop::collection::vec(step, 1..60)
}

fn quarter(index: usize) -> Period {
    Period::parse(Scheme::Calendar, QUARTERS[index]).expect("a quarter")
}

/// What was seen on the way, to be compared at the end.
#[derive(Default)]
struct Kept {
    printed: BTreeMap<Id<Seal>, Vec<Vec<u8>>>,
    looked: Vec<(Period, Moment, Vec<i64>)>,
}

fn order(period: Period) -> Order {
    Order {
        period,
        as_of: None,
        today: day(TODAY),
        district: "武进区".to_owned(),
        by: (Some(7), "张三".to_owned()),
        open: BTreeMap::new(),
    }
}

async fn play(tx: &mut Tx, steps: &[Step], places: &[i64]) -> Result<Kept> {
    let mut kept = Kept::default();
    let mut entries: Vec<(i64, usize, usize, Day, i64)> = Vec::new();
    let mut now = Moment::parse("2023-01-31T08:00")?;
    for (step, at) in steps.iter().zip(1i64..) {
        now = now.plus_seconds(60);
        match step {
            Step::Enter { measure, place, day: on, quantity } => {
                let on = day("2022-01-01").add_days(*on);
                enter(tx, at, (*measure, places[*place], on, *quantity), now).await?;
                entries.push((at, *measure, *place, on, *quantity));
            }
            Step::Correct { entry, anew } if !entries.is_empty() => {
                let (source, measure, place, on, quantity) = entries[entry % entries.len()];
                tally::reverse(tx, "advisers_service", source, None, now).await?;
                if *anew {
                    enter(tx, at, (measure, places[place], on, quantity + 1), now).await?;
                    entries.push((at, measure, place, on, quantity + 1));
                }
            }
            Step::Seal(index) => match prepare(tx, FIGURES, order(quarter(*index))).await {
                Ok(prepared) => {
                    let id = seal_period(tx, prepared, None).await?.parse().expect("an id");
                    kept.printed.insert(id, files(tx, id).await?);
                }
                Err(error) => assert!(error.refusal().is_some(), "{error}"),
            },
            Step::Unseal(index) => {
                if seals::standing(tx, quarter(*index)).await?.is_some() {
                    unseal(tx, quarter(*index), (7, "张三"), (8, "李四")).await?;
                }
            }
            Step::Look(index) => {
                let period = quarter(*index);
                kept.looked.push((period, now, values(&shown(tx, period, None).await?)));
                now = now.plus_seconds(60);
            }
            Step::Correct { .. } => {}
        }
    }
    Ok(kept)
}

async fn enter(
    tx: &mut Tx,
    source_id: i64,
    (measure, place, on, quantity): (usize, i64, Day, i64),
    now: Moment,
) -> Result<()> {
    let fact = Fact { quantity, source_id, ..a_fact(MEASURES[measure], place, on) };
    tally::record(tx, &fact, now).await?;
    Ok(())
}

async fn shown(tx: &mut Tx, period: Period, seen: Option<Moment>) -> Result<Bulletin> {
    let now = Moment::parse("2023-01-31T23:00")?;
    let frame = match seen {
        Some(seen) => Frame::at(period, None, seen, now)?,
        None => Frame::new(period, None, day(TODAY))?,
    };
    let areas = Areas::read(tx).await?;
    Ok(bulletin::within(tx, FIGURES, &frame, &Scope::Region, &areas).await?)
}

/// Every number of a bulletin.
fn values(bulletin: &Bulletin) -> Vec<i64> {
    let all = |figure: &bulletin::BulletinFigure| {
        [Some(figure.value), figure.cumulative, figure.previous, figure.year_before]
    };
    bulletin.figures.iter().flat_map(all).map(|value| value.unwrap_or(-1)).collect()
}

macro_rules! same {
    ($left:expr, $right:expr, $($what:tt)+) => {
        if $left != $right {
            return Ok(Err(format!("{}: {:?} is not {:?}", format!($($what)+), $left, $right)));
        }
    };
}

/// Plays the history in a transaction that is rolled back, then compares everything with everything.
async fn check(db: &Db, steps: &[Step], places: &[i64]) -> Result<Outcome> {
    let mut tx = db.begin_write().await?;
    let kept = play(&mut tx, steps, places).await?;
    for (period, seen, looked) in &kept.looked {
        same!(&values(&shown(&mut tx, *period, Some(*seen)).await?), looked, "{period} as of {seen:?}");
    }
    for (id, printed) in &kept.printed {
        same!(&files(&mut tx, *id).await?, printed, "the reprint of {id}");
        let whole = seal_is_whole(&mut tx, &id.to_string()).await?;
        if whole.is_err() {
            return Ok(whole);
        }
    }
    seals_add_up(&mut tx, FIGURES, quarter(0), day(TODAY)).await
}

#[test]
fn what_two_seals_reported_is_taken_back_once() {
    on_both(&world::migrations(), |db| async move {
        let places: Vec<i64> = places::testing::two_towns(&db).await?.into_iter().map(Id::raw).collect();
        let enter = |place| Step::Enter { measure: 0, place, day: 30, quantity: 2 };
        // A late entry of the first quarter is reported with the second; then the first is sealed again and holds it too,
        // while another entry comes late: as many facts as were reported, but not the same ones.
        let mut steps =
            vec![enter(0), Step::Seal(0), enter(1), Step::Seal(1), Step::Unseal(0), Step::Seal(0), enter(2)];
        for _ in 0..2 {
            let mut tx = db.begin_write().await?;
            play(&mut tx, &steps, &places).await?;
            let waiting = late::rows(&mut tx, quarter(0), &[VISITS.key]).await?;
            let third = seals::standing(&mut tx, quarter(2)).await?;
            let times: Vec<i64> = waiting.iter().map(|(_, times)| *times).collect();
            match third {
                None => assert_eq!(times, [-1, 1], "one is taken back, one is late"),
                Some(third) => {
                    assert!(times.is_empty(), "all is reported: {times:?}");
                    let reported = late::rows_in(&mut tx, quarter(0), &third, &[VISITS.key]).await?;
                    assert_eq!(reported.iter().map(|(_, times)| times).sum::<i64>(), 0);
                    assert_eq!(reported.len(), 2);
                }
            }
            drop(tx);
            check(&db, &steps, &places).await?.expect("adds up");
            steps.push(Step::Seal(2));
        }
        Ok(())
    });
}

/// A large quarter: prints how long sealing, reprinting and a past moment take when `FARUN_MEASURE` says how many facts.
#[test]
#[expect(clippy::disallowed_methods, reason = "a measurement that is asked for by name")]
fn a_large_quarter_is_sealed_and_reprinted() {
    let facts: i64 = std::env::var("FARUN_MEASURE").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    testkit::on_sqlite(&world::migrations(), |db| async move {
        let units: Vec<i64> = places::testing::two_towns(&db).await?.into_iter().map(Id::raw).collect();
        for chunk in (0..facts).collect::<Vec<_>>().chunks(2000) {
            let mut tx = db.begin_write().await?;
            for at in chunk {
                let place = units[usize::try_from(at % 3)?];
                let on = day("2022-01-01").add_days(at % 90);
                let now = Moment::parse("2022-04-01T08:00")?.plus_seconds(*at);
                enter(&mut tx, *at, (usize::try_from(at % 3)?, place, on, 1), now).await?;
            }
            tx.commit().await?;
        }
        let start = std::time::Instant::now();
        let (behind, bytes) = crate::seal_and_reprint(&db, FIGURES, order(quarter(0))).await?;
        println!("sealed {behind} facts and reprinted {bytes} bytes in {:?}", start.elapsed());
        assert!(behind >= facts, "visits are behind two figures, but read once: {behind}");
        let start = std::time::Instant::now();
        let mut tx = db.begin_read().await?;
        let seen = Moment::parse("2022-04-01T08:00")?.plus_seconds(facts / 2);
        let bulletin = shown(&mut tx, quarter(0), Some(seen)).await?;
        println!("a past moment in {:?}", start.elapsed());
        let sum: i64 = ["advisers.visits", "advisers.consultations"]
            .iter()
            .map(|key| bulletin.figure(key).expect("declared").value)
            .sum();
        assert_eq!(sum, facts / 2 + 1);
        Ok(())
    });
}

#[test]
fn random_histories_of_seals_keep_every_sum() {
    on_both(&world::migrations(), |db| async move {
        let mut places: Vec<i64> = places::testing::two_towns(&db).await?.into_iter().map(Id::raw).collect();
        let mut tx = db.begin_write().await?;
        places.extend(places::towns(&mut tx).await?.into_iter().map(|town| town.id.raw()));
        places.push(i64::from(tx.region()?.code()));
        drop(tx);
        let mut runner = TestRunner::deterministic();
        for _ in 0..testkit::histories(if db.engine() == Engine::Sqlite { 24 } else { 8 }) {
            let mut tree =
                steps().new_tree(&mut runner).map_err(|reason| kernel::Fault::new(reason.to_string()))?;
            let Err(first) = check(&db, &tree.current(), &places).await? else { continue };
            let mut worst = (first, tree.current());
            let mut going_on = tree.simplify();
            for _ in 0..100 {
                if !going_on {
                    break;
                }
                going_on = match check(&db, &tree.current(), &places).await? {
                    Err(what) => {
                        worst = (what, tree.current());
                        tree.simplify()
                    }
                    Ok(()) => tree.complicate(),
                };
            }
            panic!("{}\nafter {:#?}", worst.0, worst.1);
        }
        Ok(())
    });
}
