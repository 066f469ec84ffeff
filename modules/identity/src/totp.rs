//! The second factor: codes that change every 30 seconds (RFC 6238), and recovery codes for a lost phone.

use kernel::{Fault, Moment};
use totp_rs::{Builder, Secret};

/// Letters of recovery codes: none that are taken for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789w";
/// How many recovery codes there are.
const CODES: usize = 10;

/// A fresh secret of 160 bits, in the base32 that apps read.
pub(crate) fn new_secret() -> Result<String, Fault> {
    Ok(Secret::from(store::keys::random_bytes::<20>()?).to_base32())
}

/// The step (30 seconds since 1970) that the code belongs to, if it is the present, last or next one. A step may
/// be used once only; the caller keeps count.
pub(crate) fn step(secret: &str, code: &str, now: Moment) -> Result<Option<i64>, Fault> {
    let secret = Secret::try_from_base32(secret)
        .map_err(|_| Fault::new("the secret of a second factor is damaged"))?;
    let totp = Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|e| Fault::new(format!("the second factor cannot be checked: {e}")))?;
    let seconds = u64::try_from(now.micros() / 1_000_000)?;
    Ok(totp.check(code, seconds).map(i64::try_from).transpose()?)
}

/// What the QR code says to the app on the phone.
pub(crate) fn uri(issuer: &str, username: &str, secret: &str) -> String {
    let encode =
        |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, username) = (encode(issuer), encode(username));
    format!(
        "otpauth://totp/{issuer}:{username}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    )
}

/// The secret in groups of four, to be typed.
pub(crate) fn spaced(secret: &str) -> String {
    secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

/// Ten fresh recovery codes such as `k7m2-9xqp-ab`: 50 random bits each.
pub(crate) fn recovery_codes() -> Result<Vec<String>, Fault> {
    (0..CODES)
        .map(|_| {
            let bytes = store::keys::random_bytes::<10>()?;
            let text: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
            Ok(format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..]))
        })
        .collect()
}

/// A code as it is compared: half width, lower case, without blanks and hyphens.
pub(crate) fn normal_code(text: &str) -> String {
    kernel::to_half_width(text).chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// Whether it looks like a code of the app and not like a recovery code.
pub(crate) fn is_short(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

/// The name that digests of recovery codes are made under.
pub(crate) const RECOVERY: &str = "identity_recovery_entry.code";

/// The digest under which a recovery code is kept; keyed, because 50 bits can be searched.
pub(crate) fn recovery_digest(keys: &store::Keyring, code: &str) -> String {
    keys.blind(RECOVERY, &normal_code(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B: the secret "12345678901234567890", SHA-1, last six digits.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(seconds: i64) -> Moment {
        Moment::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn codes_of_the_rfc() {
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(step(SECRET, code, at(seconds)).expect("checks"), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_before_and_after() {
        for (seconds, good) in [(59 - 60, false), (29, true), (59, true), (89, true), (90, false)] {
            let seconds = seconds.max(0);
            if seconds > 0 {
                assert_eq!(step(SECRET, "287082", at(seconds)).expect("checks").is_some(), good, "{seconds}");
            }
        }
        assert_eq!(step(SECRET, "28708", at(59)).expect("checks"), None);
        assert_eq!(step(SECRET, "", at(59)).expect("checks"), None);
        assert!(step("not base32!", "287082", at(59)).is_err());
    }

    #[test]
    fn what_the_app_reads() {
        let uri = uri("法润 武进", "zhang:san", "ABC");
        assert!(
            uri.starts_with(
                "otpauth://totp/%E6%B3%95%E6%B6%A6%20%E6%AD%A6%E8%BF%9B:zhang%3Asan?secret=ABC&issuer="
            ),
            "{uri}"
        );
        assert_eq!(spaced("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }

    #[test]
    fn recovery_codes_are_read_leniently() {
        let codes = recovery_codes().expect("randomness");
        assert_eq!(codes.len(), 10);
        let code = &codes[0];
        assert_eq!(code.len(), 12);
        assert_eq!(normal_code(&code.to_uppercase().replace('-', " ")), code.replace('-', ""));
        assert!(is_short("123456") && !is_short(&normal_code(code)));
        let (a, b) = (store::Keyring::from_master([1; 32]), store::Keyring::from_master([2; 32]));
        assert_ne!(recovery_digest(&a, code), recovery_digest(&b, code));
    }
}
