//! The command line: what may be said, and the exit codes (0 ok, 1 found problems, 2 usage, 3 environment).

use crate::{
    Config, Place,
    backup::{self, BackupCommand, Source},
    bench, bulletin, check, demo, forms, restore,
    rotate::{self, RotateKey},
    serve,
    user::{self, UserCommand},
    verify::{self, Verify},
    wiring,
};
use clap::{Parser, Subcommand};
use kernel::{Day, Error};
use std::{
    io::{BufRead as _, Write as _},
    process::ExitCode,
};
use store::{
    backup::{Keep, Repository},
    tally,
};
use tokio::sync::watch;

#[derive(Parser)]
#[command(name = "farun", version, about = "法润：区县公共法律服务平台", long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Log lines as JSON.
    #[arg(long, env = "FARUN_LOG_JSON", global = true)]
    log_json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Serves an installation; on an empty folder prints a one-time set-up link.
    Serve {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        listen: serve::Listen,
        /// Every entry commits for itself: what the benchmark compares shared commits with.
        #[arg(long, hide = true)]
        ungrouped: bool,
    },
    /// Makes the demonstration world when the folder is empty, and serves it.
    Demo {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        listen: serve::Listen,
        /// Makes the world and exits.
        #[arg(long)]
        prepare: bool,
    },
    /// Prints the figures of a period; works while the server runs.
    Bulletin {
        #[command(flatten)]
        place: Place,
        /// 2022Q1, 2022-03, 2022H1 or 2022.
        #[arg(long)]
        period: String,
        /// calendar, ministry (Dec–Feb …) or twenty-first (21st to 20th).
        #[arg(long, default_value = "calendar")]
        scheme: String,
        /// The day stocks are taken at; the business day unless given.
        #[arg(long)]
        as_of: Option<String>,
        /// Only what was entered up to this moment: 2022-05-06T09:00.
        #[arg(long)]
        observed_at: Option<String>,
        /// Present values, even if the period is sealed.
        #[arg(long)]
        live: bool,
        /// Parts under the present names of villages instead of those of the time.
        #[arg(long)]
        present_names: bool,
        /// json, xlsx or html.
        #[arg(long, value_enum, default_value = "json")]
        format: bulletin::Format,
        /// File to write; standard output unless given.
        #[arg(long)]
        out: Option<std::path::PathBuf>,
    },
    /// Prints the ministry's forms of a period, with their checks; works while the server runs.
    Returns {
        #[command(flatten)]
        place: Place,
        /// M1, Q1, F01 to F13, or all.
        #[arg(long, default_value = "all")]
        form: String,
        /// 2022Q1, 2022-03, 2022H1 or 2022.
        #[arg(long)]
        period: String,
        /// calendar, ministry (Dec–Feb …) or twenty-first (21st to 20th).
        #[arg(long, default_value = "ministry")]
        scheme: String,
        /// json or xlsx.
        #[arg(long, value_enum, default_value = "json")]
        format: forms::Format,
        /// File to write; standard output unless given.
        #[arg(long)]
        out: Option<std::path::PathBuf>,
    },
    /// Compares what must agree: file, audit chain, sums, coverage. Exit code 1 if something is broken.
    Check {
        #[command(flatten)]
        place: Place,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Makes the live sums anew from the facts first.
        #[arg(long)]
        rebuild: bool,
        /// Also keeps what was found for the page 数据核对, as the nightly run does.
        #[arg(long)]
        record: bool,
    },
    /// Backs up the installation while it is served; each backup stores only what is new since the ones before.
    ///
    /// The folder gets the database, the folder files/ and a manifest with row counts, audit heads and a digest of all
    /// figures, but NOT the keys: whoever finds a backup cannot read ID numbers and telephones. Write the keys out once
    /// with --with-keys and keep that file elsewhere (on paper, in a safe): without it sealed values are lost.
    /// PostgreSQL is dumped by pg_dump, which must be installed here. The database is left as it is, also when it is of
    /// an older release: nothing is migrated.
    Backup {
        #[command(flatten)]
        place: Place,
        /// The folder of backups; `folder` of [backup] in farun.toml unless given.
        #[arg(long, global = true)]
        to: Option<std::path::PathBuf>,
        /// Also writes the keys into this new file. Keep it apart from the backups.
        #[arg(long)]
        with_keys: Option<std::path::PathBuf>,
        #[command(subcommand)]
        command: Option<BackupCommand>,
    },
    /// Restores a backup into an empty folder (--data), and compares everything with what was noted when it was made.
    ///
    /// Nothing is ever overwritten. Every block is compared with its hash; then the database file, row counts, audit
    /// chains, sums and figures are compared. Exit code 1: something differs, do not use the restored data.
    Restore {
        #[command(flatten)]
        place: Place,
        /// The folder of backups.
        #[arg(long)]
        from: std::path::PathBuf,
        /// A backup's name or the beginning of it, or a moment (2022-05-06T09:00): the newest not after it. The newest
        /// of all unless given.
        #[arg(long)]
        at: Option<String>,
        /// The file that `farun backup --with-keys` wrote; put in place and tried. Without it, put it at
        /// keys/master.key yourself before serving.
        #[arg(long)]
        keys: Option<std::path::PathBuf>,
    },
    /// Changes the master key of the sealed fields while the server runs; a run that was interrupted goes on.
    RotateKey {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        what: RotateKey,
    },
    /// Verifies the installation (file, audit chains, sums, seals, keys) or a backup. Exit code 1 if something is
    /// broken.
    Verify {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        what: Verify,
    },
    /// Brings the database up to date and exits.
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    /// Measures this machine with much data: pages, durable entries, start, memory.
    Bench(bench::Bench),
    /// Accounts.
    User {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: UserCommand,
    },
}

const PROBLEMS: u8 = 1;
const USAGE: u8 = 2;
const ENVIRONMENT: u8 = 3;

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version through the same way.
            error.print().ok();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    logs(cli.log_json);
    // Short rounds: under overload, what has been begun does not wait behind a thousand connections that will only be
    // turned away; above all the one writer, who holds up all the others.
    // Some workers may be inside SQLite: the others serve meanwhile.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(processors + store::WORKERS_BESIDE)
        .max_io_events_per_tick(32)
        .global_queue_interval(8)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            say_error(&format!("cannot start: {error}"));
            return ExitCode::from(ENVIRONMENT);
        }
    };
    match runtime.block_on(command(cli.command)) {
        Ok(code) => ExitCode::from(code),
        Err(Error::Refused(refusal)) => {
            say_error(&refusal.to_string());
            ExitCode::from(USAGE)
        }
        Err(Error::Fault(fault)) => {
            say_error(&fault.to_string());
            ExitCode::from(ENVIRONMENT)
        }
    }
}

async fn command(command: Command) -> kernel::Result<u8> {
    match command {
        Command::Serve { mut place, listen, ungrouped } => {
            let config = place.settle()?;
            let db = wiring::open(&place).await?;
            if ungrouped {
                db.ungroup_commits();
            }
            wiring::found(&db, config.region.unwrap_or(320_412)).await?;
            start(db, &config, listen).await
        }
        Command::Demo { mut place, listen, prepare } => {
            let config = place.settle()?;
            let db = wiring::open(&place).await?;
            if db.region().is_err() {
                say("正在生成演示数据（约半分钟）…");
                demo::make(&db).await?;
                say("演示数据已生成。");
            } else if !wiring::is_demo(&db).await? {
                return Err(kernel::Refusal::invalid(format!(
                    "{} 里已有真实数据，演示数据不会写进去；请换一个空目录",
                    place.data.display()
                ))
                .into());
            }
            if prepare {
                db.close().await?;
                return Ok(0);
            }
            start(db, &config, listen).await
        }
        Command::Bulletin {
            mut place,
            period,
            scheme,
            as_of,
            observed_at,
            live,
            present_names,
            format,
            out,
        } => {
            let as_of = as_of.map(|text| Day::parse(&text)).transpose()?;
            let observed_at = observed_at.map(|text| kernel::Moment::parse(&text)).transpose()?;
            let wanted = bulletin::Wanted { as_of, observed_at, live, present_names };
            let config = place.settle()?;
            let db = wiring::open_existing(&place).await?;
            let found = bulletin::find(&db, &period, &scheme, wanted).await?;
            let bytes = bulletin::written(found, format, &config.settings(None, false)?.district)?;
            put(out, &bytes)?;
            Ok(0)
        }
        Command::Returns { mut place, form, period, scheme, format, out } => {
            let config = place.settle()?;
            let db = wiring::open_existing(&place).await?;
            let district = config.settings(None, false)?.district;
            let printed = forms::print(&db, &form, (&period, &scheme), format, &district).await?;
            put(out, &printed.bytes)?;
            Ok(if printed.broken { PROBLEMS } else { 0 })
        }
        Command::Check { mut place, json, rebuild, record } => {
            place.settle()?;
            let db = wiring::open_existing(&place).await?;
            if rebuild {
                let mut tx = db.begin_write().await?;
                tally::rebuild(&mut tx).await?;
                tx.commit().await?;
            }
            if record {
                check::record(&db).await?;
            }
            let outcomes = check::check(&db).await?;
            if json {
                say(&serde_json::to_string(&outcomes)?);
            } else {
                report(&outcomes);
            }
            let broken = outcomes.iter().any(|outcome| outcome.grave && !outcome.findings.is_empty());
            Ok(if broken { PROBLEMS } else { 0 })
        }
        Command::Backup { place, to, with_keys, command } => {
            backup_command(place, to, with_keys, command).await
        }
        Command::Restore { place, from, at, keys } => {
            let repository = Repository::for_reading(&from)?;
            let manifest = repository.find(at.as_deref())?;
            say(&format!("正在恢复备份 {}（{}）…", manifest.id, manifest.at.local()));
            let url = place.database_url.as_deref();
            let findings =
                restore::restore(&repository, &manifest, &place.data, url, keys.as_deref()).await?;
            for finding in findings.iter().take(20) {
                say(&format!("    {finding}"));
            }
            if !findings.is_empty() {
                say(&format!("恢复出来的数据有 {} 处与备份不符，不要使用。", findings.len()));
                return Ok(PROBLEMS);
            }
            say(&format!("已恢复到 {}，逐项核对无误。", place.data.display()));
            if keys.is_none() {
                say("密钥不在备份里：请把另存的密钥放到 keys/master.key 再启动服务。");
            }
            Ok(0)
        }
        Command::RotateKey { mut place, what } => {
            place.settle()?;
            let db = wiring::open_existing(&place).await?;
            rotate::rotate(&db, what).await?;
            Ok(0)
        }
        Command::Verify { mut place, what } => {
            let outcomes = match &what.backup {
                Some(which) => vec![verify::backup(which)?],
                None => {
                    place.settle()?;
                    let db = wiring::open_existing(&place).await?;
                    verify::installation(&db, &what).await?
                }
            };
            if what.json {
                say(&verify::json(&outcomes)?);
            } else {
                report(&outcomes);
            }
            Ok(if verify::broken(&outcomes) { PROBLEMS } else { 0 })
        }
        Command::Migrate { mut place } => {
            place.settle()?;
            let db = wiring::open(&place).await?;
            say(&format!("数据库已是最新：{}", wiring::migrate(&db).await?));
            Ok(0)
        }
        Command::Bench(what) => {
            bench::bench(&what).await?;
            Ok(0)
        }
        Command::User { place, command } => accounts(place, command).await,
    }
}

/// Writes to a file, or to standard output.
fn put(out: Option<std::path::PathBuf>, bytes: &[u8]) -> kernel::Result<()> {
    match out {
        Some(path) => std::fs::write(&path, bytes)
            .map_err(|e| kernel::Fault::from(e).context(format!("cannot write {}", path.display())))?,
        None => std::io::stdout().write_all(bytes)?,
    }
    Ok(())
}

async fn backup_command(
    mut place: Place,
    to: Option<std::path::PathBuf>,
    with_keys: Option<std::path::PathBuf>,
    command: Option<BackupCommand>,
) -> kernel::Result<u8> {
    let config = place.settle()?;
    let plan = config.backup.as_ref();
    let to = to.or_else(|| plan.map(|plan| plan.folder.clone())).ok_or_else(|| {
        kernel::Refusal::invalid("请用 --to 指定备份目录，或在 farun.toml 的 [backup] 里写 folder")
    })?;
    let source = Source { data: place.data.clone(), database_url: place.database_url.clone() };
    match command {
        None => {
            let db = wiring::open_as_it_is(&place).await?;
            let (manifest, written) = backup::take(&db, &source, &to).await?;
            say(&backup::summary(&manifest, written));
            if let Some(file) = with_keys {
                backup::copy_keys(&place.data, &file)?;
                say(&format!("密钥已写到 {}。请与备份分开保管，不要放在同一处。", file.display()));
            }
        }
        Some(BackupCommand::List) => {
            for line in backup::listed(&to)? {
                say(&line);
            }
        }
        Some(BackupCommand::Drill) => {
            let db = wiring::open_as_it_is(&place).await?;
            let drill = backup::drill(&db, &source, &to).await?;
            say(&backup::told(&drill));
            return Ok(if drill.findings.is_empty() { 0 } else { PROBLEMS });
        }
        Some(BackupCommand::Prune) => {
            let keep = plan.map_or_else(Keep::default, |plan| plan.keep);
            let pruned = Repository::for_writing(&to)?.prune(keep)?;
            say(&format!("清理了 {} 个备份、{} 个数据块。", pruned.backups, pruned.blocks));
        }
    }
    Ok(0)
}

async fn accounts(mut place: Place, command: UserCommand) -> kernel::Result<u8> {
    let config = place.settle()?;
    let db = wiring::open(&place).await?;
    wiring::found(&db, config.region.unwrap_or(320_412)).await?;
    match command {
        UserCommand::Add { username, name, roles, towns } => {
            let mut password = String::new();
            std::io::stdin().lock().read_line(&mut password)?;
            user::add(&db, &username, &name, &roles, &towns, password.trim_end_matches(['\r', '\n'])).await?;
            say("账号已建立。");
        }
        UserCommand::List => {
            for (username, name, roles, state) in user::list(&db).await? {
                say(&format!("{username}\t{name}\t{roles}\t{state}"));
            }
        }
        UserCommand::RescueLink { username } => {
            let mut tx = db.begin_write().await?;
            let token = identity::rescue_link(&mut tx, &username).await?;
            tx.commit().await?;
            let token =
                token.ok_or_else(|| kernel::Refusal::invalid(format!("没有在用的账号 {username}")))?;
            say(&format!("{}/join/{token}", config.settings(None, false)?.staff_url));
        }
        UserCommand::SetupLink => {
            let url = config.settings(None, false)?.staff_url;
            match setup_link(&db).await? {
                Some(token) => say(&format!("{url}/setup/{token}")),
                None => say("已有账号，不再需要初始化链接。"),
            }
        }
    }
    Ok(0)
}

async fn setup_link(db: &store::Db) -> kernel::Result<Option<String>> {
    let mut tx = db.begin_write().await?;
    let link = identity::setup_link(&mut tx).await?;
    tx.commit().await?;
    Ok(link)
}

async fn start(db: store::Db, config: &Config, listen: serve::Listen) -> kernel::Result<u8> {
    let listen = listen.settled(config);
    let listeners = serve::bind(&listen)?;
    let link = setup_link(&db).await?;
    let mut url = listen.public_url.clone().or_else(|| config.public_url.clone());
    let first = listeners.first().and_then(|(listener, _)| listener.local_addr().ok());
    if url.is_none() {
        // Listening everywhere is no address to open: this machine is.
        url = first.map(|mut address| {
            if address.ip().is_unspecified() {
                address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
            }
            format!("http://{address}")
        });
    }
    let app = wiring::app(db, config, url).await?;
    let staff_url = app.settings.staff_url.clone();
    for (listener, public) in &listeners {
        let side = if *public { "（群众）" } else { "" };
        say(&format!("法润已启动{side}：http://{}", listener.local_addr()?));
    }
    if let Some(token) = link {
        say(&format!("还没有账号。请在浏览器打开一次性初始化链接：{staff_url}/setup/{token}"));
    }
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        serve::asked_to_stop().await;
        stop.send_replace(true);
    });
    serve::serve(app, listeners, stopped).await?;
    say("已停止。");
    Ok(0)
}

fn report(outcomes: &[check::Outcome]) {
    for outcome in outcomes {
        let mark = match (outcome.findings.is_empty(), outcome.grave) {
            (true, _) => "正常",
            (false, true) => "有误",
            (false, false) => "待办",
        };
        say(&format!("[{mark}] {}（{}）", outcome.title, outcome.id));
        for finding in outcome.findings.iter().take(20) {
            say(&format!("    {finding}"));
        }
        if outcome.findings.len() > 20 {
            say(&format!("    …共 {} 处", outcome.findings.len()));
        }
        if !outcome.findings.is_empty() {
            say(&format!("    办法：{}", outcome.mend));
        }
    }
}

fn logs(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("FARUN_LOG")
        .unwrap_or_else(|_| "info,farun::access=warn,sqlx=warn".into());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log on a full disk would be complained about on the same disk, and that complaint panics.
        .log_internal_errors(false);
    // A second subscriber (in tests) is refused; the first stays.
    if json {
        builder.json().try_init().ok()
    } else {
        builder.try_init().ok()
    };
}

/// Prints a line for the person at the terminal.
#[expect(clippy::print_stdout, reason = "this is what a command line is for")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "this is what a command line is for")]
fn say_error(text: &str) {
    eprintln!("错误：{text}");
}
