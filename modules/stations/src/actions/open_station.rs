//! Enters a station: already open, or planned for later (法律援助法 §13).

use crate::{
    station::{OPENED, STOCK, State, Station, StationDetails},
    store::{self, StepRow},
};
use ::store::{
    Audit, Tx,
    tally::{self, Fact, Measure},
};
use kernel::{Day, Id, Moment, Result};

/// The kind of record in facts, audit rows and outside numbers.
pub(crate) const OBJECT: &str = "stations_station";

/// A station that has opened.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStation {
    /// Everything about it.
    pub details: StationDetails,
    /// The day it opened.
    pub opened_on: Day,
}

kernel::refusals! {
    /// Why a station cannot be entered.
    pub(crate) enum OpenStationRefusal {
        /// The name is taken.
        NameTaken => Invalid("name"), "已有同名的工作站（包括筹备中和已撤销的），请核对名称。";
        /// No such town.
        UnknownTown => Invalid("town"), "请选择所属镇（街道）。";
        /// It has not opened yet.
        Future => Invalid("opened_on"), "启用日期不能晚于今天；还没启用的，请留空，先按筹备中保存。";
        /// Nobody could come.
        NoHours => Invalid("d1"), "请至少填写一天的开放时间。";
    }
}

/// Enters an open station and counts it.
///
/// # Errors
/// A refusal if the name is taken, the town unknown, the day still to come or there are no hours; a fault if
/// it cannot be written.
pub async fn open_station(
    tx: &mut Tx,
    actor: Option<i64>,
    new: &NewStation,
    now: Moment,
) -> Result<Id<Station>> {
    if new.opened_on > now.day() {
        return Err(OpenStationRefusal::Future.into());
    }
    if new.details.hours.is_empty() {
        return Err(OpenStationRefusal::NoHours.into());
    }
    let state = State::Planned.open(new.opened_on)?;
    let id = enter(tx, actor, &new.details, &state, new.opened_on, now).await?;
    count(tx, OPENED, 1, new.opened_on, id, new.details.town, actor, now).await?;
    count(tx, STOCK, 1, new.opened_on, id, new.details.town, actor, now).await?;
    tx.audit(Audit::new(actor, "stations.station.open", OBJECT, id));
    Ok(id)
}

/// Enters a station that is being prepared; citizens do not see it yet.
///
/// # Errors
/// A refusal if the name is taken or the town unknown; a fault if it cannot be written.
pub async fn plan_station(
    tx: &mut Tx,
    actor: Option<i64>,
    details: &StationDetails,
    now: Moment,
) -> Result<Id<Station>> {
    let id = enter(tx, actor, details, &State::Planned, now.day(), now).await?;
    tx.audit(Audit::new(actor, "stations.station.plan", OBJECT, id));
    Ok(id)
}

async fn enter(
    tx: &mut Tx,
    actor: Option<i64>,
    details: &StationDetails,
    state: &State,
    on: Day,
    now: Moment,
) -> Result<Id<Station>> {
    if store::named(tx, &details.name).await?.is_some() {
        return Err(OpenStationRefusal::NameTaken.into());
    }
    if places::town(tx, details.town).await?.is_none() {
        return Err(OpenStationRefusal::UnknownTown.into());
    }
    let id = tx.new_id()?;
    store::insert(tx, id, details, state, on).await?;
    let step = StepRow { state: state.kind(), happened_on: on, reason: String::new() };
    store::insert_step(tx, id, &step, actor, now).await?;
    Ok(id)
}

/// Records what a station adds to the figures of its town.
#[expect(clippy::too_many_arguments, reason = "a fact has that many sides")]
pub(crate) async fn count(
    tx: &mut Tx,
    measure: Measure,
    quantity: i64,
    day: Day,
    station: Id<Station>,
    town: Id<places::Town>,
    entered_by: Option<i64>,
    now: Moment,
) -> Result<()> {
    let fact = Fact { entered_by, ..Fact::new(measure, quantity, day, town, OBJECT, station) };
    tally::record(tx, &fact, now).await?;
    Ok(())
}
