//! Many entries at once, for measuring: earlier copies of entries that are there.

use ::store::{
    Tx, params,
    testing::{Copying, copy_facts, set_serials_aside},
};
use kernel::Fault;

/// What the facts of the service book name as their source.
const SOURCE: &str = "advisers_service";
/// An entry and its fact take two serials, so a fact's id may lie this far behind its entry's.
const MARGIN: i64 = 16;

/// Copies the `rows` oldest entries of the book with their facts so that the copies happened `years` earlier;
/// returns how many were copied. Copies have no audit rows, and the live sums know of them only after
/// [`::store::tally::rebuild`]: this fills a database that is measured, never one that is used.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn copy_entries(tx: &mut Tx, rows: i64, years: i64) -> Result<u64, Fault> {
    let region = tx.region()?;
    let (first, last): (Option<i64>, Option<i64>) = tx
        .one(
            "select min(id), max(id) from (select id from advisers_service_entry where region_id = $1 and state = 'standing' order by id limit $2) as oldest",
            params![region, rows],
        )
        .await?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(0) };
    let serial = set_serials_aside(tx, last - first + 1 + MARGIN).await?;
    // Ids are region and serial in one number: a common offset moves the whole range into the new serials.
    let offset = serial - kernel::Id::<()>::from_raw(first).map_or(0, kernel::Id::serial);
    let copying = Copying { first, last, offset, years };
    let copied = tx
        .execute(
            "insert into advisers_service_entry (id, region_id, batch_id, unit_id, lawyer_id, kind, quantity, happened_on, entered_at, entered_by,
                                                 on_behalf, people, matter, campaign, note, state, version)
             select id + $4, region_id, batch_id + $4, unit_id, lawyer_id, kind, quantity,
                    cast(cast(substr(happened_on, 1, 4) as bigint) - $5 as text) || substr(happened_on, 5), entered_at - $6, entered_by,
                    on_behalf, people, matter, campaign, note, state, version
             from advisers_service_entry where region_id = $1 and id >= $2 and id <= $3 and state = 'standing'",
            params![region, first, last, offset, years, copying.micros()],
        )
        .await?;
    copy_facts(tx, SOURCE, copying).await?;
    Ok(copied)
}
