//! Every act in the audit trail has words: whoever writes a new one finds out here, not the auditor years later.

use farun::backup::{self, Source};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Every module, the binary's own part too.
fn modules() -> Vec<web::Module> {
    farun::modules().into_iter().chain([backup::module(None, Source::default())]).collect()
}

/// The sources of a folder, all levels.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Quoted names like `places.unit.open` in a source that writes to the trail.
fn acts(source: &str) -> BTreeSet<String> {
    let writes = ["Audit::new(", "Audit::about(", "Entry::new(", "Entry::about("];
    // Tests may write what they like.
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    if !writes.iter().any(|write| source.contains(write)) {
        return BTreeSet::new();
    }
    let named = |text: &&str| {
        text.split('.').count() >= 2
            && text.split('.').all(|part| {
                part.starts_with(|c: char| c.is_ascii_lowercase())
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            })
    };
    source.split('"').skip(1).step_by(2).filter(named).map(str::to_owned).collect()
}

#[test]
fn every_act_of_the_trail_has_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["modules", "farun/src"] {
        sources(&root.join(folder), &mut files);
    }
    let modules = modules();
    let labels: BTreeSet<&str> =
        modules.iter().flat_map(|module| module.audit_labels).map(|(name, _)| *name).collect();
    // Other names with dots in the same files: permissions, figures and measures, jobs, checks.
    // The binary's jobs exist only where backups are configured; the others are names of files.
    let mut others: BTreeSet<&str> = BTreeSet::from(["farun.backup", "farun.db", "farun.db.part"]);
    for module in &modules {
        others.extend(module.permissions.iter().map(|permission| permission.key));
        others.extend(module.jobs.iter().map(|job| job.id));
        others.extend(module.checks.iter().map(|check| check.id));
        for figure in module.figures {
            others.insert(figure.key);
            others.extend(figure.measures.iter().map(|measure| measure.key));
        }
    }
    let names: Vec<&str> = modules.iter().map(|module| module.name).chain(["farun"]).collect();
    let mut seen = 0;
    let mut missing = BTreeSet::new();
    for file in files.iter().filter(|file| !file.components().any(|part| part.as_os_str() == "tests")) {
        for act in acts(&std::fs::read_to_string(file).expect("a readable source")) {
            let of_module = names.iter().any(|name| act.split('.').next() == Some(*name));
            if !of_module || others.contains(act.as_str()) || act.split('.').count() < 2 {
                continue;
            }
            seen += 1;
            if !labels.contains(act.as_str()) {
                missing.insert(format!("{act} in {}", file.display()));
            }
        }
    }
    assert!(seen >= 60, "the search finds the acts: {seen}");
    assert!(missing.is_empty(), "add these to the trail.rs of their module: {missing:#?}");
    // Whoever reads sees the difference between two acts.
    let mut words: BTreeMap<&str, &str> = BTreeMap::new();
    for (module, (name, said)) in modules.iter().flat_map(|m| m.audit_labels.iter().map(move |l| (m.name, l)))
    {
        if name.contains('.')
            && let Some(other) = words.insert(said, name)
        {
            panic!("{module}: {other} and {name} have the same words: {said}");
        }
    }
}

#[test]
fn an_act_without_words_would_be_found() {
    // The planted fault.
    let source =
        r#"tx.audit(Audit::new(actor, "places.unit.vanish", "places_unit", id)); tx.execute("select 1");"#;
    assert_eq!(acts(source), ["places.unit.vanish".to_owned()].into());
    assert!(!modules().iter().any(|m| m.audit_labels.iter().any(|(name, _)| *name == "places.unit.vanish")));
    assert!(acts("let name = \"places.unit.vanish\";").is_empty(), "a file that writes nothing");
}
