//! Numbers by which people refer to things: the citizen's lookup code, and official document numbers.

use crate::error::refuse_as;
use crate::text::to_half_width;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The 25 symbols of a lookup code: without 0 O, 1 I L, 2 Z and U, which are mistaken for each other or for V,
/// and of the pairs 5 S, 6 G, 8 B only the digits. The check symbol needs an odd number of them.
const SYMBOLS: &[u8; 25] = b"3456789ACDEFHJKMNPQRTVWXY";
/// Symbols in a code, the last of which is the check symbol.
const LENGTH: usize = 8;

/// A citizen's 查询码: eight symbols by which a matter is found again without logging in.
///
/// Seven symbols are random (25^7, about six thousand million codes), the eighth is a check symbol that
/// catches every single wrong symbol and every swap of neighbours. Whoever knows the code may look, so
/// `Debug` is masked and the pages that accept it must limit the rate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupCode([u8; LENGTH]);

impl LookupCode {
    /// The code made from 64 random bits; the randomness is the caller's.
    #[must_use]
    pub fn from_entropy(entropy: u64) -> LookupCode {
        let base = SYMBOLS.len() as u64;
        let mut rest = entropy;
        let mut values = [0; LENGTH];
        for value in &mut values[..LENGTH - 1] {
            *value = (rest % base) as usize;
            rest /= base;
        }
        values[LENGTH - 1] = check_value(&values);
        LookupCode(values.map(|value| SYMBOLS[value]))
    }

    /// Reads a code in any spelling: small letters, full-width characters, spaces, hyphens. Symbols that no
    /// code has are taken for the one they look like: S for 5, G for 6, B for 8, U for V.
    ///
    /// # Errors
    /// [`LookupCodeError`], whose text tells the person what to check.
    pub fn parse(text: &str) -> Result<LookupCode, LookupCodeError> {
        let mut values = Vec::with_capacity(LENGTH);
        for c in to_half_width(text).chars() {
            let c = match c.to_ascii_uppercase() {
                'S' => '5',
                'G' => '6',
                'B' => '8',
                'U' => 'V',
                c if c.is_whitespace()
                    || matches!(c, '-' | '‐' | '‑' | '–' | '—' | '\u{200b}' | '\u{feff}') =>
                {
                    continue;
                }
                c => c,
            };
            let value = SYMBOLS.iter().position(|&symbol| char::from(symbol) == c);
            values.push(value.ok_or(LookupCodeError::Characters)?);
        }
        if values.is_empty() {
            return Err(LookupCodeError::Empty);
        }
        let values: [usize; LENGTH] = values.try_into().map_err(|_| LookupCodeError::Length)?;
        if check_value(&values) != values[LENGTH - 1] {
            return Err(LookupCodeError::Check);
        }
        Ok(LookupCode(values.map(|value| SYMBOLS[value])))
    }

    /// The eight symbols without hyphen, as stored.
    #[must_use]
    pub fn compact(self) -> String {
        self.0.map(char::from).iter().collect()
    }
}

/// The check symbol's value: with it, the sum of the values weighted 1, 2, 1, 2, … is a multiple of 25.
///
/// Both weights and their difference are coprime to 25, so changing one value by d changes the sum by d or
/// 2d, and swapping neighbours that differ by d changes it by ±d: never by a multiple of 25.
fn check_value(values: &[usize; LENGTH]) -> usize {
    let sum: usize =
        values[..LENGTH - 1].iter().enumerate().map(|(at, value)| value * (1 + at % 2)).sum::<usize>();
    // 13 is the inverse of the last place's weight 2 modulo 25.
    (SYMBOLS.len() - sum % SYMBOLS.len()) * 13 % SYMBOLS.len()
}

impl fmt::Display for LookupCode {
    /// In two groups, `K7MP-3R9X`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.compact();
        f.pad(&format!("{}-{}", &code[..4], &code[4..]))
    }
}

impl fmt::Debug for LookupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookupCode({}-****)", &self.compact()[..4])
    }
}

impl FromStr for LookupCode {
    type Err = LookupCodeError;

    /// The same as [`LookupCode::parse`].
    fn from_str(text: &str) -> Result<LookupCode, LookupCodeError> {
        LookupCode::parse(text)
    }
}

impl Serialize for LookupCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LookupCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LookupCode, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        LookupCode::parse(&text).map_err(de::Error::custom)
    }
}

/// Why a text is no lookup code. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupCodeError {
    /// Nothing was entered.
    Empty,
    /// A symbol that no code has and that looks like none.
    Characters,
    /// Not eight symbols.
    Length,
    /// A symbol is wrong, or two are swapped.
    Check,
}

impl fmt::Display for LookupCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LookupCodeError::Empty => "请填写查询码",
            LookupCodeError::Characters => "查询码中没有这样的字符，请对照回执或短信逐位核对",
            LookupCodeError::Length => "查询码应为8位，请核对是否多写或漏写",
            LookupCodeError::Check => "查询码有误，请对照回执或短信逐位核对",
        })
    }
}

refuse_as!(Invalid: LookupCodeError);

/// The pattern of an official number (案号, 文号), such as `（{year}）武援{kind}字第{seq:4}号`.
///
/// `{year}` is the year in four digits, `{kind}` a word without digits such as `民` (may be missing from the
/// pattern), `{seq}` the running number, with `{seq:4}` padded with zeros to four digits and longer when it
/// must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern(Vec<Piece>);

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Year,
    Kind,
    Sequence(usize),
}

/// What an official number says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfficialNumber {
    /// The year.
    pub year: i16,
    /// The kind, such as `民`; empty when the pattern has none.
    pub kind: String,
    /// The running number within year and kind.
    pub seq: u32,
}

impl NumberPattern {
    /// Reads a template.
    ///
    /// # Errors
    /// [`PatternError`] unless the template has one `{year}`, one `{seq}` and at most one `{kind}`, with no
    /// digits or other numbers directly beside the numbers, so that every number can be read back.
    pub fn new(template: &str) -> Result<NumberPattern, PatternError> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some((text, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(PatternError::Braces)?;
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            pieces.push(match name {
                "year" => Piece::Year,
                "kind" => Piece::Kind,
                "seq" => Piece::Sequence(1),
                _ => {
                    let width = name.strip_prefix("seq:").and_then(|width| width.parse().ok());
                    Piece::Sequence(width.filter(|width| (1..=9).contains(width)).ok_or(PatternError::Name)?)
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        if pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('}'))) {
            return Err(PatternError::Braces);
        }
        let count = |wanted: fn(&Piece) -> bool| pieces.iter().filter(|piece| wanted(piece)).count();
        let once = count(|piece| *piece == Piece::Year) == 1
            && count(|piece| matches!(piece, Piece::Sequence(_))) == 1
            && count(|piece| *piece == Piece::Kind) <= 1;
        if !once {
            return Err(PatternError::Pieces);
        }
        let readable = pieces.windows(2).all(|pair| match pair {
            [Piece::Year | Piece::Sequence(_), Piece::Year | Piece::Sequence(_)] => false,
            [Piece::Year | Piece::Sequence(_), Piece::Text(text)] => !text.starts_with(is_digit),
            [Piece::Text(text), Piece::Year | Piece::Sequence(_)] => !text.ends_with(is_digit),
            _ => true,
        });
        if readable { Ok(NumberPattern(pieces)) } else { Err(PatternError::Adjacent) }
    }

    /// The number of that year, kind and running number.
    #[must_use]
    pub fn format(&self, year: i16, kind: &str, seq: u32) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Year => format!("{year:04}"),
            Piece::Kind => kind.to_owned(),
            Piece::Sequence(width) => format!("{seq:0width$}"),
        };
        self.0.iter().map(piece).collect()
    }

    /// What a number says, if it follows the pattern. White space, full-width characters and the form of the
    /// brackets (`（）〔〕［］【】`) do not matter, nor do missing zeros.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<OfficialNumber> {
        let text = unify(text);
        let mut rest = text.as_str();
        let mut number = OfficialNumber { year: 0, kind: String::new(), seq: 0 };
        for (at, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(&unify(text))?,
                Piece::Year => {
                    let (digits, after) = rest.split_at_checked(4)?;
                    number.year =
                        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
                    rest = after;
                }
                Piece::Sequence(_) => {
                    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                    number.seq = rest[..end].parse().ok()?;
                    rest = &rest[end..];
                }
                Piece::Kind => {
                    // A kind has no digits, so with the plain text behind it it ends where the next digit or
                    // the whole number does.
                    let plain = match self.0.get(at + 1) {
                        Some(Piece::Text(text)) => {
                            unify(text).chars().take_while(|c| !c.is_ascii_digit()).collect()
                        }
                        _ => String::new(),
                    };
                    let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
                    let kind = rest[..end].strip_suffix(plain.as_str())?;
                    if kind.is_empty() {
                        return None;
                    }
                    kind.clone_into(&mut number.kind);
                    rest = &rest[kind.len()..];
                }
            }
        }
        rest.is_empty().then_some(number)
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

/// One spelling: half-width, round brackets, no white space.
fn unify(text: &str) -> String {
    let unified = to_half_width(text);
    let brackets = |c| match c {
        '〔' | '[' | '【' | '〈' | '{' => '(',
        '〕' | ']' | '】' | '〉' | '}' => ')',
        c => c,
    };
    unified.chars().filter(|c| !c.is_whitespace()).map(brackets).collect()
}

/// Why a template is no pattern. Not a `std::error::Error`: `?` makes a refusal of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// A brace without its partner.
    Braces,
    /// An unknown name in braces.
    Name,
    /// Not exactly one year, one running number and at most one kind.
    Pieces,
    /// Two numbers, or a number and a digit, side by side.
    Adjacent,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PatternError::Braces => "编号样式中的花括号不成对，请补全",
            PatternError::Name => "编号样式中只能使用{year}、{kind}、{seq}或{seq:4}（补零到4位）",
            PatternError::Pieces => "编号样式中应有一个{year}和一个{seq}，最多一个{kind}",
            PatternError::Adjacent => "编号样式中年份、序号与其他数字不能相连，请用文字隔开",
        })
    }
}

refuse_as!(Invalid: PatternError);

#[cfg(test)]
#[path = "reference_tests.rs"]
mod tests;
