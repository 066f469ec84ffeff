//! Numbers of a record in outside systems: 已录, 未录, 不一致, with the day it was noted.

use crate::{params, record, text_column, tx::Tx};
use kernel::{Day, Fault, Id};

/// Whether the outside system agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideState {
    /// Keyed in there: 已录.
    Recorded,
    /// Not there yet: 未录.
    Missing,
    /// There, but different: 不一致.
    Mismatch,
}
text_column!(OutsideState { Recorded = "recorded", Missing = "missing", Mismatch = "mismatch" });

impl OutsideState {
    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Recorded => "已录",
            Self::Missing => "未录",
            Self::Mismatch => "不一致",
        }
    }
}

record! {
    /// A record's number in one outside system.
    #[derive(Debug, Clone)]
    pub struct OutsideNumber {
        /// Own id.
        pub id: Id<OutsideNumber>,
        /// The system, as people call it: 江苏法网.
        pub system: String,
        /// The number there; empty while missing.
        pub number: String,
        /// Whether it agrees.
        pub state: OutsideState,
        /// When that was noted.
        pub noted_on: Day,
        /// Optimistic version.
        pub version: i64,
    }
}

/// The outside numbers of a record.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn of(tx: &mut Tx, object: &str, object_id: i64) -> Result<Vec<OutsideNumber>, Fault> {
    tx.all(
        "select id, system, number, state, noted_on, version from outside_number
         where region_id = $1 and object = $2 and object_id = $3 order by system",
        params![tx.region()?, object, object_id],
    )
    .await
}

/// The record of that kind that has the number in that system; of several the one entered first.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn find(tx: &mut Tx, object: &str, system: &str, number: &str) -> Result<Option<i64>, Fault> {
    if number.is_empty() {
        return Ok(None);
    }
    let found: Option<(i64,)> = tx
        .optional(
            "select object_id from outside_number where region_id = $1 and system = $2 and number = $3 and object = $4 order by id limit 1",
            params![tx.region()?, system, number, object],
        )
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Notes the number of a record in a system, replacing what was noted before.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn note(
    tx: &mut Tx,
    object: &str,
    object_id: i64,
    system: &str,
    number: &str,
    state: OutsideState,
    on: Day,
) -> Result<(), Fault> {
    let id = tx.new_id::<OutsideNumber>()?;
    tx.execute(
        "insert into outside_number (id, region_id, object, object_id, system, number, state, noted_on, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 1)
         on conflict (region_id, object, object_id, system) do update set
             number = excluded.number, state = excluded.state, noted_on = excluded.noted_on, version = outside_number.version + 1",
        params![id, tx.region()?, object, object_id, system, number, state, on],
    )
    .await?;
    Ok(())
}
