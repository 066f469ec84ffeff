//! `farun user`: accounts from the command line, for the first day and for emergencies.

use kernel::{Refusal, Result};
use store::{Db, params};
use web::Role;

/// What to do with accounts.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum UserCommand {
    /// Makes an account; the password is read from standard input (one line).
    Add {
        /// The name to log in with.
        #[arg(long)]
        username: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// A role (may be repeated): leader manager town_officer clerk adviser firm village_contact system_admin security_admin audit_admin
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// A town by name (may be repeated), for town officers.
        #[arg(long = "town")]
        towns: Vec<String>,
    },
    /// Lists the accounts.
    List,
    /// Prints a one-time link with which an account sets a new password, when nobody else can help.
    RescueLink {
        /// The account.
        username: String,
    },
    /// Prints the one-time set-up link of an installation without accounts.
    SetupLink,
}

/// Makes an account.
pub(crate) async fn add(
    db: &Db,
    username: &str,
    name: &str,
    roles: &[String],
    towns: &[String],
    password: &str,
) -> Result<()> {
    let roles: Vec<Role> = roles
        .iter()
        .map(|key| {
            Role::from_key(key)
                .ok_or_else(|| Refusal::invalid(format!("没有角色 {key}，用 --help 查看可用角色")))
        })
        .collect::<std::result::Result<_, _>>()?;
    identity::check_password(password, username).map_err(Refusal::invalid)?;
    let password_hash = identity::hash_password(password).await?;
    let mut tx = db.begin_write().await?;
    let known = places::towns(&mut tx).await?;
    let towns = towns
        .iter()
        .map(|name| {
            known
                .iter()
                .find(|town| town.name == *name)
                .map(|town| town.id.raw())
                .ok_or_else(|| Refusal::invalid(format!("没有镇（街道）{name}")))
        })
        .collect::<std::result::Result<_, _>>()?;
    let account = identity::NewAccount {
        username: username.to_owned(),
        name: name.to_owned(),
        roles,
        towns,
        subject: None,
        password_hash: Some(password_hash),
    };
    identity::create_account(&mut tx, None, &account).await?;
    tx.commit().await?;
    Ok(())
}

/// User name, name, roles and state of every account.
pub(crate) async fn list(db: &Db) -> Result<Vec<(String, String, String, String)>> {
    let mut tx = db.begin_read().await?;
    Ok(tx.all("select username, name, roles, state from identity_account where region_id = $1 order by username", params![tx.region()?]).await?)
}
