//! What people do in a history, and what they said while they did it.

use super::{
    citizens::{Draft, Written},
    rules::Said,
};
use crate::{
    Act, Case, Entry, Origin, Saying,
    actions::change_application::change_application,
    application::{Application, is_criminal},
    case::{Decision, Stage},
    do_act, store,
    subsidy::{Subsidy, SubsidyKind},
    take_application,
    testing::{World, about_wages, migrations, world},
};
use ::store::{Db, Engine, Tx, params};
use kernel::{Error, Fault, Id, Moment, Result};
use parties::Person;
use proptest::prelude::*;
use std::collections::BTreeMap;
use testkit::{TestDb, actor};
use web::{Actor, Reach, Role};

/// No history is longer.
const LONGEST: usize = 70;
/// Telephones on which people apply.
pub(super) const BROWSERS: u8 = 3;

/// What somebody does next; numbers choose among what there is.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// An application at the counter or a station, or an organ's notice.
    Take { origin: u8, station: bool, people: u8 },
    /// A page of an application on the phone, or all that are missing.
    Page { browser: u8, page: u8, all: bool },
    /// The application is sent; an older copy of the page sends it again.
    Send { browser: u8, again: bool },
    /// Somebody comes back with a code, and the right or the wrong last four.
    Return { browser: u8, ticket: u8, right: bool },
    /// An act on a case, mostly one that its stage permits and by somebody who may, with the case as it stands or as it
    /// stood before the last change.
    Do { case: u8, act: u8, who: u8, yes: bool, fits: bool, stale: bool },
    /// The application is corrected.
    Edit { case: u8, stale: bool },
    /// A letter about a case.
    Write { case: u8, kind: u8 },
    /// An answer to one.
    Answer { letter: u8, who: u8 },
    /// Time goes by.
    Wait { hours: u8 },
    /// The night's work on drafts.
    Night,
    /// A manager's word on a time limit.
    Speak { which: u8, count: u8, days: u8 },
    /// A word on a time limit is taken back.
    Unsay { which: u8 },
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let byte = any::<u8>;
    let step = prop_oneof![
        3 => (byte(), any::<bool>(), 1..4u8)
            .prop_map(|(origin, station, people)| Step::Take { origin, station: station && origin % 2 == 0, people }),
        5 => (0..BROWSERS, byte(), any::<bool>()).prop_map(|(browser, page, all)| Step::Page { browser, page, all }),
        3 => (0..BROWSERS, prop::bool::weighted(0.3)).prop_map(|(browser, again)| Step::Send { browser, again }),
        2 => (0..BROWSERS, byte(), prop::bool::weighted(0.7))
            .prop_map(|(browser, ticket, right)| Step::Return { browser, ticket, right }),
        26 => (byte(), byte(), byte(), prop::bool::weighted(0.75), prop::bool::weighted(0.9), prop::bool::weighted(0.1))
            .prop_map(|(case, act, who, yes, fits, stale)| Step::Do { case, act, who, yes, fits, stale }),
        2 => (byte(), prop::bool::weighted(0.4)).prop_map(|(case, stale)| Step::Edit { case, stale }),
        4 => (byte(), byte()).prop_map(|(case, kind)| Step::Write { case, kind }),
        3 => (byte(), byte()).prop_map(|(letter, who)| Step::Answer { letter, who }),
        3 => (0..120u8).prop_map(|hours| Step::Wait { hours }),
        1 => Just(Step::Night),
        2 => (byte(), byte(), 0..24u8).prop_map(|(which, count, days)| Step::Speak { which, count, days }),
        1 => byte().prop_map(|which| Step::Unsay { which }),
    ];
    prop::collection::vec(step, 1..LONGEST)
}

/// Where histories are played: made once per process and engine.
pub(super) struct Office {
    base: TestDb,
    pub(super) world: World,
    people: Vec<Id<Person>>,
    station: Id<stations::Station>,
    /// The first code of each dictionary.
    codes: BTreeMap<&'static str, String>,
}

impl Office {
    pub(super) async fn new(engine: Engine) -> Result<Self> {
        let base = TestDb::new(engine, &migrations()).await;
        let world = world(&base.db).await?;
        let mut tx = base.db.begin_write().await?;
        let mut people = vec![world.applicant];
        for name in ["李四", "王小工", "赵六"] {
            let new = parties::testing::a_person(name, world.units.last().copied());
            people.push(parties::find_or_create_person(&mut tx, None, &new).await?.0);
        }
        let station = tx.new_id()?;
        let mut codes = BTreeMap::new();
        for list in ["refuse", "terminate", "close_civil", "close_crim"] {
            let options = parties::term_options(&mut tx, list, crate::journeys::start().day()).await?;
            codes.insert(list, options.first().ok_or_else(|| Fault::new("an empty dictionary"))?.0.clone());
        }
        tx.commit().await?;
        Ok(Self { base, world, people, station, codes })
    }

    pub(super) fn db(&self) -> &Db {
        &self.base.db
    }

    /// Everybody who acts: two officers, two heads, a town's officer, two lawyers.
    pub(super) fn staff(&self) -> Vec<Actor> {
        let of = |id: i64, role| Actor { id, name: format!("{id}号"), ..actor(role) };
        let lawyer = |id: i64, nth: usize| Actor {
            subject: self.world.lawyers.get(nth).map(|id| id.raw()),
            ..of(id, Role::Adviser)
        };
        let town = Actor { towns: vec![self.world.towns[0].raw()], ..of(27, Role::TownOfficer) };
        vec![
            of(7, Role::Clerk),
            of(17, Role::Clerk),
            of(8, Role::Manager),
            of(18, Role::Manager),
            town,
            lawyer(30, 0),
            lawyer(31, 1),
        ]
    }
}

/// A case as those who work on it remember it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: Id<Case>,
    /// What the applicant's story is, by whoever wrote it last.
    pub(super) story: String,
    /// The words of every event, in order.
    pub(super) words: Vec<String>,
    /// How it looked before the last change.
    before: Option<Entry>,
}

/// A history.
pub(super) struct History<'a> {
    pub(super) office: &'a Office,
    pub(super) now: Moment,
    pub(super) cases: Vec<Known>,
    pub(super) drafts: Vec<Draft>,
    pub(super) letters: Vec<Written>,
    /// What the bureau said of time limits, without what it took back.
    pub(super) rules: Vec<Said>,
    pub(super) refused: u32,
    pub(super) done: BTreeMap<String, u32>,
    /// So many texts were typed: each is another one.
    typed: u32,
}

pub(super) fn wrong(what: impl Into<String>) -> Error {
    Fault::new(what.into()).into()
}

impl<'a> History<'a> {
    pub(super) fn new(office: &'a Office) -> Self {
        Self {
            office,
            now: crate::journeys::start(),
            cases: Vec::new(),
            drafts: Vec::new(),
            letters: Vec::new(),
            rules: Vec::new(),
            refused: 0,
            done: BTreeMap::new(),
            typed: 0,
        }
    }

    /// Another text every time.
    pub(super) fn text(&mut self) -> String {
        self.typed += 1;
        format!("第{}段话。", self.typed)
    }

    pub(super) fn number(&self) -> u32 {
        self.typed
    }

    pub(super) fn count(&mut self, what: &str) {
        *self.done.entry(what.to_owned()).or_default() += 1;
    }

    /// Plays the steps; what is refused leaves nothing behind, as on a page.
    pub(super) async fn play(&mut self, tx: &mut Tx, steps: &[Step]) -> Result<()> {
        for step in steps {
            tx.execute("savepoint step", params![]).await?;
            match self.step(tx, step).await {
                Ok(()) => {}
                Err(Error::Refused(_)) => {
                    self.refused += 1;
                    tx.execute("rollback to savepoint step", params![]).await?;
                }
                Err(error) => return Err(error),
            }
            tx.execute("release savepoint step", params![]).await?;
        }
        Ok(())
    }

    async fn step(&mut self, tx: &mut Tx, step: &Step) -> Result<()> {
        match *step {
            Step::Take { origin, station, people } => self.take(tx, origin, station, people).await,
            Step::Page { browser, page, all } => self.page(tx, browser, page, all).await,
            Step::Send { browser, again } => self.send(tx, browser, again).await,
            Step::Return { browser, ticket, right } => self.come_back(tx, browser, ticket, right).await,
            Step::Do { case, act, who, yes, fits, stale } => {
                self.act(tx, case, act, who, (yes, fits, stale)).await
            }
            Step::Edit { case, stale } => self.edit(tx, case, stale).await,
            Step::Write { case, kind } => self.write(tx, case, kind).await,
            Step::Answer { letter, who } => self.answer(tx, letter, who).await,
            Step::Wait { hours } => {
                self.now = self.now.plus_seconds(i64::from(hours) * 3600);
                Ok(())
            }
            Step::Night => self.night(tx).await,
            Step::Speak { which, count, days } => self.speak(tx, (which, count, days)).await,
            Step::Unsay { which } => self.unsay(tx, which).await,
        }
    }

    async fn take(&mut self, tx: &mut Tx, origin: u8, station: bool, people: u8) -> Result<()> {
        let office = self.office;
        let mut said = about_wages();
        said.story = self.text();
        said.people = people.into();
        said.green = people == 2;
        said.opponent =
            ["陈阿大", "李四", "江苏示例建设有限公司", ""][usize::from(origin / 4 % 4)].to_owned();
        if origin.is_multiple_of(7) {
            said.matter = "M24".to_owned();
        }
        let applicant = office.people[usize::from(origin / 16) % office.people.len()];
        let unit = if origin.is_multiple_of(5) { None } else { office.world.units.first().copied() };
        let new = Application {
            town: office.world.towns[0],
            unit,
            applicant,
            station: station.then_some(office.station),
            channel: "reception".to_owned(),
            said: said.clone(),
        };
        let origin = Origin::ALL[usize::from(origin) % 4 % Origin::ALL.len()];
        let clerk = &office.staff()[0];
        let id = take_application(tx, Some(clerk), origin, &new, self.now, self.now).await?;
        self.knows(id, said.story, new.said.papers.join("、"));
        self.count("taken");
        Ok(())
    }

    /// From now on everybody knows of this case.
    pub(super) fn knows(&mut self, id: Id<Case>, story: String, papers: String) {
        self.cases.push(Known { id, story, words: vec![papers], before: None });
    }

    /// A case, rather one of the last.
    pub(super) fn pick(&self, which: u8) -> Option<usize> {
        let count = self.cases.len();
        let back = if which < 160 { usize::from(which) % 3 } else { usize::from(which) };
        (count > 0).then(|| count - 1 - back % count)
    }

    pub(super) async fn entry(&self, tx: &mut Tx, at: usize) -> Result<Entry> {
        let entry = store::entry(tx, &Reach::Region, self.cases[at].id).await?;
        entry.ok_or_else(|| wrong("a case is gone"))
    }

    async fn act(
        &mut self,
        tx: &mut Tx,
        case: u8,
        act: u8,
        who: u8,
        (yes, fits, stale): (bool, bool, bool),
    ) -> Result<()> {
        let Some(at) = self.pick(case) else { return Ok(()) };
        let entry = self.entry(tx, at).await?;
        let all: Vec<Act> = Act::ALL
            .iter()
            .copied()
            .filter(|act| !fits || entry.facts().permits(*act))
            // What ends a case comes seldom, or none would come far.
            .filter(|one| !one.is_grave() || act.is_multiple_of(4) || *one == Act::Reopen)
            .filter(|one| *one != Act::Note || act.is_multiple_of(5))
            .collect();
        let Some(act) = all.get(usize::from(act / 4) % all.len().max(1)).copied() else { return Ok(()) };
        let staff = self.office.staff();
        let able: Vec<&Actor> = staff
            .iter()
            .filter(|one| !fits || crate::actions::do_act::may(one, &entry, act).is_ok())
            .collect();
        let Some(actor) = able.get(usize::from(who) % able.len().max(1)).copied() else { return Ok(()) };
        let seen = match &self.cases[at].before {
            Some(before) if stale => before.clone(),
            _ => entry.clone(),
        };
        let decision = match (act, entry.proposal) {
            (Act::Decide, Some(proposal)) if yes => proposal,
            _ if yes => Decision::Grant,
            _ => Decision::Refuse,
        };
        let code = |list| self.office.codes.get(list).cloned().unwrap_or_default();
        let code = match act.code_list(is_criminal(&entry.matter)) {
            Some(list) => code(list),
            None if act.asks_decision() && decision == Decision::Refuse => code("refuse"),
            None => String::new(),
        };
        let words = if who > 8 { self.text() } else { String::new() };
        let saying = Saying {
            words: words.clone(),
            code: if who % 29 == 1 { "不存在".to_owned() } else { code },
            decision: Some(decision),
            on: Some(if who.is_multiple_of(3) { entry.received_at.day() } else { self.now.day() }),
            lawyer: (act == Act::Offer).then(|| {
                let lawyers = &self.office.world.lawyers;
                lawyers[usize::from(who) % lawyers.len().min(2)]
            }),
            cleared: None,
            subsidy: (act == Act::Price).then(|| Subsidy {
                kind: SubsidyKind::Suit,
                standard: i64::from(who) * 10,
                other_place: i64::from(stale),
                translation: 0,
                other: 0,
                other_reason: String::new(),
                deduction: 0,
                deduction_reason: String::new(),
            }),
            amount: Some(i64::from(who) * 10),
            wages: i64::from(who),
            no_conflict: who % 13 != 5,
        };
        do_act(tx, actor, &seen, act, &saying, self.now).await?;
        if seen.version != entry.version {
            return Err(wrong(format!("{act:?} was done on what had changed meanwhile")));
        }
        let after = self.entry(tx, at).await?;
        self.count(act.as_str());
        match after.stage {
            Stage::Archived => self.count("archived"),
            Stage::Refused => self.count("refused-case"),
            _ => {}
        }
        let known = &mut self.cases[at];
        known.words.push(words);
        known.before = Some(entry);
        Ok(())
    }

    async fn edit(&mut self, tx: &mut Tx, case: u8, stale: bool) -> Result<()> {
        let Some(at) = self.pick(case) else { return Ok(()) };
        let entry = self.entry(tx, at).await?;
        let mut said = about_wages();
        said.story = self.text();
        said.matter.clone_from(&entry.matter);
        said.green = case.is_multiple_of(2);
        said.people = i64::from(case % 3) + 1;
        let version = if stale { entry.version - 1 } else { entry.version };
        let clerk = &self.office.staff()[usize::from(case % 2)];
        change_application(tx, clerk, &entry, version, &said, self.now).await?;
        if stale {
            return Err(wrong("an edit was saved over what somebody else had saved"));
        }
        self.count("edited");
        let known = &mut self.cases[at];
        known.story = said.story;
        known.words.push(String::new());
        known.before = Some(entry);
        Ok(())
    }
}
