//! R5: three times as many requests as the server can do, sent when they are due whether or not answers come (open
//! loop), the server on one core, the generator on the other.

use super::{
    Result, Setting,
    book::Book,
    http::Client,
    judge::Sql,
    output, percentile, real,
    site::{self, Launch, Server},
};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Ordinary pages, as many of each as they are asked for.
const ORDINARY: &[&str] = &[
    "/villages",
    "/stations",
    "/",
    "/villages",
    "/help",
    "/services",
    "/villages",
    "/stations",
    "/services?kind=lecture",
    "/search?q=%E5%9C%9F%E5%9C%B0",
];
/// Pages that are never turned away.
const FIRST: &[&str] = &["/callback", "/healthz"];

#[derive(Debug, Clone, Copy)]
struct Shot {
    first: bool,
    /// 0 for no answer.
    status: u16,
    retry_after: bool,
    /// From the moment it was due.
    millis: f64,
    /// How much later than due it was sent.
    late: f64,
}

/// What a salvo came to.
#[derive(Debug, Default)]
struct Tally {
    good: usize,
    shed: usize,
    failed: usize,
    first_shed: usize,
    first: usize,
    without_retry_after: usize,
    good_p99: f64,
    shed_p99: f64,
    first_p99: f64,
    late_p99: f64,
    per_second: f64,
}

pub(crate) fn overload(setting: &Setting) -> Result<bool> {
    let seconds = setting.number("seconds", 60)?;
    let world = site::world(setting)?;
    output(Command::new("taskset").args(["-a", "-p", "-c", "1", &std::process::id().to_string()]))?;
    let capacity = setting.number("capacity", 0)?;
    let config = (capacity > 0).then(|| format!("capacity = {capacity}\n"));
    let (server, launch, book) = begin(setting, &world, "overload", config.as_deref())?;
    let peak = peak(&book, launch.address, Duration::from_secs(seconds.clamp(3, 10)))?;
    let rate = peak * 3.0;
    eprintln!("  peak {peak:.0}/s, sending {rate:.0}/s");
    let tally = salvo(&book, launch.address, rate, Duration::from_secs(seconds));
    eprintln!("  {} done, {} turned away, {} failed", tally.good, tally.shed, tally.failed);
    let after = salvo(&book, launch.address, peak * 0.3, Duration::from_secs(2));
    let panics = launch.log_text().matches("panicked").count();
    drop(server);
    // The planted fault: a server that takes everything must fail the same measure.
    let (server, launch, book) = begin(setting, &world, "overload-planted", Some("capacity = 1000000\n"))?;
    let planted = salvo(&book, launch.address, rate, Duration::from_secs(seconds.clamp(3, 15)));
    drop(server);
    let seen = !holds(&planted, peak);
    let value = format!(
        "peak {peak:.0}/s; at {rate:.0}/s for {seconds} s: {:.0}/s done ({:.0} %), p99 {:.0} ms; {} turned away, p99 {:.0} ms, {} without Retry-After; {} of {} first-class turned away, p99 {:.0} ms; {} failed; generator late p99 {:.0} ms; p99 in the 2 s after {:.0} ms; without a limit p99 {:.0} ms ({})",
        tally.per_second,
        tally.per_second / peak * 100.0,
        tally.good_p99,
        tally.shed,
        tally.shed_p99,
        tally.without_retry_after,
        tally.first_shed,
        tally.first,
        tally.first_p99,
        tally.failed,
        tally.late_p99,
        after.good_p99,
        planted.good_p99,
        if seen { "found" } else { "NOT FOUND" },
    );
    setting.report("R5", "overload 3×", &value, holds(&tally, peak) && panics == 0 && seen)
}

fn holds(tally: &Tally, peak: f64) -> bool {
    tally.good_p99 <= 1000.0
        && tally.shed_p99 <= 250.0
        && tally.without_retry_after == 0
        && tally.first_shed == 0
        && tally.failed == 0
        && tally.per_second >= 0.8 * peak
}

fn begin(
    setting: &Setting,
    world: &Path,
    name: &str,
    config: Option<&str>,
) -> Result<(Server, Launch, Book)> {
    let folder = setting.folder(name)?;
    site::copy(world, &folder)?;
    if let Some(config) = config {
        fs::write(folder.join("farun.toml"), config)?;
    }
    let mut launch = Launch::new(setting, &folder)?;
    launch.through = ["taskset", "-c", "0"].map(str::to_owned).to_vec();
    let server = launch.start()?;
    let book = Book::open(launch.address, &Sql::Sqlite(folder.join("farun.db")), "overload")?;
    Ok((server, launch, book))
}

/// What the server can do: clients that wait for each answer before they ask again, fewer than it lets in.
fn peak(book: &Book, address: SocketAddr, time: Duration) -> Result<f64> {
    let begun = Instant::now();
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for own in 0..24 {
            let done = &done;
            scope.spawn(move || {
                let mut client = book.client(address);
                let mut nth = own * 31;
                while begun.elapsed() < time {
                    if matches!(ask(&mut client, book, nth, "peak"), (200 | 303, _)) {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    nth += 1;
                }
            });
        }
    });
    let rate = real(done.load(Ordering::Relaxed)) / begun.elapsed().as_secs_f64();
    if rate < 1.0 { Err("the server answers nothing".into()) } else { Ok(rate) }
}

fn is_first(nth: usize) -> bool {
    nth % 40 == 7
}

/// One request of the mix: its status and whether Retry-After was there.
fn ask(client: &mut Client, book: &Book, nth: usize, tag: &str) -> (u16, bool) {
    let answer = if is_first(nth) {
        client.get(FIRST[nth / 40 % FIRST.len()])
    } else if nth % 20 == 11 {
        client.post("/services/new", &book.form(&format!("{}-{tag}-{nth}", book.tag), nth))
    } else {
        client.get(ORDINARY[nth % ORDINARY.len()])
    };
    answer.map_or((0, false), |answer| (answer.status, answer.has("retry-after")))
}

/// Sends so many a second, each when it is due.
fn salvo(book: &Book, address: SocketAddr, rate: f64, time: Duration) -> Tally {
    // Enough connections that a due request finds a free one: a second's worth of answers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand at most")]
    let workers = (rate as usize).clamp(64, 4000);
    let next = AtomicUsize::new(0);
    let begun = Instant::now() + Duration::from_millis(300);
    let mut shots: Vec<Shot> = Vec::new();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .filter_map(|_| {
                let next = &next;
                let work = move || {
                    let mut client = book.client(address);
                    let mut shots = Vec::new();
                    loop {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        let due = begun + Duration::from_secs_f64(real(nth) / rate);
                        if due > begun + time {
                            return shots;
                        }
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        let late = due.elapsed().as_secs_f64() * 1000.0;
                        let (status, retry_after) = ask(&mut client, book, nth, "salvo");
                        let millis = due.elapsed().as_secs_f64() * 1000.0;
                        shots.push(Shot { first: is_first(nth), status, retry_after, millis, late });
                    }
                };
                thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work).ok()
            })
            .collect();
        for thread in threads {
            shots.extend(thread.join().unwrap_or_default());
        }
    });
    tally(&shots, time)
}

fn tally(shots: &[Shot], time: Duration) -> Tally {
    let sorted = |wanted: &dyn Fn(&&Shot) -> bool, value: &dyn Fn(&Shot) -> f64| {
        let mut list: Vec<f64> = shots.iter().filter(wanted).map(value).collect();
        list.sort_by(f64::total_cmp);
        list
    };
    let good = |shot: &&Shot| matches!(shot.status, 200 | 303);
    let shed = |shot: &&Shot| matches!(shot.status, 429 | 503);
    let millis = |shot: &Shot| shot.millis;
    let done = sorted(&good, &millis);
    let turned = sorted(&shed, &millis);
    Tally {
        good: done.len(),
        shed: turned.len(),
        failed: shots.len() - done.len() - turned.len(),
        first_shed: shots.iter().filter(|shot| shot.first && shed(shot)).count(),
        first: shots.iter().filter(|shot| shot.first).count(),
        without_retry_after: shots.iter().filter(|shot| shed(shot) && !shot.retry_after).count(),
        good_p99: percentile(&done, 99),
        shed_p99: percentile(&turned, 99),
        first_p99: percentile(&sorted(&|shot| shot.first, &millis), 99),
        late_p99: percentile(&sorted(&|_| true, &|shot| shot.late), 99),
        per_second: real(done.len()) / time.as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salvo_is_told_apart_by_what_was_answered() {
        let shot =
            |status, first, millis| Shot { first, status, retry_after: status == 503, millis, late: 0.0 };
        let shots =
            [shot(200, false, 10.0), shot(303, false, 20.0), shot(503, true, 5.0), shot(0, false, 9000.0)];
        let tally = tally(&shots, Duration::from_secs(2));
        assert_eq!((tally.good, tally.shed, tally.failed, tally.first_shed), (2, 1, 1, 1));
        assert!((tally.per_second - 1.0).abs() < 1e-9);
        assert!(!holds(&tally, 1.0), "a first-class request was turned away");
    }
}
