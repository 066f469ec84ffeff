//! What is asked of the server, one at a time and by many at once.

use super::{
    client::{Client, token_of},
    data::Names,
    server::{Server, clock},
};
use crate::demo;
use kernel::Fault;
use serde::Serialize;
use std::time::Duration;

/// How asking for one page went, over one connection.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) path: String,
    pub(crate) requests: usize,
    pub(crate) per_second: f64,
    /// CPU of the server per request, user and kernel mode.
    pub(crate) cpu_ms: f64,
    pub(crate) median_ms: f64,
    pub(crate) p95_ms: f64,
    /// Over the wire, compressed.
    pub(crate) kilobytes: f64,
}

/// How writing entries went.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Writing {
    pub(crate) clients: usize,
    pub(crate) grouped: bool,
    /// Entries that the server acknowledged.
    pub(crate) acknowledged: usize,
    /// Times that it was too busy and asked to come back, which was done with the same key.
    pub(crate) turned_away: usize,
    pub(crate) per_second: f64,
    pub(crate) cpu_ms: f64,
    pub(crate) median_ms: f64,
    pub(crate) p95_ms: f64,
}

/// The pages asked for: name and path.
pub(crate) fn pages(names: &Names) -> Vec<(&'static str, String)> {
    let Names { town, village, initials, .. } = names;
    let near = "31.7012,119.9420";
    vec![
        ("list", "/services".to_owned()),
        ("filtered list", format!("/services?town={town}&kind=visit&from=2022-01-01&to=2022-03-31")),
        ("list of one town", format!("/services?town={town}")),
        ("list by initials", format!("/services?q={initials}")),
        ("list of a rare kind", "/services?kind=lecture".to_owned()),
        ("the quarter's report", "/statistics/2022Q1".to_owned()),
        ("one figure by town", "/statistics/2022Q1/advisers.visits".to_owned()),
        ("nearest station", format!("/stations?near={near}")),
        ("nearest station, JSON", format!("/api/v1/stations?near={near}&open=true")),
        ("a village's public page", format!("/villages/{village}")),
    ]
}

/// Logs in as the manager of the demonstration.
pub(crate) fn log_in(server: &Server) -> Result<Client, Fault> {
    let mut client = Client::connect(server.address)?;
    let token = token_of(&client.read("/login")?)?;
    let answer =
        client.post("/login", &format!("csrf={token}&username=manager&password={}", demo::PASSWORD))?;
    if answer.status == 303 {
        Ok(client)
    } else {
        Err(Fault::new(format!("the log-in answered {}", answer.status)))
    }
}

/// Asks for a page again and again.
pub(crate) fn read(
    server: &Server,
    client: &mut Client,
    name: &'static str,
    path: &str,
    requests: usize,
) -> Result<Page, Fault> {
    let mut bytes = 0;
    for _ in 0..(requests / 10).max(1) {
        let answer = client.get(path)?;
        if answer.status != 200 {
            return Err(Fault::new(format!("{path} answered {}", answer.status)));
        }
        bytes = answer.bytes;
    }
    let mut times = Vec::with_capacity(requests);
    let (cpu, started) = (server.cpu()?, clock());
    for _ in 0..requests {
        let asked = clock();
        client.get(path)?;
        times.push(asked.elapsed());
    }
    let (elapsed, cpu) = (started.elapsed(), server.cpu()? - cpu);
    times.sort_unstable();
    Ok(Page {
        name,
        path: path.to_owned(),
        requests,
        per_second: rate(requests, elapsed),
        cpu_ms: cpu * 1000.0 / real(requests),
        median_ms: millis(at(&times, 50)),
        p95_ms: millis(at(&times, 95)),
        kilobytes: real(bytes) / 1024.0,
    })
}

/// Writes entries, each with a key of its own, and waits for each answer.
pub(crate) fn write(
    server: &Server,
    client: &Client,
    names: &Names,
    clients: usize,
    entries: usize,
    grouped: bool,
) -> Result<Writing, Fault> {
    let token = token_of(&client.again()?.read("/services/new")?)?;
    let each = entries / clients;
    let connections = (0..clients).map(|_| client.again()).collect::<Result<Vec<_>, _>>()?;
    let (cpu, started) = (server.cpu()?, clock());
    let (mut times, turned_away) = std::thread::scope(|scope| {
        let threads: Vec<_> = connections
            .into_iter()
            .enumerate()
            .map(|(own, connection)| {
                let token = &token;
                scope.spawn(move || write_some(connection, token, names, own, each, clients, grouped))
            })
            .collect();
        let (mut times, mut turned_away) = (Vec::with_capacity(entries), 0);
        for thread in threads {
            let (own, away) = thread.join().map_err(|_| Fault::new("a client broke"))??;
            times.extend(own);
            turned_away += away;
        }
        Ok::<_, Fault>((times, turned_away))
    })?;
    let (elapsed, cpu) = (started.elapsed(), server.cpu()? - cpu);
    times.sort_unstable();
    Ok(Writing {
        clients,
        grouped,
        acknowledged: times.len(),
        turned_away,
        per_second: rate(times.len(), elapsed),
        cpu_ms: cpu * 1000.0 / real(times.len()),
        median_ms: millis(at(&times, 50)),
        p95_ms: millis(at(&times, 95)),
    })
}

fn write_some(
    mut client: Client,
    token: &str,
    names: &Names,
    own: usize,
    entries: usize,
    clients: usize,
    grouped: bool,
) -> Result<(Vec<Duration>, usize), Fault> {
    // 解答土地流转合同问题，告知先核对面积
    let note = "%E8%A7%A3%E7%AD%94%E5%9C%9F%E5%9C%B0%E6%B5%81%E8%BD%AC%E5%90%88%E5%90%8C%E9%97%AE%E9%A2%98%EF%BC%8C%E5%91%8A%E7%9F%A5%E5%85%88%E6%A0%B8%E5%AF%B9%E9%9D%A2%E7%A7%AF";
    let (mut times, mut turned_away) = (Vec::with_capacity(entries), 0);
    for number in 0..entries {
        let unit = &names.units[(own * entries + number) % names.units.len()];
        let day = 1 + number % 5;
        let form = format!(
            "csrf={token}&idempotency_key=bench-{clients}-{grouped}-{own}-{number}&unit={unit}&kind=visit&happened_on=2022-05-0{day}&people=2&note={note}"
        );
        let asked = clock();
        let mut answer = client.post("/services/new", &form)?;
        while answer.status == BUSY {
            turned_away += 1;
            come_back();
            // Who is turned away before his form is read may find the connection closed.
            client = client.again()?;
            answer = client.post("/services/new", &form)?;
        }
        if answer.status != 303 || !answer.location.starts_with("/services/") {
            return Err(Fault::new(format!(
                "an entry was answered with {} {}",
                answer.status, answer.location
            )));
        }
        times.push(asked.elapsed());
    }
    Ok((times, turned_away))
}

/// Too busy: what the server says to those whom it could not answer soon.
pub(crate) const BUSY: u16 = 503;

/// Waits before asking again. The server asks for five seconds; a client that measures is not so patient.
#[expect(clippy::disallowed_methods, reason = "who was turned away comes back after a while")]
pub(crate) fn come_back() {
    std::thread::sleep(Duration::from_millis(20));
}

/// The time that so many of a hundred needed at most.
pub(crate) fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or_default()
}

fn rate(count: usize, elapsed: Duration) -> f64 {
    real(count) / elapsed.as_secs_f64()
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
