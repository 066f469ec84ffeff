//! Adds a term to a dictionary, and the terms every installation starts with.

use crate::{store::terms, term::{NewTerm, standard_terms}};
use kernel::Result;
use ::store::{Audit, Tx};

kernel::refusals! {
    /// Why a term cannot be added.
    pub(crate) enum AddTermRefusal {
        /// The code is in use.
        CodeTaken => Invalid("code"), "这个代码正在使用。要改名称，请先停用原条目，再从停用次日起新增。";
    }
}

/// Adds the term.
///
/// # Errors
/// A refusal if the code is in use on that day or later; a fault if it cannot be written.
pub async fn add_term(tx: &mut Tx, actor: Option<i64>, term: &NewTerm) -> Result<()> {
    if terms::in_use_from(tx, &term.list, &term.code, term.valid_from).await? {
        return Err(AddTermRefusal::CodeTaken.into());
    }
    terms::insert(tx, term).await?;
    let details = serde_json::json!({ "list": term.list, "code": term.code });
    tx.audit(Audit::about(actor, "parties.term.add", "parties_term").with(&details));
    Ok(())
}

/// Enters the standard terms that are not there yet; returns how many it added. Ended terms stay ended.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn install_standard_terms(tx: &mut Tx) -> Result<usize> {
    let known: std::collections::HashSet<(String, String)> = terms::all_codes(tx).await?.into_iter().collect();
    let mut added = 0;
    for term in standard_terms() {
        if !known.contains(&(term.list.clone(), term.code.clone())) {
            terms::insert(tx, &term).await?;
            added += 1;
        }
    }
    if added > 0 {
        tx.audit(Audit::about(None, "parties.term.install", "parties_term").with(&serde_json::json!({ "added": added })));
    }
    Ok(added)
}
