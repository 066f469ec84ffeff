//! Tests of the importers of persons and organisations: planted errors, twice the same, undoing.

use super::*;
use crate::testing::migrations;
use imports::{
    Mode, State, import_file, take_back,
    testing::{Cells, csv, plant},
};
use kernel::{FixedClock, Moment};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Role};

fn all() -> Vec<::store::Migration> {
    [imports::MIGRATIONS.to_vec(), migrations()].concat()
}

fn server(db: ::store::Db) -> kernel::Result<Server> {
    let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
    Ok(Server::new(db, clock, vec![imports::module(), places::module(), crate::module()]))
}

/// An ID number of somebody born on 1990-01-01, made up, with its check character.
fn id_number(nth: usize) -> String {
    let body = format!("32041219900101{nth:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

fn a_person(nth: usize) -> Cells {
    let number = id_number(nth);
    // As people type it: full width, and a small x.
    let typed = if nth.is_multiple_of(2) { number.to_lowercase() } else { number.replace('1', "１") };
    [
        ("name", "阿依古丽·买买提".to_owned()),
        ("id_number", typed),
        ("sex", String::new()),
        ("birth", String::new()),
        ("phone", "13800001234".to_owned()),
        ("town", "洛阳镇".to_owned()),
        ("unit", "谈家头村".to_owned()),
        ("address", format!("𡈽路{nth}号")),
        ("groups", String::new()),
        ("note", String::new()),
    ]
    .into()
}

fn an_enterprise(nth: usize) -> Cells {
    [
        ("name", format!("常州第{nth}有限公司")),
        ("kind", "企业".to_owned()),
        ("uscc", String::new()),
        ("contact", "张三".to_owned()),
        ("phone", "86310000".to_owned()),
        ("town", String::new()),
        ("unit", "鸣凰社区".to_owned()),
        ("address", "示例路1号".to_owned()),
        ("industry", String::new()),
        ("note", String::new()),
    ]
    .into()
}

#[test]
fn every_bad_cell_of_persons_and_organisations_is_named() {
    on_both(&all(), |db| async move {
        places::testing::two_towns(&db).await?;
        let server = server(db)?;
        let faults: &[&[(&'static str, &str)]] = &[
            &[("name", "")],
            &[("name", "张@三")],
            &[("id_number", "320412199001010000")],
            &[("id_number", "3.20412E+17")],
            &[("id_number", "12345")],
            &[("birth", "1991-01-01")],
            &[("birth", "不详")],
            &[("sex", "无")],
            &[("phone", "1380000")],
            &[("unit", "没有村")],
            &[("town", "湖塘镇")],
            &[("groups", "不在字典里的人群")],
            &[("name", ""), ("phone", "x"), ("unit", "没有村")],
        ];
        let found = plant(&server.app, &actor(Role::Manager), &PERSONS, a_person, faults, 6).await?;
        assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
        assert_eq!(found.planted, 90);
        let faults: &[&[(&'static str, &str)]] = &[
            &[("name", "")],
            &[("kind", "公司")],
            &[("kind", "")],
            &[("uscc", "91320412MA1MXXXX0A")],
            &[("phone", "1380000")],
            &[("unit", "没有村")],
            &[("town", "洛阳镇")],
            &[("industry", "不在字典里的行业")],
        ];
        let found =
            plant(&server.app, &actor(Role::Manager), &ORGANISATIONS, an_enterprise, faults, 8).await?;
        assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
        assert_eq!(found.planted, 64);
        Ok(())
    });
}

#[test]
fn persons_come_once_are_masked_in_the_preview_and_can_be_taken_back() {
    on_both(&all(), |db| async move {
        let units = places::testing::two_towns(&db).await?;
        let server = server(db.clone())?;
        let (app, who) = (&server.app, actor(Role::Manager));
        let rows: Vec<Cells> = (1..12).map(a_person).collect();
        let file = csv(&PERSONS, &rows);
        let first = import_file(app, &who, &PERSONS, ("p.csv", file.clone()), Some(Mode::All)).await?;
        assert_eq!((first.import.state, first.import.done), (State::Applied, 11), "{:?}", first.bad);
        let again = import_file(app, &who, &PERSONS, ("p.csv", file), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (11, 0));
        let mut changed = a_person(3);
        changed[4].1 = "13900005678".to_owned();
        let preview = import_file(app, &who, &PERSONS, ("q.csv", csv(&PERSONS, &[changed])), None).await?;
        let page = server.log_in(who.clone()).get(&format!("/imports/{}", preview.import.id)).await.text();
        assert!(
            page.contains("****5678") && page.contains("****1234") && !page.contains("13900005678"),
            "{page}"
        );
        let listed = server.log_in(who.clone()).get(&format!("/imports/{}/rows", preview.import.id)).await;
        assert!(listed.text().contains("139****5678") && !listed.text().contains("13900005678"));
        // An officer of the other town learns that the number is known, and nothing else.
        let mut tx = db.begin_read().await?;
        let town = places::unit(&mut tx, units[2]).await?.map(|unit| unit.town_id.raw());
        drop(tx);
        let officer = Actor { towns: town.into_iter().collect(), ..actor(Role::TownOfficer) };
        let mut theirs = a_person(3);
        theirs[5].1 = "湖塘镇".to_owned();
        theirs[6].1 = "鸣凰社区".to_owned();
        let refused = import_file(app, &officer, &PERSONS, ("r.csv", csv(&PERSONS, &[theirs])), None).await?;
        assert!(refused.bad[0].3.contains("不在您的管理范围"), "{:?}", refused.bad);
        let back = take_back(app, &who, first.import.id).await?;
        assert_eq!(back.import.undone, 11, "{:?}", back.kept);
        Ok(())
    });
}

#[test]
fn organisations_stay_and_say_why() {
    on_both(&all(), |db| async move {
        places::testing::two_towns(&db).await?;
        let server = server(db)?;
        let (app, who) = (&server.app, actor(Role::Manager));
        let rows: Vec<Cells> = (1..4).map(an_enterprise).collect();
        let file = csv(&ORGANISATIONS, &rows);
        let first = import_file(app, &who, &ORGANISATIONS, ("o.csv", file.clone()), Some(Mode::All)).await?;
        assert_eq!(first.import.done, 3, "{:?}", first.bad);
        let again = import_file(app, &who, &ORGANISATIONS, ("o.csv", file), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (3, 0));
        let mut changed = an_enterprise(1);
        changed[3].1 = "李四".to_owned();
        let second = import_file(
            app,
            &who,
            &ORGANISATIONS,
            ("o.csv", csv(&ORGANISATIONS, &[changed])),
            Some(Mode::All),
        )
        .await?;
        assert_eq!(second.import.changes, 1);
        assert_eq!(take_back(app, &who, second.import.id).await?.import.undone, 1);
        let back = take_back(app, &who, first.import.id).await?;
        assert_eq!((back.import.undone, back.import.kept), (0, 3));
        assert!(back.kept.iter().any(|(_, reason)| reason.contains("不能删除")));
        Ok(())
    });
}
