//! The roll: everybody whose account is in use, for those who tell people what waits for them.

use crate::account;
use kernel::{Fault, Id};
use store::{Tx, params};
use web::Actor;

store::record! {
    struct Row {
        id: Id<account::Account>,
        name: String,
        roles: String,
        subject_id: Option<i64>,
        town_id: Option<i64>,
    }
}

/// Everybody whose account is in use, with roles and reach, without a session.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn everybody(tx: &mut Tx) -> Result<Vec<Actor>, Fault> {
    let rows: Vec<Row> = tx
        .all(
            "select a.id, a.name, a.roles, a.subject_id, t.town_id from identity_account_entry a
             left join identity_account_town_entry t on t.account_id = a.id
             where a.region_id = $1 and a.state = 'active' order by a.id, t.town_id",
            params![tx.region()?],
        )
        .await?;
    let mut people: Vec<Actor> = Vec::new();
    for row in rows {
        match people.last_mut() {
            Some(last) if last.id == row.id.raw() => last.towns.extend(row.town_id),
            _ => people.push(Actor {
                id: row.id.raw(),
                roles: account::roles_of(&row.roles),
                name: row.name,
                towns: row.town_id.into_iter().collect(),
                subject: row.subject_id,
                session: String::new(),
            }),
        }
    }
    Ok(people)
}
