//! Content on its way into the blocks: a few at a time, so that memory stays small however large the database is.

use super::{Content, Repository, Written};
use crate::tx::Tx;
use kernel::Fault;
use std::{io::Read as _, path::Path, sync::Arc};
use tokio::task::JoinSet;

/// Bytes of a block. One changed page costs one block, one block costs one file.
pub(super) const BLOCK: usize = 64 * 1024;
/// Blocks that are being packed and written at once.
const AT_ONCE: usize = 4;

/// A block that is cut by its content has at least this many bytes.
const SHORTEST: usize = 8 * 1024;

/// A number for every byte, as if by chance.
const GEAR: [u64; 256] = {
    let mut table = [0; 256];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut at = 0;
    while at < 256 {
        // xorshift64*
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        table[at] = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        at += 1;
    }
    table
};

/// A block that is in the repository: which one of its content, its hash, the bytes written if it is new.
struct Stored {
    place: usize,
    hash: String,
    written: Option<u64>,
}

/// Takes bytes in order and stores them as blocks.
pub struct Line {
    repository: Arc<Repository>,
    waiting: Vec<u8>,
    /// A mark of the last 64 bytes.
    trail: u64,
    tasks: JoinSet<Result<Stored, Fault>>,
    hashes: Vec<String>,
    bytes: u64,
    written: Written,
}

impl Line {
    /// An empty content.
    #[must_use]
    pub fn new(repository: &Arc<Repository>) -> Self {
        Self {
            repository: Arc::clone(repository),
            waiting: Vec::with_capacity(BLOCK),
            trail: 0,
            tasks: JoinSet::new(),
            hashes: Vec::new(),
            bytes: 0,
            written: Written::default(),
        }
    }

    /// Adds bytes; full blocks are stored.
    ///
    /// # Errors
    /// A fault if a block cannot be stored.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
            if self.waiting.len() == BLOCK {
                self.cut().await?;
            }
        }
        Ok(())
    }

    /// Adds bytes, and ends blocks where the content says so: what comes after an insertion is cut as it was before,
    /// so that its blocks are known already.
    ///
    /// # Errors
    /// A fault if a block cannot be stored.
    pub async fn push_by_content(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            self.trail = (self.trail << 1).wrapping_add(GEAR[usize::from(*byte)]);
            let length = self.waiting.len() + at + 1 - from;
            if length == BLOCK || (length >= SHORTEST && self.trail >> (64 - 15) == 0) {
                self.push(&bytes[from..=at]).await?;
                self.cut().await?;
                from = at + 1;
            }
        }
        self.push(&bytes[from..]).await
    }

    /// Ends the block here: what follows begins a new one.
    ///
    /// # Errors
    /// A fault if a block cannot be stored.
    pub async fn cut(&mut self) -> Result<(), Fault> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.waiting, Vec::with_capacity(BLOCK));
        self.bytes += block.len() as u64;
        while self.tasks.len() >= AT_ONCE {
            self.settle().await?;
        }
        let place = self.hashes.len();
        self.hashes.push(String::new());
        let repository = Arc::clone(&self.repository);
        self.tasks.spawn_blocking(move || {
            let (hash, written) = repository.put(&block)?;
            Ok(Stored { place, hash, written })
        });
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Fault> {
        let Some(done) = self.tasks.join_next().await else { return Ok(()) };
        let Stored { place, hash, written } = done??;
        if let Some(bytes) = written {
            self.written.blocks += 1;
            self.written.bytes += bytes;
        }
        if let Some(slot) = self.hashes.get_mut(place) {
            *slot = hash;
        }
        Ok(())
    }

    /// Waits until everything is stored.
    ///
    /// # Errors
    /// A fault if a block cannot be stored.
    pub async fn finish(mut self) -> Result<(Content, Written), Fault> {
        self.cut().await?;
        while !self.tasks.is_empty() {
            self.settle().await?;
        }
        Ok((Content { bytes: self.bytes, blocks: self.hashes }, self.written))
    }
}

/// Stores the whole SQLite database as it is in the transaction, while others write.
///
/// # Errors
/// A fault if a page cannot be read or a block not be stored, or if this is no SQLite database.
pub async fn store_sqlite(tx: &mut Tx, repository: &Arc<Repository>) -> Result<(Content, Written), Fault> {
    let mut line = Line::new(repository);
    tx.pages(&mut line).await?;
    line.finish().await
}

/// Stores a file.
///
/// # Errors
/// A fault if it cannot be read or stored.
pub async fn store_file(path: &Path, repository: &Arc<Repository>) -> Result<(Content, Written), Fault> {
    let mut file = std::fs::File::open(path)
        .map_err(|e| Fault::from(e).context(format!("cannot read {}", path.display())))?;
    let mut line = Line::new(repository);
    let mut buffer = vec![0; BLOCK];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return line.finish().await;
        }
        line.push(&buffer[..read]).await?;
    }
}
