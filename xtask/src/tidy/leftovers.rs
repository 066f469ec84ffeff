//! Nothing in the source is marked as unfinished, and no test is switched off.

use super::{Finding, Tree};

const SOURCE: &[&str] =
    &["rs", "html", "sql", "css", "js", "mjs", "toml", "sh", "ci/run", "Makefile", "txt", "yml", "yaml"];

/// What must not stand in the source; written in halves so that this file passes its own check.
const MARKS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or file it where work is planned"),
    (concat!("FIX", "ME"), "fix it, or file it where work is planned"),
    (concat!("todo", "!"), "it panics in front of a person"),
    (concat!("unimplemented", "!"), "it panics in front of a person"),
    (concat!("#[ig", "nore"), "a test that never runs proves nothing"),
];

pub(super) fn nothing_is_left_undone(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| SOURCE.iter().any(|ending| path.ends_with(ending))) {
        for (index, line) in text.lines().enumerate() {
            for (mark, why) in MARKS.iter().filter(|(mark, _)| stands_alone(line, mark)) {
                findings.push(Finding::new(path, index + 1, format!("`{mark}`"), why));
            }
        }
    }
    findings
}

/// True when the mark occurs and is not a part of a longer word.
fn stands_alone(line: &str, mark: &str) -> bool {
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(mark).any(|(start, _)| {
        let before = line[..start].chars().next_back().is_some_and(in_word);
        let after = line[start + mark.len()..].chars().next().is_some_and(in_word);
        !(before || (after && mark.ends_with(char::is_alphanumeric) && !mark.starts_with('#')))
    })
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    #[test]
    fn every_mark_is_found() {
        for (mark, _) in MARKS {
            let tree = Tree::planted(&[("a.rs", &format!("//! a\nfn a() {{ {mark} }}\n"))]);
            assert_eq!(shown(&nothing_is_left_undone(&tree)), [format!("a.rs:2: `{mark}`")]);
        }
    }

    #[test]
    fn reasons_do_not_excuse_a_test_that_is_switched_off() {
        let line = concat!("#[ig", "nore = \"slow\"]\n");
        assert_eq!(nothing_is_left_undone(&Tree::planted(&[("a.rs", line)])).len(), 1);
    }

    #[test]
    fn longer_words_and_prose_are_fine() {
        let source = concat!("const AUTO", "TO", "DOS: u8 = 1;\n");
        let tree = Tree::planted(&[("a.rs", source), ("STYLE.md", MARKS[0].0)]);
        assert_eq!(shown(&nothing_is_left_undone(&tree)), [""; 0]);
    }
}
