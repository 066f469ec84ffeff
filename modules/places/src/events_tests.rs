//! Tests of events, residents and positions: what is recorded, refused, taken back, and what the pages say.

use crate::{
    Current, EventKind, Inhabited, NewEvent, NewPosition, Population, PopulationSource, Successor, Town,
    UNITS, Unit, UnitKind, lineage, record_event, record_population, set_position,
    testing::{a_unit, town_with_units, two_towns},
    undo_event,
};
use ::store::{Tx, params, tally};
use kernel::{Day, Error, FixedClock, Id, Moment, Result};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Role};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn now() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a moment")
}

fn named(short_name: &str) -> Successor {
    let body = if short_name.ends_with("社区") { "居民委员会" } else { "民委员会" };
    Successor {
        name: format!("{short_name}{body}"),
        short_name: short_name.to_owned(),
        kind: if short_name.ends_with("社区") { UnitKind::Community } else { UnitKind::Village },
        codes: Vec::new(),
        share: None,
    }
}

fn event(kind: EventKind, on: &str, town: Id<Town>, before: &[Id<Unit>], after: Vec<Successor>) -> NewEvent {
    NewEvent {
        kind,
        day: day(on),
        town,
        document: "武政发〔2022〕5 号".to_owned(),
        note: String::new(),
        interval_marked: false,
        before: before.to_vec(),
        after,
        choices: Vec::new(),
    }
}

async fn units_on(tx: &mut Tx, on: &str) -> Result<i64> {
    Ok(tally::between(tx, &[UNITS], None, day(on)).await?)
}

fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(refusal)) => {
            refusal.fields.first().map_or(refusal.message.clone(), |field| field.message.clone())
        }
        other => format!("not refused: {other:?}"),
    }
}

async fn residents(tx: &mut Tx, unit: Id<Unit>) -> Result<Option<i64>> {
    let rows = crate::populations(tx, Inhabited::Unit(unit)).await?;
    Ok(crate::used(&rows).map(|row| row.residents))
}

#[test]
fn a_merger_closes_sets_up_carries_residents_and_can_be_taken_back() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let mut tx = db.begin_write().await?;
        let town = crate::unit(&mut tx, units[0]).await?.expect("it is there").town_id;
        for (unit, count) in [(units[0], 2100), (units[1], 1900)] {
            let row = Population {
                source: PopulationSource::Census,
                as_of: day("2020-11-01"),
                residents: count,
                note: String::new(),
            };
            assert!(record_population(&mut tx, None, Inhabited::Unit(unit), &row, now()).await?);
            assert!(
                !record_population(&mut tx, None, Inhabited::Unit(unit), &row, now()).await?,
                "the same again"
            );
        }
        assert_eq!(units_on(&mut tx, "2022-03-31").await?, 3);
        let to =
            Successor { codes: vec![("nbs".to_owned(), "320412107001".to_owned())], ..named("谈家头村") };
        let merger = event(EventKind::Merge, "2022-04-01", town, &units[..2], vec![to]);
        let id = record_event(&mut tx, Some(7), &merger, &[], now()).await?;
        assert_eq!(units_on(&mut tx, "2022-03-31").await?, 3, "before it nothing changed");
        assert_eq!(units_on(&mut tx, "2022-04-01").await?, 2);
        let Current::Became(became) = lineage(&mut tx).await?.current(units[0].raw()) else {
            panic!("it goes on");
        };
        let became: Id<Unit> = Id::from_raw(became).expect("an id");
        assert_eq!(residents(&mut tx, became).await?, Some(4000), "as many as before");
        assert!(crate::unit(&mut tx, units[1]).await?.is_none(), "closed");
        let old = crate::any_unit(&mut tx, units[1]).await?.expect("closed, not lost");
        assert_eq!(old.closed_on, Some(day("2022-04-01")));
        assert_eq!(crate::names(&mut tx, units[1]).await?[0].to_day, Some(day("2022-03-31")));
        assert_eq!(crate::codes(&mut tx, units[0]).await?[0].valid_to, Some(day("2022-03-31")));
        assert_eq!(crate::codes(&mut tx, became).await?[0].code, "320412107001");
        let again = record_event(&mut tx, None, &merger, &[], now()).await;
        assert!(refused(again).contains("从名单中选择"), "somebody was quicker");
        undo_event(&mut tx, Some(7), id, 1, "登记错了", &[], now()).await?;
        assert!(refused(undo_event(&mut tx, None, id, 2, "x", &[], now()).await).contains("已经被别人撤回"));
        assert_eq!(units_on(&mut tx, "2022-05-06").await?, 3);
        assert!(lineage(&mut tx).await?.is_empty());
        assert!(crate::any_unit(&mut tx, became).await?.is_none(), "it never was");
        assert_eq!(residents(&mut tx, units[0]).await?, Some(2100));
        assert_eq!(crate::codes(&mut tx, units[0]).await?[0].valid_to, None);
        assert!(tally::reconcile(&mut tx).await?.is_empty());
        record_event(&mut tx, Some(7), &merger, &[], now()).await?;
        assert_eq!(units_on(&mut tx, "2022-05-06").await?, 2, "recorded anew");
        tx.commit().await?;
        Ok(())
    });
}

#[test]
fn renaming_keeps_the_unit_and_its_history_of_names() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let mut tx = db.begin_write().await?;
        let town = crate::unit(&mut tx, units[2]).await?.expect("it is there").town_id;
        let to =
            Successor { codes: vec![("nbs".to_owned(), "320412100099".to_owned())], ..named("鸣新社区") };
        let first = event(EventKind::Rename, "2022-02-01", town, &units[2..], vec![to]);
        let id = record_event(&mut tx, None, &first, &[], now()).await?;
        let same = event(EventKind::Rename, "2022-03-01", town, &units[2..], vec![named("鸣新社区")]);
        assert!(refused(record_event(&mut tx, None, &same, &[], now()).await).contains("相同"));
        let early = event(EventKind::Rename, "2022-02-01", town, &units[2..], vec![named("又一社区")]);
        assert!(refused(record_event(&mut tx, None, &early, &[], now()).await).contains("晚于"));
        let second = event(EventKind::Rename, "2022-03-01", town, &units[2..], vec![named("又一社区")]);
        let later = record_event(&mut tx, None, &second, &[], now()).await?;
        let names: Vec<_> = crate::names(&mut tx, units[2]).await?;
        assert_eq!(
            names.iter().map(|name| name.short_name.as_str()).collect::<Vec<_>>(),
            ["鸣凰社区", "鸣新社区", "又一社区"]
        );
        assert!(names.windows(2).all(|pair| pair[0].to_day == Some(pair[1].from_day.add_days(-1))));
        assert!(refused(undo_event(&mut tx, None, id, 1, "错了", &[], now()).await).contains("先撤回后来的"));
        undo_event(&mut tx, None, later, 1, "错了", &[], now()).await?;
        undo_event(&mut tx, None, id, 1, "错了", &[], now()).await?;
        assert_eq!(crate::unit(&mut tx, units[2]).await?.expect("it stands").short_name, "鸣凰社区");
        assert_eq!(crate::names(&mut tx, units[2]).await?.len(), 1);
        assert_eq!(crate::codes(&mut tx, units[2]).await?.len(), 1);
        record_event(&mut tx, None, &first, &[], now()).await?;
        assert_eq!(crate::names(&mut tx, units[2]).await?.len(), 2, "on the same day anew");
        Ok(())
    });
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let mut tx = db.begin_write().await?;
        let (luoyang, hutang) = (
            crate::unit(&mut tx, units[0]).await?.expect("there").town_id,
            crate::unit(&mut tx, units[2]).await?.expect("there").town_id,
        );
        let row = Population {
            source: PopulationSource::Household,
            as_of: day("2021-12-31"),
            residents: 1000,
            note: String::new(),
        };
        record_population(&mut tx, None, Inhabited::Unit(units[0]), &row, now()).await?;
        let split = |shares: [Option<i64>; 2]| {
            let after = [("甲村", shares[0]), ("乙村", shares[1])]
                .map(|(name, share)| Successor { share, ..named(name) });
            event(EventKind::Split, "2022-04-01", luoyang, &units[..1], after.to_vec())
        };
        let undocumented = NewEvent {
            document: String::new(),
            ..event(EventKind::Abolish, "2022-04-01", luoyang, &units[..1], vec![])
        };
        for (new, words) in [
            (event(EventKind::Merge, "2022-04-01", luoyang, &units[..1], vec![named("甲村")]), "至少选两个"),
            (
                event(EventKind::Merge, "2022-04-01", luoyang, &[units[0], units[0]], vec![named("甲村")]),
                "选了两次",
            ),
            (event(EventKind::Merge, "2022-04-01", hutang, &units[..2], vec![named("鸣凰社区")]), "同名"),
            (event(EventKind::Create, "2022-05-07", luoyang, &[], vec![named("甲村")]), "还没有到"),
            (event(EventKind::Abolish, "2021-01-01", luoyang, &units[..1], vec![]), "必须晚于"),
            (event(EventKind::Move, "2022-04-01", luoyang, &units[..1], vec![named("谈家头村")]), "另一个镇"),
            (undocumented, "批准文件"),
            (split([Some(400), Some(500)]), "1000 人"),
            (split([Some(1000), None]), "1000 人"),
            (split([Some(1100), Some(-100)]), "1000 人"),
        ] {
            assert!(refused(record_event(&mut tx, None, &new, &[], now()).await).contains(words), "{words}");
        }
        record_event(&mut tx, None, &split([Some(400), Some(600)]), &[], now()).await?;
        let Current::Divided(parts) = lineage(&mut tx).await?.current(units[0].raw()) else {
            panic!("divided");
        };
        let mut whole = 0;
        for part in parts.iter().filter_map(|id| Id::from_raw(*id)) {
            whole += residents(&mut tx, part).await?.expect("derived");
        }
        assert_eq!(whole, 1000);
        for (source, count, words) in [
            (PopulationSource::Derived, 1, "数据来源"),
            (PopulationSource::Town, -1, "整数"),
            (PopulationSource::Town, 3_000_000, "整数"),
        ] {
            let row = Population { source, residents: count, ..row.clone() };
            let outcome = record_population(&mut tx, None, Inhabited::Town(hutang), &row, now()).await;
            assert!(refused(outcome).contains(words), "{words}");
        }
        let town_row = Population { source: PopulationSource::Town, ..row };
        assert!(record_population(&mut tx, None, Inhabited::Town(hutang), &town_row, now()).await?);
        assert_eq!(crate::populations(&mut tx, Inhabited::Town(hutang)).await?, [town_row]);
        Ok(())
    });
}

#[test]
fn positions_are_converted_dated_and_strays_refused() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let mut tx = db.begin_write().await?;
        let new = |lat, lon, system| NewPosition {
            system,
            lat,
            lon,
            source: "高德地图".to_owned(),
            measured_on: day("2022-05-01"),
        };
        let gcj = geo::Wgs84 { lat: 31.7158, lon: 119.9446 }.to_gcj02();
        let typed = new(gcj.lat, gcj.lon, crate::CoordinateSystem::Gcj02);
        let at = set_position(&mut tx, None, units[0], &typed, Some(1), now()).await?;
        assert!((at.lat - 31.7158).abs() < 2e-6 && (at.lon - 119.9446).abs() < 2e-6, "{at:?}");
        set_position(&mut tx, None, units[0], &typed, None, now()).await?;
        assert_eq!(crate::positions(&mut tx, units[0]).await?.len(), 1, "the same again changes nothing");
        let wgs = |lat, lon| new(lat, lon, crate::CoordinateSystem::Wgs84);
        let stale = set_position(&mut tx, None, units[0], &wgs(31.72, 119.95), Some(1), now()).await;
        assert!(refused(stale).contains("别人已经改过"));
        for (lat, lon, words) in [(39.9, 116.4, "离本区很远"), (119.9, 31.7, "例如"), (f64::NAN, 1.0, "例如")]
        {
            let outcome = set_position(&mut tx, None, units[1], &wgs(lat, lon), None, now()).await;
            assert!(refused(outcome).contains(words), "{lat}");
        }
        let outline = r#"{"areas":[{"name":"区","kind":"district","rings":[[[31.6,119.8],[31.8,119.8],[31.8,120.0],[31.6,120.0]]]}]}"#;
        ::store::set_setting(&mut tx, crate::OUTLINE, outline).await?;
        let outside = set_position(&mut tx, None, units[1], &wgs(31.7, 120.1), None, now()).await;
        assert!(refused(outside).contains("离本区很远"));
        Ok(())
    });
}

fn server(db: ::store::Db) -> Server {
    Server::new(db, Arc::new(FixedClock(now())), vec![crate::module()])
}

#[test]
fn a_manager_looks_at_everything_before_confirming() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let server = server(db.clone()).log_in(actor(Role::Manager));
        assert!(server.get("/places/events/new").await.text().contains("几个村（社区）并成一个"));
        for kind in EventKind::ALL {
            let uri = format!("/places/events/new?what={}&unit={}", kind.as_str(), units[0]);
            assert_eq!(server.get(&uri).await.status, 200, "{kind:?}");
        }
        let first = units[0].to_string();
        let mut fields = vec![
            ("what", "merge"),
            ("unit-1", first.as_str()),
            ("unit-2_text", "洛阳镇 阳湖村"),
            ("name-1", "阳光社区居民委员会"),
            ("short_name-1", "阳光社区"),
            ("kind-1", "community"),
            ("code-nbs-1", "320412107009"),
            ("day", "2022-05-01"),
            ("document", "武政发〔2022〕5 号"),
        ];
        let typo: Vec<_> =
            fields.iter().map(|(n, v)| (*n, if *n == "unit-2_text" { "没有村" } else { *v })).collect();
        let wrong = server.post("/places/events/new", &typo).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("名单里没有这个村") && wrong.text().contains("阳光社区居民委员会"));
        let preview = server.post("/places/events/new", &fields).await;
        assert_eq!(preview.status, 200, "{}", preview.text());
        insta::assert_snapshot!("event_preview", preview.main());
        let mut tx = db.begin_read().await?;
        assert!(crate::unit(&mut tx, units[0]).await?.is_some(), "looking changes nothing");
        drop(tx);
        fields.push(("step", "edit"));
        assert!(server.post("/places/events/new", &fields).await.text().contains("阳光社区居民委员会"));
        fields.pop();
        fields.extend([("step", "confirm"), ("idempotency_key", "once")]);
        let done = server.post("/places/events/new", &fields).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert_eq!(server.post("/places/events/new", &fields).await.location(), done.location(), "once");
        insta::assert_snapshot!("event", server.get(done.location()).await.main());
        let list = server.get("/places/events?kind=merge&year=2022").await.text();
        assert!(list.contains("谈家头村、阳湖村合并为阳光社区"));
        assert!(server.get("/places/events?year=2021").await.text().contains("没有符合条件的调整"));
        assert_eq!(server.get("/places/events.xlsx").await.bytes[..2], *b"PK");
        let old = server.get(&format!("/places/{}", units[0])).await;
        insta::assert_snapshot!("unit_closed", old.main());
        let all = server.get("/places?state=closed").await.text();
        assert!(all.contains("谈家头村") && !all.contains("鸣凰社区"));
        assert!(
            server.get("/places?q=%E8%B0%88%E5%AE%B6%E5%A4%B4&state=all").await.text().contains("谈家头村")
        );
        let undo = format!("{}/undo", done.location());
        assert_eq!(server.post(&undo, &[("version", "1")]).await.status, 422, "a reason is needed");
        assert_eq!(server.post(&undo, &[("version", "1"), ("reason", "登记错了")]).await.status, 303);
        assert!(server.get(done.location()).await.text().contains("登记错了"));
        assert!(server.get("/places").await.text().contains("谈家头村"));
        Ok(())
    });
}

#[test]
fn towns_see_their_own_events_on_both_sides_of_a_move() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let mut tx = db.begin_write().await?;
        let (other, _) = town_with_units(&mut tx, "雪堰镇", &[]).await?;
        let luoyang = crate::unit(&mut tx, units[0]).await?.expect("there").town_id;
        let hutang = crate::unit(&mut tx, units[2]).await?.expect("there").town_id;
        let moved = event(EventKind::Move, "2022-04-01", hutang, &units[..1], vec![named("谈家头村")]);
        let id = record_event(&mut tx, None, &moved, &[], now()).await?;
        tx.commit().await?;
        let server = server(db);
        let officer = |town: Id<Town>| {
            server.log_in(Actor {
                towns: vec![town.raw()],
                session: town.to_string(),
                ..actor(Role::TownOfficer)
            })
        };
        for (town, sees) in [(luoyang, true), (hutang, true), (other, false)] {
            let officer = officer(town);
            assert_eq!(officer.get("/places/events").await.text().contains("谈家头村划入湖塘镇"), sees);
            assert_eq!(officer.get(&format!("/places/events/{id}")).await.status == 200, sees);
            assert_eq!(officer.get("/places/events/new").await.status, 403);
        }
        assert_eq!(
            officer(luoyang).get(&format!("/places/{}", units[0])).await.status,
            200,
            "closed, still theirs"
        );
        assert_eq!(officer(hutang).get(&format!("/places/{}", units[0])).await.status, 404);
        Ok(())
    });
}

#[test]
fn residents_and_positions_are_entered_on_pages_that_work_without_scripts() {
    on_both(crate::MIGRATIONS, |db| async move {
        let units = two_towns(&db).await?;
        let server = server(db).log_in(actor(Role::Manager));
        let page = server.get(&format!("/places/{}/position", units[0])).await;
        insta::assert_snapshot!("position", page.main());
        let uri = format!("/places/{}/position", units[0]);
        let fields = |lat, version| {
            [
                ("lat", lat),
                ("lon", "119.9446"),
                ("system", "wgs84"),
                ("source", "现场定位"),
                ("measured_on", "2022-05-05"),
                ("version", version),
            ]
        };
        let wrong = server.post(&uri, &fields("三十一", "1")).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("三十一") && wrong.text().contains("请填写数字"));
        assert_eq!(server.post(&uri, &fields("３１.7158", "1")).await.status, 303);
        assert_eq!(server.post(&uri, &fields("31.7159", "1")).await.status, 409, "a stale page");
        let uri = format!("/places/{}/population", units[0]);
        assert_eq!(server.get(&uri).await.status, 200);
        assert_eq!(server.post(&uri, &[("residents", "很多")]).await.status, 422);
        let fields = |source, residents| {
            [("source", source), ("residents", residents), ("as_of", "2020-11-01"), ("note", "")]
        };
        assert_eq!(server.post(&uri, &fields("census", "2,134")).await.status, 303);
        assert_eq!(server.post(&uri, &fields("household", "2098")).await.status, 303);
        insta::assert_snapshot!("unit", server.get(&format!("/places/{}", units[0])).await.main());
        let town = server.get("/places").await.text();
        let id =
            town.split("<option value=\"").nth(2).and_then(|rest| rest.split('"').next()).expect("a town");
        let uri = format!("/places/towns/{id}/population");
        assert_eq!(server.post(&uri, &fields("statistics", "90001")).await.status, 303);
        assert!(server.get(&uri).await.text().contains("90001"));
        let uri = format!("/places/{}/code", units[0]);
        assert_eq!(server.get(&uri).await.status, 200);
        let fields = |code, from| [("scheme", "nbs"), ("code", code), ("valid_from", from)];
        assert_eq!(server.post(&uri, &fields("", "")).await.status, 422);
        assert_eq!(server.post(&uri, &fields("320412100001", "2022-01-01")).await.status, 422, "it has it");
        assert_eq!(server.post(&uri, &fields("320412100209", "2021-01-01")).await.status, 422, "too early");
        assert_eq!(server.post(&uri, &fields("320412100209", "2022-01-01")).await.status, 303);
        let page = server.get(&format!("/places/{}", units[0])).await.text();
        assert!(
            page.contains("320412100209") && page.contains("2021-12-31"),
            "the old one ended the day before"
        );
        assert_eq!(server.get("/places/320412-999999").await.status, 404);
        assert_eq!(server.get("/places/towns/320412-999999/population").await.status, 404);
        Ok(())
    });
}

#[test]
fn every_statement_about_closed_names_runs() {
    on_both(crate::MIGRATIONS, |db| async move {
        let mut tx = db.begin_write().await?;
        let (town, _) = town_with_units(&mut tx, "前黄镇", &["前黄村"]).await?;
        crate::open_unit(&mut tx, None, &a_unit(town, "后黄村"), now()).await?;
        let gaps: i64 = tx
            .scalar(
                "select count(*) from places_name n join places_unit_any u on u.id = n.unit_id where n.to_day is null and u.closed_on is not null",
                params![],
            )
            .await?;
        assert_eq!(gaps, 0);
        let same = crate::open_unit(&mut tx, None, &a_unit(town, "后黄村"), now()).await;
        assert!(refused(same).contains("同名"));
        Ok(())
    });
}
