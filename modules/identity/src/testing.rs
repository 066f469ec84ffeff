//! Builders for tests.

use crate::{Account, NewAccount, create_account, hash_password};
use kernel::{Id, Result};
use store::{Db, Migration};
use web::Role;

/// The password of every account made here.
pub const PASSWORD: &str = "correct horse";

/// The tables that accounts stand on, and their own.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    [places::MIGRATIONS, parties::MIGRATIONS, counsel::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// An account of that name with those roles and [`PASSWORD`].
///
/// # Errors
/// What the action refuses.
pub async fn an_account(db: &Db, username: &str, roles: &[Role]) -> Result<Id<Account>> {
    an_account_with(db, username, roles, &[], None).await
}

/// The same with a scope.
///
/// # Errors
/// What the action refuses.
pub async fn an_account_with(
    db: &Db,
    username: &str,
    roles: &[Role],
    towns: &[i64],
    subject: Option<i64>,
) -> Result<Id<Account>> {
    let account = NewAccount {
        username: username.to_owned(),
        name: format!("{username}本人"),
        roles: roles.to_vec(),
        towns: towns.to_vec(),
        subject,
        password_hash: Some(hash_password(PASSWORD).await?),
    };
    let mut tx = db.begin_write().await?;
    let id = create_account(&mut tx, None, &account).await?;
    tx.commit().await?;
    Ok(id)
}
