//! Sessions in the database.

use crate::{
    account::{Account, AccountState, TotpState},
    store::device::Device,
};
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

/// A session; the type only marks ids.
pub(crate) enum Session {}

store::record! {
    /// A session with its account and one of its towns: as many rows as there are towns, at least one.
    pub(crate) struct Found {
        pub(crate) id: Id<Session>,
        pub(crate) account_id: Id<Account>,
        pub(crate) last_seen: Moment,
        pub(crate) expires_at: Moment,
        pub(crate) idle_seconds: i64,
        pub(crate) second_factor_done: bool,
        pub(crate) revoked_at: Option<Moment>,
        pub(crate) name: String,
        pub(crate) roles: String,
        pub(crate) subject_id: Option<i64>,
        pub(crate) state: AccountState,
        pub(crate) totp_state: TotpState,
        pub(crate) required: bool,
        pub(crate) terms: bool,
        pub(crate) town_id: Option<i64>,
    }
}

/// The session of that digest, in one statement: it runs on every request.
pub(crate) async fn find(tx: &mut Tx, digest: &str) -> Result<Vec<Found>, Fault> {
    tx.all(
        "select s.id, s.account_id, s.last_seen, s.expires_at, s.idle_seconds, s.second_factor_done, s.revoked_at,
                a.name, a.roles, a.subject_id, a.state, a.totp_state, t.town_id,
                (select count(*) from installation i where i.name = 'require_second_factor' and i.value = 'yes') as required,
                (select count(*) from identity_terms_entry e where e.region_id = s.region_id and e.account_id = a.id
                 and cast(e.version as text) = coalesce((select i.value from installation i where i.name = 'terms_version'), '1')) as terms
         from identity_session_entry s
         join identity_account_entry a on a.id = s.account_id
         left join identity_account_town_entry t on t.account_id = a.id
         where s.region_id = $1 and s.token_hash = $2
         order by t.town_id",
        params![tx.region()?, digest],
    )
    .await
}

/// Notes a request of the session.
pub(crate) async fn note(tx: &mut Tx, id: Id<Session>, now: Moment) -> Result<(), Fault> {
    tx.execute("update identity_session_entry set last_seen = $2 where id = $1", params![id, now]).await?;
    Ok(())
}

/// A session to be opened.
pub(crate) struct NewSession<'a> {
    pub(crate) account: Id<Account>,
    pub(crate) digest: &'a str,
    pub(crate) now: Moment,
    pub(crate) lasts: i64,
    pub(crate) idle: i64,
    pub(crate) second_factor_done: bool,
    pub(crate) device: Option<Id<Device>>,
}

pub(crate) async fn insert(tx: &mut Tx, session: &NewSession<'_>) -> Result<Id<Session>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into identity_session_entry
           (id, region_id, account_id, token_hash, created_at, last_seen, expires_at, idle_seconds, second_factor_done, failed_count, device_id)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, 0, $9)",
        params![
            id, tx.region()?, session.account, session.digest, session.now, session.now.plus_seconds(session.lasts), session.idle,
            session.second_factor_done, session.device
        ],
    )
    .await?;
    Ok(id)
}

store::record! {
    /// A session that waits for its second factor.
    #[derive(Debug)]
    pub(crate) struct Waiting {
        pub(crate) id: Id<Session>,
        pub(crate) account_id: Id<Account>,
        pub(crate) device_id: Option<Id<Device>>,
        pub(crate) failed_count: i64,
    }
}

/// The session of that digest if it still waits for its second factor.
pub(crate) async fn waiting(tx: &mut Tx, digest: &str, now: Moment) -> Result<Option<Waiting>, Fault> {
    tx.optional(
        "select id, account_id, device_id, failed_count from identity_session_entry
         where region_id = $1 and token_hash = $2 and second_factor_done = 0 and revoked_at is null and expires_at > $3",
        params![tx.region()?, digest, now],
    )
    .await
}

/// Counts a wrong code.
pub(crate) async fn count_failure(tx: &mut Tx, id: Id<Session>) -> Result<(), Fault> {
    tx.execute(
        "update identity_session_entry set failed_count = failed_count + 1 where id = $1",
        params![id],
    )
    .await?;
    Ok(())
}

/// Ends one session; false if it was not open.
pub(crate) async fn revoke(tx: &mut Tx, id: Id<Session>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_session_entry set revoked_at = $2 where id = $1 and revoked_at is null",
            params![id, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Ends one session of that account; false if there is none open.
pub(crate) async fn revoke_of(
    tx: &mut Tx,
    account: Id<Account>,
    id: Id<Session>,
    now: Moment,
) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_session_entry set revoked_at = $4
             where region_id = $1 and account_id = $2 and id = $3 and revoked_at is null",
            params![tx.region()?, account, id, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Ends the session of that digest; the account it belonged to.
pub(crate) async fn revoke_digest(
    tx: &mut Tx,
    digest: &str,
    now: Moment,
) -> Result<Option<Id<Account>>, Fault> {
    let ended: Option<(Id<Account>,)> = tx
        .optional(
            "update identity_session_entry set revoked_at = $3 where region_id = $1 and token_hash = $2 and revoked_at is null
             returning account_id",
            params![tx.region()?, digest, now],
        )
        .await?;
    Ok(ended.map(|(account,)| account))
}

/// Ends all sessions of the account, except the one of digest `keep`; how many there were.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    account: Id<Account>,
    keep: Option<&str>,
    now: Moment,
) -> Result<u64, Fault> {
    tx.execute(
        "update identity_session_entry set revoked_at = $4
         where region_id = $1 and account_id = $2 and revoked_at is null and token_hash <> $3",
        params![tx.region()?, account, keep.unwrap_or_default(), now],
    )
    .await
}

/// Ends the sessions that began on a device.
pub(crate) async fn revoke_of_device(
    tx: &mut Tx,
    account: Id<Account>,
    device: Id<Device>,
    now: Moment,
) -> Result<u64, Fault> {
    tx.execute(
        "update identity_session_entry set revoked_at = $4
         where region_id = $1 and account_id = $2 and revoked_at is null and device_id = $3",
        params![tx.region()?, account, device, now],
    )
    .await
}

/// When the session of that digest began.
pub(crate) async fn began(tx: &mut Tx, digest: &str) -> Result<Option<Moment>, Fault> {
    let row: Option<(Moment,)> = tx
        .optional(
            "select created_at from identity_session_entry where region_id = $1 and token_hash = $2",
            params![tx.region()?, digest],
        )
        .await?;
    Ok(row.map(|(at,)| at))
}

store::record! {
    /// An open session as its owner sees it.
    #[derive(Debug)]
    pub(crate) struct OpenSession {
        pub(crate) id: Id<Session>,
        pub(crate) token_hash: String,
        pub(crate) created_at: Moment,
        pub(crate) last_seen: Moment,
        pub(crate) label: Option<String>,
    }
}

/// The open sessions of an account, the newest first.
pub(crate) async fn open_of(
    tx: &mut Tx,
    account: Id<Account>,
    now: Moment,
) -> Result<Vec<OpenSession>, Fault> {
    tx.all(
        "select s.id, s.token_hash, s.created_at, s.last_seen, d.label
         from identity_session_entry s left join identity_device_entry d on d.id = s.device_id
         where s.region_id = $1 and s.account_id = $2 and s.revoked_at is null and s.second_factor_done = 1 and s.expires_at > $3
           and s.last_seen + s.idle_seconds * 1000000 > $3
         order by s.created_at desc, s.id desc limit 50",
        params![tx.region()?, account, now],
    )
    .await
}

/// Forgets sessions that ended more than a month ago.
pub(crate) async fn purge(tx: &mut Tx, account: Id<Account>, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "delete from identity_session_entry where region_id = $1 and account_id = $2 and expires_at < $3",
        params![tx.region()?, account, now.plus_seconds(-30 * 86_400)],
    )
    .await?;
    Ok(())
}
