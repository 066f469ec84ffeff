//! R6: thousands of clients that send their head or body a byte at a time, or take the answer so; others must not
//! feel it, and heads that do not end are cut.

use super::{
    Result, Setting,
    http::Client,
    percentile, shim, site,
    site::{Launch, Server},
};
use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Head,
    Body,
    Read,
}

struct Slow {
    way: Way,
    stream: TcpStream,
    begun: Instant,
    /// How long until the server closed it.
    closed: Option<Duration>,
}

pub(crate) fn slow(setting: &Setting) -> Result<bool> {
    let clients = usize::try_from(setting.number("clients", 2000)?)?;
    let seconds = setting.number("seconds", 30)?;
    // In CI a machine may be busy: only that heads are cut at all is judged there.
    let judged = seconds >= 10;
    let world = site::world(setting)?;
    let (server, launch) = begin(setting, &world, "slow", &[])?;
    let before = normal(launch.address, Duration::from_secs(seconds.min(5)), &AtomicBool::new(false));
    let mut crowd = crowd(launch.address, clients)?;
    let stop = AtomicBool::new(false);
    let times = Mutex::new(Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let found = normal(launch.address, Duration::from_secs(seconds), &stop);
            if let Ok(mut times) = times.lock() {
                *times = found;
            }
        });
        drip(&mut crowd, Duration::from_secs(seconds.max(12)));
        stop.store(true, Ordering::Relaxed);
    });
    let during = times.into_inner().map_err(|_| "the normal client broke")?;
    let (heads, cut, latest) = heads(&crowd);
    let (p99_before, p99) = (percentile(&before, 99), percentile(&during, 99));
    let open = crowd.iter().filter(|slow| slow.closed.is_none()).count();
    let bodies = crowd.iter().filter(|slow| slow.way == Way::Body);
    let bodies_cut = bodies.clone().filter(|slow| slow.closed.is_some()).count();
    // A client that is not slow must not be cut, or cutting proves nothing.
    let control = normal(launch.address, Duration::from_millis(500), &AtomicBool::new(false));
    let resident = server.resident()?;
    server.kill()?;
    // The planted fault: a server whose deadlines hardly ever come must fail the same measure.
    let without = without_deadlines(setting, &world, clients.min(60))?;
    let held = cut == heads
        && !during.is_empty()
        && !control.is_empty()
        && without == 0
        && (!judged || (p99 <= 500.0 && latest <= 11.0));
    let value = format!(
        "{clients} slow clients: normal p99 {p99:.1} ms ({p99_before:.1} ms without them, {} requests), {cut}/{heads} heads closed, the last after {latest:.1} s, {bodies_cut}/{} bodies closed, {open} still open, {resident:.0} MiB resident; without deadlines {without} heads closed ({})",
        during.len(),
        bodies.count(),
        if without == 0 { "seen" } else { "NOT SEEN" },
    );
    setting.report("R6", "slow clients", &value, held)
}

fn begin(
    setting: &Setting,
    world: &Path,
    name: &str,
    environment: &[(&str, String)],
) -> Result<(Server, Launch)> {
    let folder = setting.folder(name)?;
    site::copy(world, &folder)?;
    let mut launch = Launch::new(setting, &folder)?;
    launch.environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Ok((launch.start()?, launch))
}

/// How many slow heads are closed within 12 s by a server whose clock for deadlines runs a thousand times slower.
fn without_deadlines(setting: &Setting, world: &Path, clients: usize) -> Result<usize> {
    let shim = shim(setting)?.display().to_string();
    let environment = [("LD_PRELOAD", shim), ("FARUN_SHIM_SLOW", "1000".to_owned())];
    let (server, launch) = begin(setting, world, "slow-planted", &environment)?;
    let mut crowd = crowd(launch.address, clients)?;
    drip(&mut crowd, Duration::from_secs(12));
    server.kill()?;
    Ok(heads(&crowd).1)
}

/// Slow heads, how many of them were closed, and after how many seconds the last.
fn heads(crowd: &[Slow]) -> (usize, usize, f64) {
    let heads: Vec<&Slow> = crowd.iter().filter(|slow| slow.way == Way::Head).collect();
    let cut: Vec<f64> = heads.iter().filter_map(|slow| slow.closed).map(|time| time.as_secs_f64()).collect();
    (heads.len(), cut.len(), cut.iter().copied().fold(0.0, f64::max))
}

/// What somebody with an ordinary connection waits for a page, in ms, sorted.
fn normal(address: SocketAddr, time: Duration, stop: &AtomicBool) -> Vec<f64> {
    let mut client = Client::new(address);
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < time && !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        match client.get("/villages") {
            Ok(answer) if answer.status == 200 => times.push(asked.elapsed().as_secs_f64() * 1000.0),
            // An error is worse than any time.
            _ => times.push(60_000.0),
        }
        thread::sleep(Duration::from_millis(5));
    }
    times.sort_by(f64::total_cmp);
    times
}

fn crowd(address: SocketAddr, clients: usize) -> Result<Vec<Slow>> {
    let mut crowd = Vec::with_capacity(clients);
    for nth in 0..clients {
        let (way, text) = match nth % 3 {
            0 => (Way::Head, "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ".to_owned()),
            1 => (
                Way::Body,
                "POST /callback HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 200000\r\n\r\n".to_owned(),
            ),
            _ => (Way::Read, "GET /villages HTTP/1.1\r\nhost: a\r\n\r\n".repeat(8)),
        };
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(text.as_bytes())?;
        stream.set_nonblocking(true)?;
        crowd.push(Slow { way, stream, begun: Instant::now(), closed: None });
    }
    Ok(crowd)
}

/// Every client does a byte's worth a second.
fn drip(crowd: &mut [Slow], time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        let round = Instant::now();
        for slow in crowd.iter_mut().filter(|slow| slow.closed.is_none()) {
            let mut piece = [0; 16];
            let ended = match slow.way {
                Way::Head | Way::Body => {
                    let sent = slow.stream.write(b"a");
                    let read = slow.stream.read(&mut piece);
                    gone(&sent) || matches!(read, Ok(0)) || gone(&read)
                }
                Way::Read => {
                    let read = slow.stream.read(&mut piece);
                    matches!(read, Ok(0)) || gone(&read)
                }
            };
            if ended {
                slow.closed = Some(slow.begun.elapsed());
            }
        }
        thread::sleep(Duration::from_millis(500).saturating_sub(round.elapsed()));
    }
}

fn gone(done: &std::io::Result<usize>) -> bool {
    done.as_ref().is_err_and(|error| error.kind() != ErrorKind::WouldBlock)
}
