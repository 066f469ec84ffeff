//! What the tests of this crate stand on: the tables of all modules whose views are read here, and one quarter.

use crate::testing::{OPENED, PHONE, STATIONS, VISITS, WECHAT, a_fact, figures_module};
use ::store::{
    Db, Migration,
    tally::{self, Fact},
};
use kernel::{Day, FixedClock, Moment, Result};
use std::sync::Arc;
use testkit::Server;

/// Every table that is needed.
pub(crate) fn migrations() -> Vec<Migration> {
    [places::MIGRATIONS, parties::MIGRATIONS, counsel::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// A day.
pub(crate) fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// The world with its first quarter of 2022.
pub(crate) struct Quarter {
    /// 洛阳镇, 湖塘镇.
    pub(crate) towns: Vec<i64>,
    /// 谈家头村 and 阳湖村 in 洛阳镇, 鸣凰社区 in 湖塘镇.
    pub(crate) units: Vec<i64>,
    /// What belongs to the district itself.
    pub(crate) district: i64,
}

/// Fills the database: four visits in the quarter (one more was reversed), six consultations, two stations and a
/// third one after the quarter.
pub(crate) async fn a_quarter(db: &Db) -> Result<Quarter> {
    let units: Vec<i64> = places::testing::two_towns(db).await?.into_iter().map(kernel::Id::raw).collect();
    let (_, lawyers) = counsel::testing::two_firms(db).await?;
    let mut tx = db.begin_write().await?;
    parties::install_standard_terms(&mut tx).await?;
    let towns: Vec<i64> = places::towns(&mut tx).await?.into_iter().map(|town| town.id.raw()).collect();
    let district = i64::from(tx.region()?.code());
    let now = Moment::parse("2022-04-01T08:00")?;
    let fact = |measure, place, on: &str, quantity| Fact {
        quantity,
        served_by: Some(lawyers[0].raw()),
        ..a_fact(measure, place, day(on))
    };
    let mut facts = vec![
        Fact {
            people: 3,
            matter: "Q24".to_owned(),
            channel: "visit".to_owned(),
            ..fact(VISITS, units[0], "2022-01-10", 1)
        },
        fact(VISITS, units[1], "2022-03-25", 1),
        fact(VISITS, units[2], "2022-02-05", 2),
        fact(VISITS, units[0], "2021-02-01", 2),
        fact(VISITS, units[0], "2021-11-11", 1),
        Fact { channel: "phone".to_owned(), ..fact(PHONE, units[2], "2022-02-02", 3) },
        fact(WECHAT, units[0], "2022-03-31", 2),
        fact(PHONE, district, "2022-03-03", 1),
    ];
    for (on, place, opened) in
        [("2021-06-01", units[0], false), ("2022-02-10", units[2], true), ("2022-04-20", towns[1], true)]
    {
        let station =
            |measure| Fact { source: "stations_station", served_by: None, ..fact(measure, place, on, 1) };
        facts.push(station(STATIONS));
        if opened {
            facts.push(station(OPENED));
        }
    }
    for fact in &facts {
        tally::record(&mut tx, fact, now).await?;
    }
    let mistake = Fact { source_id: 4711, ..fact(VISITS, units[2], "2022-03-01", 5) };
    tally::record(&mut tx, &mistake, now).await?;
    tally::reverse(&mut tx, mistake.source, mistake.source_id, Some(7), now).await?;
    tx.commit().await?;
    Ok(Quarter { towns, units, district })
}

/// The module with figures over it, on 6 May 2022.
pub(crate) fn server(db: Db) -> Server {
    let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00").expect("a moment")));
    Server::new(db, clock, vec![figures_module(), places::module(), crate::module()])
}

/// A page without what follows from every id, hash and clock before it: digests, QR codes, the table of files.
pub(crate) fn steady(page: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in page.chars().chain(['\0']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        out.push_str(if word.len() == 64 { "…" } else { &word });
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    for (from, to) in [("<path d=", "</svg><figcaption>"), ("<tbody><tr><td data-label=\"文件\"", "</tbody>")]
    {
        if let Some(at) = out.find(from)
            && let Some(end) = out[at..].find(to)
        {
            out.replace_range(at..at + end, "…");
        }
    }
    out
}
