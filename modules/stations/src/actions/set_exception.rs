//! Other hours on a single day: added and taken back.

use crate::{
    actions::open_station::OBJECT,
    hours::Span,
    station::Station,
    store::{self, ExceptionEntry},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why other hours cannot be set.
    pub(crate) enum ExceptionRefusal {
        /// The station is gone.
        Unknown => NotFound, "没有这个工作站。";
        /// What is past has happened.
        Past => Invalid("day"), "只能调整今天及以后的开放时间。";
        /// One exception a day.
        Taken => Invalid("day"), "这一天已有临时安排，请先取消再重新填写。";
        /// Nobody knows why.
        ReasonMissing => Invalid("exception_reason"), "请写明原因，群众会看到。";
        /// It is gone.
        Gone => NotFound, "这条临时安排已经不在了。";
    }
}

/// Sets other hours for a day; no spans: closed.
pub(crate) async fn add_exception(
    tx: &mut Tx,
    actor: Option<i64>,
    station: Id<Station>,
    day: Day,
    spans: &[Span],
    reason: &str,
    today: Day,
) -> Result<()> {
    store::entry(tx, station).await?.ok_or(ExceptionRefusal::Unknown)?;
    if day < today {
        return Err(ExceptionRefusal::Past.into());
    }
    if reason.is_empty() {
        return Err(ExceptionRefusal::ReasonMissing.into());
    }
    if store::has_exception(tx, station, day).await? {
        return Err(ExceptionRefusal::Taken.into());
    }
    store::insert_exception(tx, station, day, spans, reason).await?;
    let details = serde_json::json!({ "day": day.to_string(), "closed": spans.is_empty() });
    tx.audit(Audit::new(actor, "stations.exception.add", OBJECT, station).with(&details));
    Ok(())
}

/// Takes it back.
pub(crate) async fn remove_exception(
    tx: &mut Tx,
    actor: Option<i64>,
    station: Id<Station>,
    exception: Id<ExceptionEntry>,
) -> Result<()> {
    if !store::delete_exception(tx, station, exception).await? {
        return Err(ExceptionRefusal::Gone.into());
    }
    tx.audit(Audit::new(actor, "stations.exception.remove", OBJECT, station));
    Ok(())
}
