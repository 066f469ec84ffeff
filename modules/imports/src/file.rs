//! An uploaded file as rows of a kind: where its head is, which sheets belong to it, which rows are none.

use crate::{
    kind::Kind,
    mapping::{self, FileColumn},
    row::{CellError, Row},
};
use serde::{Deserialize, Serialize};
use sheet::{Book, Cell};
use std::collections::BTreeMap;

/// The head may stand below titles: as far down as this.
const HEAD_WITHIN: usize = 20;

/// A row put aside: its place and what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Cells {
    /// The cells' text from column A on.
    #[serde(rename = "c")]
    pub(crate) texts: Vec<String>,
    /// What is wrong with a cell before anybody asks what it means.
    #[serde(rename = "p", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) problems: BTreeMap<usize, String>,
}

impl Cells {
    fn of(cells: &[Cell]) -> Self {
        let problems = cells.iter().enumerate();
        Self {
            texts: cells.iter().map(Cell::text).collect(),
            problems: problems.filter_map(|(at, cell)| Some((at, cell.problem()?))).collect(),
        }
    }

    /// The row as the importer sees it.
    pub(crate) fn row(&self, kind: &Kind, columns: &[FileColumn], sheet: &str, line: i64) -> Row {
        let mut cells = Vec::new();
        let mut broken = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let Some(known) = kind.column(&column.key) else { continue };
            cells.push((known.key, self.texts.get(at).cloned().unwrap_or_default()));
            if let Some(problem) = self.problems.get(&at) {
                broken.push(CellError::new(known.key, problem.clone()));
            }
        }
        Row::new(sheet, u32::try_from(line).unwrap_or(0), cells, broken)
    }
}

/// A sheet's rows above its data, with their numbers: they go back into the workbook with the errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TabHead {
    /// The sheet's name.
    pub(crate) name: String,
    /// Number of the row with the heads.
    pub(crate) head: u32,
    /// Rows down to the head.
    pub(crate) rows: Vec<(u32, Vec<String>)>,
}

/// A file understood.
#[derive(Debug)]
pub(crate) struct File {
    /// Heads of its columns, from A on.
    pub(crate) titles: Vec<String>,
    /// Its sheets.
    pub(crate) tabs: Vec<TabHead>,
    /// Rows of data: index of the sheet, number there, cells.
    pub(crate) rows: Vec<(usize, u32, Vec<Cell>)>,
    /// Sheets that have other heads and are left alone.
    pub(crate) others: Vec<String>,
}

fn texts(cells: &[Cell]) -> Vec<String> {
    cells.iter().map(|cell| cell.text().trim().to_owned()).collect()
}

/// The index of the row with the heads, and how many of them are known.
fn head(kind: &Kind, tab: &sheet::Tab) -> Option<(usize, usize)> {
    let rows = tab.rows.iter().take(HEAD_WITHIN).enumerate();
    let mut best: Option<(usize, usize)> = None;
    for (at, row) in rows {
        let known = mapping::heads_in(kind, &texts(&row.cells));
        if best.is_none_or(|(_, most)| known > most) {
            best = Some((at, known));
        }
    }
    // Nothing known at all: the first row with more than one cell is the best guess.
    best.map(|(at, known)| {
        let wide = |row: &sheet::Row| row.cells.iter().filter(|cell| !cell.is_empty()).count() > 1;
        let first = if known == 0 { tab.rows.iter().position(wide).unwrap_or(at) } else { at };
        (first, known)
    })
}

/// Understands a file as rows of that kind.
pub(crate) fn understand(kind: &Kind, book: Book) -> Option<File> {
    let heads: Vec<Option<(usize, usize)>> = book.tabs.iter().map(|tab| head(kind, tab)).collect();
    let main = (0..book.tabs.len())
        .filter(|at| heads[*at].is_some())
        .max_by_key(|at| (heads[*at].map_or(0, |(_, known)| known), std::cmp::Reverse(*at)))?;
    let titles_of = |at: usize| {
        let row = heads[at].and_then(|(row, _)| book.tabs[at].rows.get(row));
        let mut titles = row.map(|row| texts(&row.cells)).unwrap_or_default();
        while titles.last().is_some_and(String::is_empty) {
            titles.pop();
        }
        titles
    };
    let titles = titles_of(main);
    let same: Vec<bool> = (0..book.tabs.len()).map(|at| titles_of(at) == titles).collect();
    let examples: Vec<String> = mapping::guess(kind, &titles)
        .iter()
        .map(|c| kind.column(&c.key).map_or("", |k| k.example).to_owned())
        .collect();
    let mut file = File { titles, tabs: Vec::new(), rows: Vec::new(), others: Vec::new() };
    for (at, tab) in book.tabs.into_iter().enumerate() {
        let Some((head, _)) = heads[at].filter(|_| same[at]) else {
            file.others.push(tab.name);
            continue;
        };
        let mut above = Vec::new();
        let mut head_number = 1;
        for (index, row) in tab.rows.into_iter().enumerate() {
            if index <= head {
                head_number = row.number;
                above.push((row.number, texts(&row.cells)));
            } else if !is_sum(&row.cells) && !is_example(&examples, &row.cells) {
                file.rows.push((file.tabs.len(), row.number, row.cells));
            }
        }
        file.tabs.push(TabHead { name: tab.name, head: head_number, rows: above });
    }
    Some(file)
}

/// A line of sums below a table is no row.
fn is_sum(cells: &[Cell]) -> bool {
    let first = cells.iter().find(|cell| !cell.is_empty()).map(Cell::text).unwrap_or_default();
    matches!(first.replace([' ', '\u{3000}'], "").as_str(), "合计" | "总计" | "小计")
}

/// The template's example row, left in the file.
fn is_example(examples: &[String], cells: &[Cell]) -> bool {
    let texts = texts(cells);
    let told = examples.iter().filter(|example| !example.is_empty()).count();
    told > 1
        && examples
            .iter()
            .enumerate()
            .all(|(at, example)| texts.get(at).map_or("", String::as_str) == example)
}

impl File {
    /// Takes the next rows out of the file, as they are put aside.
    pub(crate) fn cells(row: &[Cell]) -> Cells {
        Cells::of(row)
    }
}
