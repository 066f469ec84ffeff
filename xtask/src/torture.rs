//! `cargo xtask torture …`: breaks the real binary on purpose, from outside, and counts what was lost. Every run also
//! plants a fault of its own and fails if that is not found: a harness that cannot fail proves nothing.
#![expect(
    clippy::disallowed_methods,
    reason = "a torture starts and kills processes, measures real durations and waits for real moments"
)]

mod archive;
mod backup;
mod book;
mod cluster;
mod crawl;
mod disk;
mod formulas;
mod histories;
mod http;
mod jepsen;
mod judge;
mod kill;
mod limits;
mod logins;
mod overload;
mod parsers;
mod power;
mod proxy;
mod random;
mod replay;
mod site;
mod slow;
mod soak;
mod sqlmap;
mod tls;
mod twins;

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{SystemTime, UNIX_EPOCH},
};

/// What goes wrong is told in words and ends the run.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
usage: cargo xtask torture <what> [--bin PATH] [--seed N] …

  kill     R1   --cycles 200 --clients 16 [--postgres]   SIGKILL while clients write
  power    R2   --points 2000                            power cuts, from a record of the file calls (needs gcc)
  disk     R3                                            full, failing, read-only disk; no file descriptors (root, gcc)
  overload R5   --seconds 60 [--capacity N]              three times the capacity, open loop
  slow     R6   --clients 2000                           slow headers, slow bodies, slow readers
  limits   R7                                            bodies that are too large, memory beside
  backup   R8   --mb 1000 --rate 100 --seconds 90        backups while clients write, SIGKILL, restore
  soak     R11  --minutes 30                             mixed load, memory over time
  jepsen   R12  --operations 1000 --faults 20 [--sqlite] histories under faults, checked
  histories R14 --count 10000 --jobs 2 [--debug]         random histories of the whole product, in process
  twins         --cycles 20                              two nodes over one PostgreSQL, one killed in mid-write
  replica       --cycles 3                               PostgreSQL's primary killed, its replica promoted
  sqlmap   S5   --minutes 60 [--every] [--engines]       sqlmap level 3 risk 2 on each parameter (needs sqlmap)
  logins   S7   --tries 400 --rate 100 --seconds 20      times of log-ins; S16: a storm of them, others beside
  formulas S8                                            hostile texts exported, opened by LibreOffice (soffice)
  tls      S14                                           deploy/nginx.conf in front, asked by testssl (nginx, curl)
  parsers  S6   --inputs 1000000                         spoilt input to everything that reads files or texts
  short                                                  kill, power and slow, small: what CI runs

Every number is printed as a line for docs/scorecard.md and appended to target/torture/results.jsonl.
";

/// What every torture needs: where things are, and chance.
pub(crate) struct Setting {
    pub(crate) root: PathBuf,
    /// target/torture
    pub(crate) work: PathBuf,
    pub(crate) bin: PathBuf,
    pub(crate) seed: u64,
    pub(crate) command: String,
    options: BTreeMap<String, String>,
}

impl Setting {
    /// The number given for an option.
    pub(crate) fn number(&self, name: &str, usual: u64) -> Result<u64> {
        match self.options.get(name) {
            Some(text) => text.parse().map_err(|_| format!("--{name} {text}: not a number").into()),
            None => Ok(usual),
        }
    }

    /// Whether an option was given.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    /// The same with other options, for `short`.
    fn with(&self, options: &[(&str, &str)]) -> Self {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self {
            root: self.root.clone(),
            work: self.work.clone(),
            bin: self.bin.clone(),
            seed: self.seed,
            command: self.command.clone(),
            options,
        }
    }

    /// An empty folder of that name below target/torture.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.work.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Prints a line for the scorecard and keeps it; says whether it held.
    pub(crate) fn report(&self, id: &str, measure: &str, value: &str, held: bool) -> Result<bool> {
        let day = output(Command::new("date").arg("+%F"))?.trim().to_owned();
        let mark = if held { "held" } else { "NOT held" };
        println!("| {id} | {measure} | {value} | {mark} | {day} | `{}` |", self.command);
        let line = serde_json::json!({
            "id": id, "measure": measure, "value": value, "held": held, "day": day, "command": self.command,
            "seed": self.seed, "bin": self.bin.display().to_string(),
        });
        let mut file =
            fs::OpenOptions::new().create(true).append(true).open(self.work.join("results.jsonl"))?;
        writeln!(file, "{line}")?;
        Ok(held)
    }
}

/// Runs one torture: exit code 0 if everything held, 1 if not, 2 if it could not be tried.
pub(crate) fn run(root: &Path, words: &[String]) -> ExitCode {
    match torture(root, words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::from(2)
        }
    }
}

fn torture(root: &Path, words: &[String]) -> Result<bool> {
    let Some((what, rest)) = words.split_first() else { return Err(USAGE.into()) };
    let mut options = BTreeMap::new();
    let mut rest = rest.iter().peekable();
    while let Some(word) = rest.next() {
        let name = word.strip_prefix("--").ok_or_else(|| format!("{word}?\n{USAGE}"))?;
        let value = rest.next_if(|next| !next.starts_with("--")).cloned().unwrap_or_default();
        options.insert(name.to_owned(), value);
    }
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(|_| root.join("target"), PathBuf::from);
    let target = if target.is_absolute() { target } else { root.join(target) };
    let bin = match options.get("bin") {
        Some(path) => PathBuf::from(path),
        None => [target.join("release/farun"), target.join("debug/farun")]
            .into_iter()
            .find(|path| path.exists())
            .ok_or("no farun to torture: cargo build --release -p farun, or --bin PATH")?,
    };
    let bin = fs::canonicalize(&bin).map_err(|error| format!("{}: {error}", bin.display()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let mut setting = Setting {
        root: root.to_owned(),
        work: target.join("torture"),
        bin,
        seed: u64::try_from(now % u128::from(u32::MAX))?,
        command: format!("cargo xtask torture {}", words.join(" ")),
        options,
    };
    setting.seed = setting.number("seed", setting.seed)?;
    fs::create_dir_all(&setting.work)?;
    eprintln!("torture {what}: {} (seed {})", setting.bin.display(), setting.seed);
    match what.as_str() {
        "kill" => kill::kill(&setting),
        "power" => power::power(&setting),
        "disk" => disk::disk(&setting),
        "overload" => overload::overload(&setting),
        "slow" => slow::slow(&setting),
        "limits" => limits::limits(&setting),
        "backup" => backup::backup(&setting),
        "soak" => soak::soak(&setting),
        "jepsen" => jepsen::jepsen(&setting),
        "formulas" => formulas::formulas(&setting),
        "logins" => logins::logins(&setting),
        "tls" => tls::tls(&setting),
        "parsers" => parsers::parsers(&setting),
        "sqlmap" => sqlmap::sqlmap(&setting),
        "histories" => histories::histories(&setting),
        "twins" => twins::twins(&setting),
        "replica" => twins::replica(&setting),
        "short" => short(&setting),
        _ => Err(USAGE.into()),
    }
}

/// What CI can afford; no duration is judged.
fn short(setting: &Setting) -> Result<bool> {
    let killed = kill::kill(&setting.with(&[("cycles", "5"), ("clients", "4")]))?;
    let cut = power::power(&setting.with(&[("points", "100"), ("entries", "120"), ("clients", "4")]))?;
    let slow = slow::slow(&setting.with(&[("clients", "50"), ("seconds", "1")]))?;
    Ok(killed && cut && slow)
}

/// What a program printed; an error with its complaint if it failed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{command:?}: {} {}", done.status, said.trim()).into())
}

/// The shim between farun and the file system, compiled when its source is newer.
pub(crate) fn shim(setting: &Setting) -> Result<PathBuf> {
    let (source, library) = (setting.root.join("xtask/torture/shim.c"), setting.work.join("shim.so"));
    let made = |path: &Path| fs::metadata(path).and_then(|known| known.modified()).ok();
    if made(&library).is_none_or(|library| made(&source).is_some_and(|source| source > library)) {
        output(
            Command::new("gcc")
                .args(["-O2", "-Wall", "-shared", "-fPIC", "-o"])
                .arg(&library)
                .arg(&source)
                .arg("-ldl"),
        )?;
    }
    Ok(library)
}

/// The value at that percentage of a sorted list.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or_default()
}

/// A count for arithmetic; counts here are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
