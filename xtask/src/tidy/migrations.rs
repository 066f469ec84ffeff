//! Migration files: one version each over all modules, in names that sort by time.

use std::collections::BTreeMap;

use super::{Finding, Tree};

const PATTERN: &str = "call it YYYYMMDDHHMMSS_name.sql or YYYYMMDDHHMM_name.sql";
const UNIQUE: &str = "the runner takes the number before the first `_` as the version, over all modules";
const LISTED: &str = "the runner knows only what `migrations![…]` of the same crate names";
const WIDTH: &str =
    "versions are compared as numbers: a longer one comes after every shorter one, whatever its date";

/// A migration's file name, taken apart.
struct Name<'a> {
    version: &'a str,
    rest: &'a str,
    engine: Option<&'a str>,
}

pub(super) fn migrations_run_in_order(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&str, Vec<(&str, Name<'_>)>> = BTreeMap::new();
    for (path, _) in tree.with_extension("sql") {
        let [.., folder, file] = path.split('/').collect::<Vec<_>>()[..] else { continue };
        if !path.contains("/migrations/") {
            continue;
        }
        match take_apart(file) {
            Ok(name) => seen.entry(name.version).or_default().push((path, name)),
            Err(what) => findings.push(Finding::new(path, 1, format!("{folder}/{file}: {what}"), PATTERN)),
        }
    }
    for migrations in seen.values() {
        for (index, (path, name)) in migrations.iter().enumerate() {
            if let Some((other, _)) =
                migrations[..index].iter().find(|(_, other)| !same_for_another_engine(name, other))
            {
                let what = format!("version {} is taken by {other}", name.version);
                findings.push(Finding::new(path, 1, what, UNIQUE));
            }
        }
    }
    for (path, _) in seen.values().flatten().filter(|(path, _)| !is_listed(tree, path)) {
        findings.push(Finding::new(path, 1, "no Rust file of its crate names it", LISTED));
    }
    let shortest = seen.keys().map(|version| version.len()).min();
    for (path, name) in seen.values().flatten().filter(|(_, name)| Some(name.version.len()) != shortest) {
        let what = format!("version {} has more digits than others have", name.version);
        findings.push(Finding::new(path, 1, what, WIDTH));
    }
    findings
}

fn take_apart(file: &str) -> Result<Name<'_>, &'static str> {
    let stem = file.strip_suffix(".sql").ok_or("not an .sql file")?;
    let (stem, engine) = match stem.rsplit_once('.') {
        Some((stem, engine @ ("sqlite" | "postgres"))) => (stem, Some(engine)),
        Some(_) => return Err("the part before .sql is neither .sqlite nor .postgres"),
        None => (stem, None),
    };
    let (version, rest) = stem.split_once('_').ok_or("no `_` after the version")?;
    let plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if rest.is_empty() || !rest.chars().all(plain) {
        return Err("the name holds more than a–z, 0–9 and `_`");
    }
    if !is_time(version) {
        return Err("the version is not a time of 12 or 14 digits");
    }
    Ok(Name { version, rest, engine })
}

/// True when a Rust file of the crate names the migration's file.
fn is_listed(tree: &Tree, path: &str) -> bool {
    let Some((folder, file)) = path.split_once("/migrations/") else { return false };
    let (sources, name) = (format!("{folder}/src/"), format!("\"{file}\""));
    tree.with_extension("rs").any(|(path, text)| path.starts_with(&sources) && text.contains(&name))
}

/// True for the digits of a real minute or second.
fn is_time(version: &str) -> bool {
    let digits = matches!(version.len(), 12 | 14) && version.bytes().all(|byte| byte.is_ascii_digit());
    let within = |from: usize, low: u32, high: u32| {
        let number = version.get(from..from + 2).and_then(|digits| digits.parse::<u32>().ok());
        number.is_some_and(|number| (low..=high).contains(&number))
    };
    let seconds = version.len() == 12 || within(12, 0, 59);
    digits && within(4, 1, 12) && within(6, 1, 31) && within(8, 0, 23) && within(10, 0, 59) && seconds
}

/// One migration may be written twice, once per engine.
fn same_for_another_engine(one: &Name<'_>, other: &Name<'_>) -> bool {
    one.rest == other.rest && one.engine.is_some() && other.engine.is_some() && one.engine != other.engine
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn findings(paths: &[&str]) -> Vec<String> {
        let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        let list: String =
            paths.iter().filter_map(|path| path.rsplit('/').next()).map(|n| format!("{n:?},")).collect();
        files.extend([("modules/a/src/lib.rs", list.as_str()), ("modules/b/src/lib.rs", list.as_str())]);
        shown(&migrations_run_in_order(&Tree::planted(&files)))
    }

    #[test]
    fn one_migration_in_two_engines_is_one_version() {
        let paths = [
            "modules/a/migrations/202612010900_place.sql",
            "modules/b/migrations/202612011000_station.postgres.sql",
            "modules/b/migrations/202612011000_station.sqlite.sql",
            "docs/example.sql",
        ];
        assert_eq!(findings(&paths), [""; 0]);
    }

    #[test]
    fn a_version_taken_by_another_module_is_found() {
        let paths =
            ["modules/a/migrations/202612011000_x.sql", "modules/b/migrations/202612011000_x.sqlite.sql"];
        assert_eq!(
            findings(&paths),
            ["modules/b/migrations/202612011000_x.sqlite.sql:1: version 202612011000 is taken by \
              modules/a/migrations/202612011000_x.sql"]
        );
    }

    #[test]
    fn names_that_do_not_sort_by_time_are_found() {
        for file in
            ["1_x.sql", "202613011000_x.sql", "202612012400_x.sql", "202612011000.sql", "202612011000_X.sql"]
        {
            assert_eq!(findings(&[&format!("modules/a/migrations/{file}")]).len(), 1, "{file}");
        }
        assert_eq!(findings(&["modules/a/migrations/202612011000_x.oracle.sql"]).len(), 1);
    }

    #[test]
    fn a_migration_that_nobody_runs_is_found() {
        let path = "modules/a/migrations/202612011000_x.sql";
        let tree = Tree::planted(&[(path, ""), ("modules/b/src/lib.rs", "\"202612011000_x.sql\"")]);
        assert_eq!(
            shown(&migrations_run_in_order(&tree)),
            [format!("{path}:1: no Rust file of its crate names it")]
        );
    }

    #[test]
    fn two_lengths_of_version_do_not_sort_together() {
        let paths = ["modules/a/migrations/202612011000_x.sql", "modules/a/migrations/20260101000000_y.sql"];
        assert_eq!(
            findings(&paths),
            [
                "modules/a/migrations/20260101000000_y.sql:1: version 20260101000000 has more digits than others have"
            ]
        );
    }
}
