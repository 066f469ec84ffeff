//! The map and the glossary name only what exists.

use std::collections::BTreeSet;

use super::{Finding, Tree};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const GLOSSARY: &str = "GLOSSARY.md";

/// How long the map may be before nobody reads it.
const LONGEST: usize = 500;

pub(super) fn architecture_names_what_exists(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.read(ARCHITECTURE) else {
        return vec![Finding::new(
            ARCHITECTURE,
            1,
            "there is no such file",
            "a newcomer starts with the map",
        )];
    };
    let mut findings = Vec::new();
    for (line, piece) in spans(text) {
        for path in expand(piece) {
            if looks_like_a_path(tree, &path) && !exists(tree, &path) {
                let why = "a map that names what is gone misleads";
                findings.push(Finding::new(ARCHITECTURE, line, format!("`{path}` does not exist"), why));
            }
        }
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        let what = format!("{lines} lines, {LONGEST} at most");
        findings.push(Finding::new(ARCHITECTURE, LONGEST + 1, what, "a map that is too long is not read"));
    }
    findings
}

pub(super) fn glossary_names_what_exists(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.read(GLOSSARY) else {
        return vec![Finding::new(
            GLOSSARY,
            1,
            "there is no such file",
            "every word has one name in the code",
        )];
    };
    let known = words_of_the_source(tree);
    let mut findings = Vec::new();
    let mut column = None;
    let mut tables = 0;
    for (index, line) in text.lines().enumerate() {
        let Some(cells) = cells(line) else {
            column = None;
            continue;
        };
        let Some(wanted) = column else {
            // The first row of a table is its header.
            column =
                cells.iter().position(|cell| cell.to_lowercase().contains("code name")).or(Some(usize::MAX));
            tables += usize::from(column != Some(usize::MAX));
            continue;
        };
        for name in cells.get(wanted).map(|cell| code_names(cell)).unwrap_or_default() {
            if let Some(unknown) = words(&name).into_iter().find(|word| !known.contains(word)) {
                let what = format!("`{unknown}` occurs nowhere in the source");
                findings.push(Finding::new(
                    GLOSSARY,
                    index + 1,
                    what,
                    "the glossary names what the code calls it",
                ));
            }
        }
    }
    if tables == 0 {
        let what = "no table with a column \"code name\"";
        findings.push(Finding::new(GLOSSARY, 1, what, "官方用语 · English · code name · module · source"));
    }
    findings
}

/// The pieces between single backticks, outside of fenced blocks, with their lines.
fn spans(text: &str) -> Vec<(usize, &str)> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(|piece| (index + 1, piece)));
        }
    }
    spans
}

/// Expands the first `{a,b}`, and with it every other.
fn expand(piece: &str) -> Vec<String> {
    let braces = piece.find('{').and_then(|open| piece[open..].find('}').map(|length| (open, open + length)));
    let Some((open, close)) = braces else { return vec![piece.to_owned()] };
    let choices = piece[open + 1..close].split(',');
    choices
        .flat_map(|choice| expand(&format!("{}{}{}", &piece[..open], choice.trim(), &piece[close + 1..])))
        .collect()
}

fn looks_like_a_path(tree: &Tree, piece: &str) -> bool {
    const ENDINGS: [&str; 13] = [
        ".rs", ".md", ".toml", ".sql", ".html", ".sh", ".css", ".js", ".mjs", ".json", ".snap", ".lock",
        ".yml",
    ];
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    if piece.is_empty() || piece.starts_with(['/', '-']) || piece.contains("//") || !piece.chars().all(plain)
    {
        return false;
    }
    let ours =
        |first: &str| tree.files().any(|(path, _)| path.split_once('/').is_some_and(|(top, _)| top == first));
    let ending = ENDINGS.iter().any(|ending| piece.ends_with(ending) && piece.len() > ending.len());
    ending
        || (piece.ends_with('/') && piece.len() > 1)
        || piece.split_once('/').is_some_and(|(first, _)| ours(first))
}

/// A path exists from the root, or as the end of a path (`src/lib.rs`, `pages/`), so that prose may abbreviate.
fn exists(tree: &Tree, piece: &str) -> bool {
    let piece = piece.trim_end_matches('/');
    let folder = format!("{piece}/");
    let ending = format!("/{piece}");
    let inner = format!("/{piece}/");
    tree.files().any(|(path, _)| {
        path == piece || path.starts_with(&folder) || path.ends_with(&ending) || path.contains(&inner)
    })
}

/// The cells of a table row; nothing for any other line.
pub(super) fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.trim().strip_prefix('|')?;
    Some(row.strip_suffix('|').unwrap_or(row).split('|').map(str::trim).collect())
}

/// The names in a cell: what stands in backticks, or the whole cell if nothing does.
fn code_names(cell: &str) -> Vec<String> {
    if cell.contains('`') {
        return cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    }
    vec![cell.to_owned()]
}

fn words(text: &str) -> BTreeSet<String> {
    let split = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    split.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).map(str::to_owned).collect()
}

fn words_of_the_source(tree: &Tree) -> BTreeSet<String> {
    let source = tree.files().filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".sql"));
    source.filter(|(path, _)| !path.starts_with("xtask/")).flat_map(|(_, text)| words(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    const SOURCE: (&str, &str) =
        ("modules/stations/src/station.rs", "pub struct Station;\nfn open_hours() {}\n");

    #[test]
    fn a_missing_map_or_glossary_is_found() {
        let tree = Tree::planted(&[SOURCE]);
        assert_eq!(
            shown(&architecture_names_what_exists(&tree)),
            ["ARCHITECTURE.md:1: there is no such file"]
        );
        assert_eq!(shown(&glossary_names_what_exists(&tree)), ["GLOSSARY.md:1: there is no such file"]);
    }

    #[test]
    fn what_the_map_names_and_is_gone_is_found() {
        let map = "`modules/stations`, `src/station.rs`, `station.rs`, `modules/{stations,gone}/src`\n\
                   `solver/` and `lost.rs`\n```\nmodules/nowhere\n```\n`modules/nowhere/x`\n";
        assert_eq!(
            shown(&architecture_names_what_exists(&Tree::planted(&[SOURCE, (ARCHITECTURE, map)]))),
            [
                "ARCHITECTURE.md:1: `modules/gone/src` does not exist",
                "ARCHITECTURE.md:2: `solver/` does not exist",
                "ARCHITECTURE.md:2: `lost.rs` does not exist",
                "ARCHITECTURE.md:6: `modules/nowhere/x` does not exist",
            ]
        );
    }

    #[test]
    fn what_is_no_path_is_left_alone() {
        let map = "`Asia/Shanghai` `/stations/list` `Tx` `store::station(tx, id)` `https://x/y.html` `modules/<name>/a` \
                   `text/html` `.rs` `--data/x`\n";
        assert_eq!(
            shown(&architecture_names_what_exists(&Tree::planted(&[SOURCE, (ARCHITECTURE, map)]))),
            [""; 0]
        );
    }

    #[test]
    fn a_map_that_is_too_long_is_found() {
        let tree = Tree::planted(&[(ARCHITECTURE, &"x\n".repeat(LONGEST + 1))]);
        assert_eq!(
            shown(&architecture_names_what_exists(&tree)),
            ["ARCHITECTURE.md:501: 501 lines, 500 at most"]
        );
    }

    #[test]
    fn a_word_that_the_code_does_not_use_is_found() {
        let glossary = "# Words\n\n| 官方用语 | English | code name | module |\n|---|---|---|---|\n\
                        | 工作站 | station | `Station`, `open_hours` | stations |\n\
                        | 中心 | centre | `Station::Centre` | centre |\n| 镇 | town | — | places |\n\n\
                        | other | table |\n|---|---|\n| `Nothing` | x |\n";
        assert_eq!(
            shown(&glossary_names_what_exists(&Tree::planted(&[SOURCE, (GLOSSARY, glossary)]))),
            ["GLOSSARY.md:6: `Centre` occurs nowhere in the source"]
        );
    }

    #[test]
    fn a_glossary_without_its_table_is_found() {
        let tree = Tree::planted(&[SOURCE, (GLOSSARY, "# Words\n")]);
        assert_eq!(
            shown(&glossary_names_what_exists(&tree)),
            ["GLOSSARY.md:1: no table with a column \"code name\""]
        );
    }
}
