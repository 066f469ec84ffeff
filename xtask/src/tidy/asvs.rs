//! `docs/asvs.md` says truly what it says: evidence exists, counts add up, no requirement is left out or told twice.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Tree};

const TABLE: &str = "docs/asvs.md";
const WHY: &str = "a table of evidence that names what is not there proves nothing";

/// The states a requirement may be in, in the order of the columns of the counts.
const STATES: [&str; 4] = ["met", "met by deployment", "not applicable", "not met"];

/// How many requirements the standard has in levels 1 and 2 without chapters V10 and V17.
const REQUIREMENTS: [usize; 2] = [65, 152];

pub(super) fn evidence_exists_and_counts_add_up(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.read(TABLE) else {
        return vec![Finding::new(
            TABLE,
            1,
            "there is no such file",
            "whoever assesses the product reads it",
        )];
    };
    let finding = |line: usize, what: String| Finding::new(TABLE, line, what, WHY);
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut counted: BTreeMap<(String, String), [usize; 4]> = BTreeMap::new();
    let mut told = BTreeMap::new();
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        let Some(cells) = super::documents::cells(text) else { continue };
        match cells[..] {
            [id, level, short, state, evidence] if is_requirement(id) => {
                if !seen.insert(id.to_owned()) {
                    findings.push(finding(line, format!("{id} stands here twice")));
                }
                let Some(at) = STATES.iter().position(|known| *known == state) else {
                    findings.push(finding(line, format!("`{state}` is no state")));
                    continue;
                };
                if short.is_empty() || evidence.is_empty() {
                    findings.push(finding(line, format!("{id} says nothing")));
                }
                let chapter = id.split('.').next().unwrap_or(id);
                for chapter in [chapter, "all"] {
                    counted.entry((chapter.to_owned(), level.to_owned())).or_default()[at] += 1;
                }
                let (named, missing) = evidence_of(tree, evidence);
                findings.extend(missing.into_iter().map(|what| finding(line, what)));
                if at < 2 && named == 0 {
                    findings.push(finding(line, format!("{id} names no evidence")));
                }
            }
            [chapter, level, .., _] if cells.len() == 7 && (is_chapter(chapter) || chapter == "all") => {
                told.insert((chapter.to_owned(), level.to_owned()), (line, cells[2..].join(" ")));
            }
            _ => {}
        }
    }
    for (at, wanted) in (1..).zip(REQUIREMENTS) {
        let there: usize =
            counted.get(&("all".to_owned(), at.to_string())).map_or(0, |states| states.iter().sum());
        if there != wanted {
            findings.push(finding(1, format!("{there} requirements of level {at}, there are {wanted}")));
        }
    }
    for (key, states) in &counted {
        let all: usize = states.iter().sum();
        let right = states.iter().chain([&all]).map(ToString::to_string).collect::<Vec<_>>().join(" ");
        match told.remove(key) {
            Some((_, said)) if said == right => {}
            Some((line, said)) => findings.push(finding(line, format!("says {said}, the lines say {right}"))),
            None => findings.push(finding(1, format!("{} level {} is not counted: {right}", key.0, key.1))),
        }
    }
    findings.extend(told.into_iter().map(|(key, (line, _))| finding(line, format!("{} has no line", key.0))));
    findings
}

fn is_chapter(text: &str) -> bool {
    text.strip_prefix('V').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

fn is_requirement(text: &str) -> bool {
    let parts: Vec<&str> = text.strip_prefix('V').unwrap_or_default().split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// How many files are named, and what of it does not exist. A file stands in backticks with its whole path; a test or
/// another function stands in backticks after its file.
fn evidence_of(tree: &Tree, evidence: &str) -> (usize, Vec<String>) {
    let mut missing = Vec::new();
    let mut named = 0;
    let mut file = None;
    for piece in evidence.split('`').skip(1).step_by(2) {
        let name = piece.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if name && piece.contains('_') {
            let there = file.is_some_and(|text: &str| text.contains(&format!("fn {piece}(")));
            if !there {
                missing.push(format!("no function `{piece}` in the file before it"));
            }
            continue;
        }
        file = tree.read(piece);
        named += 1;
        if file.is_none() {
            missing.push(format!("`{piece}` does not exist"));
        }
    }
    (named, missing)
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    /// A table with so many lines of both levels as the standard has; `first` is its first line's end.
    fn table(first: &str, counts: &str) -> String {
        let mut text = format!("# Table\n\n{counts}\n| V1.1.1 | 1 | x | {first} |\n");
        for n in 2..=REQUIREMENTS[0] {
            text.push_str(&format!("| V1.1.{n} | 1 | x | not met | no |\n"));
        }
        for n in 1..=REQUIREMENTS[1] {
            text.push_str(&format!("| V2.1.{n} | 2 | x | not met | no |\n"));
        }
        text
    }

    const COUNTS: &str = "| V1 | 1 | 1 | 0 | 0 | 64 | 65 |\n| V2 | 2 | 0 | 0 | 0 | 152 | 152 |\n\
                          | all | 1 | 1 | 0 | 0 | 64 | 65 |\n| all | 2 | 0 | 0 | 0 | 152 | 152 |\n";
    const CODE: (&str, &str) = ("a/b.rs", "fn a_test() {}\n");

    fn check(text: &str) -> Vec<String> {
        shown(&evidence_exists_and_counts_add_up(&Tree::planted(&[CODE, (TABLE, text)])))
    }

    #[test]
    fn a_true_table_is_fine() {
        assert_eq!(check(&table("met | `a/b.rs`: `a_test`", COUNTS)), [""; 0]);
    }

    #[test]
    fn evidence_that_is_gone_is_found() {
        assert_eq!(
            check(&table("met | `a/b.rs`: `another_test`; `a/c.rs`", COUNTS)),
            [
                "docs/asvs.md:8: no function `another_test` in the file before it",
                "docs/asvs.md:8: `a/c.rs` does not exist"
            ]
        );
        assert_eq!(check(&table("met | surely", COUNTS)), ["docs/asvs.md:8: V1.1.1 names no evidence"]);
        assert_eq!(check("").len(), 2, "no requirement of either level");
        let tree = Tree::planted(&[CODE]);
        assert_eq!(
            shown(&evidence_exists_and_counts_add_up(&tree)),
            ["docs/asvs.md:1: there is no such file"]
        );
    }

    #[test]
    fn counts_that_do_not_add_up_are_found() {
        let found = check(&table("not met | no", COUNTS));
        assert_eq!(
            found,
            [
                "docs/asvs.md:3: says 1 0 0 64 65, the lines say 0 0 0 65 65",
                "docs/asvs.md:5: says 1 0 0 64 65, the lines say 0 0 0 65 65",
            ]
        );
        let found = check(&table("met | `a/b.rs`", &COUNTS.replace("| V2 | 2", "| V3 | 2")));
        assert_eq!(
            found,
            ["docs/asvs.md:1: V2 level 2 is not counted: 0 0 0 152 152", "docs/asvs.md:4: V3 has no line"]
        );
    }

    #[test]
    fn a_line_twice_or_in_a_state_of_its_own_is_found() {
        let text = table("met | `a/b.rs`", COUNTS).replace("| V1.1.3 |", "| V1.1.2 |");
        assert_eq!(check(&text), ["docs/asvs.md:10: V1.1.2 stands here twice"]);
        let text = table("nearly met | `a/b.rs`", COUNTS);
        assert!(check(&text).contains(&"docs/asvs.md:8: `nearly met` is no state".to_owned()));
        assert!(check(&text).iter().any(|what| what.contains("64 requirements of level 1, there are 65")));
    }
}
