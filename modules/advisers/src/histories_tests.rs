//! Random histories of villages, appointments and services: whatever happens, every sum is kept.

use crate::{
    Appointment, Deed, Entry, Service, ServiceKind, appoint, correct_service, log_service,
    service::COVERED,
    testing::{a_lawyer, migrations},
    villages::FOLLOWER,
    withdraw_service,
};
use ::store::{
    Db, Tx, params,
    tally::{self, Measure},
};
use counsel::{FirmKind, Lawyer, NewFirm};
use kernel::{Day, Error, Id, Moment, Result};
use places::{
    Current, Event, EventKind, Inhabited, NewEvent, Population, PopulationSource, Successor, Town, UNITS,
    Unit, UnitKind, record_event, record_population, undo_event,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::collections::BTreeMap;
use testkit::{actor, on_both};
use web::Role;

/// What somebody does next; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Event { kind: EventKind, at: u8, more: u8, back: u8, keep: u8 },
    Undo,
    Appoint { at: u8, who: u8, back: u8 },
    Log { at: u8, quantity: u8, back: u8 },
    Correct { which: u8, quantity: u8 },
    Withdraw { which: u8 },
    Residents { at: u8, count: u16 },
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(EventKind::ALL.to_vec());
    prop_oneof![
        5 => (kind, any::<u8>(), any::<u8>(), 0..20u8, any::<u8>())
            .prop_map(|(kind, at, more, back, keep)| Step::Event { kind, at, more, back, keep }),
        1 => Just(Step::Undo),
        5 => (any::<u8>(), any::<u8>(), 0..3u8).prop_map(|(at, who, back)| Step::Appoint { at, who, back }),
        5 => (any::<u8>(), 1..4u8, 0..9u8).prop_map(|(at, quantity, back)| Step::Log { at, quantity, back }),
        1 => (any::<u8>(), 1..4u8).prop_map(|(which, quantity)| Step::Correct { which, quantity }),
        1 => any::<u8>().prop_map(|which| Step::Withdraw { which }),
        2 => (any::<u8>(), any::<u16>()).prop_map(|(at, count)| Step::Residents { at, count }),
    ]
}

const VISITS: Measure = ServiceKind::Visit.measure();

/// The world of one history and what must hold of it.
struct History {
    db: Db,
    towns: Vec<Id<Town>>,
    lawyers: Vec<Id<Lawyer>>,
    /// Standing visits by row.
    book: BTreeMap<Id<Service>, (i64, i64, Day, Id<Unit>)>,
    last: Option<Id<Event>>,
    named: u32,
    now: Moment,
}

async fn open_units(tx: &mut Tx) -> Result<Vec<(Id<Unit>, Id<Town>)>> {
    Ok(tx
        .all("select id, town_id from places_unit where region_id = $1 order by id", params![tx.region()?])
        .await?)
}

/// One of them; every second time one of the first two, so that something happens to them more than once.
fn pick<T: Copy>(from: &[T], at: u8) -> Option<T> {
    let among = if at < 128 { from.len().min(2) } else { from.len() };
    (among > 0).then(|| from[usize::from(at) % among])
}

async fn used_residents(tx: &mut Tx) -> Result<(i64, bool)> {
    let (mut sum, mut all) = (0, true);
    for (unit, _) in open_units(tx).await? {
        let rows = places::populations(tx, Inhabited::Unit(unit)).await?;
        match places::used(&rows) {
            Some(row) => sum += row.residents,
            None => all = false,
        }
    }
    Ok((sum, all))
}

/// Totals that an event must not change: visits of all time by day of the book, and the stocks of the day before.
async fn before_and_after(tx: &mut Tx, day: Day) -> Result<[i64; 3]> {
    let eve = day.add_days(-1);
    Ok([
        tally::between(tx, &[VISITS], None, day.add_days(400)).await?,
        tally::between(tx, &[UNITS], None, eve).await?,
        tally::between(tx, &[COVERED], None, eve).await?,
    ])
}

impl History {
    async fn new(db: Db, now: &str, villages: [&[&str]; 2]) -> Result<Self> {
        let now = Moment::parse(now)?;
        let mut tx = db.begin_write().await?;
        let (a, _) = places::testing::town_with_units(&mut tx, "洛阳镇", villages[0]).await?;
        let (b, _) = places::testing::town_with_units(&mut tx, "雪堰镇", villages[1]).await?;
        let firm = NewFirm {
            name: "江苏示例律师事务所".to_owned(),
            kind: FirmKind::LawFirm,
            uscc: None,
            address: String::new(),
            phone: None,
            lat: None,
            lon: None,
        };
        let firm = counsel::open_firm(&mut tx, None, &firm).await?;
        let mut lawyers = Vec::new();
        for (name, licence) in [("王律师", "13204201010000001"), ("李律师", "13204201010000002")] {
            lawyers.push(counsel::register_lawyer(&mut tx, None, &a_lawyer(firm, name, licence)).await?);
        }
        tx.commit().await?;
        Ok(Self { db, towns: vec![a, b], lawyers, book: BTreeMap::new(), last: None, named: 0, now })
    }

    /// Does the step in a transaction of its own; what is refused leaves no trace.
    async fn go(&mut self, step: &Step) -> Result<bool> {
        self.now = Moment::from_micros(self.now.micros() + 2 * 86_400_000_000);
        let mut tx = self.db.begin_write().await?;
        match self.act(&mut tx, step).await {
            Ok(()) => {
                tx.commit().await?;
                Ok(true)
            }
            Err(Error::Refused(_)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn back(&self, days: u8) -> Day {
        self.now.day().add_days(-i64::from(days))
    }

    async fn act(&mut self, tx: &mut Tx, step: &Step) -> Result<()> {
        let units = open_units(tx).await?;
        let stale = || kernel::Refusal::conflict("nothing to choose from");
        match step {
            Step::Event { kind, at, more, back, keep } => {
                self.event(tx, &units, *kind, (*at, *more, *keep), self.back(*back)).await
            }
            Step::Undo => {
                let id = self.last.ok_or_else(stale)?;
                undo_event(tx, Some(7), id, 1, "登记错了", &[FOLLOWER], self.now).await?;
                self.last = None;
                Ok(())
            }
            Step::Appoint { at, who, back } => {
                let (unit, _) = pick(&units, *at).ok_or_else(stale)?;
                let version = crate::current(tx, unit).await?.map_or(0, |current| current.version);
                // One in three leaves a gap.
                let lawyer = (who % 3 > 0).then(|| self.lawyers[usize::from(who % 2)]);
                let new =
                    Appointment {
                        unit, lawyer, from: self.back(*back), reason: "轮换".to_owned(), version
                    };
                appoint(tx, Some(7), &new, self.now).await.map(|_| ())
            }
            Step::Log { at, quantity, back } => {
                // In closed units too: the book is often late.
                let all: Vec<(Id<Unit>,)> = tx
                    .all(
                        "select id from places_unit_any where region_id = $1 order by id",
                        params![tx.region()?],
                    )
                    .await?;
                let (unit,) = pick(&all, *at).ok_or_else(stale)?;
                let deed = deed(i64::from(*quantity), self.back(*back));
                let on = deed.happened_on;
                let ids = log_service(tx, Some(7), &[Entry { unit, deed, own: None }], self.now).await?;
                self.book.insert(ids[0], (i64::from(*quantity), 1, on, unit));
                Ok(())
            }
            Step::Correct { which, quantity } => {
                let rows: Vec<_> = self.book.iter().map(|(id, row)| (*id, *row)).collect();
                let (id, (_, version, on, unit)) = pick(&rows, *which).ok_or_else(stale)?;
                let deed = deed(i64::from(*quantity), on);
                correct_service(tx, &actor(Role::Manager), id, version, &deed, "数错了", self.now).await?;
                self.book.insert(id, (i64::from(*quantity), version + 1, on, unit));
                Ok(())
            }
            Step::Withdraw { which } => {
                let rows: Vec<_> = self.book.iter().map(|(id, row)| (*id, row.1)).collect();
                let (id, version) = pick(&rows, *which).ok_or_else(stale)?;
                withdraw_service(tx, &actor(Role::Manager), id, version, "重复", self.now).await?;
                self.book.remove(&id);
                Ok(())
            }
            Step::Residents { at, count } => {
                let (unit, _) = pick(&units, *at).ok_or_else(stale)?;
                let row = Population {
                    source: PopulationSource::Town,
                    as_of: self.now.day(),
                    residents: i64::from(*count),
                    note: String::new(),
                };
                record_population(tx, Some(7), Inhabited::Unit(unit), &row, self.now).await.map(|_| ())
            }
        }
    }

    async fn event(
        &mut self,
        tx: &mut Tx,
        units: &[(Id<Unit>, Id<Town>)],
        kind: EventKind,
        (at, more, keep): (u8, u8, u8),
        day: Day,
    ) -> Result<()> {
        let count = match kind {
            EventKind::Create => 0,
            EventKind::Merge => 2 + usize::from(more % 2),
            _ => 1,
        };
        let first =
            pick(units, at).and_then(|unit| units.iter().position(|other| *other == unit)).unwrap_or(0);
        let before: Vec<Id<Unit>> = units.iter().cycle().skip(first).take(count).map(|unit| unit.0).collect();
        let town = if more.is_multiple_of(2) { self.towns[0] } else { self.towns[1] };
        let parts = match kind {
            EventKind::Abolish => 0,
            EventKind::Split => 2 + usize::from(more % 3),
            _ => 1,
        };
        let whole = match (kind, before.first()) {
            (EventKind::Split, Some(unit)) => {
                let rows = places::populations(tx, Inhabited::Unit(*unit)).await?;
                places::used(&rows).map(|row| row.residents)
            }
            _ => None,
        };
        let mut after = Vec::new();
        for nth in 0..parts {
            self.named += 1;
            let rest = i64::try_from(parts - 1).unwrap_or(0);
            let share = whole.map(|whole| if nth == 0 { whole - rest * (whole / 4) } else { whole / 4 });
            after.push(Successor {
                name: format!("第{}社区居民委员会", self.named),
                short_name: format!("第{}社区", self.named),
                kind: UnitKind::Community,
                codes: vec![("nbs".to_owned(), format!("3204121{:05}", self.named))],
                share,
            });
        }
        let mut choices = Vec::new();
        if keep.is_multiple_of(2) {
            choices.push(("asked".to_owned(), "keep_adviser".to_owned()));
            let chosen = if kind == EventKind::Split {
                "1".to_owned()
            } else {
                before.get(1).map_or("none".to_owned(), ToString::to_string)
            };
            choices.push(("keep_adviser".to_owned(), chosen));
        }
        let new = NewEvent {
            kind,
            day,
            town,
            document: "武政发〔2022〕5 号".to_owned(),
            note: String::new(),
            interval_marked: false,
            before,
            after,
            choices,
        };
        let sums = before_and_after(tx, day).await?;
        let residents = used_residents(tx).await?;
        let id = record_event(tx, Some(7), &new, &[FOLLOWER], self.now).await?;
        assert_eq!(before_and_after(tx, day).await?, sums, "{kind:?}: before = after");
        if residents.1
            && matches!(kind, EventKind::Move | EventKind::Merge | EventKind::Split | EventKind::Rename)
        {
            assert_eq!(used_residents(tx).await?, residents, "{kind:?}: as many residents");
        }
        self.last = Some(id);
        Ok(())
    }

    /// Everything that must hold after every step.
    async fn hold(&self) -> Result<()> {
        let mut tx = self.db.begin_read().await?;
        let (today, region) = (self.now.day(), tx.region()?);
        let far = today.add_days(400);
        let logged: i64 = self.book.values().map(|row| row.0).sum();
        assert_eq!(tally::between(&mut tx, &[VISITS], None, far).await?, logged, "sum of rows = figure");
        let parts = tally::between_by_place(&mut tx, &[VISITS], None, far).await?;
        let mut expected: BTreeMap<i64, i64> = BTreeMap::new();
        for (quantity, _, _, unit) in self.book.values() {
            *expected.entry(unit.raw()).or_insert(0) += quantity;
        }
        let mut by_place: BTreeMap<i64, i64> = BTreeMap::new();
        for part in parts.iter().filter(|part| part.quantity != 0) {
            *by_place.entry(part.place_id).or_insert(0) += part.quantity;
        }
        assert_eq!(by_place, expected, "facts stay where they happened");
        let lineage = places::lineage(&mut tx).await?;
        let open: Vec<i64> = open_units(&mut tx).await?.into_iter().map(|(unit, _)| unit.raw()).collect();
        let (mut current, mut divided, mut gone) = (0, 0, 0);
        for (place, quantity) in &by_place {
            match lineage.current(*place) {
                Current::Same => {
                    assert!(open.contains(place));
                    current += quantity;
                }
                Current::Became(now) => {
                    assert!(open.contains(&now) && lineage.origins(now).contains(place));
                    current += quantity;
                }
                Current::Divided(now) => {
                    assert!(now.iter().all(|unit| open.contains(unit)));
                    divided += quantity;
                }
                Current::Gone => gone += quantity,
            }
        }
        assert_eq!(current + divided + gone, logged, "under new names nothing is lost or doubled");
        let count = i64::try_from(open.len()).unwrap_or(0);
        assert_eq!(tally::between(&mut tx, &[UNITS], None, today).await?, count, "stock of units");
        let covered: i64 = tx
            .scalar("select count(*) from advisers_current c join places_unit u on u.id = c.unit_id where c.region_id = $1", params![region])
            .await?;
        let rows: i64 =
            tx.scalar("select count(*) from advisers_current where region_id = $1", params![region]).await?;
        assert_eq!(rows, covered, "no adviser of a closed unit");
        assert_eq!(
            tally::between(&mut tx, &[COVERED], None, today).await?,
            covered,
            "stock of covered units"
        );
        assert!(covered <= count);
        let found: i64 = tx
            .scalar(
                "select count(*) from advisers_appointment_entry a join advisers_appointment_entry b
                 on b.region_id = a.region_id and b.unit_id = a.unit_id and b.id > a.id
                 where a.region_id = $1 and (a.to_day is null or a.to_day >= a.from_day) and (b.to_day is null or b.to_day >= b.from_day)
                   and (a.to_day is null or a.to_day >= b.from_day) and (b.to_day is null or b.to_day >= a.from_day)",
                params![region],
            )
            .await?;
        assert_eq!(found, 0, "appointments of a unit never overlap");
        for check in crate::checks::all().into_iter().filter(|check| check.id == "advisers.current") {
            assert_eq!((check.run)(&mut tx, today).await?, []);
        }
        self.names(&mut tx).await?;
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        Ok(())
    }

    /// Names follow each other without gap from the unit's first day to its last.
    async fn names(&self, tx: &mut Tx) -> Result<()> {
        let all: Vec<(Id<Unit>, Day, Option<Day>)> = tx
            .all(
                "select id, opened_on, closed_on from places_unit_any where region_id = $1 order by id",
                params![tx.region()?],
            )
            .await?;
        for (unit, opened, closed) in all {
            let names = places::names(tx, unit).await?;
            assert_eq!(names.first().map(|name| name.from_day), Some(opened));
            assert_eq!(names.last().and_then(|name| name.to_day), closed.map(|day| day.add_days(-1)));
            assert!(
                names
                    .windows(2)
                    .all(|pair| pair[0].to_day.map(|day| day.add_days(1)) == Some(pair[1].from_day))
            );
        }
        Ok(())
    }
}

fn deed(quantity: i64, happened_on: Day) -> Deed {
    Deed {
        kind: ServiceKind::Visit,
        quantity,
        happened_on,
        people: 1,
        matter: String::new(),
        campaign: String::new(),
        note: "走访".to_owned(),
    }
}

#[test]
fn every_sum_is_kept_whatever_happens() {
    let config = Config {
        cases: testkit::histories(12),
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let done = std::sync::Mutex::new(BTreeMap::<String, usize>::new());
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 40), |steps| {
            on_both(migrations(), |db| {
                let (steps, done) = (steps.clone(), &done);
                async move {
                    let villages: [&[&str]; 2] = [&["甲村", "乙村", "丙村"], &["丁社区", "戊社区"]];
                    let mut history = History::new(db, "2022-01-10T09:00", villages).await?;
                    for step in &steps {
                        if history.go(step).await? {
                            let name = match step {
                                Step::Event { kind, .. } => format!("{kind:?}"),
                                other => {
                                    format!("{other:?}").split(' ').next().unwrap_or_default().to_owned()
                                }
                            };
                            *done.lock().expect("not poisoned").entry(name).or_default() += 1;
                        }
                        history.hold().await?;
                    }
                    Ok(())
                }
            });
            Ok(())
        })
        .expect("every history holds");
    let done = done.into_inner().expect("not poisoned");
    // Histories in which everything was refused would prove nothing.
    for kind in EventKind::ALL {
        assert!(
            done.get(&format!("{kind:?}")).copied().unwrap_or(0) > 0,
            "{kind:?} never happened: {done:?}"
        );
    }
}

#[test]
fn the_45_changes_of_the_editions_keep_every_sum() {
    on_both(migrations(), |db| async move {
        let mut history = History::new(db, "2016-10-31T09:00", [&[], &[]]).await?;
        let changes = places::edition_changes()?;
        let mut tx = history.db.begin_write().await?;
        let units = places::prepare_editions(&mut tx, &changes, history.now).await?;
        for (nth, unit) in units.iter().enumerate() {
            let from = "2016-03-01".parse().map_err(|_| kernel::Fault::new("a day"))?;
            let lawyer = Some(history.lawyers[nth % 2]);
            let new = Appointment { unit: *unit, lawyer, from, reason: String::new(), version: 0 };
            appoint(&mut tx, None, &new, history.now).await?;
        }
        tx.commit().await?;
        let mut served = units.clone();
        for change in &changes {
            // Everywhere a visit on the day before the change, then the change, written down on its day.
            history.now = Moment::at(change.day, 10, 0);
            let mut tx = history.db.begin_write().await?;
            for unit in &served {
                let on = change.day.add_days(-1);
                if crate::adviser_on(&mut tx, *unit, on).await?.is_none() {
                    continue;
                }
                let entry = Entry { unit: *unit, deed: deed(2, on), own: None };
                let ids = log_service(&mut tx, Some(7), &[entry], history.now).await?;
                history.book.insert(ids[0], (2, 1, on, *unit));
            }
            let sums = before_and_after(&mut tx, change.day).await?;
            let stock = tally::between(&mut tx, &[UNITS], None, change.day).await?;
            let there = open_units(&mut tx).await?;
            places::replay_change(&mut tx, Some(7), change, None, &[FOLLOWER], history.now).await?;
            assert_eq!(before_and_after(&mut tx, change.day).await?, sums, "{}", change.code);
            let more = match change.kind {
                EventKind::Create => 1,
                EventKind::Abolish => -1,
                _ => 0,
            };
            assert_eq!(tally::between(&mut tx, &[UNITS], None, change.day).await?, stock + more);
            let new = open_units(&mut tx).await?.into_iter().find(|unit| !there.contains(unit));
            // A founded village gets an adviser, so that later changes fall on units with a history.
            if let Some((unit, _)) = new {
                let lawyer = Some(history.lawyers[0]);
                let first = Appointment { unit, lawyer, from: change.day, reason: String::new(), version: 0 };
                appoint(&mut tx, None, &first, history.now).await?;
                served.push(unit);
            }
            tx.commit().await?;
            history.hold().await?;
        }
        assert!(history.book.len() > 900, "{} services were in the book", history.book.len());
        Ok(())
    });
}
