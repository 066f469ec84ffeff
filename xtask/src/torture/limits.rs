//! R7: bodies that are too large or never end, and files that unpack to more than they say; the answer is a refusal in
//! words, soon, and memory stays.

use super::{
    Result, Setting,
    archive::{MULTIPART, cell, upload, workbook},
    book::Book,
    http::{Answer, Client},
    judge::Sql,
    site,
    site::Launch,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// A body too many, and what may answer it.
struct Bomb {
    name: &'static str,
    path: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    wanted: &'static [u16],
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
            content_type: MULTIPART,
            body: upload(token, "a.xlsx", &vec![0; 4 << 20]),
            wanted: refused,
        },
    ]
}

/// Rows of texts as a sheet has them.
fn rows(count: usize) -> String {
    let head = format!("<row>{}{}</row>", cell("姓名"), cell("电话"));
    // Each row another text, or they pack so tightly that the archive is refused before its rows are counted.
    let row = |nth: usize| {
        let number = u64::try_from(nth).unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("<row>{}{}</row>", cell(&format!("样{number:x}")), cell("13800000000"))
    };
    format!("{head}{}", (0..count).map(row).collect::<String>())
}

/// Files for an import: name, ending, content, what its refusal must say; nothing for the one that is taken in.
type File = (&'static str, &'static str, Vec<u8>, Option<&'static str>);

fn files() -> Result<Vec<File>> {
    let beside = |name: &str, length: usize| (name.to_owned(), vec![b' '; length]);
    let noise: Vec<u8> =
        (0..21u32 << 20).map(|nth| (nth.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
    let parts: Vec<(String, Vec<u8>)> =
        (0..997).map(|nth| (format!("xl/media/{nth}"), b"x".to_vec())).collect();
    let csv = |count: usize| format!("姓名,电话\n{}", "样,13800000000\n".repeat(count)).into_bytes();
    Ok(vec![
        ("a file of 21 MB", "xlsx", noise, Some("内容太大")),
        (
            "4 MB packed over 100 times",
            "xlsx",
            workbook(&rows(1), &[beside("xl/media/a", 4 << 20)])?,
            Some("解压"),
        ),
        ("250 MB unpacked", "xlsx", workbook(&rows(1), &[beside("xl/media/a", 250 << 20)])?, Some("解压")),
        ("1,002 entries", "xlsx", workbook(&rows(1), &parts)?, Some("1000")),
        ("a workbook of 100,100 rows", "xlsx", workbook(&rows(100_100), &[])?, Some("100000")),
        ("CSV of 100,100 rows", "csv", csv(100_100), Some("100000")),
        ("a workbook of 1 row", "xlsx", workbook(&rows(1), &[])?, None),
    ])
}

/// Whether the answer is a refusal with those Chinese words, in time.
fn refused(answer: &Answer, words: &str, took: Duration, most: Duration) -> bool {
    matches!(answer.status, 413 | 422) && answer.text().contains(words) && took <= most
}

/// Sends every file to the import of persons; what was said, and whether each was refused as it should be.
fn imports(book: &Book, address: SocketAddr, most: Duration) -> Result<(Vec<String>, bool)> {
    let (mut said, mut held) = (Vec::new(), true);
    for (name, ending, content, words) in files()? {
        let mut client = book.client(address);
        client.timeout = Duration::from_secs(60);
        let body = upload(book.token(), &format!("a.{ending}"), &content);
        let sent = Instant::now();
        let answer = client.post_as("/imports/persons/new", MULTIPART, &body)?;
        let took = sent.elapsed();
        let good = match words {
            Some(words) => refused(&answer, words, took, most),
            // The planted fault: a file within the limits is no refusal, and the same measure must say so.
            None => answer.status == 303 && !refused(&answer, "", took, most),
        };
        if !good {
            let text = answer.text();
            let main = text.split("<main").nth(1).unwrap_or(&text);
            println!("  {name}: {} {}", answer.status, main.chars().take(1500).collect::<String>());
        }
        held &= good;
        said.push(format!("{name} → {} in {} ms", answer.status, took.as_millis()));
    }
    Ok((said, held))
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
    // A debug build takes its time, and it is told only; a release build is held to the second.
    let most = Duration::from_secs(if setting.bin.ends_with("debug/farun") { 60 } else { 1 });
    let mut held = true;
    let mut said = Vec::new();
    for bomb in bombs(book.token()) {
        let mut client = book.client(launch.address);
        client.timeout = Duration::from_secs(20);
        let sent = Instant::now();
        let status = client.post_as(bomb.path, bomb.content_type, &bomb.body).map(|answer| answer.status);
        let (status, took) = (status.unwrap_or(0), sent.elapsed());
        // A connection cut while the body still came is a refusal too.
        let good = (bomb.wanted.contains(&status) || status == 0) && took < most;
        held &= good;
        said.push(format!("{} → {status} in {} ms", bomb.name, took.as_millis()));
    }
    let (told, good) = imports(&book, launch.address, most)?;
    held &= good;
    said.extend(told);
    let control = Client::new(launch.address).get("/")?.status;
    let grown = server.peak()? - before;
    held &= grown <= 64.0 && control == 200;
    server.kill()?;
    setting.report(
        "R7",
        "bodies too large",
        &format!(
            "{}; peak memory +{grown:.0} MiB; files {}",
            said.join(", "),
            if good { "told apart by what they are" } else { "NOT told apart" }
        ),
        held,
    )
}
