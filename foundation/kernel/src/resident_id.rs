//! The citizen's identity number (公民身份号码, GB 11643): parsed, checked, and masked wherever it might show.

use crate::day::Day;
use crate::error::refuse_as;
use crate::text::to_half_width;
use std::fmt;

/// Weights of the first 17 digits, GB 11643 (ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder of the weighted sum by 11.
const CHECKS: [u8; 11] = *b"10X98765432";

/// A valid identity number of 18 characters.
///
/// Resident identity cards, residence permits of Hong Kong, Macao and Taiwan residents (81, 82, 83) and
/// foreigners' permanent residence cards (beginning with 9) all follow this form. There is no `Display` and
/// no serialisation, and `Debug` is masked, so that the number reaches neither logs nor pages by accident:
/// ask for [`expose`](ResidentId::expose), [`masked`](ResidentId::masked) or [`tail`](ResidentId::tail).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResidentId {
    digits: String,
    birth: Day,
}

/// The sex recorded in an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

impl Sex {
    /// The word in documents, `男` or `女`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Sex::Male => "男",
            Sex::Female => "女",
        }
    }
}

impl ResidentId {
    /// Reads a number as people enter it: full-width characters, spaces and hyphens anywhere, a small `x`, and
    /// the 15-digit form issued before 1999, which is brought to 18.
    ///
    /// # Errors
    /// [`ResidentIdError`], whose text tells the person what to check.
    pub fn parse(text: &str) -> Result<ResidentId, ResidentIdError> {
        let mut digits: Vec<u8> = Vec::with_capacity(18);
        for c in to_half_width(text).chars() {
            match c {
                '0'..='9' => digits.push(c as u8),
                'x' | 'X' | '×' | 'Ⅹ' | 'ⅹ' => digits.push(b'X'),
                _ if c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '—' | '\u{200b}' | '\u{feff}') =>
                    {}
                _ => return Err(ResidentIdError::Characters),
            }
        }
        match digits.len() {
            0 => return Err(ResidentIdError::Empty),
            15 | 18 => {}
            _ => return Err(ResidentIdError::Length),
        }
        let body = digits.len().min(17);
        if !digits[..body].iter().all(u8::is_ascii_digit) {
            return Err(ResidentIdError::Characters);
        }
        if digits.len() == 15 {
            // Serial numbers 996 to 999 were given to persons born before 1900 (GB 11643-1989).
            if digits[12..15] >= b"996"[..] {
                return Err(ResidentIdError::Birth);
            }
            digits.splice(6..6, *b"19");
            let check = check_character(&digits);
            digits.push(check);
        }
        if !is_region(&digits) {
            return Err(ResidentIdError::Region);
        }
        let birth = birth_day(&digits).ok_or(ResidentIdError::Birth)?;
        if check_character(&digits) != digits[17] {
            return Err(ResidentIdError::Checksum);
        }
        Ok(ResidentId { digits: digits.into_iter().map(char::from).collect(), birth })
    }

    /// The full number, 18 characters, for storing sealed and for documents that must carry it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.digits
    }

    /// The day of birth.
    #[must_use]
    pub const fn birth(&self) -> Day {
        self.birth
    }

    /// The recorded sex: the 17th digit is odd for men.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.digits.as_bytes()[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The age in completed years on that day, one more from the birthday on; 0 before birth.
    ///
    /// Where criminal law asks for 周岁, the age is reached on the day *after* the birthday (法释〔2006〕1号
    /// 第二条): ask with the day before.
    #[must_use]
    pub fn age_on(&self, day: Day) -> u16 {
        let birthday_reached = (day.month(), day.day()) >= (self.birth.month(), self.birth.day());
        let years = day.year() - self.birth.year() - i16::from(!birthday_reached);
        u16::try_from(years).unwrap_or(0)
    }

    /// The six-digit code of the county where the number was first given (not where the person lives).
    #[must_use]
    pub fn region_code(&self) -> &str {
        &self.digits[..6]
    }

    /// The number with the middle hidden, `320412********1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}********{}", &self.digits[..6], &self.digits[14..])
    }

    /// The last four characters, `***1234`: enough to tell two persons of one name apart.
    #[must_use]
    pub fn tail(&self) -> String {
        format!("***{}", &self.digits[14..])
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.tail())
    }
}

/// The 18th character that belongs to the first 17 digits.
fn check_character(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// Whether the number begins like one: a province (GB/T 2260), or 9 for foreigners with permanent residence.
fn is_region(digits: &[u8]) -> bool {
    matches!((digits[0] - b'0') * 10 + (digits[1] - b'0'),
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 90..=99)
}

/// The day in the 7th to 14th digit, from 1900 on.
fn birth_day(digits: &[u8]) -> Option<Day> {
    let number = digits[6..14].iter().fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    Day::new((number / 10_000) as i16, (number / 100 % 100) as i8, (number % 100) as i8)
}

/// Why a text is no identity number. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResidentIdError {
    /// Nothing was entered.
    Empty,
    /// Something other than digits and a final X.
    Characters,
    /// Neither 18 nor 15 characters.
    Length,
    /// The first digits name no province.
    Region,
    /// The digits of the birthday form no day.
    Birth,
    /// The last character does not fit the others.
    Checksum,
}

impl fmt::Display for ResidentIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResidentIdError::Empty => "请填写身份证号",
            ResidentIdError::Characters => "身份证号只能是数字，末位可以是X，请删除其他字符",
            ResidentIdError::Length => "身份证号应为18位，请核对是否多写或漏写",
            ResidentIdError::Region => "身份证号前两位不是省份代码，请对照证件核对",
            ResidentIdError::Birth => "身份证号中的出生日期不存在，请对照证件核对第7至14位",
            ResidentIdError::Checksum => "身份证号有误，请对照证件逐位核对",
        })
    }
}

refuse_as!(Invalid: ResidentIdError);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first example of GB 11643-1999.
    const EXAMPLE: &str = "11010519491231002X";

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn the_example_of_the_standard_is_read_in_any_spelling() {
        for text in [
            EXAMPLE,
            "11010519491231002x",
            " 110105 19491231 002X ",
            "110105-19491231-002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "11010519491231002×",
        ] {
            let id = ResidentId::parse(text).expect(text);
            assert_eq!(id.expose(), EXAMPLE);
            assert_eq!((id.birth(), id.sex()), (day("1949-12-31"), Sex::Female));
            assert_eq!(id.region_code(), "110105");
        }
    }

    #[test]
    fn the_old_form_is_brought_to_eighteen() {
        let id = ResidentId::parse("110105491231002").expect("old form");
        assert_eq!(id.expose(), EXAMPLE);
        assert_eq!(ResidentId::parse("110105491231996"), Err(ResidentIdError::Birth));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, error) in [
            ("", ResidentIdError::Empty),
            ("11010519491231002Y", ResidentIdError::Characters),
            ("1101051949123100X2", ResidentIdError::Characters),
            ("11010549123100X", ResidentIdError::Characters),
            ("1101051949123100", ResidentIdError::Length),
            ("11010519491231002X1", ResidentIdError::Length),
            ("00010519491231002X", ResidentIdError::Region),
            ("11010519490231002X", ResidentIdError::Birth),
            ("440524188001010014", ResidentIdError::Birth),
            ("110105194912310021", ResidentIdError::Checksum),
        ] {
            assert_eq!(ResidentId::parse(text), Err(error), "{text}");
            assert!(!error.to_string().is_ascii());
        }
        assert_eq!(crate::Refusal::from(ResidentIdError::Length).status(), 422);
    }

    #[test]
    fn only_the_holder_of_the_value_sees_it() {
        let id = ResidentId::parse(EXAMPLE).expect("valid");
        assert_eq!(id.masked(), "110105********002X");
        assert_eq!(id.tail(), "***002X");
        assert_eq!(format!("{id:?}"), "ResidentId(***002X)");
        assert_eq!([Sex::Male, Sex::Female].map(Sex::label), ["男", "女"]);
    }

    #[test]
    fn age_changes_on_the_birthday() {
        let id = ResidentId::parse(EXAMPLE).expect("valid");
        assert_eq!(id.age_on(day("1949-12-30")), 0);
        assert_eq!(id.age_on(day("1949-12-31")), 0);
        assert_eq!(id.age_on(day("1967-12-30")), 17);
        assert_eq!(id.age_on(day("1967-12-31")), 18);
        let leapling = number("32041220000229001");
        assert_eq!(leapling.age_on(day("2018-02-28")), 17);
        assert_eq!(leapling.age_on(day("2018-03-01")), 18);
    }

    /// The valid number that begins with these 17 digits.
    fn number(body: &str) -> ResidentId {
        let check = char::from(check_character(body.as_bytes()));
        ResidentId::parse(&format!("{body}{check}")).expect("a valid number")
    }

    prop_compose! {
        fn any_number()(birth in crate::day::tests::any_day(), region in 320_100u32..321_400, serial in 0u32..1000) -> ResidentId {
            number(&format!("{region}{}{serial:03}", birth.to_string().replace('-', "")))
        }
    }

    proptest! {
        #[test]
        fn a_single_wrong_digit_is_noticed(id in any_number(), at in 0usize..18, digit in 0u8..10) {
            let mut wrong = id.expose().as_bytes().to_vec();
            wrong[at] = b'0' + digit;
            let wrong = String::from_utf8(wrong).expect("ascii");
            prop_assert!(wrong == id.expose() || ResidentId::parse(&wrong).is_err());
        }

        #[test]
        fn two_swapped_neighbours_are_noticed(id in any_number(), at in 0usize..17) {
            let mut wrong = id.expose().as_bytes().to_vec();
            wrong.swap(at, at + 1);
            let wrong = String::from_utf8(wrong).expect("ascii");
            prop_assert!(wrong == id.expose() || ResidentId::parse(&wrong).is_err());
        }

        #[test]
        fn the_mask_hides_the_birthday(id in any_number()) {
            prop_assert_eq!(ResidentId::parse(id.expose()), Ok(id.clone()));
            prop_assert_eq!(id.masked().len(), 18);
            let shown = format!("{id:?}");
            prop_assert!(!shown.contains(&id.expose()[6..14]));
        }

        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC{0,24}") {
            let _ = ResidentId::parse(&text);
        }
    }
}
