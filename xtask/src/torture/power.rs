//! R2: the power goes. The real binary's file calls are recorded while clients write; the record is then replayed to
//! many points, what was not synced is dropped, kept or torn, and each image is opened and asked for every entry that
//! had been acknowledged by then.

use super::{
    Result, Setting,
    book::{Ack, Book, History, Manners},
    judge::{self, Sql, Verdict, judge},
    random::Random,
    replay::{Disk, Fate, Kind, Record},
    shim,
    site::{self, Launch},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    thread,
    time::Duration,
};

/// A recorded life of an installation.
struct Life {
    folder: PathBuf,
    base: PathBuf,
    record: Record,
    acks: Vec<Ack>,
    tag: String,
}

pub(crate) fn power(setting: &Setting) -> Result<bool> {
    let points = usize::try_from(setting.number("points", 2000)?)?;
    let life = record(setting)?;
    let syncs = life.record.ops.iter().filter(|op| op.kind == Kind::Sync).count();
    eprintln!("  {} calls, {syncs} syncs, {} acked", life.record.ops.len(), life.acks.len());
    let mut planted = Vec::new();
    if !whole(&life)? {
        planted.push("the record does not lead to the files that are there".to_owned());
    }
    let mut verdict = cut(setting, &life, points, false)?;
    verdict.acked = life.acks.len();
    println!("{verdict}");
    let deaf = cut(setting, &life, (points / 20).clamp(10, 100), true)?;
    if deaf.lost.is_empty() {
        planted.push("ignored syncs lost nothing".to_owned());
    }
    let value = format!(
        "{points} cuts in {} calls ({syncs} syncs): {} acked, {} lost, {} half applied, {} corrupt; {}",
        life.record.ops.len(),
        life.acks.len(),
        verdict.lost.len() + verdict.doubled.len(),
        verdict.half.len(),
        verdict.broken.len(),
        if planted.is_empty() {
            format!("replay equals the files; with syncs ignored {} losses found", deaf.lost.len())
        } else {
            format!("SELF-CHECK FAILED: {}", planted.join(", "))
        }
    );
    fs::remove_dir_all(&life.folder)?;
    fs::remove_dir_all(&life.base)?;
    setting.report("R2", "power cuts, SQLite", &value, verdict.sound() && planted.is_empty())
}

/// A folder in memory where there is one: images are written by the thousand.
fn memory(setting: &Setting, name: &str) -> Result<PathBuf> {
    let shared = Path::new("/dev/shm");
    if !shared.is_dir() {
        return setting.folder(name);
    }
    let folder = shared.join(format!("farun-torture-{}-{name}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Lets clients write while the shim records: one life ended by SIGTERM (the log is folded in and unlinked), one by
/// SIGKILL.
fn record(setting: &Setting) -> Result<Life> {
    let clients = usize::try_from(setting.number("clients", 16)?)?;
    let entries = usize::try_from(setting.number("entries", 3000)?)?;
    let world = site::world(setting)?;
    let (folder, base) = (memory(setting, "power")?, memory(setting, "base")?);
    site::copy(&world, &folder)?;
    site::copy(&world, &base)?;
    let path = base.join("record");
    let mut launch = Launch::new(setting, &folder)?;
    launch.environment = vec![
        ("LD_PRELOAD".to_owned(), shim(setting)?.display().to_string()),
        ("FARUN_SHIM_FOLDER".to_owned(), folder.display().to_string()),
        ("FARUN_SHIM_RECORD".to_owned(), path.display().to_string()),
    ];
    let sql = Sql::Sqlite(folder.join("farun.db"));
    let history = History::default();
    let tag = format!("p{:x}", setting.seed);
    let stop = AtomicBool::new(false);
    let position = || fs::metadata(&path).map_or(0, |known| known.len());
    for life in 0..2 {
        let server = launch.start()?;
        let book = Book::open(launch.address, &sql, &format!("{tag}-{life}"))?;
        let manners = Manners {
            clients,
            entries: entries / 2 / clients,
            give_up: 0,
            pause: Duration::ZERO,
            seed: setting.seed + life,
        };
        book.write(&[launch.address], manners, &stop, &history, &position);
        if life == 0 {
            server.terminate()?;
        } else {
            server.kill()?;
        }
    }
    if let Some(wrong) = history.wrong.lock().map_err(|_| "a client broke")?.first() {
        return Err(format!("an entry was answered with {wrong}").into());
    }
    let acks = history.acks.into_inner().map_err(|_| "a client broke")?;
    if acks.is_empty() || position() == 0 {
        return Err("nothing was recorded".into());
    }
    Ok(Life { record: Record::read(&path)?, folder, base, acks, tag })
}

fn start(life: &Life, deaf: bool) -> Result<Disk> {
    // The replay speaks of the folder that was recorded, and begins with what it was copied from.
    let mut disk = Disk::new(&[life.base.join("farun.db")], deaf)?;
    disk.rename(&life.base.join("farun.db"), &life.folder.join("farun.db"));
    Ok(disk)
}

/// The known-good check: everything kept must give the very files that are there.
fn whole(life: &Life) -> Result<bool> {
    let mut disk = start(life, false)?;
    disk.advance(&life.record, life.record.ops.len());
    let image = disk.image(&life.record, Fate::Kept, &mut Random::new(0));
    for name in ["farun.db", "farun.db-wal"] {
        let path = life.folder.join(name);
        let there = fs::read(&path).ok();
        if there.as_ref() != image.get(&path.display().to_string()) {
            eprintln!("  {name} differs from its replay");
            return Ok(false);
        }
    }
    Ok(true)
}

/// Cuts the power at many points, on two threads.
fn cut(setting: &Setting, life: &Life, points: usize, deaf: bool) -> Result<Verdict> {
    let mut random = Random::new(setting.seed);
    let count = life.record.ops.len();
    let mut chosen: Vec<usize> = (0..points)
        .map(|nth| {
            // Every second one just after an acknowledgement: nothing may be missing then.
            let at = life.acks[random.index(life.acks.len())].at;
            let acked = life.record.ops.partition_point(|op| op.end <= at);
            if nth % 2 == 0 { acked } else { random.index(count + 1) }
        })
        .collect();
    chosen.sort_unstable();
    let mut verdict = Verdict::default();
    let parts = thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|own| {
                let chosen: Vec<usize> = chosen.iter().skip(own).step_by(2).copied().collect();
                let random = Random::new(setting.seed ^ (own as u64 + 17));
                scope.spawn(move || cut_some(setting, life, &chosen, deaf, own, random))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a replay broke")).collect::<Vec<_>>()
    });
    for part in parts {
        verdict.add(part??);
    }
    Ok(verdict)
}

fn cut_some(
    setting: &Setting,
    life: &Life,
    points: &[usize],
    deaf: bool,
    own: usize,
    mut random: Random,
) -> Result<Verdict> {
    let folder = memory(setting, &format!("image-{own}"))?;
    site::copy(&life.base, &folder)?;
    let sql = Sql::Sqlite(folder.join("farun.db"));
    let mut disk = start(life, deaf)?;
    let mut verdict = Verdict::default();
    for (nth, point) in points.iter().enumerate() {
        disk.advance(&life.record, *point);
        let fate = if deaf { Fate::Dropped } else { Fate::any(&mut random) };
        write(&disk.image(&life.record, fate, &mut random), &folder)?;
        let at = point.checked_sub(1).map_or(0, |last| life.record.ops[last].end);
        let acked: Vec<Ack> = life.acks.iter().filter(|ack| ack.at <= at).cloned().collect();
        // The binary itself opens a sample, before SQLite's own program has mended anything.
        let mut found = Verdict::default();
        if nth % 50 == 0 {
            found.broken.extend(site::check(setting, &folder, None)?);
        }
        found.broken.extend(judge::file(&sql, nth % 10 == 0)?);
        match judge(&sql, &life.tag, &acked) {
            Ok(judged) => found.add(judged),
            Err(error) => found.broken.push(error.to_string()),
        }
        if !deaf && !found.sound() {
            eprintln!("  cut at call {point} ({fate:?}): {found}");
        }
        verdict.add(found);
    }
    fs::remove_dir_all(&folder)?;
    Ok(verdict)
}

fn write(image: &BTreeMap<String, Vec<u8>>, folder: &Path) -> Result<()> {
    for name in ["farun.db", "farun.db-wal", "farun.db-shm", "farun.db-journal"] {
        let path = folder.join(name);
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    for (path, content) in image {
        let name = Path::new(path).file_name().ok_or("a file without a name")?;
        if name.to_string_lossy().starts_with("farun.db") {
            fs::write(folder.join(name), content)?;
        }
    }
    Ok(())
}
