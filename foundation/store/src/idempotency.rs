//! Replies to requests that changed something, kept so that a doubled request changes nothing more.

use crate::{params, record, tx::Tx};
use kernel::Fault;

/// How a request is recognised when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The key that the client made (at most 255 characters).
    pub key: String,
    /// The account, 0 for nobody.
    pub actor: i64,
    /// Method and route.
    pub route: String,
    /// A digest of what was sent.
    pub digest: String,
}

record! {
    /// The reply that was given the first time.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Reply {
        /// Method and route of the first request.
        pub route: String,
        /// The digest of what it sent.
        pub digest: String,
        /// Where it was redirected to.
        pub location: String,
    }
}

/// The reply given earlier to that key, if there was one.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn find(tx: &mut Tx, request: &RequestKey) -> Result<Option<Reply>, Fault> {
    tx.optional(
        "select route, digest, location from idempotency_reply where region_id = $1 and actor = $2 and reply_key = $3",
        params![tx.region()?, request.actor, request.key],
    )
    .await
}

/// Keeps the reply, in the transaction that did the deed.
///
/// # Errors
/// A fault if it cannot be written, in particular if a twin was quicker.
pub async fn keep(tx: &mut Tx, request: &RequestKey, location: &str) -> Result<(), Fault> {
    let at = tx.db().wall().now();
    tx.execute(
        "insert into idempotency_reply (region_id, reply_key, actor, route, digest, location, at) values ($1, $2, $3, $4, $5, $6, $7)",
        params![tx.region()?, request.key, request.actor, request.route, request.digest, location, at],
    )
    .await.map(|_| ())
}

/// A form that waits in a browser without a network is sent again until it is answered: replies are remembered for
/// longer than browsers try (50 days, `outbox.js`).
const KEEP_SECONDS: i64 = 60 * 86_400;

/// Forgets replies older than sixty days.
///
/// # Errors
/// A fault if they cannot be deleted.
pub async fn purge(tx: &mut Tx) -> Result<u64, Fault> {
    let before = tx.db().wall().now().plus_seconds(-KEEP_SECONDS);
    tx.execute(
        "delete from idempotency_reply where region_id = $1 and at < $2",
        params![tx.region()?, before],
    )
    .await
}
