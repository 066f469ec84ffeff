//! What people do in a random history: every step is one of the modules' own actions, in a savepoint or a transaction
//! of its own, and what is refused leaves no trace.

use super::world::{District, beginning, day};
use advisers::{Appointment, Deed, Entry, Service, ServiceKind, appoint, hand_over, log_service};
use kernel::{Day, Error, Fault, Id, Moment, PartKind, Period, Phone, Refusal, Result, Scheme};
use places::{Event, EventKind, Town, Unit};
use portal::{CallbackWish, Convenient, Outcome, Requested};
use proptest::prelude::*;
use statistics::{Report, testing::asked};
use std::collections::BTreeMap;
use store::{Tx, params, tally};
use testkit::actor;
use web::Role;

/// What somebody does next; numbers choose among what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Log { at: u8, kind: u8, quantity: u8, back: u8 },
    Correct { which: u8, quantity: u8, shift: i8 },
    Withdraw { which: u8 },
    Appoint { at: u8, who: u8, back: u8 },
    Dismiss { at: u8, back: u8 },
    HandOver { who: u8, back: u8 },
    Leave { who: u8 },
    Village { kind: EventKind, at: u8, more: u8, back: u8, keep: u8 },
    TakeBack { which: u8 },
    Seal { chain: u8, any: bool },
    Unseal { which: u8 },
    Look { which: u8 },
    CallBack { town: u8, reached: bool },
    Station { town: u8, back: u8 },
    Person,
    Purge,
}

impl Act {
    /// What it is called when deeds are counted.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Village { kind, .. } => format!("{kind:?}"),
            other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        }
    }
}

/// An act, so many days after the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) wait: u8,
    pub(super) act: Act,
}

/// The longest history.
pub(super) const LONGEST: usize = 44;

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let n = any::<u8>;
    let village = prop::sample::select(EventKind::ALL.to_vec());
    let act = prop_oneof![
        9 => (n(), n(), 1..6u8, 0..80u8).prop_map(|(at, kind, quantity, back)| Act::Log { at, kind, quantity, back }),
        3 => (n(), 1..6u8, -40..40i8).prop_map(|(which, quantity, shift)| Act::Correct { which, quantity, shift }),
        2 => n().prop_map(|which| Act::Withdraw { which }),
        3 => (n(), n(), 0..10u8).prop_map(|(at, who, back)| Act::Appoint { at, who, back }),
        1 => (n(), 0..10u8).prop_map(|(at, back)| Act::Dismiss { at, back }),
        1 => (n(), 0..3u8).prop_map(|(who, back)| Act::HandOver { who, back }),
        1 => n().prop_map(|who| Act::Leave { who }),
        7 => (village, n(), n(), 0..25u8, n())
            .prop_map(|(kind, at, more, back, keep)| Act::Village { kind, at, more, back, keep }),
        2 => n().prop_map(|which| Act::TakeBack { which }),
        5 => (n(), prop::bool::weighted(0.2)).prop_map(|(chain, any)| Act::Seal { chain, any }),
        2 => n().prop_map(|which| Act::Unseal { which }),
        2 => n().prop_map(|which| Act::Look { which }),
        2 => (n(), prop::bool::weighted(0.7)).prop_map(|(town, reached)| Act::CallBack { town, reached }),
        1 => (n(), 0..60u8).prop_map(|(town, back)| Act::Station { town, back }),
        1 => Just(Act::Person),
        1 => Just(Act::Purge),
    ];
    let step = (0..16u8, act).prop_map(|(wait, act)| Step { wait, act });
    prop::collection::vec(step, 1..LONGEST)
}

/// A standing row of the book of services.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) kind: ServiceKind,
    pub(super) quantity: i64,
    pub(super) on: Day,
    pub(super) unit: Id<Unit>,
    version: i64,
}

/// A seal as it was printed.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) id: String,
    pub(super) period: Period,
    pub(super) files: Vec<Vec<u8>>,
    pub(super) stands: bool,
}

/// A report that somebody looked at.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) period: Period,
    pub(super) at: Moment,
    pub(super) report: Report,
}

/// A history while it is played: what it did, by its own plain account, and what it saw.
pub(super) struct History<'a> {
    pub(super) district: &'a District,
    pub(super) now: Moment,
    pub(super) book: BTreeMap<Id<Service>, Row>,
    /// People called back: place and day.
    pub(super) called: Vec<(i64, Day)>,
    /// Stations: town and day of opening.
    pub(super) stations: Vec<(i64, Day)>,
    pub(super) sealed: Vec<Printed>,
    pub(super) looked: Vec<Looked>,
    pub(super) events: Vec<Id<Event>>,
    /// How many things got a name.
    pub(super) named: u32,
    /// Whether every merger counts the visits of its villages once more: a planted fault.
    pub(super) double_mergers: bool,
    /// How often each act was done, and how many were refused.
    pub(super) done: BTreeMap<String, u32>,
    pub(super) refused: u32,
}

/// What does not hold, as words for the test runner.
pub(super) fn broken(what: impl Into<String>) -> Error {
    Fault::new(what).into()
}

impl<'a> History<'a> {
    pub(super) fn new(district: &'a District) -> Self {
        Self {
            district,
            now: beginning(),
            book: BTreeMap::new(),
            called: Vec::new(),
            stations: district.stations.clone(),
            sealed: Vec::new(),
            looked: Vec::new(),
            events: Vec::new(),
            named: 0,
            double_mergers: false,
            done: BTreeMap::new(),
            refused: 0,
        }
    }

    /// Plays the steps in one transaction, each in a savepoint.
    pub(super) async fn play(&mut self, tx: &mut Tx, steps: &[Step]) -> Result<()> {
        for step in steps {
            tx.execute("savepoint step", params![]).await?;
            let done = self.step(tx, step).await;
            if !self.note(step, done)? {
                tx.execute("rollback to savepoint step", params![]).await?;
            }
            tx.execute("release savepoint step", params![]).await?;
        }
        Ok(())
    }

    /// Plays the steps for good, each in a transaction of its own.
    pub(super) async fn play_for_good(&mut self, steps: &[Step]) -> Result<()> {
        for step in steps {
            let mut tx = self.district.db().begin_write().await?;
            let done = self.step(&mut tx, step).await;
            if self.note(step, done)? {
                tx.commit().await?;
            }
        }
        Ok(())
    }

    fn note(&mut self, step: &Step, done: Result<()>) -> Result<bool> {
        match done {
            Ok(()) => {
                *self.done.entry(step.act.name()).or_default() += 1;
                Ok(true)
            }
            Err(Error::Refused(_)) => {
                self.refused += 1;
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }

    async fn step(&mut self, tx: &mut Tx, step: &Step) -> Result<()> {
        self.now = self.now.plus_seconds(i64::from(step.wait) * 86_400 + 60);
        match step.act {
            Act::Log { at, kind, quantity, back } => self.log(tx, at, kind, quantity, back).await,
            Act::Correct { which, quantity, shift } => self.correct(tx, which, quantity, shift).await,
            Act::Withdraw { which } => self.withdraw(tx, which).await,
            Act::Appoint { at, who, back } => {
                let lawyer = self.district.lawyers[usize::from(who) % self.district.lawyers.len()];
                self.appoint(tx, at, Some(lawyer), back).await
            }
            Act::Dismiss { at, back } => self.appoint(tx, at, None, back).await,
            Act::HandOver { who, back } => self.hand_over(tx, who, back).await,
            Act::Leave { who } => {
                let lawyer = self.district.lawyers[usize::from(who) % self.district.lawyers.len()];
                counsel::leave(tx, Some(7), lawyer, self.today(), self.today()).await
            }
            Act::Village { kind, at, more, back, keep } => {
                self.village(tx, kind, (at, more, keep), self.back(back)).await
            }
            Act::TakeBack { which } => self.take_back(tx, which).await,
            Act::Seal { chain, any } => self.seal(tx, chain, any).await,
            Act::Unseal { which } => self.unseal(tx, which).await,
            Act::Look { which } => self.look(tx, which).await,
            Act::CallBack { town, reached } => self.call_back(tx, town, reached).await,
            Act::Station { town, back } => self.station(tx, town, back).await,
            Act::Person => self.person(tx).await,
            Act::Purge => self.purge(tx).await,
        }
    }

    pub(super) fn today(&self) -> Day {
        self.now.day()
    }

    fn back(&self, days: u8) -> Day {
        self.today().add_days(-i64::from(days))
    }

    async fn log(&mut self, tx: &mut Tx, at: u8, kind: u8, quantity: u8, back: u8) -> Result<()> {
        // In closed units too: the book is often late.
        let all: Vec<(Id<Unit>,)> = tx
            .all("select id from places_unit_any where region_id = $1 order by id", params![tx.region()?])
            .await?;
        let (unit,) = pick(&all, at)?;
        let kind = ServiceKind::ALL[usize::from(kind) % ServiceKind::ALL.len()];
        let row = Row { kind, quantity: i64::from(quantity), on: self.back(back), unit, version: 1 };
        let entry = Entry { unit, deed: row.deed(), own: None };
        let ids = log_service(tx, Some(7), &[entry], self.now).await?;
        self.book.insert(ids[0], row);
        Ok(())
    }

    fn row(&self, which: u8) -> Result<(Id<Service>, Row)> {
        let rows: Vec<(Id<Service>, Row)> = self.book.iter().map(|(id, row)| (*id, *row)).collect();
        pick(&rows, which)
    }

    async fn correct(&mut self, tx: &mut Tx, which: u8, quantity: u8, shift: i8) -> Result<()> {
        let (id, was) = self.row(which)?;
        let on = was.on.add_days(i64::from(shift));
        let row = Row { quantity: i64::from(quantity), on, version: was.version + 1, ..was };
        let manager = actor(Role::Manager);
        advisers::correct_service(tx, &manager, id, was.version, &row.deed(), "数错了", self.now).await?;
        self.book.insert(id, row);
        Ok(())
    }

    async fn withdraw(&mut self, tx: &mut Tx, which: u8) -> Result<()> {
        let (id, row) = self.row(which)?;
        advisers::withdraw_service(tx, &actor(Role::Manager), id, row.version, "重复", self.now).await?;
        self.book.remove(&id);
        Ok(())
    }

    async fn appoint(
        &mut self,
        tx: &mut Tx,
        at: u8,
        lawyer: Option<Id<counsel::Lawyer>>,
        back: u8,
    ) -> Result<()> {
        let (unit, _) = pick(&open_units(tx).await?, at)?;
        let version = advisers::current(tx, unit).await?.map_or(0, |current| current.version);
        let new = Appointment { unit, lawyer, from: self.back(back), reason: "轮换".to_owned(), version };
        appoint(tx, Some(7), &new, self.now).await.map(|_| ())
    }

    async fn hand_over(&mut self, tx: &mut Tx, who: u8, back: u8) -> Result<()> {
        let lawyers = &self.district.lawyers;
        let nth = usize::from(who) % lawyers.len();
        let others: Vec<_> = lawyers.iter().enumerate().filter(|(other, _)| *other != nth).collect();
        let successors: Vec<_> = open_units(tx)
            .await?
            .into_iter()
            .enumerate()
            .map(|(place, (unit, _))| (unit, *others[(place + usize::from(who)) % others.len()].1))
            .collect();
        let day = self.back(back);
        hand_over(tx, Some(7), lawyers[nth], &successors, day, "转所", self.now).await.map(|_| ())
    }

    async fn seal(&mut self, tx: &mut Tx, chain: u8, any: bool) -> Result<()> {
        let (scheme, kind) = CHAINS[usize::from(chain) % CHAINS.len()];
        let mut over = Vec::new();
        let mut period = Period::containing(scheme, kind, day("2022-01-01"));
        while period.last() < self.today() {
            over.push(period);
            period = period.next();
        }
        let standing = |period: &Period| self.sealed.iter().any(|s| s.stands && s.period == *period);
        // Mostly in their order, as people do; sometimes with a hole.
        let next = if any { pick(&over, chain).ok() } else { over.iter().copied().find(|p| !standing(p)) };
        let period = next.ok_or_else(nothing)?;
        let order = statistics::Order {
            period,
            as_of: None,
            today: self.today(),
            district: "武进区".to_owned(),
            by: (Some(7), "张三".to_owned()),
            open: BTreeMap::new(),
        };
        let prepared = statistics::prepare(tx, &self.district.figures, order).await?;
        let id = statistics::seal_period(tx, prepared, None).await?;
        let files = statistics::testing::sealed_files(tx, &id).await?;
        self.sealed.push(Printed { id, period, files, stands: true });
        Ok(())
    }

    async fn unseal(&mut self, tx: &mut Tx, which: u8) -> Result<()> {
        let standing: Vec<usize> =
            self.sealed.iter().enumerate().filter(|(_, seal)| seal.stands).map(|(nth, _)| nth).collect();
        let nth = pick(&standing, which)?;
        let period = self.sealed[nth].period;
        if which.is_multiple_of(5) {
            // One person alone may not.
            return statistics::testing::unseal(tx, period, (7, "张三"), (7, "张三")).await;
        }
        statistics::testing::unseal(tx, period, (7, "张三"), (8, "李四")).await?;
        self.sealed[nth].stands = false;
        Ok(())
    }

    async fn look(&mut self, tx: &mut Tx, which: u8) -> Result<()> {
        let (scheme, kind) = LOOKED[usize::from(which) % LOOKED.len()];
        let period = Period::containing(scheme, kind, self.today());
        let period = if which >= 128 { period.previous() } else { period };
        let report = statistics::report(tx, &self.district.figures, &asked(period, self.now)).await?;
        self.looked.push(Looked { period, at: self.now, report });
        Ok(())
    }

    async fn call_back(&mut self, tx: &mut Tx, town: u8, reached: bool) -> Result<()> {
        self.named += 1;
        let town: Option<Id<Town>> = self.district.towns.get(usize::from(town % 4)).copied();
        let wish = CallbackWish {
            phone: Phone::parse(&format!("138{:08}", self.named))?,
            name: "陈阿大".to_owned(),
            topic: None,
            convenient: Convenient::Now,
            may_identify: true,
            town,
        };
        let clerk = actor(Role::Clerk);
        let Requested::Noted(id, _) =
            portal::request_callback(tx, &wish, u64::from(self.named), self.now).await?
        else {
            return Err(broken("a number that nobody has waits already"));
        };
        portal::take_callback(tx, &clerk, id, 1).await?;
        let outcome = if reached { Outcome::Reached } else { Outcome::WrongNumber };
        portal::record_outcome(tx, &clerk, id, outcome, "说清楚了", self.now).await?;
        if reached {
            let place = town.map_or(i64::from(tx.region()?.code()), Id::raw);
            self.called.push((place, self.today()));
        }
        Ok(())
    }

    async fn station(&mut self, tx: &mut Tx, town: u8, back: u8) -> Result<()> {
        self.named += 1;
        let town = pick(&self.district.towns, town)?;
        let name = format!("第{}工作站", self.named);
        let mut station = stations::testing::a_station(town, &name, "1-5 08:30-11:30 13:30-17:00")?;
        station.opened_on = self.back(back);
        stations::open_station(tx, Some(7), &station, self.now).await?;
        self.stations.push((town.raw(), station.opened_on));
        Ok(())
    }

    async fn person(&mut self, tx: &mut Tx) -> Result<()> {
        self.named += 1;
        let phone = Some(Phone::parse(&format!("137{:08}", self.named))?);
        let person = parties::NewPerson { name: "吴小二".to_owned(), phone, ..Default::default() };
        parties::find_or_create_person(tx, Some(7), &person).await.map(|_| ())
    }

    /// Purges every record of personal data that is not of an open matter, as if its time were over.
    async fn purge(&mut self, tx: &mut Tx) -> Result<()> {
        let before = self.totals(tx, self.today()).await?;
        let due = parties::Due { before: day("2040-01-01"), after: i64::MIN, upto: i64::MAX, limit: 1000 };
        let mut purged = 0;
        for policy in &self.district.policies {
            for (id, _) in (policy.due)(&self.district.app, tx, due).await? {
                (policy.purge)(tx, id).await?;
                purged += 1;
            }
        }
        if purged == 0 {
            return Err(nothing());
        }
        let after = self.totals(tx, self.today()).await?;
        if before == after { Ok(()) } else { Err(broken("a purge changed a figure")) }
    }

    /// What a change of villages or a purge must not touch: what happened, by place, and the stocks on that day.
    pub(super) async fn totals(&self, tx: &mut Tx, stock_on: Day) -> Result<[Vec<tally::PlaceSum>; 2]> {
        use store::tally::FigureKind::Stock;
        let flows = self.district.measures(|kind| kind != Stock);
        let stocks = self.district.measures(|kind| kind == Stock);
        let mut sums = [
            tally::between_by_place(tx, &flows, None, day("2040-01-01")).await?,
            tally::between_by_place(tx, &stocks, None, stock_on).await?,
        ];
        sums.iter_mut().for_each(|sums| sums.retain(|sum| sum.quantity != 0));
        Ok(sums)
    }
}

/// The chains of periods that are sealed.
pub(super) const CHAINS: [(Scheme, PartKind); 4] = [
    (Scheme::Calendar, PartKind::Quarter),
    (Scheme::Calendar, PartKind::Month),
    (Scheme::Calendar, PartKind::Quarter),
    (Scheme::Ministry, PartKind::Quarter),
];
/// The periods that somebody looks at.
const LOOKED: [(Scheme, PartKind); 4] = [
    (Scheme::Calendar, PartKind::Quarter),
    (Scheme::Calendar, PartKind::Year),
    (Scheme::Ministry, PartKind::Quarter),
    (Scheme::TwentyFirst, PartKind::Month),
];

impl Row {
    fn deed(&self) -> Deed {
        Deed {
            kind: self.kind,
            quantity: self.quantity,
            happened_on: self.on,
            people: 1,
            matter: String::new(),
            campaign: String::new(),
            note: "走访".to_owned(),
        }
    }
}

fn nothing() -> Error {
    Refusal::conflict("there is nothing to choose from").into()
}

/// One of them; every second time one of the first two, so that something happens to them more than once.
pub(super) fn pick<T: Copy>(from: &[T], at: u8) -> Result<T> {
    let among = if at < 128 { from.len().min(2) } else { from.len() };
    from.get(usize::from(at).checked_rem(among).ok_or_else(nothing)?).copied().ok_or_else(nothing)
}

/// The units that stand, with their towns.
pub(super) async fn open_units(tx: &mut Tx) -> Result<Vec<(Id<Unit>, Id<Town>)>> {
    Ok(tx
        .all("select id, town_id from places_unit where region_id = $1 order by id", params![tx.region()?])
        .await?)
}
