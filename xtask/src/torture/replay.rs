//! The record of the file calls, and what a disk may hold after the power went at any of its points: what was synced
//! for certain, of the rest anything, whole, in part or not at all.

use super::{Result, random::Random};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A call that changed a file.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    offset: u64,
    /// Where its bytes are in the record.
    data: std::ops::Range<usize>,
    /// Where the record ends with it.
    pub(crate) end: u64,
}

/// What was called; numbers as in `xtask/torture/shim.c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Write,
    Sync,
    Truncate,
    Unlink,
    Rename,
    Create,
}

/// A record read back.
pub(crate) struct Record {
    bytes: Vec<u8>,
    pub(crate) ops: Vec<Op>,
}

impl Record {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path)?;
        let mut ops = Vec::new();
        let mut at = 0;
        let word = |at: usize| -> Result<u64> {
            let piece = bytes.get(at..at + 8).ok_or("the record ends in the middle")?;
            Ok(u64::from_le_bytes(piece.try_into()?))
        };
        while at + 24 <= bytes.len() {
            let first = word(at)?;
            let (kind, path_length) = (first & 0xffff_ffff, usize::try_from(first >> 32)?);
            let (offset, length) = (word(at + 8)?, usize::try_from(word(at + 16)?)?);
            let from = at + 24 + path_length;
            // The server was killed while it wrote the record: that call never returned.
            let Some(path) = bytes.get(at + 24..from).filter(|_| from + length <= bytes.len()) else { break };
            let kind = match kind {
                1 => Kind::Write,
                2 => Kind::Sync,
                3 => Kind::Truncate,
                4 => Kind::Unlink,
                5 => Kind::Rename,
                6 => Kind::Create,
                other => return Err(format!("the record has a call of kind {other}").into()),
            };
            at = from + length;
            let path = String::from_utf8_lossy(path).into_owned();
            ops.push(Op { kind, path, offset, data: from..at, end: at as u64 });
        }
        Ok(Self { bytes, ops })
    }

    fn data(&self, op: &Op) -> &[u8] {
        &self.bytes[op.data.clone()]
    }
}

/// What becomes of writes that were not synced when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// None arrived.
    Dropped,
    /// All arrived: a killed process, not a power cut.
    Kept,
    /// The first so many arrived.
    Prefix,
    /// Each arrived or not.
    Each,
    /// Each arrived, or not, or only some of its sectors.
    Torn,
}

impl Fate {
    pub(crate) fn any(random: &mut Random) -> Self {
        [Self::Dropped, Self::Kept, Self::Prefix, Self::Each, Self::Torn][random.index(5)]
    }
}

#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    /// Calls since the last sync, by their place in the record.
    pending: Vec<usize>,
}

/// The disk at a point of the record.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    files: BTreeMap<String, File>,
    next: usize,
    /// The planted fault: syncs do nothing.
    deaf: bool,
}

const SECTOR: usize = 512;

impl Disk {
    /// What was on disk before the record began.
    pub(crate) fn new(base: &[PathBuf], deaf: bool) -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in base {
            files.insert(path.display().to_string(), File { durable: fs::read(path)?, pending: Vec::new() });
        }
        Ok(Self { files, next: 0, deaf })
    }

    /// Lets a file be known by another name.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) {
        if let Some(file) = self.files.remove(&from.display().to_string()) {
            self.files.insert(to.display().to_string(), file);
        }
    }

    /// Goes on to the call at `to`, which has not happened yet.
    pub(crate) fn advance(&mut self, record: &Record, to: usize) {
        while self.next < to {
            let op = &record.ops[self.next];
            match op.kind {
                Kind::Write | Kind::Truncate => {
                    self.files.entry(op.path.clone()).or_default().pending.push(self.next);
                }
                Kind::Sync => {
                    if !self.deaf
                        && let Some(file) = self.files.get_mut(&op.path)
                    {
                        for at in std::mem::take(&mut file.pending) {
                            apply(record, &record.ops[at], &mut file.durable);
                        }
                    }
                }
                // Names are journalled by the file system and keep their order.
                Kind::Create => {
                    self.files.entry(op.path.clone()).or_default();
                }
                Kind::Unlink => {
                    self.files.remove(&op.path);
                }
                Kind::Rename => {
                    if let Some(file) = self.files.remove(&op.path) {
                        self.files.insert(String::from_utf8_lossy(record.data(op)).into_owned(), file);
                    }
                }
            }
            self.next += 1;
        }
    }

    /// The files after a power cut here.
    pub(crate) fn image(
        &self,
        record: &Record,
        fate: Fate,
        random: &mut Random,
    ) -> BTreeMap<String, Vec<u8>> {
        let mut image = BTreeMap::new();
        for (path, file) in &self.files {
            let mut content = file.durable.clone();
            let arrived = random.index(file.pending.len() + 1);
            for (nth, at) in file.pending.iter().enumerate() {
                let op = &record.ops[*at];
                match fate {
                    Fate::Dropped => break,
                    Fate::Prefix if nth >= arrived => break,
                    Fate::Each if random.once_in(2) => {}
                    Fate::Torn if random.once_in(3) => {}
                    Fate::Torn if op.kind == Kind::Write && random.once_in(2) => {
                        torn(op, record.data(op), &mut content, random);
                    }
                    _ => apply(record, op, &mut content),
                }
            }
            image.insert(path.clone(), content);
        }
        image
    }
}

fn apply(record: &Record, op: &Op, content: &mut Vec<u8>) {
    let offset = usize::try_from(op.offset).unwrap_or(0);
    if op.kind == Kind::Truncate {
        content.resize(offset, 0);
    } else {
        put(content, offset, record.data(op));
    }
}

fn put(content: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(data);
}

/// Some sectors of a write arrive.
fn torn(op: &Op, data: &[u8], content: &mut Vec<u8>, random: &mut Random) {
    let offset = usize::try_from(op.offset).unwrap_or(0);
    for (nth, sector) in data.chunks(SECTOR).enumerate() {
        if random.once_in(2) {
            put(content, offset + nth * SECTOR, sector);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(kind: u32, path: &str, offset: u64, data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend(u32::try_from(path.len()).expect("short").to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend((data.len() as u64).to_le_bytes());
        bytes.extend(path.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn record() -> Record {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("record");
        let calls = [
            call(6, "/a", 0, b""),
            call(1, "/a", 0, b"one"),
            call(2, "/a", 0, b""),
            call(1, "/a", 3, b"two"),
            call(3, "/a", 1, b""),
            call(4, "/a", 0, b""),
        ];
        let mut bytes = calls.concat();
        bytes.extend(&call(1, "/b", 0, b"cut off")[..30]);
        fs::write(&path, bytes).expect("written");
        Record::read(&path).expect("a record")
    }

    fn after(calls: usize, fate: Fate, deaf: bool) -> Option<Vec<u8>> {
        let record = record();
        let mut disk = Disk::new(&[], deaf).expect("an empty disk");
        disk.advance(&record, calls);
        disk.image(&record, fate, &mut Random::new(1)).remove("/a")
    }

    #[test]
    fn what_was_synced_stays_and_the_rest_may_go() {
        assert_eq!(record().ops.len(), 6, "the call that was cut off is none");
        assert_eq!(after(2, Fate::Dropped, false).as_deref(), Some(b"".as_slice()));
        assert_eq!(after(4, Fate::Dropped, false).as_deref(), Some(b"one".as_slice()));
        assert_eq!(after(4, Fate::Kept, false).as_deref(), Some(b"onetwo".as_slice()));
        assert_eq!(after(5, Fate::Kept, false).as_deref(), Some(b"o".as_slice()));
        assert_eq!(after(6, Fate::Kept, false), None, "unlinked");
        assert_eq!(after(4, Fate::Dropped, true).as_deref(), Some(b"".as_slice()), "syncs ignored");
    }
}
