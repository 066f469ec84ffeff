//! The two suites of sealed fields: AES-256-GCM with HMAC-SHA-256, and SM4-GCM with HMAC-SM3.

use aes_gcm::{
    Aes256Gcm, AesGcm, KeyInit as _,
    aead::{Aead, Payload, consts::U12},
};
use hmac::{Hmac, Mac as _};
use kernel::Fault;
use sha2::Sha256;

pub(super) const NONCE: usize = 12;

type Sm4Gcm = AesGcm<sm4::Sm4, U12>;

/// Which algorithms a key is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// AES-256-GCM; blind indexes by HMAC-SHA-256.
    Aes,
    /// SM4-GCM (GB/T 32907); blind indexes by HMAC-SM3 (GB/T 32905).
    Sm4,
}

impl Suite {
    /// The first byte of a sealed value.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Aes => 1,
            Self::Sm4 => 2,
        }
    }

    /// The name in the key file and on the command line: `aes` or `sm4`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes => "aes",
            Self::Sm4 => "sm4",
        }
    }

    /// The suite of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Aes, Self::Sm4].into_iter().find(|suite| suite.name() == name)
    }

    /// For what the key of a field is derived. AES came first and has no name of its own.
    pub(super) fn purpose(self, use_: &str, field: &str) -> String {
        match self {
            Self::Aes => format!("{use_}:{field}"),
            Self::Sm4 => format!("{use_}:sm4:{field}"),
        }
    }

    pub(super) fn seal(
        self,
        key: &[u8; 32],
        nonce: &[u8; NONCE],
        text: Payload<'_, '_>,
    ) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Aes => encrypt(&aes(key)?, nonce, text),
            Self::Sm4 => encrypt(&sm4(key)?, nonce, text),
        }
    }

    /// Nothing, if the text was not sealed with this key, or was altered.
    pub(super) fn open(
        self,
        key: &[u8; 32],
        nonce: &[u8; NONCE],
        text: Payload<'_, '_>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        Ok(match self {
            Self::Aes => aes(key)?.decrypt(&(*nonce).into(), text).ok(),
            Self::Sm4 => sm4(key)?.decrypt(&(*nonce).into(), text).ok(),
        })
    }

    pub(super) fn mac(self, key: &[u8; 32], message: &[u8]) -> [u8; 32] {
        match self {
            Self::Aes => super::mac(key, message),
            Self::Sm4 => {
                // HMAC takes keys of any length, so this cannot fail.
                let Ok(mut mac) = <Hmac<sm3::Sm3> as hmac::KeyInit>::new_from_slice(key) else {
                    return [0; 32];
                };
                mac.update(message);
                mac.finalize().into_bytes().into()
            }
        }
    }
}

pub(super) fn mac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn aes(key: &[u8; 32]) -> Result<Aes256Gcm, Fault> {
    Aes256Gcm::new_from_slice(key).map_err(|_| Fault::new("a field key has a wrong length"))
}

/// SM4 has keys of 128 bits: the first half of what was derived.
fn sm4(key: &[u8; 32]) -> Result<Sm4Gcm, Fault> {
    Sm4Gcm::new_from_slice(&key[..16]).map_err(|_| Fault::new("a field key has a wrong length"))
}

fn encrypt<C>(cipher: &C, nonce: &[u8; NONCE], text: Payload<'_, '_>) -> Result<Vec<u8>, Fault>
where
    C: Aead<NonceSize = U12>,
{
    cipher.encrypt(&(*nonce).into(), text).map_err(|_| Fault::new("a field could not be sealed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::aead::array::Array;
    use sha2::Digest as _;
    use sm4::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _};

    const KEY: [u8; 16] =
        [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];

    #[test]
    fn sm4_gives_the_example_of_its_standard() {
        // GB/T 32907-2016, appendix A.1: the key is the text too.
        let cipher = sm4::Sm4::new(&Array::from(KEY));
        let mut block = Array::from(KEY);
        cipher.encrypt_block(&mut block);
        let expected =
            [0x68, 0x1e, 0xdf, 0x34, 0xd2, 0x06, 0x96, 0x5e, 0x86, 0xb3, 0xe9, 0x4f, 0x53, 0x6e, 0x42, 0x46];
        assert_eq!(block.as_slice(), expected);
        cipher.decrypt_block(&mut block);
        assert_eq!(block.as_slice(), KEY);
    }

    #[test]
    fn sm4_gcm_gives_the_example_of_rfc_8998() {
        // RFC 8998, appendix A.1.
        let key: Vec<u8> = KEY.to_vec();
        let nonce: [u8; 12] = [0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0xab, 0xcd];
        let msg: Vec<u8> =
            [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa].iter().flat_map(|&byte| [byte; 8]).collect();
        let aad = [
            0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef,
            0xab, 0xad, 0xda, 0xd2,
        ];
        let mut whole = [0; 32];
        whole[..16].copy_from_slice(&key);
        let sealed = Suite::Sm4.seal(&whole, &nonce, Payload { msg: &msg, aad: &aad }).expect("seals");
        assert_eq!(
            crate::audit::hex(&sealed),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec"
        );
        let opened = Suite::Sm4.open(&whole, &nonce, Payload { msg: &sealed, aad: &aad }).expect("a key");
        assert_eq!(opened, Some(msg));
    }

    #[test]
    fn sm3_gives_the_example_of_its_standard() {
        // GB/T 32905-2016, appendix A.1.
        assert_eq!(
            crate::audit::hex(&sm3::Sm3::digest(b"abc")),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
    }
}
