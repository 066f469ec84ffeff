//! Tables that people bring: .xlsx and CSV read into rows with coordinates, and workbooks written back.
//!
//! [`read`] takes a file nobody has looked at yet. What it may cost is fixed by [`Limits`] and refused before memory is
//! spent; whatever else is wrong with it is an [`Unreadable`] that says in Chinese what to do. It never panics.

mod archive;
mod cell;
mod csv;
mod unreadable;
mod write;
mod xlsx;

pub use cell::{Broken, Cell, column_letter, day_of_serial, day_of_serial_text};
pub use csv::{harmless, write_csv};
pub use unreadable::Unreadable;
pub use write::{OutRow, OutTab, workbook};

/// What a file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file: usize,
    /// Bytes of all that is packed in it.
    pub unpacked: u64,
    /// How many times larger than packed a part may be.
    pub ratio: u64,
    /// Parts of the archive.
    pub entries: usize,
    /// Rows that hold anything, over all sheets.
    pub rows: usize,
    /// Columns of a sheet.
    pub columns: usize,
    /// Characters of a cell.
    pub cell: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file: 20 * 1024 * 1024,
            unpacked: 200 * 1024 * 1024,
            ratio: 100,
            entries: 1000,
            rows: 100_000,
            columns: 200,
            cell: 32_767,
        }
    }
}

/// Rows beside the data (title, subtitle, head) that are not counted against the limit.
pub(crate) const SPARE_ROWS: usize = 50;
/// Sheets of a workbook that are looked at.
pub(crate) const MOST_TABS: usize = 100;

/// A row that holds something.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number on the sheet, from 1.
    pub number: u32,
    /// Its cells from column A on; what lies behind the last one is empty.
    pub cells: Vec<Cell>,
}

/// A sheet with its rows in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tab {
    /// The name on its tab.
    pub name: String,
    /// Rows that hold something.
    pub rows: Vec<Row>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// The visible sheets that hold anything; for CSV one.
    pub tabs: Vec<Tab>,
}

/// The most bytes a file name's ending has that is worth naming.
const ENDING: usize = 8;

/// Reads a file. Its beginning and the ending of its name must agree on what it is.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn read(file_name: &str, bytes: &[u8], limits: &Limits) -> Result<Book, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if bytes.len() > limits.file {
        return Err(Unreadable::FileTooLarge(limits.file / 1024 / 1024));
    }
    let ending = file_name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    if let Some(problem) = archive::old_or_encrypted(bytes) {
        return Err(problem);
    }
    let zipped = bytes.starts_with(b"PK\x03\x04");
    let book = match (ending.as_str(), zipped) {
        ("xlsx", true) => xlsx::read(bytes, limits)?,
        ("csv" | "txt" | "tsv", false) => csv::read(file_name, bytes, limits)?,
        ("xlsx", false) | ("csv" | "txt" | "tsv", true) => return Err(Unreadable::Disguised(ending)),
        ("xlsm" | "xltm", _) => return Err(Unreadable::Macros),
        _ => return Err(Unreadable::UnknownKind(ending.chars().take(ENDING).collect())),
    };
    if book.tabs.iter().all(|tab| tab.rows.is_empty()) {
        return Err(Unreadable::Empty);
    }
    Ok(book)
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
