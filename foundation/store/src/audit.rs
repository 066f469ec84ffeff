//! The audit trail: who did what to which record, chained by hashes, written with the change itself.
//!
//! Rows hold ids and names of changed fields, never personal data, so that destroying a key never breaks the
//! chain. Several lanes keep writers of a large PostgreSQL installation from waiting for one row; each lane is
//! a chain of its own: `hash = SHA-256(previous hash, canonical row)`.

use crate::{params, record, tx::Tx};
use kernel::{Fault, Id, Moment};
use sha2::{Digest as _, Sha256};

/// How many chains there are.
pub const LANES: i64 = 8;

/// What an audit row says; time, place in the chain and hash are added on commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The account that acted; `None`: the system itself.
    pub actor: Option<i64>,
    /// What was done: `advisers.service.log`, a stable name.
    pub action: &'static str,
    /// The kind of the record: `advisers_service`.
    pub object: &'static str,
    /// The record's id, 0 if there is none.
    pub object_id: i64,
    /// Names of changed fields, reasons and other facts that are not personal, as JSON.
    pub details: String,
}

impl Entry {
    /// An entry about a record.
    #[must_use]
    pub fn new<T>(actor: Option<i64>, action: &'static str, object: &'static str, id: Id<T>) -> Self {
        Self { actor, action, object, object_id: id.raw(), details: "{}".to_owned() }
    }

    /// An entry that is about no single record.
    #[must_use]
    pub fn about(actor: Option<i64>, action: &'static str, object: &'static str) -> Self {
        Self { actor, action, object, object_id: 0, details: "{}".to_owned() }
    }

    /// Adds details (JSON without personal data).
    #[must_use]
    pub fn with(mut self, details: &serde_json::Value) -> Self {
        self.details = details.to_string();
        self
    }
}

record! {
    /// A row of the audit trail.
    #[derive(Debug, Clone)]
    pub struct AuditRow {
        /// Own id.
        pub id: i64,
        /// The chain it belongs to.
        pub lane: i64,
        /// Its place in the chain, from 1.
        pub seq: i64,
        /// When, in real time.
        pub at: Moment,
        /// The account that acted, or none.
        pub actor: Option<i64>,
        /// What was done.
        pub action: String,
        /// The kind of record.
        pub object: String,
        /// The record, 0 for none.
        pub object_id: i64,
        /// Facts about the act.
        pub details: String,
        /// The chain's hash up to here.
        pub hash: String,
    }
}

enum AuditId {}

pub(crate) async fn write(tx: &mut Tx, entries: Vec<Entry>) -> Result<(), Fault> {
    let region = tx.region()?;
    let at = tx.db().wall().now();
    let lane = entries.first().and_then(|entry| entry.actor).unwrap_or(0) % LANES;
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    // The update takes the lane's row for this transaction: the next writer of the lane waits for our commit.
    let (mut seq, mut hash): (i64, String) = tx
        .one(
            "insert into audit_head (region_id, lane, seq, hash) values ($1, $2, $3, '')
             on conflict (region_id, lane) do update set seq = audit_head.seq + excluded.seq returning seq - $3, hash",
            params![region, lane, count],
        )
        .await?;
    for entry in entries {
        seq += 1;
        let id = tx.new_id::<AuditId>()?;
        let numbers = [lane, seq, at.micros(), entry.actor.unwrap_or(0), entry.object_id];
        hash = chain(&hash, entry.action, entry.object, &entry.details, numbers);
        tx.later(
            "insert into audit_row (id, region_id, lane, seq, at, actor, action, object, object_id, details, hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            params![id, region, lane, seq, at, entry.actor, entry.action, entry.object, entry.object_id, entry.details, hash],
        )
        .await?;
    }
    tx.later(
        "update audit_head set hash = $3 where region_id = $1 and lane = $2",
        params![region, lane, hash],
    )
    .await?;
    Ok(())
}

/// The canonical form of a row: length-prefixed fields, so that no two different rows share it.
fn chain(previous: &str, action: &str, object: &str, details: &str, numbers: [i64; 5]) -> String {
    let mut digest = Sha256::new();
    let numbers = numbers.map(|number| number.to_string());
    for text in [previous, action, object, details].into_iter().chain(numbers.iter().map(String::as_str)) {
        digest.update(text.len().to_be_bytes());
        digest.update(text.as_bytes());
    }
    hex(&digest.finalize())
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// The first place where the trail is not what was written, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The chain.
    pub lane: i64,
    /// The place in it.
    pub seq: i64,
    /// What is wrong, in Chinese, for the administrator.
    pub what: &'static str,
}

/// Walks all chains and compares every hash; returns the number of rows and what is broken.
///
/// # Errors
/// A fault if the trail cannot be read.
pub async fn verify(tx: &mut Tx) -> Result<(u64, Vec<Broken>), Fault> {
    let region = tx.region()?;
    let mut broken = Vec::new();
    let mut rows = 0;
    let heads: Vec<(i64, i64, String)> = tx
        .all("select lane, seq, hash from audit_head where region_id = $1 order by lane", params![region])
        .await?;
    for (lane, last, head) in heads {
        let mut seq = 0;
        let mut hash = String::new();
        'lane: loop {
            let page: Vec<AuditRow> = tx
                .all(
                    "select id, lane, seq, at, actor, action, object, object_id, details, hash from audit_row
                     where region_id = $1 and lane = $2 and seq > $3 order by seq limit 2000",
                    params![region, lane, seq],
                )
                .await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                seq += 1;
                if row.seq != seq {
                    broken.push(Broken { lane, seq, what: "缺少记录" });
                    break 'lane;
                }
                rows += 1;
                let numbers = [lane, seq, row.at.micros(), row.actor.unwrap_or(0), row.object_id];
                let expected = chain(&hash, &row.action, &row.object, &row.details, numbers);
                if expected != row.hash {
                    broken.push(Broken { lane, seq, what: "内容与校验值不符" });
                    break 'lane;
                }
                hash = row.hash;
            }
        }
        if broken.iter().all(|b| b.lane != lane) && (seq != last || hash != head) {
            broken.push(Broken { lane, seq, what: "末尾记录被截断" });
        }
    }
    Ok((rows, broken))
}
