//! A quarter of the measured book sealed and reprinted: byte for byte the same after the database was opened again and
//! after late entries and a withdrawal, which the live figures know.

use super::{
    data,
    process::{Process, Stopwatch},
    registers::Found,
    replay::visit,
};
use crate::{Config, Place, modules, wiring};
use advisers::{Entry, Service, log_service, withdraw_service};
use kernel::{Day, Fault, Id, Moment, Period, Result, Scheme};
use places::Unit;
use statistics::{Asked, Bulletin, Mode, Order, Reprint};
use std::collections::BTreeMap;
use store::{
    Db, Tx,
    tally::{self, FigureDef},
};
use web::{Actor, Role};

/// The quarter: the last one of the book that is over.
const QUARTER: &str = "2022Q1";
/// Visits that are written down after the seal.
const LATE: i64 = 50;
/// Reprints that the mean is taken of.
const PRINTS: u32 = 20;

async fn printed(tx: &mut Tx, period: Period) -> Result<Reprint> {
    let printed = statistics::reprint(tx, period).await?;
    printed.ok_or_else(|| Fault::new("the quarter is not sealed").into())
}

/// Where two prints differ.
fn differences(first: &Reprint, again: &Reprint) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (what, same) in [
        ("page", first.html == again.html),
        ("workbook", first.xlsx == again.xlsx),
        ("document", first.json == again.json),
        ("figures", first.bulletin == again.bulletin),
    ] {
        if !same {
            found.push(what);
        }
    }
    found
}

/// What happened in the days of a bulletin, from the live sums.
async fn live(tx: &mut Tx, figures: &[FigureDef], of: &Bulletin) -> Result<BTreeMap<String, i64>, Fault> {
    let mut sums = BTreeMap::new();
    for figure in of.figures.iter().filter(|figure| figure.kind == "flow") {
        let def = figures.iter().find(|def| def.key == figure.key);
        let measures = def.map(|def| def.measures).unwrap_or_default();
        let sum = tally::between(tx, measures, Some(of.first), of.last).await?;
        sums.insert(figure.key.clone(), sum);
    }
    Ok(sums)
}

fn sealed(bulletin: &Bulletin) -> BTreeMap<String, i64> {
    let flows = bulletin.figures.iter().filter(|figure| figure.kind == "flow");
    flows.map(|figure| (figure.key.clone(), figure.value)).collect()
}

/// A visit in that village.
async fn log(tx: &mut Tx, unit: Id<Unit>, on: Day, now: Moment) -> Result<Id<Service>> {
    let ids = log_service(tx, None, &[Entry { unit, deed: visit(on), own: None }], now).await?;
    ids.first().copied().ok_or_else(|| Fault::new("a visit was not written down").into())
}

/// Late visits in a village, and one old visit withdrawn; returns by how much the visits of the quarter changed.
async fn meddle(db: &Db, unit: Id<Unit>, old: Id<Service>, period: Period, now: Moment) -> Result<i64> {
    let mut tx = db.begin_write().await?;
    for nth in 0..LATE {
        log(&mut tx, unit, period.last().add_days(-nth), now).await?;
    }
    let manager = Actor {
        id: 1,
        name: "测量".to_owned(),
        roles: vec![Role::Manager],
        towns: Vec::new(),
        subject: None,
        session: String::new(),
    };
    withdraw_service(&mut tx, &manager, old, 1, "重复", now).await?;
    tx.commit().await?;
    Ok(LATE - 1)
}

/// Seals and reprints. With a planted fault the last print is made from the live figures instead of the kept bytes.
pub(super) async fn seal(db: Db, place: &Place, plant: bool) -> Result<Found> {
    let own = Process::own();
    let period = Period::parse(Scheme::Calendar, QUARTER)?;
    let figures: Vec<FigureDef> = modules().iter().flat_map(|module| module.figures).copied().collect();
    let now = wiring::business_clock(&db).await?.now();
    let unit = data::names(&db).await?.village;
    let unit: Id<Unit> = unit.parse().map_err(|_| Fault::new("a village's number cannot be read"))?;
    let mut tx = db.begin_write().await?;
    let old = log(&mut tx, unit, period.first(), now).await?;
    tx.commit().await?;
    let district = Config::default().settings(None, true)?.district;
    let order = Order {
        period,
        as_of: None,
        today: now.day(),
        district: district.clone(),
        by: (None, "测量".to_owned()),
        open: BTreeMap::new(),
    };
    let mut steps = Vec::new();
    let watch = Stopwatch::start(&own)?;
    let mut tx = db.begin_read().await?;
    let prepared = statistics::prepare(&mut tx, &figures, order).await?;
    drop(tx);
    let facts = prepared.facts();
    let mut tx = db.begin_write().await?;
    statistics::seal_period(&mut tx, prepared, None).await?;
    tx.commit().await?;
    steps.push(watch.stop("seal a quarter", format!("{facts} facts read, summed, hashed and rendered"))?);
    let mut tx = db.begin_read().await?;
    let first = printed(&mut tx, period).await?;
    let (known, told) = (live(&mut tx, &figures, &first.bulletin).await?, sealed(&first.bulletin));
    drop(tx);
    if known.is_empty() || known != told {
        return Err(Fault::new(format!("sealed {told:?}, the live sums say {known:?}")).into());
    }
    db.close().await?;
    let db = wiring::open_existing(place).await?;
    let watch = Stopwatch::start(&own)?;
    for _ in 0..PRINTS {
        let mut tx = db.begin_read().await?;
        if !differences(&first, &printed(&mut tx, period).await?).is_empty() {
            return Err(Fault::new("a reprint differs from the first print").into());
        }
    }
    let bytes = first.html.len() + first.xlsx.len() + first.json.len();
    let step =
        watch.stop("reprint, mean of 20", format!("{} KiB: page, workbook, document", bytes / 1024))?;
    steps.push(super::process::Step {
        seconds: step.seconds / f64::from(PRINTS),
        cpu_seconds: step.cpu_seconds / f64::from(PRINTS),
        ..step
    });
    let change = meddle(&db, unit, old, period, now).await?;
    let mut tx = db.begin_read().await?;
    let after = live(&mut tx, &figures, &first.bulletin).await?;
    let visits = |sums: &BTreeMap<String, i64>| sums.get("advisers.visits").copied().unwrap_or(0);
    if visits(&after) != visits(&told) + change || change == 0 {
        return Err(Fault::new("the live figures do not know of the late entries").into());
    }
    let mut again = printed(&mut tx, period).await?;
    if plant {
        let asked = Asked { period, as_of: None, observed_at: None, mode: Mode::Then, now };
        let report = statistics::report(&mut tx, &figures, &asked).await?;
        again.html = statistics::report_html(&report, &district).into_bytes();
    }
    if let Some(what) = differences(&first, &again).first() {
        return Err(
            Fault::new(format!("after late entries the {what} is not reprinted byte for byte")).into()
        );
    }
    drop(tx);
    let watch = Stopwatch::start(&own)?;
    let modules = modules();
    let check =
        modules.iter().flat_map(|module| &module.checks).find(|check| check.id == "statistics.sealed");
    let check = check.ok_or_else(|| Fault::new("the check of seals is gone"))?;
    let mut tx = db.begin_read().await?;
    let findings = (check.run)(&mut tx, now.day()).await?;
    if let Some(finding) = findings.first() {
        return Err(Fault::new(format!("the check of seals found: {}", finding.what)).into());
    }
    steps.push(
        watch
            .stop("nightly check of the seal", "every file and every fact behind it read again".to_owned())?,
    );
    drop(tx);
    db.close().await?;
    Ok(Found {
        steps,
        held: vec![format!(
            "{} sealed flows equal the live sums; after {LATE} late visits and a withdrawal (live {:+}) page, workbook and document are reprinted byte for byte, from a database opened again",
            told.len(),
            change
        )],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_other_byte_is_found_in_every_file() {
        let print = || Reprint {
            bulletin: bulletin("全区"),
            html: b"<p>1372".to_vec(),
            xlsx: b"PK1372".to_vec(),
            json: b"{1372}".to_vec(),
        };
        assert!(differences(&print(), &print()).is_empty());
        type Plant = (&'static str, fn(&mut Reprint));
        let plants: [Plant; 4] = [
            ("page", |print| print.html[3] ^= 1),
            ("workbook", |print| print.xlsx.push(0)),
            ("document", |print| print.json.truncate(5)),
            ("figures", |print| print.bulletin = bulletin("全市")),
        ];
        for (what, plant) in plants {
            let mut again = print();
            plant(&mut again);
            assert_eq!(differences(&print(), &again), [what]);
        }
    }

    fn bulletin(area: &str) -> Bulletin {
        let day = |text: &str| text.parse().expect("a day");
        Bulletin {
            period: QUARTER.to_owned(),
            scheme: "calendar".to_owned(),
            label: "2022年第一季度".to_owned(),
            short_label: "一季度".to_owned(),
            first: day("2022-01-01"),
            last: day("2022-03-31"),
            as_of: day("2022-05-06"),
            finished: true,
            current: false,
            area: area.to_owned(),
            figures: Vec::new(),
            adjustments: Vec::new(),
            sealed: None,
            observed_at: None,
            audit: statistics::AuditMark::default(),
        }
    }
}
