//! What the kernel says about a process, and steps measured by it: wall time, processor time, the peak of memory.

use super::server::clock;
use kernel::Fault;
use serde::{Deserialize, Serialize};
use std::{fs, time::Instant};

/// Clock ticks of `/proc` per second, the same on every Linux.
const TICKS: f64 = 100.0;

/// A process by its folder in `/proc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process(String);

impl Process {
    /// This one.
    pub(super) fn own() -> Self {
        Self("/proc/self".to_owned())
    }

    /// Another one.
    pub(super) fn of(pid: u32) -> Self {
        Self(format!("/proc/{pid}"))
    }

    /// CPU seconds used so far, in user and kernel mode.
    pub(super) fn cpu(&self) -> Result<f64, Fault> {
        let stat = fs::read_to_string(format!("{}/stat", self.0))?;
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let field = |at: usize| {
            fields
                .get(at)
                .and_then(|text| text.parse::<f64>().ok())
                .ok_or_else(|| Fault::new("/proc/…/stat cannot be read"))
        };
        Ok((field(11)? + field(12)?) / TICKS)
    }

    /// Resident memory in MiB.
    pub(super) fn resident(&self) -> Result<f64, Fault> {
        self.memory("VmRSS:")
    }

    /// The most memory that was resident at once, in MiB.
    pub(super) fn peak(&self) -> Result<f64, Fault> {
        self.memory("VmHWM:")
    }

    /// Lets the peak begin anew at what is resident now. A kernel that cannot do so leaves the peak of everything
    /// before, which is too much rather than too little.
    fn forget_peak(&self) {
        fs::write(format!("{}/clear_refs", self.0), "5").ok();
    }

    fn memory(&self, name: &str) -> Result<f64, Fault> {
        let status = fs::read_to_string(format!("{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes =
            line.and_then(|line| line.split_whitespace().next()).and_then(|text| text.parse::<f64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes / 1024.0)
            .ok_or_else(|| Fault::new("/proc/…/status cannot be read"))
    }
}

/// A step that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// What was done.
    pub(crate) name: String,
    /// Wall time.
    pub(crate) seconds: f64,
    /// User and kernel time of the process that did it.
    pub(crate) cpu_seconds: f64,
    /// The most memory of that process during the step.
    pub(crate) peak_mib: f64,
    /// What else there is to say: counts, sizes.
    pub(crate) note: String,
}

/// Measures a step that a process does.
pub(super) struct Stopwatch<'a> {
    process: &'a Process,
    started: Instant,
    cpu: f64,
}

impl<'a> Stopwatch<'a> {
    /// The step begins.
    pub(super) fn start(process: &'a Process) -> Result<Self, Fault> {
        process.forget_peak();
        Ok(Self { process, cpu: process.cpu()?, started: clock() })
    }

    /// The step is over.
    pub(super) fn stop(self, name: &str, note: String) -> Result<Step, Fault> {
        Ok(Step {
            name: name.to_owned(),
            seconds: self.started.elapsed().as_secs_f64(),
            cpu_seconds: self.process.cpu()? - self.cpu,
            peak_mib: self.process.peak()?,
            note,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_works_and_takes_memory_shows_it() {
        let own = Process::own();
        let watch = Stopwatch::start(&own).expect("starts");
        let before = own.peak().expect("a peak");
        let mut block = vec![0_u8; 64 << 20];
        for (byte, nth) in block.iter_mut().zip(0_u8..=255) {
            *byte = nth;
        }
        // Touched, so that it is resident.
        block.chunks_mut(4096).for_each(|page| page[0] = 1);
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        let step = watch.stop("sum", sum.to_string()).expect("stops");
        assert!(step.peak_mib > before + 50.0, "{} after {before}", step.peak_mib);
        assert!(step.seconds > 0.0 && step.cpu_seconds >= 0.0);
        drop(block);
        let after = Stopwatch::start(&own).expect("starts").stop("nothing", String::new()).expect("stops");
        assert!(after.peak_mib < step.peak_mib - 50.0, "a peak is a step's own: {}", after.peak_mib);
    }
}
