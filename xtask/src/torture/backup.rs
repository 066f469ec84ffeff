//! R8: a database of a gigabyte is backed up while people write and killed in mid-write; what is restored is compared with
//! what was acknowledged and with its source.

use super::{
    Result, Setting,
    book::{Ack, Book, History, Manners},
    judge::{self, Sql},
    output,
    random::Random,
    real,
    site::{self, Launch},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Bytes of the file for each entry of the book, with its fact and its indexes (docs/benchmarks.md).
const BYTES_AN_ENTRY: u64 = 770;
const MICROS: u64 = 1_000_000;
/// What the scorecard asks: seconds of work that may be lost, seconds until it serves again.
const RPO: f64 = 300.0;
const RTO: f64 = 60.0;

pub(crate) fn backup(setting: &Setting) -> Result<bool> {
    let (megabytes, rate) = (setting.number("mb", 1000)?, setting.number("rate", 100)?);
    let (seconds, pause) = (setting.number("seconds", 90)?, setting.number("every", 5)?);
    let source = filled(setting, megabytes)?;
    let folder = setting.folder("backup")?;
    let (data, to, keys) = (folder.join("data"), folder.join("backups"), folder.join("apart.key"));
    site::copy(&source, &data)?;
    let bytes = fs::metadata(data.join("farun.db"))?.len();
    let launch = Launch::new(setting, &data)?;
    let server = launch.start()?;
    let sql = Sql::Sqlite(data.join("farun.db"));
    let tag = format!("b{:x}", setting.seed);
    let book = Book::open(launch.address, &sql, &tag)?;
    let history = History::default();
    let taken: Mutex<Vec<Taken>> = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    // A little faster than asked, because answers take time too; what was reached is measured.
    let clients = usize::try_from(rate.div_ceil(2).max(1))?;
    let manners = Manners {
        clients,
        entries: usize::MAX,
        give_up: 1,
        pause: Duration::from_micros(u64::try_from(clients)? * MICROS * 7 / (rate * 10)),
        seed: setting.seed,
    };
    let begun = Instant::now();
    let since = || u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let mut random = Random::new(setting.seed);
    let killed = thread::scope(|scope| -> Result<u64> {
        let addresses = [launch.address];
        let (book, history, stop, taken) = (&book, &history, &stop, &taken);
        let (since, data, to, keys) = (&since, &data, &to, &keys);
        let writers = scope.spawn(move || book.write(&addresses, manners, stop, history, since));
        let backups = scope
            .spawn(move || back_up_again_and_again(setting, (data, to, keys), pause, stop, taken, since));
        // The moment is chance: between two backups, or in the middle of one.
        let life = seconds * 1000 + random.between(0, pause * 1000);
        let ended = loop {
            let two = taken.lock().is_ok_and(|taken| taken.len() > 1);
            if backups.is_finished() || (two && since() > life * 1000) {
                break since();
            }
            thread::sleep(Duration::from_millis(5));
        };
        server.kill()?;
        stop.store(true, Ordering::Relaxed);
        writers.join().map_err(|_| "a writer broke")?;
        backups.join().map_err(|_| "the backups broke")??;
        Ok(ended)
    })?;
    let taken = taken.into_inner().map_err(|_| "the backups broke")?;
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let wrong = history.wrong.lock().map_err(|_| "a client broke")?.clone();

    // The machine is gone: only the folder of backups and the keys, kept apart, are left.
    let restored = folder.join("restored");
    let begun = Instant::now();
    farun(setting, &["restore", "--from", text(&to)?, "--data", text(&restored)?, "--keys", text(&keys)?])?;
    let restoring = begun.elapsed();
    let again = Launch::new(setting, &restored)?.start()?;
    let serving = begun.elapsed();
    again.terminate()?;
    let there = Sql::Sqlite(restored.join("farun.db"));
    let loss = lost(&there, &tag, &acks, killed)?;

    let mut broken = wrong;
    broken.extend(site::check(setting, &restored, None)?);
    broken.extend(judge::file(&there, true)?);
    broken.extend(strangers(&there, &data)?);
    // Every entry acknowledged before the last backup began is in it.
    let last = taken.last().ok_or("no backup was made")?;
    if loss.oldest.is_some_and(|oldest| oldest < last.begun) {
        broken.push("an entry acknowledged before the last backup began is missing".to_owned());
    }
    // The whole comparison needs a source that stands still: the killed one, backed up and restored once more.
    farun(setting, &["backup", "--data", text(&data)?, "--to", text(&to)?])?;
    let whole = folder.join("whole");
    farun(setting, &["restore", "--from", text(&to)?, "--data", text(&whole)?, "--keys", text(&keys)?])?;
    farun(setting, &["verify", "--data", text(&whole)?, "--deep"])?;
    broken.extend(differences(setting, &data, &whole)?);
    let missed = unnoticed(setting, (&data, &whole, &to, &keys), (&there, &tag, &acks, killed))?;
    for one in broken.iter().take(10) {
        eprintln!("    broken: {one}");
    }

    let span = real(usize::try_from(killed)?) / real(usize::try_from(MICROS)?);
    let reached = real(acks.len()) / span;
    let (rpo, rto) = (loss.seconds(killed), serving.as_secs_f64());
    let tables = tables(&sql)?.len();
    let longest = taken.iter().map(Taken::seconds).fold(0.0, f64::max);
    let later = taken.iter().skip(1).map(|one| one.wrote.as_str()).collect::<Vec<_>>().join(", ");
    let value = format!(
        "{} MB, {reached:.0} entries/s for {span:.0} s, {} backups (first {:.1} s, longest {longest:.1} s; then new: {later}), SIGKILL in mid-write: {} of {} acknowledged missing, RPO {rpo:.1} s; restored and compared in {:.1} s, serving after {rto:.1} s; rows of {tables} tables, audit heads, bulletins and checks compared: {} broken; {}",
        bytes / MICROS,
        taken.len(),
        taken.first().map_or(0.0, Taken::seconds),
        loss.missing,
        acks.len(),
        restoring.as_secs_f64(),
        broken.len(),
        if missed.is_empty() {
            format!("{PLANTED} planted faults found")
        } else {
            format!("PLANTED FAULTS NOT FOUND: {}", missed.join(", "))
        },
    );
    let busy = reached * 1.02 >= real(usize::try_from(rate)?);
    if !busy {
        eprintln!("    fewer entries than asked for were written: the claim is about {rate} a second");
    }
    let held = broken.is_empty() && missed.is_empty() && rpo <= RPO && rto <= RTO && busy;
    setting.report("R8", "backup while writing, restore after SIGKILL", &value, held)
}

/// An installation whose database has about so many megabytes, made once for each binary.
fn filled(setting: &Setting, megabytes: u64) -> Result<PathBuf> {
    let world = site::world(setting)?;
    if fs::metadata(world.join("farun.db"))?.len() >= megabytes * MICROS {
        return Ok(world);
    }
    let entries = (megabytes * MICROS / BYTES_AN_ENTRY).to_string();
    let folder = world.with_extension("filled");
    eprintln!("filling a book of {entries} entries in {}", folder.display());
    farun(setting, &["bench", "--prepare", "--data", text(&folder)?, "--entries", &entries])?;
    Ok(folder.join(entries))
}

/// A backup that was completed.
struct Taken {
    begun: u64,
    ended: u64,
    /// How much it wrote, in its own words.
    wrote: String,
}

impl Taken {
    fn seconds(&self) -> f64 {
        Duration::from_micros(self.ended - self.begun).as_secs_f64()
    }
}

fn back_up_again_and_again(
    setting: &Setting,
    (data, to, keys): (&Path, &Path, &Path),
    pause: u64,
    stop: &AtomicBool,
    taken: &Mutex<Vec<Taken>>,
    since: &impl Fn() -> u64,
) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let mut command = Command::new(&setting.bin);
        command.args(["backup", "--data", text(data)?, "--to", text(to)?]);
        if !keys.exists() {
            command.arg("--with-keys").arg(keys);
        }
        let begun = since();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        while child.try_wait()?.is_none() {
            if stop.load(Ordering::Relaxed) {
                // It dies with the machine it ran on.
                child.kill()?;
                child.wait()?;
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        let done = child.wait_with_output()?;
        if !done.status.success() {
            return Err(format!("a backup failed: {}", String::from_utf8_lossy(&done.stderr)).into());
        }
        let said = String::from_utf8_lossy(&done.stdout);
        let wrote = said
            .split_once("新写入 ")
            .and_then(|(_, rest)| rest.split_once('（'))
            .map(|(size, _)| size.to_owned());
        let one = Taken { begun, ended: since(), wrote: wrote.unwrap_or_default() };
        taken.lock().map_err(|_| "the killer broke")?.push(one);
        let next = since() + pause * MICROS;
        while since() < next && !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

/// What was acknowledged and is not in the restored book.
struct Loss {
    missing: usize,
    /// When the first of them was acknowledged, in microseconds of the run.
    oldest: Option<u64>,
}

impl Loss {
    /// How far back from the kill work was lost.
    fn seconds(&self, killed: u64) -> f64 {
        self.oldest.map_or(0.0, |oldest| Duration::from_micros(killed.saturating_sub(oldest)).as_secs_f64())
    }
}

fn lost(there: &Sql, tag: &str, acks: &[Ack], killed: u64) -> Result<Loss> {
    let rows = there.rows(&format!("select note from advisers_service_entry where note like '{tag}-%'"))?;
    let found: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let missing: Vec<u64> =
        acks.iter().filter(|ack| !found.contains(ack.key.as_str())).map(|ack| ack.at.min(killed)).collect();
    Ok(Loss { missing: missing.len(), oldest: missing.iter().min().copied() })
}

/// Rows of the restored database that its source does not have just so: entries, facts and audit rows never change.
fn strangers(restored: &Sql, source: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    // The restoring notes itself, and then the restored server has work of its own.
    let own = "at < (select max(at) from main.audit_row where action = 'farun.restore')";
    for (table, of_it) in [("advisers_service_entry", "true"), ("tally_fact", "true"), ("audit_row", own)] {
        let rows = restored.rows(&format!(
            "attach 'file:{}?mode=ro' as source;
             select count(*) from (select * from main.{table} where {of_it} except select * from source.{table})",
            source.join("farun.db").display()
        ))?;
        if rows != [["0"]] {
            found.push(format!("{table}: {rows:?} restored rows are not in the source"));
        }
    }
    Ok(found)
}

/// The tables of a database.
fn tables(sql: &Sql) -> Result<Vec<String>> {
    let names = "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name";
    Ok(sql.rows(names)?.into_iter().flatten().collect())
}

/// Compares a restored installation with its source, which stood still: rows of every table, heads of the audit chains,
/// the bulletins.
fn differences(setting: &Setting, source: &Path, restored: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let at = |folder: &Path| Sql::Sqlite(folder.join("farun.db"));
    let (one, other) = (at(source), at(restored));
    let names = tables(&one)?;
    if names != tables(&other)? {
        found.push("other tables".to_owned());
    }
    for name in names {
        let count = format!("select count(*) from \"{name}\"");
        // The restoring itself is noted.
        let noted = i64::from(name == "audit_row");
        let (was, is) = (one.number(&count)?, other.number(&count)?);
        if was + noted != is {
            found.push(format!("{name}: {was} rows in the source, {is} restored"));
        }
    }
    // The last row of each chain in the source is the same row in the restored one, and the last but the note.
    for row in
        one.rows("select region_id, lane, max(seq), count(*) from audit_row group by region_id, lane")?
    {
        let hash = format!(
            "select hash from audit_row where region_id = {} and lane = {} and seq = {}",
            row[0], row[1], row[2]
        );
        if one.rows(&hash)? != other.rows(&hash)? {
            found.push(format!("the head of audit chain {} is another", row[1]));
        }
    }
    for period in ["2021", "2022Q1", "2022Q2", "2022"] {
        let print = |folder: &Path| -> Result<serde_json::Value> {
            let words = ["bulletin", "--period", period, "--data", text(folder)?];
            let mut bulletin: serde_json::Value = serde_json::from_str(&farun(setting, &words)?)?;
            // It names the heads of the audit chains, which are compared above.
            bulletin
                .as_object_mut()
                .and_then(|parts| parts.remove("audit"))
                .ok_or("a bulletin without heads")?;
            Ok(bulletin)
        };
        if print(source)? != print(restored)? {
            found.push(format!("the bulletin of {period} is another"));
        }
    }
    Ok(found)
}

const PLANTED: usize = 6;

/// Plants faults in backup, restored data and acknowledgements, which it spoils. What was not noticed is returned.
fn unnoticed(
    setting: &Setting,
    (data, whole, to, keys): (&Path, &Path, &Path, &Path),
    (there, tag, acks, killed): (&Sql, &str, &[Ack], u64),
) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    // An early acknowledgement of an entry that was never written.
    let mut more = acks.to_vec();
    more.push(Ack { key: format!("{tag}-planted"), id: 1, at: 0 });
    if lost(there, tag, &more, killed)?.oldest != Some(0) {
        missed.push("a lost entry".to_owned());
    }
    let sql = Sql::Sqlite(whole.join("farun.db"));
    for (what, statement) in [
        ("a fact removed", "delete from tally_fact where id = (select max(id) from tally_fact)"),
        (
            "a figure raised",
            "update tally_total set quantity = quantity + 1 where measure = 'advisers.visits'",
        ),
    ] {
        let before = differences(setting, data, whole)?.len();
        sql.rows(statement)?;
        if differences(setting, data, whole)?.len() <= before {
            missed.push(what.to_owned());
        }
    }
    sql.rows("update audit_row set hash = 'planted'")?;
    if !differences(setting, data, whole)?.iter().any(|one| one.contains("audit chain")) {
        missed.push("audit rows altered".to_owned());
    }
    // Damage to the folder of backups: verifying and restoring must both say so, and leave nothing to be used.
    let victim = block(to)?;
    let good = fs::read(&victim)?;
    for what in ["a flipped bit", "a dropped block"] {
        if what == "a flipped bit" {
            let mut bad = good.clone();
            let middle = bad.len() / 2;
            bad[middle] ^= 1;
            fs::write(&victim, bad)?;
        } else {
            fs::remove_file(&victim)?;
        }
        let target = to.with_extension("damaged");
        let verified = code(setting, &["verify", "--backup", text(to)?])?;
        let restored = code(
            setting,
            &["restore", "--from", text(to)?, "--data", text(&target)?, "--keys", text(keys)?],
        )?;
        if verified != Some(1) || restored != Some(1) || target.join("farun.db").exists() {
            missed.push(what.to_owned());
        }
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
    }
    Ok(missed)
}

/// A block in the middle of the newest backup's database.
fn block(to: &Path) -> Result<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(to.join("snapshots"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::result::Result<_, _>>()?;
    names.sort();
    let newest = names.last().ok_or("no backup")?;
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(newest)?)?;
    let blocks = manifest["database"]["blocks"].as_array().ok_or("no blocks")?;
    let hash = blocks.get(blocks.len() / 2).and_then(|hash| hash.as_str()).ok_or("no block")?;
    Ok(to.join("blocks").join(&hash[..2]).join(hash))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{}: not a plain path", path.display()).into())
}

/// What farun prints; an error if it fails.
fn farun(setting: &Setting, args: &[&str]) -> Result<String> {
    output(Command::new(&setting.bin).args(args))
}

/// The exit code of farun.
fn code(setting: &Setting, args: &[&str]) -> Result<Option<i32>> {
    Ok(Command::new(&setting.bin).args(args).output()?.status.code())
}
