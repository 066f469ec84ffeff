//! Official numbers (案号): one after the other within a year, taken in the transaction that uses them, and found by a
//! part of them.

use crate::case::Case;
use kernel::{Fault, Id};
use store::{Tx, params};

/// The next number of that year. Two who ask at once get two numbers; who does not commit leaves no gap.
pub(crate) async fn next(tx: &mut Tx, year: i64) -> Result<i64, Fault> {
    tx.scalar(
        "insert into legal_aid_counter_entry (region_id, year, last) values ($1, $2, 1)
         on conflict (region_id, year) do update set last = legal_aid_counter_entry.last + 1 returning last",
        params![tx.region()?, year],
    )
    .await
}

/// Writes the endings of a number down, by which the case is found.
pub(crate) async fn put_parts(tx: &mut Tx, case: Id<Case>, number: &str) -> Result<(), Fault> {
    tx.execute(
        "insert into legal_aid_number_part_entry (region_id, part, case_id)
         with recursive cut (part) as (
             select cast($3 as text) union select substr(part, 2) from cut where length(part) > 1)
         select $1, part, $2 from cut where part <> ''",
        params![tx.region()?, case, number.to_ascii_lowercase()],
    )
    .await
    .map(|_| ())
}

/// How many endings of names and of numbers begin with a text, counted up to `cap` and one more of each.
pub(crate) async fn with_part(tx: &mut Tx, text: &str, cap: i64) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from (
             select person_id as id from (
                 select person_id from parties_name_part where region_id = $1 and part >= $2 and part < $2 || '\u{10FFFF}' limit $3) as named
             union all select case_id as id from (
                 select case_id from legal_aid_number_part_entry where region_id = $1 and part >= $2 and part < $2 || '\u{10FFFF}' limit $3)
                 as numbered) as found",
        params![tx.region()?, text, cap + 1],
    )
    .await
}
