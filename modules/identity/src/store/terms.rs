//! Accepted terms of use in the database.

use crate::account::Account;
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

enum Acceptance {}

/// Notes that the account has accepted that version; a second time changes nothing.
pub(crate) async fn accept(
    tx: &mut Tx,
    account: Id<Account>,
    version: i64,
    now: Moment,
) -> Result<(), Fault> {
    tx.execute(
        "insert into identity_terms_entry (id, region_id, account_id, version, accepted_at) values ($1, $2, $3, $4, $5)
         on conflict (region_id, account_id, version) do nothing",
        params![tx.new_id::<Acceptance>()?, tx.region()?, account, version, now],
    )
    .await?;
    Ok(())
}

/// The newest version that the account has accepted, and when.
pub(crate) async fn newest(tx: &mut Tx, account: Id<Account>) -> Result<Option<(i64, Moment)>, Fault> {
    tx.optional(
        "select version, accepted_at from identity_terms_entry where region_id = $1 and account_id = $2 order by version desc limit 1",
        params![tx.region()?, account],
    )
    .await
}
