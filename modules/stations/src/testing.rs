//! Builders for tests.

use crate::{
    Facilities, HostKind, NewOutlet, NewStation, Station, StationDetails, WeeklyHours, add_outlet,
    open_station,
};
use ::store::{Db, Migration, Tx};
use kernel::{Day, Fault, Id, Moment, Phone, Result};
use places::{Position, Town};

/// The tables that tests of stations need.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    [places::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// An open station of that name, on weekdays 8:30–11:30 and 13:30–17:00.
///
/// # Errors
/// Never, unless the constants here are wrong.
pub fn a_station(town: Id<Town>, name: &str, hours: &str) -> Result<NewStation> {
    let phone = Phone::parse("0519-86002001").map_err(kernel::Refusal::from)?;
    Ok(NewStation {
        details: StationDetails {
            town,
            name: name.to_owned(),
            host_kind: HostKind::JudicialOffice,
            operator: "洛阳司法所".to_owned(),
            address: "示例街18号（示例）".to_owned(),
            phone: Some(phone),
            position: Some((31.66, 120.05)),
            position_kind: Position::Schematic,
            hours: WeeklyHours::parse(hours)?,
            follows_calendar: true,
            green_channel: true,
            facilities: Facilities::of_codes(["dedicated_reception", "accessible"]),
            brand: String::new(),
            staff: 2,
            staff_names: String::new(),
            languages: vec!["普通话".to_owned(), "武进话".to_owned()],
        },
        opened_on: Day::new(2021, 5, 20).ok_or_else(|| Fault::new("a day"))?,
    })
}

/// Four stations in two towns. On 2022-05-06 at 9:00 洛阳镇站 and 湖塘镇站 are open; 园区站 of 洛阳镇 opens at 13:00,
/// 妇联站 of 湖塘镇 on Monday. An outreach point belongs to 洛阳镇站. The ids come in that order.
///
/// # Errors
/// What the actions refuse.
pub async fn four_stations(db: &Db) -> Result<(Vec<Id<Town>>, Vec<Id<Station>>)> {
    let mut tx = db.begin_write().await?;
    let found = four_stations_in(&mut tx).await?;
    tx.commit().await?;
    Ok(found)
}

async fn four_stations_in(tx: &mut Tx) -> Result<(Vec<Id<Town>>, Vec<Id<Station>>)> {
    let now = Moment::parse("2022-05-06T09:00").map_err(kernel::Refusal::from)?;
    let (luoyang, _) = places::testing::town_with_units(tx, "洛阳镇", &[]).await?;
    let (hutang, _) = places::testing::town_with_units(tx, "湖塘镇", &[]).await?;
    let office = "1-5 08:30-11:30 13:30-17:00";
    let mut ids = Vec::new();
    for (town, name, hours, position) in [
        (luoyang, "洛阳镇法律援助工作站", office, (31.647, 120.0765)),
        (hutang, "湖塘镇法律援助工作站", office, (31.7158, 119.9446)),
        (luoyang, "工业园区法律援助工作站", "1-5 13:00-20:00;6 09:00-16:00", (31.66, 120.05)),
        (hutang, "区妇联法律援助工作站", "1,3 08:30-11:30 13:30-17:00", (31.71, 119.9466)),
    ] {
        let mut station = a_station(town, name, hours)?;
        station.details.position = Some(position);
        ids.push(open_station(tx, None, &station, now).await?);
    }
    let outlet = NewOutlet {
        town: luoyang,
        station: ids.first().copied(),
        name: "洛阳集市法律援助流动服务点".to_owned(),
        started_on: Day::new(2021, 9, 7).ok_or_else(|| Fault::new("a day"))?,
        hours: WeeklyHours::parse("2 08:00-10:00")?,
        position: None,
        position_kind: Position::None,
        place: "集市东门服务台".to_owned(),
        phone: None,
        note: "每周二集市时设点".to_owned(),
    };
    add_outlet(tx, None, &outlet).await?;
    Ok((vec![luoyang, hutang], ids))
}
