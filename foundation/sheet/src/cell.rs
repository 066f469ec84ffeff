//! Cells: what stood there, as text that means the same, or why it cannot be trusted.

use kernel::Day;

/// Why a cell cannot be used as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A long number that a spreadsheet rounded: its last digits are lost.
    Rounded,
    /// A formula's error.
    Formula,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text as it stands.
    Text(Box<str>),
    /// A number.
    Number(f64),
    /// A day, from a cell that is formatted as one.
    Day(Day),
    /// Something that is not what was once entered, and what it looks like.
    Broken(Broken, Box<str>),
}

/// From here on a double no longer holds every digit that people type: Excel keeps fifteen.
const EXACT: f64 = 1e15;

impl Cell {
    /// A cell of text; what looks like a number in scientific notation has lost digits.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::Empty;
        }
        if is_scientific(text.trim()) {
            return Self::Broken(Broken::Rounded, text.trim().into());
        }
        Self::Text(text.into())
    }

    /// A cell of a number.
    #[must_use]
    pub fn of_number(number: f64) -> Self {
        if number.abs() >= EXACT || !number.is_finite() {
            return Self::Broken(Broken::Rounded, format!("{number:E}").into());
        }
        Self::Number(number)
    }

    /// Whether nothing stands there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// What stands there as text: a day as 2022-03-01, a whole number without a fraction.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Broken(_, text) => text.to_string(),
            // `{}` of a double is the shortest text that reads back as the same, without an exponent.
            Self::Number(number) => format!("{number}"),
            Self::Day(day) => day.to_string(),
        }
    }

    /// What to do about it, if it is broken.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Broken(Broken::Rounded, text) => Some(format!(
                "长号码被表格软件变成了“{text}”，末几位已经丢失。请先把这一列的格式设成“文本”，再照原件重新填写。"
            )),
            Self::Broken(Broken::Formula, text) => {
                Some(format!("单元格里是公式错误“{text}”，请改成实际内容。"))
            }
            _ => None,
        }
    }
}

/// `1.23E+17`, `3.20412E17`: what spreadsheets show for long numbers.
fn is_scientific(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    // 1E5 may be a code; a rounded number shows a fraction or has an exponent of two digits.
    whole.len() == 1
        && digits(whole)
        && digits(part)
        && digits(exponent)
        && (exponent.len() == 2 && (mantissa.contains('.') || text.contains("E+")))
}

/// The day behind a serial number of Excel's calendar that begins in 1900.
#[must_use]
pub fn day_of_serial(serial: f64) -> Option<Day> {
    // 1970-01-01 is 25569. Serials up to 60 are off by one (Excel knows a 29 February 1900) and mean no real day here.
    if !(61.0..110_000.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    Day::from_number(serial.floor() as i64 - 25_569)
}

/// The day behind a serial number that stands in a cell as a bare number: five digits, 1927 to 2099.
#[must_use]
pub fn day_of_serial_text(text: &str) -> Option<Day> {
    let text = text.trim().strip_suffix(".0").unwrap_or(text.trim());
    if text.len() != 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|serial| (10_000.0..=73_050.0).contains(serial)).and_then(day_of_serial)
}

/// The letters of a column, from 0: A, B, …, Z, AA.
#[must_use]
pub fn column_letter(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or(0));
        rest /= 26;
    }
    letters.reverse();
    String::from_utf8(letters).unwrap_or_default()
}
