//! The store on both engines: writers that share a commit, chained audit rows, replies, the tally.

use kernel::{CountUnit, Day, FaultKind, Id, Moment, Segment};
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::{
    Audit, Db, Engine, Migration, audit, idempotency, outbox, outside, params,
    tally::{self, Fact, Measure},
};
use testkit::{TestDb, on_both};

const VISITS: Measure = Measure::new("test.visits", CountUnit::Time);
const CALLS: Measure = Measure::new("test.calls", CountUnit::Time);

fn now() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a moment")
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

async fn settings(db: &Db) -> kernel::Result<Vec<(String,)>> {
    let mut tx = db.begin_read().await?;
    Ok(tx.all("select name from installation where name like 'w%' order by name", params![]).await?)
}

#[test]
fn who_names_a_row_that_is_not_there_is_told_so() {
    const TABLES: &[Migration] = &[Migration {
        file: "202611230999_pair.sql",
        sql:
            "create table pair_one (id bigint primary key);
              create table pair_two (id bigint primary key, one_id bigint not null references pair_one (id));",
    }];
    on_both(TABLES, |db| async move {
        let mut tx = db.begin_write().await?;
        let fault =
            tx.execute("insert into pair_two (id, one_id) values ($1, $2)", params![1_i64, 7_i64]).await;
        assert_eq!(fault.expect_err("there is no seven").kind(), FaultKind::Dangling);
        drop(tx);
        let mut tx = db.begin_write().await?;
        tx.execute("insert into pair_one (id) values ($1)", params![7_i64]).await?;
        tx.execute("insert into pair_two (id, one_id) values ($1, $2)", params![1_i64, 7_i64]).await?;
        Ok(tx.commit().await?)
    });
}

#[test]
fn statements_are_planned_with_how_many_rows_there_are() {
    // An index that holds all that is asked for but begins with the region only, and one that leads to the few.
    const TABLES: &[Migration] = &[Migration {
        file: "202611290901_many.sql",
        sql: "create table many_entry (id bigint primary key, region_id bigint not null, file bigint not null, who bigint not null);
              create index many_entry_file on many_entry (region_id, file, id);
              create index many_entry_who on many_entry (region_id, who, file);",
    }];
    on_both(TABLES, |db| async move {
        let mut tx = db.begin_write().await?;
        tx.execute(
            "insert into many_entry (id, region_id, file, who)
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000)
             select i, 320412, i / 4, i % 7 from n",
            params![],
        )
        .await?;
        tx.commit().await?;
        let plan = async |db: &Db| -> kernel::Result<String> {
            let mut tx = db.begin_read().await?;
            let steps: Vec<(i64, i64, i64, String)> = tx
                .all(
                    "explain query plan select who from many_entry where region_id = 320412 and file = 7",
                    params![],
                )
                .await?;
            Ok(steps.into_iter().map(|(.., step)| step).collect())
        };
        if db.engine() == Engine::Postgres {
            // It surveys itself.
            return Ok(db.survey().await?);
        }
        assert!(plan(&db).await?.contains("many_entry_who"), "unasked, the wrong one: {}", plan(&db).await?);
        let held = db.begin_read().await?;
        db.survey().await?;
        drop(held);
        for _ in 0..3 {
            assert!(plan(&db).await?.contains("many_entry_file"), "{}", plan(&db).await?);
        }
        let mut tx = db.begin_read().await?;
        let samples: i64 = tx
            .scalar("select count(*) from sqlite_master where name like 'sqlite_stat%' and name <> 'sqlite_stat1'", params![])
            .await?;
        assert_eq!(samples, 0, "no values of rows are kept aside");
        Ok(())
    });
}

#[test]
fn writers_share_commits_and_who_gives_up_leaves_nothing() {
    on_both(&[], |db| async move {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..64 {
            let db = db.clone();
            tasks.spawn(async move {
                let mut tx = db.begin_write().await?;
                store::set_setting(&mut tx, &format!("w{n:02}"), "1").await?;
                if n % 2 == 0 { tx.commit().await } else { Ok(()) }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("the task ends")?;
        }
        let names = settings(&db).await?;
        assert_eq!(names.len(), 32);
        assert!(names.iter().all(|(name,)| name[1..].parse::<u32>().expect("a number") % 2 == 0));
        Ok(())
    });
}

#[test]
fn writers_that_share_no_commit_leave_the_same() {
    on_both(&[], |db| async move {
        db.ungroup_commits();
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..16 {
            let db = db.clone();
            tasks.spawn(async move {
                let mut tx = db.begin_write().await?;
                store::set_setting(&mut tx, &format!("w{n:02}"), "1").await?;
                if n % 2 == 0 { tx.commit().await } else { Ok(()) }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("the task ends")?;
        }
        assert_eq!(settings(&db).await?.len(), 8);
        Ok(())
    });
}

#[test]
fn a_failing_statement_does_not_spoil_the_others_of_its_group() {
    on_both(&[], |db| async move {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..20 {
            let db = db.clone();
            tasks.spawn(async move {
                let mut tx = db.begin_write().await?;
                store::set_setting(&mut tx, &format!("w{n:02}"), "1").await?;
                if n % 3 == 0 {
                    tx.execute(
                        "insert into installation (name, value) values ($1, $2)",
                        params![format!("w{n:02}"), "again"],
                    )
                    .await?;
                }
                tx.commit().await
            });
        }
        let mut failed = 0;
        while let Some(done) = tasks.join_next().await {
            failed += usize::from(done.expect("the task ends").is_err());
        }
        assert_eq!(failed, 7);
        assert_eq!(settings(&db).await?.len(), 13);
        Ok(())
    });
}

#[test]
fn ids_carry_the_region_and_never_repeat_across_openings() {
    on_both(&[], |db| async move {
        let tx = db.begin_write().await?;
        let first: Id<()> = tx.new_id()?;
        assert_eq!(first.region().code(), 320_412);
        let second: Id<()> = tx.new_id()?;
        assert!(second > first);
        drop(tx);
        let again = Db::clone(&db);
        again.found(first.region()).await?;
        let tx = again.begin_write().await?;
        assert!(tx.new_id::<()>()? > second);
        Ok(())
    });
}

async fn three_audited(db: &Db) -> kernel::Result<()> {
    for n in 0..3 {
        let mut tx = db.begin_write().await?;
        tx.audit(Audit::about(Some(8), "test.act", "thing").with(&serde_json::json!({ "n": n })));
        tx.audit(Audit::about(Some(8), "test.second", "thing"));
        tx.commit().await?;
    }
    Ok(())
}

#[test]
fn a_tampered_audit_trail_is_found_wherever_it_was_touched() {
    const TAMPERS: [&str; 5] = [
        "update audit_row set details = '{}' where seq = 3",
        "update audit_row set actor = 9 where seq = 2",
        "delete from audit_row where seq = 4",
        "delete from audit_row where seq = 6",
        "update audit_row set at = at + 1 where seq = 1",
    ];
    on_both(&[], |db| async move {
        three_audited(&db).await?;
        let mut tx = db.begin_read().await?;
        assert_eq!(audit::verify(&mut tx).await?, (6, Vec::new()));
        drop(tx);
        for tamper in TAMPERS {
            let mut tx = db.begin_write().await?;
            tx.execute(tamper, params![]).await?;
            let (_, broken) = audit::verify(&mut tx).await?;
            assert_eq!(broken.len(), 1, "{tamper}");
        }
        Ok(())
    });
}

#[test]
fn a_reply_is_found_again_and_a_twin_cannot_be_kept() {
    on_both(&[], |db| async move {
        let request = idempotency::RequestKey {
            key: "k".into(),
            actor: 1,
            route: "POST /x".into(),
            digest: "d".into(),
        };
        let mut tx = db.begin_write().await?;
        assert_eq!(idempotency::find(&mut tx, &request).await?, None);
        idempotency::keep(&mut tx, &request, "/done").await?;
        tx.commit().await?;
        let mut tx = db.begin_write().await?;
        assert_eq!(
            idempotency::find(&mut tx, &request).await?.map(|reply| reply.location),
            Some("/done".to_owned())
        );
        let kept = match idempotency::keep(&mut tx, &request, "/again").await {
            Ok(()) => tx.commit().await,
            Err(fault) => {
                drop(tx);
                Err(fault)
            }
        };
        assert!(kept.is_err(), "it is refused");
        let mut tx = db.begin_write().await?;
        assert_eq!(idempotency::purge(&mut tx).await?, 0, "a fresh reply stays");
        Ok(())
    });
}

#[test]
fn a_unit_of_work_sees_itself_and_happens_whole_or_not_at_all() {
    const INSERT: &str = "insert into installation (name, value) values ($1, $2)";
    on_both(&[], |db| async move {
        let mut tx = db.begin_write().await?;
        for n in 0..60 {
            tx.execute(INSERT, params![format!("w{n:02}"), "1"]).await?;
        }
        tx.execute("update installation set value = '2' where name like 'w%'", params![]).await?;
        let touched =
            tx.execute("update installation set value = $2 where name = $1", params!["w07", "3"]).await?;
        assert_eq!(touched, 1, "the others before do not count");
        tx.execute(INSERT, params!["w99", "1"]).await?;
        let touched = tx.execute("delete from installation where name = 'nobody'", params![]).await?;
        assert_eq!(touched, 0);
        tx.execute(INSERT, params!["x99", "1"]).await?;
        let seen: i64 = tx
            .scalar(
                "select count(*) from installation where name like 'w%' and value = $1 or name = 'x99'",
                params!["2"],
            )
            .await?;
        assert_eq!(seen, 60, "a query sees what was written before");
        tx.commit().await?;
        let failing = async {
            let mut tx = db.begin_write().await?;
            tx.execute(INSERT, params!["w70", "1"]).await?;
            tx.execute(INSERT, params!["w07", "twice"]).await?;
            tx.commit().await
        };
        let fine = async {
            let mut tx = db.begin_write().await?;
            tx.execute(INSERT, params!["w71", "1"]).await?;
            tx.commit().await
        };
        let (failing, fine, dropped) =
            tokio::join!(failing, fine, async { db.begin_write().await.map(drop) });
        assert!(failing.is_err());
        fine?;
        dropped?;
        let names = settings(&db).await?;
        assert_eq!(names.len(), 62);
        assert!(names.iter().all(|(name,)| name != "w70"));
        Ok(())
    });
}

#[test]
fn messages_wait_until_somebody_has_handled_them_once() {
    on_both(&[], |db| async move {
        let mut tx = db.begin_write().await?;
        let id = outbox::put(&mut tx, "test.topic", &serde_json::json!({ "id": 1 }), now()).await?;
        outbox::failed(&mut tx, id, "no answer").await?;
        let waiting = outbox::waiting(&mut tx, "test.topic", 10).await?;
        assert_eq!((waiting.len(), waiting[0].attempts), (1, 1));
        assert!(outbox::handled(&mut tx, id, now()).await?);
        assert!(!outbox::handled(&mut tx, id, now()).await?, "only once");
        assert!(outbox::waiting(&mut tx, "test.topic", 10).await?.is_empty());
        let numbers = ("thing", 5);
        outside::note(
            &mut tx,
            numbers.0,
            numbers.1,
            "江苏法网",
            "A-1",
            outside::OutsideState::Recorded,
            now().day(),
        )
        .await?;
        outside::note(
            &mut tx,
            numbers.0,
            numbers.1,
            "江苏法网",
            "A-2",
            outside::OutsideState::Mismatch,
            now().day(),
        )
        .await?;
        let known = outside::of(&mut tx, numbers.0, numbers.1).await?;
        assert_eq!((known.len(), known[0].number.as_str(), known[0].version), (1, "A-2", 2));
        Ok(())
    });
}

#[test]
fn the_engine_is_the_one_that_was_built_in() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = TestDb::new(Engine::Sqlite, &[]).await;
        let mut tx = world.db.begin_read().await.expect("reads");
        let version: String = tx.scalar("select sqlite_version()", params![]).await.expect("a version");
        let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
        assert!(parts >= vec![3, 45, 0], "{version}: another crate pulled an older SQLite in");
    });
}

/// A step of a random history.
#[derive(Debug, Clone)]
enum Step {
    Count { call: bool, quantity: i64, day: i64, place: i64 },
    Reverse(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let count = (any::<bool>(), 1..5i64, 0..800i64, 0..4i64)
        .prop_map(|(call, quantity, day, place)| Step::Count { call, quantity, day, place });
    prop::collection::vec(prop_oneof![4 => count, 1 => (0..40usize).prop_map(Step::Reverse)], 1..40)
}

async fn play(db: &Db, steps: &[Step], span: (i64, i64)) -> kernel::Result<()> {
    let base = day("2021-01-01");
    let mut tx = db.begin_write().await?;
    let region = tx.region()?;
    let place = |n: i64| Id::<()>::from_parts(region, 900_000 + n);
    let mut standing: BTreeMap<i64, (Measure, i64, Day, i64)> = BTreeMap::new();
    let mut sources = Vec::new();
    for step in steps {
        match step {
            Step::Count { call, quantity, day, place: at } => {
                let measure = if *call { CALLS } else { VISITS };
                let source: Id<()> = tx.new_id()?;
                let on = base.add_days(*day);
                tally::record(&mut tx, &Fact::new(measure, *quantity, on, place(*at), "test", source), now())
                    .await?;
                standing.insert(source.raw(), (measure, *quantity, on, *at));
                sources.push(source.raw());
            }
            Step::Reverse(nth) => {
                if let Some(source) = sources.get(*nth) {
                    let reversed = tally::reverse(&mut tx, "test", *source, None, now()).await?;
                    assert_eq!(
                        reversed,
                        usize::from(standing.remove(source).is_some()),
                        "a second reversal does nothing"
                    );
                }
            }
        }
    }
    let (first, last) = (base.add_days(span.0), base.add_days(span.0 + span.1));
    let expected = |from: Option<Day>, to: Day, at: Option<i64>| -> i64 {
        standing
            .values()
            .filter(|s| from.is_none_or(|f| s.2 >= f) && s.2 <= to && at.is_none_or(|a| s.3 == a))
            .map(|s| s.1)
            .sum()
    };
    let both = [VISITS, CALLS];
    assert_eq!(tally::between(&mut tx, &both, Some(first), last).await?, expected(Some(first), last, None));
    assert_eq!(tally::between(&mut tx, &both, None, last).await?, expected(None, last, None), "a stock");
    let parts = tally::between_by_place(&mut tx, &both, Some(first), last).await?;
    for at in 0..4 {
        let part: i64 = parts.iter().filter(|p| p.place_id == place(at).raw()).map(|p| p.quantity).sum();
        assert_eq!(part, expected(Some(first), last, Some(at)));
    }
    let served = tally::places_with(&mut tx, &both, Some(first), last).await?.len();
    assert_eq!(served, (0..4).filter(|at| expected(Some(first), last, Some(*at)) > 0).count());
    assert!(tally::reconcile(&mut tx).await?.is_empty());
    tally::rebuild(&mut tx).await?;
    assert!(tally::reconcile(&mut tx).await?.is_empty());
    assert_eq!(
        tally::between(&mut tx, &both, Some(first), last).await?,
        expected(Some(first), last, None),
        "rebuilt"
    );
    if !standing.is_empty() {
        // A planted fault must be found, or the check above proves nothing.
        tx.execute("update tally_place set quantity = quantity + 1 where segment = (select min(segment) from tally_place)", params![]).await?;
        assert!(!tally::reconcile(&mut tx).await?.is_empty());
    }
    Ok(())
}

#[test]
fn sums_equal_their_facts_whatever_happened() {
    for (engine, cases) in [(Engine::Sqlite, 48), (Engine::Postgres, 6)] {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(steps in steps(), first in 0..700i64, length in 0..200i64)| {
            runtime.block_on(async {
                let world = TestDb::new(engine, &[]).await;
                play(&world.db, &steps, (first, length)).await.expect("the history plays");
            });
        });
    }
}

#[test]
fn every_day_lies_in_the_segment_that_sql_computes() {
    on_both(&[], |db| async move {
        let mut tx = db.begin_read().await?;
        for n in 0..800 {
            let on = day("2019-12-01").add_days(n);
            let segment: i64 = tx
                .scalar(
                    "select (cast(substr($1, 1, 4) as bigint) * 12 + cast(substr($1, 6, 2) as bigint) - 1) * 2
                            + case when substr($1, 9, 2) >= '21' then 1 else 0 end",
                    params![on],
                )
                .await?;
            assert_eq!(segment, i64::from(Segment::of(on).number()), "{on}");
        }
        Ok(())
    });
}

#[test]
fn a_job_is_taken_once_and_again_when_it_is_due_or_its_taker_died() {
    on_both(&[], |db| async move {
        let wall = db.wall().now();
        let due = |minutes: i64| Moment::from_micros(wall.micros() - minutes * 60_000_000);
        let take = |due: Moment| {
            let db = db.clone();
            async move {
                let mut tx = db.begin_write().await?;
                let taken = store::jobs::take(&mut tx, "test.job", due).await?;
                tx.commit().await?;
                Ok::<_, kernel::Error>(taken)
            }
        };
        assert!(take(due(5)).await?, "never ran");
        assert!(!take(due(-5)).await?, "somebody has it in hand");
        let mut tx = db.begin_write().await?;
        store::jobs::finish(&mut tx, "test.job", true, "没有连上").await?;
        tx.commit().await?;
        assert!(!take(due(5)).await?, "ran a moment ago");
        let runs = store::jobs::runs(&mut db.begin_read().await?).await?;
        assert_eq!((runs.len(), runs[0].failed, runs[0].outcome.as_str()), (1, true, "没有连上"));
        assert!(take(due(-5)).await?, "due again");
        let mut tx = db.begin_write().await?;
        tx.execute("update job_run set taken_until = 1 where job = $1", params!["test.job"]).await?;
        tx.commit().await?;
        assert!(take(due(-5)).await?, "whoever had it is dead");
        Ok(())
    });
}
