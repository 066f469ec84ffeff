//! Sealed fields: ID numbers and telephones are encrypted before they reach the database.
//!
//! One master key lives in a file outside the database. Every field gets a key of its own (HKDF-SHA-256 with
//! the field's name), values are sealed with AES-256-GCM under a random nonce, and a keyed blind index (HMAC,
//! truncated to 128 bits) answers "is this number known?" without opening anything. A plain hash would be no
//! protection: all ID numbers of a county can be tried in a minute.
//!
//! Stored form: base64 of `suite byte · key id byte · 12-byte nonce · ciphertext with tag`.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use kernel::Fault;
use sha2::Sha256;
use std::{fs, io::Write as _, path::Path};

const SUITE_AES_256_GCM: u8 = 1;
const KEY_ID: u8 = 1;
const NONCE: usize = 12;

/// The master key, from which all field keys are derived.
pub struct Keyring {
    master: [u8; 32],
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// A key ring from raw key bytes.
    #[must_use]
    pub fn from_master(master: [u8; 32]) -> Self {
        Self { master }
    }

    /// Reads `master.key` in that folder, or makes it (readable by the owner only).
    ///
    /// # Errors
    /// A fault if the file cannot be read or made, or does not hold a key.
    pub fn open_or_create(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join("master.key");
        if path.exists() {
            let text = fs::read_to_string(&path)
                .map_err(|e| Fault::from(e).context(format!("cannot read {}", path.display())))?;
            let bytes = STANDARD_NO_PAD
                .decode(text.trim())
                .map_err(|e| Fault::from(e).context("master.key is damaged"))?;
            let master = bytes.try_into().map_err(|_| Fault::new("master.key does not hold 32 bytes"))?;
            return Ok(Self { master });
        }
        fs::create_dir_all(folder)
            .map_err(|e| Fault::from(e).context(format!("cannot make {}", folder.display())))?;
        let master = random_bytes::<32>()?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        file.write_all(STANDARD_NO_PAD.encode(master).as_bytes())?;
        file.sync_all()?;
        Ok(Self { master })
    }

    /// Derives a key for a purpose other than a field (signing form tokens, for instance).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // 32 bytes are within what HKDF-SHA-256 can give, so this cannot fail.
        Hkdf::<Sha256>::new(Some(b"farun"), &self.master).expand(purpose.as_bytes(), &mut key).ok();
        key
    }

    /// Seals a value for a field, named `table.column`.
    ///
    /// # Errors
    /// A fault if the machine gives no randomness.
    pub fn seal(&self, field: &'static str, clear: &str) -> Result<String, Fault> {
        let nonce = random_bytes::<NONCE>()?;
        let cipher = self.cipher(field)?;
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: clear.as_bytes(), aad: field.as_bytes() })
            .map_err(|_| Fault::new("a field could not be sealed"))?;
        let mut bytes = vec![SUITE_AES_256_GCM, KEY_ID];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(STANDARD_NO_PAD.encode(bytes))
    }

    /// Opens a sealed value of that field.
    ///
    /// # Errors
    /// A fault if it was sealed with another key, for another field, or altered.
    pub fn open(&self, field: &'static str, sealed: &str) -> Result<String, Fault> {
        let bytes = STANDARD_NO_PAD
            .decode(sealed)
            .map_err(|e| Fault::from(e).context("a sealed field is damaged"))?;
        let (Some((&[SUITE_AES_256_GCM, KEY_ID], rest)), true) =
            (bytes.split_first_chunk::<2>(), bytes.len() > 2 + NONCE)
        else {
            return Err(Fault::new("a sealed field uses an unknown suite or key"));
        };
        let Some((nonce, sealed)) = rest.split_first_chunk::<NONCE>() else {
            return Err(Fault::new("a sealed field is too short"));
        };
        let clear = self
            .cipher(field)?
            .decrypt(&(*nonce).into(), Payload { msg: sealed, aad: field.as_bytes() })
            .map_err(|_| Fault::new(format!("the sealed field {field} cannot be opened with this key")))?;
        String::from_utf8(clear).map_err(Fault::from)
    }

    /// The blind index of a value of that field: equal values give equal indexes, nothing else can be told.
    #[must_use]
    pub fn blind(&self, field: &'static str, clear: &str) -> String {
        let key = self.derive(&format!("blind:{field}"));
        crate::audit::hex(&mac(&key, clear.as_bytes())[..16])
    }

    fn cipher(&self, field: &'static str) -> Result<Aes256Gcm, Fault> {
        Aes256Gcm::new_from_slice(&self.derive(&format!("seal:{field}")))
            .map_err(|_| Fault::new("a field key has a wrong length"))
    }
}

/// HMAC-SHA-256 of a message.
#[must_use]
pub fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
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
        assert_ne!(
            sealed,
            ring.seal("person.phone", "13800000000").expect("seals"),
            "a fresh nonce each time"
        );
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let ring = Keyring::from_master([7; 32]);
        let bytes = STANDARD_NO_PAD.decode(ring.seal("a.b", "320412").expect("seals")).expect("base64");
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            assert!(ring.open("a.b", &STANDARD_NO_PAD.encode(bad)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn blind_indexes_are_keyed_and_per_field() {
        let ring = Keyring::from_master([7; 32]);
        assert_eq!(ring.blind("a.b", "1"), ring.blind("a.b", "1"));
        assert_ne!(ring.blind("a.b", "1"), ring.blind("a.c", "1"));
        assert_ne!(ring.blind("a.b", "1"), Keyring::from_master([8; 32]).blind("a.b", "1"));
    }
}
