//! R7: bodies that are too large or never end; the answer is a refusal, soon, and memory stays.

use super::{Result, Setting, book::Book, http::Client, judge::Sql, site, site::Launch};
use std::time::{Duration, Instant};

/// A body too many, and what may answer it.
struct Bomb {
    name: &'static str,
    path: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    wanted: &'static [u16],
}

/// A file of that content as browsers send it; `csrf` first, as our forms have it.
fn upload(token: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--cut\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    body
}

fn bombs(token: &str) -> Vec<Bomb> {
    let form = "application/x-www-form-urlencoded";
    let large = |length: usize| format!("csrf={token}&note={}", "a".repeat(length)).into_bytes();
    let many = format!("csrf={token}{}", "&a=b".repeat(60_000)).into_bytes();
    let refused: &[u16] = &[400, 413, 422];
    vec![
        Bomb {
            name: "a form of 300 KB",
            path: "/services/new",
            content_type: form,
            body: large(300 << 10),
            wanted: &[413],
        },
        Bomb {
            name: "a form of 64 MB",
            path: "/services/new",
            content_type: form,
            body: large(64 << 20),
            wanted: &[413],
        },
        Bomb {
            name: "60,000 fields",
            path: "/services/new",
            content_type: form,
            body: many,
            wanted: &[200, 400, 413, 422],
        },
        Bomb {
            name: "JSON of 2 MB",
            path: "/services/new",
            content_type: "application/json",
            body: vec![b'['; 2 << 20],
            wanted: &[413],
        },
        Bomb {
            name: "a file of 4 MB where none belongs",
            path: "/callback",
            content_type: "multipart/form-data; boundary=cut",
            body: upload(token, "a.xlsx", &vec![0; 4 << 20]),
            wanted: refused,
        },
        Bomb {
            name: "an import of 21 MB",
            path: "/imports",
            content_type: "multipart/form-data; boundary=cut",
            body: upload(token, "a.xlsx", &vec![0; 21 << 20]),
            wanted: &[404, 405, 413, 422],
        },
    ]
}

pub(crate) fn limits(setting: &Setting) -> Result<bool> {
    let world = site::world(setting)?;
    let folder = setting.folder("limits")?;
    site::copy(&world, &folder)?;
    let launch = Launch::new(setting, &folder)?;
    let server = launch.start()?;
    let book = Book::open(launch.address, &Sql::Sqlite(folder.join("farun.db")), "limits")?;
    let mut client = book.client(launch.address);
    for path in ["/", "/services", "/villages", "/statistics/2022Q1"] {
        client.get(path)?;
    }
    let before = server.resident()?;
    let mut held = true;
    let mut said = Vec::new();
    for bomb in bombs(book.token()) {
        let mut client = book.client(launch.address);
        client.timeout = Duration::from_secs(20);
        let sent = Instant::now();
        let status = client.post_as(bomb.path, bomb.content_type, &bomb.body).map(|answer| answer.status);
        let (status, took) = (status.unwrap_or(0), sent.elapsed());
        // A connection cut while the body still came is a refusal too.
        let good = (bomb.wanted.contains(&status) || status == 0) && took < Duration::from_secs(1);
        held &= good;
        said.push(format!("{} → {status} in {} ms", bomb.name, took.as_millis()));
    }
    let control = Client::new(launch.address).get("/")?.status;
    let grown = server.peak()? - before;
    held &= grown <= 64.0 && control == 200;
    server.kill()?;
    setting.report(
        "R7",
        "bodies too large",
        &format!("{}; peak memory +{grown:.0} MiB", said.join(", ")),
        held,
    )
}
