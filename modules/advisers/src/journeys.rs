//! Tests of whole journeys through the module: log, correct, hand over, and what the figures say then.

use crate::{
    Appointment, Deed, Entry, ServiceKind, appoint, copy_entries, correct_service, hand_over, log_service,
    service::FIGURES,
    testing::{World, migrations, now, world},
    withdraw_service,
};
use ::store::{Db, Tx, audit, tally};
use kernel::{Day, Error, FixedClock, Id, Result};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Role};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn deed(kind: ServiceKind, on: &str) -> Deed {
    Deed {
        kind,
        quantity: 1,
        happened_on: day(on),
        people: 2,
        matter: String::new(),
        campaign: String::new(),
        note: "解答土地流转问题".to_owned(),
    }
}

async fn figure(tx: &mut Tx, key: &str) -> Result<i64> {
    let def = FIGURES.iter().find(|def| def.key == key).expect("a figure of the module");
    let first = (def.kind == tally::FigureKind::Flow).then(|| day("2022-01-01"));
    Ok(tally::between(tx, def.measures, first, day("2022-05-06")).await?)
}

fn server(db: Db) -> Server {
    Server::new(db, Arc::new(FixedClock(now())), vec![crate::module()])
}

fn adviser(world: &World) -> Actor {
    Actor { subject: Some(world.lawyers[0].raw()), ..actor(Role::Adviser) }
}

fn town_officer(world: &World) -> Actor {
    Actor { towns: vec![world.towns[0].raw()], ..actor(Role::TownOfficer) }
}

#[test]
fn a_logged_service_counts_and_a_correction_counts_anew() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        assert_eq!(figure(&mut tx, "villages.covered").await?, 3);
        let entry = |unit, kind| Entry { unit, deed: deed(kind, "2022-03-18"), own: Some(world.lawyers[0]) };
        let ids = log_service(
            &mut tx,
            Some(7),
            &[entry(world.units[0], ServiceKind::Visit), entry(world.units[1], ServiceKind::Visit)],
            now(),
        )
        .await?;
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 2, "one fact per village");
        let officer = town_officer(&world);
        correct_service(
            &mut tx,
            &officer,
            ids[0],
            1,
            &deed(ServiceKind::Phone, "2022-03-17"),
            "实为电话咨询",
            now(),
        )
        .await?;
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 1);
        assert_eq!(figure(&mut tx, "advisers.consultations").await?, 1);
        withdraw_service(&mut tx, &officer, ids[1], 1, "重复登记", now()).await?;
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 0);
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        tx.commit().await?;
        let mut tx = db.begin_read().await?;
        let (rows, broken) = audit::verify(&mut tx).await?;
        assert!(rows > 3 && broken.is_empty(), "{broken:?}");
        Ok(())
    });
}

#[test]
fn what_is_out_of_place_is_refused_by_name() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        let unknown = Id::from_parts(tx.region()?, 999_999);
        let mut refused = async |unit, own: usize, on: &str| {
            let entry = Entry { unit, deed: deed(ServiceKind::Visit, on), own: Some(world.lawyers[own]) };
            match log_service(&mut tx, None, &[entry], now()).await {
                Err(Error::Refused(refusal)) => refusal.fields[0].message.clone(),
                other => format!("{other:?}"),
            }
        };
        assert!(refused(world.units[0], 1, "2022-05-06").await.contains("您当天不是"));
        assert!(refused(world.units[3], 0, "2022-05-06").await.contains("没有在聘"));
        assert!(refused(world.units[0], 0, "2022-05-07").await.contains("不能晚于今天"));
        assert!(refused(unknown, 0, "2022-05-06").await.contains("请选择村"));
        Ok(())
    });
}

#[test]
fn a_leaving_adviser_hands_everything_over_at_once_or_nothing() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let (wang, li) = (world.lawyers[0], world.lawyers[1]);
        let mut tx = db.begin_write().await?;
        let half =
            hand_over(&mut tx, None, wang, &[(world.units[0], li)], day("2022-05-01"), "转所", now()).await;
        assert!(matches!(half, Err(Error::Refused(_))));
        drop(tx);
        let mut tx = db.begin_write().await?;
        assert_eq!(
            crate::current(&mut tx, world.units[0]).await?.map(|c| c.lawyer_id),
            Some(wang),
            "nothing of the half remains"
        );
        let count = hand_over(
            &mut tx,
            None,
            wang,
            &[(world.units[0], li), (world.units[1], li)],
            day("2022-05-01"),
            "转所",
            now(),
        )
        .await?;
        assert_eq!(count, 2);
        assert_eq!(crate::adviser_on(&mut tx, world.units[0], day("2022-04-30")).await?, Some(wang));
        assert_eq!(crate::adviser_on(&mut tx, world.units[0], day("2022-05-01")).await?, Some(li));
        assert_eq!(figure(&mut tx, "villages.covered").await?, 3, "as many covered as before");
        let stale = Appointment {
            unit: world.units[0],
            lawyer: Some(wang),
            from: day("2022-05-06"),
            reason: "误操作".into(),
            version: 1,
        };
        assert!(
            matches!(appoint(&mut tx, None, &stale, now()).await, Err(Error::Refused(_))),
            "somebody changed it meanwhile"
        );
        let end = Appointment {
            unit: world.units[0],
            lawyer: None,
            from: day("2022-05-06"),
            reason: "村里要求".into(),
            version: 2,
        };
        appoint(&mut tx, None, &end, now()).await?;
        assert_eq!(figure(&mut tx, "villages.covered").await?, 2);
        for check in crate::checks::all() {
            let found = (check.run)(&mut tx, day("2022-05-06")).await?;
            assert_eq!(found.len(), if check.id == "advisers.uncovered" { 2 } else { 0 }, "{}", check.id);
        }
        Ok(())
    });
}

#[test]
fn an_adviser_logs_on_the_page_and_a_doubled_submission_counts_once() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let server = server(db.clone()).log_in(adviser(&world));
        let page = server.get("/services/new").await;
        assert_eq!(page.status, 200);
        insta::assert_snapshot!("log", page.main());
        let unit = world.units[0].to_string();
        let fields = [
            ("unit", unit.as_str()),
            ("kind", "visit"),
            ("happened_on", "2022-05-05"),
            ("note", "调解邻里纠纷"),
            ("idempotency_key", "once"),
            ("draft", "service-new"),
        ];
        let first = server.post("/services/new", &fields).await;
        assert_eq!(first.status, 303, "{}", first.text());
        let second = server.post("/services/new", &fields).await;
        assert_eq!(second.location(), first.location());
        let mut tx = db.begin_read().await?;
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 1);
        assert!(server.get(first.location()).await.text().contains("调解邻里纠纷"));
        insta::assert_snapshot!("detail", server.get(first.location()).await.main());
        Ok(())
    });
}

#[test]
fn a_month_and_a_batch_are_logged_at_once() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        parties::install_standard_terms(&mut tx).await?;
        tx.commit().await?;
        let server = server(db.clone()).log_in(adviser(&world));
        let (a, b) = (format!("{}_2022-05-03", world.units[0]), format!("{}_2022-05-04", world.units[1]));
        let fields = [
            ("month", "2022-05"),
            ("d", a.as_str()),
            ("d", b.as_str()),
            ("kind", "visit"),
            ("note", "到村值班"),
        ];
        assert_eq!(server.post("/services/month", &fields).await.status, 303);
        let c = format!("{}_2022-05-05", world.units[0]);
        let kept = server
            .post("/services/month", &[("month", "2022-05"), ("d", c.as_str()), ("kind", "visit")])
            .await;
        assert_eq!(kept.status, 422);
        assert!(
            kept.text().contains(&format!(r#"value="{c}" aria-label="谈家头村 5月5日" checked"#)),
            "what was ticked is kept"
        );
        assert!(kept.text().contains("谈家头村 5月3日，已记过上门服务"), "what is in the book is marked");
        let unit = world.units[0].to_string();
        let text = server.get("/services/batch").await.text();
        let field = text
            .split("name=\"n-")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a matter to count");
        let name = format!("n-{field}");
        let fields = [
            ("unit", unit.as_str()),
            ("happened_on", "2022-05-06"),
            ("kind", "wechat"),
            (name.as_str(), "17"),
            ("n-L-OTH", "3"),
        ];
        assert_eq!(server.post("/services/batch", &fields).await.status, 303);
        let mut tx = db.begin_read().await?;
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 2);
        assert_eq!(figure(&mut tx, "advisers.consultations.wechat").await?, 20);
        Ok(())
    });
}

#[test]
fn everybody_sees_their_own_reach_and_no_more() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        let entries = [0, 2].map(|at| Entry {
            unit: world.units[at],
            deed: deed(ServiceKind::Visit, "2022-05-05"),
            own: None,
        });
        let ids = log_service(&mut tx, None, &entries, now()).await?;
        tx.commit().await?;
        let server = server(db);
        let officer = server.log_in(town_officer(&world));
        let list = officer.get("/services?state=all").await.text();
        assert!(list.contains("谈家头村") && !list.contains("鸣凰社区"));
        assert_eq!(
            officer.get(&format!("/services/{}", ids[1])).await.status,
            404,
            "another town's row does not exist for him"
        );
        let correct = format!("/services/{}/correct", ids[1]);
        assert_eq!(officer.post(&correct, &[("version", "1"), ("reason", "x")]).await.status, 404);
        assert_eq!(officer.get(&format!("/coverage/{}", world.units[2])).await.status, 404);
        assert!(!officer.get("/coverage?view=table").await.text().contains("鸣凰社区"));
        assert_eq!(
            officer.post("/coverage/hand-over", &[("from", "1")]).await.status,
            403,
            "only managers appoint"
        );
        let first = |text: &str| {
            text.find(&ids[0].to_string()).zip(text.find(&ids[1].to_string())).map(|(a, b)| a < b)
        };
        let manager = server.log_in(actor(Role::Manager));
        assert_ne!(
            first(&manager.get("/services").await.text()),
            first(&manager.get("/services?sort=day").await.text()),
            "the order turns round"
        );
        let own = server.log_in(adviser(&world)).get("/services").await.text();
        assert!(own.contains("谈家头村") && !own.contains("鸣凰社区"));
        let village =
            server.log_in(Actor { subject: Some(world.units[2].raw()), ..actor(Role::VillageContact) });
        assert!(village.get("/services").await.text().contains("鸣凰社区"));
        assert_eq!(village.get("/services/new").await.status, 403);
        Ok(())
    });
}

#[test]
fn the_manager_sees_gaps_on_grid_table_and_map() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let server = server(db).log_in(actor(Role::Manager));
        let grid = server.get("/coverage").await;
        insta::assert_snapshot!("coverage", grid.main());
        assert!(server.get("/coverage?view=map").await.text().contains(r#""name":"无顾问社区""#));
        let gaps = server.get("/coverage?view=table&state=gap").await.text();
        assert!(gaps.contains("无顾问社区") && !gaps.contains("谈家头村</a>"));
        let uri = format!("/coverage/{}", world.units[3]);
        let lawyer = world.lawyers[1].to_string();
        let answer =
            server.post(&uri, &[("lawyer", lawyer.as_str()), ("from", "2022-05-06"), ("version", "0")]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(server.get(&uri).await.text().contains("李律师"));
        assert_eq!(server.get("/coverage.xlsx").await.bytes[..2], *b"PK");
        assert_eq!(server.get("/services.xlsx").await.bytes[..2], *b"PK");
        Ok(())
    });
}

#[test]
fn copies_of_entries_count_once_the_sums_are_made_anew() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        let entry = |unit| Entry { unit, deed: deed(ServiceKind::Visit, "2022-03-18"), own: None };
        log_service(
            &mut tx,
            Some(7),
            &world.units[..3].iter().map(|unit| entry(*unit)).collect::<Vec<_>>(),
            now(),
        )
        .await?;
        assert_eq!(copy_entries(&mut tx, 100, 0).await?, 3);
        assert_eq!(copy_entries(&mut tx, 2, 1).await?, 2);
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 3, "the live sums do not know yet");
        tally::rebuild(&mut tx).await?;
        assert_eq!(figure(&mut tx, "advisers.visits").await?, 6);
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        let days: Vec<(String, i64)> = tx
            .all("select happened_on, count(*) from advisers_service group by happened_on order by happened_on", ::store::params![])
            .await?;
        assert_eq!(days, [("2021-03-18".to_owned(), 2), ("2022-03-18".to_owned(), 6)]);
        Ok(())
    });
}
