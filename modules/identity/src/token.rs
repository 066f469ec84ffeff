//! Secrets that travel: random tokens of sessions, devices and links, of which only digests are kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Fault;
use sha2::{Digest as _, Sha256};

/// A fresh token of 32 random bytes.
pub(crate) fn fresh() -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(store::keys::random_bytes::<32>()?))
}

/// The digest under which a token is kept. A token has 256 random bits, so a plain hash cannot be searched.
pub(crate) fn digest(token: &str) -> String {
    store::audit::hex(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn tokens_differ_and_digests_do_not_show_them() {
        let (a, b) = (super::fresh().expect("randomness"), super::fresh().expect("randomness"));
        assert_ne!(a, b);
        assert_eq!(a.len(), 43);
        assert_eq!(super::digest(&a), super::digest(&a));
        assert!(!super::digest(&a).contains(&a));
    }
}
