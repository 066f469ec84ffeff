//! Wrong passwords per name typed, in the database.

use crate::throttle::Attempts;
use kernel::{Fault, Moment};
use store::{Tx, params};

enum Attempt {}

/// The keyed digest of a name: the table does not tell who tried to log in.
fn name_hash(tx: &Tx, username: &str) -> String {
    tx.db().keys().blind("identity_attempt_entry.name", username)
}

/// What went wrong with that name so far.
pub(crate) async fn of(tx: &mut Tx, username: &str) -> Result<Attempts, Fault> {
    let row: Option<(i64, Moment, Moment)> = tx
        .optional(
            "select failed_count, last_failed_at, locked_until from identity_attempt_entry where region_id = $1 and name_hash = $2",
            params![tx.region()?, name_hash(tx, username)],
        )
        .await?;
    Ok(row.map_or(Attempts::NONE, |(failed, last_failed_at, locked_until)| Attempts {
        failed,
        last_failed_at,
        locked_until,
    }))
}

/// The same, holding the name until the transaction ends: guesses at the same time are counted one after the other.
pub(crate) async fn claim(tx: &mut Tx, username: &str) -> Result<Attempts, Fault> {
    let none = Attempts::NONE;
    let (failed, last_failed_at, locked_until): (i64, Moment, Moment) = tx
        .one(
            "insert into identity_attempt_entry (id, region_id, name_hash, failed_count, last_failed_at, locked_until)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (region_id, name_hash) do update set failed_count = identity_attempt_entry.failed_count
             returning failed_count, last_failed_at, locked_until",
            params![
                tx.new_id::<Attempt>()?, tx.region()?, name_hash(tx, username), none.failed, none.last_failed_at, none.locked_until
            ],
        )
        .await?;
    Ok(Attempts { failed, last_failed_at, locked_until })
}

/// Keeps what went wrong with that name.
pub(crate) async fn keep(tx: &mut Tx, username: &str, attempts: &Attempts) -> Result<(), Fault> {
    tx.execute(
        "insert into identity_attempt_entry (id, region_id, name_hash, failed_count, last_failed_at, locked_until)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (region_id, name_hash) do update
           set failed_count = excluded.failed_count, last_failed_at = excluded.last_failed_at, locked_until = excluded.locked_until",
        params![
            tx.new_id::<Attempt>()?, tx.region()?, name_hash(tx, username), attempts.failed, attempts.last_failed_at, attempts.locked_until
        ],
    )
    .await?;
    Ok(())
}

/// The names that are locked now, by their digests, with how often they were tried.
pub(crate) async fn locked(tx: &mut Tx, now: Moment) -> Result<Vec<(String, i64, Moment)>, Fault> {
    tx.all(
        "select name_hash, failed_count, locked_until from identity_attempt_entry
         where region_id = $1 and locked_until > $2 order by locked_until desc limit 1000",
        params![tx.region()?, now],
    )
    .await
}

/// The digest under which a name is counted.
pub(crate) fn digest_of(tx: &Tx, username: &str) -> String {
    name_hash(tx, username)
}

/// Forgets names that nobody tried for a day.
pub(crate) async fn purge(tx: &mut Tx, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "delete from identity_attempt_entry where region_id = $1 and last_failed_at < $2",
        params![tx.region()?, now.plus_seconds(-86_400)],
    )
    .await?;
    Ok(())
}

/// Forgets what went wrong with that name.
pub(crate) async fn forget(tx: &mut Tx, username: &str) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "delete from identity_attempt_entry where region_id = $1 and name_hash = $2",
            params![tx.region()?, name_hash(tx, username)],
        )
        .await?;
    Ok(touched == 1)
}
