//! S5: Debian's sqlmap against every parameter of the real server, and against a hole of our own that it must find.

use super::{
    Result, Setting,
    crawl::{Asked, Found, crawl, decoded, encoded, kind_of},
    http::Client,
    judge::Sql,
    output,
    random::Random,
    site,
    site::Launch,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

/// Where people of the demonstration begin; each sees other forms.
const PEOPLE: &[(&str, &[&str])] = &[
    ("manager", &["/desk", "/", "/me", "/villages", "/search?q=mh"]),
    ("secadmin", &["/desk", "/accounts"]),
    ("sysadmin", &["/desk", "/accounts"]),
    ("auditor", &["/desk", "/audit?page=1"]),
];
/// Not tried: the form's token and the request's key are compared, never searched; and what would end the session.
const LEFT_OUT: &[&str] = &["csrf", "idempotency_key"];
const ENDS_SESSION: &[&str] = &["/me/password", "/me/second-factor", "/me/sessions", "/logout"];

/// One parameter of one request.
#[derive(Debug, Clone)]
struct Target {
    name: String,
    asked: Asked,
    person: usize,
}

/// What sqlmap says about a parameter.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Clean,
    Hole,
    /// Neither: why.
    Untried(String),
}

pub(crate) fn sqlmap(setting: &Setting) -> Result<bool> {
    let (level, risk) = (setting.number("level", 3)?, setting.number("risk", 2)?);
    let seconds = setting.number("seconds", 600)?;
    let folder = setting.folder("sqlmap")?;
    // The planted hole first: a sqlmap that does not find it proves nothing about the rest.
    let hole = planted(&folder)?;
    let asked = Asked { post: false, path: "/".to_owned(), fields: vec![("q".to_owned(), "mh".to_owned())] };
    let tool = Tool { folder: &folder, level, risk, seconds, engine: true };
    let (found, _) = tool.run(&Client::new(hole), "q", &asked)?;
    let noticed = found == Outcome::Hole;

    let world = site::world(setting)?;
    let data = setting.folder("sqlmap-site")?;
    site::copy(&world, &data)?;
    // Every request comes from an address of its own, or the limits per address would answer instead of the page.
    fs::write(data.join("farun.toml"), "trusted_proxies = [\"127.0.0.1\"]\n")?;
    let launch = Launch::new(setting, &data)?;
    let server = launch.start()?;
    let mut people = Vec::new();
    let mut targets = Vec::new();
    for (person, (name, starts)) in PEOPLE.iter().enumerate() {
        let (mut client, _) = site::log_in(launch.address, name)?;
        let found = crawl(&mut client, starts, 250)?;
        targets.extend(all_targets(&found, person));
        people.push(Mutex::new(client));
    }
    let many = targets.len();
    let mut distinct = distinct(targets, setting.given("every"));
    // Where time is short, chance decides which are tried.
    let mut random = Random::new(setting.seed);
    for at in (1..distinct.len()).rev() {
        distinct.swap(at, random.index(at + 1));
    }
    // What may end a session comes last.
    distinct.sort_by_key(|target| ENDS_SESSION.iter().any(|path| target.asked.path.starts_with(path)));
    let minutes = setting.number("minutes", 60)?;
    eprintln!("  {} parameters of {many} in forms and links", distinct.len());
    let begun = Instant::now();
    let workers = setting.number("workers", 2)?;
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(target) = distinct.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if begun.elapsed().as_secs() > minutes * 60 {
                        return;
                    }
                    let said = people[target.person]
                        .lock()
                        .map_err(|_| "a worker broke".into())
                        .and_then(|mut client| alive(&mut client, PEOPLE[target.person].0))
                        .and_then(|client| {
                            Tool { engine: !setting.given("engines"), ..tool }.run(
                                &client,
                                &target.name,
                                &target.asked,
                            )
                        })
                        .unwrap_or_else(|error| (Outcome::Untried(error.to_string()), BTreeMap::new()));
                    if let Ok(mut results) = results.lock() {
                        results.push((target.clone(), said));
                    }
                }
            });
        }
    });
    let results = results.into_inner().map_err(|_| "a worker broke")?;
    let (mut clean, mut bad, mut untried, mut shielded, mut faults) = (0, Vec::new(), Vec::new(), 0, 0);
    for (target, (outcome, codes)) in &results {
        let place = format!(
            "{} of {} {}",
            target.name,
            if target.asked.post { "POST" } else { "GET" },
            target.asked.path
        );
        let broken: usize = codes
            .iter()
            .filter(|(code, _)| (500..600).contains(*code) && **code != 503)
            .map(|(_, n)| n)
            .sum();
        faults += broken;
        shielded += usize::from(codes.keys().any(|code| [401, 403, 429, 503].contains(code)));
        if broken > 0 {
            println!("  {broken} server errors: {place}");
        }
        match outcome {
            Outcome::Clean => clean += 1,
            Outcome::Hole => bad.push(place),
            Outcome::Untried(why) => untried.push(format!("{place}: {why}")),
        }
    }
    for line in bad.iter().chain(&untried) {
        println!("  {line}");
    }
    let panics = launch.log_text().matches("panicked").count();
    server.kill()?;
    let value = format!(
        "level {level} risk {risk}{}: {clean} of {} parameters tried clean (there are {}), {} holes, {} not finished, {faults} server errors, {panics} panics, {shielded} met limits on the way, in {:.0} min; planted hole {}",
        if setting.given("engines") { ", every engine" } else { ", payloads for SQLite" },
        results.len(),
        distinct.len(),
        bad.len(),
        untried.len(),
        begun.elapsed().as_secs_f64() / 60.0,
        if noticed { "found" } else { "NOT FOUND" },
    );
    let held = noticed && bad.is_empty() && untried.is_empty() && faults == 0 && panics == 0 && clean > 0;
    setting.report("S5", "sqlmap", &value, held)
}

/// Every parameter with the request that carries it; ids in paths are parameters too.
fn all_targets(found: &Found, person: usize) -> Vec<Target> {
    let mut targets = Vec::new();
    for asked in &found.asked {
        for (name, _) in asked.fields.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
            targets.push(Target { name: name.clone(), asked: asked.clone(), person });
        }
    }
    for page in found.pages.iter().filter(|page| kind_of(page).contains("{}")) {
        let path = page.split(['?', '#']).next().unwrap_or(page).to_owned();
        let asked = Asked { post: false, path, fields: Vec::new() };
        targets.push(Target { name: kind_of(page), asked, person });
    }
    targets
}

/// Each name once, where most other fields are; with `every`, each name of each form.
fn distinct(mut targets: Vec<Target>, every: bool) -> Vec<Target> {
    targets.sort_by_key(|target| std::cmp::Reverse((!target.asked.post, target.asked.fields.len())));
    let mut chosen = BTreeMap::new();
    for target in targets {
        let place = if every {
            format!("{} {}", target.asked.post, kind_of(&target.asked.path))
        } else {
            String::new()
        };
        chosen.entry((name_kind(&target.name).to_owned(), place)).or_insert(target);
    }
    chosen.into_values().collect()
}

/// The name without the code of a dictionary's term at its end: the columns of one table are one parameter.
fn name_kind(name: &str) -> &str {
    let code = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_ascii_lowercase());
    name.split_once('-').filter(|(_, rest)| code(rest)).map_or(name, |(begins, _)| begins)
}

/// The person's browser, logged in again if the session has ended.
fn alive(client: &mut Client, name: &str) -> Result<Client> {
    // A new connection each time: the server has closed the last one while sqlmap was busy.
    let mut fresh = client.again(client.address);
    if fresh.get("/me")?.status != 200 {
        *client = site::log_in(client.address, name)?.0;
        fresh = client.again(client.address);
    }
    Ok(fresh)
}

#[derive(Clone, Copy)]
struct Tool<'a> {
    folder: &'a Path,
    level: u64,
    risk: u64,
    seconds: u64,
    /// Whether only the engine that is there is tried.
    engine: bool,
}

impl Tool<'_> {
    /// Tries one parameter; says what came out, and how often which error status was answered.
    fn run(&self, client: &Client, name: &str, asked: &Asked) -> Result<(Outcome, BTreeMap<u16, usize>)> {
        let pairs: Vec<String> = asked
            .fields
            .iter()
            .map(|(name, value)| {
                format!(
                    "{}={}",
                    encoded(name),
                    if value.contains('%') { value.clone() } else { encoded(value) }
                )
            })
            .collect();
        let in_path = name.starts_with('/');
        let mut url = format!("http://{}{}", client.address, asked.path);
        let mut command = Command::new("timeout");
        command.arg(self.seconds.to_string()).arg("sqlmap");
        if in_path {
            url = marked(&url);
        } else {
            command.arg("-p").arg(name);
        }
        if asked.post {
            command.arg("--method=POST").arg(format!("--data={}", pairs.join("&")));
            if asked.fields.iter().any(|(name, _)| name == "idempotency_key") {
                command.arg("--randomize=idempotency_key");
            }
        } else if !pairs.is_empty() {
            url = format!("{url}?{}", pairs.join("&"));
        }
        let cookies: Vec<String> =
            client.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            command.arg(format!("--cookie={}", cookies.join("; ")));
        }
        if self.engine {
            command.arg("--dbms=sqlite");
        }
        let own = self.folder.join(format!(
            "{}-{}",
            encoded(&asked.path).replace('%', ""),
            encoded(name).replace('%', "")
        ));
        command.arg("-u").arg(&url).args([
            "--batch",
            "--flush-session",
            "--disable-coloring",
            "--ignore-code=*",
        ]);
        command.args(["--ignore-redirects", "--tamper=xforwardedfor", "--timeout=10", "--retries=2"]);
        command.arg(format!("--level={}", self.level)).arg(format!("--risk={}", self.risk));
        command.arg(format!("--output-dir={}", own.display()));
        let done = command.output()?;
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        fs::create_dir_all(&own)?;
        fs::write(own.join("said.txt"), &text)?;
        Ok((outcome(&text, done.status.code()), codes(&text)))
    }
}

/// The URL with sqlmap's mark behind its last id.
fn marked(url: &str) -> String {
    let mut parts: Vec<String> = url.split('/').map(str::to_owned).collect();
    let digits = |part: &&mut String| part.contains(|c: char| c.is_ascii_digit());
    if let Some(part) = parts.iter_mut().skip(3).rfind(digits) {
        part.push('*');
    }
    parts.join("/")
}

fn outcome(text: &str, code: Option<i32>) -> Outcome {
    if text.contains("identified the following injection point") || text.contains("' is vulnerable") {
        Outcome::Hole
    } else if text.contains("all tested parameters do not appear to be injectable") {
        Outcome::Clean
    } else if code == Some(124) {
        Outcome::Untried("not finished in time".to_owned())
    } else {
        let last = text.lines().rfind(|line| line.contains("[CRITICAL]") || line.contains("[ERROR]"));
        Outcome::Untried(last.unwrap_or("sqlmap said nothing").to_owned())
    }
}

/// `500 (Internal Server Error) - 3 times` in what sqlmap says at its end.
fn codes(text: &str) -> BTreeMap<u16, usize> {
    let told = text.split("HTTP error codes detected during run:").skip(1).flat_map(str::lines);
    let pieces = told.flat_map(|line| line.split(", "));
    pieces
        .filter_map(|piece| {
            let code = piece.trim().get(..3)?.parse().ok()?;
            let times = piece.split(" - ").nth(1)?.split(' ').next()?.parse().ok()?;
            Some((code, times))
        })
        .collect()
}

/// A page that pastes what it is asked for into its SQL, on a port of its own.
fn planted(folder: &Path) -> Result<SocketAddr> {
    let file = folder.join("hole.db");
    Sql::Sqlite(file.clone()).rows(
        "create table village (id integer primary key, name text); insert into village (name) values ('mh'), ('ly'), ('ht')",
    )?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let file = file.clone();
            // A visitor that goes away early is no matter here.
            thread::spawn(move || answer(stream, &file).ok());
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, file: &Path) -> Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {
        head.clear();
    }
    let asked = line.split(' ').nth(1).unwrap_or_default();
    let value = asked.split(['?', '&']).find_map(|pair| pair.strip_prefix("q=")).unwrap_or_default();
    let sql = format!("select name from village where name = '{}' order by id", decoded(value));
    let mut command = Command::new("sqlite3");
    command.args(["-batch", "-bail", "-readonly"]).arg(file).arg(sql);
    let (status, body) = match output(&mut command) {
        Ok(rows) => (
            "200 OK",
            format!("<ul>{}</ul>", rows.lines().map(|row| format!("<li>{row}")).collect::<String>()),
        ),
        Err(error) => ("500 Internal Server Error", error.to_string()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlmap_says_is_understood() {
        assert_eq!(
            outcome("sqlmap identified the following injection point(s) with", Some(0)),
            Outcome::Hole
        );
        assert_eq!(
            outcome("[CRITICAL] all tested parameters do not appear to be injectable. Try", Some(0)),
            Outcome::Clean
        );
        assert_eq!(outcome("", Some(124)), Outcome::Untried("not finished in time".to_owned()));
        let said = "[WARNING] HTTP error codes detected during run:\n422 (?) - 12 times, 500 (Internal Server Error) - 3 times\n[*] ending";
        assert_eq!(codes(said), BTreeMap::from([(422, 12), (500, 3)]));
        assert_eq!(
            marked("http://127.0.0.1:80/villages/320412-7/qr"),
            "http://127.0.0.1:80/villages/320412-7*/qr"
        );
    }
}
