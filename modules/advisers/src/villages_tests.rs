//! Tests of what becomes of appointments and services when villages change.

use crate::{
    Appointment, Deed, Entry, ServiceKind, appoint, correct_service, log_service,
    service::FIGURES,
    testing::{World, migrations, now, world},
    villages::FOLLOWER,
};
use ::store::{Tx, tally};
use kernel::{Day, Error, FixedClock, Id, Result};
use places::{EventKind, Lineage, NewEvent, Successor, Town, Unit, UnitKind, record_event, undo_event};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Role};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn deed(on: &str) -> Deed {
    Deed {
        kind: ServiceKind::Visit,
        quantity: 1,
        happened_on: day(on),
        people: 1,
        matter: String::new(),
        campaign: String::new(),
        note: "解答土地流转问题".to_owned(),
    }
}

pub(crate) fn named(short_name: &str) -> Successor {
    Successor {
        name: format!("{short_name}居民委员会"),
        short_name: short_name.to_owned(),
        kind: UnitKind::Community,
        codes: Vec::new(),
        share: None,
    }
}

fn event(kind: EventKind, town: Id<Town>, before: &[Id<Unit>], after: &[&str]) -> NewEvent {
    NewEvent {
        kind,
        day: day("2022-04-01"),
        town,
        document: "武政发〔2022〕5 号".to_owned(),
        note: String::new(),
        interval_marked: false,
        before: before.to_vec(),
        after: after.iter().map(|name| named(name)).collect(),
        choices: Vec::new(),
    }
}

fn choosing(event: NewEvent, values: &[&str]) -> NewEvent {
    let mut choices = vec![("asked".to_owned(), "keep_adviser".to_owned())];
    choices.extend(values.iter().map(|value| ("keep_adviser".to_owned(), (*value).to_owned())));
    NewEvent { choices, ..event }
}

async fn figure(tx: &mut Tx, key: &str, on: &str) -> Result<i64> {
    let def = FIGURES.iter().find(|def| def.key == key).expect("a figure of the module");
    let first = (def.kind == tally::FigureKind::Flow).then(|| day("2022-01-01"));
    Ok(tally::between(tx, def.measures, first, day(on)).await?)
}

async fn became(tx: &mut Tx, unit: Id<Unit>) -> Result<Vec<Id<Unit>>> {
    let ids = match places::lineage(tx).await?.current(unit.raw()) {
        places::Current::Became(id) => vec![id],
        places::Current::Divided(ids) => ids,
        places::Current::Same | places::Current::Gone => Vec::new(),
    };
    Ok(ids.into_iter().filter_map(Id::from_raw).collect())
}

async fn record(tx: &mut Tx, new: &NewEvent) -> Result<Id<places::Event>> {
    record_event(tx, Some(7), new, &[FOLLOWER], now()).await
}

async fn sound(tx: &mut Tx) -> Result<()> {
    assert!(tally::reconcile(tx).await?.is_empty());
    let check = crate::checks::all().into_iter().find(|c| c.id == "advisers.current").expect("a check");
    assert_eq!((check.run)(tx, day("2022-05-06")).await?, []);
    Ok(())
}

fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(refusal)) => {
            refusal.fields.first().map_or(refusal.message.clone(), |field| field.message.clone())
        }
        other => format!("not refused: {other:?}"),
    }
}

/// Two visits in 谈家头村, before and after the change takes effect, one in 阳湖村.
async fn visits(tx: &mut Tx, world: &World) -> Result<()> {
    for (unit, on) in [(0, "2022-03-18"), (0, "2022-04-20"), (1, "2022-03-19")] {
        let entry = Entry { unit: world.units[unit], deed: deed(on), own: None };
        log_service(tx, Some(7), &[entry], now()).await?;
    }
    Ok(())
}

#[test]
fn a_moved_village_keeps_its_adviser_and_every_figure() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        visits(&mut tx, &world).await?;
        let moved = event(EventKind::Move, world.towns[1], &world.units[..1], &["谈家头村"]);
        record(&mut tx, &moved).await?;
        let new = became(&mut tx, world.units[0]).await?[0];
        assert_eq!(
            crate::current(&mut tx, new).await?.map(|c| (c.lawyer_id, c.since)),
            Some((world.lawyers[0], day("2022-04-01")))
        );
        assert_eq!(crate::current(&mut tx, world.units[0]).await?, None);
        assert_eq!(
            crate::adviser_on(&mut tx, world.units[0], day("2022-03-31")).await?,
            Some(world.lawyers[0])
        );
        assert_eq!(crate::adviser_on(&mut tx, world.units[0], day("2022-04-01")).await?, None);
        for on in ["2022-03-31", "2022-04-01", "2022-05-06"] {
            assert_eq!(figure(&mut tx, "villages.covered", on).await?, 3, "{on}");
        }
        assert_eq!(figure(&mut tx, "advisers.visits", "2022-05-06").await?, 3);
        let history = crate::store::appointments::history(&mut tx, world.units[0]).await?;
        assert_eq!(history[0].end_reason.as_deref(), Some("村（社区）调整"));
        sound(&mut tx).await?;
        Ok(())
    });
}

#[test]
fn a_merger_keeps_the_adviser_that_is_chosen_or_shows_a_gap() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        // 李律师 in 阳湖村 is younger in office than 王律师 in 谈家头村.
        let younger = Appointment {
            unit: world.units[1],
            lawyer: Some(world.lawyers[1]),
            from: day("2022-02-01"),
            reason: "轮换".to_owned(),
            version: 1,
        };
        appoint(&mut tx, None, &younger, now()).await?;
        let merger = event(EventKind::Merge, world.towns[0], &world.units[..2], &["阳光社区"]);
        let second = world.units[1].to_string();
        for (new, keeps) in [
            (merger.clone(), Some(world.lawyers[0])),
            (choosing(merger.clone(), &[&second]), Some(world.lawyers[1])),
            (choosing(merger.clone(), &["none"]), None),
            (choosing(merger.clone(), &[]), None),
        ] {
            let id = record(&mut tx, &new).await?;
            let unit = became(&mut tx, world.units[0]).await?[0];
            assert_eq!(crate::current(&mut tx, unit).await?.map(|c| c.lawyer_id), keeps);
            let covered = if keeps.is_some() { 2 } else { 1 };
            assert_eq!(figure(&mut tx, "villages.covered", "2022-03-31").await?, 3);
            assert_eq!(figure(&mut tx, "villages.covered", "2022-04-01").await?, covered);
            let check = crate::checks::all().into_iter().find(|c| c.id == "advisers.uncovered").expect("one");
            let gaps = (check.run)(&mut tx, day("2022-05-06")).await?;
            assert_eq!(gaps.iter().any(|gap| gap.what.contains("阳光社区")), keeps.is_none());
            sound(&mut tx).await?;
            undo_event(&mut tx, Some(7), id, 1, "换一种试试", &[FOLLOWER], now()).await?;
            assert_eq!(figure(&mut tx, "villages.covered", "2022-04-01").await?, 3);
            assert_eq!(
                crate::current(&mut tx, world.units[1]).await?.map(|c| c.since),
                Some(day("2022-02-01"))
            );
            sound(&mut tx).await?;
        }
        Ok(())
    });
}

#[test]
fn a_split_an_abolition_and_a_foundation_count_right() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        let split = event(EventKind::Split, world.towns[0], &world.units[..1], &["东村", "西村", "南村"]);
        let id = record(&mut tx, &split).await?;
        assert_eq!(figure(&mut tx, "villages.covered", "2022-04-01").await?, 5, "he goes on in all three");
        undo_event(&mut tx, None, id, 1, "重来", &[FOLLOWER], now()).await?;
        let id = record(&mut tx, &choosing(split, &["1"])).await?;
        assert_eq!(figure(&mut tx, "villages.covered", "2022-04-01").await?, 3, "in the second only");
        let parts = became(&mut tx, world.units[0]).await?;
        let mut served = Vec::new();
        for part in &parts {
            if crate::current(&mut tx, *part).await?.is_some() {
                served.push(places::unit(&mut tx, *part).await?.expect("open").short_name);
            }
        }
        assert_eq!(served, ["西村"]);
        let entry = Entry { unit: parts[1], deed: deed("2022-04-02"), own: None };
        log_service(&mut tx, Some(7), &[entry], now()).await?;
        let kept = undo_event(&mut tx, None, id, 1, "晚了", &[FOLLOWER], now()).await;
        assert!(refused(kept).contains("已经记了 1 条服务"));
        record(&mut tx, &event(EventKind::Abolish, world.towns[0], &world.units[1..2], &[])).await?;
        assert_eq!(figure(&mut tx, "villages.covered", "2022-04-01").await?, 2);
        record(&mut tx, &event(EventKind::Create, world.towns[0], &[], &["新社区"])).await?;
        assert_eq!(figure(&mut tx, "villages.covered", "2022-04-01").await?, 2, "a gap");
        sound(&mut tx).await?;
        Ok(())
    });
}

#[test]
fn appointments_begun_or_ended_after_the_day_go_along_and_come_back() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        // Entered late: the change takes effect before the present adviser was appointed.
        for (lawyer, from, version) in [
            (Some(world.lawyers[1]), "2022-04-10", 1),
            (None, "2022-04-25", 2),
            (Some(world.lawyers[0]), "2022-05-06", 0),
        ] {
            let new = Appointment {
                unit: world.units[0],
                lawyer,
                from: day(from),
                reason: "更换".to_owned(),
                version,
            };
            appoint(&mut tx, None, &new, now()).await?;
        }
        let days = [
            "2022-03-31",
            "2022-04-01",
            "2022-04-10",
            "2022-04-24",
            "2022-04-25",
            "2022-05-05",
            "2022-05-06",
        ];
        let mut before = Vec::new();
        for on in days {
            before.push((
                figure(&mut tx, "villages.covered", on).await?,
                crate::adviser_on(&mut tx, world.units[0], day(on)).await?,
            ));
        }
        let moved = event(EventKind::Move, world.towns[1], &world.units[..1], &["谈家头村"]);
        let id = record(&mut tx, &moved).await?;
        let new = became(&mut tx, world.units[0]).await?[0];
        for (on, (covered, adviser)) in days.iter().zip(&before) {
            let unit = if *on < "2022-04-01" { world.units[0] } else { new };
            assert_eq!(figure(&mut tx, "villages.covered", on).await?, *covered, "{on}");
            assert_eq!(crate::adviser_on(&mut tx, unit, day(on)).await?, *adviser, "{on}");
        }
        assert_eq!(crate::current(&mut tx, new).await?.map(|c| c.since), Some(day("2022-05-06")));
        sound(&mut tx).await?;
        undo_event(&mut tx, None, id, 1, "错了", &[FOLLOWER], now()).await?;
        for (on, (covered, adviser)) in days.iter().zip(&before) {
            assert_eq!(figure(&mut tx, "villages.covered", on).await?, *covered, "{on}");
            assert_eq!(crate::adviser_on(&mut tx, world.units[0], day(on)).await?, *adviser, "{on}");
        }
        sound(&mut tx).await?;
        let id = record(&mut tx, &moved).await?;
        let again = became(&mut tx, world.units[0]).await?[0];
        let by_hand = Appointment {
            unit: again,
            lawyer: None,
            from: day("2022-05-06").add_days(1),
            reason: "转所".to_owned(),
            version: 1,
        };
        assert!(refused(appoint(&mut tx, None, &by_hand, now()).await).contains("不能晚于今天"));
        let tomorrow = kernel::Moment::parse("2022-05-07T09:00")?;
        appoint(&mut tx, None, &by_hand, tomorrow).await?;
        assert!(
            refused(undo_event(&mut tx, None, id, 1, "晚了", &[FOLLOWER], now()).await)
                .contains("另行聘任或更换")
        );
        Ok(())
    });
}

#[test]
fn the_book_keeps_showing_what_happened_in_closed_villages() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let mut tx = db.begin_write().await?;
        visits(&mut tx, &world).await?;
        let merger = event(EventKind::Merge, world.towns[0], &world.units[..2], &["阳光社区"]);
        record(&mut tx, &merger).await?;
        let unit = became(&mut tx, world.units[0]).await?[0];
        // The book was late: a visit of before the merger belongs to the old village, one of after it to the new.
        let late = Entry { unit: world.units[0], deed: deed("2022-03-20"), own: Some(world.lawyers[0]) };
        let id = log_service(&mut tx, Some(7), &[late], now()).await?[0];
        let too_late = Entry { unit: world.units[0], deed: deed("2022-04-02"), own: Some(world.lawyers[0]) };
        assert!(refused(log_service(&mut tx, Some(7), &[too_late], now()).await).contains("请选择村"));
        let officer = Actor { towns: vec![world.towns[0].raw()], ..actor(Role::TownOfficer) };
        correct_service(&mut tx, &officer, id, 1, &deed("2022-04-20"), "日期写错", now()).await?;
        tx.commit().await?;
        let server = Server::new(db, Arc::new(FixedClock(now())), vec![places::module(), crate::module()]);
        let officer = server.log_in(officer);
        let list = officer.get("/services").await.text();
        assert!(list.contains("谈家头村") && list.contains("已撤并"), "{list}");
        assert_eq!(officer.get(&format!("/services/{id}")).await.status, 200);
        assert!(officer.get("/services?q=tjt").await.text().contains("谈家头村"));
        let own = server.log_in(Actor { subject: Some(world.lawyers[0].raw()), ..actor(Role::Adviser) });
        assert!(own.get("/services").await.text().contains("谈家头村"));
        let form = own.get("/services/new").await.text();
        assert!(
            form.contains("阳光社区") && form.contains("谈家头村（已撤并）"),
            "late entries have a place"
        );
        let manager = server.log_in(actor(Role::Manager));
        let of = |query: &str| format!("/services?unit={unit}{query}");
        assert!(!manager.get(&of("")).await.text().contains("谈家头村"));
        let with = manager.get(&of("&origins=1")).await.text();
        assert!(with.contains("谈家头村") && with.contains("阳湖村"), "under the new name");
        assert_eq!(officer.get(&format!("/coverage/{}", world.units[0])).await.status, 404);
        Ok(())
    });
}

#[test]
fn the_preview_asks_who_goes_on_and_the_event_shows_the_gap() {
    on_both(migrations(), |db| async move {
        let world = world(&db).await?;
        let server =
            Server::new(db.clone(), Arc::new(FixedClock(now())), vec![places::module(), crate::module()]);
        let manager = server.log_in(actor(Role::Manager));
        let (a, b) = (world.units[0].to_string(), world.units[1].to_string());
        let mut fields = vec![
            ("what", "merge"),
            ("unit-1", a.as_str()),
            ("unit-2", b.as_str()),
            ("name-1", "阳光社区居民委员会"),
            ("short_name-1", "阳光社区"),
            ("day", "2022-05-01"),
            ("document", "武政发〔2022〕5 号"),
        ];
        let preview = manager.post("/places/events/new", &fields).await;
        insta::assert_snapshot!("village_preview", preview.main());
        fields.extend([("step", "confirm"), ("asked", "keep_adviser"), ("keep_adviser", "none")]);
        let done = manager.post("/places/events/new", &fields).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let page = manager.get(done.location()).await.text();
        assert!(page.contains("阳光社区还没有法律顾问") && page.contains("/coverage/"), "{page}");
        assert!(manager.get("/coverage?view=table&state=gap").await.text().contains("阳光社区"));
        let mut tx = db.begin_read().await?;
        let lineage: Lineage = places::lineage(&mut tx).await?;
        assert!(!lineage.is_empty());
        Ok(())
    });
}
