//! Browsers that an account has used, in the database.

use crate::account::{Account, AccountState};
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

/// A browser; the type only marks ids.
pub(crate) enum Device {}

store::record! {
    /// A browser as its account sees it.
    #[derive(Debug, Clone)]
    pub(crate) struct DeviceRow {
        pub(crate) id: Id<Device>,
        pub(crate) label: String,
        pub(crate) bound: bool,
        pub(crate) created_at: Moment,
        pub(crate) last_used_at: Moment,
    }
}

store::record! {
    /// A bound browser with its account, for the log-in with a PIN.
    #[derive(Debug, Clone)]
    pub(crate) struct Bound {
        pub(crate) id: Id<Device>,
        pub(crate) account_id: Id<Account>,
        pub(crate) name: String,
        pub(crate) roles: String,
        pub(crate) pin_hash: String,
        pub(crate) failed_count: i64,
        pub(crate) last_used_at: Moment,
        pub(crate) state: AccountState,
    }
}

/// The bound browser of that cookie's digest.
pub(crate) async fn bound(tx: &mut Tx, digest: &str) -> Result<Option<Bound>, Fault> {
    tx.optional(
        "select d.id, d.account_id, a.name, a.roles, d.pin_hash, d.failed_count, d.last_used_at, a.state
         from identity_device_entry d join identity_account_entry a on a.id = d.account_id
         where d.region_id = $1 and d.token_hash = $2 and d.pin_hash is not null and d.revoked_at is null
         order by d.id limit 1",
        params![tx.region()?, digest],
    )
    .await
}

/// The browser of that digest if this account has logged in with it before, and its wrong guesses.
pub(crate) async fn known(
    tx: &mut Tx,
    digest: &str,
    account: Id<Account>,
) -> Result<Option<(Id<Device>, i64)>, Fault> {
    tx.optional(
        "select id, failed_count from identity_device_entry
         where region_id = $1 and token_hash = $2 and account_id = $3 and revoked_at is null",
        params![tx.region()?, digest, account],
    )
    .await
}

/// Whether the cookie of that digest is one of ours, for whichever account.
pub(crate) async fn exists(tx: &mut Tx, digest: &str) -> Result<bool, Fault> {
    let row: Option<(Id<Device>,)> = tx
        .optional(
            "select id from identity_device_entry where region_id = $1 and token_hash = $2 and revoked_at is null limit 1",
            params![tx.region()?, digest],
        )
        .await?;
    Ok(row.is_some())
}

/// Notes that the account uses the browser of that digest: a new row, or the old one as good as new.
pub(crate) async fn keep(
    tx: &mut Tx,
    account: Id<Account>,
    digest: &str,
    label: &str,
    now: Moment,
) -> Result<Id<Device>, Fault> {
    tx.scalar(
        "insert into identity_device_entry (id, region_id, account_id, token_hash, label, failed_count, created_at, last_used_at)
         values ($1, $2, $3, $4, $5, 0, $6, $6)
         on conflict (region_id, token_hash, account_id) do update
           set failed_count = 0, last_used_at = excluded.last_used_at, revoked_at = null
         returning id",
        params![tx.new_id::<Device>()?, tx.region()?, account, digest, label, now],
    )
    .await
}

/// Binds the browser with a PIN.
pub(crate) async fn set_pin(tx: &mut Tx, id: Id<Device>, pin_hash: &str) -> Result<(), Fault> {
    tx.execute(
        "update identity_device_entry set pin_hash = $2, failed_count = 0 where id = $1",
        params![id, pin_hash],
    )
    .await?;
    Ok(())
}

/// Counts a wrong PIN or password on the browser; how many there are now.
pub(crate) async fn count_failure(tx: &mut Tx, id: Id<Device>) -> Result<i64, Fault> {
    tx.scalar("update identity_device_entry set failed_count = failed_count + 1 where id = $1 returning failed_count", params![id]).await
}

/// Takes back one wrong guess that was none.
pub(crate) async fn uncount_failure(tx: &mut Tx, id: Id<Device>) -> Result<(), Fault> {
    tx.execute(
        "update identity_device_entry set failed_count = failed_count - 1 where id = $1 and failed_count > 0",
        params![id],
    )
    .await?;
    Ok(())
}

/// Notes that the browser logged in.
pub(crate) async fn note_use(tx: &mut Tx, id: Id<Device>, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update identity_device_entry set failed_count = 0, last_used_at = $2 where id = $1",
        params![id, now],
    )
    .await?;
    Ok(())
}

/// Unbinds one browser of the account; false if it was not bound.
pub(crate) async fn revoke(
    tx: &mut Tx,
    account: Id<Account>,
    id: Id<Device>,
    now: Moment,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_device_entry set revoked_at = $4, pin_hash = null
             where region_id = $1 and account_id = $2 and id = $3 and revoked_at is null",
            params![tx.region()?, account, id, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Unbinds all browsers of the account.
pub(crate) async fn revoke_all(tx: &mut Tx, account: Id<Account>, now: Moment) -> Result<u64, Fault> {
    tx.execute(
        "update identity_device_entry set revoked_at = $3, pin_hash = null where region_id = $1 and account_id = $2 and revoked_at is null",
        params![tx.region()?, account, now],
    )
    .await
}

/// The browsers of an account, the last used first.
pub(crate) async fn of(tx: &mut Tx, account: Id<Account>) -> Result<Vec<DeviceRow>, Fault> {
    tx.all(
        "select id, label, case when pin_hash is null then 0 else 1 end as bound, created_at, last_used_at
         from identity_device_entry where region_id = $1 and account_id = $2 and revoked_at is null
         order by last_used_at desc, id desc limit 50",
        params![tx.region()?, account],
    )
    .await
}
