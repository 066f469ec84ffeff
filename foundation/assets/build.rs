//! Compresses the browser files, names them by content and writes the table that `src/lib.rs` includes.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files of the npm packages that are served: (path below `node_modules`, path below `/assets/`).
const VENDOR: &[(&str, &str)] = &[
    ("htmx.org/dist/htmx.min.js", "htmx.min.js"),
    ("leaflet/dist/leaflet.css", "leaflet.css"),
    ("leaflet/dist/leaflet.js", "leaflet.js"),
    ("leaflet/dist/images/layers.png", "images/layers.png"),
    ("leaflet/dist/images/layers-2x.png", "images/layers-2x.png"),
    ("leaflet/dist/images/marker-icon.png", "images/marker-icon.png"),
];

/// Why the build stops, in one sentence: cargo prints it as it stands.
struct Stop(String);

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn main() -> Result<(), Stop> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let mut files: Vec<(PathBuf, String)> = Vec::new();

    let own = here.join("static");
    for entry in fs::read_dir(&own).map_err(|e| stop(&own, &e))? {
        let entry = entry.map_err(|e| stop(&own, &e))?;
        files.push((entry.path(), entry.file_name().to_string_lossy().into_owned()));
    }
    for (from, to) in VENDOR {
        let file = here.join("node_modules").join(from);
        if !file.is_file() {
            return Err(Stop("The browser libraries are missing: run `make assets` (npm ci --ignore-scripts in foundation/assets).".into()));
        }
        files.push((file, (*to).into()));
    }
    files.sort_by(|a, b| a.1.cmp(&b.1));

    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", own.display());
    let mut table = String::from("/// Every embedded file, ordered by path.\nstatic ASSETS: &[Asset] = &[\n");
    for (i, (file, path)) in files.iter().enumerate() {
        println!("cargo:rerun-if-changed={}", file.display());
        let raw = fs::read(file).map_err(|e| stop(file, &e))?;
        let packed = out.join(format!("{i}.gz"));
        let gz = gzip(&raw).map_err(|e| stop(file, &e))?;
        fs::write(&packed, gz).map_err(|e| stop(&packed, &e))?;
        writeln!(
            table,
            "    Asset {{ path: {path:?}, hashed: {:?}, content_type: {:?}, gz: include_bytes!({:?}), raw_len: {} }},",
            hashed_name(path, &raw),
            content_type(path)?,
            packed.display().to_string(),
            raw.len(),
        )
        .map_err(|e| Stop(e.to_string()))?;
    }
    table.push_str("];\n");
    let target = out.join("table.rs");
    fs::write(&target, table).map_err(|e| stop(&target, &e))
}

fn stop(path: &Path, error: &std::io::Error) -> Stop {
    Stop(format!("{}: {error}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts what they need in the environment")]
fn variable(name: &str) -> Result<String, Stop> {
    env::var(name).map_err(|e| Stop(format!("{name}: {e}")))
}

fn gzip(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(raw)?;
    writer.finish()
}

/// `a/farun.css` becomes `a/farun.1a2b3c4d5e.css`: 40 bits of a folded FNV-1a of 128 bits.
fn hashed_name(path: &str, raw: &[u8]) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in raw {
        hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let folded = format!("{:016x}", ((hash >> 64) ^ (hash & u128::from(u64::MAX))));
    let dot = path.rfind('.').unwrap_or(path.len());
    format!("{}.{}{}", &path[..dot], &folded[..10], &path[dot..])
}

fn content_type(path: &str) -> Result<&'static str, Stop> {
    match path.rsplit('.').next() {
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("svg") => Ok("image/svg+xml; charset=utf-8"),
        Some("png") => Ok("image/png"),
        _ => Err(Stop(format!("{path}: what kind of file is this? Add it to content_type in build.rs."))),
    }
}
