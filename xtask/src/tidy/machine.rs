//! The repository knows no machine: no home folders, no registry hosts.

use super::{Finding, Tree};

/// Folders of some machine; written in halves so that this file passes its own check.
const PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

const HOSTS: &[&str] = &[
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("crates.io", "-index"),
    concat!("registry.npmjs", ".org"),
    concat!("registry.yarnpkg", ".com"),
    concat!("pypi", ".org"),
    concat!("files.pythonhosted", ".org"),
    concat!("deb.debian", ".org"),
    concat!("archive.ubuntu", ".com"),
    concat!("proxy.golang", ".org"),
];

/// Cargo writes its registry's address into its lock file, on every machine the same.
const HOSTS_ALLOWED_IN: &[&str] = &["Cargo.lock"];

pub(super) fn no_machine_paths(tree: &Tree) -> Vec<Finding> {
    let why = "it exists on one machine only; paths are relative, or come from settings";
    lines_with(tree, PATHS, &[], starts_a_path, "names the path", why)
}

pub(super) fn no_registry_hosts(tree: &Tree) -> Vec<Finding> {
    let why = "where packages come from is set on the machine, which may use a mirror";
    lines_with(tree, HOSTS, HOSTS_ALLOWED_IN, |_| true, "names the registry host", why)
}

fn lines_with(
    tree: &Tree,
    needles: &[&str],
    exempt: &[&str],
    counts_after: fn(&str) -> bool,
    verb: &str,
    why: &'static str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !exempt.contains(path)) {
        for (index, line) in text.lines().enumerate() {
            for needle in needles {
                if line.match_indices(needle).any(|(start, _)| counts_after(&line[..start])) {
                    findings.push(Finding::new(path, index + 1, format!("{verb} `{needle}`"), why));
                }
            }
        }
    }
    findings
}

/// A path starts where no other path goes on: `src/pages/home/x` is a path of ours.
fn starts_a_path(before: &str) -> bool {
    let goes_on = |last: char| last.is_alphanumeric() || "._-~*})]>".contains(last);
    !before.chars().next_back().is_some_and(goes_on)
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    #[test]
    fn every_path_and_host_is_found() {
        for path in PATHS {
            let tree = Tree::planted(&[("run.sh", &format!("cd {path}somebody\n"))]);
            assert_eq!(shown(&no_machine_paths(&tree)), [format!("run.sh:1: names the path `{path}`")]);
        }
        for host in HOSTS {
            let tree = Tree::planted(&[("package-lock.json", &format!("\n\"https://{host}/x\"\n"))]);
            let expected = format!("package-lock.json:2: names the registry host `{host}`");
            assert_eq!(shown(&no_registry_hosts(&tree)), [expected]);
        }
    }

    #[test]
    fn our_own_folders_and_the_cargo_lock_are_fine() {
        let line = format!("include!(\"src/pages{}list.html\")", PATHS[2]);
        assert_eq!(shown(&no_machine_paths(&Tree::planted(&[("a.rs", &line)]))), [""; 0]);
        assert_eq!(shown(&no_registry_hosts(&Tree::planted(&[("Cargo.lock", HOSTS[2])]))), [""; 0]);
    }
}
