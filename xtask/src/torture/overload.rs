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
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
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
    changes: bool,
    /// 0 for no answer.
    status: u16,
    retry_after: bool,
    /// From the moment it was due.
    millis: f64,
    /// How much later than due it was sent.
    late: f64,
}

impl Shot {
    fn new(nth: usize) -> Self {
        Self {
            first: is_first(nth),
            changes: changes(nth),
            status: 0,
            retry_after: false,
            millis: 0.0,
            late: 0.0,
        }
    }

    fn good(&self) -> bool {
        matches!(self.status, 200 | 303)
    }
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
    changes_p99: f64,
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
        "peak {peak:.0}/s; at {rate:.0}/s for {seconds} s: {:.0}/s done ({:.0} %), p99 {:.0} ms (entries {:.0} ms); {} turned away, p99 {:.0} ms, {} without Retry-After; {} of {} first-class turned away, p99 {:.0} ms; {} failed; generator late p99 {:.0} ms; p99 in the 2 s after {:.0} ms; without a limit p99 {:.0} ms ({})",
        tally.per_second,
        tally.per_second / peak * 100.0,
        tally.good_p99,
        tally.changes_p99,
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

/// What the server can do: connections that ask again as soon as they are answered, fewer than it lets in.
fn peak(book: &Book, address: SocketAddr, time: Duration) -> Result<f64> {
    let browser = book.client(address);
    let (begun, mut next, mut done) = (Instant::now(), 0, 0);
    let mut lines: Vec<Line> = Vec::new();
    while begun.elapsed() < time {
        while lines.len() < 32 {
            lines.push(Line::open(address)?.send(
                &wanted(book, &browser, next, "peak"),
                Instant::now(),
                Shot::new(next),
            )?);
            next += 1;
        }
        let mut at = 0;
        while at < lines.len() {
            match lines[at].listen() {
                Heard::Nothing => at += 1,
                Heard::End => drop(lines.swap_remove(at)),
                Heard::All => {
                    let line = lines.swap_remove(at);
                    done += usize::from(line.shot.good());
                    if line.keeps {
                        let request = wanted(book, &browser, next, "peak");
                        lines.push(line.send(&request, Instant::now(), Shot::new(next))?);
                        next += 1;
                    }
                }
            }
        }
    }
    if done == 0 {
        Err("the server answers nothing".into())
    } else {
        Ok(real(done) / begun.elapsed().as_secs_f64())
    }
}

fn is_first(nth: usize) -> bool {
    nth % 40 == 7
}

fn changes(nth: usize) -> bool {
    nth % 20 == 11 && !is_first(nth)
}

/// One request of the mix.
fn wanted(book: &Book, browser: &Client, nth: usize, tag: &str) -> Vec<u8> {
    if is_first(nth) {
        browser.request(FIRST[nth / 40 % FIRST.len()], None)
    } else if changes(nth) {
        browser.request("/services/new", Some(&book.form(&format!("{}-{tag}-{nth}", book.tag), nth)))
    } else {
        browser.request(ORDINARY[nth % ORDINARY.len()], None)
    }
}

/// Sends so many a second, each when it is due, all from one thread that never sleeps: a sleeping client would have to
/// be woken by the server, at the server's cost.
fn salvo(book: &Book, address: SocketAddr, rate: f64, time: Duration) -> Tally {
    let browser = book.client(address);
    let begun = Instant::now();
    let (mut next, mut shots) = (0, Vec::new());
    let (mut idle, mut busy): (Vec<Line>, Vec<Line>) = (Vec::new(), Vec::new());
    loop {
        let due = begun + Duration::from_secs_f64(real(next) / rate);
        if due <= begun + time && due <= Instant::now() {
            let late = due.elapsed().as_secs_f64() * 1000.0;
            let request = wanted(book, &browser, next, "salvo");
            let shot = Shot { late, ..Shot::new(next) };
            // The server ends connections that say nothing for long; browsers do not use such either.
            let line = idle.pop().filter(|line| line.due.elapsed() < Duration::from_secs(5));
            let line = line.map_or_else(|| Line::open(address), Ok);
            match line.and_then(|line| line.send(&request, due, shot)) {
                Ok(line) => busy.push(line),
                Err(_) => shots.push(shot),
            }
            next += 1;
            if next % 8 != 0 {
                continue;
            }
        }
        let mut at = 0;
        while at < busy.len() {
            match busy[at].listen() {
                Heard::Nothing => at += 1,
                Heard::All => {
                    let line = busy.swap_remove(at);
                    shots.push(line.shot);
                    if line.keeps {
                        idle.push(line);
                    }
                }
                Heard::End => {
                    let line = busy.swap_remove(at);
                    shots.push(Shot { status: 0, ..line.shot });
                }
            }
        }
        let over = begun.elapsed();
        if over > time && busy.is_empty() || over > time + Duration::from_secs(20) {
            break;
        }
    }
    shots.extend(busy.iter().map(|line| Shot { status: 0, millis: 20_000.0, ..line.shot }));
    tally(&shots, time)
}

/// A connection of the generator.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    due: Instant,
    shot: Shot,
    keeps: bool,
}

enum Heard {
    Nothing,
    All,
    End,
}

impl Line {
    fn open(address: SocketAddr) -> std::io::Result<Self> {
        // Whoever is not let in at once has failed; waiting would hold all the others up.
        let stream = TcpStream::connect_timeout(&address, Duration::from_millis(100))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, buffer: Vec::new(), due: Instant::now(), shot: Shot::new(0), keeps: true })
    }

    fn send(mut self, request: &[u8], due: Instant, shot: Shot) -> std::io::Result<Self> {
        (self.due, self.shot) = (due, shot);
        self.buffer.clear();
        // A request of some hundred bytes always fits into an idle connection's buffer.
        self.stream.write_all(request)?;
        Ok(self)
    }

    /// Takes what has come.
    fn listen(&mut self) -> Heard {
        let mut piece = [0; 32 * 1024];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return Heard::End,
                Ok(count) => self.buffer.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Heard::Nothing,
                Err(_) => return Heard::End,
            }
            if let Some((status, head)) = whole(&self.buffer) {
                self.shot.status = status;
                self.shot.retry_after = head.contains("\r\nretry-after:");
                self.shot.millis = self.due.elapsed().as_secs_f64() * 1000.0;
                self.keeps = !head.contains("\r\nconnection: close");
                return Heard::All;
            }
        }
    }
}

/// Status and head of an answer that has come whole.
fn whole(bytes: &[u8]) -> Option<(u16, String)> {
    let end = bytes.windows(4).take(4096).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .split("\r\ncontent-length:")
        .nth(1)
        .and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
    let all = match length {
        Some(length) => bytes.len() >= end + length,
        None if head.contains("\r\ntransfer-encoding:") => bytes.ends_with(b"\r\n0\r\n\r\n"),
        None => true,
    };
    all.then(|| (head.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0), head))
}

fn tally(shots: &[Shot], time: Duration) -> Tally {
    let sorted = |wanted: &dyn Fn(&&Shot) -> bool, value: &dyn Fn(&Shot) -> f64| {
        let mut list: Vec<f64> = shots.iter().filter(wanted).map(value).collect();
        list.sort_by(f64::total_cmp);
        list
    };
    let good = |shot: &&Shot| shot.good();
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
        changes_p99: percentile(&sorted(&|shot| shot.good() && shot.changes, &millis), 99),
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
    fn an_answer_is_whole_when_its_body_is() {
        assert!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell").is_none());
        let sized =
            whole(b"HTTP/1.1 503 Busy\r\nretry-after: 5\r\ncontent-length: 5\r\n\r\nhello").expect("whole");
        assert_eq!((sized.0, sized.1.contains("\r\nretry-after:")), (503, true));
        assert!(whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n").is_none());
        assert!(
            whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").is_some()
        );
    }

    #[test]
    fn a_salvo_is_told_apart_by_what_was_answered() {
        let shot = |status, first, millis| Shot {
            first,
            status,
            retry_after: status == 503,
            millis,
            ..Shot::new(0)
        };
        let shots =
            [shot(200, false, 10.0), shot(303, false, 20.0), shot(503, true, 5.0), shot(0, false, 9000.0)];
        let tally = tally(&shots, Duration::from_secs(2));
        assert_eq!((tally.good, tally.shed, tally.failed, tally.first_shed), (2, 1, 1, 1));
        assert!((tally.per_second - 1.0).abs() < 1e-9);
        assert!(!holds(&tally, 1.0), "a first-class request was turned away");
    }
}
