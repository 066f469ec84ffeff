//! Figures add up: over random histories every part, month and row sums to its whole, on both engines.

use super::*;
use crate::{
    bulletin,
    frame::Frame,
    store::{self as statements, Wanted},
    testing::{FIGURES, OPENED, PHONE, STATIONS, VISITS, WECHAT, a_fact},
    world::{self, day},
};
use ::store::{
    Db, Engine,
    tally::{Fact, Measure},
    testing::spoil_tally,
};
use kernel::{Day, Moment, Period, Result, Scheme};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::on_both;

const MEASURES: [Measure; 5] = [VISITS, PHONE, WECHAT, STATIONS, OPENED];

/// One thing that happened; `reversed` takes it back later.
#[derive(Debug, Clone)]
struct Deed {
    measure: usize,
    place: usize,
    day: i64,
    quantity: i64,
    reversed: bool,
}

/// Days from late 2020 to the end of 2022, many of them at the ends of segments.
fn a_day() -> impl Strategy<Value = i64> {
    prop_oneof![
        2 => 0..800i64,
        1 => (0..26i32, prop_oneof![Just(1i8), Just(20), Just(21), Just(28)])
            .prop_map(|(months, on)| day("2020-11-01").days_until(day("2020-11-01").add_months(months).add_days(i64::from(on) - 1))),
    ]
}

fn histories() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..MEASURES.len(), 0..6usize, a_day(), -2..6i64, prop::bool::weighted(0.25)).prop_map(
        |(measure, place, day, quantity, reversed)| Deed { measure, place, day, quantity, reversed },
    );
    prop::collection::vec(deed, 0..40)
}

/// What the history comes to by the plainest arithmetic there is.
fn plain(
    history: &[Deed],
    places: &[i64],
    measures: &[Measure],
    days: Days,
    holds: impl Fn(i64) -> bool,
) -> i64 {
    let start = day("2020-11-01");
    history
        .iter()
        .filter(|deed| {
            !deed.reversed && measures.contains(&MEASURES[deed.measure]) && holds(places[deed.place])
        })
        .filter(|deed| {
            let on = start.add_days(deed.day);
            days.first.is_none_or(|first| first <= on) && on <= days.last
        })
        .map(|deed| deed.quantity)
        .sum()
}

async fn play(tx: &mut Tx, history: &[Deed], places: &[i64]) -> Result<()> {
    let now = Moment::from_micros(1);
    for (deed, source_id) in history.iter().zip(1..) {
        let on = day("2020-11-01").add_days(deed.day);
        let fact = Fact {
            quantity: deed.quantity,
            source_id,
            ..a_fact(MEASURES[deed.measure], places[deed.place], on)
        };
        tally::record(tx, &fact, now).await?;
    }
    for (deed, source_id) in history.iter().zip(1..) {
        if deed.reversed {
            tally::reverse(tx, "advisers_service", source_id, None, now).await?;
        }
    }
    Ok(())
}

macro_rules! same {
    ($left:expr, $right:expr, $($what:tt)+) => {
        if $left != $right {
            return Ok(Err(format!("{}: {:?} is not {:?}", format!($($what)+), $left, $right)));
        }
    };
}

/// Plays the history inside a transaction that is rolled back, and compares everything with everything.
async fn check(db: &Db, history: &[Deed], places: &[i64]) -> Result<std::result::Result<(), String>> {
    let mut tx = db.begin_write().await?;
    play(&mut tx, history, places).await?;
    let areas = Areas::read(&mut tx).await?;
    same!(tally::reconcile(&mut tx).await?, Vec::<tally::Discrepancy>::new(), "live sums and facts");
    for scheme in Scheme::ALL {
        for (text, as_of) in [
            ("2021", None),
            ("2021H2", Some(day("2022-02-13"))),
            ("2022Q1", None),
            ("2022-03", Some(day("2022-03-27"))),
        ] {
            let period = Period::parse(scheme, text)?;
            let frame = Frame::new(period, as_of, day("2022-12-31"))?;
            let bulletin = bulletin::within(&mut tx, FIGURES, &frame, &Scope::Region, &areas).await?;
            for (def, figure) in FIGURES.iter().zip(&bulletin.figures) {
                let what = format!("{scheme} {text} {}", def.key);
                let days = frame.days(def.kind);
                let by_place = by_place(&mut tx, def, days).await?;
                let towns = by_town(&by_place, &areas, &Scope::Region);
                same!(
                    towns.iter().map(|part| part.value).sum::<i64>(),
                    figure.value,
                    "{what}: towns and the whole"
                );
                for town in towns.iter().filter_map(|part| Some((part.id?, part.value))) {
                    let units: i64 = by_unit(&by_place, &areas, town.0).iter().map(|part| part.value).sum();
                    same!(units, town.1, "{what}: units and their town");
                    let alone = total(&mut tx, def, days, &Scope::Towns(vec![town.0]), &areas).await?;
                    same!(alone, town.1, "{what}: the town's own scope");
                }
                let wanted =
                    Wanted { def, days, scope: &Scope::Region, town: None, unit: None, places: None };
                let sums = statements::fact_sums(&mut tx, &wanted).await?;
                let rows = statements::facts(&mut tx, &wanted, 10_000).await?;
                same!(
                    rows.iter().map(|row| row.quantity).sum::<i64>(),
                    sums.quantity,
                    "{what}: rows and their sum"
                );
                same!(i64::try_from(rows.len()).unwrap_or(-1), sums.rows, "{what}: number of rows");
                if def.kind == FigureKind::Distinct {
                    same!(sums.places, figure.value, "{what}: places among the rows");
                    continue;
                }
                same!(
                    plain(history, places, def.measures, days, |_| true),
                    figure.value,
                    "{what}: plain arithmetic"
                );
                same!(sums.quantity, figure.value, "{what}: rows and the figure");
                if def.kind == FigureKind::Flow {
                    same!(
                        Some(months(&mut tx, def, &period.parts()).await?),
                        Some(figure.value),
                        "{what}: months and the whole"
                    );
                    let so_far: Vec<Period> =
                        Period::containing(scheme, kernel::PartKind::Year, period.last())
                            .parts()
                            .into_iter()
                            .filter(|month| month.last() <= period.last())
                            .collect();
                    same!(
                        Some(months(&mut tx, def, &so_far).await?),
                        figure.cumulative,
                        "{what}: months and the year so far"
                    );
                }
            }
        }
    }
    Ok(Ok(()))
}

async fn months(tx: &mut Tx, def: &FigureDef, months: &[Period]) -> Result<i64> {
    let mut sum = 0;
    for month in months {
        sum += tally::between(tx, def.measures, Some(month.first()), month.last()).await?;
    }
    Ok(sum)
}

#[test]
fn random_histories_add_up_on_postgres_too() {
    on_both(&world::migrations(), |db| async move {
        let mut places: Vec<i64> =
            places::testing::two_towns(&db).await?.into_iter().map(kernel::Id::raw).collect();
        let mut tx = db.begin_write().await?;
        places.extend(places::towns(&mut tx).await?.into_iter().map(|town| town.id.raw()));
        places.push(i64::from(tx.region()?.code()));
        drop(tx);
        let cases = testkit::histories(if db.engine() == Engine::Sqlite { 60 } else { 12 });
        let mut runner = TestRunner::deterministic();
        for _ in 0..cases {
            let mut tree =
                histories().new_tree(&mut runner).map_err(|reason| kernel::Fault::new(reason.to_string()))?;
            let Err(first) = check(&db, &tree.current(), &places).await? else { continue };
            // Make the history as short as it can be and still fail.
            let mut worst = (first, tree.current());
            let mut going_on = tree.simplify();
            for _ in 0..200 {
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

#[test]
fn a_spoiled_sum_is_found_by_the_reconciliation_and_by_the_parts() {
    on_both(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let mut tx = db.begin_write().await?;
        let frame = Frame::new(Period::parse(Scheme::Calendar, "2022Q1")?, None, day("2022-05-06"))?;
        let visits = FIGURES.iter().find(|def| def.key == "advisers.visits").expect("declared");
        let areas = Areas::read(&mut tx).await?;
        let days = frame.days(visits.kind);
        let parts = |places: &BTreeMap<i64, i64>| by_town(places, &areas, &Scope::Region);
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        let whole = total(&mut tx, visits, days, &Scope::Region, &areas).await?;
        assert!(adds_up(visits, whole, &parts(&by_place(&mut tx, visits, days).await?)));

        spoil_tally(&mut tx, VISITS.key, quarter.units[2], 1).await?;
        let found = tally::reconcile(&mut tx).await?;
        assert!(
            !found.is_empty() && found.iter().all(|discrepancy| discrepancy.measure == VISITS.key),
            "{found:?}"
        );
        assert!(!adds_up(visits, whole, &parts(&by_place(&mut tx, visits, days).await?)));

        tally::rebuild(&mut tx).await?;
        assert!(tally::reconcile(&mut tx).await?.is_empty(), "made anew from the facts");
        assert!(adds_up(visits, whole, &parts(&by_place(&mut tx, visits, days).await?)));
        Ok(())
    });
}

async fn value(tx: &mut Tx, scheme: Scheme, period: &str, key: &str, scope: &Scope) -> Result<i64> {
    let frame = Frame::new(Period::parse(scheme, period)?, None, day("2022-05-06"))?;
    let areas = Areas::read(tx).await?;
    let bulletin = bulletin::within(tx, FIGURES, &frame, scope, &areas).await?;
    Ok(bulletin.figure(key).expect("declared").value)
}

#[test]
fn the_quarter_under_every_scheme_and_within_a_town() {
    on_both(&world::migrations(), |db| async move {
        let quarter = world::a_quarter(&db).await?;
        let mut tx = db.begin_read().await?;
        let tx = &mut tx;
        let all = Scope::Region;
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", "advisers.visits", &all).await?, 4);
        assert_eq!(
            value(tx, Scheme::Ministry, "2022Q1", "advisers.visits", &all).await?,
            3,
            "March is the next quarter's"
        );
        assert_eq!(
            value(tx, Scheme::TwentyFirst, "2022Q1", "advisers.visits", &all).await?,
            3,
            "25 March is the next quarter's"
        );
        assert_eq!(
            value(tx, Scheme::Calendar, "2022Q1", "villages.visited", &all).await?,
            3,
            "the reversed visit adds no village"
        );
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", "stations.total", &all).await?, 3, "目前 is 6 May");
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", "stations.opened_this_year", &all).await?, 2);
        assert_eq!(
            value(tx, Scheme::Calendar, "2021Q4", "stations.total", &all).await?,
            1,
            "an older period at its own end"
        );
        let luoyang = Scope::Towns(vec![quarter.towns[0]]);
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", "advisers.visits", &luoyang).await?, 2);
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", "stations.total", &luoyang).await?, 1);
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", "villages.visited", &luoyang).await?, 2);
        let consultations = "advisers.consultations";
        let areas = Areas::read(tx).await?;
        assert_eq!((areas.name_of(quarter.district), areas.town_of(quarter.district)), (DISTRICT, None));
        assert_eq!(
            value(tx, Scheme::Calendar, "2022Q1", consultations, &all).await?,
            6,
            "the district's own is counted"
        );
        assert_eq!(
            value(tx, Scheme::Calendar, "2022Q1", consultations, &Scope::Towns(quarter.towns.clone()))
                .await?,
            5,
            "and is no town's"
        );
        assert_eq!(value(tx, Scheme::Calendar, "2022Q1", consultations, &Scope::Towns(Vec::new())).await?, 0);
        Ok(())
    });
}

#[test]
fn the_public_bulletin_refuses_what_has_not_begun() {
    on_both(&world::migrations(), |db| async move {
        world::a_quarter(&db).await?;
        let mut tx = db.begin_read().await?;
        let today: Day = day("2022-05-06");
        let made =
            bulletin::bulletin(&mut tx, FIGURES, Period::parse(Scheme::Calendar, "2022Q1")?, None, today)
                .await?;
        assert_eq!(
            (made.as_of, made.finished, made.current, made.area.as_str()),
            (today, true, true, "全区")
        );
        let visits = made.figure("advisers.visits").expect("declared");
        assert_eq!((visits.cumulative, visits.previous, visits.year_before), (Some(4), Some(1), Some(2)));
        assert_eq!(
            (visits.year_change(), visits.previous_change()),
            ("+100.0%".to_owned(), "+300.0%".to_owned())
        );
        let stations = made.figure("stations.total").expect("declared");
        assert_eq!((stations.cumulative, stations.previous, stations.year_before), (None, Some(1), Some(0)));
        let error =
            bulletin::bulletin(&mut tx, FIGURES, Period::parse(Scheme::Calendar, "2022Q3")?, None, today)
                .await
                .expect_err("not begun");
        assert_eq!(error.to_string(), "该期间尚未开始，请选择已开始的统计期。");
        Ok(())
    });
}

#[test]
fn who_serves_villages_has_no_scope() {
    for reach in [Reach::Lawyer(1), Reach::Firm(1), Reach::Unit(1), Reach::Nothing] {
        assert!(Scope::of(reach).is_err());
    }
    assert!(!Scope::Towns(vec![3]).holds(None), "the district's own is beyond a town");
}
