//! Workbooks out: the rows that came in, at their places, with what is wrong marked and told; and templates.

use kernel::Fault;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Note, Workbook};

/// A row at its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutRow {
    /// Its number on the sheet, from 1.
    pub number: u32,
    /// Its cells as text from column A on.
    pub cells: Vec<String>,
    /// Whether it is the head.
    pub head: bool,
    /// Columns (from 0) with what is wrong there; in a head, what to know about the column.
    pub notes: Vec<(usize, String)>,
    /// What stands in the last column: everything that is wrong with the row.
    pub error: String,
}

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutTab {
    /// Its name.
    pub name: String,
    /// Its rows in order.
    pub rows: Vec<OutRow>,
    /// The head of a last column 错误, if there is to be one.
    pub error_title: Option<String>,
}

const MOST_NOTE: usize = 500;
/// A note per cell is slow to open; the last column tells the rest.
const MOST_NOTES: usize = 2000;

/// Writes the sheets. Every cell is text, and can neither become a formula nor lose digits when somebody goes on in it.
///
/// # Errors
/// A fault if a sheet cannot be written.
pub fn workbook(tabs: &[OutTab]) -> Result<Vec<u8>, Fault> {
    let mut book = Workbook::new();
    let plain = Format::new().set_font_name("宋体").set_font_size(11).set_num_format("@");
    let bad =
        plain.clone().set_background_color("FFC7CE").set_font_color("9C0006").set_border(FormatBorder::Thin);
    let head = plain
        .clone()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_background_color("EDF2F8");
    let told = plain.clone().set_font_color("9C0006").set_text_wrap();
    let mut names: Vec<String> = Vec::new();
    let mut notes = 0;
    for tab in tabs {
        let sheet = book.add_worksheet();
        let name = tab_name(&tab.name, &names);
        sheet.set_name(&name)?;
        names.push(name);
        let columns = tab.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let columns = u16::try_from(columns).map_err(|_| Fault::new("too many columns"))?;
        for column in 0..columns {
            sheet.set_column_format(column, &plain)?;
            let width = width(tab, usize::from(column));
            sheet.set_column_width(column, width)?;
        }
        if tab.error_title.is_some() {
            sheet.set_column_width(columns, 60.0)?;
        }
        for row in &tab.rows {
            let at = row.number.saturating_sub(1);
            for (cell, index) in row.cells.iter().zip(0u16..) {
                let note = row.notes.iter().find(|(column, _)| *column == usize::from(index));
                let format = match note {
                    _ if row.head => &head,
                    Some(_) => &bad,
                    None => &plain,
                };
                if cell.is_empty() && note.is_none() {
                    continue;
                }
                let text: String = cell.chars().take(32_767).collect();
                sheet.write_string_with_format(at, index, text, format)?;
            }
            for (column, text) in &row.notes {
                let column = u16::try_from(*column).unwrap_or(columns);
                if usize::from(column) >= row.cells.len() {
                    // The bad cell is an empty one behind the last.
                    sheet.write_string_with_format(at, column, "", &bad)?;
                }
                notes += 1;
                if notes <= MOST_NOTES {
                    let text: String = text.chars().take(MOST_NOTE).collect();
                    sheet.insert_note(at, column, &Note::new(text).add_author_prefix(false))?;
                }
            }
            match &tab.error_title {
                Some(title) if row.head => {
                    sheet.write_string_with_format(at, columns, title, &head)?;
                }
                Some(_) if !row.error.is_empty() => {
                    sheet.write_string_with_format(at, columns, &row.error, &told)?;
                }
                _ => {}
            }
            if row.head {
                sheet.set_freeze_panes(at + 1, 0)?;
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

/// A name that a sheet can have and no other has.
fn tab_name(wanted: &str, taken: &[String]) -> String {
    let clean: String =
        wanted.chars().filter(|c| !r"[]:*?/\'".contains(*c) && !c.is_control()).take(28).collect();
    let clean = if clean.trim().is_empty() { "Sheet".to_owned() } else { clean };
    let mut name = clean.clone();
    let mut number = 2;
    while taken.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
        name = format!("{clean}{number}");
        number += 1;
    }
    name
}

/// The width of a column in characters, by its first rows.
fn width(tab: &OutTab, column: usize) -> f64 {
    let widest =
        tab.rows.iter().take(50).filter_map(|row| row.cells.get(column)).map(|cell| {
            cell.chars().map(|c| if c.is_ascii() { 1u8 } else { 2 }).fold(0u8, u8::saturating_add)
        });
    f64::from(widest.max().unwrap_or(8).clamp(8, 50)) + 2.0
}
