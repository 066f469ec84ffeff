//! Records the residents of a unit or a town by source and day.

use crate::{
    population::{Population, PopulationSource},
    store::{
        self, events,
        populations::{self, Inhabited},
    },
};
use ::store::{Audit, Tx};
use kernel::{Moment, Result};

/// More than any village or town has: a slip of the keyboard.
const MOST: i64 = 2_000_000;

kernel::refusals! {
    /// Why residents cannot be recorded.
    pub(crate) enum PopulationRefusal {
        /// No such place.
        Unknown => NotFound, "没有这个村（社区）或镇（街道）。";
        /// Not a number of residents.
        Number => Invalid("residents"), "人口请填 0 到 200 万之间的整数。";
        /// In the future.
        Future => Invalid("as_of"), "数据日期不能晚于今天。";
        /// A source that nobody enters.
        Source => Invalid("source"), "请选择数据来源。";
        /// Too long.
        TooLong => Invalid("note"), "说明请控制在 200 个字以内。";
    }
}

/// Records the residents; a number of the same source and day is replaced and kept. Recording the same twice changes
/// nothing. Returns whether anything changed.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn record_population(
    tx: &mut Tx,
    actor: Option<i64>,
    of: Inhabited,
    row: &Population,
    now: Moment,
) -> Result<bool> {
    let known = match of {
        Inhabited::Unit(unit) => events::any_unit(tx, unit).await?.is_some(),
        Inhabited::Town(town) => store::town(tx, town).await?.is_some(),
    };
    if !known {
        return Err(PopulationRefusal::Unknown.into());
    }
    if row.source == PopulationSource::Derived {
        return Err(PopulationRefusal::Source.into());
    }
    if !(0..=MOST).contains(&row.residents) {
        return Err(PopulationRefusal::Number.into());
    }
    if row.as_of > now.day() {
        return Err(PopulationRefusal::Future.into());
    }
    if row.note.chars().count() > 200 {
        return Err(PopulationRefusal::TooLong.into());
    }
    if populations::populations(tx, of).await?.contains(row) {
        return Ok(false);
    }
    populations::insert_population(tx, of, row, None, (actor, now)).await?;
    let details = serde_json::json!({ "source": row.source.as_str(), "as_of": row.as_of.to_string() });
    let (act, object) = (
        "places.population.record",
        if matches!(of, Inhabited::Unit(_)) { "places_unit" } else { "places_town" },
    );
    let audit = match of {
        Inhabited::Unit(unit) => Audit::new(actor, act, object, unit),
        Inhabited::Town(town) => Audit::new(actor, act, object, town),
    };
    tx.audit(audit.with(&details));
    Ok(true)
}
