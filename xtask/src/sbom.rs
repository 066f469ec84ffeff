//! The list of parts of the shipped program (CycloneDX 1.5) and the licence texts that must travel with it.

use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The chore: `sbom TARGET --sbom FILE --licences FILE`.
pub(crate) fn sbom(root: &Path, words: &[String]) -> ExitCode {
    let after = |flag: &str| words.iter().position(|w| w == flag).and_then(|at| words.get(at + 1));
    let (Some(target), Some(list), Some(licences)) = (words.first(), after("--sbom"), after("--licences"))
    else {
        eprintln!("usage: cargo xtask sbom TARGET --sbom FILE --licences FILE");
        return ExitCode::from(2);
    };
    match write(root, target, Path::new(list), Path::new(licences)) {
        Ok(parts) => {
            println!("sbom: {parts} parts");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("sbom: {error}");
            ExitCode::from(2)
        }
    }
}

/// A crate or browser library that the program consists of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    version: String,
    licence: String,
    /// `cargo` or `npm`.
    kind: &'static str,
    /// The registry's checksum: algorithm and hexadecimal digest.
    checksum: Option<(&'static str, String)>,
    /// Where its licence files are.
    folder: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "cargo itself knows what the program is built of")]
fn write(root: &Path, target: &str, list: &Path, licences: &Path) -> Outcome<usize> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let lock: toml::Table = toml::from_str(&fs::read_to_string(root.join("Cargo.lock"))?)?;
    let mut parts = crates(&metadata, &checksums(&lock))?;
    let assets = root.join("foundation/assets");
    let npm: Value = serde_json::from_str(&fs::read_to_string(assets.join("package-lock.json"))?)?;
    parts.extend(browser_libraries(&npm, &assets));
    parts.sort();
    let version = version(&metadata).ok_or("cargo metadata names no crate farun")?;
    fs::write(list, serde_json::to_string_pretty(&cyclonedx(&version, &parts))? + "\n")?;
    fs::write(licences, texts(&parts)?)?;
    Ok(parts.len())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn version(metadata: &Value) -> Option<String> {
    list(metadata, "packages").find(|p| text(p, "name") == "farun").map(|p| text(p, "version").to_owned())
}

fn checksums(lock: &toml::Table) -> BTreeMap<(String, String), String> {
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    packages
        .filter_map(|package| {
            let field = |name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
            Some(((field("name")?, field("version")?), field("checksum")?))
        })
        .collect()
}

/// The crates from elsewhere that `farun` is built of: reached by ordinary and build dependencies, not by tests.
fn crates(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Outcome<Vec<Part>> {
    let packages: BTreeMap<&str, &Value> = list(metadata, "packages").map(|p| (text(p, "id"), p)).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"], "nodes").map(|n| (text(n, "id"), n)).collect();
    let start = packages.iter().find(|(_, p)| text(p, "name") == "farun").ok_or("no crate farun")?;
    let mut open = vec![*start.0];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).into_iter().flat_map(|node| list(node, "deps")) {
            if list(dependency, "dep_kinds").any(|kind| kind["kind"] != "dev") {
                open.push(text(dependency, "pkg"));
            }
        }
    }
    let foreign = seen.iter().filter_map(|id| packages.get(id)).filter(|p| !p["source"].is_null());
    Ok(foreign
        .map(|package| {
            let (name, version) = (text(package, "name").to_owned(), text(package, "version").to_owned());
            Part {
                checksum: checksums.get(&(name.clone(), version.clone())).map(|sum| ("SHA-256", sum.clone())),
                name,
                version,
                licence: text(package, "license").replace('/', " OR "),
                kind: "cargo",
                folder: Path::new(text(package, "manifest_path"))
                    .parent()
                    .unwrap_or(Path::new(""))
                    .to_owned(),
            }
        })
        .collect())
}

/// The libraries that the assets embed: those that are no tools of the checks.
fn browser_libraries(lock: &Value, assets: &Path) -> Vec<Part> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    packages
        .filter(|(path, package)| !path.is_empty() && package["dev"] != true)
        .map(|(path, package)| Part {
            name: path.rsplit("node_modules/").next().unwrap_or(path).to_owned(),
            version: text(package, "version").to_owned(),
            licence: text(package, "license").to_owned(),
            kind: "npm",
            checksum: None,
            folder: assets.join(path),
        })
        .collect()
}

fn cyclonedx(version: &str, parts: &[Part]) -> Value {
    let components: Vec<Value> = parts
        .iter()
        .map(|part| {
            let mut component = json!({
                "type": "library",
                "name": part.name,
                "version": part.version,
                "purl": format!("pkg:{}/{}@{}", part.kind, part.name, part.version),
                "licenses": [{ "expression": part.licence }],
            });
            if let Some((algorithm, digest)) = &part.checksum {
                component["hashes"] = json!([{ "alg": algorithm, "content": digest }]);
            }
            component
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "farun", "version": version } },
        "components": components,
    })
}

/// Every licence text once, with the parts it belongs to.
fn texts(parts: &[Part]) -> Outcome<String> {
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for part in parts {
        let label = format!("{} {} ({})", part.name, part.version, part.licence);
        let mut found = false;
        for entry in fs::read_dir(&part.folder).into_iter().flatten() {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            let is_licence =
                ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|word| name.starts_with(word));
            if is_licence && path.is_file() {
                let text = String::from_utf8_lossy(&fs::read(&path)?).trim().replace("\r\n", "\n");
                by_text.entry(text).or_default().push(label.clone());
                found = true;
            }
        }
        if !found {
            without.push(label);
        }
    }
    let mut out = String::from("Farun contains these works; their licences follow.\n\n");
    for (licence, mut owners) in by_text {
        owners.dedup();
        writeln!(out, "{}\n{}\n\n{licence}\n", "=".repeat(78), owners.join("\n"))?;
    }
    if !without.is_empty() {
        writeln!(out, "{}\nWithout a licence file of their own:\n{}", "=".repeat(78), without.join("\n"))?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Value {
        let package = |name: &str, source: Value| {
            json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0",
                    "source": source, "manifest_path": format!("/registry/{name}/Cargo.toml") })
        };
        let edge = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        json!({
            "packages": [package("farun", Value::Null), package("used", json!("registry")), package("builder", json!("registry")),
                         package("tester", json!("registry")), package("behind-tester", json!("registry"))],
            "resolve": { "nodes": [
                { "id": "farun", "deps": [edge("used", Value::Null), edge("tester", json!("dev"))] },
                { "id": "used", "deps": [edge("builder", json!("build"))] },
                { "id": "tester", "deps": [edge("behind-tester", Value::Null)] },
            ] },
        })
    }

    #[test]
    fn parts_are_what_is_built_in_and_not_what_tests_need() {
        let sums = BTreeMap::from([(("used".to_owned(), "1.0.0".to_owned()), "ab".to_owned())]);
        let parts = crates(&metadata(), &sums).expect("parts");
        let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["builder", "used"]);
        let list = cyclonedx("0.1.0", &parts);
        assert_eq!(list["components"][1]["purl"], "pkg:cargo/used@1.0.0");
        assert_eq!(list["components"][1]["hashes"][0]["content"], "ab");
        assert_eq!(list["components"][1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
    }

    #[test]
    fn a_licence_shared_by_two_parts_is_printed_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = |name: &str| {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).expect("made");
            fs::write(folder.join("LICENSE-MIT"), "Permission is hereby granted").expect("written");
            Part {
                name: name.to_owned(),
                version: "1".to_owned(),
                licence: "MIT".to_owned(),
                kind: "cargo",
                checksum: None,
                folder,
            }
        };
        let parts = [part("a"), part("b")];
        let text = texts(&parts).expect("texts");
        assert_eq!(text.matches("Permission is hereby granted").count(), 1);
        assert!(text.contains("a 1 (MIT)\nb 1 (MIT)"));
    }
}
