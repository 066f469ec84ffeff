//! Tests of the importers: planted errors, twice the same, undoing.

use super::{APPOINTMENTS, COPY_SERVICE, SERVICES};
use crate::testing::{World, now, world};
use ::store::{Db, Migration, Tx, params, tally};
use imports::{
    Mode, State, import_file, take_back,
    testing::{Cells, csv, plant},
};
use kernel::{Day, FixedClock};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Role};

fn migrations() -> Vec<Migration> {
    [imports::MIGRATIONS, crate::testing::migrations()].concat()
}

fn server(db: Db) -> Server {
    let modules =
        vec![imports::module(), places::module(), parties::module(), counsel::module(), crate::module()];
    Server::new(db, Arc::new(FixedClock(now())), modules)
}

fn cells(row: &[(&'static str, &str)]) -> Cells {
    row.iter().map(|(key, text)| (*key, (*text).to_owned())).collect()
}

fn service(nth: usize) -> Cells {
    let day = Day::parse("2022-04-01").map_or_else(|_| now().day(), |day| day.add_days((nth % 30) as i64));
    let (town, unit) = [("洛阳镇", "谈家头村"), ("洛阳镇", "阳湖村"), ("湖塘镇", "鸣凰社区")][nth % 3];
    let kind = ["上门服务", "电话咨询", "微信群咨询", "法治讲座", "法治宣传"][nth % 5];
    let mut row = cells(&[
        ("town", town),
        ("unit", unit),
        ("kind", kind),
        ("quantity", "1"),
        ("people", "3"),
        ("lawyer", ""),
    ]);
    row.push(("happened_on", day.to_string()));
    row.push(("note", format!("解答第 {nth} 个问题")));
    row
}

async fn count(tx: &mut Tx, state: &str) -> kernel::Result<i64> {
    let region = tx.region()?;
    Ok(tx
        .scalar(
            "select count(*) from advisers_service_entry where region_id = $1 and state = $2",
            params![region, state],
        )
        .await?)
}

#[test]
fn every_bad_cell_of_a_service_book_is_named() {
    on_both(&migrations(), |db| async move {
        world(&db).await?;
        let server = server(db);
        let faults: &[&[(&'static str, &str)]] = &[
            &[("unit", "没有村")],
            &[("unit", "")],
            &[("town", "不存在镇")],
            &[("happened_on", "2022-13-01")],
            &[("happened_on", "")],
            &[("happened_on", "2022-05-07")],
            &[("happened_on", "2020-01-01")],
            &[("kind", "喝茶")],
            &[("kind", "")],
            &[("quantity", "0")],
            &[("quantity", "两次")],
            &[("people", "5001")],
            &[("note", "")],
            &[("lawyer", "赵律师")],
            &[("people", "3.20412E+17")],
            &[("unit", "没有村"), ("kind", "喝茶"), ("people", "-1")],
        ];
        let found = plant(&server.app, &actor(Role::Manager), &SERVICES, service, faults, 6).await?;
        assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
        assert_eq!(found.planted, 108);
        Ok(())
    });
}

#[test]
fn services_come_once_are_corrected_and_can_be_taken_back() {
    on_both(&migrations(), |db| async move {
        world(&db).await?;
        let server = server(db.clone());
        let (app, who) = (&server.app, actor(Role::Manager));
        let rows: Vec<Cells> = (0..60).map(service).collect();
        let first =
            import_file(app, &who, &SERVICES, ("a.csv", csv(&SERVICES, &rows)), Some(Mode::All)).await?;
        assert_eq!((first.import.state, first.import.done), (State::Applied, 60), "{:?}", first.bad);
        let again =
            import_file(app, &who, &SERVICES, ("a.csv", csv(&SERVICES, &rows)), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (60, 0));
        let mut changed = rows.clone();
        changed[0][4].1 = "8".to_owned();
        let second =
            import_file(app, &who, &SERVICES, ("a.csv", csv(&SERVICES, &changed)), Some(Mode::All)).await?;
        assert_eq!((second.import.changes, second.import.sames), (1, 59));
        let mut tx = db.begin_read().await?;
        assert!(tally::reconcile(&mut tx).await?.is_empty(), "the figures follow");
        drop(tx);
        // The correction is taken back; then the first import, of which one row has been touched since.
        let back = take_back(app, &who, second.import.id).await?;
        assert_eq!((back.import.state, back.import.undone), (State::Undone, 1));
        let back = take_back(app, &who, first.import.id).await?;
        assert_eq!((back.import.undone, back.import.kept), (59, 1));
        assert!(back.kept[0].1.contains("导入后又有人更正"), "{:?}", back.kept);
        let mut tx = db.begin_read().await?;
        assert_eq!((count(&mut tx, "standing").await?, count(&mut tx, "withdrawn").await?), (1, 59));
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        Ok(())
    });
}

#[test]
fn numbers_of_another_system_tell_equal_sentences_apart() {
    on_both(&migrations(), |db| async move {
        world(&db).await?;
        let server = server(db);
        let (app, who) = (&server.app, actor(Role::Manager));
        let mut rows = vec![service(0), service(0)];
        for (row, number) in rows.iter_mut().zip(["S-1", "S-2"]) {
            row.push(("outside_number", number.to_owned()));
            row.push(("outside_system", "江苏法网".to_owned()));
        }
        let file = |rows: &[Cells]| ("a.csv", csv(&SERVICES, rows));
        let first = import_file(app, &who, &SERVICES, file(&rows), Some(Mode::All)).await?;
        assert_eq!(first.import.done, 2, "{:?}", first.bad);
        let again = import_file(app, &who, &SERVICES, file(&rows), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (2, 0));
        rows[1][7].1 = "换了一句话".to_owned();
        let changed = import_file(app, &who, &SERVICES, file(&rows), Some(Mode::All)).await?;
        assert_eq!((changed.import.changes, changed.import.sames), (1, 1), "found by its number");
        rows[1][1].1 = "阳湖村".to_owned();
        let moved = import_file(app, &who, &SERVICES, file(&rows), None).await?;
        assert_eq!(moved.bad.len(), 1);
        assert_eq!(moved.bad[0].2, "unit");
        Ok(())
    });
}

#[test]
fn officers_import_into_their_own_towns_only() {
    on_both(&migrations(), |db| async move {
        let World { towns, .. } = world(&db).await?;
        let server = server(db);
        let officer = Actor { towns: vec![towns[0].raw()], ..actor(Role::TownOfficer) };
        let rows: Vec<Cells> = (0..6).map(service).collect();
        let report =
            import_file(&server.app, &officer, &SERVICES, ("a.csv", csv(&SERVICES, &rows)), Some(Mode::Good))
                .await?;
        assert_eq!((report.import.done, report.import.bads), (4, 2));
        assert!(
            report.bad.iter().all(|(_, _, column, message)| column == "unit" && message.contains("管理范围"))
        );
        Ok(())
    });
}

fn appointment(unit: &str, licence: &str, from: &str, reason: &str) -> Cells {
    cells(&[
        ("unit", unit),
        ("licence", licence),
        ("lawyer", ""),
        ("from", from),
        ("reason", reason),
        ("town", ""),
    ])
}

const WANG: &str = "13204201010000001";
const LI: &str = "13204201010000002";

#[test]
fn every_bad_cell_of_appointments_is_named() {
    on_both(&migrations(), |db| async move {
        let World { lawyers, .. } = world(&db).await?;
        let names: Vec<String> = (0..120).map(|nth| format!("第{nth}村")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut tx = db.begin_write().await?;
        let (_, units) = places::testing::town_with_units(&mut tx, "礼嘉镇", &names).await?;
        for unit in units {
            crate::testing::take_up(&mut tx, unit, lawyers[0], now().day().add_days(-400)).await?;
        }
        tx.commit().await?;
        let server = server(db);
        let faults: &[&[(&'static str, &str)]] = &[
            &[("unit", "没有村")],
            &[("town", "不存在镇")],
            &[("licence", "99999999999999999")],
            &[("licence", "")],
            &[("licence", "1.32042E+16")],
            &[("lawyer", "张三")],
            &[("from", "昨天")],
            &[("from", "")],
            &[("from", "2022-05-07")],
            &[("from", "2020-01-01")],
            &[("reason", "")],
        ];
        let good = |nth: usize| appointment(&format!("第{nth}村"), LI, "2022-05-01", "转所");
        let found = plant(&server.app, &actor(Role::Manager), &APPOINTMENTS, good, faults, 7).await?;
        assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
        assert_eq!(found.planted, 77);
        Ok(())
    });
}

#[test]
fn appointments_follow_the_action_and_go_back_to_who_served_before() {
    on_both(&migrations(), |db| async move {
        let World { units, lawyers, .. } = world(&db).await?;
        let server = server(db.clone());
        let (app, who) = (&server.app, actor(Role::Manager));
        let rows = vec![
            appointment("谈家头村", LI, "2022-05-01", "转所"),
            appointment("无顾问社区", WANG, "2022/5/2", ""),
            appointment("鸣凰社区", LI, "2022-05-02", ""),
        ];
        let file = csv(&APPOINTMENTS, &rows);
        let first = import_file(app, &who, &APPOINTMENTS, ("a.csv", file.clone()), Some(Mode::All)).await?;
        assert_eq!((first.import.done, first.import.sames), (2, 1), "{:?}", first.bad);
        let mut tx = db.begin_read().await?;
        assert_eq!(crate::current(&mut tx, units[0]).await?.map(|now| now.lawyer_id), Some(lawyers[1]));
        drop(tx);
        let again = import_file(app, &who, &APPOINTMENTS, ("a.csv", file), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (3, 0));
        let back = take_back(app, &who, first.import.id).await?;
        assert_eq!((back.import.undone, back.import.kept), (2, 0), "{:?}", back.kept);
        let mut tx = db.begin_read().await?;
        assert_eq!(crate::current(&mut tx, units[0]).await?.map(|now| now.lawyer_id), Some(lawyers[0]));
        assert_eq!(crate::current(&mut tx, units[3]).await?, None);
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        Ok(())
    });
}

#[test]
fn a_service_is_copied_field_by_field_within_reach() {
    on_both(&migrations(), |db| async move {
        let World { towns, .. } = world(&db).await?;
        let server = server(db.clone());
        let file = csv(&SERVICES, &[service(0)]);
        import_file(&server.app, &actor(Role::Manager), &SERVICES, ("a.csv", file), Some(Mode::All)).await?;
        let mut tx = db.begin_read().await?;
        let region = tx.region()?;
        let id: i64 = tx
            .scalar("select max(id) from advisers_service_entry where region_id = $1", params![region])
            .await?;
        let record =
            (COPY_SERVICE.read)(&mut tx, &actor(Role::Manager), id).await?.map(|record| record.values);
        let fields: Vec<&str> = COPY_SERVICE.list().iter().map(|field| field.field).collect();
        let values = record.unwrap_or_default();
        assert!(values.iter().all(|(name, _)| fields.contains(name)) && values.len() == fields.len());
        let other = Actor { towns: vec![towns[1].raw()], ..actor(Role::TownOfficer) };
        assert!((COPY_SERVICE.read)(&mut tx, &other, id).await?.is_none(), "another town");
        Ok(())
    });
}
