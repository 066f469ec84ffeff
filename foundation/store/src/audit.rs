//! The audit trail: who did what to which record, chained by hashes, written with the change itself.
//!
//! Rows hold ids and names of changed fields, never personal data, so that destroying a key never breaks the
//! chain. Several lanes keep writers of a large PostgreSQL installation from waiting for one row; each lane is
//! a chain of its own: `hash = SHA-256(previous hash, canonical row)`.

use crate::{params, record, tx::Tx};
use kernel::{Fault, Id, Moment};
use serde::{Deserialize, Serialize};
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

/// The action of an entry that notes who looked at personal data in full, and why.
pub const PERSONAL_READ: &str = "personal.read";

impl Entry {
    /// An entry that notes a look at personal data: names of the fields shown, and the reason given. Long numbers in
    /// the reason are blotted out, so that the trail holds none of the data it speaks of.
    #[must_use]
    pub fn read(actor: Option<i64>, object: &'static str, id: i64, fields: &[&str], reason: &str) -> Self {
        let details = serde_json::json!({ "fields": fields, "reason": blot(reason) });
        Self { actor, action: PERSONAL_READ, object, object_id: id, details: "{}".to_owned() }.with(&details)
    }
}

/// What a person typed as a reason, at most 200 characters, runs of five and more digits as `*****`.
fn blot(reason: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in reason.chars().take(200).chain(['\0']) {
        let digit = c.is_ascii_digit() || ('０'..='９').contains(&c);
        if digit {
            run.push(c);
            continue;
        }
        out.push_str(if run.chars().count() >= 5 { "*****" } else { &run });
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

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
        tx.execute(
            "insert into audit_row (id, region_id, lane, seq, at, actor, action, object, object_id, details, hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            params![id, region, lane, seq, at, entry.actor, entry.action, entry.object, entry.object_id, entry.details, hash],
        )
        .await?;
    }
    tx.execute(
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

/// See [`crate::testing::rewrite_audit`].
pub(crate) async fn rewrite(tx: &mut Tx, lane: i64, from: i64) -> Result<u64, Fault> {
    let region = tx.region()?;
    let rows: Vec<AuditRow> = tx
        .all(
            "select id, lane, seq, at, actor, action, object, object_id, details, hash from audit_row
             where region_id = $1 and lane = $2 and seq >= $3 - 1 order by seq",
            params![region, lane, from],
        )
        .await?;
    let mut hash = String::new();
    let mut count = 0;
    for row in rows {
        if row.seq < from {
            hash = row.hash;
            continue;
        }
        let details = format!("{{\"rewritten\":{}}}", row.seq);
        let numbers = [lane, row.seq, row.at.micros(), row.actor.unwrap_or(0), row.object_id];
        hash = chain(&hash, &row.action, &row.object, &details, numbers);
        count += tx
            .execute(
                "update audit_row set details = $2, hash = $3 where id = $1",
                params![row.id, details, hash],
            )
            .await?;
    }
    tx.execute(
        "update audit_head set hash = $3 where region_id = $1 and lane = $2",
        params![region, lane, hash],
    )
    .await?;
    Ok(count)
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
/// Finds every changed, removed, inserted or moved row. What it cannot find is a trail that was cut off or written anew
/// consistently, heads included: that takes a [`Witness`] from outside.
///
/// # Errors
/// A fault if the trail cannot be read.
pub async fn verify(tx: &mut Tx) -> Result<(u64, Vec<Broken>), Fault> {
    let region = tx.region()?;
    let mut broken = Vec::new();
    let mut rows = 0;
    // A lane whose head was taken away still has its rows.
    let lanes: Vec<(i64,)> = tx
        .all(
            "select lane from audit_head where region_id = $1
             union select distinct lane from audit_row where region_id = $1 order by lane",
            params![region],
        )
        .await?;
    for (lane,) in lanes {
        let (walked, found) = verify_lane(tx, lane).await?;
        rows += walked;
        broken.extend(found);
    }
    Ok((rows, broken))
}

async fn verify_lane(tx: &mut Tx, lane: i64) -> Result<(u64, Option<Broken>), Fault> {
    let region = tx.region()?;
    let head: Option<(i64, String)> = tx
        .optional(
            "select seq, hash from audit_head where region_id = $1 and lane = $2",
            params![region, lane],
        )
        .await?;
    let mut rows = 0;
    let mut seq = 0;
    let mut hash = String::new();
    loop {
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
                return Ok((rows, Some(Broken { lane, seq, what: "缺少记录" })));
            }
            rows += 1;
            let numbers = [lane, seq, row.at.micros(), row.actor.unwrap_or(0), row.object_id];
            let expected = chain(&hash, &row.action, &row.object, &row.details, numbers);
            if expected != row.hash || row.actor == Some(0) {
                return Ok((rows, Some(Broken { lane, seq, what: "内容与校验值不符" })));
            }
            hash = row.hash;
        }
    }
    let what = match head {
        Some(head) if head == (seq, hash) => return Ok((rows, None)),
        Some((last, _)) if last < seq => "末尾多出记录",
        Some(_) => "末尾记录被截断",
        None => "链头丢失",
    };
    Ok((rows, Some(Broken { lane, seq, what })))
}

record! {
    /// The end of one chain at some moment: everything before it is fixed by its hash.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Head {
        /// The chain.
        pub lane: i64,
        /// How many rows it has.
        pub seq: i64,
        /// The hash of the last of them.
        pub hash: String,
    }
}

/// The heads of all chains, by lane.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn heads(tx: &mut Tx) -> Result<Vec<Head>, Fault> {
    tx.all("select lane, seq, hash from audit_head where region_id = $1 order by lane", params![tx.region()?])
        .await
}

/// One hash that stands for all heads, short enough to be printed on a bulletin: SHA-256 over `lane:seq:hash` lines.
#[must_use]
pub fn root(heads: &[Head]) -> String {
    let mut digest = Sha256::new();
    for head in heads {
        digest.update(format!("{}:{}:{}\n", head.lane, head.seq, head.hash));
    }
    hex(&digest.finalize())
}

/// The heads of all chains as they stood at a moment, kept outside the database: it proves later that nothing before
/// that moment was cut off or written anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Code of the region of the installation.
    pub region: u32,
    /// When it was made, in microseconds of real time since 1970.
    pub at: i64,
    /// The heads, by lane.
    pub heads: Vec<Head>,
    /// [`root`] of the heads.
    pub root: String,
}

/// The trail's witness of this moment.
///
/// # Errors
/// A fault if the heads cannot be read.
pub async fn witness(tx: &mut Tx) -> Result<Witness, Fault> {
    let heads = heads(tx).await?;
    Ok(Witness { region: tx.region()?.code(), at: tx.db().wall().now().micros(), root: root(&heads), heads })
}

/// Walks all chains as [`verify`] does, and says besides where the trail no longer holds what the witness saw: nothing
/// found means that every row up to the witness is the row that was written.
///
/// # Errors
/// A fault if the trail cannot be read.
pub async fn verify_against(tx: &mut Tx, witness: &Witness) -> Result<Vec<Broken>, Fault> {
    let (_, mut broken) = verify(tx).await?;
    let region = tx.region()?;
    if witness.region != region.code() {
        broken.push(Broken { lane: 0, seq: 0, what: "见证文件是另一个单位的" });
        return Ok(broken);
    }
    if witness.root != root(&witness.heads) {
        broken.push(Broken { lane: 0, seq: 0, what: "见证文件本身被改动或损坏" });
    }
    for head in witness.heads.iter().filter(|head| head.seq > 0) {
        let found: Option<(String,)> = tx
            .optional(
                "select hash from audit_row where region_id = $1 and lane = $2 and seq = $3",
                params![region, head.lane, head.seq],
            )
            .await?;
        let what = match found {
            Some((hash,)) if hash == head.hash => continue,
            Some(_) => "与外部见证不符：见证之前的记录被改写过",
            None => "外部见证过的记录不见了：末尾被截断",
        };
        broken.push(Broken { lane: head.lane, seq: head.seq, what });
    }
    Ok(broken)
}
