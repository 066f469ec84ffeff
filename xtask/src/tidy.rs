//! What the compiler does not check: each rule of ARCHITECTURE.md that a program can verify, one file per rule.

mod asvs;
mod documents;
mod leftovers;
mod machine;
mod migrations;
mod ranks;
mod rust_files;
mod rust_text;
mod sql;
mod statements;
mod tables;
mod templates;
mod tree;

use std::fmt;

pub(crate) use statements::every_statement_ran;
pub(crate) use tree::Tree;

/// One violation: where, what, and why it matters.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
    why: &'static str,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, why: &'static str) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), why }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} — {}", self.path, self.line, self.what, self.why)
    }
}

/// Every check over the whole tree; the findings in the order of the paths.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let checks: [fn(&Tree) -> Vec<Finding>; 12] = [
        ranks::crates_depend_downwards,
        tables::modules_keep_to_their_tables,
        rust_files::files_are_short,
        rust_files::first_lines_say_the_purpose,
        documents::architecture_names_what_exists,
        documents::glossary_names_what_exists,
        asvs::evidence_exists_and_counts_add_up,
        migrations::migrations_run_in_order,
        leftovers::nothing_is_left_undone,
        machine::no_machine_paths,
        machine::no_registry_hosts,
        templates::pages_run_no_inline_code,
    ];
    let mut findings: Vec<Finding> = checks.iter().flat_map(|check| check(tree)).collect();
    findings.sort();
    findings.dedup();
    findings
}

/// For the tests of the checks: each finding as `path:line: what`.
#[cfg(test)]
fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}:{}: {}", finding.path, finding.line, finding.what)).collect()
}
