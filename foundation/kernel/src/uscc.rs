//! The unified social credit code of organisations (统一社会信用代码, GB 32100).

use crate::error::refuse_as;
use crate::text::to_half_width;
use std::fmt;

/// The 31 symbols of GB 32100-2015; each is worth its place.
const SYMBOLS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A valid unified social credit code of 18 characters.
///
/// There is no `Display`, and `Debug` is masked: sole proprietors are persons too.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Uscc(String);

impl Uscc {
    /// Reads a code as people enter it: full-width or small letters, spaces and hyphens; the letters O and I,
    /// which the code does not have, are taken for the digits 0 and 1.
    ///
    /// # Errors
    /// [`UsccError`], whose text tells the person what to check.
    pub fn parse(text: &str) -> Result<Uscc, UsccError> {
        let mut code = String::with_capacity(18);
        for c in to_half_width(text).chars() {
            match c.to_ascii_uppercase() {
                'O' => code.push('0'),
                'I' => code.push('1'),
                c if value(c).is_some() => code.push(c),
                c if c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '—' | '\u{200b}' | '\u{feff}') =>
                    {}
                _ => return Err(UsccError::Characters),
            }
        }
        match code.len() {
            0 => return Err(UsccError::Empty),
            18 => {}
            // A business licence before 2015 had a registration number of 15 or 13 digits.
            13 | 15 => return Err(UsccError::OldLicence),
            _ => return Err(UsccError::Length),
        }
        // The third to eighth character are the registering county's GB/T 2260 code.
        if !code[2..8].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UsccError::Region);
        }
        if check_symbol(&code[..17]) != code.chars().next_back() {
            return Err(UsccError::Checksum);
        }
        Ok(Uscc(code))
    }

    /// The code, 18 capital letters and digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The code with the middle hidden, `9135**********0Y43`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}**********{}", &self.0[..4], &self.0[14..])
    }

    /// The six-digit code of the county that registered the organisation.
    #[must_use]
    pub fn region_code(&self) -> &str {
        &self.0[2..8]
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({})", self.masked())
    }
}

/// What a symbol is worth.
fn value(c: char) -> Option<usize> {
    SYMBOLS.iter().position(|&symbol| char::from(symbol) == c)
}

/// The last symbol that belongs to the first 17 (ISO 7064 MOD 31-3).
fn check_symbol(body: &str) -> Option<char> {
    let mut sum = 0;
    let mut weight = 1;
    for c in body.chars() {
        sum += value(c)? * weight;
        weight = weight * 3 % 31;
    }
    Some(char::from(SYMBOLS[(31 - sum % 31) % 31]))
}

/// Why a text is no unified social credit code. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsccError {
    /// Nothing was entered.
    Empty,
    /// A character the code does not have.
    Characters,
    /// Not 18 characters.
    Length,
    /// The registration number of a business licence from before 2015.
    OldLicence,
    /// The third to eighth character are no county.
    Region,
    /// The last character does not fit the others.
    Checksum,
}

impl fmt::Display for UsccError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UsccError::Empty => "请填写统一社会信用代码",
            UsccError::Characters => {
                "统一社会信用代码只含数字和大写字母（没有I、O、S、V、Z），请对照营业执照核对"
            }
            UsccError::Length => "统一社会信用代码应为18位，请核对是否多写或漏写",
            UsccError::OldLicence => "这是旧版营业执照注册号，请填写新版执照上18位的统一社会信用代码",
            UsccError::Region => "统一社会信用代码第3至8位应为数字，请对照营业执照核对",
            UsccError::Checksum => "统一社会信用代码有误，请对照营业执照逐位核对",
        })
    }
}

refuse_as!(Invalid: UsccError);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of GB 32100-2015.
    const EXAMPLE: &str = "91350100M000100Y43";

    #[test]
    fn the_example_of_the_standard_is_read_in_any_spelling() {
        for text in [
            EXAMPLE,
            "91350100m000100y43",
            " 9135 0100 M000 100Y 43 ",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            "9I35OIOOM0001OOY43",
        ] {
            let code = Uscc::parse(text).expect(text);
            assert_eq!(code.expose(), EXAMPLE);
            assert_eq!(code.region_code(), "350100");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, error) in [
            (" ", UsccError::Empty),
            ("91350100M000100Z43", UsccError::Characters),
            ("91350100M000100Y4", UsccError::Length),
            ("320412000012345", UsccError::OldLicence),
            ("9135A100M000100Y43", UsccError::Region),
            ("91350100M000100Y44", UsccError::Checksum),
        ] {
            assert_eq!(Uscc::parse(text), Err(error), "{text}");
            assert!(!error.to_string().is_ascii());
        }
        assert_eq!(crate::Refusal::from(UsccError::Checksum).status(), 422);
    }

    #[test]
    fn debug_is_masked() {
        let code = Uscc::parse(EXAMPLE).expect("valid");
        assert_eq!(format!("{code:?}"), "Uscc(9135**********0Y43)");
    }

    prop_compose! {
        fn any_code()(region in 100_000u32..999_999, rest in "[0-9A-HJ-NPQRTUWXY]{9}") -> String {
            let body = format!("91{region}{rest}");
            let check = check_symbol(&body).expect("symbols only");
            format!("{body}{check}")
        }
    }

    proptest! {
        #[test]
        fn a_single_wrong_symbol_is_noticed(code in any_code(), at in 0usize..18, symbol in 0usize..31) {
            prop_assert!(Uscc::parse(&code).is_ok());
            let mut wrong = code.clone().into_bytes();
            wrong[at] = SYMBOLS[symbol];
            let wrong = String::from_utf8(wrong).expect("ascii");
            prop_assert!(wrong == code || Uscc::parse(&wrong).is_err());
        }

        #[test]
        fn two_swapped_neighbours_are_noticed(code in any_code(), at in 0usize..17) {
            let mut wrong = code.clone().into_bytes();
            wrong.swap(at, at + 1);
            let wrong = String::from_utf8(wrong).expect("ascii");
            prop_assert!(wrong == code || Uscc::parse(&wrong).is_err());
        }

        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC{0,24}") {
            let _ = Uscc::parse(&text);
        }
    }
}
