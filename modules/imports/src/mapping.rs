//! Which column of a file means what: guessed by its head, remembered for files with the same heads.

use crate::kind::{Column, Kind};
use kernel::to_half_width;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileColumn {
    /// Its head.
    pub(crate) title: String,
    /// The key of the kind's column it means; empty: not imported.
    pub(crate) key: String,
}

/// A head without what people add to it: blanks, remarks in brackets, stars, letter case.
fn bare(title: &str) -> String {
    let text = to_half_width(title).to_lowercase();
    let mut out = String::new();
    let mut depth = 0u32;
    for c in text.chars() {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 && !c.is_whitespace() && !matches!(c, '*' | ':' | '、' | '/' | '_' | '-') => {
                out.push(c);
            }
            _ => {}
        }
    }
    out
}

/// Whether the head means the column: 2 by its own title, 1 by another name, 0 not.
fn likeness(column: &Column, title: &str) -> u8 {
    let title = bare(title);
    if title.is_empty() {
        0
    } else if title == bare(column.title) {
        2
    } else {
        u8::from(title == bare(column.key) || column.aliases.iter().any(|alias| title == bare(alias)))
    }
}

/// How many of a row's cells are heads of the kind.
pub(crate) fn heads_in(kind: &Kind, cells: &[String]) -> usize {
    cells.iter().filter(|cell| kind.all_columns().any(|column| likeness(column, cell) > 0)).count()
}

/// Guesses what every column means; no two columns mean the same.
pub(crate) fn guess(kind: &Kind, titles: &[String]) -> Vec<FileColumn> {
    let mut columns: Vec<FileColumn> =
        titles.iter().map(|title| FileColumn { title: title.clone(), key: String::new() }).collect();
    for wanted in [2, 1] {
        for column in kind.all_columns() {
            if columns.iter().any(|known| known.key == column.key) {
                continue;
            }
            let found = columns
                .iter_mut()
                .find(|known| known.key.is_empty() && likeness(column, &known.title) == wanted);
            if let Some(found) = found {
                column.key.clone_into(&mut found.key);
            }
        }
    }
    columns
}

/// Columns that must be there and are not, by their titles.
pub(crate) fn missing(kind: &Kind, columns: &[FileColumn]) -> Vec<&'static str> {
    let there = |column: &&Column| columns.iter().any(|known| known.key == column.key);
    kind.columns
        .iter()
        .filter(|column| column.required && !there(column))
        .map(|column| column.title)
        .collect()
}

/// Keys that two columns claim, by their titles.
pub(crate) fn doubled(kind: &Kind, columns: &[FileColumn]) -> Vec<&'static str> {
    let count = |key: &str| columns.iter().filter(|known| known.key == key).count();
    kind.all_columns().filter(|column| count(column.key) > 1).map(|column| column.title).collect()
}

/// By what files with the same heads are recognised.
pub(crate) fn digest(titles: &[String]) -> String {
    let mut digest = Sha256::new();
    for title in titles {
        digest.update(bare(title));
        digest.update([0]);
    }
    ::store::audit::hex(&digest.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOTES;

    fn titles(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn heads_are_recognised_as_people_write_them() {
        let columns = guess(&NOTES, &titles("序号,标 题（必填）,数 量*,Subject,外部编号,来源系统,备注"));
        let keys: Vec<&str> = columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(keys, ["", "title", "quantity", "", "outside_number", "outside_system", ""]);
        assert_eq!(missing(&NOTES, &columns), [""; 0]);
        assert_eq!(missing(&NOTES, &guess(&NOTES, &titles("序号,数量"))), ["标题"]);
        assert_eq!(guess(&NOTES, &titles("subject"))[0].key, "title", "another name");
        assert_eq!(digest(&titles("标题（必填）,数量")), digest(&titles("标题,数 量")));
        assert_ne!(digest(&titles("标题,数量")), digest(&titles("数量,标题")));
    }

    #[test]
    fn two_columns_for_one_field_are_noticed() {
        let mut columns = guess(&NOTES, &titles("标题,别的"));
        columns[1].key = "title".to_owned();
        assert_eq!(doubled(&NOTES, &columns), ["标题"]);
    }
}
