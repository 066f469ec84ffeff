//! The article's quarter replayed: the figures, their parts, their rows, on both engines.

use crate::world::{World, on_postgres, run};
use farun::{
    bulletin::{self, Format},
    check, modules,
};
use kernel::{Day, Period, Scheme};
use std::collections::BTreeMap;
use store::{
    Db, params,
    tally::{self, FigureKind},
};

/// What the article reports, and what the issue demands of it.
const REPORTED: [(&str, i64, &str); 9] = [
    ("stations.total", 17, "个"),
    ("stations.opened_this_year", 7, "个"),
    ("villages.total", 233, "个"),
    ("villages.covered", 233, "个"),
    ("advisers.visits", 1372, "次"),
    ("advisers.consultations", 1580, "次"),
    ("advisers.lectures", 31, "场次"),
    ("legal_aid.accepted", 335, "件"),
    ("legal_aid.people", 335, "人"),
];

async fn figures(db: &Db) -> kernel::Result<BTreeMap<String, (i64, String)>> {
    let bulletin = bulletin::bulletin(db, "2022Q1", "calendar", None).await?;
    Ok(bulletin.figures.into_iter().map(|figure| (figure.key, (figure.value, figure.unit))).collect())
}

fn compare(figures: &BTreeMap<String, (i64, String)>) {
    for (key, value, unit) in REPORTED {
        assert_eq!(figures.get(key), Some(&(value, unit.to_owned())), "{key}");
    }
    let part = |key: &str| figures.get(key).map_or(0, |figure| figure.0);
    assert_eq!(part("advisers.consultations.phone") + part("advisers.consultations.wechat"), 1580);
    assert_eq!(part("advisers.lectures.lecture") + part("advisers.lectures.publicity"), 31);
}

/// Every figure equals the sum of the rows behind it, and the sum of its parts by town.
async fn drill_down(db: &Db) -> kernel::Result<()> {
    let period = Period::parse(Scheme::Calendar, "2022Q1")?;
    let today: Day = "2022-05-06".parse()?;
    let mut tx = db.begin_read().await?;
    let mut seen = 0;
    for def in modules().iter().flat_map(|module| module.figures) {
        let (first, last) = match def.kind {
            FigureKind::Flow => (Some(period.first()), period.last()),
            FigureKind::Cumulative => (Day::new(2022, 1, 1), today),
            FigureKind::Stock => (None, today),
            FigureKind::Distinct => continue,
        };
        let figure = tally::between(&mut tx, def.measures, first, last).await?;
        let mut rows = 0;
        for measure in def.measures {
            rows += tx
                .scalar::<i64>(
                    "select cast(coalesce(sum(quantity), 0) as bigint) from tally_fact
                     where region_id = $1 and measure = $2 and day >= $3 and day <= $4",
                    params![
                        tx.region()?,
                        measure.key,
                        first.unwrap_or(Day::new(1900, 1, 1).expect("a day")),
                        last
                    ],
                )
                .await?;
        }
        assert_eq!(figure, rows, "{}: rows", def.key);
        let parts: i64 = tally::between_by_place(&mut tx, def.measures, first, last)
            .await?
            .iter()
            .map(|part| part.quantity)
            .sum();
        assert_eq!(figure, parts, "{}: parts", def.key);
        seen += 1;
    }
    assert!(seen >= 9, "only {seen} figures were looked at");
    Ok(())
}

async fn sound(db: &Db) -> kernel::Result<()> {
    // Hints about habits of keying in (who signed, what looks typed twice) are no faults of the invented world.
    let hints = ["advisers.unsigned", "advisers.doubled"];
    for outcome in check::check(db).await?.into_iter().filter(|outcome| !hints.contains(&outcome.id.as_str()))
    {
        assert!(outcome.findings.is_empty(), "{}: {:?}", outcome.id, outcome.findings);
    }
    Ok(())
}

#[test]
fn the_quarter_of_the_article_is_what_the_service_book_adds_up_to() {
    run(async {
        let world = World::demo().await?;
        compare(&figures(&world.db).await?);
        drill_down(&world.db).await?;
        sound(&world.db).await
    });
}

#[test]
fn the_same_on_postgres() {
    run(async {
        let (_folder, db) = on_postgres().await?;
        compare(&figures(&db).await?);
        drill_down(&db).await?;
        sound(&db).await?;
        let world = World::demo().await?;
        assert_eq!(figures(&db).await?, figures(&world.db).await?, "both engines tell the same");
        Ok(())
    });
}

#[test]
fn the_stations_of_this_year_are_among_those_of_the_article() {
    run(async {
        let world = World::demo().await?;
        let mut tx = world.db.begin_read().await?;
        let names: Vec<(String,)> = tx
            .all("select name from stations_station where region_id = $1 and opened_on >= '2022-01-01' order by name", params![tx.region()?])
            .await?;
        assert_eq!(names.len(), 7);
        for part in ["信访局", "谈家头村", "牛塘镇工业园区"] {
            assert!(names.iter().any(|(name,)| name.contains(part)), "{part}: {names:?}");
        }
        Ok(())
    });
}

#[test]
fn the_bulletin_is_written_as_json_workbook_and_page() {
    run(async {
        let world = World::demo().await?;
        let bulletin = bulletin::bulletin(&world.db, "2022Q1", "calendar", None).await?;
        let json: serde_json::Value =
            serde_json::from_slice(&bulletin::render(&bulletin, Format::Json, "武进区")?)?;
        assert_eq!((&json["period"], &json["scheme"]), (&"2022Q1".into(), &"calendar".into()));
        for figure in json["figures"].as_array().expect("figures") {
            for key in ["key", "unit", "name", "kind", "definition"] {
                assert!(figure[key].is_string(), "{key} of {figure}");
            }
            assert!(figure["value"].is_i64());
        }
        let workbook = bulletin::render(&bulletin, Format::Xlsx, "武进区")?;
        let mut book = calamine::open_workbook_auto_from_rs(std::io::Cursor::new(workbook))?;
        let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet")?;
        let text: Vec<String> = sheet.rows().flatten().map(ToString::to_string).collect();
        assert!(text.iter().any(|cell| cell == "序号") && text.iter().any(|cell| cell == "1372"), "{text:?}");
        let page = String::from_utf8(bulletin::render(&bulletin, Format::Html, "武进区")?)?;
        assert!(page.contains("1372") || page.contains("1,372"));
        assert!(!page.contains("<script"));
        assert!(
            statistics::paragraph(&bulletin).contains("上门服务1372次"),
            "{}",
            statistics::paragraph(&bulletin)
        );
        Ok(())
    });
}
