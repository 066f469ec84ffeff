//! The 45 changes of villages between the editions of the statistical codes, replayed over the measured book: every
//! total of every period before must be the total after, and stocks must move by the change alone, from its day on.

use super::{
    data,
    process::{Process, Stopwatch},
    registers::Found,
    server::clock,
};
use crate::modules;
use advisers::{Appointment, Deed, Entry, ServiceKind, appoint, log_service};
use kernel::{Day, Fault, Id, Moment, Period, Result, Scheme};
use places::{EditionChange, EventKind, Follower, Unit};
use statistics::{Asked, Mode};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Db, Tx,
    tally::{self, FigureDef, FigureKind, Measure},
};

/// When the changes are entered: after the last edition.
const ENTERED: &str = "2024-01-02T09:00";
/// Since when the villages of the editions have an adviser.
const SERVED_SINCE: &str = "2016-03-01";
/// The years in which they are visited: until 2022, after many of the changes.
const SERVED_DAYS: i64 = 2000;
/// Visits written in one transaction.
const AT_ONCE: i64 = 20;

/// Every total that a change of villages may not touch, and the stocks that it moves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sums {
    /// By figure and days.
    flows: BTreeMap<(String, String), i64>,
    /// By measure and place, over all time.
    places: BTreeMap<(String, i64), i64>,
    /// By figure and day.
    stocks: BTreeMap<(String, Day), i64>,
    /// What the printed reports say, by mode of names, figure and period.
    reports: BTreeMap<(String, String, String), i64>,
}

fn day(text: &str) -> Result<Day, Fault> {
    text.parse().map_err(|_| Fault::new(format!("{text} is no day")))
}

/// Every quarter that the book and the editions touch.
fn quarters() -> Result<Vec<Period>> {
    let mut all = vec![Period::parse(Scheme::Calendar, "2012Q1")?];
    while let Some(last) = all.last()
        && last.last() < day("2023-12-31")?
    {
        all.push(last.next());
    }
    Ok(all)
}

/// The quarters, and the two parts of each that a change cuts.
fn runs(quarters: &[Period], changes: &[EditionChange]) -> BTreeSet<(Day, Day)> {
    let mut runs = BTreeSet::new();
    for quarter in quarters {
        runs.insert((quarter.first(), quarter.last()));
        for change in changes.iter().filter(|c| quarter.first() < c.day && c.day <= quarter.last()) {
            runs.insert((quarter.first(), change.day.add_days(-1)));
            runs.insert((change.day, quarter.last()));
        }
    }
    runs
}

async fn sums(tx: &mut Tx, figures: &[FigureDef], changes: &[EditionChange]) -> Result<Sums> {
    let quarters = quarters()?;
    let mut sums = Sums::default();
    let runs = runs(&quarters, changes);
    let mut days: BTreeSet<Day> = quarters.iter().map(|quarter| quarter.last()).collect();
    days.extend(changes.iter().flat_map(|change| [change.day.add_days(-1), change.day]));
    let mut measures: Vec<Measure> = Vec::new();
    for def in figures {
        if def.kind == FigureKind::Stock {
            for on in &days {
                let value = tally::between(tx, def.measures, None, *on).await?;
                sums.stocks.insert((def.key.to_owned(), *on), value);
            }
            continue;
        }
        for (first, last) in &runs {
            let value = tally::between(tx, def.measures, Some(*first), *last).await?;
            sums.flows.insert((def.key.to_owned(), format!("{first}/{last}")), value);
        }
        for measure in def.measures {
            if !measures.contains(measure) {
                measures.push(*measure);
            }
        }
    }
    for part in tally::between_by_place(tx, &measures, None, day("2023-12-31")?).await? {
        sums.places.insert((part.measure, part.place_id), part.quantity);
    }
    Ok(sums)
}

/// Reads the printed reports of the first quarters under the names of the time and the present ones; complains where
/// parts do not make the whole.
async fn reports(tx: &mut Tx, figures: &[FigureDef], sums: &mut Sums) -> Result<Vec<String>> {
    let now = Moment::parse(ENTERED)?;
    let mut complaints = Vec::new();
    for period in quarters()?.into_iter().filter(|quarter| quarter.to_string().ends_with("Q1")) {
        for (mode, name) in [(Mode::Then, "then"), (Mode::Now, "now")] {
            let asked = Asked { period, as_of: None, observed_at: None, mode, now };
            let report = statistics::report(tx, figures, &asked).await?;
            for (at, figure) in report.bulletin.figures.iter().enumerate() {
                if figure.kind == "flow" {
                    let key = (name.to_owned(), figure.key.clone(), period.to_string());
                    sums.reports.insert(key, figure.value);
                }
                for (whose, matrix) in [("towns", &report.towns), ("villages", &report.units)] {
                    let parts: i64 = matrix.rows.iter().map(|(_, values)| values[at]).sum();
                    if parts != figure.value && figure.kind != "distinct" {
                        complaints.push(format!(
                            "{period} {} ({name}): the {whose} add up to {parts}, the whole is {}",
                            figure.key, figure.value
                        ));
                    }
                }
            }
        }
    }
    Ok(complaints)
}

/// What is not as it must be after the changes. `moved` says by how much a stock moved on a day.
fn differences(before: &Sums, after: &Sums, moved: impl Fn(&str, Day) -> i64) -> Vec<String> {
    fn compare<K: Ord + std::fmt::Debug>(
        what: &str,
        before: &BTreeMap<K, i64>,
        after: &BTreeMap<K, i64>,
        moved: impl Fn(&K) -> i64,
        found: &mut Vec<String>,
    ) {
        let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (was, is) = (before.get(key).copied(), after.get(key).copied());
            let expected = was.unwrap_or(0) + moved(key);
            if is.unwrap_or(0) != expected {
                found.push(format!("{what} {key:?}: {expected} expected, {is:?} found"));
            }
        }
    }
    let mut found = Vec::new();
    compare("sum", &before.flows, &after.flows, |_| 0, &mut found);
    compare("place", &before.places, &after.places, |_| 0, &mut found);
    compare("stock", &before.stocks, &after.stocks, |(key, on)| moved(key, *on), &mut found);
    compare("report", &before.reports, &after.reports, |_| 0, &mut found);
    found
}

/// By how much a stock moves until a day: units come and go, and with those that go their adviser's cover. A unit
/// that the list itself founds has no adviser.
fn moved(changes: &[EditionChange], figure: &str, on: Day) -> i64 {
    let until = changes.iter().filter(|change| change.day <= on);
    let founded = |gone: &EditionChange| {
        changes.iter().any(|other| other.town == gone.town && other.new_name == gone.old_name)
    };
    until
        .map(|change| match (figure, change.kind) {
            ("villages.total", EventKind::Create) => 1,
            ("villages.total", EventKind::Abolish) => -1,
            ("villages.covered", EventKind::Abolish) if !founded(change) => -1,
            _ => 0,
        })
        .sum()
}

/// Sets up the villages that the first edition has, each with an adviser and years of visits.
async fn set_up(db: &Db, changes: &[EditionChange]) -> Result<Vec<Id<Unit>>> {
    // About a thousand visits each in a book of two million, fewer in a small one.
    let visits = (data::count(db).await? / 2000).clamp(AT_ONCE, 1000);
    let now = Moment::parse(ENTERED)?;
    let somewhere: Id<Unit> = data::names(db)
        .await?
        .village
        .parse()
        .map_err(|_| Fault::new("the first village's number cannot be read"))?;
    let mut tx = db.begin_write().await?;
    let units = places::prepare_editions(&mut tx, changes, now).await?;
    let lawyer = advisers::current(&mut tx, somewhere).await?.map(|current| current.lawyer_id);
    let from = day(SERVED_SINCE)?;
    for unit in &units {
        let first = Appointment { unit: *unit, lawyer, from, reason: String::new(), version: 0 };
        appoint(&mut tx, None, &first, now).await?;
    }
    tx.commit().await?;
    for chunk in 0..visits / AT_ONCE {
        let mut tx = db.begin_write().await?;
        for nth in chunk * AT_ONCE..(chunk + 1) * AT_ONCE {
            let on = from.add_days(nth * SERVED_DAYS / visits);
            let entries: Vec<Entry> =
                units.iter().map(|unit| Entry { unit: *unit, deed: visit(on), own: None }).collect();
            // Written down on the day: the book of a past year is closed.
            log_service(&mut tx, None, &entries, Moment::at(on, 18, 0)).await?;
        }
        tx.commit().await?;
    }
    Ok(units)
}

/// A visit on a day.
pub(super) fn visit(happened_on: Day) -> Deed {
    Deed {
        kind: ServiceKind::Visit,
        quantity: 1,
        happened_on,
        people: 2,
        matter: String::new(),
        campaign: String::new(),
        note: "解答土地流转合同问题".to_owned(),
    }
}

/// Replays the changes and compares. With a planted fault one visit is written down in between.
pub(super) async fn replay(db: &Db, plant: bool) -> Result<Found> {
    let own = Process::own();
    let changes = places::edition_changes()?;
    let all = modules();
    let figures: Vec<FigureDef> = all.iter().flat_map(|module| module.figures).copied().collect();
    let followers: Vec<Follower> = all
        .iter()
        .flat_map(|module| &module.extensions)
        .filter_map(|extension| extension.get::<Follower>().copied())
        .collect();
    if followers.is_empty() {
        return Err(Fault::new("nobody follows when villages change").into());
    }
    let units = set_up(db, &changes).await?;
    let mut tx = db.begin_read().await?;
    let watch = Stopwatch::start(&own)?;
    let mut before = sums(&mut tx, &figures, &changes).await?;
    let read = watch.stop("read every total before", format!("{} totals", before.count()))?;
    let mut complaints = reports(&mut tx, &figures, &mut before).await?;
    drop(tx);
    let now = Moment::parse(ENTERED)?;
    let mut times = Vec::new();
    let watch = Stopwatch::start(&own)?;
    for change in &changes {
        let asked = clock();
        let mut tx = db.begin_write().await?;
        places::replay_change(&mut tx, None, change, None, &followers, now).await?;
        tx.commit().await?;
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    let told = format!(
        "{} events, a commit each: median {:.1} ms, longest {:.1} ms",
        changes.len(),
        super::load::millis(times.get(times.len() / 2).copied().unwrap_or_default()),
        super::load::millis(times.last().copied().unwrap_or_default())
    );
    let replayed = watch.stop("replay", told)?;
    if plant {
        let mut tx = db.begin_write().await?;
        let on = changes.first().map_or(day(SERVED_SINCE)?, |change| change.day).add_days(-1);
        let unit = units.last().copied().ok_or_else(|| Fault::new("no village"))?;
        let entry = Entry { unit, deed: visit(on), own: None };
        log_service(&mut tx, None, &[entry], Moment::at(on, 18, 0)).await?;
        tx.commit().await?;
    }
    let mut tx = db.begin_read().await?;
    let mut after = sums(&mut tx, &figures, &changes).await?;
    complaints.extend(reports(&mut tx, &figures, &mut after).await?);
    drop(tx);
    complaints.extend(differences(&before, &after, |figure, on| moved(&changes, figure, on)));
    if let Some(first) = complaints.first() {
        return Err(
            Fault::new(format!("{} totals are wrong after the replay: {first}", complaints.len())).into()
        );
    }
    let watch = Stopwatch::start(&own)?;
    let audit_rows = data::sound(db).await?;
    let reconciled =
        watch.stop("live sums against facts, audit chains", format!("{audit_rows} audit rows"))?;
    Ok(Found {
        steps: vec![read, replayed, reconciled],
        held: vec![format!(
            "{} sums of flows, {} by place and {} of printed reports equal before and after; {} stocks moved by the changes alone; parts make the whole under old and present names",
            before.flows.len(),
            before.places.len(),
            before.reports.len(),
            before.stocks.len()
        )],
    })
}

impl Sums {
    fn count(&self) -> usize {
        self.flows.len() + self.places.len() + self.stocks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Sums {
        let on = |text: &str| day(text).expect("a day");
        Sums {
            flows: [(("advisers.visits".to_owned(), "2022-01-01/2022-03-31".to_owned()), 1372)].into(),
            places: [(("advisers.visits".to_owned(), 7), 30)].into(),
            stocks: [
                (("villages.total".to_owned(), on("2018-01-01")), 233),
                (("villages.total".to_owned(), on("2019-01-01")), 233),
            ]
            .into(),
            reports: [(("now".to_owned(), "advisers.visits".to_owned(), "2022Q1".to_owned()), 1372)].into(),
        }
    }

    #[test]
    fn a_total_that_changed_is_found_and_a_stock_that_did_not_move() {
        let still = |_: &str, _: Day| 0;
        assert_eq!(differences(&some(), &some(), still), Vec::<String>::new());
        let plants: [fn(&mut Sums); 5] = [
            |sums| *sums.flows.values_mut().next().expect("one") += 1,
            |sums| *sums.places.values_mut().next().expect("one") -= 1,
            |sums| *sums.reports.values_mut().next().expect("one") += 1,
            |sums| *sums.stocks.values_mut().next().expect("one") += 1,
            |sums| {
                sums.places.insert(("advisers.visits".to_owned(), 8), 1);
            },
        ];
        for plant in plants {
            let mut after = some();
            plant(&mut after);
            assert_eq!(differences(&some(), &after, still).len(), 1);
        }
        let mut gone = some();
        gone.places.clear();
        assert_eq!(differences(&some(), &gone, still).len(), 1, "a place whose sum is lost");
        let later = |_: &str, on: Day| i64::from(on >= day("2019-01-01").expect("a day"));
        let found = differences(&some(), &some(), later);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("234 expected, Some(233) found"), "{found:?}");
    }

    #[test]
    fn every_change_cuts_its_quarter_and_moves_the_stocks_from_its_day_on() {
        let changes = places::edition_changes().expect("readable");
        let quarters = quarters().expect("quarters");
        assert_eq!(quarters.len(), 48);
        let runs = runs(&quarters, &changes);
        assert!(changes.iter().all(|change| {
            quarters.iter().any(|quarter| quarter.first() == change.day)
                || runs.iter().any(|(first, _)| *first == change.day)
        }));
        let end = day("2023-12-31").expect("a day");
        assert_eq!(moved(&changes, "villages.total", end), 23 - 16);
        assert_eq!(
            moved(&changes, "villages.covered", end),
            -15,
            "剑湖村 is founded and gone without adviser"
        );
        assert_eq!(moved(&changes, "villages.total", day("2016-10-31").expect("a day")), 0);
        assert_eq!(moved(&changes, "advisers.visits", end), 0);
    }
}
