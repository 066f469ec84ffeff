//! Towns, villages, firms, lawyers, appointments and stations of the demonstration world.

use advisers::{Appointment, appoint};
use counsel::{Firm, FirmKind, Lawyer, LawyerKind, NewFirm, NewLawyer};
use kernel::{Day, Fault, Id, Moment, Phone, Result, Uscc};
use places::{NewTown, NewUnit, Position, Town, TownKind, Unit, UnitKind};
use serde::{Deserialize, de::DeserializeOwned};
use stations::{Facilities, HostKind, NewOutlet, NewStation, Station, StationDetails, WeeklyHours};
use std::collections::HashMap;
use store::{Db, Tx};

/// The schematic outline of the district for maps.
pub(crate) const OUTLINE: &str = include_str!("data/outline.json");

/// The registers by the keys of the data files.
pub(crate) struct World {
    pub(crate) towns: HashMap<String, Id<Town>>,
    /// In the order of the file, with key, short name and adviser.
    pub(crate) units: Vec<UnitOf>,
}

pub(crate) struct UnitOf {
    pub(crate) id: Id<Unit>,
    pub(crate) short_name: String,
    pub(crate) lawyer: Id<Lawyer>,
}

#[derive(Deserialize)]
struct TownLine {
    key: String,
    name: String,
    code: String,
    kind: String,
    lat: f64,
    lon: f64,
    population_2021: i64,
    population_status: String,
    justice_office: String,
    justice_office_phone: String,
}

#[derive(Deserialize)]
struct UnitLine {
    key: String,
    town: String,
    name: String,
    short_name: String,
    kind: String,
    code: String,
    lat: f64,
    lon: f64,
}

#[derive(Deserialize)]
struct FirmLine {
    key: String,
    name: String,
    kind: String,
    lat: f64,
    lon: f64,
    address: String,
    phone: String,
    uscc: String,
}

#[derive(Deserialize)]
struct LawyerLine {
    key: String,
    name: String,
    firm: String,
    licence: String,
    licensed_since: String,
    kind: String,
    phone: String,
    specialities: String,
    dialect: String,
    assessment_2021: String,
    sex: String,
}

#[derive(Deserialize)]
struct AppointmentLine {
    unit_key: String,
    lawyer_key: String,
}

#[derive(Deserialize)]
struct StationLine {
    key: String,
    name: String,
    town: String,
    host_kind: String,
    operator: String,
    opened: String,
    lat: f64,
    lon: f64,
    address: String,
    phone: String,
    weekday_hours: String,
    green_channel: i64,
    facilities: String,
    brand: String,
    staff: i64,
    dialects: String,
}

#[derive(Deserialize)]
struct OutletLine {
    name: String,
    town: String,
    station: String,
    started: String,
    hours: String,
    lat: f64,
    lon: f64,
    place: String,
    phone: String,
    note: String,
}

fn lines<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Fault> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .map_err(Fault::from)
}

fn known<T: Copy>(map: &HashMap<String, T>, key: &str) -> Result<T, Fault> {
    map.get(key)
        .copied()
        .ok_or_else(|| Fault::new(format!("the demonstration data names {key}, which is not there")))
}

fn missing(what: &'static str) -> Fault {
    Fault::new(format!("the demonstration data has an unknown {what}"))
}

fn telephone(text: &str) -> Result<Phone, Fault> {
    Phone::parse(text)
        .map_err(|_| Fault::new(format!("the demonstration data has an impossible telephone number {text}")))
}

fn day(text: &str) -> Result<Day, Fault> {
    text.parse().map_err(|_| Fault::new(format!("the demonstration data has an impossible day {text}")))
}

/// Fills the registers.
pub(crate) async fn make(db: &Db) -> Result<World> {
    let mut tx = db.begin_write().await?;
    let towns = towns(&mut tx).await?;
    let units = units(&mut tx, &towns).await?;
    let lawyers = lawyers(&mut tx).await?;
    tx.commit().await?;
    let mut tx = db.begin_write().await?;
    let advisers = appointments(&mut tx, &units, &lawyers).await?;
    stations(&mut tx, &towns).await?;
    tx.commit().await?;
    let units = units
        .into_iter()
        .map(|(key, id, short_name)| Ok(UnitOf { id, short_name, lawyer: known(&advisers, &key)? }))
        .collect::<Result<_, Fault>>()?;
    Ok(World { towns, units })
}

async fn towns(tx: &mut Tx) -> Result<HashMap<String, Id<Town>>> {
    let mut towns = HashMap::new();
    for (line, sort) in lines::<TownLine>(include_str!("data/towns.csv"))?.into_iter().zip(1..) {
        let town = NewTown {
            name: line.name,
            kind: TownKind::from_text(&line.kind).ok_or_else(|| missing("kind of town"))?,
            code: line.code,
            lat: line.lat,
            lon: line.lon,
            population: Some(line.population_2021),
            population_status: Some(line.population_status),
            office: line.justice_office,
            office_phone: Some(telephone(&line.justice_office_phone)?),
            sort,
        };
        towns.insert(line.key, places::open_town(tx, None, &town).await?);
    }
    Ok(towns)
}

async fn units(tx: &mut Tx, towns: &HashMap<String, Id<Town>>) -> Result<Vec<(String, Id<Unit>, String)>> {
    let opened_on = day("2020-01-01")?;
    let mut units = Vec::new();
    for line in lines::<UnitLine>(include_str!("data/units.csv"))? {
        let unit = NewUnit {
            town: known(towns, &line.town)?,
            name: line.name,
            short_name: line.short_name.clone(),
            kind: UnitKind::from_text(&line.kind).ok_or_else(|| missing("kind of unit"))?,
            code: Some(("nbs".to_owned(), line.code)),
            position: Some((line.lat, line.lon)),
            position_kind: Position::Schematic,
            opened_on,
        };
        let id = places::open_unit(tx, None, &unit, Moment::at(opened_on, 9, 0)).await?;
        units.push((line.key, id, line.short_name));
    }
    Ok(units)
}

async fn lawyers(tx: &mut Tx) -> Result<HashMap<String, Id<Lawyer>>> {
    let mut firms: HashMap<String, Id<Firm>> = HashMap::new();
    for line in lines::<FirmLine>(include_str!("data/firms.csv"))? {
        let firm = NewFirm {
            name: line.name,
            kind: FirmKind::from_text(&line.kind).ok_or_else(|| missing("kind of firm"))?,
            uscc: Some(Uscc::parse(&line.uscc)?),
            address: line.address,
            phone: Some(telephone(&line.phone)?),
            lat: Some(line.lat),
            lon: Some(line.lon),
        };
        firms.insert(line.key, counsel::open_firm(tx, None, &firm).await?);
    }
    let mut lawyers = HashMap::new();
    for line in lines::<LawyerLine>(include_str!("data/lawyers.csv"))? {
        let lawyer = NewLawyer {
            firm: known(&firms, &line.firm)?,
            name: line.name,
            sex: line.sex,
            kind: LawyerKind::from_text(&line.kind).ok_or_else(|| missing("kind of lawyer"))?,
            licence: line.licence,
            licensed_since: day(&line.licensed_since)?,
            phone: Some(telephone(&line.phone)?),
            specialities: line.specialities.split(';').filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            dialect: line.dialect,
            assessment: Some((2021, line.assessment_2021)),
            discipline: String::new(),
        };
        lawyers.insert(line.key, counsel::register_lawyer(tx, None, &lawyer).await?);
    }
    Ok(lawyers)
}

async fn appointments(
    tx: &mut Tx,
    units: &[(String, Id<Unit>, String)],
    lawyers: &HashMap<String, Id<Lawyer>>,
) -> Result<HashMap<String, Id<Lawyer>>> {
    let by_key: HashMap<String, Id<Unit>> = units.iter().map(|(key, id, _)| (key.clone(), *id)).collect();
    let from = day("2021-01-01")?;
    let mut advisers = HashMap::new();
    for line in lines::<AppointmentLine>(include_str!("data/appointments.csv"))? {
        let lawyer = known(lawyers, &line.lawyer_key)?;
        let new = Appointment {
            unit: known(&by_key, &line.unit_key)?,
            lawyer: Some(lawyer),
            from,
            reason: String::new(),
            version: 0,
        };
        appoint(tx, None, &new, Moment::at(from, 9, 0)).await?;
        advisers.insert(line.unit_key, lawyer);
    }
    Ok(advisers)
}

async fn stations(tx: &mut Tx, towns: &HashMap<String, Id<Town>>) -> Result<()> {
    let mut ids: HashMap<String, Id<Station>> = HashMap::new();
    for line in lines::<StationLine>(include_str!("data/stations.csv"))? {
        let opened_on = day(&line.opened)?;
        let details = StationDetails {
            town: known(towns, &line.town)?,
            name: line.name,
            host_kind: HostKind::from_text(&line.host_kind).ok_or_else(|| missing("host of a station"))?,
            operator: line.operator,
            address: line.address,
            phone: Some(telephone(&line.phone)?),
            position: Some((line.lat, line.lon)),
            position_kind: Position::Schematic,
            hours: WeeklyHours::parse(&line.weekday_hours)?,
            follows_calendar: true,
            green_channel: line.green_channel == 1,
            facilities: Facilities::of_codes(line.facilities.split(';')),
            brand: line.brand,
            staff: line.staff,
            staff_names: String::new(),
            languages: line.dialects.split(';').map(str::to_owned).collect(),
        };
        let id = stations::open_station(
            tx,
            None,
            &NewStation { details, opened_on },
            Moment::at(opened_on, 17, 0),
        )
        .await?;
        ids.insert(line.key, id);
    }
    for line in lines::<OutletLine>(include_str!("data/outlets.csv"))? {
        let started_on = day(&line.started)?;
        let outlet = NewOutlet {
            town: known(towns, &line.town)?,
            station: ids.get(&line.station).copied(),
            name: line.name,
            started_on,
            hours: WeeklyHours::parse(&line.hours)?,
            position: Some((line.lat, line.lon)),
            position_kind: Position::Schematic,
            place: line.place,
            phone: Some(telephone(&line.phone)?),
            note: line.note,
        };
        stations::add_outlet(tx, None, &outlet).await?;
    }
    Ok(())
}
