//! The machine that was measured on: without it numbers mean nothing.

use super::{load::millis, server::clock};
use kernel::Fault;
use serde::Serialize;
use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    thread,
};

/// What the numbers were measured on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) processors: usize,
    pub(crate) model: String,
    pub(crate) kernel: String,
    pub(crate) memory_gib: f64,
}

impl Machine {
    /// Looks around.
    pub(crate) fn of_here() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':'))
                .map_or_else(|| "?".to_owned(), |(_, value)| value.trim().to_owned())
        };
        let kilobytes: f64 = value(&memory, "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
        Self {
            processors: thread::available_parallelism().map_or(0, usize::from),
            model: value(&cpus, "model name"),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            memory_gib: kilobytes / 1024.0 / 1024.0,
        }
    }
}

/// What making 4 KB durable costs in that folder: the median of 50 times, in milliseconds.
pub(crate) fn sync_ms(folder: &Path) -> Result<f64, Fault> {
    let path = folder.join("sync.tmp");
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let asked = clock();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.push(asked.elapsed());
    }
    fs::remove_file(&path)?;
    times.sort_unstable();
    Ok(times.get(25).copied().map_or(0.0, millis))
}
