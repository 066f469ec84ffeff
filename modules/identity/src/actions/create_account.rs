//! Sets an account up.

use crate::{account::{self, Account}, store};
use kernel::{Id, Kind, Refusal, Result};
use ::store::{Audit, Tx};
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
    check_scope(&account.roles, &account.towns, account.subject)?;
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

/// Whether roles, towns and subject fit together.
pub(crate) fn check_scope(roles: &[Role], towns: &[i64], subject: Option<i64>) -> Result<(), Refusal> {
    let kind = account::subject_kind(roles).map_err(|message| invalid("roles", message))?;
    if kind.is_some() && subject.is_none() {
        return Err(CreateRefusal::SubjectMissing.into());
    }
    if roles.contains(&Role::TownOfficer) && towns.is_empty() {
        return Err(CreateRefusal::TownsMissing.into());
    }
    Ok(())
}

pub(crate) fn invalid(field: &'static str, message: &str) -> Refusal {
    Refusal::new(Kind::Invalid, message).field(field, message)
}
