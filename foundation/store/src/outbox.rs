//! The outbox: messages and events are written with the change that causes them and handled afterwards.

use crate::{params, record, tx::Tx};
use kernel::{Fault, Id, Moment};

record! {
    /// A message waiting to be handled.
    #[derive(Debug, Clone)]
    pub struct Message {
        /// Own id; whoever handles it passes it on, so that a repeat is recognised.
        pub id: Id<Message>,
        /// What it is about: `portal.callback_requested`.
        pub topic: String,
        /// Its content as JSON; ids, no personal data.
        pub payload: String,
        /// When it was written, in business time.
        pub created_at: Moment,
        /// How often handling it has failed.
        pub attempts: i64,
    }
}

/// Writes a message.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn put(
    tx: &mut Tx,
    topic: &'static str,
    payload: &serde_json::Value,
    now: Moment,
) -> Result<Id<Message>, Fault> {
    let id = tx.new_id()?;
    tx.execute(
        "insert into outbox_message (id, region_id, topic, payload, created_at, attempts) values ($1, $2, $3, $4, $5, 0)",
        params![id, tx.region()?, topic, payload.to_string(), now],
    )
    .await?;
    Ok(id)
}

/// The oldest messages of a topic that nobody has handled yet.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn waiting(tx: &mut Tx, topic: &str, limit: i64) -> Result<Vec<Message>, Fault> {
    tx.all(
        "select id, topic, payload, created_at, attempts from outbox_message
         where region_id = $1 and topic = $2 and handled_at is null order by id limit $3",
        params![tx.region()?, topic, limit],
    )
    .await
}

/// Marks a message as handled; false if somebody else already had.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn handled(tx: &mut Tx, id: Id<Message>, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update outbox_message set handled_at = $2 where id = $1 and handled_at is null",
            params![id, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Notes that handling failed; the message stays waiting.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn failed(tx: &mut Tx, id: Id<Message>, error: &str) -> Result<(), Fault> {
    tx.execute(
        "update outbox_message set attempts = attempts + 1, last_error = $2 where id = $1",
        params![id, error],
    )
    .await?;
    Ok(())
}
