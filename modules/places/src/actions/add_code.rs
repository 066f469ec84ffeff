//! Gives a unit an official code from a day on; the one before of the same list ends the day before.

use crate::{
    event::SCHEMES,
    store::{self, events},
    unit::Unit,
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why a code cannot be given.
    pub(crate) enum CodeRefusal {
        /// Not there, or closed.
        Unknown => NotFound, "没有这个村（社区）。";
        /// No such list.
        Scheme => Invalid("scheme"), "请选择代码的来源。";
        /// No code, or too long a one.
        Code => Invalid("code"), "请填写代码，最多 30 个字。";
        /// It has it.
        Same => Invalid("code"), "现在的代码就是这个。";
        /// Before the one that holds, or in the future.
        Day => Invalid("valid_from"), "启用日期不能晚于今天，也要晚于现在这个代码的启用日期和设立日期。";
    }
}

/// Gives the code.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn add_code(
    tx: &mut Tx,
    actor: Option<i64>,
    unit: Id<Unit>,
    (scheme, code): (&str, &str),
    from: Day,
    today: Day,
) -> Result<()> {
    if store::unit(tx, unit).await?.is_none() {
        return Err(CodeRefusal::Unknown.into());
    }
    if !SCHEMES.iter().any(|(key, _)| *key == scheme) {
        return Err(CodeRefusal::Scheme.into());
    }
    let code = kernel::to_half_width(code).trim().to_owned();
    if code.is_empty() || code.chars().count() > 30 {
        return Err(CodeRefusal::Code.into());
    }
    let opened = events::any_unit(tx, unit).await?.map(|unit| unit.opened_on);
    if from > today || opened.is_some_and(|opened| from < opened) {
        return Err(CodeRefusal::Day.into());
    }
    let codes = events::codes(tx, unit).await?;
    let last = codes.iter().rfind(|row| row.scheme == scheme);
    if last.is_some_and(|row| row.code == code && row.valid_to.is_none()) {
        return Err(CodeRefusal::Same.into());
    }
    if last.is_some_and(|row| from <= row.valid_from || row.valid_to.is_some_and(|to| from <= to)) {
        return Err(CodeRefusal::Day.into());
    }
    events::end_codes(tx, unit, Some(scheme), from, None).await?;
    store::insert_code(tx, unit, scheme, &code, from).await?;
    let details = serde_json::json!({ "fields": ["code"], "scheme": scheme });
    tx.audit(Audit::new(actor, "places.unit.change", "places_unit", unit).with(&details));
    Ok(())
}
