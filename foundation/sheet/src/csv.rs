//! CSV in and out: UTF-8 or GB18030, comma, semicolon or tab; written so that no spreadsheet takes text for a formula.

use crate::{Book, Cell, Limits, Row, SPARE_ROWS, Tab, Unreadable};
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

pub(crate) fn read(file_name: &str, bytes: &[u8], limits: &Limits) -> Result<Book, Unreadable> {
    let text = decode(bytes)?;
    let delimiter = delimiter(&text);
    let stem = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem).chars().take(60).collect();
    let rows = rows(&text, delimiter, &name, limits)?;
    Ok(Book { tabs: vec![Tab { name, rows }] })
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    for (mark, encoding) in [(&[0xff, 0xfe], UTF_16LE), (&[0xfe, 0xff], UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return encoding
                .decode_without_bom_handling_and_without_replacement(rest)
                .ok_or(Unreadable::Letters);
        }
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Binary files have zero bytes, text has none.
    if bytes.contains(&0) {
        return Err(Unreadable::Letters);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => {
            GB18030.decode_without_bom_handling_and_without_replacement(bytes).ok_or(Unreadable::Letters)
        }
    }
}

/// The sign that separates most in the first lines, outside of quotation marks.
fn delimiter(text: &str) -> char {
    let mut counts = [(',', 0u32), ('\t', 0), (';', 0)];
    let mut quoted = false;
    let mut lines = 0;
    for c in text.chars().take(20_000) {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                lines += 1;
                if lines == 20 {
                    break;
                }
            }
            _ if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(sign, _)| *sign == c) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // The first of the most frequent ones.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(',', |(sign, _)| *sign)
}

/// What is read so far.
struct Reading<'a> {
    limits: &'a Limits,
    tab: &'a str,
    rows: Vec<Row>,
    cells: Vec<Cell>,
    cell: String,
    characters: usize,
    number: u32,
}

impl Reading<'_> {
    fn push(&mut self, c: char) -> Result<(), Unreadable> {
        self.characters += 1;
        if self.characters > self.limits.cell {
            let place = format!("第 {} 行 {} 列", self.number, crate::column_letter(self.cells.len()));
            return Err(Unreadable::CellTooLong(self.limits.cell, place));
        }
        self.cell.push(c);
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Unreadable> {
        let cell = Cell::of_text(plain(&self.cell));
        if self.cells.len() >= self.limits.columns {
            if !cell.is_empty() {
                return Err(Unreadable::TooManyColumns(self.limits.columns, self.tab.to_owned()));
            }
        } else {
            self.cells.push(cell);
        }
        self.cell.clear();
        self.characters = 0;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Unreadable> {
        self.end_cell()?;
        while self.cells.last().is_some_and(Cell::is_empty) {
            self.cells.pop();
        }
        if !self.cells.is_empty() {
            if self.rows.len() >= self.limits.rows + SPARE_ROWS {
                return Err(Unreadable::TooManyRows(self.limits.rows));
            }
            let mut cells = std::mem::take(&mut self.cells);
            cells.shrink_to_fit();
            self.rows.push(Row { number: self.number, cells });
        }
        self.cells.clear();
        self.number = self.number.saturating_add(1);
        Ok(())
    }
}

fn rows(text: &str, delimiter: char, tab: &str, limits: &Limits) -> Result<Vec<Row>, Unreadable> {
    let mut reading = Reading {
        limits,
        tab,
        rows: Vec::new(),
        cells: Vec::new(),
        cell: String::new(),
        characters: 0,
        number: 1,
    };
    let mut chars = text.chars().peekable();
    let mut fresh = true; // nothing of the cell read yet: a quotation mark here opens it
    while let Some(c) = chars.next() {
        match c {
            '"' if fresh => {
                let began = reading.number;
                loop {
                    match chars.next() {
                        None => return Err(Unreadable::OpenQuote(began)),
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            reading.push('"')?;
                        }
                        Some('"') => break,
                        Some('\r') if chars.peek() == Some(&'\n') => {}
                        Some(c) => reading.push(c)?,
                    }
                }
                fresh = false;
            }
            '\r' | '\n' => {
                if c == '\r' && chars.peek() == Some(&'\n') {
                    chars.next();
                }
                reading.end_row()?;
                fresh = true;
            }
            c if c == delimiter => {
                reading.end_cell()?;
                fresh = true;
            }
            c => {
                reading.push(c)?;
                fresh = false;
            }
        }
    }
    reading.end_row()?;
    Ok(reading.rows)
}

/// Whether a spreadsheet might take text that begins so for a formula.
fn is_risky(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '|' | '%' | '＝' | '＋' | '－' | '＠')
}

/// Text that no spreadsheet takes for a formula when it opens a CSV file: an apostrophe goes before `= + - @`, their
/// full-width twins and control characters. Plain negative numbers stay. The reader takes the apostrophe away again.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let clean: Cow<'_, str> =
        if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
    if is_number(&clean) {
        return clean;
    }
    // An apostrophe that hides a formula sign is doubled, so that it comes back.
    let bare = clean.trim_start_matches('\'');
    if clean.starts_with(is_risky) || bare.trim_start().starts_with(is_risky) || text.starts_with('\0') {
        return Cow::Owned(format!("'{clean}"));
    }
    clean
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|run| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What [`harmless`] wrote, as it was.
fn plain(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest)
            if rest.trim_start_matches('\'').trim_start().starts_with(is_risky)
                || rest.starts_with(is_risky) =>
        {
            rest
        }
        _ => text,
    }
}

/// A CSV file: UTF-8 with the mark that Excel wants, commas, every text [`harmless`].
#[must_use]
pub fn write_csv<R: AsRef<[String]>>(rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    for row in rows {
        for (index, cell) in row.as_ref().iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            let text = harmless(cell);
            if text.contains(['"', ',', ';', '\t', '\n', '\r']) || text.trim() != text {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(&text);
            }
        }
        out.push_str("\r\n");
    }
    out.into_bytes()
}
