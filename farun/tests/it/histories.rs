//! Random histories over the whole product: appointments, services, corrections, villages that change, seals, purges,
//! all by the modules' own actions. Every history is rolled back at its end, so ten thousand of them cost minutes.
//!
//! `FARUN_HISTORIES` says how many, `FARUN_SEED` which ones; `cargo xtask torture histories` sets both.

mod deeds;
mod faults;
mod judge;
mod villages;
mod world;

use self::{
    deeds::{Act, History, LONGEST, Step, steps},
    faults::Planted,
    judge::judge,
    world::District,
};
use farun::{check, wiring};
use kernel::Result;
use places::EventKind;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};
use store::Engine;
use tokio::runtime::Runtime;

/// How many histories a usual run plays.
const USUAL: u32 = 40;
/// PostgreSQL plays one for so many of SQLite: the rules are the same, only the statements run elsewhere.
const ON_POSTGRES: u32 = 20;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, max_shrink_iters: 400, failure_persistence: None, ..Config::default() };
    let rng = match testkit::seed() {
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        Some(seed) => {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&seed.to_le_bytes());
            TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
        }
    };
    TestRunner::new_with_rng(config, rng)
}

/// What was played.
#[derive(Debug, Default)]
struct Played {
    histories: u32,
    refused: u32,
    seals: usize,
    done: BTreeMap<String, u32>,
}

impl Played {
    fn add(&mut self, history: &History<'_>) {
        self.histories += 1;
        self.refused += history.refused;
        self.seals += history.sealed.len();
        for (name, times) in &history.done {
            *self.done.entry(name.clone()).or_default() += times;
        }
    }

    fn deeds(&self) -> u32 {
        self.done.values().sum()
    }
}

/// Plays a history in a transaction that is rolled back, and judges it.
async fn try_out(district: &District, steps: &[Step], double_mergers: bool) -> Result<Played> {
    let mut tx = district.db().begin_write().await?;
    let mut history = History::new(district);
    history.double_mergers = double_mergers;
    history.play(&mut tx, steps).await?;
    judge(&history, &mut tx).await?;
    let mut played = Played::default();
    played.add(&history);
    Ok(played)
}

fn in_words(error: kernel::Error) -> TestCaseError {
    TestCaseError::fail(format!("{error:?}"))
}

/// Plays that many random histories; what fails is made as short as it can be.
fn play_all(engine: Engine, cases: u32) -> Played {
    let runtime = runtime();
    let district = runtime.block_on(District::new(engine)).expect("the district is made");
    let all = RefCell::new(Played::default());
    let outcome = runner(cases).run(&steps(), |steps| {
        let played = runtime.block_on(try_out(&district, &steps, false)).map_err(in_words)?;
        let mut all = all.borrow_mut();
        all.histories += played.histories;
        all.refused += played.refused;
        all.seals += played.seals;
        for (name, times) in played.done {
            *all.done.entry(name).or_default() += times;
        }
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, steps)) => panic!("on {engine:?}: {reason}\nafter {steps:#?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    all.into_inner()
}

/// What was played, in a line that `cargo xtask torture histories` reads.
fn line(engine: Engine, played: &Played) -> String {
    let cpu = testkit::cpu_seconds().map_or_else(|| "?".to_owned(), |seconds| format!("{seconds:.1}"));
    let Played { histories, refused, seals, .. } = played;
    let deeds = played.deeds();
    format!(
        "histories: {engine:?}, {histories} histories, {deeds} deeds, {refused} refused, {seals} seals, {cpu} CPU seconds"
    )
}

#[test]
fn random_histories_keep_every_sum() {
    let played = play_all(Engine::Sqlite, testkit::histories(USUAL));
    println!("{}\n{:?}", line(Engine::Sqlite, &played), played.done);
    // Histories in which everything was refused would prove nothing.
    let every = EventKind::ALL.iter().map(|kind| format!("{kind:?}"));
    let acts = "Log Correct Withdraw Appoint Dismiss HandOver Leave TakeBack Seal Unseal Look CallBack Station Person Purge";
    for name in every.chain(acts.split(' ').map(str::to_owned)) {
        let times = played.done.get(&name).copied().unwrap_or(0);
        assert!(times > 0 || played.histories < USUAL, "{name} was never done: {:?}", played.done);
    }
}

#[test]
fn random_histories_keep_every_sum_on_postgres() {
    let played = play_all(Engine::Postgres, (testkit::histories(USUAL) / ON_POSTGRES).max(1));
    println!("{}\n{:?}", line(Engine::Postgres, &played), played.done);
}

/// The same for good: every act in a transaction of its own, the audit trail walked, the whole of `farun check`.
#[test]
fn a_history_that_stays_is_as_sound() {
    let mut runner = runner(1);
    let longest = (0..50).filter_map(|_| steps().new_tree(&mut runner).ok()).map(|tree| tree.current());
    let steps = longest.max_by_key(Vec::len).expect("histories");
    let runtime = runtime();
    let done: Result<u32> = runtime.block_on(async {
        let district = District::new(Engine::Sqlite).await?;
        let db = district.db();
        let mut history = History::new(&district);
        history.play_for_good(&steps).await?;
        let mut tx = db.begin_write().await?;
        let now = history.now.micros().to_string();
        store::set_setting(&mut tx, wiring::BUSINESS_CLOCK, &now).await?;
        tx.commit().await?;
        judge(&history, &mut db.begin_read().await?).await?;
        for outcome in check::check(db).await?.into_iter().filter(|outcome| outcome.grave) {
            assert_eq!(outcome.findings, Vec::<String>::new(), "{}", outcome.id);
        }
        // And the other way round: what a hand changes in the trail is found.
        let mut tx = db.begin_write().await?;
        store::testing::spoil_audit(&mut tx, "advisers.appointment.make").await?;
        assert!(judge(&history, &mut tx).await.is_err(), "the audit trail was not looked at");
        Ok(history.done.values().sum())
    });
    let done = done.expect("sound");
    assert!(done > 10 && steps.len() <= LONGEST, "only {done} of {} acts were done", steps.len());
}

#[test]
fn every_planted_fault_is_found() {
    const EACH: usize = 3;
    let runtime = runtime();
    let district = runtime.block_on(District::new(Engine::Sqlite)).expect("the district is made");
    let mut runner = runner(1);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..60 {
        let history_of = steps().new_tree(&mut runner).expect("a history").current();
        let wanted: Vec<Planted> = Planted::ALL
            .into_iter()
            .filter(|fault| found.get(&format!("{fault:?}")).is_none_or(|times| *times < EACH))
            .collect();
        if wanted.is_empty() {
            break;
        }
        let outcome: Result<()> = runtime.block_on(async {
            let mut tx = district.db().begin_write().await?;
            let mut history = History::new(&district);
            history.play(&mut tx, &history_of).await?;
            for fault in wanted {
                tx.execute("savepoint fault", store::params![]).await?;
                if fault.plant(&history, &mut tx).await? {
                    let verdict = judge(&history, &mut tx).await;
                    let said = verdict.expect_err(&format!("{fault:?} was not found after {history_of:#?}"));
                    println!("{fault:?}: {said:?}");
                    *found.entry(format!("{fault:?}")).or_default() += 1;
                }
                tx.execute("rollback to savepoint fault", store::params![]).await?;
            }
            judge(&history, &mut tx).await
        });
        outcome.expect("sound when the fault is gone");
    }
    for fault in Planted::ALL {
        let times = found.get(&format!("{fault:?}")).copied().unwrap_or(0);
        assert!(times > 0, "{fault:?} could never be planted: {found:?}");
    }
}

/// A merger that counts twice is found, and what is told is no longer than it must be: a visit, and the merger.
#[test]
fn a_doubled_merger_is_found_and_told_in_two_steps() {
    let runtime = runtime();
    let district = runtime.block_on(District::new(Engine::Sqlite)).expect("the district is made");
    let outcome = runner(200).run(&steps(), |steps| {
        runtime.block_on(try_out(&district, &steps, true)).map(|_| ()).map_err(in_words)
    });
    let Err(TestError::Fail(reason, steps)) = outcome else { panic!("not found: {outcome:?}") };
    assert!(reason.message().contains("Merge"), "{reason}");
    let acts: Vec<&Act> = steps.iter().map(|step| &step.act).collect();
    assert!(
        matches!(acts[..], [Act::Log { .. }, Act::Village { kind: EventKind::Merge, .. }]),
        "not as short as it could be: {steps:#?}"
    );
}
