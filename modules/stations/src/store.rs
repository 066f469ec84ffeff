//! All SQL of the stations.

pub(crate) mod outlets;

use crate::{
    hours::{Span, WeeklyHours, day_machine, day_spans},
    outlet::{NewOutlet, Outlet},
    schedule::Exception,
    station::{Facilities, HostKind, State, StateKind, Station, StationDetails},
};
use kernel::{Day, Fault, Id, Moment, Phone};
use places::{Position, Town};
use store::{Filter, FromValue, ToValue, Tx, Value, filter, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, Reach, exported};

/// The field under which station telephones are sealed.
const PHONE: &str = "stations_station_entry.phone";
const OUTLET_PHONE: &str = "stations_outlet_entry.phone";
/// The sealed columns, for changes of keys.
pub(crate) const SEALED: [store::SealedField; 2] = [
    store::SealedField { table: "stations_station_entry", column: "phone_sealed", field: PHONE, blind: None },
    store::SealedField {
        table: "stations_outlet_entry",
        column: "phone_sealed",
        field: OUTLET_PHONE,
        blind: None,
    },
];

impl ToValue for WeeklyHours {
    fn to_value(&self) -> Value {
        Value::Text(Some(self.machine()))
    }
    fn null() -> Value {
        Value::Text(None)
    }
}

impl FromValue for WeeklyHours {
    fn from_value(value: Value) -> Result<Self, String> {
        WeeklyHours::parse(&String::from_value(value)?).map_err(|error| error.to_string())
    }
}

store::record! {
    /// A station as lists and public pages show it.
    #[derive(Debug, Clone)]
    pub struct StationRow {
        /// Id.
        pub id: Id<Station>,
        /// Its town.
        pub town_id: Id<Town>,
        /// The town's name.
        pub town_name: String,
        /// Full name.
        pub name: String,
        /// Where it is.
        pub host_kind: HostKind,
        /// Who runs it.
        pub operator: String,
        /// Street address.
        pub address: String,
        /// Its telephone, sealed; see [`StationRow::phone`].
        pub phone_sealed: Option<String>,
        /// Latitude, if known.
        pub lat: Option<f64>,
        /// Longitude, if known.
        pub lon: Option<f64>,
        /// How well the position is known.
        pub position: Position,
        /// Hours of the week.
        pub hours: WeeklyHours,
        /// Whether holidays close it.
        pub follows_calendar: bool,
        /// 绿色通道.
        pub green_channel: bool,
        /// 专门接待场所.
        pub dedicated_reception: bool,
        /// 临街一层.
        pub street_front: bool,
        /// 无障碍通道.
        pub accessible: bool,
        /// 设备齐全.
        pub equipment_complete: bool,
        /// 特色品牌, or empty.
        pub brand: String,
        /// How many people staff it.
        pub staff: i64,
        /// Languages, separated by `;`.
        pub languages: String,
        /// Its state.
        pub state: StateKind,
        /// Since when it exists.
        pub opened_on: Option<Day>,
        /// Why it pauses or is closed, else empty.
        pub state_reason: String,
    }
}

impl StationRow {
    /// Its telephone, which is public.
    ///
    /// # Errors
    /// A fault if it cannot be opened with this installation's key.
    pub fn phone(&self, tx: &Tx) -> Result<Option<Phone>, Fault> {
        open_phone(tx, PHONE, self.phone_sealed.as_deref())
    }

    /// What it has.
    #[must_use]
    pub fn facilities(&self) -> Facilities {
        Facilities {
            dedicated_reception: self.dedicated_reception,
            street_front: self.street_front,
            accessible: self.accessible,
            equipment_complete: self.equipment_complete,
        }
    }

    /// Its position, if known.
    #[must_use]
    pub fn at(&self) -> Option<geo::Wgs84> {
        self.lat.zip(self.lon).and_then(|(lat, lon)| geo::Wgs84::new(lat, lon))
    }
}

fn open_phone(tx: &Tx, field: &'static str, sealed: Option<&str>) -> Result<Option<Phone>, Fault> {
    let Some(sealed) = sealed else { return Ok(None) };
    let clear = tx.db().keys().open(field, sealed)?;
    Phone::parse(&clear).map(Some).map_err(|_| Fault::new("a stored telephone number cannot be read"))
}

fn seal_phone(tx: &Tx, field: &'static str, phone: Option<&Phone>) -> Result<Option<String>, Fault> {
    phone.map(|phone| tx.db().keys().seal(field, phone.as_str())).transpose()
}

store::record! {
    struct EntryRow {
        version: i64,
        town_id: Id<Town>,
        name: String,
        host_kind: HostKind,
        operator: String,
        address: String,
        phone_sealed: Option<String>,
        lat: Option<f64>,
        lon: Option<f64>,
        position: Position,
        hours: WeeklyHours,
        follows_calendar: bool,
        green_channel: bool,
        dedicated_reception: bool,
        street_front: bool,
        accessible: bool,
        equipment_complete: bool,
        brand: String,
        staff: i64,
        staff_names: String,
        languages: String,
        state: StateKind,
        opened_on: Option<Day>,
        state_on: Day,
        state_reason: String,
    }
}

/// A station as the pages that change it need it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Id<Station>,
    pub(crate) version: i64,
    pub(crate) details: StationDetails,
    pub(crate) state: State,
    /// The day of the last change of state.
    pub(crate) state_on: Day,
}

const ROW: &str = "s.id, s.town_id, s.town_name, s.name, s.host_kind, s.operator, s.address, s.phone_sealed, s.lat, s.lon, s.position, \
                   s.hours, s.follows_calendar, s.green_channel, s.dedicated_reception, s.street_front, s.accessible, \
                   s.equipment_complete, s.brand, s.staff, s.languages, s.state, s.opened_on, \
                   s.state_reason";

/// The stations citizens may know of: open or paused, in town order.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn public_stations(tx: &mut Tx) -> Result<Vec<StationRow>, Fault> {
    let filter = Filter::new("stations_station s", "s.region_id", tx.region()?)
        .and_that("s.state in ('open', 'paused')");
    filter.rows(tx, ROW, "s.town_sort, s.id", 2000).await
}

/// A station that citizens may look up: all but planned ones.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn public_station(tx: &mut Tx, id: Id<Station>) -> Result<Option<StationRow>, Fault> {
    let filter = Filter::new("stations_station s", "s.region_id", tx.region()?)
        .and("s.id = ?", id)
        .and_that("s.state <> 'planned'");
    Ok(filter.rows(tx, ROW, "s.id", 1).await?.pop())
}

fn scoped(tx: &Tx, reach: &Reach) -> Result<Filter, Fault> {
    let filter = Filter::new("stations_station s", "s.region_id", tx.region()?);
    Ok(match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in("s.town_id", towns),
        Reach::Lawyer(_) | Reach::Firm(_) | Reach::Unit(_) | Reach::Nothing => filter.and_that("1 = 0"),
    })
}

fn listed(tx: &Tx, reach: &Reach, listing: &Listing) -> Result<Filter, Fault> {
    let town: Option<Id<Town>> = listing.get("town").and_then(|town| town.parse().ok());
    let q = listing.get("q").map(|q| filter::contains(&kernel::to_half_width(q)));
    Ok(scoped(tx, reach)?
        .and_if("s.town_id = ?", town)
        .and_if("s.host_kind = ?", listing.get("host").and_then(HostKind::from_text))
        .and_if("s.state = ?", listing.get("state").and_then(StateKind::from_text))
        .and_if("s.name like ? escape '!' or s.address like ? escape '!' or s.operator like ? escape '!'", q))
}

/// One page of the staff list, with the total.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> Result<(Vec<StationRow>, i64), Fault> {
    let filter = listed(tx, reach, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after("s.town_id", "s.id", back, cursor.value.parse().unwrap_or(0i64), cursor.id)
        }
        None => filter,
    };
    let order = if back { "s.town_id desc, s.id desc" } else { "s.town_id, s.id" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// All rows of the staff list, for the export.
pub(crate) async fn list_all(
    tx: &mut Tx,
    reach: &Reach,
    listing: &Listing,
) -> kernel::Result<Vec<StationRow>> {
    let filter = listed(tx, reach, listing)?;
    Ok(exported(filter.rows(tx, ROW, "s.town_sort, s.id", EXPORT_CAP + 1).await?)?)
}

/// Whether the account may know of the station.
pub(crate) async fn reached(tx: &mut Tx, reach: &Reach, id: Id<Station>) -> Result<bool, Fault> {
    Ok(scoped(tx, reach)?.and("s.id = ?", id).count_to(tx, 1).await? > 0)
}

pub(crate) async fn entry(tx: &mut Tx, id: Id<Station>) -> Result<Option<Entry>, Fault> {
    let row: Option<EntryRow> = tx
        .optional(
            "select version, town_id, name, host_kind, operator, address, phone_sealed, lat, lon, position, hours, follows_calendar,
                    green_channel, dedicated_reception, street_front, accessible, equipment_complete, brand, staff, staff_names,
                    languages, state, opened_on, state_on, state_reason
             from stations_station_entry where id = $1",
            params![id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let opened = row.opened_on.ok_or_else(|| Fault::new("a station in service has no opening day"));
    let state = match row.state {
        StateKind::Planned => State::Planned,
        StateKind::Open => State::Open { opened_on: opened? },
        StateKind::Paused => {
            State::Paused { opened_on: opened?, since: row.state_on, reason: row.state_reason }
        }
        StateKind::Closed => State::Closed { opened_on: opened?, on: row.state_on, reason: row.state_reason },
    };
    let details = StationDetails {
        town: row.town_id,
        name: row.name,
        host_kind: row.host_kind,
        operator: row.operator,
        address: row.address,
        phone: open_phone(tx, PHONE, row.phone_sealed.as_deref())?,
        position: row.lat.zip(row.lon),
        position_kind: row.position,
        hours: row.hours,
        follows_calendar: row.follows_calendar,
        green_channel: row.green_channel,
        facilities: Facilities {
            dedicated_reception: row.dedicated_reception,
            street_front: row.street_front,
            accessible: row.accessible,
            equipment_complete: row.equipment_complete,
        },
        brand: row.brand,
        staff: row.staff,
        staff_names: row.staff_names,
        languages: row.languages.split(';').filter(|text| !text.is_empty()).map(str::to_owned).collect(),
    };
    Ok(Some(Entry { id, version: row.version, details, state, state_on: row.state_on }))
}

pub(crate) async fn named(tx: &mut Tx, name: &str) -> Result<Option<Id<Station>>, Fault> {
    let found: Option<(Id<Station>,)> = tx
        .optional(
            "select id from stations_station_entry where region_id = $1 and name = $2",
            params![tx.region()?, name],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

fn position_kind(position: Option<(f64, f64)>, kind: Position) -> Position {
    if position.is_some() { kind } else { Position::None }
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: Id<Station>,
    d: &StationDetails,
    state: &State,
    on: Day,
) -> Result<(), Fault> {
    let phone = seal_phone(tx, PHONE, d.phone.as_ref())?;
    tx.execute(
        "insert into stations_station_entry (id, region_id, town_id, name, host_kind, operator, address, phone_sealed, lat, lon,
             position, hours, follows_calendar, green_channel, dedicated_reception, street_front, accessible, equipment_complete,
             brand, staff, staff_names, languages, state, opened_on, state_on, state_reason, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
             '', 1)",
        params![
            id, tx.region()?, d.town, d.name, d.host_kind, d.operator, d.address, phone, d.position.map(|p| p.0),
            d.position.map(|p| p.1), position_kind(d.position, d.position_kind), d.hours, d.follows_calendar, d.green_channel,
            d.facilities.dedicated_reception, d.facilities.street_front, d.facilities.accessible, d.facilities.equipment_complete,
            d.brand, d.staff, d.staff_names, d.languages.join(";"), state.kind(), state.opened_on(), on
        ],
    )
    .await?;
    Ok(())
}

/// Changes the details if the version is still the one that was read; false if it is not.
pub(crate) async fn update(
    tx: &mut Tx,
    id: Id<Station>,
    version: i64,
    d: &StationDetails,
) -> Result<bool, Fault> {
    let phone = seal_phone(tx, PHONE, d.phone.as_ref())?;
    let touched = tx
        .execute(
            "update stations_station_entry set town_id = $3, name = $4, host_kind = $5, operator = $6, address = $7, phone_sealed = $8,
                 lat = $9, lon = $10, position = $11, hours = $12, follows_calendar = $13, green_channel = $14,
                 dedicated_reception = $15, street_front = $16, accessible = $17, equipment_complete = $18, brand = $19, staff = $20,
                 staff_names = $21, languages = $22, version = version + 1
             where id = $1 and version = $2",
            params![
                id, version, d.town, d.name, d.host_kind, d.operator, d.address, phone, d.position.map(|p| p.0),
                d.position.map(|p| p.1), position_kind(d.position, d.position_kind), d.hours, d.follows_calendar, d.green_channel,
                d.facilities.dedicated_reception, d.facilities.street_front, d.facilities.accessible,
                d.facilities.equipment_complete, d.brand, d.staff, d.staff_names, d.languages.join(";")
            ],
        )
        .await?;
    Ok(touched == 1)
}

/// Changes the state if the version is still the one that was read; false if it is not.
pub(crate) async fn update_state(
    tx: &mut Tx,
    id: Id<Station>,
    version: i64,
    state: &State,
    on: Day,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update stations_station_entry set state = $3, opened_on = $4, state_on = $5, state_reason = $6, version = version + 1
             where id = $1 and version = $2",
            params![id, version, state.kind(), state.opened_on(), on, state.reason()],
        )
        .await?;
    Ok(touched == 1)
}

store::record! {
    /// A step of a station's life.
    #[derive(Debug, Clone)]
    pub(crate) struct StepRow {
        pub(crate) state: StateKind,
        pub(crate) happened_on: Day,
        pub(crate) reason: String,
    }
}

pub(crate) async fn insert_step(
    tx: &mut Tx,
    station: Id<Station>,
    step: &StepRow,
    actor: Option<i64>,
    now: Moment,
) -> Result<(), Fault> {
    tx.execute(
        "insert into stations_step_entry (id, region_id, station_id, state, happened_on, reason, entered_by, entered_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![tx.new_id::<StepRow>()?, tx.region()?, station, step.state, step.happened_on, step.reason, actor, now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn steps(tx: &mut Tx, station: Id<Station>) -> Result<Vec<StepRow>, Fault> {
    tx.all(
        "select state, happened_on, reason from stations_step_entry where region_id = $1 and station_id = $2 order by id",
        params![tx.region()?, station],
    )
    .await
}

/// The key of an exception's row.
pub(crate) enum ExceptionEntry {}

store::record! {
    struct ExceptionRow {
        id: Id<ExceptionEntry>,
        station_id: Id<Station>,
        day: Day,
        hours: String,
        reason: String,
    }
}

impl ExceptionRow {
    fn exception(self) -> Result<(Id<ExceptionEntry>, Id<Station>, Exception), Fault> {
        let spans = day_spans(&self.hours).map_err(|error| Fault::new(format!("stored hours: {error}")))?;
        Ok((self.id, self.station_id, Exception { day: self.day, spans, reason: self.reason }))
    }
}

/// The exceptions of all stations between two days, with their stations.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn exceptions_between(
    tx: &mut Tx,
    from: Day,
    to: Day,
) -> Result<Vec<(Id<Station>, Exception)>, Fault> {
    let rows: Vec<ExceptionRow> = tx
        .all(
            "select id, station_id, day, hours, reason from stations_exception_entry
             where region_id = $1 and day >= $2 and day <= $3 order by station_id, day",
            params![tx.region()?, from, to],
        )
        .await?;
    rows.into_iter().map(|row| row.exception().map(|(_, station, exception)| (station, exception))).collect()
}

/// The exceptions of one station from a day on.
pub(crate) async fn exceptions_of(
    tx: &mut Tx,
    station: Id<Station>,
    from: Day,
) -> Result<Vec<(Id<ExceptionEntry>, Exception)>, Fault> {
    let rows: Vec<ExceptionRow> = tx
        .all(
            "select id, station_id, day, hours, reason from stations_exception_entry
             where region_id = $1 and station_id = $2 and day >= $3 order by day",
            params![tx.region()?, station, from],
        )
        .await?;
    rows.into_iter().map(|row| row.exception().map(|(id, _, exception)| (id, exception))).collect()
}

pub(crate) async fn has_exception(tx: &mut Tx, station: Id<Station>, day: Day) -> Result<bool, Fault> {
    let count: i64 = tx
        .scalar(
            "select count(*) from stations_exception_entry where region_id = $1 and station_id = $2 and day = $3",
            params![tx.region()?, station, day],
        )
        .await?;
    Ok(count > 0)
}

pub(crate) async fn insert_exception(
    tx: &mut Tx,
    station: Id<Station>,
    day: Day,
    spans: &[Span],
    reason: &str,
) -> Result<(), Fault> {
    let id = tx.new_id::<ExceptionEntry>()?;
    tx.execute(
        "insert into stations_exception_entry (id, region_id, station_id, day, hours, reason) values ($1, $2, $3, $4, $5, $6)",
        params![id, tx.region()?, station, day, day_machine(spans), reason],
    )
    .await?;
    Ok(())
}

/// Removes an exception of that station; false if there is no such one.
pub(crate) async fn delete_exception(
    tx: &mut Tx,
    station: Id<Station>,
    id: Id<ExceptionEntry>,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "delete from stations_exception_entry where id = $1 and station_id = $2",
            params![id, station],
        )
        .await?;
    Ok(touched == 1)
}

store::record! {
    /// An outreach point as pages show it.
    #[derive(Debug, Clone)]
    pub struct OutletRow {
        /// Id.
        pub id: Id<Outlet>,
        /// Its name.
        pub name: String,
        /// The town it is in.
        pub town_name: String,
        /// When people are there.
        pub hours: WeeklyHours,
        /// Where exactly.
        pub place: String,
        /// A word about it.
        pub note: String,
        /// Its telephone, sealed; see [`OutletRow::phone`].
        pub phone_sealed: Option<String>,
    }
}

impl OutletRow {
    /// Its telephone, which is public.
    ///
    /// # Errors
    /// A fault if it cannot be opened with this installation's key.
    pub fn phone(&self, tx: &Tx) -> Result<Option<Phone>, Fault> {
        open_phone(tx, OUTLET_PHONE, self.phone_sealed.as_deref())
    }
}

/// The outreach points that a station sends people to.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn outlets_of(tx: &mut Tx, station: Id<Station>) -> Result<Vec<OutletRow>, Fault> {
    tx.all(
        "select o.id, o.name, t.name as town_name, o.hours, o.place, o.note, o.phone_sealed
         from stations_outlet_entry o join places_town t on t.id = o.town_id
         where o.region_id = $1 and o.station_id = $2 and o.ended_on is null order by o.id",
        params![tx.region()?, station],
    )
    .await
}

pub(crate) async fn outlet_named(tx: &mut Tx, name: &str) -> Result<bool, Fault> {
    let count: i64 = tx
        .scalar(
            "select count(*) from stations_outlet_entry where region_id = $1 and name = $2",
            params![tx.region()?, name],
        )
        .await?;
    Ok(count > 0)
}

pub(crate) async fn insert_outlet(tx: &mut Tx, id: Id<Outlet>, o: &NewOutlet) -> Result<(), Fault> {
    let phone = seal_phone(tx, OUTLET_PHONE, o.phone.as_ref())?;
    tx.execute(
        "insert into stations_outlet_entry (id, region_id, town_id, station_id, name, started_on, hours, lat, lon, position, place,
             phone_sealed, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            id, tx.region()?, o.town, o.station, o.name, o.started_on, o.hours, o.position.map(|p| p.0), o.position.map(|p| p.1),
            position_kind(o.position, o.position_kind), o.place, phone, o.note
        ],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
