//! Throwaway PostgreSQL servers that may be killed: unlike the one of the tests they keep their promises (fsync on).

use super::{
    Result, Setting, output,
    site::{self, signal},
};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// One server with its folder.
#[derive(Debug)]
pub(crate) struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    /// What lets a program run as a user that PostgreSQL accepts.
    through: Vec<String>,
    owner: String,
}

impl Cluster {
    /// A new, running server.
    pub(crate) fn start_new(name: &str, config: &str) -> Result<Self> {
        let cluster = Self::prepare(name)?;
        cluster.run("initdb", |command| {
            command
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-instructions",
                ])
                .arg(format!("--pgdata={}", cluster.data().display()))
        })?;
        let text = format!(
            "\nmax_connections = 100\nshared_buffers = 64MB\njit = off\ntimezone = 'UTC'\nwal_level = replica\nhot_standby = on\nlog_min_messages = log\n{config}\n"
        );
        let path = cluster.data().join("postgresql.conf");
        fs::write(&path, fs::read_to_string(&path)? + &text)?;
        let path = cluster.data().join("pg_hba.conf");
        fs::write(&path, fs::read_to_string(&path)? + "host replication all 127.0.0.1/32 trust\n")?;
        cluster.start()?;
        Ok(cluster)
    }

    /// A new server that holds the demonstration world in the database `farun`, with the world's keys.
    pub(crate) fn with_world(setting: &Setting, world: &Path) -> Result<Self> {
        let cluster = Self::start_new("primary", "")?;
        cluster.fill(setting, world)?;
        Ok(cluster)
    }

    pub(crate) fn fill(&self, setting: &Setting, world: &Path) -> Result<()> {
        output(Command::new("psql").args(["-XAtq", &self.url("postgres"), "-c", "create database farun"]))?;
        let folder = setting.folder("filling")?;
        site::copy(world, &folder)?;
        fs::remove_file(folder.join("farun.db"))?;
        output(
            Command::new(&setting.bin)
                .args(["demo", "--prepare", "--data"])
                .arg(&folder)
                .arg("--database-url")
                .arg(self.url("farun")),
        )?;
        Ok(())
    }

    /// A copy that follows this server by way of an address, running.
    pub(crate) fn replica(&self, by: SocketAddr) -> Result<Self> {
        let replica = Self::prepare("replica")?;
        replica.run("pg_basebackup", |command| {
            command
                .args([
                    "--write-recovery-conf",
                    "--checkpoint=fast",
                    "--username=postgres",
                    "--host=127.0.0.1",
                ])
                .arg(format!("--port={}", by.port()))
                .arg(format!("--pgdata={}", replica.data().display()))
        })?;
        replica.start()?;
        Ok(replica)
    }

    fn prepare(name: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("farun-torture-{}-{name}", std::process::id()));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let root = output(Command::new("id").arg("-u"))?.trim() == "0";
        let owner = if root {
            "postgres".to_owned()
        } else {
            output(Command::new("id").arg("-un"))?.trim().to_owned()
        };
        let mut through = Vec::new();
        if root {
            through = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
                .map(str::to_owned)
                .to_vec();
            output(Command::new("chown").arg("postgres:").arg(&folder))?;
        }
        Ok(Self { bin: programs()?, folder, address: site::free_address()?, through, owner })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        url(self.address, database)
    }

    fn run(&self, program: &str, arguments: impl Fn(&mut Command) -> &mut Command) -> Result<()> {
        let mut words = self.through.clone();
        words.push(self.bin.join(program).display().to_string());
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("setup.log"))?;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&self.folder).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        let status = arguments(&mut command).status()?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(self.folder.join("setup.log")).unwrap_or_default();
        let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        Err(format!("{program} as {}: {status}\n{said}\n{log}", self.owner).into())
    }

    /// Starts it (again), and waits until it answers.
    pub(crate) fn start(&self) -> Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
            self.address.port(),
            self.folder.display()
        );
        self.run("pg_ctl", |command| {
            command
                .arg(format!("--pgdata={}", self.data().display()))
                .arg(format!("--log={}", self.folder.join("server.log").display()))
                .args(["--wait", "--timeout=60", "--silent"])
                .arg(format!("--options={options}"))
                .arg("start")
        })
    }

    /// The replica becomes the primary.
    pub(crate) fn promote(&self) -> Result<()> {
        self.run("pg_ctl", |command| {
            command.arg(format!("--pgdata={}", self.data().display())).args([
                "--wait",
                "--timeout=60",
                "promote",
            ])
        })
    }

    /// Its processes, the postmaster first.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let Some(first) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
            return Vec::new();
        };
        let mut all = vec![first];
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let parent = stat
                .rsplit_once(')')
                .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            if parent == Some(first) {
                all.push(pid);
            }
        }
        all
    }

    /// SIGKILL for all of them, as when a machine is pulled out.
    pub(crate) fn kill(&self) -> Result<()> {
        let processes = self.processes();
        signal("KILL", &processes)?;
        for pid in processes {
            while Path::new(&format!("/proc/{pid}/exe")).exists() && !ended(pid) {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
        // Nobody answers to these numbers any more: PostgreSQL would take another program, or what is left of its old
        // self, for a living one.
        fs::remove_file(self.data().join("postmaster.pid")).ok();
        fs::remove_file(self.folder.join(format!(".s.PGSQL.{}.lock", self.address.port()))).ok();
        Ok(())
    }
}

/// Dead, though perhaps nobody has asked for its exit code yet.
fn ended(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Throwaway: whatever fails here leaves a folder among the temporary ones.
        self.kill().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The address of a database behind an address of this machine.
pub(crate) fn url(address: SocketAddr, database: &str) -> String {
    format!("postgres://postgres@{address}/{database}")
}

/// The folder of PostgreSQL's server programs, the newest of Debian's.
fn programs() -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    folders.retain(|folder| folder.join("initdb").exists());
    folders.sort();
    folders
        .pop()
        .ok_or_else(|| "PostgreSQL's server programs are not installed (scripts/setup-test.sh)".into())
}
