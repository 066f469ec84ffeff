//! Telephone numbers of the Chinese mainland: mobile, landline with area code, and service numbers.

use crate::error::refuse_as;
use crate::text::to_half_width;
use std::fmt;

/// A telephone number in one normal spelling.
///
/// There is no `Display` and no serialisation, and `Debug` is masked, so that the number reaches neither logs
/// nor pages by accident.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    text: String,
    kind: PhoneKind,
}

/// What a number reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneKind {
    /// A mobile, which also takes text messages.
    Mobile,
    /// A landline, with or without extension.
    Landline,
    /// A public service: 110, 12348, 12345, 95xxx, 400 and 800 numbers.
    Service,
}

/// Characters between the parts of a number.
const SEPARATORS: [char; 12] = ['-', '‐', '‑', '–', '—', '―', '−', '(', ')', '.', '·', '~'];

impl Phone {
    /// Reads a number as people write it: full-width digits, spaces, hyphens, brackets, `+86` or `0086`, a
    /// zero before a mobile, extensions after `转`, `分机`, `ext`, `x`, `#` or a last hyphen.
    ///
    /// # Errors
    /// [`PhoneError`], whose text tells the person what to enter instead; a landline needs its area code.
    pub fn parse(text: &str) -> Result<Phone, PhoneError> {
        parse(text, None)
    }

    /// Like [`parse`](Phone::parse), for a place with that area code (`0519`): landlines of 7 or 8 digits get
    /// it.
    ///
    /// # Errors
    /// [`PhoneError`], whose text tells the person what to enter instead.
    pub fn parse_with_area(text: &str, area: &str) -> Result<Phone, PhoneError> {
        parse(text, Some(area))
    }

    /// The number in its normal spelling: `13800000000`, `0519-86000000`, `0519-86000000-801`, `12348`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number in its normal spelling; the same as [`as_str`](Phone::as_str), named like the reading of
    /// the other sensitive values.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the number reaches.
    #[must_use]
    pub const fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// Whether text messages can be sent to it.
    #[must_use]
    pub fn is_mobile(&self) -> bool {
        self.kind == PhoneKind::Mobile
    }

    /// The number with the middle hidden: `138****0000`, `0519-****0000`. Service numbers are public and stay.
    #[must_use]
    pub fn masked(&self) -> String {
        match self.kind {
            PhoneKind::Mobile => format!("{}****{}", &self.text[..3], &self.text[7..]),
            PhoneKind::Landline => {
                let mut parts = self.text.split('-');
                let area = parts.next().unwrap_or_default();
                let local = parts.next().unwrap_or_default();
                format!("{area}-****{}", &local[local.len().saturating_sub(4)..])
            }
            PhoneKind::Service => self.text.clone(),
        }
    }

    /// What follows `tel:` in a link: digits only, with `,` (a pause) before an extension.
    #[must_use]
    pub fn dial(&self) -> String {
        let mut parts = self.text.splitn(3, '-');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match parts.next() {
            Some(extension) => format!("{first}{second},{extension}"),
            None => format!("{first}{second}"),
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// Reads a number; a default area code serves landlines that come without.
fn parse(text: &str, area: Option<&str>) -> Result<Phone, PhoneError> {
    let text = to_half_width(text).to_lowercase();
    let text = text.trim();
    if text.is_empty() {
        return Err(PhoneError::Empty);
    }
    if text.contains(['、', ',', ';', '/', '|', '或']) {
        return Err(PhoneError::Several);
    }
    let (main, extension) = split_extension(text)?;
    let main = main.trim_start_matches(is_separator);
    let (main, international) = main.strip_prefix('+').map_or((main, false), |rest| (rest, true));
    if main.chars().any(|c| !(c.is_ascii_digit() || is_separator(c))) {
        return Err(PhoneError::Characters);
    }
    let groups: Vec<&str> = main.split(is_separator).filter(|group| !group.is_empty()).collect();
    let national = |groups: &[&str]| national_digits(groups.concat(), international);
    if extension.is_none()
        && let [rest @ .., last] = groups.as_slice()
        && (1..=6).contains(&last.len())
        && let Ok(phone) =
            national(rest).and_then(|digits| landline(&digits, area).ok_or(PhoneError::Unclear))
    {
        return Ok(extended(phone, last));
    }
    let digits = national(&groups)?;
    if let Some(extension) = extension {
        let phone = landline(&digits, area).ok_or_else(|| complaint(&digits, area))?;
        return Ok(extended(phone, &extension));
    }
    mobile(&digits)
        .or_else(|| service(&digits))
        .or_else(|| landline(&digits, area))
        .ok_or_else(|| complaint(&digits, area))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || SEPARATORS.contains(&c)
        || matches!(c, '\u{200b}' | '\u{feff}' | '\u{202c}' | '\u{202d}')
}

/// The text before an extension, and the extension's digits.
fn split_extension(text: &str) -> Result<(&str, Option<String>), PhoneError> {
    let Some(at) = ["转", "分机", "ext", "x", "#", "*"].iter().filter_map(|word| text.find(word)).min()
    else {
        return Ok((text, None));
    };
    let (main, rest) = text.split_at(at);
    let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits: String = rest.chars().filter(|&c| !is_separator(c) && c != '#').collect();
    let fits = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok((main, Some(digits))) } else { Err(PhoneError::Characters) }
}

fn extended(phone: Phone, extension: &str) -> Phone {
    Phone { text: format!("{}-{extension}", phone.text), ..phone }
}

/// The digits as dialled within the country.
fn national_digits(digits: String, international: bool) -> Result<String, PhoneError> {
    let rest = if international {
        digits.strip_prefix("86").ok_or(PhoneError::Foreign)?
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.strip_prefix("86").ok_or(PhoneError::Foreign)?
    } else if let Some(rest) = digits.strip_prefix("86").filter(|rest| is_mobile(rest)) {
        rest
    } else {
        return Ok(digits);
    };
    let complete = rest.starts_with('0') || is_mobile(rest) || service(rest).is_some();
    Ok(if complete { rest.to_owned() } else { format!("0{rest}") })
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..])
}

fn mobile(digits: &str) -> Option<Phone> {
    let digits = digits.strip_prefix('0').unwrap_or(digits);
    is_mobile(digits).then(|| Phone { text: digits.to_owned(), kind: PhoneKind::Mobile })
}

fn service(digits: &str) -> Option<Phone> {
    let known = match (digits.len(), digits.as_bytes()) {
        (3, _) => matches!(digits, "110" | "112" | "114" | "119" | "120" | "122"),
        (5, [b'1', b'0' | b'1' | b'2', ..]) | (6, [b'1', b'1', ..]) => true,
        (5..=6, [b'9', b'5' | b'6', ..]) | (8, [b'9', b'5', ..]) => true,
        (10, [b'4' | b'8', b'0', b'0', ..]) => true,
        _ => false,
    };
    known.then(|| Phone { text: digits.to_owned(), kind: PhoneKind::Service })
}

fn landline(digits: &str, area: Option<&str>) -> Option<Phone> {
    if !digits.starts_with('0') {
        let whole = format!("{}{digits}", area?);
        return if matches!(digits.len(), 7 | 8) && whole.starts_with('0') {
            landline(&whole, None)
        } else {
            None
        };
    }
    let length = if digits.starts_with("01") || digits.starts_with("02") { 3 } else { 4 };
    let (area, local) = digits.split_at_checked(length)?;
    // Of 01x only Beijing's 010 is in use; 026 is kept free for Taipei; 00 leads out of the country.
    if (area.starts_with("01") && area != "010") || area == "026" || area.starts_with("00") {
        return None;
    }
    let subscriber = matches!(local.len(), 8 if length == 3) || matches!(local.len(), 7 | 8 if length == 4);
    // Subscribers' numbers begin with 2 to 8: 1 and 9 lead to services.
    let subscriber = subscriber && matches!(local.as_bytes(), [b'2'..=b'8', ..]);
    let service = local.len() == 5 && (local.starts_with("12") || local.starts_with("96"));
    (subscriber || service).then(|| Phone { text: format!("{area}-{local}"), kind: PhoneKind::Landline })
}

/// What is most likely wrong with digits that are no number.
fn complaint(digits: &str, area: Option<&str>) -> PhoneError {
    match digits.as_bytes() {
        [b'1', b'3'..=b'9', ..] if digits.len() >= 8 => PhoneError::MobileLength,
        [b'2'..=b'8', ..] if matches!(digits.len(), 7 | 8) && area.is_none() => PhoneError::AreaMissing,
        _ => PhoneError::Unclear,
    }
}

/// Why a text is no telephone number. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneError {
    /// Nothing was entered.
    Empty,
    /// Something other than digits and separators.
    Characters,
    /// More than one number in the field.
    Several,
    /// It begins like a mobile but has not 11 digits.
    MobileLength,
    /// A landline without its area code.
    AreaMissing,
    /// A country code other than 86.
    Foreign,
    /// No number we know.
    Unclear,
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PhoneError::Empty => "请填写联系电话",
            PhoneError::Characters => "电话号码只能是数字，请删除其他文字",
            PhoneError::Several => "每栏只填一个电话号码，请删去多余的号码",
            PhoneError::MobileLength => "手机号码应为11位，请核对是否多写或漏写",
            PhoneError::AreaMissing => "请在固定电话前加上区号，例如0519-86000000",
            PhoneError::Foreign => "暂不支持境外电话，请填写境内可以接通的号码",
            PhoneError::Unclear => "无法识别这个号码，请填写11位手机号码，或带区号的固定电话",
        })
    }
}

refuse_as!(Invalid: PhoneError);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(text: &str) -> Result<String, PhoneError> {
        Phone::parse(text).map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn mobiles_are_read_in_any_spelling() {
        for text in [
            "13800000000",
            " 138 0000 0000 ",
            "138-0000-0000",
            "+86 138 0000 0000",
            "+8613800000000",
            "(+86)13800000000",
            "0086-13800000000",
            "8613800000000",
            "013800000000",
            "１３８００００００００",
            "138.0000.0000",
            "\u{202d}13800000000\u{202c}",
        ] {
            assert_eq!(normal(text).as_deref(), Ok("13800000000"), "{text}");
        }
    }

    #[test]
    fn landlines_are_read_in_any_spelling() {
        for (text, expected) in [
            ("0519-86000000", "0519-86000000"),
            ("051986000000", "0519-86000000"),
            ("（0519）8600 0000", "0519-86000000"),
            ("(0519)86000000", "0519-86000000"),
            ("+86 519 8600 0000", "0519-86000000"),
            ("+86-0519-86000000", "0519-86000000"),
            ("0086 10 6655 0000", "010-66550000"),
            ("010-66550000", "010-66550000"),
            ("0519-8600000", "0519-8600000"),
            ("0519-86000000-801", "0519-86000000-801"),
            ("0519-86000000转801", "0519-86000000-801"),
            ("0519-86000000 分机 801", "0519-86000000-801"),
            ("0519-86000000 ext. 801", "0519-86000000-801"),
            ("0519-86000000#801", "0519-86000000-801"),
            ("0519-8600-0000", "0519-86000000"),
            ("0519-12348", "0519-12348"),
        ] {
            let phone = Phone::parse(text).expect(text);
            assert_eq!((phone.as_str(), phone.kind()), (expected, PhoneKind::Landline), "{text}");
        }
    }

    #[test]
    fn a_local_number_needs_an_area_code() {
        assert_eq!(normal("86000000"), Err(PhoneError::AreaMissing));
        let read = |text| Phone::parse_with_area(text, "0519").map(|phone| phone.as_str().to_owned());
        assert_eq!(read("86000000").as_deref(), Ok("0519-86000000"));
        assert_eq!(read("8600-0000").as_deref(), Ok("0519-86000000"));
        assert_eq!(read("86000000-801").as_deref(), Ok("0519-86000000-801"));
        assert_eq!(read("8600000转1").as_deref(), Ok("0519-8600000-1"));
        assert_eq!(read("010-66550000").as_deref(), Ok("010-66550000"));
        assert_eq!(read("13800000000").as_deref(), Ok("13800000000"));
        assert_eq!(read("12348").as_deref(), Ok("12348"));
        assert_eq!(read("1234567"), Err(PhoneError::Unclear));
        assert_eq!(Phone::parse_with_area("86000000", "519"), Err(PhoneError::Unclear));
        assert_eq!(Phone::parse_with_area("86000000", "5"), Err(PhoneError::Unclear));
    }

    #[test]
    fn service_numbers_are_known() {
        for text in [
            "110",
            "119",
            "120",
            "122",
            "12345",
            "12348",
            "12333",
            "10086",
            "95588",
            "114",
            "4008208820",
            "116114",
            "95105105",
            "962288",
        ] {
            let phone = Phone::parse(text).expect(text);
            assert_eq!(
                (phone.as_str(), phone.kind(), phone.masked().as_str()),
                (text, PhoneKind::Service, text)
            );
        }
        assert_eq!(normal("400-820-8820").as_deref(), Ok("4008208820"));
        assert_eq!(normal("+86 400 820 8820").as_deref(), Ok("4008208820"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, error) in [
            ("", PhoneError::Empty),
            (" 　 ", PhoneError::Empty),
            ("无", PhoneError::Characters),
            ("13800000000（儿子）", PhoneError::Characters),
            ("13800000000、13900000000", PhoneError::Several),
            ("13800000000/86000000", PhoneError::Several),
            ("1380000000", PhoneError::MobileLength),
            ("138000000000", PhoneError::MobileLength),
            ("+1 202 555 0100", PhoneError::Foreign),
            ("00852 2345 6789", PhoneError::Foreign),
            ("12000000000", PhoneError::Unclear),
            ("0519-1600000", PhoneError::Unclear),
            ("0519-9600000", PhoneError::Unclear),
            ("026-86000000", PhoneError::Unclear),
            ("0119-86000000", PhoneError::Unclear),
            ("010-6655000", PhoneError::Unclear),
            ("123", PhoneError::Unclear),
            ("++8613800000000", PhoneError::Characters),
            ("0519-86000000转", PhoneError::Characters),
            ("0519-86000000转12345678", PhoneError::Characters),
            ("13800000000转1", PhoneError::MobileLength),
            ("-", PhoneError::Unclear),
        ] {
            assert_eq!(normal(text), Err(error), "{text}");
            assert!(!error.to_string().is_ascii());
        }
        assert_eq!(crate::Refusal::from(PhoneError::AreaMissing).status(), 422);
    }

    #[test]
    fn numbers_are_masked_and_dialled() {
        let shown = |text: &str| {
            let phone = Phone::parse(text).expect(text);
            (phone.masked(), phone.dial(), format!("{phone:?}"))
        };
        let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(shown("13812340000"), owned("138****0000", "13812340000", "Phone(138****0000)"));
        assert_eq!(shown("0519-86123456"), owned("0519-****3456", "051986123456", "Phone(0519-****3456)"));
        assert_eq!(
            shown("0519-86123456-801"),
            owned("0519-****3456", "051986123456,801", "Phone(0519-****3456)")
        );
        assert_eq!(shown("12348"), owned("12348", "12348", "Phone(12348)"));
        assert!(Phone::parse("13812340000").expect("valid").is_mobile());
    }

    #[test]
    fn a_country_code_given_twice_is_no_area_code() {
        assert_eq!(Phone::parse("0086008612348"), Err(PhoneError::Unclear));
        assert_eq!(Phone::parse("0086-0519-86123456").expect("once").as_str(), "0519-86123456");
    }

    proptest! {
        #[test]
        fn the_normal_spelling_is_read_back(text in "(1[3-9][0-9]{9}|0519-[2-8][0-9]{6,7}(-[0-9]{1,6})?|0[12][01]-[2-8][0-9]{7}|123[0-9]{2})") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(phone.as_str(), &text);
                prop_assert_eq!(Phone::parse(phone.expose()), Ok(phone));
            } else {
                // 011 is no area code.
                prop_assert!(text.starts_with("011"), "{}", text);
            }
        }

        #[test]
        fn separators_do_not_matter(digits in "1[3-9][0-9]{9}", gaps in prop::collection::vec("[ ()\\-－　]?", 11)) {
            let spread: String = digits.chars().zip(gaps).map(|(digit, gap)| format!("{digit}{gap}")).collect();
            prop_assert_eq!(normal(&spread), Ok(digits));
        }

        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC{0,24}", numeric in "[+0-9 \\-转x#()]{0,24}") {
            for text in [text, numeric] {
                if let Ok(phone) = Phone::parse_with_area(&text, "0519") {
                    prop_assert!(!phone.masked().is_empty() && !phone.dial().is_empty());
                    prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone.clone()));
                }
            }
        }
    }
}
