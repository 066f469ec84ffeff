//! Notes a station's number in an outside system (SF/T 0024 keeps workstations too).

use crate::{actions::open_station::OBJECT, station::Station, store};
use ::store::{
    Audit, Tx,
    outside::{self, OutsideState},
};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why it cannot be noted.
    pub(crate) enum NoteOutsideRefusal {
        /// The station is gone.
        Unknown => NotFound, "没有这个工作站。";
        /// Recorded there means that there is a number.
        NumberMissing => Invalid("number"), "请填写外部系统里的编号；还没录的，请选“未录”。";
    }
}

/// Notes it, replacing what was noted for that system before.
pub(crate) async fn note_outside(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Station>,
    system: &str,
    number: &str,
    state: OutsideState,
    on: Day,
) -> Result<()> {
    store::entry(tx, id).await?.ok_or(NoteOutsideRefusal::Unknown)?;
    if number.is_empty() && state != OutsideState::Missing {
        return Err(NoteOutsideRefusal::NumberMissing.into());
    }
    outside::note(tx, OBJECT, id.raw(), system, number, state, on).await?;
    tx.audit(
        Audit::new(actor, "stations.outside.note", OBJECT, id)
            .with(&serde_json::json!({ "state": state.as_str() })),
    );
    Ok(())
}
