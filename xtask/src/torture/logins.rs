//! S7 and S16: log-ins. Whether the time of an answer tells which names exist, and whether a storm of log-ins, each of
//! which costs a core for a moment and 46 MiB, is felt by those who only look at pages.

use super::{
    Result, Setting,
    crawl::encoded,
    http::{Client, field},
    judge::Sql,
    percentile, real, site,
    site::{Launch, Server},
};
use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Names of the demonstration that exist.
const KNOWN: &[&str] = &["leader", "manager", "town", "clerk", "adviser", "sysadmin", "secadmin", "auditor"];
/// The same lengths, and nobody.
const UNKNOWN: &[&str] =
    &["lieder", "menager", "tawn", "clark", "advizer", "sisadmin", "sekadmin", "aoditor"];
/// Pages that others look at meanwhile.
const PAGES: &[&str] = &["/villages", "/", "/stations", "/help", "/search?q=mh", "/callback"];
/// What two medians may differ by, in ms.
const APART: f64 = 10.0;
/// What others may wait for a page, in ms.
const PATIENCE: f64 = 500.0;

/// Counts addresses: each log-in comes from another, or the limit per address would answer all of them.
static ADDRESSES: AtomicU64 = AtomicU64::new(0);

pub(crate) fn logins(setting: &Setting) -> Result<bool> {
    let world = site::world(setting)?;
    let folder = setting.folder("logins")?;
    site::copy(&world, &folder)?;
    fs::write(folder.join("farun.toml"), "trusted_proxies = [\"127.0.0.1\"]\n")?;
    let launch = Launch::new(setting, &folder)?;
    let server = launch.start()?;
    let sql = Sql::Sqlite(folder.join("farun.db"));
    let even = timing(setting, launch.address, &sql)?;
    let calm = storm(setting, launch.address, &server)?;
    server.kill()?;
    Ok(even && calm)
}

/// A visitor of the log-in page, and the token of its form.
fn visitor(address: SocketAddr) -> Result<(Client, String)> {
    let mut client = Client::new(address);
    let token = field(&client.get("/login")?, "csrf")?;
    Ok((client, token))
}

/// One wrong password from an address of its own; status and time in ms.
fn guess(client: &mut Client, token: &str, name: &str) -> Result<(u16, f64)> {
    let nth = ADDRESSES.fetch_add(1, Ordering::Relaxed);
    client.extra = format!("x-forwarded-for: 10.{}.{}.{}\r\n", nth >> 16 & 255, nth >> 8 & 255, nth & 255);
    let form = format!("csrf={}&username={name}&password=nobody%20has%20this%20one", encoded(token));
    let asked = Instant::now();
    let answer = client.post("/login", &form)?;
    Ok((answer.status, asked.elapsed().as_secs_f64() * 1000.0))
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

/// S7: names that exist and names that do not, in turn; their medians.
fn timing(setting: &Setting, address: SocketAddr, sql: &Sql) -> Result<bool> {
    let tries = usize::try_from(setting.number("tries", 400)?)?;
    let (mut client, token) = visitor(address)?;
    let (mut known, mut unknown, mut odd) = (Vec::new(), Vec::new(), BTreeMap::<u16, usize>::new());
    for nth in 0..tries {
        // Names lock after some guesses; this measures what happens before.
        if nth % (KNOWN.len() * 3) == 0 {
            sql.rows("delete from identity_attempt_entry")?;
        }
        let both = [(KNOWN, &mut known), (UNKNOWN, &mut unknown)];
        for (names, times) in both {
            let (status, time) = guess(&mut client, &token, names[nth % names.len()])?;
            if status != 422 {
                *odd.entry(status).or_default() += 1;
            }
            times.push(time);
        }
    }
    let (known, unknown) = (sorted(known), sorted(unknown));
    let (here, there) = (percentile(&known, 50), percentile(&unknown, 50));
    // The planted fault: a name that is locked is answered without a hash. The measure must see such a short cut.
    let name = UNKNOWN[0];
    for _ in 0..8 {
        guess(&mut client, &token, name)?;
    }
    let mut locked = Vec::new();
    for _ in 0..40 {
        let (status, time) = guess(&mut client, &token, name)?;
        if status == 429 {
            locked.push(time);
        }
    }
    sql.rows("delete from identity_attempt_entry")?;
    let short = percentile(&sorted(locked.clone()), 50);
    let seen = locked.len() == 40 && (here - short).abs() > APART;
    let value = format!(
        "{tries} wrong passwords of known and {tries} of unknown names: median {here:.1} and {there:.1} ms (p90 {:.1} and {:.1}), apart {:.1} ms; {} other answers; without a hash {short:.1} ms ({})",
        percentile(&known, 90),
        percentile(&unknown, 90),
        (here - there).abs(),
        odd.values().sum::<usize>(),
        if seen { "seen" } else { "NOT SEEN" },
    );
    setting.report("S7", "time of a log-in", &value, (here - there).abs() <= APART && odd.is_empty() && seen)
}

/// S16: so many log-ins a second, each when it is due; what others wait for pages.
fn storm(setting: &Setting, address: SocketAddr, server: &Server) -> Result<bool> {
    let (rate, seconds) = (setting.number("rate", 100)?, setting.number("seconds", 20)?);
    let before = sorted(others(address, Duration::from_secs(3), &AtomicBool::new(false)));
    let resident = server.resident()?;
    let stop = AtomicBool::new(false);
    let (next, said) = (AtomicU64::new(0), Mutex::new(BTreeMap::<u16, usize>::new()));
    let late = AtomicUsize::new(0);
    let begun = Instant::now();
    let during = thread::scope(|scope| -> Result<Vec<f64>> {
        let pages = scope.spawn(|| others(address, Duration::from_secs(seconds), &stop));
        for _ in 0..128 {
            scope.spawn(|| {
                let Ok((mut client, token)) = visitor(address) else { return };
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= rate * seconds {
                        return;
                    }
                    let due = begun + Duration::from_millis(nth * 1000 / rate);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    late.fetch_add(usize::from(due.elapsed() > Duration::from_secs(1)), Ordering::Relaxed);
                    // Names nobody has: each is hashed, none is locked.
                    let status =
                        guess(&mut client, &token, &format!("storm{nth}")).map_or(0, |(status, _)| status);
                    if let Ok(mut said) = said.lock() {
                        *said.entry(status).or_default() += 1;
                    }
                }
            });
        }
        pages.join().map_err(|_| "the visitor of pages broke".into())
    })?;
    let grown = server.peak()? - resident;
    let during = sorted(during);
    let said = said.into_inner().map_err(|_| "the storm broke")?;
    let hashed = said.get(&422).copied().unwrap_or(0);
    let (p99_before, p99) = (percentile(&before, 99), percentile(&during, 99));
    let strange: usize =
        said.iter().filter(|(status, _)| ![422, 429, 503].contains(*status)).map(|(_, n)| n).sum();
    // The planted fault: a server that stands still for a moment in every second must be seen by the same measure.
    let planted = thread::scope(|scope| -> Result<Vec<f64>> {
        let stop = AtomicBool::new(false);
        let pages = scope.spawn(move || others(address, Duration::from_secs(4), &stop));
        for _ in 0..4 {
            site::signal("STOP", &[server.pid()])?;
            thread::sleep(Duration::from_millis(800));
            site::signal("CONT", &[server.pid()])?;
            thread::sleep(Duration::from_millis(200));
        }
        pages.join().map_err(|_| "the visitor of pages broke".into())
    })?;
    let planted = percentile(&sorted(planted), 99);
    let value = format!(
        "{rate} log-ins a second for {seconds} s: other pages p99 {p99:.0} ms, median {:.0} ms ({} pages; {p99_before:.0} ms before); {hashed} log-ins hashed ({:.0} a second), answers {said:?}, {} sent more than 1 s late; peak memory +{grown:.0} MiB; a server that stops 0.8 s each second {planted:.0} ms ({})",
        percentile(&during, 50),
        during.len(),
        real(hashed) / begun.elapsed().as_secs_f64().max(1.0),
        late.load(Ordering::Relaxed),
        if planted > PATIENCE { "seen" } else { "NOT SEEN" },
    );
    let held = p99 <= PATIENCE && strange == 0 && hashed > 0 && during.len() > 100 && planted > PATIENCE;
    setting.report("S16", "storm of log-ins", &value, held)
}

/// What somebody with an ordinary connection waits for pages, in ms.
fn others(address: SocketAddr, time: Duration, stop: &AtomicBool) -> Vec<f64> {
    let mut client = Client::new(address);
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < time && !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let page = PAGES[times.len() % PAGES.len()];
        let good = client.get(page).is_ok_and(|answer| answer.status == 200);
        // An error is worse than any time.
        times.push(if good { asked.elapsed().as_secs_f64() * 1000.0 } else { 60_000.0 });
        thread::sleep(Duration::from_millis(10));
    }
    times
}
