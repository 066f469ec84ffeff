//! R1: the server is killed without warning, again and again, while clients write and try again.

use super::{
    Result, Setting,
    book::{Book, History, Manners},
    cluster::Cluster,
    judge::{self, Sql, judge},
    random::Random,
    site::{self, Launch},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

pub(crate) fn kill(setting: &Setting) -> Result<bool> {
    let (cycles, clients) = (setting.number("cycles", 200)?, setting.number("clients", 16)?);
    let world = site::world(setting)?;
    let folder = setting.folder("kill")?;
    site::copy(&world, &folder)?;
    let cluster = if setting.given("postgres") { Some(Cluster::with_world(setting, &world)?) } else { None };
    let mut launch = Launch::new(setting, &folder)?;
    launch.database_url = cluster.as_ref().map(|cluster| cluster.url("farun"));
    let sql = match &launch.database_url {
        Some(url) => Sql::Postgres(url.clone()),
        None => Sql::Sqlite(folder.join("farun.db")),
    };
    let mut random = Random::new(setting.seed);
    let tag = format!("k{:x}", setting.seed);
    let mut server = launch.start()?;
    let book = Book::open(launch.address, &sql, &tag)?;
    let history = History::default();
    let stop = AtomicBool::new(false);
    let manners = Manners {
        clients: usize::try_from(clients)?,
        entries: usize::MAX,
        give_up: 4,
        pause: Duration::ZERO,
        seed: setting.seed,
    };
    thread::scope(|scope| -> Result<()> {
        let addresses = [launch.address];
        let (book, history, stop) = (&book, &history, &stop);
        let writers = scope.spawn(move || book.write(&addresses, manners, stop, history, &|| 0));
        let tortured = (|| {
            for cycle in 1..=cycles {
                thread::sleep(Duration::from_millis(random.between(20, 400)));
                server = launch.start_after(&mut server)?;
                if cycle % 25 == 0 {
                    eprintln!("  {cycle} kills, {} acked", history.acked());
                }
            }
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        writers.join().map_err(|_| "a writer broke")?;
        tortured
    })?;
    // The last life ends as the others did.
    server.kill()?;
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut verdict = judge(&sql, &tag, &acks)?;
    verdict.broken.extend(judge::file(&sql, true)?);
    verdict.broken.extend(site::check(setting, &folder, launch.database_url.as_deref())?);
    verdict.broken.extend(history.wrong.lock().map_err(|_| "a client broke")?.iter().cloned());
    let panics = launch.log_text().matches("panicked").count();
    let missed = judge::unnoticed(&sql, &tag, &history)?;
    println!("{verdict}");
    let value = format!(
        "{cycles} kills, {clients} clients: {} acked, {} lost, {} doubled, {} half applied, {} broken, {panics} panics; {} retried, {} of unknown fate; {}",
        verdict.acked,
        verdict.lost.len(),
        verdict.doubled.len(),
        verdict.half.len(),
        verdict.broken.len(),
        history.retried.load(Ordering::Relaxed),
        history.unknown.lock().map_or(0, |unknown| unknown.len()),
        judge::planted(&missed),
    );
    let engine = if cluster.is_some() { "SIGKILL, PostgreSQL" } else { "SIGKILL, SQLite" };
    setting.report(
        "R1",
        engine,
        &value,
        verdict.sound() && panics == 0 && missed.is_empty() && !acks.is_empty(),
    )
}
