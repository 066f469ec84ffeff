//! Reads the visible sheets of an .xlsx file cell by cell; only cells that hold something take memory.

use crate::{
    Book, Broken, Cell, Limits, MOST_TABS, Row, SPARE_ROWS, Tab, Unreadable, archive, cell, column_letter,
};
use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Book, Unreadable> {
    archive::check(bytes, limits)?;
    // The parser below is not ours: should it ever panic over a strange file, the file is the loser, not the server.
    catch_unwind(AssertUnwindSafe(|| parse(bytes, limits)))
        .unwrap_or(Err(Unreadable::Damaged("内部结构不正常")))
}

fn parse(bytes: &[u8], limits: &Limits) -> Result<Book, Unreadable> {
    const DAMAGED: Unreadable = Unreadable::Damaged("内部结构不正常");
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| DAMAGED)?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .take(MOST_TABS)
        .collect();
    let early = book.has_1904_epoch();
    let mut tabs = Vec::new();
    let mut left = limits.rows + SPARE_ROWS;
    for name in names {
        let mut rows: Vec<Row> = Vec::new();
        let mut cells = book.worksheet_cells_reader(&name).map_err(|_| DAMAGED)?;
        while let Some(found) = cells.next_cell().map_err(|_| DAMAGED)? {
            let (row, column) = found.get_position();
            let value = value(found.get_value(), early);
            if value.is_empty() {
                continue;
            }
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if column >= limits.columns {
                return Err(Unreadable::TooManyColumns(limits.columns, name));
            }
            let number = row.saturating_add(1);
            if let Cell::Text(text) = &value
                && text.len() > limits.cell
                && text.chars().count() > limits.cell
            {
                let place = format!("工作表“{name}”{}{number} ", column_letter(column));
                return Err(Unreadable::CellTooLong(limits.cell, place));
            }
            match rows.last_mut() {
                Some(last) if last.number == number => put(last, column, value),
                // Rows stand in order; a file that jumps back is not one that a spreadsheet wrote.
                Some(last) if last.number > number => return Err(DAMAGED),
                _ => {
                    left = left.checked_sub(1).ok_or(Unreadable::TooManyRows(limits.rows))?;
                    let mut fresh = Row { number, cells: Vec::new() };
                    put(&mut fresh, column, value);
                    rows.push(fresh);
                }
            }
        }
        if !rows.is_empty() {
            for row in &mut rows {
                row.cells.shrink_to_fit();
            }
            tabs.push(Tab { name, rows });
        }
    }
    Ok(Book { tabs })
}

fn put(row: &mut Row, column: usize, value: Cell) {
    if row.cells.len() <= column {
        row.cells.resize(column + 1, Cell::Empty);
    }
    row.cells[column] = value;
}

fn value(data: &DataRef<'_>, early: bool) -> Cell {
    match data {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::of_text(text),
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of_text(text),
        DataRef::Float(number) => Cell::of_number(*number),
        #[expect(clippy::cast_precision_loss, reason = "what no double holds exactly is refused next")]
        DataRef::Int(number) => Cell::of_number(*number as f64),
        DataRef::Bool(true) => Cell::Text("是".into()),
        DataRef::Bool(false) => Cell::Text("否".into()),
        DataRef::Error(error) => Cell::Broken(Broken::Formula, error.to_string().into()),
        DataRef::DateTime(moment) => date(*moment, early),
    }
}

/// Days from the beginning of Excel's calendar of 1900 to that of 1904.
const EARLY: f64 = 1462.0;

fn date(moment: ExcelDateTime, early: bool) -> Cell {
    let serial = moment.as_f64() + if early && !moment.is_duration() { EARLY } else { 0.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of a day in minutes"
    )]
    let minutes = (serial.rem_euclid(1.0) * 1440.0).round() as u32;
    let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    match cell::day_of_serial(serial) {
        Some(day) if minutes == 0 || minutes == 1440 => Cell::Day(day),
        Some(day) => Cell::of_text(&format!("{day} {clock}")),
        None if (0.0..1.0).contains(&serial) => Cell::of_text(&clock),
        None => Cell::of_number(serial),
    }
}
