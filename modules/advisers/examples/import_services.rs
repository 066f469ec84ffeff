//! Measures the import of a service book on SQLite: `cargo run --release -p advisers --features testing --example
//! import_services -- 100000 book.xlsx`. The first run makes the file, so that its making is not measured; the second
//! says wall time, processor time and the peak of memory of each step.

use advisers::testing::{now, service_file, world};
use imports::{Kind, Mode, import_file, take_back};
use std::{io::Write as _, sync::Arc};
use store::Engine;
use testkit::{Server, TestDb, actor};
use web::Role;

/// Processor time in seconds and the peak of resident memory in MB, as Linux tells them.
fn used() -> (f64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    let peak = peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0);
    ((ticks(11) + ticks(12)) / 100.0, peak / 1024)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a measurement takes its size from the command line and reads the clock"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let path = std::path::PathBuf::from(std::env::args().nth(2).unwrap_or_else(|| "book.xlsx".to_owned()));
    if !path.exists() {
        std::fs::write(&path, service_file(rows).map_err(|fault| fault.to_string())?)?;
        return Ok(());
    }
    let file = std::fs::read(&path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = std::io::stdout();
    runtime.block_on(async {
        let migrations = [imports::MIGRATIONS, advisers::testing::migrations()].concat();
        let world_db = TestDb::new(Engine::Sqlite, &migrations).await;
        let say = |fault: kernel::Error| fault.to_string();
        world(&world_db.db).await.map_err(say)?;
        let modules = vec![
            imports::module(),
            places::module(),
            parties::module(),
            counsel::module(),
            advisers::module(),
        ];
        let server = Server::new(world_db.db.clone(), Arc::new(kernel::FixedClock(now())), modules);
        let kind = *server.app.extensions::<Kind>().find(|kind| kind.key == "services").ok_or("no kind")?;
        writeln!(out, "{} kB of .xlsx; {} MB so far", file.len() / 1024, used().1)?;
        let who = actor(Role::Manager);
        let mut done = None;
        for (step, mode) in [
            ("read and check", None),
            ("read, check and apply", Some(Mode::All)),
            ("the same again", Some(Mode::All)),
        ] {
            let (began, cpu) = (std::time::Instant::now(), used().0);
            let report = import_file(&server.app, &who, &kind, ("服务.xlsx", file.clone()), mode)
                .await
                .map_err(say)?;
            let (cpu, peak) = (used().0 - cpu, used().1);
            let i = &report.import;
            writeln!(
                out,
                "{step}: {:.1} s, processor {cpu:.1} s, peak {peak} MB; new {}, same {}, bad {}, done {}",
                began.elapsed().as_secs_f64(),
                i.creates,
                i.sames,
                i.bads,
                i.done
            )?;
            if i.done > 0 {
                done = Some(i.id);
            }
        }
        if let Some(id) = done {
            let (began, cpu) = (std::time::Instant::now(), used().0);
            let report = take_back(&server.app, &who, id).await.map_err(say)?;
            let (cpu, peak) = (used().0 - cpu, used().1);
            writeln!(
                out,
                "take back: {:.1} s, processor {cpu:.1} s, peak {peak} MB; {} rows",
                began.elapsed().as_secs_f64(),
                report.import.undone
            )?;
        }
        Ok(())
    })
}
