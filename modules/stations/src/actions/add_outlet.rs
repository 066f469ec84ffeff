//! Enters a part-time outreach point.

use crate::{
    outlet::{NewOutlet, Outlet},
    store,
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

kernel::refusals! {
    /// Why an outreach point cannot be entered.
    pub(crate) enum AddOutletRefusal {
        /// The name is taken.
        NameTaken => Invalid("name"), "已有同名的流动服务点，请核对名称。";
        /// No such town.
        UnknownTown => Invalid("town"), "请选择所属镇（街道）。";
        /// No such station.
        UnknownStation => Invalid("station"), "请选择派出人员的工作站。";
    }
}

/// Enters the outreach point; it is no station and is counted nowhere.
///
/// # Errors
/// A refusal if the name is taken or town or station are unknown; a fault if it cannot be written.
pub async fn add_outlet(tx: &mut Tx, actor: Option<i64>, outlet: &NewOutlet) -> Result<Id<Outlet>> {
    if store::outlet_named(tx, &outlet.name).await? {
        return Err(AddOutletRefusal::NameTaken.into());
    }
    if places::town(tx, outlet.town).await?.is_none() {
        return Err(AddOutletRefusal::UnknownTown.into());
    }
    if let Some(station) = outlet.station
        && store::entry(tx, station).await?.is_none()
    {
        return Err(AddOutletRefusal::UnknownStation.into());
    }
    let id = tx.new_id()?;
    store::insert_outlet(tx, id, outlet).await?;
    tx.audit(Audit::new(actor, "stations.outlet.add", "stations_outlet", id));
    Ok(id)
}
