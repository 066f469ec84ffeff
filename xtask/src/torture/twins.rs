//! Two nodes of farun over one PostgreSQL, one of them killed in mid-write, again and again; and PostgreSQL itself
//! killed, its replica promoted. Nothing acknowledged may be lost, nothing doubled, and jobs run once.

use super::{
    Result, Setting,
    book::{Book, History, Manners},
    cluster::{self, Cluster},
    judge::{self, Sql, Verdict, judge},
    proxy::Proxy,
    random::Random,
    site::{self, Launch},
};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A node over that database, with the world's keys.
pub(crate) fn node(setting: &Setting, world: &Path, name: &str, url: String) -> Result<Launch> {
    let folder = setting.folder(name)?;
    site::copy(world, &folder)?;
    std::fs::remove_file(folder.join("farun.db"))?;
    let mut launch = Launch::new(setting, &folder)?;
    launch.database_url = Some(url);
    Ok(launch)
}

pub(crate) fn manners(setting: &Setting, clients: u64) -> Result<Manners> {
    Ok(Manners {
        clients: usize::try_from(clients)?,
        entries: usize::MAX,
        give_up: 0,
        pause: Duration::ZERO,
        seed: setting.seed,
    })
}

/// Every job that a node takes is written down by the database itself.
const WATCH_JOBS: &str = "
    delete from job_run;
    create table torture_taken (nth bigint generated always as identity, job text, taken_at bigint);
    create function torture_taken() returns trigger language plpgsql as
        $$ begin insert into torture_taken (job, taken_at) values (new.job, new.taken_at); return new; end $$;
    create trigger torture_taken after insert or update of taken_at on job_run
        for each row execute function torture_taken();";
/// Jobs taken twice within less than the shortest time there is between two runs.
const JOBS_TWICE: &str =
    "select count(*) from torture_taken a join torture_taken b on a.job = b.job and a.nth < b.nth
    and b.taken_at - a.taken_at < 270000000";

pub(crate) fn twins(setting: &Setting) -> Result<bool> {
    let (cycles, clients) = (setting.number("cycles", 20)?, setting.number("clients", 16)?);
    let world = site::world(setting)?;
    let cluster = Cluster::with_world(setting, &world)?;
    let sql = Sql::Postgres(cluster.url("farun"));
    sql.rows(WATCH_JOBS)?;
    let nodes = [
        node(setting, &world, "twin-a", cluster.url("farun"))?,
        node(setting, &world, "twin-b", cluster.url("farun"))?,
    ];
    let proxy = Proxy::start(&[nodes[0].address, nodes[1].address])?;
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| nodes[0].start());
        let second = nodes[1].start();
        (first.join(), second)
    });
    let mut servers = [first.map_err(|_| "a node broke")??, second?];
    let tag = format!("t{:x}", setting.seed);
    let book = Book::open(proxy.address, &sql, &tag)?;
    let (history, stop) = (History::default(), AtomicBool::new(false));
    let manners = manners(setting, clients)?;
    let mut random = Random::new(setting.seed);
    thread::scope(|scope| -> Result<()> {
        let (book, history, stop, address) = (&book, &history, &stop, [proxy.address]);
        let writers = scope.spawn(move || book.write(&address, manners, stop, history, &|| 0));
        let tortured = (|| {
            for _ in 0..cycles {
                thread::sleep(Duration::from_millis(random.between(50, 600)));
                let which = random.index(2);
                let again = nodes[which].start_after(&mut servers[which])?;
                servers[which] = again;
            }
            thread::sleep(Duration::from_millis(300));
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        writers.join().map_err(|_| "a writer broke")?;
        tortured
    })?;
    drop(servers);
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut verdict = judge(&sql, &tag, &acks)?;
    verdict.broken.extend(site::check(setting, &nodes[0].data, nodes[0].database_url.as_deref())?);
    verdict.broken.extend(history.wrong.lock().map_err(|_| "a client broke")?.iter().cloned());
    let taken = sql.number("select count(*) from torture_taken")?;
    let twice = sql.number(JOBS_TWICE)?;
    sql.rows(
        "insert into torture_taken (job, taken_at) select job, taken_at + 1 from torture_taken limit 1",
    )?;
    let mut missed = judge::unnoticed(&sql, &tag, &history)?;
    if taken == 0 || sql.number(JOBS_TWICE)? == twice {
        missed.push("a job taken twice".to_owned());
    }
    println!("{verdict}");
    let value = format!(
        "{cycles} nodes killed under {clients} clients: {}; {} retried, {taken} jobs taken, {twice} twice; {}",
        counts(&verdict),
        history.retried.load(Ordering::Relaxed),
        judge::planted(&missed),
    );
    setting.report(
        "twins",
        "two nodes, PostgreSQL",
        &value,
        verdict.sound() && twice == 0 && missed.is_empty(),
    )
}

/// The verdict on one line.
pub(crate) fn counts(verdict: &Verdict) -> String {
    format!(
        "{} acked, {} lost, {} doubled, {} half applied, {} broken",
        verdict.acked,
        verdict.lost.len(),
        verdict.doubled.len(),
        verdict.half.len(),
        verdict.broken.len()
    )
}

pub(crate) fn replica(setting: &Setting) -> Result<bool> {
    let cycles = setting.number("cycles", 3)?;
    let mut all = Verdict::default();
    for cycle in 0..cycles {
        let verdict = fail_over(setting, cycle, true)?;
        println!("{verdict}");
        all.acked += verdict.acked;
        all.add(verdict);
    }
    // The planted fault: a primary that waits for nobody and a replica that hears nothing must lose what was said.
    let planted = fail_over(setting, cycles, false)?;
    let value = format!(
        "{cycles} primaries killed, replica promoted: {}; without waiting for the replica {} losses found",
        counts(&all),
        planted.lost.len()
    );
    setting.report("replica", "streaming replica promoted", &value, all.sound() && !planted.lost.is_empty())
}

/// One primary killed in mid-write; what its replica holds afterwards.
fn fail_over(setting: &Setting, cycle: u64, waits: bool) -> Result<Verdict> {
    let world = site::world(setting)?;
    let primary = Cluster::with_world(setting, &world)?;
    let stream = Proxy::start(&[primary.address])?;
    let replica = primary.replica(stream.address)?;
    let asked = Sql::Postgres(primary.url("farun"));
    if waits {
        asked.rows("alter system set synchronous_standby_names = '*'")?;
        asked.rows("select pg_reload_conf()")?;
        let begun = Instant::now();
        while asked.number("select count(*) from pg_stat_replication where sync_state = 'sync'")? == 0 {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("the replica does not follow".into());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
    let database = Proxy::start(&[primary.address])?;
    let launch = node(setting, &world, "replicated", cluster::url(database.address, "farun"))?;
    let server = launch.start()?;
    let tag = format!("r{:x}{cycle}", setting.seed);
    let book = Book::open(launch.address, &asked, &tag)?;
    let (history, stop) = (History::default(), AtomicBool::new(false));
    let manners = manners(setting, setting.number("clients", 16)?)?;
    let mut random = Random::new(setting.seed ^ cycle);
    thread::scope(|scope| -> Result<()> {
        let (book, history, stop, address) = (&book, &history, &stop, [launch.address]);
        let writers = scope.spawn(move || book.write(&address, manners, stop, history, &|| 0));
        let tortured = (|| {
            thread::sleep(Duration::from_millis(random.between(500, 1500)));
            if !waits {
                stream.lead_to(&[]);
                stream.cut();
                thread::sleep(Duration::from_millis(500));
            }
            primary.kill()?;
            replica.promote()?;
            database.lead_to(&[replica.address]);
            database.cut();
            thread::sleep(Duration::from_millis(1500));
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        writers.join().map_err(|_| "a writer broke")?;
        tortured
    })?;
    server.kill()?;
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut verdict = judge(&Sql::Postgres(replica.url("farun")), &tag, &acks)?;
    verdict.broken.extend(site::check(setting, &launch.data, Some(&replica.url("farun")))?);
    verdict.broken.extend(history.wrong.lock().map_err(|_| "a client broke")?.iter().cloned());
    Ok(verdict)
}
