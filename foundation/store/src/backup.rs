//! Backups: every block of the data by its hash in a folder of its own, and a manifest per backup that names them.
//!
//! A SQLite database is read page by page in one read transaction, while others write: all pages of one moment.
//! Blocks that an earlier backup stored are not stored again, so a backup every five minutes costs what changed in
//! them. A backup exists when its manifest does, and the manifest is written when all blocks are durable: half a
//! backup is never seen. Keys are not part of it.
//!
//! ```text
//! format                     farun-backup 1
//! lock                       held while a backup or a clean-up runs
//! blocks/3f/3f9a…            one block: a byte for how it is packed, the content, 16 bytes of checksum
//! snapshots/20220506-090000-1a2b3c.json
//! drills/20220506-090000-1a2b3c.json
//! ```

mod blocks;
mod facts;
mod line;
mod repository;

pub use facts::{Facts, facts};
pub use line::{Line, store_file, store_sqlite};
pub use repository::{Drill, Keep, Pruned, Repository};

use kernel::{Fault, Moment};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The form of manifests and blocks that this release writes; newer ones are refused.
pub const FORMAT: u32 = 1;

/// Bytes cut into blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// How many bytes there are.
    pub bytes: u64,
    /// The SHA-256 of each block, in order.
    pub blocks: Vec<String>,
}

/// A file of the folder `files/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedFile {
    /// Its path below `files/`, with `/` between the parts.
    pub path: String,
    /// What is in it.
    pub content: Content,
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of this file: [`FORMAT`].
    pub format: u32,
    /// Its name: the moment in Beijing, three digits of its second's fraction, three random ones.
    pub id: String,
    /// The moment whose state it holds, in microseconds.
    pub at: Moment,
    /// The release that made it.
    pub farun: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// What the restored database must say of itself.
    pub facts: Facts,
    /// The master keys that were in use, by id, with what tells them from others.
    pub keys: BTreeMap<u8, String>,
    /// The database: the file itself, or what `pg_dump` wrote.
    pub database: Content,
    /// The folder `files/`.
    pub files: Vec<BackedFile>,
    /// SHA-256 over all of the above.
    pub digest: String,
}

impl Manifest {
    /// The digest that belongs to what the manifest says.
    ///
    /// # Errors
    /// A fault if it cannot be written as JSON.
    pub fn computed_digest(&self) -> Result<String, Fault> {
        let bare = Self { digest: String::new(), ..self.clone() };
        Ok(sha256(&serde_json::to_vec(&bare)?))
    }

    /// All contents: the database and every file.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        std::iter::once(&self.database).chain(self.files.iter().map(|file| &file.content))
    }

    /// How many bytes it restores.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.contents().map(|content| content.bytes).sum()
    }
}

/// What a backup wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Blocks that were not there before.
    pub blocks: u64,
    /// Their bytes as stored.
    pub bytes: u64,
}

/// A name for a backup of that moment.
///
/// # Errors
/// A fault if the machine gives no randomness.
pub fn new_id(at: Moment) -> Result<String, Fault> {
    let (day, hour, minute) = at.local_parts();
    let second = at.micros().div_euclid(1_000_000).rem_euclid(60);
    let day = day.to_string().replace('-', "");
    // Names sort as their moments do, also within a second: the last name is the newest backup.
    let fraction = (at.micros().rem_euclid(1_000_000) << 12) / 1_000_000;
    let random = u16::from_le_bytes(crate::keys::random_bytes()?) & 0xfff;
    Ok(format!("{day}-{hour:02}{minute:02}{second:02}-{fraction:03x}{random:03x}"))
}

fn sha256(bytes: &[u8]) -> String {
    crate::audit::hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
