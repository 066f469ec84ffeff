//! The checks are run, kept by day, shown with their change, and open to those who look after the whole district.

use crate::{
    quality::{self, Trend},
    store::checks as kept,
    world::day,
};
use ::store::{
    Db, Migration, Tx,
    outside::{self, OutsideState},
    params,
    tally::{self, Fact},
};
use kernel::{Day, FixedClock, Id, Moment, Result};
use std::sync::Arc;
use testkit::{Server, actor, on_both, on_sqlite};
use web::{Check, Finding, Module, Role};

fn migrations() -> Vec<Migration> {
    [advisers::testing::migrations(), stations::MIGRATIONS, crate::MIGRATIONS].concat()
}

async fn run(tx: &mut Tx, id: &str) -> Result<Vec<Finding>> {
    let check = quality::all().into_iter().find(|check| check.id == id).expect("a check of that name");
    Ok((check.run)(tx, day("2022-05-06")).await?)
}

fn fact(source: &'static str, source_id: i64, place: i64, on: &str) -> Fact {
    Fact { source, source_id, ..crate::testing::a_fact(crate::testing::VISITS, place, day(on)) }
}

#[test]
fn each_check_finds_the_planted_fault_and_nothing_else() {
    on_both(&migrations(), |db| async move {
        let world = advisers::testing::world(&db).await?;
        let now = advisers::testing::now();
        let mut tx = db.begin_write().await?;
        let unit = world.units[0];
        let deed = advisers::Deed {
            kind: advisers::ServiceKind::Visit,
            quantity: 1,
            happened_on: day("2022-05-06"),
            people: 1,
            matter: String::new(),
            campaign: String::new(),
            note: "解答土地流转问题".to_owned(),
        };
        let entry = advisers::Entry { unit, deed, own: None };
        let service = advisers::log_service(&mut tx, Some(7), &[entry], now).await?[0];
        let region = i64::from(tx.region()?.code());
        tally::record(&mut tx, &fact("elsewhere", 1, region, "2022-05-01"), now).await?;
        outside::note(
            &mut tx,
            "advisers_service",
            service.raw(),
            "江苏法网",
            "1",
            OutsideState::Recorded,
            day("2022-05-06"),
        )
        .await?;
        for check in quality::all() {
            assert_eq!(run(&mut tx, check.id).await?, Vec::new(), "{}", check.id);
        }

        let lost = Id::<()>::from_parts(tx.region()?, 999_999).raw();
        tally::record(&mut tx, &fact("advisers_service", lost, unit.raw(), "2022-05-02"), now).await?;
        tally::record(&mut tx, &fact("places_unit", lost, unit.raw(), "2022-05-02"), now).await?;
        let found = run(&mut tx, "statistics.orphaned").await?;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].what.ends_with("服务记录 320412-999999"), "{found:?}");

        tally::record(&mut tx, &fact("advisers_service", service.raw(), unit.raw(), "2022-05-07"), now)
            .await?;
        let found = run(&mut tx, "statistics.future").await?;
        assert_eq!(found.len(), 1, "tomorrow, not today: {found:?}");
        assert_eq!(found[0].href, Some(format!("/services/{service}")));

        tally::record(&mut tx, &fact("elsewhere", 2, lost, "2022-05-02"), now).await?;
        let found = run(&mut tx, "statistics.nowhere").await?;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].what.contains("320412-999999") && found[0].what.ends_with("合计 1"), "{found:?}");

        outside::note(
            &mut tx,
            "advisers_service",
            service.raw(),
            "江苏法网",
            "1",
            OutsideState::Mismatch,
            day("2022-05-06"),
        )
        .await?;
        let found = run(&mut tx, "statistics.outside").await?;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].href, Some(format!("/services/{service}")));
        Ok(())
    });
}

fn check(id: &'static str, grave: bool, run: for<'a> fn(&'a mut Tx, Day) -> web::Findings<'a>) -> Check {
    Check { id, title: "测试用核对", why: "测试。", mend: "改掉。", grave, run }
}

/// A module whose check finds as many as the installation's setting says, and one that always fails.
fn tester() -> Module {
    let many = check("test.many", false, |tx, _| {
        Box::pin(async move {
            let count =
                ::store::setting(tx, "test.many").await?.and_then(|text| text.parse().ok()).unwrap_or(0);
            let finding = |nth: i64| Finding {
                what: format!("第 {nth} 处"),
                href: Some(if nth == 1 { "/places" } else { "/statistics/ledgers" }.to_owned()),
            };
            Ok((1..=count).map(finding).collect())
        })
    });
    let broken = check("test.broken", true, |tx, _| {
        Box::pin(async move {
            tx.execute("select no_such_column from tally_fact", params![]).await?;
            Ok(Vec::new())
        })
    });
    Module { checks: vec![many, broken], ..Module::new("tester", &[]) }
}

async fn found_on(db: &Db, on: &str, count: i64) -> Result<()> {
    let mut tx = db.begin_write().await?;
    ::store::set_setting(&mut tx, "test.many", &count.to_string()).await?;
    tx.commit().await?;
    quality::run_checks(db, &[tester()], day(on)).await?;
    Ok(())
}

#[test]
fn a_run_keeps_what_was_found_by_day_and_a_check_that_fails_stops_no_other() {
    on_both(&migrations(), |db| async move {
        found_on(&db, "2022-05-03", 0).await?;
        found_on(&db, "2022-05-04", 3).await?;
        found_on(&db, "2022-05-05", 30).await?;
        found_on(&db, "2022-05-05", 25).await?;
        let outcomes = quality::run_checks(&db, &[tester()], day("2022-05-06")).await?;
        let summary = quality::summary(&outcomes);
        assert_eq!((summary.checks, summary.found, summary.grave, summary.failed), (5, 1, 0, 1));

        let mut tx = db.begin_read().await?;
        let rows = kept::since(&mut tx, day("2022-05-04")).await?;
        let of = |id: &str| rows.iter().filter(|row| row.check_key == id).cloned().collect::<Vec<_>>();
        let trend = Trend::of(&of("test.many"));
        let counts: Vec<i64> = trend.days.iter().map(|(_, found)| *found).collect();
        assert_eq!(counts, [3, 25, 25], "the last run of a day counts");
        assert_eq!((trend.now(), trend.change()), (Some(25), Some(0)));
        assert_eq!(Trend::of(&of("test.broken")).now(), None);
        let (clean, dirty) = kept::clean_and_dirty(&mut tx, "test.many").await?;
        assert_eq!((clean, dirty), (Some(day("2022-05-03")), Some(day("2022-05-04"))));
        assert_eq!(kept::clean_and_dirty(&mut tx, "test.broken").await?, (None, None));
        assert_eq!(kept::findings(&mut tx, "test.many").await?.len(), 25, "only those of the last run");

        let page = |uri: &str| web::Listing::of(uri);
        let nths = async |tx: &mut Tx, uri: &str| -> Result<Vec<i64>> {
            let listing = page(uri);
            let rows = kept::findings_page(tx, "test.many", &listing).await?;
            let (rows, _) = listing.page(rows, 25, |row| (String::new(), row.nth));
            Ok(rows.into_iter().map(|row| row.nth).collect())
        };
        assert_eq!(nths(&mut tx, "/checks/test.many").await?, (1..=20).collect::<Vec<_>>());
        assert_eq!(nths(&mut tx, "/checks/test.many?after=~20").await?, (21..=25).collect::<Vec<_>>());
        assert_eq!(nths(&mut tx, "/checks/test.many?before=~21").await?, (1..=20).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn the_page_shows_what_was_found_what_to_do_and_how_it_changed() {
    on_sqlite(&migrations(), |db| async move {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00").expect("a moment")));
        let modules = vec![tester(), places::module(), crate::module()];
        let server = Server::new(db.clone(), clock, modules);
        let manager = server.log_in(actor(Role::Manager));
        assert!(manager.get("/checks").await.text().contains("还没有核对过"));
        let asked = manager.post("/checks", &[]).await;
        assert_eq!((asked.status.as_u16(), asked.location()), (303, "/checks"));
        assert!(manager.get("/checks").await.text().contains("正在核对"), "it waits for the clockwork");

        found_on(&db, "2022-05-05", 20).await?;
        found_on(&db, "2022-05-06", 23).await?;
        let mut tx = db.begin_write().await?;
        ::store::testing::spoil(&mut tx, "job_run", "taken_at = 1, finished_at = 1", "1 = 1").await?;
        tx.commit().await?;
        let list = manager.get("/checks").await;
        insta::assert_snapshot!("checks", list.main());
        let one = manager.get("/checks/test.many").await;
        insta::assert_snapshot!("check", one.main());
        assert!(manager.get("/checks/test.many?after=~20").await.text().contains("第 23 处"));
        assert!(manager.get("/checks/store.tally").await.text().contains("最近一次核对一切正常"));
        assert_eq!(manager.get("/checks/no.such").await.status, 404);
        let file = manager.get("/checks/test.many/findings.xlsx").await;
        let mut book: calamine::Xlsx<_> =
            calamine::Reader::new(std::io::Cursor::new(file.bytes)).expect("a workbook");
        let range = calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet").expect("readable");
        assert_eq!(range.rows().count(), 3 + 23);

        let keeper = server.log_in(actor(Role::SystemAdmin));
        let text = keeper.get("/checks/test.many").await.text();
        assert!(
            text.contains("第 1 处") && !text.contains(r#"href="/statistics/ledgers""#),
            "no business pages"
        );
        assert_eq!(keeper.post("/checks", &[]).await.status, 303);
        let leader = server.log_in(actor(Role::Leader));
        let text = leader.get("/checks").await.text();
        assert!(text.contains("测试用核对") && !text.contains("立即核对</button>"));
        assert_eq!(leader.post("/checks", &[]).await.status, 403);
        for role in [Role::TownOfficer, Role::Clerk, Role::Adviser, Role::SecurityAdmin, Role::AuditAdmin] {
            assert_eq!(server.log_in(actor(role)).get("/checks").await.status, 403, "{role:?}");
        }
        Ok(())
    });
}

#[test]
fn the_nightly_job_says_what_it_did() {
    on_sqlite(&migrations(), |db| async move {
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00").expect("a moment")));
        let server = Server::new(db, clock, vec![tester(), crate::module()]);
        let said = quality::nightly(&server.app).await?;
        assert!(said.contains("0 项有发现") && said.contains("1 项没有做成"), "{said}");
        Ok(())
    });
}
