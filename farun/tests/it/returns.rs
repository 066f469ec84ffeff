//! The ministry's forms of the article's quarter, on both engines: 335 cases, and every check that can be looked at holds.

use crate::{
    command_line::{code, farun},
    world::{World, on_postgres, run},
};
use farun::forms::{self, Format};
use kernel::{Day, Period, Scheme};
use returns::{Book, FORMS, Form, FormJson, Place, Verdict, form_of};
use std::collections::BTreeMap;
use store::Db;

async fn book(db: &Db, scheme: Scheme, period: &str) -> kernel::Result<Book> {
    let mut tx = db.begin_read().await?;
    returns::book(&mut tx, Period::parse(scheme, period)?, "2022-05-06".parse::<Day>()?).await
}

fn value(book: &Book, form: &'static str, column: u16) -> Option<i64> {
    book.cell(Place { form, column }).whole()
}

/// Every number of every form.
fn numbers(book: &Book) -> BTreeMap<(&'static str, u16), Option<i64>> {
    let columns = FORMS.iter().flat_map(Form::columns);
    columns.map(|column| ((column.form, column.number), book.cell(column.place()).value())).collect()
}

async fn holds(db: &Db) -> kernel::Result<()> {
    for (scheme, period) in [
        (Scheme::Calendar, "2022Q1"),
        (Scheme::Ministry, "2022Q1"),
        (Scheme::Ministry, "2022Q2"),
        (Scheme::TwentyFirst, "2022Q1"),
        (Scheme::Calendar, "2022-04"),
        (Scheme::Ministry, "2022"),
    ] {
        let book = book(db, scheme, period).await?;
        assert_eq!(book.broken(), [], "{scheme} {period}");
    }
    let book = book(db, Scheme::Calendar, "2022Q1").await?;
    assert_eq!(value(&book, "M1", 2), Some(335));
    assert_eq!(value(&book, "F08", 1), Some(335));
    assert_eq!(value(&book, "F09", 1), Some(335));
    assert_eq!(value(&book, "F12", 1), Some(17), "the stations of the article");
    assert_eq!(value(&book, "Q1", 28).map(|civil| civil > 0), Some(true));
    assert_eq!(value(&book, "F02", 1), None, "nobody typed the staff of the institution: 未采集, not 0");
    let (mut looked, mut waiting) = (0, 0);
    for form in FORMS {
        for (check, verdict) in book.verdicts(form) {
            match verdict {
                Verdict::Holds(..) => looked += 1,
                Verdict::Open => {
                    // It waits for something that somebody must type, and for nothing else.
                    let typed = check.places().any(|place| value(&book, place.form, place.column).is_none());
                    assert!(typed, "{} {check}", form.key);
                    waiting += 1;
                }
                Verdict::Broken(..) | Verdict::NotNeeded => panic!("{} {check}: {verdict:?}", form.key),
            }
        }
    }
    assert!(looked >= 70 && waiting > 0, "{looked} held, {waiting} wait");
    for form in ["M1", "F05", "F06", "F07", "F08", "F09", "F10", "F12"] {
        let all = book.verdicts(form_of(form).expect("a form"));
        assert!(all.iter().all(|(_, verdict)| matches!(verdict, Verdict::Holds(..))), "{form}: {all:?}");
    }
    // The quarter has criminal cases of every origin, closed ones, and money of migrant workers.
    for (form, column) in
        [("M1", 3), ("M1", 4), ("M1", 5), ("F05", 3), ("F05", 44), ("F06", 21), ("F06", 46), ("F10", 17)]
    {
        assert!(value(&book, form, column).is_some_and(|value| value > 0), "{form} {column}");
    }
    Ok(())
}

#[test]
fn the_forms_of_the_articles_quarter_pass_every_check() {
    run(async {
        let world = World::demo().await?;
        holds(&world.db).await
    });
}

#[test]
fn the_same_forms_on_postgres() {
    run(async {
        let (_folder, db) = on_postgres().await?;
        holds(&db).await?;
        let world = World::demo().await?;
        let here = book(&world.db, Scheme::Calendar, "2022Q1").await?;
        let there = book(&db, Scheme::Calendar, "2022Q1").await?;
        assert_eq!(numbers(&here), numbers(&there), "both engines tell the same");
        Ok(())
    });
}

#[test]
fn the_forms_are_written_as_json_and_workbook() {
    run(async {
        let world = World::demo().await?;
        let wanted = ("2022Q1", "calendar");
        let printed = forms::print(&world.db, "F08", wanted, Format::Json, "武进区").await?;
        let json: serde_json::Value = serde_json::from_slice(&printed.bytes)?;
        assert!(!printed.broken);
        assert_eq!((&json[0]["form"], &json[0]["scheme"]), (&"F08".into(), &"calendar".into()));
        assert_eq!(json[0]["columns"][0]["value"], 335);
        assert!(
            json[0]["checks"]
                .as_array()
                .is_some_and(|checks| checks.iter().all(|check| check["verdict"] == "holds"))
        );
        let mut tx = world.db.begin_read().await?;
        let known =
            returns::book(&mut tx, Period::parse(Scheme::Calendar, "2022Q1")?, "2022-05-06".parse()?).await?;
        let form: FormJson = returns::form_json(&known, form_of("F02").expect("a form"));
        assert!(form.columns.iter().all(|column| column.value.is_none()));
        drop(tx);
        let workbook = forms::print(&world.db, "all", wanted, Format::Xlsx, "武进区").await?;
        let book = calamine::open_workbook_auto_from_rs(std::io::Cursor::new(workbook.bytes))?;
        assert_eq!(calamine::Reader::sheet_names(&book).len(), FORMS.len() + 2);
        for (form, period, scheme) in
            [("F99", "2022Q1", "calendar"), ("M1", "soon", "calendar"), ("M1", "2022Q1", "lunar")]
        {
            let refused = forms::print(&world.db, form, (period, scheme), Format::Json, "武进区").await;
            assert!(refused.is_err(), "{form} {period} {scheme}");
        }
        Ok(())
    });
    let nowhere = farun(&["returns", "--data", "/nonexistent-farun", "--period", "2022Q1"]);
    assert_eq!(code(&nowhere), 3);
}
