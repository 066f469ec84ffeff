//! The files a browser loads: style, scripts, icons and the two libraries, embedded compressed and named by content.
//!
//! What the classes and attributes mean is written in this crate's `README.md`.

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// Name below `/assets/` as authors write it, e.g. `farun.css`. Short cache: its content changes.
    pub path: &'static str,
    /// Name with the content hash, e.g. `farun.1a2b3c4d5e.css`. May be cached for ever.
    pub hashed: &'static str,
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The content, gzip-compressed at the best level.
    pub gz: &'static [u8],
    /// Length of the content before compression, in bytes.
    pub raw_len: usize,
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// Every embedded file, ordered by path.
#[must_use]
pub fn all() -> &'static [Asset] {
    ASSETS
}

/// The file of this name, hashed or plain, below `/assets/`.
#[must_use]
pub fn get(hashed_or_plain: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|a| a.hashed == hashed_or_plain || a.path == hashed_or_plain)
}

/// The address of a file in a page: `farun.css` gives `/assets/farun.1a2b3c4d5e.css`.
///
/// An unknown name is returned unhashed, so that the page still stands and the browser reports the missing file.
#[must_use]
pub fn url(path: &str) -> String {
    format!("/assets/{}", get(path).map_or(path, |a| a.hashed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn raw(asset: &Asset) -> Vec<u8> {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(asset.gz).read_to_end(&mut bytes).expect("a whole gzip stream");
        bytes
    }

    fn text(path: &str) -> String {
        String::from_utf8(raw(get(path).expect("embedded"))).expect("UTF-8")
    }

    #[test]
    fn every_file_is_whole_and_named_by_content() {
        assert!(all().len() >= 12, "{}", all().len());
        for asset in all() {
            assert!(asset.raw_len > 0 && raw(asset).len() == asset.raw_len, "{}", asset.path);
            let (stem, extension) = asset.path.rsplit_once('.').expect("an extension");
            let hash = asset
                .hashed
                .strip_prefix(stem)
                .and_then(|rest| rest.strip_suffix(extension))
                .map(|rest| rest.trim_matches('.'))
                .expect("the plain name around the hash");
            assert!(hash.len() == 10 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{}", asset.hashed);
        }
        assert_eq!(
            all().iter().map(|a| a.hashed).collect::<std::collections::BTreeSet<_>>().len(),
            all().len()
        );
    }

    #[test]
    fn both_names_lead_to_the_file() {
        for asset in all() {
            assert_eq!(get(asset.path).map(|a| a.path), Some(asset.path));
            assert_eq!(get(asset.hashed).map(|a| a.path), Some(asset.path));
            assert_eq!(url(asset.path), format!("/assets/{}", asset.hashed));
        }
        assert!(get("").is_none() && get("../Cargo.toml").is_none());
        assert_eq!(url("nothing.css"), "/assets/nothing.css");
    }

    #[test]
    fn sizes_stay_within_the_budget() {
        for (path, kib) in [
            ("farun.css", 20),
            ("farun.js", 15),
            ("map.js", 5),
            ("outbox.js", 9),
            ("offline.js", 2),
            ("icons.svg", 3),
        ] {
            let size = get(path).expect("embedded").gz.len();
            assert!(size <= kib * 1024, "{path}: {size} bytes compressed, budget {kib} KiB");
        }
        let first_page: usize =
            ["farun.css", "farun.js", "htmx.min.js", "icons.svg", "logo.svg", "favicon.svg"]
                .iter()
                .map(|path| get(path).expect("embedded").gz.len())
                .sum();
        assert!(first_page <= 45 * 1024, "first view without HTML: {first_page} bytes compressed");
    }

    #[test]
    fn our_files_ask_no_outside_host_and_run_no_text() {
        for path in [
            "farun.css",
            "farun.js",
            "map.js",
            "outbox.js",
            "offline.js",
            "icons.svg",
            "logo.svg",
            "favicon.svg",
        ] {
            let content = text(path).replace("http://www.w3.org/", "");
            for word in
                ["http:", "https:", "\"//", "'//", "eval(", "new Function", "document.write", "@import"]
            {
                assert!(!content.contains(word), "{path} contains {word}");
            }
        }
    }

    #[test]
    fn every_icon_named_in_the_readme_exists() {
        let sprite = text("icons.svg");
        let readme = include_str!("../README.md");
        let listed = readme.lines().find(|l| l.starts_with("Icons (")).expect("the line of icons");
        let names = listed.split("): ").nth(1).and_then(|l| l.split('.').next()).expect("names");
        let mut count = 0;
        for name in names.split_whitespace() {
            assert!(sprite.contains(&format!("<symbol id=\"{name}\"")), "{name}");
            count += 1;
        }
        assert_eq!(count, sprite.matches("<symbol ").count());
        for part in readme.split("icons.svg#").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            assert!(name.is_empty() || sprite.contains(&format!("id=\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn every_class_of_the_readme_snippets_is_styled() {
        let css = text("farun.css");
        // Hooks that need no style of their own, each with the reason.
        let bare = ["up", "down"];
        for part in include_str!("../README.md").split("class=\"").skip(1) {
            let list = part.split('"').next().unwrap_or_default();
            for class in list.split_whitespace().filter(|c| c.is_ascii() && !bare.contains(c)) {
                assert!(
                    css.contains(&format!(".{class}")),
                    "class {class} is in README.md and not in farun.css"
                );
            }
        }
    }
}
