//! Who is logged in: the web floor asks here on every request.

use crate::{
    account::{self, AccountState, TotpState},
    store::session::{self, Found},
    token,
};
use kernel::{Fault, Moment};
use store::Db;
use web::{Actor, SessionFuture, Sessions};

/// Sessions kept in the database.
#[derive(Debug, Clone, Copy, Default)]
pub struct DbSessions;

/// Every session ends after that long.
pub(crate) const ABSOLUTE: i64 = 12 * 3600;
/// A session of staff ends after that long without a request.
pub(crate) const IDLE: i64 = 2 * 3600;
/// A session that waits for its second factor.
pub(crate) const PENDING: i64 = 10 * 60;
/// A bound browser that was not used for that long must be bound again.
pub(crate) const DEVICE_IDLE: i64 = 30 * 86_400;
/// The last request is noted at most so often: a note is a write.
const NOTE_EVERY: i64 = 5 * 60;

impl Sessions for DbSessions {
    fn find<'a>(&'a self, db: &'a Db, token: &'a str) -> SessionFuture<'a> {
        Box::pin(find(db, token))
    }
}

async fn find(db: &Db, token: &str) -> Result<Option<Actor>, Fault> {
    let digest = token::digest(token);
    let mut tx = db.begin_read().await?;
    let rows = session::find(&mut tx, &digest).await?;
    drop(tx);
    let now = db.wall().now();
    let Some(found) = rows.first().filter(|found| is_open(found, now)) else { return Ok(None) };
    if found.last_seen.seconds_until(now) >= NOTE_EVERY {
        // Reading goes on when nothing can be written (a full disk): the session then just ends earlier.
        if let Err(fault) = note(db, found).await {
            tracing::warn!(incident = %fault.incident(), fault = %fault, "a session could not be noted");
        }
    }
    let mut roles = account::roles_of(&found.roles);
    if must_set_up_second_factor(&roles, found.totp_state, found.required) {
        // Without roles only the own account's pages are open: there the second factor is switched on.
        roles.clear();
    }
    if account::is_partner(&roles) && !found.terms {
        // Partners accept the terms of use in force before anything else.
        roles.clear();
    }
    Ok(Some(Actor {
        id: found.account_id.raw(),
        name: found.name.clone(),
        roles,
        towns: rows.iter().filter_map(|row| row.town_id).collect(),
        subject: found.subject_id,
        session: digest,
    }))
}

async fn note(db: &Db, found: &Found) -> Result<(), Fault> {
    let mut tx = db.begin_write().await?;
    session::note(&mut tx, found.id, db.wall().now()).await?;
    tx.commit().await
}

/// Whether the session opens anything now.
fn is_open(found: &Found, now: Moment) -> bool {
    found.revoked_at.is_none()
        && found.second_factor_done
        && found.state == AccountState::Active
        && now < found.expires_at
        && found.last_seen.seconds_until(now) < found.idle_seconds
}

/// Whether the account has to switch its second factor on before anything else: the installation demands it and
/// somebody of the bureau works with it.
pub(crate) fn must_set_up_second_factor(roles: &[web::Role], totp: TotpState, required: bool) -> bool {
    required && totp != TotpState::On && !roles.is_empty() && !account::works_outside(roles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::Role;

    #[test]
    fn the_second_factor_is_demanded_of_the_bureau_only() {
        assert!(must_set_up_second_factor(&[Role::Manager], TotpState::None, true));
        assert!(must_set_up_second_factor(&[Role::Adviser, Role::Manager], TotpState::Pending, true));
        assert!(!must_set_up_second_factor(&[Role::Manager], TotpState::On, true));
        assert!(!must_set_up_second_factor(&[Role::Manager], TotpState::None, false));
        assert!(!must_set_up_second_factor(&[Role::Adviser], TotpState::None, true));
    }
}
