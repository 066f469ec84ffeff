//! Rust files are short, and their first line says what they are for.

use super::{Finding, Tree};

/// How long a file may be before it must become a folder.
const LONGEST: usize = 600;

pub(super) fn files_are_short(tree: &Tree) -> Vec<Finding> {
    let long = tree.with_extension("rs").map(|(path, text)| (path, text.lines().count()));
    long.filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| {
            let what = format!("{lines} lines, {LONGEST} at most");
            Finding::new(
                path,
                LONGEST + 1,
                what,
                "split it by noun, verb or page: long files hide what they hold",
            )
        })
        .collect()
}

pub(super) fn first_lines_say_the_purpose(tree: &Tree) -> Vec<Finding> {
    let purpose = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        let said = line.strip_prefix("//!").or_else(|| line.strip_prefix("//"));
        said.is_some_and(|said| said.chars().any(char::is_alphanumeric))
    };
    tree.with_extension("rs")
        .filter(|(_, text)| !purpose(text))
        .map(|(path, _)| {
            let what = "the first line is no `//!` comment";
            Finding::new(path, 1, what, "the first line of every file says what it is for")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let short = "//! x\n".repeat(LONGEST);
        let long = "//! x\n".repeat(LONGEST + 1);
        let tree = Tree::planted(&[("a.rs", &short), ("b.rs", &long), ("c.css", &long)]);
        assert_eq!(shown(&files_are_short(&tree)), ["b.rs:601: 601 lines, 600 at most"]);
    }

    #[test]
    fn a_first_line_that_says_nothing_is_found() {
        let tree = Tree::planted(&[
            ("doc.rs", "//! What it is for.\n"),
            ("comment.rs", "// What it is for.\n"),
            ("dash.rs", "//! --\n"),
            ("code.rs", "use std::fmt;\n//! Too late.\n"),
            ("empty.rs", ""),
        ]);
        assert_eq!(
            shown(&first_lines_say_the_purpose(&tree)),
            [
                "code.rs:1: the first line is no `//!` comment",
                "dash.rs:1: the first line is no `//!` comment",
                "empty.rs:1: the first line is no `//!` comment",
            ]
        );
    }
}
