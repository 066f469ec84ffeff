//! R3: the disk is full, fails, or may only be read; there are no file descriptors left. Reading goes on, writing is
//! refused in plain Chinese, and everything works again by itself when the trouble is over.

use super::{
    Result, Setting,
    book::{self, Ack, Book, History, Manners},
    http::Client,
    judge::{self, Sql, judge},
    output, shim,
    site::{self, Launch, Server},
};
use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::AtomicBool,
    thread,
    time::{Duration, Instant},
};

/// What the scene looked like from outside.
struct Scene {
    name: &'static str,
    /// Statuses of pages asked for during the trouble.
    reads: Vec<u16>,
    /// Statuses of entries sent during the trouble, with whether the answer was Chinese.
    writes: Vec<(u16, bool)>,
    /// How long after its end an entry was written again.
    recovered: Option<Duration>,
    troubles: Vec<String>,
}

/// The whole torture: needs root for the small disk.
pub(crate) fn disk(setting: &Setting) -> Result<bool> {
    let mut held = true;
    let mut said = Vec::new();
    for name in [
        "full disk",
        "no space (ENOSPC)",
        "write errors (EIO)",
        "sync errors (EIO)",
        "read-only (EROFS)",
        "no descriptors (EMFILE)",
    ] {
        let scene = scene(setting, name)?;
        let good = scene.troubles.is_empty();
        held &= good;
        for trouble in &scene.troubles {
            println!("  {name}: {trouble}");
        }
        let statuses: std::collections::BTreeSet<u16> = scene.writes.iter().map(|write| write.0).collect();
        said.push(format!(
            "{}: {} reads ok, {} writes refused with {statuses:?}, back after {} ms{}",
            scene.name,
            scene.reads.len(),
            scene.writes.len(),
            scene.recovered.map_or("∞".to_owned(), |time| time.as_millis().to_string()),
            if good { "" } else { " — NOT HELD" },
        ));
    }
    setting.report("R3", "disk trouble", &said.join("; "), held)
}

fn scene(setting: &Setting, name: &'static str) -> Result<Scene> {
    let world = site::world(setting)?;
    let folder = setting.folder("disk")?;
    let small = name == "full disk";
    if small {
        let size = fs::metadata(world.join("farun.db"))?.len() / 1024 + 24 * 1024;
        output(
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}k"), "tmpfs"]).arg(&folder),
        )?;
    }
    let played = play(setting, &world, &folder, name);
    if small {
        output(Command::new("umount").arg(&folder))?;
    }
    played
}

fn play(setting: &Setting, world: &Path, folder: &Path, name: &'static str) -> Result<Scene> {
    site::copy(world, folder)?;
    let fault = setting.work.join("fault");
    if fault.exists() {
        fs::remove_file(&fault)?;
    }
    let mut launch = Launch::new(setting, folder)?;
    if name != "full disk" {
        launch.environment = vec![
            ("LD_PRELOAD".to_owned(), shim(setting)?.display().to_string()),
            ("FARUN_SHIM_FOLDER".to_owned(), folder.display().to_string()),
            ("FARUN_SHIM_FAULT".to_owned(), fault.display().to_string()),
        ];
    }
    let mut server = launch.start()?;
    let sql = Sql::Sqlite(folder.join("farun.db"));
    let tag = format!("d{:x}", setting.seed);
    let book = Book::open(launch.address, &sql, &tag)?;
    let history = History::default();
    let stop = AtomicBool::new(false);
    let manners = Manners { clients: 4, entries: 20, give_up: 0, pause: Duration::ZERO, seed: setting.seed };
    book.write(&[launch.address], manners, &stop, &history, &|| 0);
    let mut scene =
        Scene { name, reads: Vec::new(), writes: Vec::new(), recovered: None, troubles: Vec::new() };
    // Whoever is connected already goes on; that is what is looked at.
    let mut client = book.client(launch.address);
    client.get("/services")?;
    begin(name, folder, &fault, &server)?;
    if name == "no descriptors (EMFILE)" {
        shut_out(&launch, &mut scene);
    }
    trouble(&book, &mut client, &history, &mut scene);
    end(name, folder, &fault, &server)?;
    let over = Instant::now();
    let mut client = book.client(launch.address);
    while over.elapsed() < Duration::from_secs(30) {
        let key = format!("{tag}-after");
        if client.post("/services/new", &book.form(&key, 1)).is_ok_and(|answer| answer.status == 303) {
            scene.recovered = Some(over.elapsed());
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    if scene.recovered.is_none() {
        scene.troubles.push("it did not recover without a restart".to_owned());
    }
    if !server.lives() {
        scene.troubles.push("the server ended".to_owned());
    }
    if launch.log_text().contains("panicked") {
        scene.troubles.push("a panic is in the log".to_owned());
    }
    server.kill()?;
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut verdict = judge(&sql, &tag, &acks)?;
    verdict.broken.extend(judge::file(&sql, true)?);
    verdict.broken.extend(site::check(setting, folder, None)?);
    if !verdict.sound() {
        scene.troubles.push(verdict.to_string());
    }
    Ok(scene)
}

fn begin(name: &str, folder: &Path, fault: &Path, server: &Server) -> Result<()> {
    match name {
        // The filler takes all that is left.
        "full disk" => {
            let mut filler = fs::File::create(folder.join("filler"))?;
            let piece = vec![0; 64 * 1024];
            while std::io::Write::write_all(&mut filler, &piece).is_ok() {}
            while std::io::Write::write_all(&mut filler, &[0; 512]).is_ok() {}
        }
        "no space (ENOSPC)" => fs::write(fault, "write 28\n")?,
        "write errors (EIO)" => fs::write(fault, "write 5\n")?,
        "sync errors (EIO)" => fs::write(fault, "sync 5\n")?,
        "read-only (EROFS)" => fs::write(fault, "write 30\nsync 30\nopen 30\n")?,
        // Those that are open stay; not one more can be had.
        _ => descriptors(server, 3)?,
    }
    Ok(())
}

fn end(name: &str, folder: &Path, fault: &Path, server: &Server) -> Result<()> {
    match name {
        "full disk" => fs::remove_file(folder.join("filler"))?,
        "no descriptors (EMFILE)" => descriptors(server, 4096)?,
        _ => fs::remove_file(fault)?,
    }
    Ok(())
}

fn descriptors(server: &Server, limit: usize) -> Result<()> {
    output(
        Command::new("prlimit").arg(format!("--pid={}", server.pid())).arg(format!("--nofile={limit}:8192")),
    )?;
    Ok(())
}

/// Without descriptors nobody new is let in; a request that is answered all the same shows that nothing was planted.
fn shut_out(launch: &Launch, scene: &mut Scene) {
    let mut stranger = Client::new(launch.address);
    stranger.timeout = Duration::from_millis(700);
    if stranger.get("/").is_ok() {
        scene.troubles.push("the planted trouble was not felt: a stranger was let in".to_owned());
    }
}

/// Reads and writes while the trouble lasts.
fn trouble(book: &Book, client: &mut Client, history: &History, scene: &mut Scene) {
    let most = if scene.name == "no descriptors (EMFILE)" { 20 } else { 400 };
    for number in 0..most {
        let key = format!("{}-during{number}", book.tag);
        match client.post("/services/new", &book.form(&key, number)) {
            // What fits still may be written, also when the log begins anew; what was acknowledged must be there.
            Ok(answer) if answer.status == 303 => {
                let id = book::id(answer.location.trim_start_matches("/services/"));
                book::push(&history.acks, Ack { key, id, at: 0 });
                if matches!(scene.name, "write errors (EIO)" | "sync errors (EIO)" | "read-only (EROFS)") {
                    scene.troubles.push("an entry was acknowledged that cannot have been written".to_owned());
                }
            }
            Ok(answer) => {
                let text = answer.text();
                let chinese = text.contains("存储空间已满") || text.contains("系统") || text.contains("稍");
                scene.writes.push((answer.status, chinese));
            }
            Err(error) => scene.troubles.push(format!("no answer to an entry: {error}")),
        }
        if scene.writes.len() >= 20 {
            break;
        }
        for path in ["/", "/services", "/stations", "/statistics/2022Q1", "/readyz"] {
            match client.get(path) {
                Ok(answer) => scene.reads.push(answer.status),
                Err(error) => scene.troubles.push(format!("no answer to {path}: {error}")),
            }
        }
    }
    let bad: Vec<u16> = scene.reads.iter().copied().filter(|status| *status != 200).collect();
    if !bad.is_empty() {
        scene.troubles.push(format!("pages were answered with {bad:?}"));
    }
    // What is open already can be written to without descriptors.
    let writable = scene.name == "no descriptors (EMFILE)";
    if scene.writes.is_empty() && !writable {
        scene.troubles.push("the planted trouble was not felt: every entry was written".to_owned());
    }
    let wanted: &[u16] = match scene.name {
        "full disk" | "no space (ENOSPC)" => &[507],
        _ => &[503, 507],
    };
    for (status, chinese) in &scene.writes {
        if !wanted.contains(status) || !chinese {
            scene.troubles.push(format!("an entry was answered with {status}, Chinese: {chinese}"));
            break;
        }
    }
}
