//! Chores that start other programs: the CI script and blessing golden files.

use std::path::Path;
use std::process::{Command, ExitCode};

/// Runs `.ci/run`, as the machine that judges a submission does.
pub(crate) fn ci(root: &Path) -> ExitCode {
    run(program("bash").arg(".ci/run").current_dir(root))
}

/// Runs the tests in the mood in which they overwrite golden files instead of comparing with them.
pub(crate) fn bless(root: &Path, arguments: &[String]) -> ExitCode {
    let mut command = program("cargo");
    command.args(["nextest", "run", "--no-fail-fast"]);
    let chosen = |argument: &String| argument == "-p" || argument.starts_with("--package");
    if !arguments.iter().any(chosen) {
        command.arg("--workspace");
    }
    command.args(arguments).current_dir(root);
    run(command.env("INSTA_UPDATE", "always").env("FARUN_BLESS", "1"))
}

/// Takes pictures of the demonstration world (farun/examples/screenshots.rs), by default those of the README.
pub(crate) fn screenshots(root: &Path, arguments: &[String]) -> ExitCode {
    let mut command = program("cargo");
    command.args(["run", "--quiet", "-p", "farun", "--example", "screenshots", "--"]);
    if arguments.is_empty() {
        command.arg("docs/screenshots");
    }
    run(command.args(arguments).current_dir(root))
}

#[expect(clippy::disallowed_methods, reason = "a chore of the repository starts programs")]
fn program(name: &str) -> Command {
    Command::new(name)
}

fn run(command: &mut Command) -> ExitCode {
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{command:?} did not start: {error}");
            ExitCode::from(2)
        }
    }
}
