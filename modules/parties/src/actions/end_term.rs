//! Ends the validity of a term; it stays for what was entered with it.

use crate::{store::terms, term::Term};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why a term cannot be ended.
    pub(crate) enum EndTermRefusal {
        /// It is not there.
        Unknown => NotFound, "字典中没有这个条目。";
        /// It has ended.
        AlreadyEnded => Conflict, "这个条目已经停用，不需要再操作。";
        /// It would end before it began.
        BeforeStart => Invalid("valid_to"), "最后使用日不能早于启用日期。";
        /// Other terms hang on it.
        HasChildren => Invalid("valid_to"), "它下面还有在用的条目，请先停用下级条目。";
    }
}

/// Ends the term; `last_day` is the last day it may be used.
pub(crate) async fn end_term(tx: &mut Tx, actor: Option<i64>, id: Id<Term>, last_day: Day) -> Result<()> {
    let term = terms::term(tx, id).await?.ok_or(EndTermRefusal::Unknown)?;
    if last_day < term.valid_from {
        return Err(EndTermRefusal::BeforeStart.into());
    }
    if terms::children_after(tx, &term.list, &term.code, last_day).await? > 0 {
        return Err(EndTermRefusal::HasChildren.into());
    }
    if !terms::end(tx, id, last_day).await? {
        return Err(EndTermRefusal::AlreadyEnded.into());
    }
    let details =
        serde_json::json!({ "list": term.list, "code": term.code, "last_day": last_day.to_string() });
    tx.audit(Audit::new(actor, "parties.term.end", "parties_term", id).with(&details));
    Ok(())
}
