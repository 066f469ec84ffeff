//! Tests of the importers of villages: planted errors, twice the same, undoing.

use super::*;
use imports::{
    Mode, State, import_file, take_back,
    testing::{Cells, csv, plant},
};
use kernel::{FixedClock, Moment};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::Role;

fn migrations() -> Vec<::store::Migration> {
    [imports::MIGRATIONS, crate::MIGRATIONS].concat()
}

fn server(db: ::store::Db) -> kernel::Result<Server> {
    let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
    Ok(Server::new(db, clock, vec![imports::module(), crate::module()]))
}

fn village(nth: usize) -> Cells {
    let texts = [
        ("town", "洛阳镇".to_owned()),
        ("name", format!("第{nth}村民委员会")),
        ("short_name", format!("第{nth}村")),
        ("kind", "村".to_owned()),
        ("opened_on", "2021-01-01".to_owned()),
        ("code", "320412100001".to_owned()),
        ("residents", "3200".to_owned()),
        ("source", "公安户籍".to_owned()),
        ("as_of", "2021-12-31".to_owned()),
        ("lat", "31.660000".to_owned()),
        ("lon", "120.050000".to_owned()),
        ("system", "CGCS2000".to_owned()),
    ];
    texts.into()
}

#[test]
fn every_bad_cell_of_villages_is_named() {
    on_both(&migrations(), |db| async move {
        crate::testing::two_towns(&db).await?;
        let server = server(db)?;
        let faults: &[&[(&'static str, &str)]] = &[
            &[("town", "不存在镇")],
            &[("town", "")],
            &[("name", "")],
            &[("short_name", "")],
            &[("kind", "小区")],
            &[("kind", "")],
            &[("opened_on", "2022-02-30")],
            &[("opened_on", "2022-05-07")],
            &[("code", "32041210")],
            &[("code", "3.20412E+11")],
            &[("residents", "三千")],
            &[("residents", "2000001")],
            &[("source", "听说")],
            &[("source", "")],
            &[("as_of", "")],
            &[("as_of", "2023-01-01")],
            &[("lat", "131.6")],
            &[("lat", "")],
            &[("lon", "")],
            &[("system", "火星")],
            &[("system", "")],
            &[("lat", "39.900000")],
            &[("town", "不存在镇"), ("kind", "小区"), ("residents", "-1")],
        ];
        let found = plant(&server.app, &actor(Role::Manager), &UNITS, village, faults, 4).await?;
        assert!(found.missed.is_empty() && found.invented.is_empty(), "{found:?}");
        assert_eq!(found.planted, 100);
        Ok(())
    });
}

#[test]
fn villages_are_set_up_corrected_and_taken_back() {
    on_both(&migrations(), |db| async move {
        crate::testing::two_towns(&db).await?;
        let server = server(db.clone())?;
        let (app, who) = (&server.app, actor(Role::Manager));
        let rows: Vec<Cells> = (1..6).map(village).collect();
        let file = csv(&UNITS, &rows);
        let first = import_file(app, &who, &UNITS, ("a.csv", file.clone()), Some(Mode::All)).await?;
        assert_eq!((first.import.state, first.import.done), (State::Applied, 5), "{:?}", first.bad);
        let again = import_file(app, &who, &UNITS, ("a.csv", file), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (5, 0));
        // Another full name for a known short one, a position in another system, a newer number of residents.
        let mut other = village(1);
        for (key, text) in [
            ("name", "改名村民委员会"),
            ("residents", "3300"),
            ("as_of", "2022-03-31"),
            ("lat", "31.670000"),
            ("system", "高德"),
        ] {
            if let Some(cell) = other.iter_mut().find(|(known, _)| *known == key) {
                text.clone_into(&mut cell.1);
            }
        }
        let file = csv(&UNITS, &[other]);
        let second = import_file(app, &who, &UNITS, ("b.csv", file.clone()), Some(Mode::All)).await?;
        assert_eq!((second.import.changes, second.import.done), (1, 1), "{:?}", second.bad);
        let again = import_file(app, &who, &UNITS, ("b.csv", file), Some(Mode::All)).await?;
        assert_eq!((again.import.sames, again.import.wanted()), (1, 0));
        let back = take_back(app, &who, second.import.id).await?;
        assert_eq!((back.import.undone, back.import.kept), (1, 0), "{:?}", back.kept);
        let mut tx = db.begin_read().await?;
        let units = crate::units_in_reach(&mut tx, &web::Reach::Region, None, None).await?;
        let one = units.iter().find(|unit| unit.short_name == "第1村");
        assert_eq!(one.map(|unit| unit.name.as_str()), Some("第1村民委员会"));
        assert_eq!(one.and_then(|unit| unit.lat).map(degrees), Some("31.660000".to_owned()));
        assert_eq!(units.len(), 8);
        drop(tx);
        let back = take_back(app, &who, first.import.id).await?;
        assert_eq!(back.import.undone + back.import.kept, 5);
        let mut tx = db.begin_read().await?;
        let left = crate::units_in_reach(&mut tx, &web::Reach::Region, None, None).await?.len();
        assert_eq!(
            i64::try_from(left).unwrap_or(0),
            3 + back.import.kept,
            "what was taken back is abolished: {:?}",
            back.kept
        );
        assert!(::store::tally::reconcile(&mut tx).await?.is_empty());
        Ok(())
    });
}
