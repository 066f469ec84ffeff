//! One-time links in the database.

use crate::{
    account::{Account, AccountState},
    actions::invite::InvitationKind,
};
use kernel::{Fault, Id, Moment};
use store::{Tx, params};

/// An invitation; the type only marks ids.
pub(crate) enum Invitation {}

store::record! {
    /// An invitation with the account it is for.
    #[derive(Debug, Clone)]
    pub(crate) struct InvitationRow {
        pub(crate) id: Id<Invitation>,
        pub(crate) account_id: Id<Account>,
        pub(crate) kind: InvitationKind,
        pub(crate) expires_at: Moment,
        pub(crate) used_at: Option<Moment>,
        pub(crate) username: String,
        pub(crate) name: String,
        pub(crate) state: AccountState,
    }
}

/// Makes an invitation; earlier ones of the kind that nobody used end.
pub(crate) async fn insert(
    tx: &mut Tx,
    account: Id<Account>,
    kind: InvitationKind,
    digest: &str,
    by: Option<i64>,
    now: Moment,
    expires: Moment,
) -> Result<Id<Invitation>, Fault> {
    tx.execute(
        "update identity_invitation_entry set expires_at = $4
         where region_id = $1 and account_id = $2 and kind = $3 and used_at is null and expires_at > $4",
        params![tx.region()?, account, kind, now],
    )
    .await?;
    let id = tx.new_id()?;
    tx.execute(
        "insert into identity_invitation_entry (id, region_id, account_id, kind, token_hash, created_at, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, tx.region()?, account, kind, digest, now, by, expires],
    )
    .await?;
    Ok(id)
}

/// The invitation of that digest.
pub(crate) async fn of_digest(tx: &mut Tx, digest: &str) -> Result<Option<InvitationRow>, Fault> {
    tx.optional(
        "select i.id, i.account_id, i.kind, i.expires_at, i.used_at, a.username, a.name, a.state
         from identity_invitation_entry i join identity_account_entry a on a.id = i.account_id
         where i.region_id = $1 and i.token_hash = $2",
        params![tx.region()?, digest],
    )
    .await
}

/// Uses the invitation up; false if it was used before.
pub(crate) async fn use_up(tx: &mut Tx, id: Id<Invitation>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update identity_invitation_entry set used_at = $2 where id = $1 and used_at is null",
            params![id, now],
        )
        .await?;
    Ok(touched == 1)
}

store::record! {
    /// An invitation that may still be used, with its account and giver.
    #[derive(Debug, Clone)]
    pub(crate) struct OpenInvitation {
        pub(crate) id: Id<Invitation>,
        pub(crate) account_id: Id<Account>,
        pub(crate) kind: InvitationKind,
        pub(crate) created_at: Moment,
        pub(crate) expires_at: Moment,
        pub(crate) username: String,
        pub(crate) name: String,
        pub(crate) roles: String,
        pub(crate) giver: Option<String>,
    }
}

/// The invitations that may still be used, the first to expire on top.
pub(crate) async fn open(tx: &mut Tx, now: Moment) -> Result<Vec<OpenInvitation>, Fault> {
    tx.all(
        "select i.id, i.account_id, i.kind, i.created_at, i.expires_at, a.username, a.name, a.roles, g.name as giver
         from identity_invitation_entry i
         join identity_account_entry a on a.id = i.account_id
         left join identity_account_entry g on g.id = i.created_by
         where i.region_id = $1 and i.used_at is null and i.expires_at > $2 and a.state = 'active'
         order by i.expires_at, i.id limit 500",
        params![tx.region()?, now],
    )
    .await
}

/// Ends one invitation.
pub(crate) async fn end(tx: &mut Tx, id: Id<Invitation>, now: Moment) -> Result<(), Fault> {
    tx.execute("update identity_invitation_entry set expires_at = $2 where id = $1", params![id, now])
        .await?;
    Ok(())
}

/// Ends what invitations of the account are still open.
pub(crate) async fn end_all(tx: &mut Tx, account: Id<Account>, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update identity_invitation_entry set expires_at = $3
         where region_id = $1 and account_id = $2 and used_at is null and expires_at > $3",
        params![tx.region()?, account, now],
    )
    .await?;
    Ok(())
}
