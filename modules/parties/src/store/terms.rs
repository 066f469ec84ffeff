//! Statements over the dictionaries.

use crate::term::{NewTerm, Term, TermStatus};
use kernel::{Day, Fault, Id};
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

store::record! {
    /// A term as its page shows it, with its time.
    #[derive(Debug, Clone)]
    pub(crate) struct TermLine {
        pub(crate) id: Id<Term>,
        pub(crate) list: String,
        pub(crate) code: String,
        pub(crate) name: String,
        pub(crate) parent: Option<String>,
        pub(crate) source: String,
        pub(crate) status: TermStatus,
        pub(crate) valid_from: Day,
        pub(crate) valid_to: Option<Day>,
    }
}

store::record! {
    /// How many terms of a list are valid, and how many of them the bureau must confirm.
    #[derive(Debug, Clone)]
    pub(crate) struct ListCount {
        pub(crate) list: String,
        pub(crate) terms: i64,
        pub(crate) to_confirm: i64,
    }
}

/// Every term a list ever had, in order.
pub(crate) async fn whole_list(tx: &mut Tx, list: &str) -> Result<Vec<TermLine>, Fault> {
    tx.all(
        "select id, list, code, name, parent, source, status, valid_from, valid_to from parties_term
         where region_id = $1 and list = $2 order by sort, code, valid_from",
        params![tx.region()?, list],
    )
    .await
}

/// Every term of every list, for the export.
pub(crate) async fn everything(tx: &mut Tx) -> Result<Vec<TermLine>, Fault> {
    tx.all(
        "select id, list, code, name, parent, source, status, valid_from, valid_to from parties_term
         where region_id = $1 order by list, sort, code, valid_from",
        params![tx.region()?],
    )
    .await
}

pub(crate) async fn term(tx: &mut Tx, id: Id<Term>) -> Result<Option<TermLine>, Fault> {
    tx.optional(
        "select id, list, code, name, parent, source, status, valid_from, valid_to from parties_term where region_id = $1 and id = $2",
        params![tx.region()?, id],
    )
    .await
}

/// The lists with their counts on a day.
pub(crate) async fn counts(tx: &mut Tx, on: Day) -> Result<Vec<ListCount>, Fault> {
    tx.all(
        "select list, count(*) as terms, cast(sum(case when status = 'confirm' then 1 else 0 end) as bigint) as to_confirm from parties_term
         where region_id = $1 and valid_from <= $2 and (valid_to is null or valid_to >= $2) group by list order by list",
        params![tx.region()?, on],
    )
    .await
}

/// Ends a term that has no end yet; false if it has one.
pub(crate) async fn end(tx: &mut Tx, id: Id<Term>, last_day: Day) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update parties_term_entry set valid_to = $3 where region_id = $1 and id = $2 and valid_to is null",
            params![tx.region()?, id, last_day],
        )
        .await?;
    Ok(touched == 1)
}

/// The terms below a term that are valid after a day.
pub(crate) async fn children_after(tx: &mut Tx, list: &str, code: &str, day: Day) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from parties_term where region_id = $1 and list = $2 and parent = $3 and (valid_to is null or valid_to > $4)",
        params![tx.region()?, list, code, day],
    )
    .await
}

/// The place behind the last term of a list.
pub(crate) async fn next_sort(tx: &mut Tx, list: &str) -> Result<i64, Fault> {
    tx.scalar(
        "select coalesce(max(sort), 0) + 10 from parties_term where region_id = $1 and list = $2",
        params![tx.region()?, list],
    )
    .await
}
