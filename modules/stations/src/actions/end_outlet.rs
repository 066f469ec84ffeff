//! Ends a part-time outreach point; citizens no longer see it, the staff's list keeps it.

use crate::{outlet::Outlet, store::outlets};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why an outreach point cannot be ended.
    pub(crate) enum EndOutletRefusal {
        /// Not there, or ended already.
        Unknown => Conflict, "没有这个流动服务点，或者已经停办。请刷新页面后核对。";
    }
}

/// Ends it on that day.
pub(crate) async fn end_outlet(tx: &mut Tx, actor: Option<i64>, id: Id<Outlet>, on: Day) -> Result<()> {
    if !outlets::end(tx, id, on).await? {
        return Err(EndOutletRefusal::Unknown.into());
    }
    tx.audit(Audit::new(actor, "stations.outlet.end", "stations_outlet", id));
    Ok(())
}
