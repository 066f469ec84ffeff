//! Has LibreOffice open every document that the modules make (modules/legal-aid/examples/papers.rs), and looks at what it
//! saw: each opens, has its title, leaves no place unfilled, and is no longer than three pages. Not part of the tests: they
//! do not ask for LibreOffice.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The most pages of a document filled with ordinary values.
const PAGES: usize = 3;

/// Makes and opens the documents in a folder, by default one below `target`.
pub(crate) fn papers(root: &Path, rest: &[String]) -> ExitCode {
    let folder = rest.first().map_or_else(|| root.join("target/papers"), PathBuf::from);
    match look(root, &folder) {
        Ok((kinds, wrong)) => {
            for line in &wrong {
                println!("papers: {line}");
            }
            println!(
                "papers: {kinds} documents opened by LibreOffice, {} findings; pictures in {}",
                wrong.len(),
                folder.display()
            );
            if wrong.is_empty() && kinds > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("papers: {why}");
            ExitCode::from(2)
        }
    }
}

fn look(root: &Path, folder: &Path) -> Result<(usize, Vec<String>), String> {
    let told = |error: std::io::Error| error.to_string();
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(told)?;
    }
    let mut make = program("cargo");
    make.args(["run", "--quiet", "-p", "legal-aid", "--example", "papers", "--"])
        .arg(folder)
        .current_dir(root);
    run(&mut make)?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).map_err(told)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension() == Some(OsStr::new("docx")));
    files.sort();
    for target in ["pdf", "txt:Text (encoded):UTF8"] {
        let mut office = program("timeout");
        let home = format!("-env:UserInstallation=file://{}", folder.join("office").display());
        office.args([
            "600",
            "soffice",
            "--headless",
            "--norestore",
            &home,
            "--convert-to",
            target,
            "--outdir",
        ]);
        // The planted file that is none makes LibreOffice complain; what it made of the others counts.
        office
            .arg(folder)
            .args(&files)
            .output()
            .map_err(|error| format!("soffice did not start: {error}"))?;
    }
    let (planted, kinds): (Vec<&PathBuf>, Vec<&PathBuf>) = files
        .iter()
        .partition(|path| path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("planted")));
    let mut wrong: Vec<String> = kinds.iter().flat_map(|path| findings(path)).collect();
    for path in planted {
        if findings(path).is_empty() {
            wrong.push(format!("{} is bad and was taken for good", path.display()));
        }
    }
    Ok((kinds.len(), wrong))
}

/// What is wrong with a document as LibreOffice saw it.
fn findings(path: &Path) -> Vec<String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut wrong = Vec::new();
    let text = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
    let title = fs::read_to_string(path.with_extension("title")).unwrap_or_default();
    if text.trim().is_empty() || !text.contains(&title) {
        wrong.push(format!("{name}: no text, or no title"));
    }
    if text.contains("{{") {
        wrong.push(format!("{name}: a place is left unfilled"));
    }
    let pdf = fs::read(path.with_extension("pdf")).unwrap_or_default();
    let pages = pdf.windows(11).filter(|window| *window == b"/Type/Page/").count();
    if !(1..=PAGES).contains(&pages) {
        wrong.push(format!("{name}: {pages} pages"));
    }
    wrong
}

#[expect(clippy::disallowed_methods, reason = "a chore of the repository starts programs")]
fn program(name: &str) -> Command {
    Command::new(name)
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}
