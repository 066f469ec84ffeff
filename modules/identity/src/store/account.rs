//! Accounts in the database.

use crate::{
    account::{self, Account, AccountState, TotpState},
    actions::create_account::NewAccount,
};
use kernel::{Fault, Id, Moment};
use places::Town;
use store::{Filter, Tx, filter, params};
use web::{COUNT_CAP, Listing, Role};

/// The field under which secrets of the second factor are sealed.
/// The name under which secrets of the second factor are sealed.
pub(crate) const SECRET: &str = "identity_account_entry.totp_secret";

store::record! {
    /// An account as lists and its page show it.
    #[derive(Debug, Clone)]
    pub(crate) struct AccountRow {
        pub(crate) id: Id<Account>,
        pub(crate) username: String,
        pub(crate) name: String,
        pub(crate) roles: String,
        pub(crate) proposed_roles: Option<String>,
        pub(crate) subject_id: Option<i64>,
        pub(crate) state: AccountState,
        pub(crate) totp_state: TotpState,
        pub(crate) last_login_at: Option<Moment>,
        pub(crate) created_at: Moment,
        pub(crate) has_password: bool,
        pub(crate) version: i64,
    }
}

const ROW: &str = "a.id, a.username, a.name, a.roles, a.proposed_roles, a.subject_id, a.state, a.totp_state, a.last_login_at, a.created_at, a.version, \
    case when a.password_hash is null then 0 else 1 end as has_password";

impl AccountRow {
    pub(crate) fn roles(&self) -> Vec<Role> {
        account::roles_of(&self.roles)
    }

    pub(crate) fn role_labels(&self) -> String {
        account::role_labels(&self.roles())
    }

    /// The roles that wait for the security administrator.
    pub(crate) fn proposed(&self) -> Vec<Role> {
        self.proposed_roles.as_deref().map(account::roles_of).unwrap_or_default()
    }

    /// The roles that decide what scope the account needs: those held, else those proposed.
    pub(crate) fn scope_roles(&self) -> Vec<Role> {
        let roles = self.roles();
        if roles.is_empty() { self.proposed() } else { roles }
    }
}

store::record! {
    /// What a log-in needs to know.
    #[derive(Debug, Clone)]
    pub(crate) struct Credentials {
        pub(crate) id: Id<Account>,
        pub(crate) username: String,
        pub(crate) name: String,
        pub(crate) password_hash: Option<String>,
        pub(crate) totp_state: TotpState,
        pub(crate) totp_secret_sealed: Option<String>,
        pub(crate) totp_last_step: i64,
        pub(crate) roles: String,
        pub(crate) state: AccountState,
    }
}

pub(crate) async fn credentials_of_name(tx: &mut Tx, username: &str) -> Result<Option<Credentials>, Fault> {
    tx.optional(
        "select id, username, name, password_hash, totp_state, totp_secret_sealed, totp_last_step, roles, state
         from identity_account_entry where region_id = $1 and username = $2",
        params![tx.region()?, username],
    )
    .await
}

pub(crate) async fn credentials(tx: &mut Tx, id: Id<Account>) -> Result<Option<Credentials>, Fault> {
    tx.optional(
        "select id, username, name, password_hash, totp_state, totp_secret_sealed, totp_last_step, roles, state
         from identity_account_entry where id = $1",
        params![id],
    )
    .await
}

/// Whether the installation has any account.
pub(crate) async fn any(tx: &mut Tx) -> Result<bool, Fault> {
    let first: Option<(i64,)> = tx
        .optional("select id from identity_account_entry where region_id = $1 limit 1", params![tx.region()?])
        .await?;
    Ok(first.is_some())
}

/// Whether an account in use holds the role.
pub(crate) async fn role_is_held(tx: &mut Tx, role: Role) -> Result<bool, Fault> {
    let first: Option<(i64,)> = tx
        .optional(
            "select id from identity_account_entry where region_id = $1 and state = 'active' and ';' || roles || ';' like $2 limit 1",
            params![tx.region()?, format!("%;{};%", role.key())],
        )
        .await?;
    Ok(first.is_some())
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: Id<Account>,
    account: &NewAccount,
    now: Moment,
) -> Result<(), Fault> {
    let password_set = account.password_hash.as_ref().map(|_| now);
    tx.execute(
        "insert into identity_account_entry
           (id, region_id, username, name, password_hash, password_set_at, totp_state, totp_last_step, roles, subject_id, state, created_at, version)
         values ($1, $2, $3, $4, $5, $6, 'none', 0, $7, $8, 'active', $9, 1)",
        params![
            id, tx.region()?, account.username, account.name, account.password_hash, password_set, account::roles_text(&account.roles),
            account.subject, now
        ],
    )
    .await?;
    insert_towns(tx, id, &account.towns).await
}

async fn insert_towns(tx: &mut Tx, id: Id<Account>, towns: &[i64]) -> Result<(), Fault> {
    for town in towns {
        tx.execute(
            "insert into identity_account_town_entry (id, region_id, account_id, town_id) values ($1, $2, $3, $4)",
            params![tx.new_id::<Town>()?, tx.region()?, id, *town],
        )
        .await?;
    }
    Ok(())
}

pub(crate) async fn row(tx: &mut Tx, id: Id<Account>) -> Result<Option<AccountRow>, Fault> {
    tx.optional(
        "select a.id, a.username, a.name, a.roles, a.proposed_roles, a.subject_id, a.state, a.totp_state, a.last_login_at, a.created_at, a.version,
                case when a.password_hash is null then 0 else 1 end as has_password
         from identity_account_entry a where a.id = $1",
        params![id],
    )
    .await
}

/// The towns of an account, in their usual order.
pub(crate) async fn towns_of(tx: &mut Tx, id: Id<Account>) -> Result<Vec<(Id<Town>, String)>, Fault> {
    tx.all(
        "select t.id, t.name from identity_account_town_entry e join places_town t on t.id = e.town_id
         where e.region_id = $1 and e.account_id = $2 order by t.sort, t.id",
        params![tx.region()?, id],
    )
    .await
}

/// What may be changed about an account, with the version that was read.
pub(crate) struct Change<'a> {
    pub(crate) id: Id<Account>,
    pub(crate) version: i64,
    pub(crate) name: &'a str,
    pub(crate) roles: &'a [Role],
    pub(crate) subject: Option<i64>,
    pub(crate) towns: &'a [i64],
    pub(crate) proposed: Option<&'a str>,
}

/// Changes the account if the version is still the one that was read.
pub(crate) async fn update(tx: &mut Tx, change: &Change<'_>) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_account_entry set name = $3, roles = $4, subject_id = $5, proposed_roles = $6, version = version + 1
             where id = $1 and version = $2",
            params![change.id, change.version, change.name, account::roles_text(change.roles), change.subject, change.proposed],
        )
        .await?;
    if touched == 1 {
        let region = tx.region()?;
        tx.execute(
            "delete from identity_account_town_entry where region_id = $1 and account_id = $2",
            params![region, change.id],
        )
        .await?;
        insert_towns(tx, change.id, change.towns).await?;
    }
    Ok(touched == 1)
}

/// Keeps roles for the security administrator to grant.
pub(crate) async fn propose(tx: &mut Tx, id: Id<Account>, roles: &[Role]) -> Result<(), Fault> {
    tx.execute(
        "update identity_account_entry set proposed_roles = $2 where id = $1",
        params![id, account::roles_text(roles)],
    )
    .await?;
    Ok(())
}

/// How many accounts in use wait for their roles.
pub(crate) async fn proposals(tx: &mut Tx) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from identity_account_entry where region_id = $1 and state = 'active' and proposed_roles is not null",
        params![tx.region()?],
    )
    .await
}

/// The accounts in use that hold an administrator's role together with another role: id and name.
pub(crate) async fn held_together(tx: &mut Tx) -> Result<Vec<(Id<Account>, String)>, Fault> {
    let rows: Vec<(Id<Account>, String, String)> = tx
        .all(
            "select id, name, roles from identity_account_entry
             where region_id = $1 and state = 'active' and roles like '%admin%' and roles like '%;%' order by id",
            params![tx.region()?],
        )
        .await?;
    let joined = |row: &(Id<Account>, String, String)| !account::are_apart(&account::roles_of(&row.2));
    Ok(rows.into_iter().filter(joined).map(|(id, name, _)| (id, name)).collect())
}

/// The accounts in use that hold the role, by name.
pub(crate) async fn holders(tx: &mut Tx, role: Role) -> Result<Vec<AccountRow>, Fault> {
    tx.all(
        "select a.id, a.username, a.name, a.roles, a.proposed_roles, a.subject_id, a.state, a.totp_state, a.last_login_at, a.created_at,
                a.version, case when a.password_hash is null then 0 else 1 end as has_password
         from identity_account_entry a
         where a.region_id = $1 and a.state = 'active' and ';' || a.roles || ';' like $2 order by a.name, a.id limit 50",
        params![tx.region()?, format!("%;{};%", role.key())],
    )
    .await
}

/// User names of accounts with their ids and names, to tell whose lock it is.
pub(crate) async fn usernames(tx: &mut Tx) -> Result<Vec<(Id<Account>, String, String)>, Fault> {
    tx.all(
        "select id, username, name from identity_account_entry where region_id = $1 order by username",
        params![tx.region()?],
    )
    .await
}

pub(crate) async fn set_state(tx: &mut Tx, id: Id<Account>, state: AccountState) -> Result<(), Fault> {
    tx.execute(
        "update identity_account_entry set state = $2, version = version + 1 where id = $1",
        params![id, state],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_password(tx: &mut Tx, id: Id<Account>, hash: &str, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update identity_account_entry set password_hash = $2, password_set_at = $3 where id = $1",
        params![id, hash, now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn note_login(tx: &mut Tx, id: Id<Account>, now: Moment) -> Result<(), Fault> {
    tx.execute("update identity_account_entry set last_login_at = $2 where id = $1", params![id, now])
        .await?;
    Ok(())
}

/// Keeps a secret that no code has confirmed yet.
pub(crate) async fn begin_totp(tx: &mut Tx, id: Id<Account>, secret: &str) -> Result<(), Fault> {
    let sealed = tx.db().keys().seal(SECRET, secret)?;
    tx.execute(
        "update identity_account_entry set totp_secret_sealed = $2, totp_state = 'pending', totp_last_step = 0 where id = $1",
        params![id, sealed],
    )
    .await?;
    Ok(())
}

/// The secret of the second factor in clear.
pub(crate) fn totp_secret(tx: &Tx, account: &Credentials) -> Result<Option<String>, Fault> {
    account.totp_secret_sealed.as_deref().map(|sealed| tx.db().keys().open(SECRET, sealed)).transpose()
}

/// Switches the second factor on, with the step that confirmed it.
pub(crate) async fn confirm_totp(tx: &mut Tx, id: Id<Account>, step: i64) -> Result<(), Fault> {
    tx.execute(
        "update identity_account_entry set totp_state = 'on', totp_last_step = $2 where id = $1",
        params![id, step],
    )
    .await?;
    Ok(())
}

/// Uses up a step: false if this or a later one was used before.
pub(crate) async fn use_totp_step(tx: &mut Tx, id: Id<Account>, step: i64) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_account_entry set totp_last_step = $2 where id = $1 and totp_last_step < $2",
            params![id, step],
        )
        .await?;
    Ok(touched == 1)
}

/// Switches the second factor off and forgets the secret.
pub(crate) async fn end_totp(tx: &mut Tx, id: Id<Account>) -> Result<(), Fault> {
    tx.execute(
        "update identity_account_entry set totp_secret_sealed = null, totp_state = 'none', totp_last_step = 0 where id = $1",
        params![id],
    )
    .await?;
    Ok(())
}

fn matching(tx: &Tx, listing: &Listing) -> Result<Filter, Fault> {
    let q = listing.get("q").map(|q| filter::contains(&account::normal_username(q)));
    let role = listing.get("role").and_then(Role::from_key).map(|role| format!("%;{};%", role.key()));
    Ok(Filter::new("identity_account_entry a", "a.region_id", tx.region()?)
        .and_if("a.username like ? escape '!' or lower(a.name) like ? escape '!'", q)
        .and_if("';' || a.roles || ';' like ?", role)
        .and_if("a.state = ?", listing.get("state").and_then(AccountState::from_text))
        .and_if(
            "a.proposed_roles is not null and a.state = ?",
            listing.get("waiting").map(|_| AccountState::Active),
        ))
}

/// Accounts in use that nobody has logged in with since `before`, the oldest first.
pub(crate) async fn unused_since(tx: &mut Tx, before: Moment) -> Result<Vec<AccountRow>, Fault> {
    tx.all(
        "select a.id, a.username, a.name, a.roles, a.proposed_roles, a.subject_id, a.state, a.totp_state, a.last_login_at, a.created_at,
                a.version, case when a.password_hash is null then 0 else 1 end as has_password
         from identity_account_entry a
         where a.region_id = $1 and a.state = 'active' and coalesce(a.last_login_at, a.created_at) < $2
         order by coalesce(a.last_login_at, a.created_at), a.id limit 200",
        params![tx.region()?, before],
    )
    .await
}

/// One page of the list, with the total.
pub(crate) async fn list(tx: &mut Tx, listing: &Listing) -> Result<(Vec<AccountRow>, i64), Fault> {
    let filter = matching(tx, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|c| c.back);
    let page = match &listing.cursor {
        Some(cursor) => filter.after("a.username", "a.id", back, &cursor.value, cursor.id),
        None => filter,
    };
    let order = if back { "a.username desc, a.id desc" } else { "a.username, a.id" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// All rows of the list, for export.
pub(crate) async fn all(tx: &mut Tx, listing: &Listing) -> Result<Vec<AccountRow>, Fault> {
    matching(tx, listing)?.rows(tx, ROW, "a.username, a.id", 10_000).await
}
