//! Says which column of the file means what, and remembers it for files with the same heads.

use crate::{
    import::{Import, State},
    kind::Kind,
    mapping::{self, FileColumn},
    store::{self, Decision},
};
use ::store::Tx;
use kernel::{Moment, Refusal, Result};
use web::Actor;

kernel::refusals! {
    /// Why columns cannot be told now.
    pub(crate) enum MapRefusal {
        /// It is under way, done or dropped.
        NotNow => Conflict, "这个导入已经开始或结束，不能再改列的对应。";
        /// Somebody else changed it meanwhile.
        Stale => Conflict, "这个导入刚刚有了变化，请刷新页面后再试。";
    }
}

/// Notes the columns; the rows are checked anew afterwards.
///
/// # Errors
/// A refusal by name, or one that lists what is missing; a fault if it cannot be written.
pub(crate) async fn map_columns(
    tx: &mut Tx,
    actor: &Actor,
    (import, version): (&Import, i64),
    kind: &Kind,
    keys: &[String],
    now: Moment,
) -> Result<()> {
    if !matches!(import.state, State::Uploaded | State::Checked) {
        return Err(MapRefusal::NotNow.into());
    }
    let columns: Vec<FileColumn> = import
        .columns()?
        .into_iter()
        .enumerate()
        .map(|(at, known)| {
            let key = keys.get(at).filter(|key| kind.column(key).is_some()).cloned().unwrap_or_default();
            FileColumn { key, ..known }
        })
        .collect();
    let missing = mapping::missing(kind, &columns);
    if !missing.is_empty() {
        return Err(Refusal::invalid(format!("还没有指定这些必需的列：{}。", missing.join("、"))).into());
    }
    let doubled = mapping::doubled(kind, &columns);
    if !doubled.is_empty() {
        return Err(
            Refusal::invalid(format!("有两列都对应到：{}。每项只能有一列。", doubled.join("、"))).into()
        );
    }
    store::remember(tx, kind.key, &import.header_digest, &columns, (actor.id, now)).await?;
    let decision = Decision {
        state: State::Checking,
        mode: "",
        aim: "",
        mapping: Some(serde_json::to_string(&columns)?),
        actor: Some(actor),
    };
    if !store::decide(tx, import.id, version, &decision).await? {
        return Err(MapRefusal::Stale.into());
    }
    Ok(())
}
