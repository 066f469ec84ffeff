//! `farun bench`: measures the server as it is served, a process of its own asked over HTTP, and checks afterwards
//! that nothing it acknowledged is missing; the same of legal aid cases; then the large works on registers: changes of villages, seals, imports,
//! exports, backups. Asserts no duration: machines differ, and readers judge. What is wrong fails the run.

mod backup;
mod cases;
mod client;
mod data;
mod export;
mod import;
mod load;
mod machine;
mod process;
mod registers;
mod replay;
mod seal;
mod server;
mod table;

use crate::{Place, SystemClock, cli::say, wiring};
use data::Names;
use kernel::{Clock as _, Fault, Result};
use load::{Page, Writing};
use machine::{Machine, sync_ms};
use serde::Serialize;
use server::Server;
use std::path::{Path, PathBuf};

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Bench {
    /// Folder for the data; what is prepared there is used again by the next run.
    #[arg(long, default_value = "data/bench")]
    pub data: PathBuf,
    /// How many entries the service book has, one run each.
    #[arg(long, value_delimiter = ',', default_value = "20000,2000000")]
    pub entries: Vec<i64>,
    /// How many legal aid cases there are, one run each.
    #[arg(long, value_delimiter = ',', default_value = "20000,1000000")]
    pub cases: Vec<i64>,
    /// Requests per page.
    #[arg(long, default_value_t = 1000)]
    pub requests: usize,
    /// Entries written by 64 clients, grouped and ungrouped each; one client writes a tenth.
    #[arg(long, default_value_t = 12_800)]
    pub writes: usize,
    /// Only these parts; all of them unless given. The parts beside `pages` are measured with the largest number of
    /// entries.
    #[arg(long, value_delimiter = ',', value_enum)]
    pub only: Vec<Part>,
    /// Rows of the file that is imported.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rows: u32,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Only prepares the data, a folder for each number of entries.
    #[arg(long, conflicts_with_all = ["requests", "writes", "json"])]
    pub prepare: bool,
    /// Does something wrong in each part beside `pages`: the run must then fail.
    #[arg(long, hide = true)]
    pub plant: bool,
    /// Does this part here, over the copy of the data that the run made for it.
    #[arg(long, hide = true, value_enum)]
    pub alone: Option<Part>,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Pages, durable entries, start, memory.
    Pages,
    /// Legal aid cases: lists, searches, taking, deciding.
    Cases,
    /// The 45 changes of villages.
    Replay,
    /// A quarter sealed and reprinted.
    Seal,
    /// A large file imported and taken back.
    Import,
    /// Large tables exported.
    Export,
    /// Backup and restore.
    Backup,
}

impl Part {
    /// All of them.
    const ALL: [Self; 7] =
        [Self::Pages, Self::Cases, Self::Replay, Self::Seal, Self::Import, Self::Export, Self::Backup];

    /// As it is written on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Cases => "cases",
            Self::Replay => "replay",
            Self::Seal => "seal",
            Self::Import => "import",
            Self::Export => "export",
            Self::Backup => "backup",
        }
    }
}

/// Starts that the median is taken of.
const STARTS: usize = 5;
/// Clients that write at once.
const MANY: usize = 64;

/// Everything measured with one number of entries.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) entries: i64,
    pub(crate) database_mib: f64,
    /// Median of several, files in the page cache.
    pub(crate) start_ms: f64,
    pub(crate) resident_started_mib: f64,
    pub(crate) resident_after_list_mib: f64,
    pub(crate) resident_after_all_mib: f64,
    pub(crate) pages: Vec<Page>,
    /// What making 4 KB durable cost just before the entries were written.
    pub(crate) sync_ms: f64,
    pub(crate) writing: Vec<Writing>,
    /// Entries found after the servers were killed, beyond those that were there before.
    pub(crate) entries_added: i64,
    /// Audit rows whose chain was walked.
    pub(crate) audit_rows: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) day: String,
    pub(crate) machine: Machine,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) cases: Vec<cases::Outcome>,
    /// With the largest number of entries.
    pub(crate) parts: Vec<Measured>,
}

/// A part that was measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measured {
    pub(crate) part: Part,
    pub(crate) entries: i64,
    pub(crate) found: registers::Found,
}

/// Measures and prints.
///
/// # Errors
/// A fault if something answers wrongly, or if an acknowledged entry is missing afterwards.
pub async fn bench(bench: &Bench) -> Result<()> {
    if let Some(part) = bench.alone {
        return registers::alone(bench, part).await;
    }
    std::fs::create_dir_all(&bench.data)?;
    let wanted = |part: &Part| bench.only.is_empty() || bench.only.contains(part);
    let mut report = Report {
        day: SystemClock.now().day().to_string(),
        machine: Machine::of_here(),
        outcomes: Vec::new(),
        cases: Vec::new(),
        parts: Vec::new(),
    };
    if bench.prepare {
        if wanted(&Part::Cases) {
            cases::prepare(bench).await?;
        }
        if Part::ALL.iter().any(|part| *part != Part::Cases && wanted(part)) {
            for entries in &bench.entries {
                data::prepare(&bench.data, *entries).await?;
            }
        }
        return Ok(());
    }
    if wanted(&Part::Pages) {
        for entries in &bench.entries {
            report.outcomes.push(one_size(bench, *entries).await?);
        }
    }
    if wanted(&Part::Cases) {
        report.cases = cases::cases(bench).await?;
    }
    let largest = bench.entries.iter().copied().max().unwrap_or_default();
    let registers = |part: &Part| !matches!(part, Part::Pages | Part::Cases) && wanted(part);
    for part in Part::ALL.into_iter().filter(registers) {
        let prepared = data::prepare(&bench.data, largest).await?;
        let own = bench.clone();
        let measured =
            tokio::task::spawn_blocking(move || registers::measure(&own, part, largest, &prepared));
        let found = measured.await.map_err(|_| Fault::new("the measuring broke"))??;
        report.parts.push(Measured { part, entries: largest, found });
    }
    if bench.json {
        say(&serde_json::to_string_pretty(&report)?);
    } else {
        say(&table::markdown(&report));
    }
    Ok(())
}

async fn one_size(bench: &Bench, entries: i64) -> Result<Outcome> {
    let prepared = data::prepare(&bench.data, entries).await?;
    let folder = data::scratch(&prepared, &bench.data)?;
    let db = wiring::open_existing(&Place::folder(&folder)).await?;
    let names = data::names(&db).await?;
    db.close().await?;
    drop(db);
    let (requests, writes) = (bench.requests, bench.writes);
    let asked = folder.clone();
    let measured = tokio::task::spawn_blocking(move || measure(&asked, &names, entries, requests, writes));
    let mut outcome = measured.await.map_err(|_| Fault::new("the measuring broke"))??;
    // The servers were killed, not stopped: what they acknowledged must be there all the same.
    let db = wiring::open_existing(&Place::folder(&folder)).await?;
    outcome.entries_added = data::count(&db).await? - entries;
    outcome.audit_rows = data::sound(&db).await?;
    db.close().await?;
    let acknowledged: usize = outcome.writing.iter().map(|writing| writing.acknowledged).sum();
    if i64::try_from(acknowledged) != Ok(outcome.entries_added) {
        return Err(Fault::new(format!(
            "{acknowledged} entries were acknowledged, {} are there",
            outcome.entries_added
        ))
        .into());
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(outcome)
}

fn measure(
    folder: &Path,
    names: &Names,
    entries: i64,
    requests: usize,
    writes: usize,
) -> Result<Outcome, Fault> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Server::start(folder, true)?.start);
    }
    starts.sort_unstable();
    let mut server = Server::start(folder, true)?;
    let resident_started_mib = server.resident()?;
    let mut client = load::log_in(&server)?;
    let mut pages = Vec::new();
    let mut resident_after_list_mib = 0.0;
    for (name, path) in load::pages(names) {
        pages.push(load::read(&server, &mut client, name, &path, requests)?);
        if pages.len() == 1 {
            resident_after_list_mib = server.resident()?;
        }
    }
    let sync_ms = sync_ms(folder)?;
    let mut writing = vec![load::write(&server, &client, names, 1, writes / 10, true)?];
    writing.push(load::write(&server, &client, names, MANY, writes, true)?);
    let resident_after_all_mib = server.resident()?;
    drop(server);
    server = Server::start(folder, false)?;
    let client = client.moved_to(server.address)?;
    writing.push(load::write(&server, &client, names, MANY, writes, false)?);
    drop(server);
    let bytes = std::fs::metadata(folder.join("farun.db"))?.len();
    Ok(Outcome {
        entries,
        database_mib: load::real(usize::try_from(bytes).unwrap_or(0)) / 1024.0 / 1024.0,
        start_ms: load::millis(starts[STARTS / 2]),
        resident_started_mib,
        resident_after_list_mib,
        resident_after_all_mib,
        pages,
        sync_ms,
        writing,
        entries_added: 0,
        audit_rows: 0,
    })
}
