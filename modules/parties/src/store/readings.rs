//! Statements over readings of whole numbers.

use crate::reading::{DAILY_QUOTA, QUOTA_SETTING, ReadingRow, Reason};
use kernel::{Day, Fault};
use store::{Tx, params};

/// Marks ids of readings.
enum Reading {}

/// How many records an account may be shown whole on one day.
pub(crate) async fn quota(tx: &mut Tx) -> Result<i64, Fault> {
    let set = store::setting(tx, QUOTA_SETTING).await?;
    Ok(set.and_then(|text| text.parse().ok()).unwrap_or(DAILY_QUOTA))
}

/// A reading about to happen.
pub(crate) struct NewReading<'a> {
    pub(crate) account: i64,
    pub(crate) account_name: &'a str,
    pub(crate) object: &'static str,
    pub(crate) object_id: i64,
    pub(crate) fields: String,
    pub(crate) reason: Reason,
    pub(crate) note: &'a str,
}

/// Counts a reading and says which of the day it is; nothing if the account has had its share of that day. Two at the same time cannot both be the last.
pub(crate) async fn count(tx: &mut Tx, reading: &NewReading<'_>, quota: i64) -> Result<Option<i64>, Fault> {
    let at = tx.db().wall().now();
    loop {
        let had: i64 = tx
            .scalar(
                "select coalesce(max(nth), 0) from parties_reading_entry where region_id = $1 and day = $2 and account_id = $3",
                params![tx.region()?, at.day(), reading.account],
            )
            .await?;
        if had >= quota {
            return Ok(None);
        }
        let touched = tx
            .execute(
                "insert into parties_reading_entry (id, region_id, account_id, account_name, day, nth, object, object_id, fields, reason, note, read_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (region_id, day, account_id, nth) do nothing",
                params![
                    tx.new_id::<Reading>()?, tx.region()?, reading.account, reading.account_name, at.day(), had + 1, reading.object,
                    reading.object_id, reading.fields, reading.reason, reading.note, at
                ],
            )
            .await?;
        if touched == 1 {
            return Ok(Some(had + 1));
        }
    }
}

/// Who was shown something of that record whole, the newest first.
pub(crate) async fn of_record(tx: &mut Tx, object: &str, id: i64) -> Result<Vec<ReadingRow>, Fault> {
    tx.all(
        "select account_name, nth, object, object_id, reason, note, read_at from parties_reading_entry
         where region_id = $1 and object = $2 and object_id = $3 order by id desc limit 100",
        params![tx.region()?, object, id],
    )
    .await
}

/// How many records each account was shown whole on a day, the busiest first.
pub(crate) async fn by_account(tx: &mut Tx, day: Day) -> Result<Vec<(i64, String, i64)>, Fault> {
    tx.all(
        "select account_id, max(account_name) as name, count(*) as times from parties_reading_entry
         where region_id = $1 and day = $2 group by account_id order by count(*) desc, account_id limit 200",
        params![tx.region()?, day],
    )
    .await
}
