//! Excel out: a sheet that opens print-ready in WPS: title, 序号, 合计, A4 landscape, heads on every page.

use crate::reply::download;
use axum::response::Response;
use kernel::{Fault, Refusal};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook};

/// The most rows of one export. Whoever exports a list asks for one more, so that [`exported`] can tell.
pub const EXPORT_CAP: i64 = 50_000;

/// The rows of an export, whole: a list that was cut would be taken for all there is.
///
/// # Errors
/// A refusal that asks for narrower conditions if there are more than [`EXPORT_CAP`].
pub fn exported<T>(rows: Vec<T>) -> Result<Vec<T>, Refusal> {
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > EXPORT_CAP {
        return Err(Refusal::invalid(
            "一次最多导出 5 万行。请先用查询条件（如日期、镇（街道））缩小范围，再导出。",
        ));
    }
    Ok(rows)
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text; never read as a formula.
    Text(String),
    /// A whole number, added up in the last row if the column says so.
    Number(i64),
    /// Nothing.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Cell::Number(number)
    }
}

/// A column.
#[derive(Debug, Clone)]
pub struct SheetColumn {
    /// Its head.
    pub title: String,
    /// Its width in characters.
    pub width: f64,
    /// Whether the last row shows its sum.
    pub sum: bool,
}

impl SheetColumn {
    /// A column of text.
    #[must_use]
    pub fn text(title: impl Into<String>, width: f64) -> Self {
        Self { title: title.into(), width, sum: false }
    }

    /// A column of numbers with their sum below.
    #[must_use]
    pub fn sum(title: impl Into<String>, width: f64) -> Self {
        Self { title: title.into(), width, sum: true }
    }
}

/// A sheet to be printed or filed.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The tab's name.
    pub name: String,
    /// The title across the top.
    pub title: String,
    /// A line below it: period, unit, who made it.
    pub subtitle: String,
    /// The columns, without 序号, which is added.
    pub columns: Vec<SheetColumn>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Sheets as an Excel file to keep; the name may be Chinese.
///
/// # Errors
/// A fault if a sheet cannot be written.
pub fn workbook(name: &str, sheets: &[Sheet]) -> Result<Response, Fault> {
    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(XLSX, name, xlsx(sheets)?))
}

/// Writes the sheets into one workbook.
///
/// # Errors
/// A fault if a sheet cannot be written (too many rows).
pub fn xlsx(sheets: &[Sheet]) -> Result<Vec<u8>, Fault> {
    let mut book = Workbook::new();
    let base = Format::new()
        .set_font_name("宋体")
        .set_font_size(11)
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::VerticalCenter);
    let text = base.clone().set_text_wrap().set_num_format("@");
    let number = base.clone().set_align(FormatAlign::Right).set_num_format("#,##0");
    let centre = base.clone().set_align(FormatAlign::Center);
    let head = centre.clone().set_bold().set_text_wrap().set_background_color("EDF2F8");
    let title = Format::new()
        .set_font_name("黑体")
        .set_font_size(18)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter);
    let note = Format::new().set_font_name("宋体").set_font_size(11);
    for sheet in sheets {
        let tab = book.add_worksheet();
        let name: String = sheet.name.chars().filter(|c| !r"[]:*?/\'".contains(*c)).take(31).collect();
        tab.set_name(if name.is_empty() { "台账".to_owned() } else { name })?;
        tab.set_landscape().set_paper_size(9).set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);
        tab.set_print_fit_to_pages(1, 0).set_footer("&C第 &P 页，共 &N 页");
        let last = u16::try_from(sheet.columns.len()).map_err(|_| Fault::new("too many columns"))?;
        tab.merge_range(0, 0, 0, last.max(1), &sheet.title, &title)?;
        tab.set_row_height(0, 32)?;
        tab.write_string_with_format(1, 0, &sheet.subtitle, &note)?;
        tab.write_string_with_format(2, 0, "序号", &head)?;
        tab.set_column_width(0, 6)?;
        for (column, index) in sheet.columns.iter().zip(1u16..) {
            tab.write_string_with_format(2, index, &column.title, &head)?;
            tab.set_column_width(index, column.width)?;
        }
        tab.set_row_height(2, 24)?;
        tab.set_repeat_rows(2, 2)?;
        tab.set_freeze_panes(3, 0)?;
        let mut row = 3u32;
        for (cells, nth) in sheet.rows.iter().zip(1u32..) {
            tab.write_number_with_format(row, 0, nth, &centre)?;
            for (cell, index) in cells.iter().zip(1u16..) {
                match cell {
                    Cell::Text(value) => tab.write_string_with_format(row, index, value, &text)?,
                    #[expect(clippy::cast_precision_loss, reason = "Excel holds numbers as doubles")]
                    Cell::Number(value) => {
                        tab.write_number_with_format(row, index, *value as f64, &number)?
                    }
                    Cell::Empty => tab.write_string_with_format(row, index, "", &text)?,
                };
            }
            row += 1;
        }
        if sheet.columns.iter().any(|column| column.sum) {
            tab.write_string_with_format(row, 0, "合计", &head)?;
            for (column, index) in sheet.columns.iter().zip(1u16..) {
                let sum: i64 = sheet
                    .rows
                    .iter()
                    .filter_map(|cells| cells.get(usize::from(index) - 1))
                    .map(|cell| if let Cell::Number(n) = cell { *n } else { 0 })
                    .sum();
                if column.sum {
                    #[expect(clippy::cast_precision_loss, reason = "Excel holds numbers as doubles")]
                    tab.write_number_with_format(row, index, sum as f64, &number)?;
                } else {
                    tab.write_string_with_format(row, index, "", &head)?;
                }
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_exported_whole_or_not_at_all() {
        let cap = usize::try_from(EXPORT_CAP).expect("small");
        assert_eq!(exported(vec![(); cap]).map(|rows| rows.len()).ok(), Some(cap));
        assert!(exported(vec![(); cap + 1]).expect_err("too many").message.contains("5 万行"));
    }
}
