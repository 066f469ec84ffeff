//! An installation to torture: a copy of the demonstration world, and the real binary serving it.

use super::{
    Result, Setting,
    http::{Client, field},
    output,
};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The demonstration world, made once for each binary.
pub(crate) fn world(setting: &Setting) -> Result<PathBuf> {
    let about = fs::metadata(&setting.bin)?;
    let made = about.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let folder = setting.work.join(format!("world-{made}-{}", about.len()));
    if folder.join("ready").exists() {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    eprintln!("making the demonstration world in {}", folder.display());
    output(Command::new(&setting.bin).args(["demo", "--prepare", "--data"]).arg(&folder))?;
    fs::write(folder.join("ready"), "")?;
    Ok(folder)
}

/// Copies the world's database and keys.
pub(crate) fn copy(world: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.join("keys"))?;
    fs::copy(world.join("farun.db"), to.join("farun.db"))?;
    for key in fs::read_dir(world.join("keys"))? {
        let key = key?;
        fs::copy(key.path(), to.join("keys").join(key.file_name()))?;
    }
    Ok(())
}

/// Somebody of the demonstration, logged in, with the token of their forms.
pub(crate) fn log_in(address: SocketAddr, username: &str) -> Result<(Client, String)> {
    let mut client = Client::new(address);
    let token = field(&client.get("/login")?, "csrf")?;
    let form = format!("csrf={token}&username={username}&password=farun-demo");
    let answer = client.post("/login", &form)?;
    if answer.status != 303 {
        return Err(format!("the log-in of {username} answered {}", answer.status).into());
    }
    let token = field(&client.get("/me")?, "csrf")?;
    Ok((client, token))
}

/// A port of this machine that nobody listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// How a server is started, again and again on the same address.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) bin: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) database_url: Option<String>,
    pub(crate) address: SocketAddr,
    pub(crate) environment: Vec<(String, String)>,
    /// Programs that start it: `taskset -c 0`.
    pub(crate) through: Vec<String>,
    /// Name of its log in the data folder.
    pub(crate) log: String,
}

impl Launch {
    pub(crate) fn new(setting: &Setting, data: &Path) -> Result<Self> {
        Ok(Self {
            bin: setting.bin.clone(),
            data: data.to_owned(),
            database_url: None,
            address: free_address()?,
            environment: Vec::new(),
            through: Vec::new(),
            log: "server.log".to_owned(),
        })
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn start(&self) -> Result<Server> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.data.join(&self.log))?;
        let mut words = self.through.clone();
        words.push(self.bin.display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("serve").arg("--data").arg(&self.data);
        command.arg("--listen").arg(self.address.to_string());
        if let Some(url) = &self.database_url {
            command.arg("--database-url").arg(url);
        }
        // As deploy/farun.service has it.
        command.env("MALLOC_ARENA_MAX", "2");
        command.envs(self.environment.iter().cloned());
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut server = Server { child };
        let started = Instant::now();
        loop {
            let mut client = Client::new(self.address);
            client.timeout = Duration::from_secs(5);
            if client.get("/healthz").is_ok_and(|answer| answer.status == 200) {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended at once ({status}): {}", self.tail()).into());
            }
            if started.elapsed() > Duration::from_secs(60) {
                return Err(format!("the server does not answer: {}", self.tail()).into());
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// Kills a server started like this (SIGKILL), and starts it again.
    pub(crate) fn start_after(&self, server: &mut Server) -> Result<Server> {
        server.child.kill()?;
        server.child.wait()?;
        self.start()
    }

    /// What the server's log says.
    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.data.join(&self.log)).unwrap_or_default()
    }

    fn tail(&self) -> String {
        let text = self.log_text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

/// A running server; killed without warning when dropped.
pub(crate) struct Server {
    child: Child,
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits until it has stopped by itself.
    pub(crate) fn terminate(mut self) -> Result<()> {
        signal("TERM", &[self.pid()])?;
        self.child.wait()?;
        Ok(())
    }

    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Resident memory in MiB.
    pub(crate) fn resident(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// The most resident memory so far, in MiB.
    pub(crate) fn peak(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("no such line")?;
        Ok(kilobytes.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a signal to processes; one that has ended meanwhile is no error.
pub(crate) fn signal(name: &str, pids: &[u32]) -> Result<()> {
    let pids = pids.iter().map(u32::to_string);
    Command::new("kill").arg(format!("-{name}")).args(pids).stderr(Stdio::null()).status()?;
    Ok(())
}

/// Runs `farun check` on a folder; what it found broken.
pub(crate) fn check(setting: &Setting, data: &Path, database_url: Option<&str>) -> Result<Vec<String>> {
    let mut command = Command::new(&setting.bin);
    command.args(["check", "--json", "--data"]).arg(data);
    if let Some(url) = database_url {
        command.arg("--database-url").arg(url);
    }
    let done = command.output()?;
    let said = String::from_utf8_lossy(&done.stdout);
    let line = said.lines().rfind(|line| line.starts_with('['));
    let Some(line) = line else {
        return Ok(vec![format!("farun check failed: {}", String::from_utf8_lossy(&done.stderr).trim())]);
    };
    let outcomes: Vec<serde_json::Value> = serde_json::from_str(line)?;
    let broken = outcomes.iter().filter(|outcome| {
        outcome["grave"] == true && outcome["findings"].as_array().is_some_and(|found| !found.is_empty())
    });
    Ok(broken.map(|outcome| format!("{}: {}", outcome["id"], outcome["findings"])).collect())
}
