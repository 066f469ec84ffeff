//! Corrects what is known about a station.

use crate::{
    actions::open_station::{OBJECT, count},
    station::{OPENED, STOCK, StateKind, Station, StationDetails},
    store::{self, Entry},
};
use ::store::{Audit, Tx, tally};
use kernel::{Id, Moment, Result};

/// What became of the change.
#[derive(Debug)]
pub(crate) enum Changed {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<Entry>),
}

kernel::refusals! {
    /// Why a station cannot be changed.
    pub(crate) enum ChangeRefusal {
        /// It is gone.
        Unknown => NotFound, "没有这个工作站。";
        /// A closed one stays as it was.
        Closed => Conflict, "已撤销的工作站不能再修改。";
        /// Another one has the name.
        NameTaken => Invalid("name"), "已有同名的工作站（包括筹备中和已撤销的），请核对名称。";
        /// No such town.
        UnknownTown => Invalid("town"), "请选择所属镇（街道）。";
        /// Nobody could come.
        NoHours => Invalid("d1"), "请至少填写一天的开放时间。";
    }
}

/// Saves the change unless somebody else was quicker. A station that moves to another town takes its figures along.
pub(crate) async fn change_station(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Station>,
    version: i64,
    details: &StationDetails,
    now: Moment,
) -> Result<Changed> {
    let before = store::entry(tx, id).await?.ok_or(ChangeRefusal::Unknown)?;
    if before.version != version {
        return Ok(Changed::Stale(Box::new(before)));
    }
    if before.state.kind() == StateKind::Closed {
        return Err(ChangeRefusal::Closed.into());
    }
    if details.hours.is_empty() && before.state.kind() != StateKind::Planned {
        return Err(ChangeRefusal::NoHours.into());
    }
    if store::named(tx, &details.name).await?.is_some_and(|other| other != id) {
        return Err(ChangeRefusal::NameTaken.into());
    }
    if places::town(tx, details.town).await?.is_none() {
        return Err(ChangeRefusal::UnknownTown.into());
    }
    if !store::update(tx, id, version, details).await? {
        return Ok(Changed::Stale(Box::new(before)));
    }
    if let Some(opened_on) = before.state.opened_on().filter(|_| before.details.town != details.town) {
        tally::reverse(tx, OBJECT, id.raw(), actor, now).await?;
        count(tx, OPENED, 1, opened_on, id, details.town, actor, now).await?;
        count(tx, STOCK, 1, opened_on, id, details.town, actor, now).await?;
    }
    let fields = changed_fields(&before.details, details);
    tx.audit(
        Audit::new(actor, "stations.station.change", OBJECT, id)
            .with(&serde_json::json!({ "fields": fields })),
    );
    Ok(Changed::Saved)
}

fn changed_fields(a: &StationDetails, b: &StationDetails) -> Vec<&'static str> {
    let pairs = [
        ("town", a.town != b.town),
        ("name", a.name != b.name),
        ("host_kind", a.host_kind != b.host_kind),
        ("operator", a.operator != b.operator),
        ("address", a.address != b.address),
        ("phone", a.phone != b.phone),
        ("position", a.position != b.position || a.position_kind != b.position_kind),
        ("hours", a.hours != b.hours || a.follows_calendar != b.follows_calendar),
        ("green_channel", a.green_channel != b.green_channel),
        ("facilities", a.facilities != b.facilities),
        ("brand", a.brand != b.brand),
        ("staff", a.staff != b.staff || a.staff_names != b.staff_names),
        ("languages", a.languages != b.languages),
    ];
    pairs.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
}
