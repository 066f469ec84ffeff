//! The repository's chores: `cargo xtask tidy | statements | ci | bless | screenshots | torture`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks through its streams"
)]

mod chores;
mod papers;
mod sbom;
mod tidy;
mod torture;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <chore>

  tidy            check what the compiler does not: ranks, tables, documents, leftovers
  statements DIR  check that every statement ran on both engines, from what a test run noted in DIR
  ci              everything that must hold before a change lands (.ci/run)
  bless [ARGS]    accept what the tests print now as golden files; ARGS go to cargo nextest run
  sbom TARGET --sbom FILE --licences FILE
                  list what the program is built of, with the licence texts (scripts/dist.sh)
  screenshots [FOLDER [--all]]
                  take the README's pictures anew (docs/screenshots); with --all every page in three widths
  papers [FOLDER] make every document of the modules and have LibreOffice (soffice) open it
  torture WHAT    break the real binary from outside and count what was lost; without WHAT the list of tortures
";

fn main() -> ExitCode {
    let root = root();
    let mut words = std::env::args().skip(1);
    let chore = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    match chore.as_str() {
        "tidy" => judge(&root, "tidy", |tree| Ok(tidy::check(tree))),
        "statements" => {
            let folder = rest.first().map(PathBuf::from).unwrap_or_default();
            judge(&root, "statements", |tree| tidy::every_statement_ran(tree, &folder))
        }
        "ci" => chores::ci(&root),
        "bless" => chores::bless(&root, &rest),
        "sbom" => sbom::sbom(&root, &rest),
        "papers" => papers::papers(&root, &rest),
        "torture" => torture::run(&root, &rest),
        "screenshots" => chores::screenshots(&root, &rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The workspace's root: the parent of this crate's folder.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Prints what a check found in the repository: exit code 0 for nothing, 1 for something, 2 if it could not look.
fn judge(
    root: &Path,
    name: &str,
    check: impl Fn(&tidy::Tree) -> Result<Vec<tidy::Finding>, String>,
) -> ExitCode {
    let judged = tidy::Tree::from_git(root).and_then(|tree| Ok((check(&tree)?, tree.len())));
    let (findings, files) = match judged {
        Ok(judged) => judged,
        Err(why) => {
            eprintln!("{name}: {why}");
            return ExitCode::from(2);
        }
    };
    for finding in &findings {
        println!("{finding}");
    }
    println!("{name}: {files} files, {} findings", findings.len());
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
