//! Official numbers (案号): one after the other within a year, taken in the transaction that uses them.

use kernel::Fault;
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
