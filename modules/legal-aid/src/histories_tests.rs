//! Random histories of legal aid: officers, lawyers and citizens do what they like in whatever order, by the actions that
//! the pages use; whatever they do, a judge who knows only what was said and done finds everything as it must be.
//!
//! `FARUN_HISTORIES` says how many, `FARUN_SEED` which ones.

mod citizens;
mod faults;
mod judge;
mod play;
mod rules;

use self::{
    faults::Planted,
    judge::judge,
    play::{History, Office, Step, steps},
};
use ::store::{Engine, params};
use kernel::{Error, Result};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};
use tokio::runtime::Runtime;

/// How many histories a usual run plays.
const USUAL: u32 = 60;
/// PostgreSQL plays one for so many of SQLite: the rules are the same, only the statements run elsewhere.
const ON_POSTGRES: u32 = 15;

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
    done: BTreeMap<String, u32>,
}

impl Played {
    fn add(&mut self, history: &History<'_>) {
        self.histories += 1;
        self.refused += history.refused;
        for (name, times) in &history.done {
            *self.done.entry(name.clone()).or_default() += times;
        }
    }
}

/// Plays that many random histories, each in a transaction that is rolled back; what fails is made as short as it can be.
fn play_all(engine: Engine, cases: u32) -> Played {
    let runtime = runtime();
    let office = runtime.block_on(Office::new(engine)).expect("the office is made");
    let all = RefCell::new(Played::default());
    let outcome = runner(cases).run(&steps(), |steps| {
        let played: Result<()> = runtime.block_on(async {
            let mut tx = office.db().begin_write().await?;
            let mut history = History::new(&office);
            history.play(&mut tx, &steps).await?;
            judge(&history, &mut tx).await?;
            all.borrow_mut().add(&history);
            Ok(())
        });
        played.map_err(|error: Error| TestCaseError::fail(format!("{error:?}")))
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, steps)) => panic!("on {engine:?}: {reason}\nafter {steps:#?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    all.into_inner()
}

/// What was played, in a line.
fn line(engine: Engine, played: &Played) -> String {
    let cpu = testkit::cpu_seconds().map_or_else(|| "?".to_owned(), |seconds| format!("{seconds:.1}"));
    let deeds: u32 = played.done.values().sum();
    let Played { histories, refused, .. } = played;
    format!(
        "histories: {engine:?}, {histories} histories, {deeds} deeds, {refused} refused, 0 seals, {cpu} CPU seconds"
    )
}

#[test]
fn random_histories_of_cases_hold() {
    let played = play_all(Engine::Sqlite, testkit::histories(USUAL));
    println!("{}\n{:?}", line(Engine::Sqlite, &played), played.done);
    // Histories in which everything was refused would prove nothing.
    let acts = crate::Act::ALL.iter().map(|act| act.as_str());
    let others = "taken page sent returned edited letter answered archived refused-case set-rule confirmed-rule unset-rule".split(' ');
    for name in acts.chain(others) {
        let times = played.done.get(name).copied().unwrap_or(0);
        assert!(times > 0 || played.histories < USUAL, "{name} was never done: {:?}", played.done);
    }
}

#[test]
fn random_histories_of_cases_hold_on_postgres() {
    let played = play_all(Engine::Postgres, (testkit::histories(USUAL) / ON_POSTGRES).max(1));
    println!("{}\n{:?}", line(Engine::Postgres, &played), played.done);
}

#[test]
fn every_planted_fault_in_a_case_is_found() {
    const EACH: usize = 2;
    let runtime = runtime();
    let office = runtime.block_on(Office::new(Engine::Sqlite)).expect("the office is made");
    let mut runner = runner(1);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..80 {
        let steps: Vec<Step> = steps().new_tree(&mut runner).expect("a history").current();
        let wanted: Vec<Planted> = Planted::ALL
            .into_iter()
            .filter(|fault| found.get(&format!("{fault:?}")).is_none_or(|times| *times < EACH))
            .collect();
        if wanted.is_empty() {
            break;
        }
        let outcome: Result<()> = runtime.block_on(async {
            let mut tx = office.db().begin_write().await?;
            let mut history = History::new(&office);
            history.play(&mut tx, &steps).await?;
            for fault in wanted {
                tx.execute("savepoint fault", params![]).await?;
                if fault.plant(&history, &mut tx).await? {
                    let verdict = judge(&history, &mut tx).await;
                    let said = verdict.expect_err(&format!("{fault:?} was not found after {steps:#?}"));
                    println!("{fault:?}: {said}");
                    *found.entry(format!("{fault:?}")).or_default() += 1;
                }
                tx.execute("rollback to savepoint fault", params![]).await?;
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
