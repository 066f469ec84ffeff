//! Sealed fields: ID numbers and telephones are encrypted before they reach the database.
//!
//! Master keys live in a file outside the database; one of them is current. Every field gets a key of its own
//! (HKDF-SHA-256 with the field's name), values are sealed under a random nonce with the current key's suite, and a
//! keyed blind index (HMAC, truncated to 128 bits) answers "is this number known?" without opening anything. A plain
//! hash would be no protection: all ID numbers of a county can be tried in a minute.
//!
//! Stored form: base64 of `suite byte · key id byte · 12-byte nonce · ciphertext with tag`. Any known key opens; how
//! keys change is in [`crate::sealed`].

mod file;
mod suite;

pub use suite::Suite;

use crate::sealed::DigestField;
use aes_gcm::aead::Payload;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use file::{MasterKey, Ring, Stamp};
use kernel::Fault;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use suite::NONCE;

/// The master keys, from which all field keys are derived.
///
/// They come from `master.key`. The file is read again when it has changed and something is to be sealed, and when a
/// value names a key that is not known yet: a running server learns of new keys by itself.
pub struct Keyring {
    /// None: the keys were handed in, nothing is written.
    file: Option<PathBuf>,
    state: Mutex<(Arc<Ring>, Option<Stamp>)>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// A key ring of one key (id 1, AES) from raw bytes.
    #[must_use]
    pub fn from_master(master: [u8; 32]) -> Self {
        Self::of(None, Ring::of(MasterKey { id: 1, suite: Suite::Aes, bytes: master }), None)
    }

    /// A key ring without any key: whatever needs no sealed field can be done with it.
    #[must_use]
    pub fn none() -> Self {
        Self::of(None, Ring::default(), None)
    }

    fn of(file: Option<PathBuf>, ring: Ring, stamp: Option<Stamp>) -> Self {
        Self { file, state: Mutex::new((Arc::new(ring), stamp)) }
    }

    /// Reads `master.key` in that folder, or makes it (readable by the owner only).
    ///
    /// # Errors
    /// A fault if the file cannot be read or made, or does not hold keys.
    pub fn open_or_create(folder: &Path) -> Result<Self, Fault> {
        let path = Self::file_in(folder);
        if !path.exists() {
            std::fs::create_dir_all(folder)
                .map_err(|e| Fault::from(e).context(format!("cannot make {}", folder.display())))?;
            let ring = Ring::of(MasterKey { id: 1, suite: Suite::Aes, bytes: random_bytes()? });
            file::write(&path, &ring)?;
        }
        Self::open_file(&path)
    }

    /// Reads a file of keys.
    ///
    /// # Errors
    /// A fault if the file cannot be read or does not hold keys.
    pub fn open_file(path: &Path) -> Result<Self, Fault> {
        let (ring, stamp) = file::read(path)?;
        Ok(Self::of(Some(path.to_owned()), ring, Some(stamp)))
    }

    /// Where the keys of a folder are.
    #[must_use]
    pub fn file_in(folder: &Path) -> PathBuf {
        folder.join("master.key")
    }

    /// The keys as they are now: ids with their suites.
    ///
    /// # Errors
    /// A fault if the file of keys cannot be read.
    pub fn keys(&self) -> Result<Vec<(u8, Suite)>, Fault> {
        Ok(self.fresh()?.keys.iter().map(|key| (key.id, key.suite)).collect())
    }

    /// The key that new values are sealed with.
    ///
    /// # Errors
    /// A fault if the file of keys cannot be read, or holds none.
    pub fn current(&self) -> Result<u8, Fault> {
        self.fresh()?.current().map(|key| key.id)
    }

    /// What tells a key from others of the same id, without saying anything about it.
    ///
    /// # Errors
    /// A fault if there is no such key.
    pub fn fingerprint(&self, id: u8) -> Result<String, Fault> {
        Ok(crate::audit::hex(&self.with_key(id)?.1.derive("fingerprint")[..8]))
    }

    /// Adds a key, which is not used before [`Keyring::make_current`]; returns its id.
    ///
    /// # Errors
    /// A fault if the file cannot be written, or all ids are used up.
    pub fn add(&self, suite: Suite) -> Result<u8, Fault> {
        let bytes = random_bytes()?;
        self.change(|ring| {
            let last = ring.keys.iter().map(|key| key.id).max().unwrap_or(0).max(ring.last);
            let id = last.checked_add(1).ok_or_else(|| Fault::new("all 255 key ids are used up"))?;
            ring.last = id;
            ring.keys.push(MasterKey { id, suite, bytes });
            Ok(id)
        })
    }

    /// New values are sealed with that key from now on.
    ///
    /// # Errors
    /// A fault if there is no such key, or the file cannot be written.
    pub fn make_current(&self, id: u8) -> Result<(), Fault> {
        self.change(|ring| {
            ring.key(id)?;
            ring.current = id;
            Ok(())
        })
    }

    /// Forgets a key that seals nothing any more. What is left of it are the keys of the digests that cannot be made
    /// anew, derived for those fields only.
    ///
    /// # Errors
    /// A fault if it is the current key, or the file cannot be written.
    pub fn retire(&self, id: u8, digests: &[DigestField]) -> Result<(), Fault> {
        self.change(|ring| {
            if ring.current == id {
                return Err(Fault::new(format!("key {id} is in use")));
            }
            if ring.first()?.id == id {
                for digest in digests {
                    if ring.digests.iter().all(|(field, _, _)| field != digest.field) {
                        let (suite, key) = ring.first()?.blind_key(digest.field);
                        ring.digests.push((digest.field.to_owned(), suite, key));
                    }
                }
            }
            ring.last = ring.last.max(id);
            ring.keys.retain(|key| key.id != id);
            Ok(())
        })
    }

    /// Derives a key for a purpose other than a field (signing form tokens, for instance). It stays the same until
    /// the oldest key is retired.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        // Without any key nothing is sealed or signed; what was derived from nothing signs for nobody.
        self.known().first().map_or([0; 32], |key| key.derive(purpose))
    }

    /// Seals a value for a field, named `table.column`.
    ///
    /// # Errors
    /// A fault if the machine gives no randomness, or the file of keys cannot be read.
    pub fn seal(&self, field: &'static str, clear: &str) -> Result<String, Fault> {
        let ring = self.fresh()?;
        let key = ring.current()?;
        let nonce = random_bytes::<NONCE>()?;
        let field_key = key.derive(&key.suite.purpose("seal", field));
        let text = Payload { msg: clear.as_bytes(), aad: field.as_bytes() };
        let sealed = key.suite.seal(&field_key, &nonce, text)?;
        let mut bytes = vec![key.suite.byte(), key.id];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(STANDARD_NO_PAD.encode(bytes))
    }

    /// Opens a sealed value of that field.
    ///
    /// # Errors
    /// A fault if it was sealed with an unknown key, for another field, or altered.
    pub fn open(&self, field: &'static str, sealed: &str) -> Result<String, Fault> {
        let bytes = STANDARD_NO_PAD
            .decode(sealed)
            .map_err(|e| Fault::from(e).context("a sealed field is damaged"))?;
        let Some((&[suite, id], rest)) = bytes.split_first_chunk::<2>() else {
            return Err(Fault::new("a sealed field is too short"));
        };
        let Some((nonce, sealed)) = rest.split_first_chunk::<NONCE>() else {
            return Err(Fault::new("a sealed field is too short"));
        };
        let (_ring, key) = self.with_key(id)?;
        if suite != key.suite.byte() {
            return Err(Fault::new("a sealed field uses another suite than its key"));
        }
        let field_key = key.derive(&key.suite.purpose("seal", field));
        let clear = key
            .suite
            .open(&field_key, nonce, Payload { msg: sealed, aad: field.as_bytes() })?
            .ok_or_else(|| Fault::new(format!("the sealed field {field} cannot be opened with key {id}")))?;
        String::from_utf8(clear).map_err(Fault::from)
    }

    /// Seals a file: its content under a key of its own, which alone is sealed under the field. A change of keys then
    /// has a few bytes to seal anew, not the file.
    ///
    /// # Errors
    /// A fault if the machine gives no randomness, or the file of keys cannot be read.
    pub fn seal_file(&self, field: &'static str, clear: &[u8]) -> Result<SealedFile, Fault> {
        let suite = self.fresh()?.current()?.suite;
        let (own, nonce) = (random_bytes::<32>()?, random_bytes::<NONCE>()?);
        let mut content = nonce.to_vec();
        content.extend(suite.seal(&own, &nonce, Payload { msg: clear, aad: field.as_bytes() })?);
        let key = self.seal(field, &format!("{}:{}", suite.name(), STANDARD_NO_PAD.encode(own)))?;
        Ok(SealedFile { key, content: STANDARD_NO_PAD.encode(content) })
    }

    /// Opens a sealed file of that field.
    ///
    /// # Errors
    /// A fault if the key does not belong to it, or it was altered.
    pub fn open_sealed_file(&self, field: &'static str, file: &SealedFile) -> Result<Vec<u8>, Fault> {
        let damaged = || Fault::new(format!("a sealed file of {field} is damaged"));
        let key = self.open(field, &file.key)?;
        let (suite, own) = key.split_once(':').ok_or_else(damaged)?;
        let suite = Suite::from_name(suite).ok_or_else(damaged)?;
        let own = STANDARD_NO_PAD.decode(own)?;
        let own: [u8; 32] = own.try_into().map_err(|_| damaged())?;
        let content = STANDARD_NO_PAD.decode(&file.content)?;
        let (nonce, sealed) = content.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        suite.open(&own, nonce, Payload { msg: sealed, aad: field.as_bytes() })?.ok_or_else(damaged)
    }

    /// The key that a sealed value names.
    ///
    /// # Errors
    /// A fault if it is no sealed value.
    pub fn key_of(sealed: &str) -> Result<u8, Fault> {
        let bytes = STANDARD_NO_PAD
            .decode(sealed)
            .map_err(|e| Fault::from(e).context("a sealed field is damaged"))?;
        bytes.get(1).copied().ok_or_else(|| Fault::new("a sealed field is too short"))
    }

    /// The keyed digest of a value whose clear form is kept nowhere (codes): equal values give equal digests, nothing
    /// else can be told. It stays the same through all changes of keys if the field is declared as a
    /// [`DigestField`]. Values that are kept sealed are searched by [`crate::Tx::blind`].
    #[must_use]
    pub fn blind(&self, field: &'static str, clear: &str) -> String {
        let ring = self.known();
        let pinned = ring.digests.iter().find(|(name, _, _)| name == field);
        let (suite, key) = match pinned {
            Some((_, suite, key)) => (*suite, *key),
            None => ring.first().map_or((Suite::Aes, [0; 32]), |key| key.blind_key(field)),
        };
        crate::audit::hex(&suite.mac(&key, clear.as_bytes())[..16])
    }

    /// The blind index of a value under a certain key.
    ///
    /// # Errors
    /// A fault if there is no such key.
    pub(crate) fn blind_under(&self, id: u8, field: &'static str, clear: &str) -> Result<String, Fault> {
        let (suite, key) = self.with_key(id)?.1.blind_key(field);
        Ok(crate::audit::hex(&suite.mac(&key, clear.as_bytes())[..16]))
    }

    fn known(&self) -> Arc<Ring> {
        // A thread that panicked while it held the lock had only a finished ring in hand.
        let state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&state.0)
    }

    /// The keys as the file says now.
    fn fresh(&self) -> Result<Arc<Ring>, Fault> {
        let Some(path) = &self.file else { return Ok(self.known()) };
        let stamp = Stamp::of(path)?;
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.1 != Some(stamp) {
            let (ring, stamp) = file::read(path)?;
            *state = (Arc::new(ring), Some(stamp));
        }
        Ok(Arc::clone(&state.0))
    }

    fn with_key(&self, id: u8) -> Result<(Arc<Ring>, MasterKey), Fault> {
        let ring = self.known();
        if let Ok(key) = ring.key(id) {
            let key = key.clone();
            return Ok((ring, key));
        }
        let ring = self.fresh()?;
        let key = ring.key(id)?.clone();
        Ok((ring, key))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Ring) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut ring = (*self.fresh()?).clone();
        let result = change(&mut ring)?;
        let stamp = match &self.file {
            Some(path) => {
                file::write(path, &ring)?;
                Some(Stamp::of(path)?)
            }
            None => None,
        };
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = (Arc::new(ring), stamp);
        Ok(result)
    }
}

/// HMAC-SHA-256 of a message.
#[must_use]
pub fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    suite::mac_sha256(key, message)
}

/// A file that was sealed: two columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// Its own key, sealed under the field: a [`SealedField`](crate::SealedField).
    pub key: String,
    /// Nonce and content, as text.
    pub content: String,
}

/// Bytes from the machine's random source.
///
/// # Errors
/// A fault if there is none.
#[expect(clippy::disallowed_methods, reason = "the one place that secrets come from")]
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Fault::new(format!("no randomness: {e}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_values_open_only_with_their_key_and_field() {
        let ring = Keyring::from_master([7; 32]);
        let sealed = ring.seal("person.phone", "13800000000").expect("seals");
        assert!(!sealed.contains("138"));
        assert_eq!(ring.open("person.phone", &sealed).expect("opens"), "13800000000");
        assert!(ring.open("person.id_number", &sealed).is_err());
        assert!(Keyring::from_master([8; 32]).open("person.phone", &sealed).is_err());
        assert!(Keyring::none().open("person.phone", &sealed).is_err());
        assert!(Keyring::none().seal("person.phone", "1").is_err());
        assert_ne!(
            sealed,
            ring.seal("person.phone", "13800000000").expect("seals"),
            "a fresh nonce each time"
        );
    }

    #[test]
    fn a_file_opens_with_its_own_key_and_unaltered_only() {
        let ring = Keyring::from_master([7; 32]);
        let clear = vec![0, 255, 13, 10, 0];
        let file = ring.seal_file("case.photo", &clear).expect("seals");
        assert_eq!(ring.open_sealed_file("case.photo", &file).expect("opens"), clear);
        assert!(ring.open_sealed_file("case.other", &file).is_err());
        let other = ring.seal_file("case.photo", &clear).expect("seals");
        let mixed = SealedFile { key: other.key, content: file.content.clone() };
        assert!(ring.open_sealed_file("case.photo", &mixed).is_err(), "another file's key");
        let altered = SealedFile { content: file.content.replace(&file.content[20..24], "AAAA"), ..file };
        assert!(ring.open_sealed_file("case.photo", &altered).is_err());
    }

    #[test]
    fn every_altered_byte_is_noticed_in_both_suites() {
        let ring = Keyring::from_master([7; 32]);
        for suite in [Suite::Aes, Suite::Sm4] {
            ring.make_current(ring.add(suite).expect("a key")).expect("it is used");
            let bytes = STANDARD_NO_PAD.decode(ring.seal("a.b", "320412").expect("seals")).expect("base64");
            assert_eq!(bytes[0], suite.byte());
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut bad = bytes.clone();
                    bad[at] ^= 1 << bit;
                    assert!(
                        ring.open("a.b", &STANDARD_NO_PAD.encode(bad)).is_err(),
                        "bit {bit} of byte {at}"
                    );
                }
            }
        }
    }

    #[test]
    fn blind_indexes_are_keyed_and_per_field() {
        let ring = Keyring::from_master([7; 32]);
        assert_eq!(ring.blind("a.b", "1"), ring.blind("a.b", "1"));
        assert_ne!(ring.blind("a.b", "1"), ring.blind("a.c", "1"));
        assert_ne!(ring.blind("a.b", "1"), Keyring::from_master([8; 32]).blind("a.b", "1"));
        let sm4 = ring.add(Suite::Sm4).expect("a key");
        assert_ne!(
            ring.blind_under(1, "a.b", "1").expect("a key"),
            ring.blind_under(sm4, "a.b", "1").expect("a key")
        );
    }

    #[test]
    fn a_file_of_one_line_is_key_one_and_others_learn_of_new_keys() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(Keyring::file_in(folder.path()), STANDARD_NO_PAD.encode([7; 32])).expect("written");
        let server = Keyring::open_or_create(folder.path()).expect("opens");
        let old = Keyring::from_master([7; 32]).seal("a.b", "1").expect("seals");
        assert_eq!(server.open("a.b", &old).expect("opens"), "1");
        let tool = Keyring::open_or_create(folder.path()).expect("opens");
        let added = tool.add(Suite::Sm4).expect("a key");
        assert_eq!(added, 2);
        assert_eq!(
            Keyring::key_of(&server.seal("a.b", "1").expect("seals")).expect("sealed"),
            1,
            "not used yet"
        );
        tool.make_current(added).expect("it is used");
        let new = tool.seal("a.b", "2").expect("seals");
        assert_eq!(server.open("a.b", &new).expect("the file is read again"), "2");
        assert_eq!(Keyring::key_of(&server.seal("a.b", "1").expect("seals")).expect("sealed"), 2);
        let signed = server.derive("form-token");
        let digest = server.blind("codes.code", "ABC");
        assert!(tool.retire(2, &[]).is_err(), "the current key stays");
        tool.retire(1, &[DigestField { field: "codes.code" }]).expect("it goes");
        assert!(Keyring::open_or_create(folder.path()).expect("opens").open("a.b", &old).is_err());
        let again = Keyring::open_or_create(folder.path()).expect("opens");
        assert_eq!(again.blind("codes.code", "ABC"), digest, "codes that cannot be made anew go on");
        assert_ne!(again.derive("form-token"), signed);
        assert_eq!(again.add(Suite::Aes).expect("a key"), 3);
        again.retire(3, &[]).expect("never used");
        assert_eq!(again.add(Suite::Aes).expect("a key"), 4, "no id is given twice");
    }

    #[test]
    fn a_damaged_file_of_keys_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Keyring::file_in(folder.path());
        for text in [
            "",
            "abc",
            "farun-keys 2\n",
            "farun-keys 1\ncurrent 1\n",
            "farun-keys 1\ncurrent 2\nkey 1 aes AAAA\n",
        ] {
            std::fs::write(&path, text).expect("written");
            assert!(Keyring::open_or_create(folder.path()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn new_keys_are_for_the_owners_eyes_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let ring = Keyring::open_or_create(folder.path()).expect("made");
        ring.add(Suite::Sm4).expect("a key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode =
                std::fs::metadata(Keyring::file_in(folder.path())).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("there").collect();
        assert_eq!(names.len(), 1, "no draft is left behind");
    }
}
