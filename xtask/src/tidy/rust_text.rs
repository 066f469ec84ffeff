//! Reads the string literals out of a Rust file: enough of a lexer to tell them from comments and characters.

/// A string literal's text, escapes blanked, and the line on which it starts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) line: usize,
    pub(super) text: String,
    /// True for what stands behind `Filter::new(`: a from-clause without its `from`.
    pub(super) from_clause: bool,
}

/// Every string literal of the source, raw and byte strings included, comments left out.
pub(super) fn literals(source: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(character) = source[at..].chars().next() {
        let rest = &source[at..];
        at += if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if character == '"' {
            let (length, text) = plain_string(rest);
            found.push(literal(source, at, text));
            length
        } else if let Some((length, text)) = raw_string(rest) {
            found.push(literal(source, at, text.to_owned()));
            length
        } else if character == '\'' {
            character_or_lifetime(rest)
        } else if character.is_alphanumeric() || character == '_' {
            // A whole word, so that the `r` of `for"` starts no raw string.
            word(rest)
        } else {
            character.len_utf8()
        };
    }
    found
}

fn literal(source: &str, at: usize, text: String) -> Literal {
    let before = &source[..at];
    let line = before.matches('\n').count() + 1;
    Literal { line, text, from_clause: before.trim_end().ends_with("Filter::new(") }
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length with both quotes, and the text; an escape becomes blanks, a line break stays.
fn plain_string(rest: &str) -> (usize, String) {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (at + 1, text),
            '\\' => {
                text.push(' ');
                let escaped = characters.next().map_or(' ', |(_, escaped)| escaped);
                text.push(match escaped {
                    '\n' | '"' => escaped,
                    _ => ' ',
                });
            }
            _ => text.push(character),
        }
    }
    (rest.len(), text)
}

/// `r"…"`, `r#"…"#`, `br"…"`, `cr"…"`.
fn raw_string(rest: &str) -> Option<(usize, &str)> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    })?;
    let hashes = rest[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let body = &rest[prefix.len() + hashes + 1..];
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).unwrap_or(body.len());
    let whole = (prefix.len() + hashes + 1 + length + end.len()).min(rest.len());
    Some((whole, &body[..length]))
}

fn character_or_lifetime(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            rest[from..].find('\'').map_or(rest.len(), |length| from + length + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(usize, String)> {
        literals(source).into_iter().map(|literal| (literal.line, literal.text)).collect()
    }

    #[test]
    fn finds_plain_raw_and_byte_strings() {
        let source = "const A: &str = \"one\";\nlet b = r#\"tw\"o\"#; // \"no\"\nlet c = b\"three\"; /* \"no\" /* \"no\" */ */\nfor\"four\"";
        assert_eq!(
            texts(source),
            [(1, "one".into()), (2, "tw\"o".into()), (3, "three".into()), (4, "four".into())]
        );
    }

    #[test]
    fn escapes_become_blanks_and_lines_stay() {
        assert_eq!(texts("\"a\\nb \\\n  c\\\"d\""), [(1, "a  b  \n  c \"d".into())]);
    }

    #[test]
    fn quotes_in_characters_and_lifetimes_start_nothing() {
        assert_eq!(texts("let a = '\"'; fn b<'a>(c: &'a str) { '\\''; '\\u{22}' } \"x\""), [(1, "x".into())]);
    }

    #[test]
    fn tells_the_from_clause_of_a_filter() {
        let found = literals("Filter::new(\n  \"station s\", \"s.id\")");
        assert_eq!(found.iter().map(|literal| literal.from_clause).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn unfinished_text_ends_with_the_file() {
        assert_eq!(texts("\"abc"), [(1, "abc".into())]);
        assert_eq!(texts("r#\"abc"), [(1, "abc".into())]);
        assert_eq!(texts("/* abc"), []);
    }
}
