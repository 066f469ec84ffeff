//! The history of an account's states in the database.

use crate::account::{Account, AccountState};
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

enum Change {}

store::record! {
    /// One change of state.
    #[derive(Debug, Clone)]
    pub(crate) struct StateRow {
        pub(crate) state: AccountState,
        pub(crate) reason: String,
        pub(crate) at: Moment,
        pub(crate) who: Option<String>,
    }
}

/// Writes a change down.
pub(crate) async fn insert(
    tx: &mut Tx,
    account: Id<Account>,
    state: AccountState,
    reason: &str,
    by: i64,
    now: Moment,
) -> Result<(), Fault> {
    tx.execute(
        "insert into identity_state_entry (id, region_id, account_id, state, reason, at, by_account) values ($1, $2, $3, $4, $5, $6, $7)",
        params![tx.new_id::<Change>()?, tx.region()?, account, state, reason, now, by],
    )
    .await?;
    Ok(())
}

/// The changes of an account, the newest first.
pub(crate) async fn of(tx: &mut Tx, account: Id<Account>) -> Result<Vec<StateRow>, Fault> {
    tx.all(
        "select s.state, s.reason, s.at, a.name as who
         from identity_state_entry s left join identity_account_entry a on a.id = s.by_account
         where s.region_id = $1 and s.account_id = $2 order by s.at desc, s.id desc limit 50",
        params![tx.region()?, account],
    )
    .await
}
