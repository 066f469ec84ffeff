//! Requests to join or part the administrators' roles, in the database.

use kernel::{Fault, Id, Moment};
use store::{Tx, params};

/// A request; the type only marks ids.
pub(crate) enum Request {}

store::record! {
    /// A request with the names of those who asked and decided.
    #[derive(Debug, Clone)]
    pub(crate) struct RequestRow {
        pub(crate) id: Id<Request>,
        pub(crate) wanted: bool,
        pub(crate) reason: String,
        pub(crate) requested_by: i64,
        pub(crate) requested_at: Moment,
        pub(crate) outcome: String,
        pub(crate) decided_at: Option<Moment>,
        pub(crate) asked: Option<String>,
        pub(crate) decided: Option<String>,
    }
}

/// The request that waits for a decision.
pub(crate) async fn open(tx: &mut Tx) -> Result<Option<RequestRow>, Fault> {
    Ok(all(tx).await?.into_iter().find(|row| row.outcome == "open"))
}

/// The latest requests, the newest first.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<RequestRow>, Fault> {
    tx.all(
        "select c.id, c.wanted, c.reason, c.requested_by, c.requested_at, c.outcome, c.decided_at, a.name as asked, d.name as decided
         from identity_combination_entry c
         left join identity_account_entry a on a.id = c.requested_by
         left join identity_account_entry d on d.id = c.decided_by
         where c.region_id = $1 order by c.requested_at desc, c.id desc limit 20",
        params![tx.region()?],
    )
    .await
}

/// Writes a request down.
pub(crate) async fn insert(
    tx: &mut Tx,
    wanted: bool,
    reason: &str,
    by: i64,
    now: Moment,
) -> Result<Id<Request>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into identity_combination_entry (id, region_id, wanted, reason, requested_by, requested_at, outcome)
         values ($1, $2, $3, $4, $5, $6, 'open')",
        params![id, tx.region()?, wanted, reason, by, now],
    )
    .await?;
    Ok(id)
}

/// Decides a request; false if somebody else did.
pub(crate) async fn decide(
    tx: &mut Tx,
    id: Id<Request>,
    approve: bool,
    by: i64,
    now: Moment,
) -> Result<bool, Fault> {
    let outcome = if approve { "approved" } else { "refused" };
    let touched = tx
        .execute(
            "update identity_combination_entry set outcome = $2, decided_by = $3, decided_at = $4 where id = $1 and outcome = 'open'",
            params![id, outcome, by, now],
        )
        .await?;
    Ok(touched == 1)
}
