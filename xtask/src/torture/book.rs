//! Clients that write services into the book and remember what was acknowledged.

use super::{
    Result,
    http::{Client, field},
    judge::Sql,
    random::Random,
};
use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A person at work: logged in, with a form token and villages to write about.
#[derive(Debug)]
pub(crate) struct Book {
    client: Client,
    token: String,
    pub(crate) units: Vec<String>,
    /// What every key of this run begins with.
    pub(crate) tag: String,
}

/// What the server said it had done.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    pub(crate) key: String,
    pub(crate) id: i64,
    /// Where the record of the file calls stood.
    pub(crate) at: u64,
}

/// What happened to all writes.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) acks: Mutex<Vec<Ack>>,
    /// Sent, and nobody knows what became of them.
    pub(crate) unknown: Mutex<Vec<String>>,
    /// Answers that were no acknowledgement, with their status.
    pub(crate) refused: Mutex<Vec<u16>>,
    /// Sent more than once.
    pub(crate) retried: AtomicUsize,
    /// What no client should ever get.
    pub(crate) wrong: Mutex<Vec<String>>,
}

impl History {
    pub(crate) fn acked(&self) -> usize {
        self.acks.lock().map_or(0, |acks| acks.len())
    }
}

/// How long a writer tries again to get one entry written.
const PATIENCE: Duration = Duration::from_secs(60);

/// How writers behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    pub(crate) clients: usize,
    /// Entries per client at most.
    pub(crate) entries: usize,
    /// One in so many interrupted entries is given up, so that its fate stays unknown; 0 for none.
    pub(crate) give_up: u64,
    /// Pause after each entry.
    pub(crate) pause: Duration,
    pub(crate) seed: u64,
}

impl Book {
    /// Logs in as the manager of the demonstration.
    pub(crate) fn open(address: SocketAddr, sql: &Sql, tag: &str) -> Result<Self> {
        let mut client = Client::new(address);
        let token = field(&client.get("/login")?, "csrf")?;
        let answer = client.post("/login", &format!("csrf={token}&username=manager&password=farun-demo"))?;
        if answer.status != 303 {
            return Err(format!("the log-in answered {}: {}", answer.status, answer.text()).into());
        }
        let token = field(&client.get("/services/new")?, "csrf")?;
        let units = sql
            .rows("select unit_id from advisers_current_entry order by unit_id")?
            .into_iter()
            .map(|row| name(row[0].parse().unwrap_or(0)))
            .collect();
        client.timeout = Duration::from_secs(10);
        Ok(Self { client, token, units, tag: tag.to_owned() })
    }

    /// Another connection of the person.
    pub(crate) fn client(&self, address: SocketAddr) -> Client {
        self.client.again(address)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The form of one entry; its key is its note too, so that the row can be found by it.
    pub(crate) fn form(&self, key: &str, number: usize) -> String {
        let unit = &self.units[number % self.units.len()];
        format!(
            "csrf={}&idempotency_key={key}&unit={unit}&kind=visit&happened_on=2022-05-0{}&people=2&note={key}",
            self.token,
            1 + number % 5
        )
    }

    /// Clients write until told to stop or done; each ends with nothing half sent.
    pub(crate) fn write(
        &self,
        addresses: &[SocketAddr],
        manners: Manners,
        stop: &AtomicBool,
        history: &History,
        position: &(impl Fn() -> u64 + Sync),
    ) {
        thread::scope(|scope| {
            for own in 0..manners.clients {
                let address = addresses[own % addresses.len()];
                scope.spawn(move || self.write_some(own, address, manners, stop, history, position));
            }
        });
    }

    fn write_some(
        &self,
        own: usize,
        address: SocketAddr,
        manners: Manners,
        stop: &AtomicBool,
        history: &History,
        position: &impl Fn() -> u64,
    ) {
        let mut random = Random::new(manners.seed ^ (own as u64 + 1));
        let mut client = self.client(address);
        for number in 0..manners.entries {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let key = format!("{}-{own}-{number}", self.tag);
            let form = self.form(&key, own * 7919 + number);
            let begun = Instant::now();
            let mut tries = 0;
            loop {
                tries += 1;
                match client.post("/services/new", &form) {
                    Ok(answer) if answer.status == 303 && answer.location.starts_with("/services/") => {
                        let id = id(&answer.location["/services/".len()..]);
                        push(&history.acks, Ack { key: key.clone(), id, at: position() });
                        break;
                    }
                    Ok(answer) if answer.status >= 500 || answer.status == 429 => {
                        push(&history.refused, answer.status);
                    }
                    Ok(answer) => {
                        let text = answer.text();
                        let said = text.split("<main").nth(1).unwrap_or(&text).chars().take(600);
                        let said: String = said.collect();
                        push(&history.wrong, format!("{} {} {said}", answer.status, answer.location));
                        return;
                    }
                    Err(_) => {}
                }
                let tired = begun.elapsed() > PATIENCE;
                if tired || (tries == 1 && manners.give_up > 0 && random.once_in(manners.give_up)) {
                    push(&history.unknown, key);
                    break;
                }
                if tries == 1 {
                    history.retried.fetch_add(1, Ordering::Relaxed);
                }
                thread::sleep(Duration::from_millis(10));
            }
            if !manners.pause.is_zero() {
                thread::sleep(manners.pause);
            }
        }
    }
}

/// Adds to a list that several threads share.
pub(crate) fn push<T>(list: &Mutex<Vec<T>>, value: T) {
    if let Ok(mut list) = list.lock() {
        list.push(value);
    }
}

/// `320412-1025` as the database keeps it: region above, serial below (foundation/kernel/src/id.rs).
pub(crate) fn id(text: &str) -> i64 {
    let (region, serial) = text.split_once('-').unwrap_or_default();
    region.parse::<i64>().unwrap_or(0) << 43 | serial.parse::<i64>().unwrap_or(0)
}

/// The same backwards.
pub(crate) fn name(id: i64) -> String {
    format!("{}-{}", id >> 43, id & ((1 << 43) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        assert_eq!(name(id("320412-1025")), "320412-1025");
        assert_eq!(id("320412-1025") >> 43, 320_412);
    }
}
