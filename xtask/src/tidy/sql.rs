//! Finds the tables that a piece of SQL names, and what it does with each.

/// What a statement does with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// `insert`, `update`, `delete`, `truncate`.
    Write,
    /// `create`, `alter`, `drop`.
    Define,
    /// A foreign key.
    Reference,
    /// `from`, `join`, `using`.
    Read,
}

/// A table in a statement; `line` counts from 0.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) line: usize,
    pub(super) table: String,
    pub(super) how: Use,
}

/// The tables that the text names; nothing if it does not look like a statement or a clause of one.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    const BEGINNINGS: [&str; 24] = [
        "select", "with", "insert", "update", "delete", "replace", "merge", "create", "alter", "drop",
        "truncate", "from", "join", "left", "inner", "cross", "union", "exists", "not", "and", "or", "where",
        "in", "on",
    ];
    let tokens = tokens(text);
    let first = tokens.iter().find(|token| !token.is("("));
    if !first.is_some_and(|token| BEGINNINGS.contains(&token.text.as_str())) {
        // `station s join place p on …`: the from-clause of a list, kept in a constant of its own.
        let from_clause = ["join", "on"].iter().all(|word| tokens.iter().any(|token| token.is(word)));
        return if from_clause { mentions(&format!("from {text}")) } else { Vec::new() };
    }
    Reader { local: local_names(&tokens), tokens, found: Vec::new() }.read()
}

/// A word in lower case, or a single other character.
#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }

    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 0;
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if character == '\'' {
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else if character.is_ascii_alphanumeric() || character == '_' {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else {
            character.len_utf8()
        };
        let piece = &rest[..length];
        let comment = rest.starts_with("--") || rest.starts_with("/*");
        // Quotes around a name are dropped with the blanks: the name itself is then an ordinary word.
        if !(comment || character.is_whitespace() || character == '"') {
            tokens.push(Token { line, text: piece.to_ascii_lowercase() });
        }
        line += piece.matches('\n').count();
        at += length;
    }
    tokens
}

/// Names that the statement makes itself: `with NAME as (…)`.
fn local_names(tokens: &[Token]) -> Vec<String> {
    let opens = |at: usize| {
        let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
        word(at) == "as" && (matches!(word(at + 1), "(" | "materialized") || word(at + 2) == "materialized")
    };
    let mut names = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_name()) {
        let mut next = index + 1;
        if tokens.get(next).is_some_and(|token| token.is("(")) {
            next += tokens[next..].iter().position(|token| token.is(")")).unwrap_or(0) + 1;
        }
        if opens(next) {
            names.push(token.text.clone());
        }
    }
    names
}

/// Walks over the tokens once and collects.
struct Reader {
    tokens: Vec<Token>,
    local: Vec<String>,
    found: Vec<Mention>,
}

impl Reader {
    fn read(mut self) -> Vec<Mention> {
        // For each open parenthesis, whether `from` inside it is a part of `extract(… from …)` and the like.
        let mut calls = Vec::new();
        for at in 0..self.tokens.len() {
            let before = at.checked_sub(1).map_or("", |before| self.word(before));
            match self.word(at) {
                "(" => calls.push(matches!(before, "extract" | "substring" | "trim" | "overlay")),
                ")" => drop(calls.pop()),
                "into" if self.opens_insert(at) => self.note(at + 1, Use::Write),
                "update" if !matches!(before, "for" | "do" | "on" | "key") => self.update(at),
                "delete" if self.word(at + 1) == "from" => {
                    self.note(self.skip(at + 2, &["only"]), Use::Write);
                }
                "truncate" if at == 0 => self.note(self.skip(at + 1, &["table", "only"]), Use::Write),
                "create" => self.create(at + 1),
                "alter" | "drop" if matches!(before, "" | ";") => self.alter(at + 1),
                "references" => self.note(at + 1, Use::Reference),
                "from" if before == "delete" || (before == "distinct" && self.is_comparison(at)) => {}
                "from" | "using" if calls.last() != Some(&true) => self.list(at + 1),
                "join" => self.source(at + 1),
                _ => {}
            }
        }
        self.found
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// The first position from `at` whose word is none of these.
    fn skip(&self, mut at: usize, words: &[&str]) -> usize {
        while words.contains(&self.word(at)) {
            at += 1;
        }
        at
    }

    /// Notes the table whose name starts at the position, the schema before its dot left out.
    fn note(&mut self, at: usize, how: Use) {
        let at = if self.word(at + 1) == "." { at + 2 } else { at };
        let Some(token) = self.tokens.get(at).filter(|token| token.is_name()) else { return };
        if !self.local.contains(&token.text) {
            self.found.push(Mention { line: token.line, table: token.text.clone(), how });
        }
    }

    /// `insert into`, `insert or ignore into`, `replace into`, `merge into`.
    fn opens_insert(&self, at: usize) -> bool {
        let before = |steps: usize| at.checked_sub(steps).map_or("", |before| self.word(before));
        matches!(before(1), "insert" | "replace" | "merge") || (before(2) == "or" && before(3) == "insert")
    }

    /// `update T [[as] alias] set`: without its `set` the word is prose, or a lock.
    fn update(&mut self, at: usize) {
        let mut at = at + 1;
        if self.word(at) == "or" {
            at += 2;
        }
        let at = self.skip(at, &["only"]);
        if (at + 1..at + 6).any(|next| self.word(next) == "set") {
            self.note(at, Use::Write);
        }
    }

    fn create(&mut self, at: usize) {
        let temporary = matches!(self.word(at), "temp" | "temporary");
        let at = self.skip(
            at,
            &["or", "replace", "temp", "temporary", "unique", "virtual", "materialized", "unlogged"],
        );
        let name = self.skip(at + 1, &["concurrently", "if", "not", "exists"]);
        match self.word(at) {
            "table" | "view" if temporary => self.local.push(self.word(name).to_owned()),
            "table" | "view" => self.note(name, Use::Define),
            "index" => {
                let on = (name..name + 4).find(|at| self.word(*at) == "on");
                if let Some(on) = on {
                    self.note(self.skip(on + 1, &["only"]), Use::Define);
                }
            }
            _ => {}
        }
    }

    fn alter(&mut self, at: usize) {
        let at = self.skip(at, &["materialized"]);
        if matches!(self.word(at), "table" | "view") {
            self.note(self.skip(at + 1, &["if", "exists", "only"]), Use::Define);
        }
    }

    /// `is [not] distinct from` compares and reads nothing.
    fn is_comparison(&self, from: usize) -> bool {
        from >= 2 && matches!(self.word(from - 2), "is" | "not")
    }

    /// One source of rows: a table, unless a call or a subquery stands there.
    fn source(&mut self, at: usize) {
        let at = self.skip(at, &["only", "lateral"]);
        if self.word(at + 1) != "(" {
            self.note(at, Use::Read);
        }
    }

    /// Sources with commas between them: `from a, b as c, d e`.
    fn list(&mut self, at: usize) {
        const NO_ALIAS: [&str; 22] = [
            "where",
            "join",
            "left",
            "right",
            "inner",
            "outer",
            "cross",
            "full",
            "natural",
            "on",
            "using",
            "order",
            "group",
            "having",
            "limit",
            "offset",
            "union",
            "except",
            "intersect",
            "for",
            "returning",
            "window",
        ];
        let mut at = at;
        loop {
            self.source(at);
            let mut next = at + 1;
            if self.word(next) == "." {
                next += 2;
            }
            next = self.skip(next, &["as"]);
            if self.tokens.get(next).is_some_and(Token::is_name) && !NO_ALIAS.contains(&self.word(next)) {
                next += 1;
            }
            if self.word(next) != "," {
                return;
            }
            at = next + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `w:a r:b`: what the text does with which table.
    fn shown(text: &str) -> String {
        let letter = |how| match how {
            Use::Write => 'w',
            Use::Define => 'd',
            Use::Reference => 'k',
            Use::Read => 'r',
        };
        let shown: Vec<_> = mentions(text).iter().map(|m| format!("{}:{}", letter(m.how), m.table)).collect();
        shown.join(" ")
    }

    #[test]
    fn writes() {
        assert_eq!(
            shown("insert into station (id) values ($1) on conflict (id) do update set a = 1"),
            "w:station"
        );
        assert_eq!(
            shown("INSERT OR IGNORE INTO \"station\" select id from place_unit"),
            "w:station r:place_unit"
        );
        assert_eq!(
            shown("update station as s set a = $1 from place p where p.id = s.id"),
            "w:station r:place"
        );
        assert_eq!(shown("delete from station where id in (select id from gone)"), "w:station r:gone");
        assert_eq!(shown("truncate table station"), "w:station");
        assert_eq!(shown("with x as (delete from station returning id) select id from x"), "w:station");
    }

    #[test]
    fn reads() {
        assert_eq!(shown("select 1 from a, b as c, d e left join public.f on true, g"), "r:a r:b r:d r:f");
        assert_eq!(shown("from a where x = 1"), "r:a");
        assert_eq!(shown("a x join b y on y.id = x.id"), "r:a r:b");
        assert_eq!(shown(" and exists (select 1 from a)"), "r:a");
        assert_eq!(shown("select a from (select b from c) d join lateral e on true"), "r:c r:e");
        assert_eq!(
            shown(
                "with recursive t(n) as (select 1 from a), u as materialized (select 2) select * from t, u"
            ),
            "r:a"
        );
    }

    #[test]
    fn what_reads_no_table() {
        assert_eq!(shown("select extract(year from day), trim(both from name) from a"), "r:a");
        assert_eq!(shown("select 1 where a is distinct from b and c is not distinct from d"), "");
        assert_eq!(shown("select * from generate_series(1, 2)"), "");
        assert_eq!(shown("select id from a for update skip locked"), "r:a");
        assert_eq!(shown("select 'from b' -- from c\n /* from d */ from {table}"), "");
        assert_eq!(shown("a visitor from town"), "");
        assert_eq!(shown("update of a matter"), "");
    }

    #[test]
    fn definitions() {
        assert_eq!(
            shown(
                "create table if not exists a (id bigint references b (id) on delete cascade on update cascade)"
            ),
            "d:a k:b"
        );
        assert_eq!(shown("create unique index a_by_b on a (b)"), "d:a");
        assert_eq!(shown("create or replace view a_now as select * from b"), "d:a_now r:b");
        assert_eq!(shown("alter table a add column b text; drop view if exists c"), "d:a d:c");
        assert_eq!(shown("create temp table a (id bigint); insert into a select id from b"), "r:b");
    }

    #[test]
    fn lines_count_from_the_start_of_the_text() {
        let lines: Vec<_> =
            mentions("select 1\nfrom a\n  join b on 'x\ny' = $1 join c").iter().map(|m| m.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
