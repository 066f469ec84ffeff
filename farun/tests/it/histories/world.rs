//! The small district in which random histories are played: made once per process and engine, rolled back after each.

use advisers::{Appointment, appoint};
use counsel::Lawyer;
use kernel::{Day, Id, Moment, Phone, Result};
use parties::RetentionPolicy;
use places::{Inhabited, Population, PopulationSource, Town, Unit};
use std::sync::Arc;
use store::{
    Db, Engine, Migration, Tx,
    tally::{FigureDef, FigureKind, Measure},
};
use testkit::{Server, TestDb};

/// The villages by town.
const TOWNS: [(&str, &[&str]); 3] = [
    ("洛阳镇", &["谈家头村", "阳湖村", "戴溪村"]),
    ("湖塘镇", &["鸣凰社区", "东庄村", "马杭社区"]),
    ("雪堰镇", &["夹山村", "楼村"]),
];
const FIRMS: [(&str, [&str; 3]); 2] = [
    ("江苏澄岚律师事务所", ["薛微澜", "承意如", "陆知远"]),
    ("江苏砚衡律师事务所", ["金牧远", "沈若木", "周时雨"]),
];

/// Every history begins here.
pub(super) fn beginning() -> Moment {
    Moment::parse("2022-01-04T09:00").expect("a moment")
}

/// A day.
pub(super) fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// A place to play in.
pub(super) struct District {
    base: TestDb,
    pub(super) towns: Vec<Id<Town>>,
    pub(super) lawyers: Vec<Id<Lawyer>>,
    /// Stations that stand from the beginning: town and day.
    pub(super) stations: Vec<(i64, Day)>,
    /// The figures of all modules.
    pub(super) figures: Vec<FigureDef>,
    /// How personal data is purged, in the order of purging.
    pub(super) policies: Vec<RetentionPolicy>,
    pub(super) app: web::App,
}

impl District {
    /// Makes three towns with eight villages, six lawyers in two firms, seven villages with an adviser.
    pub(super) async fn new(engine: Engine) -> Result<Self> {
        let modules = farun::modules();
        let migrations: Vec<Migration> =
            modules.iter().flat_map(|module| module.migrations).copied().collect();
        let figures: Vec<FigureDef> = modules.iter().flat_map(|module| module.figures).copied().collect();
        let base = TestDb::new(engine, &migrations).await;
        let server = Server::new(base.db.clone(), Arc::new(kernel::FixedClock(beginning())), modules);
        let mut policies: Vec<RetentionPolicy> = server.app.extensions().copied().collect();
        policies.sort_by_key(|policy| policy.rank);
        let mut tx = base.db.begin_write().await?;
        parties::install_standard_terms(&mut tx).await?;
        portal::install_lay_words(&mut tx).await?;
        let (mut towns, mut units, mut lawyers) = (Vec::new(), Vec::new(), Vec::new());
        for (town, names) in TOWNS {
            let (id, made) = places::testing::town_with_units(&mut tx, town, names).await?;
            towns.push(id);
            units.extend(made);
        }
        for (nth, (name, advisers)) in (1..).zip(FIRMS) {
            let firm = counsel::open_firm(&mut tx, None, &counsel::testing::a_firm(name)).await?;
            for (place, adviser) in (1..).zip(advisers) {
                let licence = format!("132042020101{nth:02}{place:03}");
                let mut lawyer = counsel::testing::a_lawyer(firm, adviser, &licence);
                lawyer.phone = Some(Phone::parse(&format!("1990519{nth:02}{place:02}"))?);
                lawyers.push(counsel::register_lawyer(&mut tx, None, &lawyer).await?);
            }
        }
        // The last village has no adviser: a gap from the beginning.
        for (nth, unit) in units.iter().enumerate().take(units.len() - 1) {
            first_adviser(&mut tx, *unit, lawyers[nth % lawyers.len()]).await?;
        }
        for (nth, unit) in units.iter().enumerate().filter(|(nth, _)| nth % 4 != 3) {
            let residents = 1000 + 137 * i64::try_from(nth)?;
            live_there(&mut tx, *unit, residents).await?;
        }
        let mut stations = Vec::new();
        for (town, name) in towns.iter().zip(["洛阳司法所工作站", "湖塘司法所工作站"]) {
            let station = stations::testing::a_station(*town, name, "1-5 08:30-11:30 13:30-17:00")?;
            stations.push((town.raw(), station.opened_on));
            stations::open_station(&mut tx, None, &station, beginning()).await?;
        }
        tx.commit().await?;
        Ok(Self { base, towns, lawyers, stations, figures, policies, app: server.app })
    }

    pub(super) fn db(&self) -> &Db {
        &self.base.db
    }

    /// The measures of figures of these kinds, each once.
    pub(super) fn measures(&self, of: impl Fn(FigureKind) -> bool) -> Vec<Measure> {
        let mut measures: Vec<Measure> = Vec::new();
        for measure in self.figures.iter().filter(|def| of(def.kind)).flat_map(|def| def.measures) {
            if !measures.contains(measure) {
                measures.push(*measure);
            }
        }
        measures
    }
}

async fn first_adviser(tx: &mut Tx, unit: Id<Unit>, lawyer: Id<Lawyer>) -> Result<()> {
    let from = day("2021-06-01");
    let new = Appointment { unit, lawyer: Some(lawyer), from, reason: String::new(), version: 0 };
    appoint(tx, None, &new, beginning()).await?;
    Ok(())
}

async fn live_there(tx: &mut Tx, unit: Id<Unit>, residents: i64) -> Result<()> {
    let row = Population {
        source: PopulationSource::Town,
        as_of: day("2021-12-31"),
        residents,
        note: String::new(),
    };
    places::record_population(tx, None, Inhabited::Unit(unit), &row, beginning()).await?;
    Ok(())
}
