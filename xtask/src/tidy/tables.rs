//! A module writes only its own tables, and reads of others only what they publish below it.

use std::collections::{BTreeMap, BTreeSet};

use super::rust_text::{self, Literal};
use super::sql::{self, Mention, Use};
use super::{Finding, Tree, ranks};

const WRITE: &str = "a module writes only its own tables: call the owner's action";
const DEFINE: &str = "a module's migrations make only its own tables: start the name with the module's, or list it \
                      under `Tables:` in its README";
const READ: &str = "read what the owner publishes: views named under `Publishes:` in its README";
const UPWARDS: &str = "only lower modules may be read or referenced; news from above comes as outbox events";
const PROMISE: &str = "a README names only what the migrations make";

/// A crate with tables, and what it says about them.
struct Owner {
    name: String,
    folder: String,
    rank: u8,
    /// What its table names start with; empty for the foundation, whose tables have no common beginning.
    prefixes: Vec<String>,
    tables: Listed,
    published: Listed,
    made: BTreeSet<String>,
}

/// Names listed in a README, each with its line.
type Listed = BTreeMap<String, usize>;

impl Owner {
    fn is_module(&self) -> bool {
        self.folder.starts_with("modules/")
    }

    /// True when a table of this name is, or would be, this crate's.
    fn owns(&self, table: &str) -> bool {
        let prefixed = |prefix: &String| {
            table.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        self.tables.contains_key(table) || self.prefixes.iter().any(prefixed)
    }

    fn contains(&self, path: &str) -> bool {
        path.strip_prefix(self.folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The check: every statement in the modules' sources and migrations.
pub(super) fn modules_keep_to_their_tables(tree: &Tree) -> Vec<Finding> {
    let owners = owners(tree);
    let mut findings = Vec::new();
    for owner in owners.iter().filter(|owner| owner.is_module()) {
        for (path, line, mention) in mentions_in(tree, owner) {
            if let Some((what, why)) = objection(&owners, owner, &mention) {
                findings.push(Finding::new(path, line, what, why));
            }
        }
        for (name, line) in owner.tables.iter().chain(&owner.published) {
            if !owner.made.contains(name) {
                let what = format!("no migration of {} makes `{name}`", owner.name);
                findings.push(Finding::new(&format!("{}/README.md", owner.folder), *line, what, PROMISE));
            }
        }
    }
    findings
}

fn objection(owners: &[Owner], own: &Owner, mention: &Mention) -> Option<(String, &'static str)> {
    let table = &mention.table;
    if own.owns(table) {
        return None;
    }
    let other = owners
        .iter()
        .find(|other| other.name != own.name && (other.made.contains(table) || other.owns(table)));
    let whose =
        other.map_or_else(|| "which is none of its own".to_owned(), |other| format!("of {}", other.name));
    match (mention.how, other) {
        (Use::Write, _) => Some((format!("{} writes `{table}`, {whose}", own.name), WRITE)),
        (Use::Define, _) => Some((format!("{} defines `{table}`, {whose}", own.name), DEFINE)),
        // A table that nobody makes fails in the module's own tests, on both engines.
        (Use::Read | Use::Reference, None) => None,
        (how, Some(other)) => {
            let verb = if how == Use::Read { "reads" } else { "references" };
            let what = format!("{} {verb} `{table}`, {whose}", own.name);
            if other.rank >= own.rank {
                Some((what, UPWARDS))
            } else if how == Use::Read && !other.published.contains_key(table) {
                Some((what, READ))
            } else {
                None
            }
        }
    }
}

fn owners(tree: &Tree) -> Vec<Owner> {
    let mut owners = Vec::new();
    for (path, _) in tree.with_extension("toml") {
        let Some(folder) = path.strip_suffix("/Cargo.toml") else { continue };
        let Some((parent @ ("modules" | "foundation"), name)) = folder.split_once('/') else { continue };
        let readme = tree.read(&format!("{folder}/README.md")).unwrap_or_default();
        let mut owner = Owner {
            name: name.to_owned(),
            folder: folder.to_owned(),
            // A crate without a rank is reported by that check; here it stands below everything.
            rank: ranks::rank(name).unwrap_or_default(),
            prefixes: if parent == "modules" { prefixes(name) } else { Vec::new() },
            tables: listed(readme, "Tables:"),
            published: listed(readme, "Publishes:"),
            made: BTreeSet::new(),
        };
        let defined =
            mentions_in(tree, &owner).into_iter().filter(|(_, _, mention)| mention.how == Use::Define);
        owner.made = defined.map(|(_, _, mention)| mention.table).collect();
        owners.push(owner);
    }
    owners
}

/// Every table that the crate's Rust sources and migrations name.
fn mentions_in<'a>(tree: &'a Tree, owner: &Owner) -> Vec<(&'a str, usize, Mention)> {
    let mut found = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| owner.contains(path)) {
        let pieces = if path.ends_with(".rs") {
            rust_text::literals(text).into_iter().map(|literal| (literal.line, statement(literal))).collect()
        } else if path.ends_with(".sql") {
            vec![(1, text.to_owned())]
        } else {
            continue;
        };
        for (start, piece) in pieces {
            found.extend(
                sql::mentions(&piece).into_iter().map(|mention| (path, start + mention.line, mention)),
            );
        }
    }
    found
}

/// The literal as a piece of SQL that can be recognised by its first word.
fn statement(literal: Literal) -> String {
    if literal.from_clause { format!("from {}", literal.text) } else { literal.text }
}

/// `parties` → `parties`, `party`; `legal-aid` → `legal_aid`.
fn prefixes(name: &str) -> Vec<String> {
    let plural = name.replace('-', "_");
    let singular = match plural.strip_suffix("ies") {
        Some(stem) => Some(format!("{stem}y")),
        None => plural.strip_suffix('s').map(str::to_owned),
    };
    std::iter::once(plural).chain(singular).collect()
}

/// The names after `Tables:` or `Publishes:`, on that line and on those that follow a comma.
fn listed(readme: &str, heading: &str) -> Listed {
    let mut names = Listed::new();
    let mut going_on = false;
    for (index, line) in readme.lines().enumerate() {
        let plain = line.replace(['*', '`'], "");
        let plain = plain.trim().trim_start_matches("- ");
        let Some(items) = plain.strip_prefix(heading).or(going_on.then_some(plain)) else { continue };
        going_on = items.ends_with([',', '、']);
        for item in without_parentheses(items).split([',', '、', ';', '·']) {
            let name: String =
                item.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && name != "none" {
                names.insert(name, index + 1);
            }
        }
    }
    names
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let kept = text.chars().filter(|character| {
        match character {
            '(' | '（' => depth += 1,
            ')' | '）' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    const PLACES: [(&str, &str); 3] = [
        ("modules/places/Cargo.toml", ""),
        (
            "modules/places/README.md",
            "# places\n\nTables: `region` (with lineage)\nPublishes: `places_unit`\n",
        ),
        (
            "modules/places/migrations/202612010900_place.sql",
            "create table place (id bigint);\ncreate table region (id bigint);\n\
             create view places_unit as select id from place;\n",
        ),
    ];
    const STORE: [(&str, &str); 3] = [
        ("foundation/store/Cargo.toml", ""),
        ("foundation/store/README.md", "Publishes: tally_day,\n  tally_month\n"),
        (
            "foundation/store/migrations/202601010000_tally.sql",
            "create table tally_day (id bigint);\ncreate table tally_month (id bigint);\ncreate table audit (id bigint);",
        ),
    ];

    fn stations(path: &str, text: &str) -> Vec<String> {
        let path = format!("modules/stations/{path}");
        let mut files = vec![("modules/stations/Cargo.toml", ""), (path.as_str(), text)];
        files.extend(PLACES);
        files.extend(STORE);
        shown(&modules_keep_to_their_tables(&Tree::planted(&files)))
    }

    #[test]
    fn own_tables_and_published_views_are_fine() {
        let source = "const A: &str = \"insert into station_hours (id) values ($1)\";\n\
                      const B: &str = \"select s.id from station s join places_unit p on p.id = s.unit_id\";\n\
                      const C: &str = \"select count from tally_day union select count from tally_month\";\n\
                      // insert into place\n";
        assert_eq!(stations("src/store.rs", source), [""; 0]);
        assert_eq!(
            stations(
                "migrations/202612011000_x.sql",
                "create table station (id bigint references place (id));"
            ),
            [""; 0]
        );
    }

    #[test]
    fn writing_anothers_table_is_found() {
        let source = "//! x\nconst A: &str = \"\n  update place set name = $1\";\nconst B: &str = r#\"delete from region\"#;\n\
                      fn c() { run(\"insert into audit (id) values (1)\"); run(\"insert into whatever (id) values (1)\") }";
        assert_eq!(
            stations("src/store.rs", source),
            [
                "modules/stations/src/store.rs:3: stations writes `place`, of places",
                "modules/stations/src/store.rs:4: stations writes `region`, of places",
                "modules/stations/src/store.rs:5: stations writes `audit`, of store",
                "modules/stations/src/store.rs:5: stations writes `whatever`, which is none of its own",
            ]
        );
    }

    #[test]
    fn reading_what_is_not_published_is_found() {
        let source = "const A: &str = \"select id from region\";\nconst B: &str = \" join place p on true\";\n\
                      const C: &str = \"select id from audit\";\nfn d() { Filter::new(\"region r\", \"r.id\", 1) }\n\
                      const E: &str = \"station s join place p on true\";";
        assert_eq!(
            stations("src/pages/list.rs", source),
            [
                "modules/stations/src/pages/list.rs:1: stations reads `region`, of places",
                "modules/stations/src/pages/list.rs:2: stations reads `place`, of places",
                "modules/stations/src/pages/list.rs:3: stations reads `audit`, of store",
                "modules/stations/src/pages/list.rs:4: stations reads `region`, of places",
                "modules/stations/src/pages/list.rs:5: stations reads `place`, of places",
            ]
        );
    }

    #[test]
    fn defining_anothers_table_is_found() {
        assert_eq!(
            stations(
                "migrations/202612011000_x.sql",
                "create table station (id bigint);\ncreate table desk (id bigint);\n\
                                                       create index place_by_x on place (x);"
            ),
            [
                "modules/stations/migrations/202612011000_x.sql:2: stations defines `desk`, which is none of its own",
                "modules/stations/migrations/202612011000_x.sql:3: stations defines `place`, of places",
            ]
        );
    }

    #[test]
    fn going_up_is_found_even_when_it_is_published() {
        let mut files = vec![
            ("modules/stations/Cargo.toml", ""),
            ("modules/stations/README.md", "Publishes: stations_open"),
            ("modules/stations/migrations/202612011000_x.sql", "create view stations_open as select 1"),
            ("modules/places/src/store.rs", "const A: &str = \"select id from stations_open\";"),
            (
                "modules/places/migrations/202612010901_y.sql",
                "create table place_y (id bigint references station (id))",
            ),
        ];
        files.extend(PLACES);
        assert_eq!(
            shown(&modules_keep_to_their_tables(&Tree::planted(&files))),
            [
                "modules/places/migrations/202612010901_y.sql:1: places references `station`, of stations",
                "modules/places/src/store.rs:1: places reads `stations_open`, of stations",
            ]
        );
    }

    #[test]
    fn a_readme_that_promises_too_much_is_found() {
        assert_eq!(
            stations(
                "README.md",
                "**Tables:** `station`, none\n- Publishes: `stations_open` (a view, now), stations_all"
            ),
            [
                "modules/stations/README.md:1: no migration of stations makes `station`",
                "modules/stations/README.md:2: no migration of stations makes `stations_all`",
                "modules/stations/README.md:2: no migration of stations makes `stations_open`",
            ]
        );
    }

    #[test]
    fn a_modules_name_gives_its_tables_their_beginning() {
        assert_eq!(prefixes("parties"), ["parties", "party"]);
        assert_eq!(prefixes("legal-aid"), ["legal_aid"]);
        assert_eq!(prefixes("advisers"), ["advisers", "adviser"]);
    }
}
