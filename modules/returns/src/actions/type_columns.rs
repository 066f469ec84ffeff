//! Keeps what people type into a form of a period because nothing in the system knows it, with who typed it when.

use crate::{
    book::Book,
    column::Column,
    form::Form,
    store::{self, Typed},
};
use ::store::{Audit, Tx};
use kernel::{Id, Moment, Result};
use web::Actor;

kernel::refusals! {
    /// Why nothing is kept.
    pub(crate) enum TypeRefusal {
        /// Somebody else typed meanwhile.
        Stale => Conflict, "刚才有人填报过这张表，您填的内容没有保存。请看下面的最新数字，核对后再保存，您填的还在格子里。";
        /// Nothing was changed.
        Unchanged => Invalid, "没有改动任何数字。";
        /// Nobody types into that column.
        Counted => Invalid, "这一栏由系统计数，不能填报。请在案件、咨询记录里更正。";
    }
}

/// The kind of record in audit rows.
const OBJECT: &str = "returns_typed";

/// Keeps what differs from what stands; `seen` is the newest row that the person saw.
///
/// # Errors
/// A refusal if nothing changed or somebody was quicker; a fault if it cannot be written.
pub(crate) async fn type_columns(
    tx: &mut Tx,
    actor: &Actor,
    (book, form): (&Book, &Form),
    values: &[(&Column, Option<i64>)],
    seen: i64,
    now: Moment,
) -> Result<()> {
    if book.newest_typed(form) != seen {
        return Err(TypeRefusal::Stale.into());
    }
    let mut first: Option<Id<Typed>> = None;
    let mut changed = Vec::new();
    for (column, value) in values {
        if book.typed(column).and_then(|typed| typed.value) == *value {
            continue;
        }
        if !column.is_typed() {
            return Err(TypeRefusal::Counted.into());
        }
        let by = (actor.id, actor.name.as_str());
        let id = store::insert_typed(tx, book.period, (form.key, column.number), *value, by, now).await?;
        first.get_or_insert(id);
        changed.push(column.number);
    }
    let Some(id) = first else { return Err(TypeRefusal::Unchanged.into()) };
    let period = format!("{} {}", book.period.scheme(), book.period);
    tx.audit(
        Audit::new(Some(actor.id), "returns.type", OBJECT, id)
            .with(&serde_json::json!({ "form": form.key, "period": period, "columns": changed })),
    );
    Ok(())
}
