//! The set-up link in the database.

use kernel::{Fault, Id, Moment};
use store::{Tx, params};

enum Setup {}

/// Makes the link anew; an earlier one ends.
pub(crate) async fn replace(tx: &mut Tx, digest: &str, now: Moment) -> Result<(), Fault> {
    clear(tx).await?;
    tx.execute(
        "insert into identity_setup (id, region_id, token_hash, created_at) values ($1, $2, $3, $4)",
        params![tx.new_id::<Setup>()?, tx.region()?, digest, now],
    )
    .await?;
    Ok(())
}

/// Whether the link is the one that was made last.
pub(crate) async fn is(tx: &mut Tx, digest: &str) -> Result<bool, Fault> {
    let row: Option<(Id<Setup>,)> = tx
        .optional(
            "select id from identity_setup where region_id = $1 and token_hash = $2",
            params![tx.region()?, digest],
        )
        .await?;
    Ok(row.is_some())
}

/// Ends the link; how many there were.
pub(crate) async fn clear(tx: &mut Tx) -> Result<u64, Fault> {
    tx.execute("delete from identity_setup where region_id = $1", params![tx.region()?]).await
}
