//! Recovery codes of the second factor in the database.

use crate::account::Account;
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

enum Code {}

/// Replaces the codes of an account by these digests.
pub(crate) async fn replace(tx: &mut Tx, account: Id<Account>, digests: &[String]) -> Result<(), Fault> {
    tx.execute(
        "delete from identity_recovery_entry where region_id = $1 and account_id = $2",
        params![tx.region()?, account],
    )
    .await?;
    for digest in digests {
        tx.execute(
            "insert into identity_recovery_entry (id, region_id, account_id, code_hash) values ($1, $2, $3, $4)",
            params![tx.new_id::<Code>()?, tx.region()?, account, digest],
        )
        .await?;
    }
    Ok(())
}

/// Uses a code up; false if there is none or it was used before.
pub(crate) async fn use_up(
    tx: &mut Tx,
    account: Id<Account>,
    digest: &str,
    now: Moment,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_recovery_entry set used_at = $4
             where region_id = $1 and account_id = $2 and code_hash = $3 and used_at is null",
            params![tx.region()?, account, digest, now],
        )
        .await?;
    Ok(touched == 1)
}

/// How many codes are left.
pub(crate) async fn left(tx: &mut Tx, account: Id<Account>) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from identity_recovery_entry where region_id = $1 and account_id = $2 and used_at is null",
        params![tx.region()?, account],
    )
    .await
}
