//! Statements over the dictionaries.

use crate::term::{NewTerm, Term};
use kernel::{Day, Fault};
use store::{Tx, params};

/// The terms of a list that are valid on a day, in their order.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn terms(tx: &mut Tx, list: &str, on: Day) -> Result<Vec<Term>, Fault> {
    tx.all(
        "select list, code, name, parent, status from parties_term
         where region_id = $1 and list = $2 and valid_from <= $3 and (valid_to is null or valid_to >= $3) order by sort, code",
        params![tx.region()?, list, on],
    )
    .await
}

/// The terms of a list as choices of a form: code and name.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn term_options(tx: &mut Tx, list: &str, on: Day) -> Result<Vec<(String, String)>, Fault> {
    Ok(terms(tx, list, on).await?.into_iter().map(|term| (term.code, term.name)).collect())
}

/// The name of a term on a day; a term that has ended keeps its last name.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn term_name(tx: &mut Tx, list: &str, code: &str, on: Day) -> Result<Option<String>, Fault> {
    let found: Option<(String,)> = tx
        .optional(
            "select name from parties_term where region_id = $1 and list = $2 and code = $3 and valid_from <= $4 order by valid_from desc limit 1",
            params![tx.region()?, list, code, on],
        )
        .await?;
    Ok(found.map(|(name,)| name))
}

/// Whether the code was or will be in use at any time from that day on.
pub(crate) async fn in_use_from(tx: &mut Tx, list: &str, code: &str, day: Day) -> Result<bool, Fault> {
    let count: i64 = tx
        .scalar(
            "select count(*) from parties_term where region_id = $1 and list = $2 and code = $3 and (valid_to is null or valid_to >= $4)",
            params![tx.region()?, list, code, day],
        )
        .await?;
    Ok(count > 0)
}

pub(crate) async fn insert(tx: &mut Tx, term: &NewTerm) -> Result<i64, Fault> {
    let id = tx.new_id::<Term>()?;
    tx.execute(
        "insert into parties_term_entry (id, region_id, list, code, name, parent, source, status, valid_from, sort)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![id, tx.region()?, term.list, term.code, term.name, term.parent, term.source, term.status, term.valid_from, term.sort],
    )
    .await?;
    Ok(id.raw())
}

/// Every list and code there is, ended ones included.
pub(crate) async fn all_codes(tx: &mut Tx) -> Result<Vec<(String, String)>, Fault> {
    tx.all("select list, code from parties_term where region_id = $1", params![tx.region()?]).await
}
