//! The file of master keys: one line of base64 (key 1, AES) as it was first, or several keys with one current.
//!
//! ```text
//! farun-keys 1
//! current 2
//! last 2
//! key 2 sm4 <base64 of 32 bytes>
//! digest identity_recovery_entry.code aes <base64 of 32 bytes>
//! ```

use super::{STANDARD_NO_PAD, Suite};
use base64::Engine as _;
use hkdf::Hkdf;
use kernel::Fault;
use sha2::Sha256;
use std::{fmt::Write as _, fs, io::Write as _, path::Path, time::SystemTime};

const HEAD: &str = "farun-keys 1";

/// One master key.
#[derive(Clone)]
pub(super) struct MasterKey {
    pub(super) id: u8,
    pub(super) suite: Suite,
    pub(super) bytes: [u8; 32],
}

impl MasterKey {
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // 32 bytes are within what HKDF-SHA-256 can give, so this cannot fail.
        Hkdf::<Sha256>::new(Some(b"farun"), &self.bytes).expand(purpose.as_bytes(), &mut key).ok();
        key
    }

    pub(super) fn blind_key(&self, field: &str) -> (Suite, [u8; 32]) {
        (self.suite, self.derive(&self.suite.purpose("blind", field)))
    }
}

/// All keys.
#[derive(Clone, Default)]
pub(super) struct Ring {
    pub(super) keys: Vec<MasterKey>,
    pub(super) current: u8,
    /// The highest id ever given: none is given twice.
    pub(super) last: u8,
    /// Keys of digests that outlive the master key they were derived from.
    pub(super) digests: Vec<(String, Suite, [u8; 32])>,
}

impl Ring {
    pub(super) fn of(key: MasterKey) -> Self {
        Self { current: key.id, last: key.id, keys: vec![key], digests: Vec::new() }
    }

    pub(super) fn key(&self, id: u8) -> Result<&MasterKey, Fault> {
        self.keys.iter().find(|key| key.id == id).ok_or_else(|| {
            Fault::new(format!("a sealed field needs key {id}, which master.key does not hold"))
        })
    }

    pub(super) fn current(&self) -> Result<&MasterKey, Fault> {
        self.key(self.current)
    }

    /// The oldest key.
    pub(super) fn first(&self) -> Result<&MasterKey, Fault> {
        self.keys.iter().min_by_key(|key| key.id).ok_or_else(|| Fault::new("there is no key"))
    }
}

/// What changes when the file is written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        let facts = fs::metadata(path)
            .map_err(|e| Fault::from(e).context(format!("cannot read {}", path.display())))?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&facts);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Self { modified: facts.modified().ok(), length: facts.len(), inode })
    }
}

pub(super) fn read(path: &Path) -> Result<(Ring, Stamp), Fault> {
    // The stamp first: a change in between is seen the next time.
    let stamp = Stamp::of(path)?;
    let text = fs::read_to_string(path)
        .map_err(|e| Fault::from(e).context(format!("cannot read {}", path.display())))?;
    let ring = parse(&text).map_err(|fault| fault.context(format!("{} is damaged", path.display())))?;
    Ok((ring, stamp))
}

fn parse(text: &str) -> Result<Ring, Fault> {
    let mut lines = text.trim().lines().map(str::trim);
    let head = lines.next().unwrap_or_default();
    if !head.contains(' ') {
        return Ok(Ring::of(MasterKey { id: 1, suite: Suite::Aes, bytes: secret(head)? }));
    }
    if head != HEAD {
        return Err(Fault::new("it begins with no head that this release knows"));
    }
    let mut ring = Ring::default();
    for line in lines.filter(|line| !line.is_empty()) {
        let number = |text: &str| text.parse().map_err(|_| Fault::new("an id is no number from 1 to 255"));
        let suite =
            |name: &str| Suite::from_name(name).ok_or_else(|| Fault::new("it names an unknown suite"));
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["current", id] => ring.current = number(id)?,
            ["last", id] => ring.last = number(id)?,
            ["key", id, name, bytes] => {
                ring.keys.push(MasterKey { id: number(id)?, suite: suite(name)?, bytes: secret(bytes)? });
            }
            ["digest", field, name, bytes] => {
                ring.digests.push((field.to_owned(), suite(name)?, secret(bytes)?));
            }
            _ => return Err(Fault::new("a line cannot be read")),
        }
    }
    ring.current()?;
    Ok(ring)
}

fn secret(text: &str) -> Result<[u8; 32], Fault> {
    STANDARD_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Fault::new("a key does not have 32 bytes"))
}

/// Writes the file beside and puts it in place: whoever reads meanwhile gets the old one or the new one, whole.
pub(super) fn write(path: &Path, ring: &Ring) -> Result<(), Fault> {
    let mut text = format!("{HEAD}\ncurrent {}\nlast {}\n", ring.current, ring.last);
    // Writing to a String cannot fail.
    for key in &ring.keys {
        writeln!(text, "key {} {} {}", key.id, key.suite.name(), STANDARD_NO_PAD.encode(key.bytes)).ok();
    }
    for (field, suite, key) in &ring.digests {
        writeln!(text, "digest {field} {} {}", suite.name(), STANDARD_NO_PAD.encode(key)).ok();
    }
    let draft = path.with_extension("draft");
    if draft.exists() {
        fs::remove_file(&draft)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(&draft)
        .map_err(|e| Fault::from(e).context(format!("cannot write {}", draft.display())))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
