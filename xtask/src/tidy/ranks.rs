//! Dependencies between our crates go down only, and never sideways.

use std::collections::BTreeMap;

use super::{Finding, Tree};

/// Every crate with its folder and its rank. A crate may depend on crates of a smaller rank; the registers stand on
/// each other in their order, so each of them has a rank of its own. The testkit stands beside the tower.
const RANKS: &[(&str, &str, u8)] = &[
    ("kernel", "foundation", 0),
    ("assets", "foundation", 1),
    ("docx", "foundation", 1),
    ("geo", "foundation", 1),
    ("picture", "foundation", 1),
    ("scan", "foundation", 2),
    ("sheet", "foundation", 1),
    ("solver", "foundation", 2),
    ("store", "foundation", 2),
    ("web", "foundation", 3),
    (TESTKIT, "foundation", 4),
    ("imports", "modules", 9),
    ("places", "modules", 10),
    ("parties", "modules", 11),
    ("counsel", "modules", 12),
    ("identity", "modules", 13),
    ("documents", "modules", 20),
    ("outreach", "modules", 20),
    ("stations", "modules", 30),
    ("advisers", "modules", 30),
    ("enterprises", "modules", 30),
    ("volunteers", "modules", 30),
    ("centre", "modules", 40),
    ("legal-aid", "modules", 40),
    ("planning", "modules", 50),
    ("statistics", "modules", 50),
    ("returns", "modules", 50),
    ("portal", "modules", 50),
    ("farun", "", 60),
    (XTASK, "", 70),
];
const TESTKIT: &str = "testkit";
const XTASK: &str = "xtask";

const DOWN: &str =
    "dependencies go down only; news travels up as outbox events or tally facts, see ARCHITECTURE.md";

/// The rank of one of our crates.
pub(super) fn rank(name: &str) -> Option<u8> {
    RANKS.iter().find(|(known, _, _)| *known == name).map(|(_, _, rank)| *rank)
}

/// The check: reads every manifest below `foundation/`, `modules/`, `farun/` and `xtask/`.
pub(super) fn crates_depend_downwards(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("toml") {
        let folder = match path.split('/').collect::<Vec<_>>()[..] {
            [parent @ ("foundation" | "modules"), folder, "Cargo.toml"] => (parent, folder),
            [folder, "Cargo.toml"] => ("", folder),
            _ => continue,
        };
        match toml::from_str::<toml::Table>(text) {
            Ok(manifest) => findings.extend(check_manifest(path, text, folder, &manifest)),
            Err(error) => {
                findings.push(Finding::new(path, 1, error.message(), "a manifest must be valid TOML"));
            }
        }
    }
    findings
}

fn check_manifest(
    path: &str,
    text: &str,
    (parent, folder): (&str, &str),
    manifest: &toml::Table,
) -> Vec<Finding> {
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    let name = name.unwrap_or_default();
    let mut findings = Vec::new();
    if name != folder {
        let what = format!("the crate in folder `{folder}` is called `{name}`");
        findings.push(Finding::new(
            path,
            line_of(text, "name"),
            what,
            "folder = crate name, so that nobody searches",
        ));
    }
    let Some((_, home, own)) = RANKS.iter().find(|(known, _, _)| *known == name) else {
        let what = format!("crate `{name}` has no rank");
        findings.push(Finding::new(
            path,
            1,
            what,
            "add it to RANKS in xtask/src/tidy/ranks.rs and to ARCHITECTURE.md",
        ));
        return findings;
    };
    if *home != parent {
        let what = format!("crate `{name}` lives in `{parent}` and belongs to `{home}`");
        findings.push(Finding::new(
            path,
            1,
            what,
            "the folder tells whether a crate may know a business noun",
        ));
    }
    for (used, developing) in dependencies(manifest) {
        let Some(theirs) = rank(&used) else { continue };
        let line = line_of(text, &used);
        if used == TESTKIT {
            if !developing && name != XTASK {
                let what = format!("`{name}` depends on `testkit` outside [dev-dependencies]");
                findings.push(Finding::new(path, line, what, "test machinery never ships in the product"));
            }
        } else if theirs > *own || (theirs == *own && !developing) {
            let direction = if theirs > *own { "above it" } else { "of the same rank" };
            let what = format!("`{name}` depends on `{used}`, {direction}");
            findings.push(Finding::new(path, line, what, DOWN));
        }
    }
    findings
}

/// The names of all dependencies, renamed ones by their real name; true for those of the tests.
fn dependencies(manifest: &toml::Table) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    for table in std::iter::once(manifest).chain(targets) {
        for (section, developing) in
            [("dev-dependencies", true), ("build-dependencies", false), ("dependencies", false)]
        {
            let Some(section) = table.get(section).and_then(toml::Value::as_table) else { continue };
            for (key, value) in section {
                let name = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                // Named twice, the stricter of the two counts.
                let entry = found.entry(name.to_owned()).or_insert(developing);
                *entry = *entry && developing;
            }
        }
    }
    found
}

/// The line that starts with the key, or names it as a package; 1 if there is none.
fn line_of(text: &str, key: &str) -> usize {
    let starts = |line: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=', '"']))
    };
    let renamed = format!("package = \"{key}\"");
    let position = text.lines().position(|line| starts(line) || line.contains(&renamed));
    position.map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn findings(path: &str, manifest: &str) -> Vec<String> {
        shown(&crates_depend_downwards(&Tree::planted(&[(path, manifest)])))
    }

    fn module(name: &str, rest: &str) -> Vec<String> {
        findings(&format!("modules/{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n{rest}"))
    }

    #[test]
    fn going_down_is_fine() {
        let rest = "[dependencies]\nkernel.workspace = true\nplaces = { workspace = true }\nserde = \"1\"\n";
        assert_eq!(module("stations", rest), [""; 0]);
    }

    #[test]
    fn the_registers_stand_on_each_other_in_their_order() {
        assert_eq!(module("counsel", "[dependencies]\nparties.workspace = true\n"), [""; 0]);
        assert_eq!(
            module("parties", "[dependencies]\ncounsel.workspace = true\n"),
            ["modules/parties/Cargo.toml:4: `parties` depends on `counsel`, above it"]
        );
    }

    #[test]
    fn going_up_or_sideways_is_found() {
        assert_eq!(
            module("stations", "[dependencies]\nportal.workspace = true\nadvisers.workspace = true\n"),
            [
                "modules/stations/Cargo.toml:5: `stations` depends on `advisers`, of the same rank",
                "modules/stations/Cargo.toml:4: `stations` depends on `portal`, above it",
            ]
        );
    }

    #[test]
    fn renamed_optional_build_and_target_dependencies_count_too() {
        let rest = "[dependencies]\nx = { package = \"portal\", workspace = true, optional = true }\n";
        assert_eq!(module("stations", rest).len(), 1);
        assert_eq!(module("stations", "[build-dependencies]\nportal.workspace = true\n").len(), 1);
        assert_eq!(
            module("stations", "[target.'cfg(unix)'.dependencies]\nportal.workspace = true\n").len(),
            1
        );
    }

    #[test]
    fn tests_may_use_the_testkit_and_their_own_rank_but_nothing_above() {
        let rest = "[dev-dependencies]\ntestkit.workspace = true\nstations.workspace = true\nadvisers.workspace = true\n";
        assert_eq!(module("stations", rest), [""; 0]);
        assert_eq!(module("stations", "[dev-dependencies]\nportal.workspace = true\n").len(), 1);
    }

    #[test]
    fn the_testkit_never_ships() {
        assert_eq!(
            findings(
                "farun/Cargo.toml",
                "[package]\nname = \"farun\"\n[dependencies]\ntestkit.workspace = true\n"
            ),
            ["farun/Cargo.toml:4: `farun` depends on `testkit` outside [dev-dependencies]"]
        );
    }

    #[test]
    fn a_crate_needs_a_rank_its_own_name_and_its_place() {
        assert_eq!(module("gossip", ""), ["modules/gossip/Cargo.toml:1: crate `gossip` has no rank"]);
        assert_eq!(
            findings("modules/halls/Cargo.toml", "[package]\nname = \"stations\"\n"),
            ["modules/halls/Cargo.toml:2: the crate in folder `halls` is called `stations`"]
        );
        assert_eq!(
            findings("foundation/portal/Cargo.toml", "[package]\nname = \"portal\"\n"),
            ["foundation/portal/Cargo.toml:1: crate `portal` lives in `foundation` and belongs to `modules`"]
        );
    }
}
