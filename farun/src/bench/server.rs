//! The server under test: a process of its own, and what the kernel says about it.

use super::{client::Client, process::Process};
use kernel::Fault;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server; it is killed without warning when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(crate) start: Duration,
}

/// The time, to tell how long something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real durations")]
pub(crate) fn clock() -> Instant {
    Instant::now()
}

impl Server {
    /// Starts a server over the data folder and waits for its first answer.
    pub(crate) fn start(data: &Path, grouped: bool) -> Result<Self, Fault> {
        let started = clock();
        let mut child = command(data, grouped)?.spawn()?;
        let out = child.stdout.take().ok_or_else(|| Fault::new("the server has no output"))?;
        let mut lines = BufReader::new(out).lines();
        // Killed when anything below fails.
        let mut server =
            Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), start: Duration::ZERO };
        server.address = loop {
            let line = lines.next().ok_or_else(|| {
                Fault::new(format!("the server did not start; see {}/server.log", data.display()))
            })??;
            if let Some(address) =
                line.split_once("http://").and_then(|(_, address)| address.trim().parse().ok())
            {
                break address;
            }
        };
        let answer = Client::connect(server.address)?.get("/healthz")?;
        server.start = started.elapsed();
        if answer.status == 200 {
            Ok(server)
        } else {
            Err(Fault::new(format!("/healthz answered {}", answer.status)))
        }
    }

    /// What the kernel says about it.
    pub(crate) fn process(&self) -> Process {
        Process::of(self.child.id())
    }

    /// CPU seconds used so far, in user and kernel mode.
    pub(crate) fn cpu(&self) -> Result<f64, Fault> {
        self.process().cpu()
    }

    /// Resident memory in MiB.
    pub(crate) fn resident(&self) -> Result<f64, Fault> {
        self.process().resident()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[expect(clippy::disallowed_methods, reason = "the server under test is a process of its own")]
fn command(data: &Path, grouped: bool) -> Result<Command, Fault> {
    let log = fs::File::create(data.join("server.log"))?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("serve")
        .arg("--data")
        .arg(data)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(log);
    if !grouped {
        command.arg("--ungrouped");
    }
    Ok(command)
}
