//! A row of an uploaded file as an importer sees it: by the kind's columns, with a reader that notes every bad cell.

use kernel::{Day, Refusal, to_half_width};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// What is wrong with one cell, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellError {
    /// Key of the column; empty when it concerns the row as a whole.
    pub column: String,
    /// What to do, in Chinese.
    pub message: String,
}

impl CellError {
    /// A message for a column.
    #[must_use]
    pub fn new(column: impl Into<String>, message: impl Into<String>) -> Self {
        Self { column: column.into(), message: message.into() }
    }
}

/// A row of the file, by the keys of the columns it was mapped to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The sheet it stands on.
    pub sheet: String,
    /// Its number there, from 1, as the spreadsheet counts.
    pub line: u32,
    cells: Vec<(&'static str, String)>,
    broken: Vec<CellError>,
}

impl Row {
    /// A row with these cells; `broken` are cells that could not be read at all.
    #[must_use]
    pub fn new(
        sheet: impl Into<String>,
        line: u32,
        cells: Vec<(&'static str, String)>,
        broken: Vec<CellError>,
    ) -> Self {
        Self { sheet: sheet.into(), line, cells, broken }
    }

    /// The cell of a column, without surrounding blanks; empty if it is empty or the file has no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        self.cells.iter().find(|(key, _)| *key == column).map_or("", |(_, text)| text.trim())
    }

    /// Whether the cell says anything.
    #[must_use]
    pub fn says(&self, column: &str) -> bool {
        !self.get(column).is_empty()
    }

    /// Whether the file has the column at all.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.cells.iter().any(|(key, _)| *key == column)
    }

    /// The same row with other cells; what could not be read stays unreadable.
    #[must_use]
    pub fn with(&self, cells: Vec<(&'static str, String)>) -> Self {
        Self { sheet: self.sheet.clone(), line: self.line, cells, broken: self.broken.clone() }
    }

    /// Starts reading; unreadable cells are noted already.
    #[must_use]
    pub fn read(&self) -> Reading<'_> {
        Reading { row: self, errors: self.broken.clone() }
    }
}

/// Reads a row cell by cell and notes everything that is wrong.
#[derive(Debug)]
pub struct Reading<'a> {
    row: &'a Row,
    errors: Vec<CellError>,
}

impl Reading<'_> {
    /// Notes what is wrong with a cell.
    pub fn error(&mut self, column: &str, message: impl Into<String>) {
        if !self.errors.iter().any(|error| error.column == column) {
            self.errors.push(CellError::new(column, message));
        }
    }

    /// The text, at most `max` characters; empty if the cell says nothing.
    pub fn text(&mut self, column: &str, max: usize) -> String {
        let text = self.row.get(column).to_owned();
        let count = text.chars().count();
        if count > max {
            self.error(column, format!("请控制在 {max} 个字以内（现在 {count} 个字）。"));
        }
        text
    }

    /// The text, which must not be empty.
    pub fn need(&mut self, column: &str, max: usize, message: &str) -> String {
        let text = self.text(column, max);
        if text.is_empty() {
            self.error(column, message);
        }
        text
    }

    /// The cell parsed; nothing if it is empty. What the parser says is noted.
    pub fn parse<T, E: Display>(
        &mut self,
        column: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.row.get(column);
        if text.is_empty() {
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(column, error.to_string());
                None
            }
        }
    }

    /// A day in any usual spelling, or the number Excel keeps for it.
    pub fn day(&mut self, column: &str) -> Option<Day> {
        self.parse(column, |text| match sheet::day_of_serial_text(text) {
            Some(day) => Ok(day),
            None => Day::parse(text),
        })
    }

    /// A day that must be there.
    pub fn need_day(&mut self, column: &str, message: &str) -> Option<Day> {
        if !self.row.says(column) {
            self.error(column, message);
        }
        self.day(column)
    }

    /// A whole number within bounds; full-width digits and thousands separators are fine.
    pub fn whole(&mut self, column: &str, from: i64, to: i64) -> Option<i64> {
        self.parse(column, |text| {
            let plain: String =
                to_half_width(text).chars().filter(|c| !matches!(c, ',' | '，' | ' ')).collect();
            let plain = plain.strip_suffix(".0").unwrap_or(&plain);
            plain
                .parse::<i64>()
                .ok()
                .filter(|number| (from..=to).contains(number))
                .ok_or_else(|| format!("请填 {from} 到 {to} 的整数。"))
        })
    }

    /// A number with a fraction within bounds: coordinates.
    pub fn real(&mut self, column: &str, from: f64, to: f64) -> Option<f64> {
        self.parse(column, |text| {
            to_half_width(text)
                .parse::<f64>()
                .ok()
                .filter(|number| (from..=to).contains(number))
                .ok_or_else(|| format!("请填 {from} 到 {to} 之间的数，例如 {:.6}。", f64::midpoint(from, to)))
        })
    }

    /// One of several words; each choice is its words (any of which may stand there) and the value.
    pub fn choice<T: Clone>(&mut self, column: &str, choices: &[(&[&str], T)]) -> Option<T> {
        self.parse(column, |text| {
            let plain = to_half_width(text);
            let found = choices.iter().find(|(words, _)| words.iter().any(|w| *w == text || *w == plain));
            found.map(|(_, value)| value.clone()).ok_or_else(|| {
                let words: Vec<&str> =
                    choices.iter().filter_map(|(words, _)| words.first().copied()).collect();
                format!("请填“{}”之一。", words.join("”“"))
            })
        })
    }

    /// 是 or 否.
    pub fn yes_no(&mut self, column: &str) -> Option<bool> {
        self.choice(
            column,
            &[
                (&["是", "有", "1", "TRUE", "true", "√", "Y"], true),
                (&["否", "无", "0", "FALSE", "false", "×", "N"], false),
            ],
        )
    }

    /// Whether nothing was noted so far.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.errors.is_empty()
    }

    /// Everything that was noted.
    #[must_use]
    pub fn finish(self) -> Vec<CellError> {
        self.errors
    }
}

/// What an action refused, as errors of cells.
#[must_use]
pub(crate) fn errors_of(refusal: &Refusal, column_of: impl Fn(&str) -> String) -> Vec<CellError> {
    if refusal.fields.is_empty() {
        return vec![CellError::new("", refusal.message.clone())];
    }
    refusal
        .fields
        .iter()
        .map(|field| CellError::new(column_of(&field.field), field.message.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&'static str, &str)]) -> Row {
        Row::new("表", 3, cells.iter().map(|(key, text)| (*key, (*text).to_owned())).collect(), Vec::new())
    }

    #[test]
    fn every_bad_cell_is_noted_once_and_good_ones_are_read() {
        let row = row(&[
            ("on", "2022/3/1"),
            ("n", "１，２00"),
            ("sex", "无"),
            ("name", "  张三 "),
            ("x", "119.95"),
            ("late", "44621"),
        ]);
        let mut read = row.read();
        assert_eq!(read.day("on"), Some(Day::parse("2022-03-01").expect("a day")));
        assert_eq!(read.day("late"), Some(Day::parse("2022-03-01").expect("a day")), "Excel's serial");
        assert_eq!(read.whole("n", 1, 5000), Some(1200));
        assert_eq!(read.need("name", 10, "请填姓名。"), "张三");
        assert_eq!(read.real("x", 70.0, 140.0), Some(119.95));
        assert!(read.is_fine());
        assert_eq!(read.choice("sex", &[(&["男"], 1), (&["女"], 2)]), None);
        assert_eq!(read.whole("n", 1, 10), None);
        assert_eq!(read.need("absent", 5, "请填。"), "");
        assert_eq!(read.need("name", 1, "请填。"), "张三");
        let columns: Vec<String> = read.finish().into_iter().map(|error| error.column).collect();
        assert_eq!(columns, ["sex", "n", "absent", "name"]);
    }
}
