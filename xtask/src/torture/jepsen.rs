//! R12: histories under faults, checked afterwards. A set (every acknowledged entry is there once), unique numbers, a
//! sum (figures equal what was acknowledged), and a race (two persons appoint for one village: one of them wins).

use super::{
    Result, Setting,
    book::{self, Book, History, push},
    cluster::{self, Cluster},
    http::field,
    judge::{self, Sql, judge},
    proxy::Proxy,
    random::Random,
    site::{self, Launch, Server, signal},
    twins::{counts, manners, node},
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The day of the demonstration's business clock: every race appoints from today on.
const TODAY: &str = "2022-05-06";

/// Who won a race, as the answers tell.
#[derive(Debug)]
struct Race {
    unit: i64,
    /// Lawyers whose appointment was acknowledged.
    won: Vec<i64>,
    /// Those whose answer was neither yes nor no.
    unknown: usize,
}

/// Everything that can be broken.
struct Scene {
    cluster: Option<Cluster>,
    /// Between nodes and database; between clients and nodes.
    inner: Option<Proxy>,
    outer: Proxy,
    launches: Vec<Launch>,
    servers: Vec<Server>,
}

pub(crate) fn jepsen(setting: &Setting) -> Result<bool> {
    let operations = usize::try_from(setting.number("operations", 1000)?)?;
    let faults = usize::try_from(setting.number("faults", 20)?)?;
    let world = site::world(setting)?;
    let mut scene =
        if setting.given("sqlite") { on_sqlite(setting, &world)? } else { on_postgres(setting, &world)? };
    let sql = match &scene.cluster {
        Some(cluster) => Sql::Postgres(cluster.url("farun")),
        None => Sql::Sqlite(scene.launches[0].data.join("farun.db")),
    };
    let tag = format!("j{:x}", setting.seed);
    let book = Book::open(scene.outer.address, &sql, &tag)?;
    let covered = "select (select count(*) from advisers_current_entry) * 1000000 + (select sum(quantity) from tally_fact where source = 'advisers_appointment')";
    let covered_before = sql.number(covered)?;
    let lawyers: Vec<i64> = sql
        .rows("select id from counsel_lawyer where state = 'active' order by id")?
        .iter()
        .filter_map(|row| row[0].parse().ok())
        .collect();
    let (history, stop, races) = (History::default(), AtomicBool::new(false), Mutex::new(Vec::new()));
    let manners = manners(setting, 8)?;
    let mut random = Random::new(setting.seed);
    let mut injected: BTreeMap<&str, usize> = BTreeMap::new();
    thread::scope(|scope| -> Result<()> {
        let (book, history, stop, races, lawyers, address) =
            (&book, &history, &stop, &races, &lawyers, scene.outer.address);
        scope.spawn(move || book.write(&[address], manners, stop, history, &|| 0));
        scope.spawn(move || run_races(book, address, lawyers, stop, races));
        let tortured = (|| {
            for nth in 0..faults {
                let wanted = (nth + 1) * operations - operations / 2;
                wait_for(history, wanted);
                let name = scene.inject(nth, &mut random)?;
                *injected.entry(name).or_default() += 1;
                eprintln!("  {} acked: {name}", history.acked());
                wait_for(history, (nth + 1) * operations);
            }
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        tortured
    })?;
    scene.servers.clear();
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut verdict = judge(&sql, &tag, &acks)?;
    let url = scene.cluster.as_ref().map(|cluster| cluster.url("farun"));
    verdict.broken.extend(judge::file(&sql, true)?);
    verdict.broken.extend(site::check(setting, &scene.launches[0].data, url.as_deref())?);
    verdict.broken.extend(history.wrong.lock().map_err(|_| "a client broke")?.iter().cloned());
    let sum = sql.number(&format!(
        "select coalesce(sum(f.quantity), 0) from tally_fact f join advisers_service_entry s on s.id = f.source_id where f.source = 'advisers_service' and s.note like '{tag}-%'"
    ))?;
    if usize::try_from(sum)? != verdict.rows || verdict.rows < acks.len() {
        verdict.broken.push(format!("the facts sum up to {sum}, {} were acknowledged", acks.len()));
    }
    let covered_after = sql.number(covered)?;
    if covered_after != covered_before {
        verdict.broken.push(format!("covered villages went from {covered_before} to {covered_after}"));
    }
    let races = races.into_inner().map_err(|_| "a race broke")?;
    let mut anomalies = judge_races(&sql, &races)?;
    verdict.broken.append(&mut anomalies);
    let mut missed = judge::unnoticed(&sql, &tag, &history)?;
    if let Some(race) = races.iter().find(|race| race.won.len() == 1) {
        // The planted fault: the one before stands beside the winner.
        sql.rows(&format!(
            "update advisers_appointment_entry set to_day = null where id =
                (select max(id) from advisers_appointment_entry where unit_id = {} and to_day is not null)",
            race.unit
        ))?;
        if judge_races(&sql, &races)?.is_empty() {
            missed.push("two appointments of one village".to_owned());
        }
    } else {
        missed.push("no race was won".to_owned());
    }
    println!("{verdict}");
    let value = format!(
        "{faults} faults {injected:?}, {} entries and {} races: {}; {} retried; {}",
        acks.len(),
        races.len(),
        counts(&verdict),
        history.retried.load(Ordering::Relaxed),
        judge::planted(&missed)
    );
    let engine = if scene.cluster.is_some() {
        "histories under faults, PostgreSQL"
    } else {
        "histories under faults, SQLite"
    };
    setting.report("R12", engine, &value, verdict.sound() && missed.is_empty())
}

fn wait_for(history: &History, acked: usize) {
    let begun = Instant::now();
    while history.acked() < acked && begun.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(10));
    }
}

fn on_sqlite(setting: &Setting, world: &std::path::Path) -> Result<Scene> {
    let folder = setting.folder("jepsen")?;
    site::copy(world, &folder)?;
    let launch = Launch::new(setting, &folder)?;
    let outer = Proxy::start(&[launch.address])?;
    let servers = vec![launch.start()?];
    Ok(Scene { cluster: None, inner: None, outer, launches: vec![launch], servers })
}

fn on_postgres(setting: &Setting, world: &std::path::Path) -> Result<Scene> {
    let cluster = Cluster::with_world(setting, world)?;
    let inner = Proxy::start(&[cluster.address])?;
    let url = cluster::url(inner.address, "farun");
    let launches =
        vec![node(setting, world, "jepsen-a", url.clone())?, node(setting, world, "jepsen-b", url)?];
    let outer = Proxy::start(&[launches[0].address, launches[1].address])?;
    let servers = launches.iter().map(Launch::start).collect::<Result<Vec<_>>>()?;
    Ok(Scene { cluster: Some(cluster), inner: Some(inner), outer, launches, servers })
}

impl Scene {
    /// Breaks one thing for a while; every kind in turn.
    fn inject(&mut self, nth: usize, random: &mut Random) -> Result<&'static str> {
        let pause = Duration::from_millis(random.between(300, 2500));
        let which = random.index(self.servers.len());
        let Some((cluster, inner)) = self.cluster.as_ref().zip(self.inner.as_ref()) else {
            return Ok(match nth % 4 {
                0 => {
                    self.servers[0] = self.launches[0].start_after(&mut self.servers[0])?;
                    "node killed"
                }
                1 => {
                    paused(&[self.servers[0].pid()], pause)?;
                    "node paused"
                }
                2 => {
                    self.outer.cut();
                    "clients cut off"
                }
                _ => {
                    hung(&self.outer, pause);
                    "clients' line hangs"
                }
            });
        };
        Ok(match nth % 7 {
            0 => {
                cluster.kill()?;
                thread::sleep(pause);
                cluster.start()?;
                "PostgreSQL killed"
            }
            1 => {
                let processes = cluster.processes();
                let victim = processes[1 + random.index(processes.len() - 1)];
                signal("KILL", &[victim])?;
                "one of PostgreSQL's processes killed"
            }
            2 => {
                paused(&cluster.processes(), pause)?;
                "PostgreSQL paused"
            }
            3 => {
                inner.cut();
                "database cut off"
            }
            4 => {
                hung(inner, pause);
                "database's line hangs"
            }
            5 => {
                self.servers[which] = self.launches[which].start_after(&mut self.servers[which])?;
                "node killed"
            }
            _ => {
                paused(&[self.servers[which].pid()], pause)?;
                "node paused"
            }
        })
    }
}

fn paused(processes: &[u32], time: Duration) -> Result<()> {
    signal("STOP", processes)?;
    thread::sleep(time);
    signal("CONT", processes)
}

fn hung(proxy: &Proxy, time: Duration) {
    proxy.hang(true);
    thread::sleep(time);
    proxy.hang(false);
}

/// Two persons appoint for the same village at the same moment, village by village.
fn run_races(
    book: &Book,
    address: std::net::SocketAddr,
    lawyers: &[i64],
    stop: &AtomicBool,
    races: &Mutex<Vec<Race>>,
) {
    for (nth, unit) in book.units.iter().enumerate() {
        let mut reader = book.client(address);
        let version = loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if let Ok(page) = reader.get(&format!("/coverage/{unit}"))
                && let Ok(version) = field(&page, "version")
            {
                break version;
            }
            thread::sleep(Duration::from_millis(20));
        };
        let rivals = [lawyers[nth % lawyers.len()], lawyers[(nth + 1) % lawyers.len()]];
        let answers: Vec<Option<bool>> = thread::scope(|scope| {
            let threads: Vec<_> = rivals
                .iter()
                .map(|lawyer| {
                    let version = &version;
                    scope.spawn(move || appoint(book, address, unit, *lawyer, version))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or(None)).collect()
        });
        let won = rivals.iter().zip(&answers).filter(|(_, said)| **said == Some(true)).map(|(id, _)| *id);
        let unknown = answers.iter().filter(|said| said.is_none()).count();
        push(races, Race { unit: book::id(unit), won: won.collect(), unknown });
        thread::sleep(Duration::from_millis(30));
    }
}

/// Sends an appointment until it is answered: yes, no, or nobody knows.
fn appoint(
    book: &Book,
    address: std::net::SocketAddr,
    unit: &str,
    lawyer: i64,
    version: &str,
) -> Option<bool> {
    let mut client = book.client(address);
    let form = format!(
        "csrf={}&idempotency_key=race-{}-{unit}-{lawyer}&lawyer={}&from={TODAY}&version={version}&reason=a",
        book.token(),
        book.tag,
        book::name(lawyer)
    );
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        match client.post(&format!("/coverage/{unit}"), &form) {
            Ok(answer) if answer.status == 303 => return Some(true),
            Ok(answer) if answer.status < 500 && answer.status != 429 => return Some(false),
            _ => thread::sleep(Duration::from_millis(10)),
        }
    }
    None
}

/// Exactly one adviser per village, and he who was told so.
fn judge_races(sql: &Sql, races: &[Race]) -> Result<Vec<String>> {
    let mut anomalies = Vec::new();
    let rows = sql.rows(
        "select c.unit_id, c.lawyer_id, (select count(*) from advisers_appointment_entry a where a.region_id = c.region_id and a.unit_id = c.unit_id and a.to_day is null),
            (select count(*) from advisers_appointment_entry a where a.region_id = c.region_id and a.unit_id = c.unit_id and a.from_day = '2022-05-06')
         from advisers_current_entry c",
    )?;
    let found: BTreeMap<&str, &Vec<String>> = rows.iter().map(|row| (row[0].as_str(), row)).collect();
    for race in races {
        let Some(row) = found.get(race.unit.to_string().as_str()) else {
            anomalies.push(format!("village {} has no adviser", race.unit));
            continue;
        };
        let right = match race.won.as_slice() {
            [] => race.unknown > 0 || row[3] == "0",
            [one] => row[1] == one.to_string() && row[3] == "1",
            _ => false,
        };
        if !right || row[2] != "1" {
            anomalies
                .push(format!("{race:?}: adviser {}, {} current, {} from today on", row[1], row[2], row[3]));
        }
    }
    Ok(anomalies)
}
