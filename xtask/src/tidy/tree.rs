//! The files that the checks look at: what git tracks or would track, read once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Every file by its path from the root; files that are not text keep an empty body.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads what git tracks, and what it would track if it were added now.
    #[expect(clippy::disallowed_methods, reason = "git knows which files belong to the repository")]
    pub(crate) fn from_git(root: &Path) -> Result<Self, String> {
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("git did not start: {error}"))?;
        if !listing.status.success() {
            return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&listing.stderr)));
        }
        let mut files = BTreeMap::new();
        for path in String::from_utf8_lossy(&listing.stdout).split('\0').filter(|path| !path.is_empty()) {
            // A file that is tracked but was just deleted is no longer part of the tree.
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default());
        }
        Ok(Self { files })
    }

    /// A tree out of paths and texts, for the tests of the checks.
    #[cfg(test)]
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { files }
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn read(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every file, in the order of the paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end with the extension.
    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        let ending = format!(".{extension}");
        self.files().filter(move |(path, _)| path.ends_with(&ending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        #[expect(clippy::disallowed_methods, reason = "the test makes a repository of its own")]
        let status = Command::new("git").args(arguments).current_dir(folder).status().unwrap();
        assert!(status.success());
    }

    #[test]
    fn reads_tracked_and_new_files_but_not_ignored_or_deleted_ones() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet"]);
        for (name, text) in [(".gitignore", "built\n"), ("tracked.rs", "a"), ("gone.rs", "b"), ("built", "c")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        git(folder.path(), &["add", "."]);
        std::fs::remove_file(folder.path().join("gone.rs")).unwrap();
        std::fs::write(folder.path().join("new.rs"), "d").unwrap();
        std::fs::write(folder.path().join("picture.png"), [0x89, 0xff, 0x00]).unwrap();

        let tree = Tree::from_git(folder.path()).unwrap();

        let paths: Vec<&str> = tree.files().map(|(path, _)| path).collect();
        assert_eq!(paths, [".gitignore", "new.rs", "picture.png", "tracked.rs"]);
        assert_eq!(tree.read("tracked.rs"), Some("a"));
        assert_eq!(tree.read("picture.png"), Some(""));
    }

    #[test]
    fn a_folder_without_git_is_an_error_and_not_an_empty_tree() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["--version"]);
        assert!(Tree::from_git(&folder.path().join("nowhere")).is_err());
    }
}
