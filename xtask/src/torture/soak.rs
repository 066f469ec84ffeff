//! R11: hours of mixed work; memory must not creep.

use super::{
    Result, Setting,
    book::{Book, History, Manners},
    judge::{self, Sql, judge},
    real,
    site::{self, Launch},
};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

const PAGES: &[&str] = &[
    "/",
    "/villages",
    "/stations",
    "/services",
    "/services?kind=lecture",
    "/statistics/2022Q1",
    "/statistics/2022Q1/advisers.visits",
    "/coverage",
    "/lawyers",
    "/api/v1/stations?near=31.7012,119.9420",
    "/search?q=%E5%9C%9F%E5%9C%B0",
];

pub(crate) fn soak(setting: &Setting) -> Result<bool> {
    let minutes = setting.number("minutes", 30)?;
    // Minutes of the same work before the first sample: pools of threads and the allocator's heaps find their size.
    let settle = Duration::from_secs(setting.number("settle", 0)? * 60);
    let world = site::world(setting)?;
    let folder = setting.folder("soak")?;
    site::copy(&world, &folder)?;
    let launch = Launch::new(setting, &folder)?;
    let server = launch.start()?;
    let sql = Sql::Sqlite(folder.join("farun.db"));
    let tag = format!("s{:x}", setting.seed);
    let book = Book::open(launch.address, &sql, &tag)?;
    let (history, stop, reads) = (History::default(), AtomicBool::new(false), AtomicUsize::new(0));
    let manners = Manners {
        clients: usize::try_from(setting.number("clients", 2)?).unwrap_or(2),
        entries: usize::MAX,
        give_up: 0,
        pause: Duration::from_millis(50),
        seed: setting.seed,
    };
    // Page caches grow until they are full, which is no leak: first the file becomes larger than all of them together.
    let warm = usize::try_from(setting.number("warm", 96_000)?).unwrap_or(0);
    let filler = Book::open(launch.address, &sql, &format!("w{:x}", setting.seed))?;
    let quick = Manners { clients: 64, entries: warm / 64, pause: Duration::ZERO, ..manners };
    filler.write(&[launch.address], quick, &stop, &History::default(), &|| 0);
    let mut samples: Vec<(f64, f64)> = Vec::new();
    let mut begun = Instant::now();
    thread::scope(|scope| -> Result<()> {
        let addresses = [launch.address];
        let (book, history, stop, reads) = (&book, &history, &stop, &reads);
        scope.spawn(move || book.write(&addresses, manners, stop, history, &|| 0));
        for own in 0..2 {
            let mut client = book.client(launch.address);
            scope.spawn(move || {
                let mut nth = own;
                while !stop.load(Ordering::Relaxed) {
                    if client.get(PAGES[nth % PAGES.len()]).is_ok_and(|answer| answer.status == 200) {
                        reads.fetch_add(1, Ordering::Relaxed);
                    }
                    nth += 1;
                    thread::sleep(Duration::from_millis(10));
                }
            });
        }
        thread::sleep(settle);
        begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(minutes * 60) {
            thread::sleep(Duration::from_secs(5));
            samples.push((begun.elapsed().as_secs_f64(), server.resident()?));
        }
        stop.store(true, Ordering::Relaxed);
        Ok(())
    })?;
    server.kill()?;
    let minute = samples.len() / usize::try_from(minutes.max(1)).unwrap_or(1);
    let told: Vec<String> =
        samples.iter().step_by(minute.max(1)).map(|(_, size)| format!("{size:.0}")).collect();
    eprintln!("  MiB, minute by minute: {}", told.join(" "));
    // The first third warms caches.
    let steady = &samples[samples.len() / 3..];
    let growth = growth(steady);
    // The planted leak: a kilobyte per sample more must be seen.
    let leaking: Vec<(f64, f64)> = steady
        .iter()
        .enumerate()
        .map(|(nth, (at, size))| (*at, size * (1.0 + 0.05 * real(nth) / real(steady.len()))))
        .collect();
    let seen = self::growth(&leaking) - growth > 4.0;
    let acks = history.acks.lock().map_err(|_| "a client broke")?.clone();
    let mut verdict = judge(&sql, &tag, &acks)?;
    verdict.broken.extend(judge::file(&sql, true)?);
    println!("{verdict}");
    let value = format!(
        "{minutes} min after {warm} entries to fill the caches and {} min of the same work, {} pages, {} entries: memory {growth:+.2} % over the last two thirds ({:.0} → {:.0} MiB), {} lost; planted leak of 5 % {}",
        settle.as_secs() / 60,
        reads.load(Ordering::Relaxed),
        acks.len(),
        steady.first().map_or(0.0, |sample| sample.1),
        steady.last().map_or(0.0, |sample| sample.1),
        verdict.lost.len(),
        if seen { "seen" } else { "NOT SEEN" },
    );
    setting.report("R11", "soak", &value, growth <= 2.0 && seen && verdict.sound())
}

/// How much the fitted line rises from the first sample to the last, in percent of their mean.
fn growth(samples: &[(f64, f64)]) -> f64 {
    let count = real(samples.len());
    let (sum_x, sum_y) = samples.iter().fold((0.0, 0.0), |sum, sample| (sum.0 + sample.0, sum.1 + sample.1));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (x, y) in samples {
        covariance += (x - mean_x) * (y - mean_y);
        variance += (x - mean_x) * (x - mean_x);
    }
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return 0.0 };
    if variance == 0.0 { 0.0 } else { covariance / variance * (last.0 - first.0) / mean_y * 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_in_percent_of_the_mean() {
        let rising: Vec<(f64, f64)> = (0..=10).map(|nth| (f64::from(nth), 95.0 + f64::from(nth))).collect();
        assert!((growth(&rising) - 10.0).abs() < 1e-9);
        assert!(growth(&[(0.0, 5.0), (1.0, 5.0)]).abs() < 1e-9);
    }
}
