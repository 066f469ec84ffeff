//! Every statement of the modules ran on SQLite and on PostgreSQL in the tests.
//!
//! The testkit notes each statement that runs in one file per engine, in the folder that FARUN_STATEMENTS names
//! (scripts/test.sh sets it for a full run). A statement of the source that no test ran is a guess.

use std::path::Path;

use super::{Finding, Tree, rust_text, sql};

const WHY: &str =
    "SQL that never ran on an engine fails there first in front of a person: test it with `on_both`";

/// Compares the modules' statements with what the run noted in the folder.
pub(crate) fn every_statement_ran(tree: &Tree, folder: &Path) -> Result<Vec<Finding>, String> {
    let noted = |file: &str| {
        // A run that touched an engine with no statement at all leaves no file.
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        text.lines().map(dense).collect::<Vec<String>>()
    };
    if !folder.is_dir() {
        return Err(format!("{} is no folder", folder.display()));
    }
    let engines = [("SQLite", noted("sqlite.txt")), ("PostgreSQL", noted("postgres.txt"))];
    Ok(never_ran(tree, &engines))
}

fn never_ran(tree: &Tree, engines: &[(&str, Vec<String>)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let product = |path: &str| {
        let for_tests = ["tests.rs", "/testing.rs"].iter().any(|ending| path.ends_with(ending))
            || path.contains("_tests/");
        path.starts_with("modules/") && !for_tests
    };
    for (path, text) in tree.with_extension("rs").filter(|(path, _)| product(path)) {
        for literal in rust_text::literals(before_tests(text)) {
            if !is_statement(&literal.text) {
                continue;
            }
            // A `{…}` is filled in while running: the pieces around it must occur, in one statement.
            let pieces: Vec<String> = literal.text.split(['{', '}']).step_by(2).map(dense).collect();
            let ran =
                |noted: &[String]| noted.iter().any(|one| pieces.iter().all(|piece| one.contains(piece)));
            let missing: Vec<&str> =
                engines.iter().filter(|(_, noted)| !ran(noted)).map(|(engine, _)| *engine).collect();
            if !missing.is_empty() {
                let what = format!("a statement that no test ran on {}", missing.join(" and "));
                findings.push(Finding::new(path, literal.line, what, WHY));
            }
        }
    }
    findings
}

/// The source without its unit tests, which stand at the end of the file.
fn before_tests(text: &str) -> &str {
    let start = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    &text[..start]
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "select" | "insert" | "update" | "delete" | "with")
        && !sql::mentions(text).is_empty()
}

/// Without any blank: how a statement is broken into lines does not matter.
fn dense(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    const SOURCE: &str = "//! x\nconst A: &str = \"select id\n  from station\";\n\
                          const B: &str = \"insert into station (id) \\\n  values ($1)\";\n\
                          fn c() { format!(\"select id from station where {x} order by id\") }\n\
                          const PROSE: &str = \"select a town\";\n\
                          #[cfg(test)]\nmod tests { const D: &str = \"delete from station\"; }\n";

    fn findings(sqlite: &str, postgres: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sqlite.txt"), sqlite).unwrap();
        std::fs::write(folder.path().join("postgres.txt"), postgres).unwrap();
        let tree = Tree::planted(&[("modules/stations/src/store.rs", SOURCE), ("farun/src/main.rs", SOURCE)]);
        shown(&every_statement_ran(&tree, folder.path()).unwrap())
    }

    #[test]
    fn what_ran_on_both_engines_is_fine() {
        let ran = "select id from station\ninsert into station (id) values ($1)\n\
                   select id from station where town = $1 order by id\n";
        assert_eq!(findings(ran, ran), [""; 0]);
    }

    #[test]
    fn what_did_not_run_is_found() {
        let ran = "select id from station\ninsert into station (id) values ($1)\n";
        assert_eq!(
            findings(ran, "select id from station\n"),
            [
                "modules/stations/src/store.rs:4: a statement that no test ran on PostgreSQL",
                "modules/stations/src/store.rs:6: a statement that no test ran on SQLite and PostgreSQL",
            ]
        );
    }

    #[test]
    fn a_run_that_noted_nothing_ran_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = [("modules/a/src/store.rs", SOURCE), ("modules/a/src/store_tests.rs", SOURCE)];
        assert_eq!(every_statement_ran(&Tree::planted(&files), folder.path()).unwrap().len(), 3);
        assert!(every_statement_ran(&Tree::planted(&files), &folder.path().join("nowhere")).is_err());
    }
}
