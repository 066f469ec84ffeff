//! Sets an account up.

use crate::{
    account::{self, Account, SubjectKind},
    store,
};
use ::store::{Audit, Tx};
use kernel::{Id, Kind, Refusal, Result};
use web::Role;

/// An account to be set up.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name to log in with; kept in half width and lower case.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Roles; without any the account opens nothing but its own page.
    pub roles: Vec<Role>,
    /// Towns a town officer is responsible for.
    pub towns: Vec<i64>,
    /// The lawyer, firm or village the account stands for.
    pub subject: Option<i64>,
    /// What [`crate::hash_password`] made of the password; `None`: the first log-in is by invitation.
    pub password_hash: Option<String>,
}

kernel::refusals! {
    /// Why an account cannot be set up.
    pub(crate) enum CreateRefusal {
        /// The name is taken.
        UsernameTaken => Invalid("username"), "这个用户名已经有人用了，请换一个。";
        /// No name.
        NameMissing => Invalid("name"), "请填写姓名。";
        /// A town officer without a town would see nothing.
        TownsMissing => Invalid("towns"), "司法所工作人员要选负责的镇（街道）。";
        /// No such town.
        TownUnknown => Invalid("towns"), "名册里没有这个镇（街道），请重新选择。";
        /// No such lawyer, firm or village.
        SubjectUnknown => Invalid("subject"), "名册里没有这个律师、律所或村（社区），请重新选择。";
        /// A lawyer, firm or village must be chosen.
        SubjectMissing => Invalid("subject"), "请选择这个账号对应的律师、律所或村（社区）。";
    }
}

/// Sets the account up.
///
/// # Errors
/// A refusal if the name is taken or roles and scope do not fit together; a fault if it cannot be written.
pub async fn create_account(tx: &mut Tx, actor: Option<i64>, account: &NewAccount) -> Result<Id<Account>> {
    let username = account::normal_username(&account.username);
    account::check_username(&username).map_err(|message| invalid("username", message))?;
    if account.name.trim().is_empty() {
        return Err(CreateRefusal::NameMissing.into());
    }
    check_scope(tx, &account.roles, &account.towns, account.subject).await?;
    super::combine::check_apart(tx, &account.roles).await?;
    if store::account::credentials_of_name(tx, &username).await?.is_some() {
        return Err(CreateRefusal::UsernameTaken.into());
    }
    let id = tx.new_id()?;
    let now = tx.db().wall().now();
    let account = NewAccount { username, ..account.clone() };
    store::account::insert(tx, id, &account, now).await?;
    let details = serde_json::json!({ "roles": account::roles_text(&account.roles) });
    tx.audit(Audit::new(actor, "identity.account.create", "identity_account", id).with(&details));
    Ok(id)
}

/// Whether roles, towns and subject fit together, and are in the registers.
pub(crate) async fn check_scope(
    tx: &mut Tx,
    roles: &[Role],
    towns: &[i64],
    subject: Option<i64>,
) -> Result<()> {
    let kind = account::subject_kind(roles).map_err(|message| invalid("roles", message))?;
    if roles.contains(&Role::TownOfficer) && towns.is_empty() {
        return Err(CreateRefusal::TownsMissing.into());
    }
    if !towns.is_empty() {
        let known = places::towns(tx).await?;
        if !towns.iter().all(|town| known.iter().any(|t| t.id.raw() == *town)) {
            return Err(CreateRefusal::TownUnknown.into());
        }
    }
    let Some(kind) = kind else { return Ok(()) };
    let subject = subject.ok_or(CreateRefusal::SubjectMissing)?;
    let known = match kind {
        SubjectKind::Lawyer => counsel::lawyer(tx, id(subject)?).await?.is_some(),
        SubjectKind::Firm => counsel::firm(tx, id(subject)?).await?.is_some(),
        SubjectKind::Unit => places::unit(tx, id(subject)?).await?.is_some(),
    };
    if known { Ok(()) } else { Err(CreateRefusal::SubjectUnknown.into()) }
}

fn id<T>(raw: i64) -> Result<Id<T>> {
    Ok(Id::from_raw(raw).ok_or(CreateRefusal::SubjectUnknown)?)
}

pub(crate) fn invalid(field: &'static str, message: &str) -> Refusal {
    Refusal::new(Kind::Invalid, message).field(field, message)
}
