//! S14: deploy/nginx.conf as it is shipped, in front of farun on loopback, with certificates of an authority made for
//! the occasion: asked by testssl for weaknesses, and by curl whether every answer carries the headers.

use super::{
    Result, Setting,
    crawl::{crawl, kind_of},
    output, site,
    site::Launch,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The names of the shipped configuration: citizens and staff.
const NAMES: &[(&str, &str)] = &[("falv", "falv.example.gov.cn"), ("farun", "farun.example.gov.cn")];
/// Headers that every answer over TLS must have once, and what must be in them.
const HEADERS: &[(&str, &str)] = &[
    ("strict-transport-security", "max-age=31536000"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
];
/// What testssl finds in a certificate that no public authority made: it names nowhere to ask whether it was revoked.
const OF_OUR_AUTHORITY: &[&str] = &["cert_revocation"];
/// Compressed pages that hold a secret can be guessed by their length. The only secret in ours is the form's token, and
/// it looks different in every answer: [`masked`] makes sure before this finding is left out.
const COMPRESSED: &str = "BREACH";

/// Nginx with one configuration; ended when dropped.
struct Nginx {
    child: Child,
    plain: SocketAddr,
    secure: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM, so that its worker ends too. It may have ended already.
        site::signal("TERM", &[self.child.id()]).ok();
        self.child.wait().ok();
    }
}

pub(crate) fn tls(setting: &Setting) -> Result<bool> {
    let world = site::world(setting)?;
    let data = setting.folder("tls-site")?;
    site::copy(&world, &data)?;
    fs::write(
        data.join("farun.toml"),
        "trusted_proxies = [\"127.0.0.1\"]\npublic_url = \"https://falv.example.gov.cn\"\nstaff_url = \"https://farun.example.gov.cn\"\n",
    )?;
    let launch = Launch::new(setting, &data)?;
    let server = launch.start()?;
    let folder = setting.folder("tls")?;
    certificates(&folder)?;
    let shipped = fs::read_to_string(setting.root.join("deploy/nginx.conf"))?;
    // The pages of the site as farun itself has them, and places where nginx answers for it.
    let mut paths = kinds(launch.address)?;
    paths.extend(
        ["/metrics", "/nowhere", "/healthz", "/api/v1/openapi.json", "/api/v1/units", "/assets/nothing"]
            .map(str::to_owned),
    );

    let nginx = start(&folder, "shipped", &shipped, launch.address)?;
    let masked = masked(launch.address)?;
    let mut weak = weaknesses(
        &folder,
        "shipped",
        &nginx,
        &[(0, &[]), (1, &["--protocols", "--standard", "--server-preference", "--server-defaults"])],
    )?;
    let all = weak.len();
    weak.retain(|finding| !(masked && finding.contains(COMPRESSED)));
    let compressed = all - weak.len();
    let (answers, without) = headers(&nginx, &paths, &server_stopped(server))?;
    drop(nginx);

    // The planted faults: old ciphers without forward secrecy, and one header taken away.
    // Said in the server blocks: what stands outside is not inherited by blocks that hide headers of their own.
    let hides = "proxy_hide_header Strict-Transport-Security;";
    let cut = shipped.replace(hides, &format!("{hides}\nproxy_hide_header Referrer-Policy;"));
    let ciphers = shipped
        .split("ssl_ciphers ")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .ok_or("no ssl_ciphers in deploy/nginx.conf")?;
    let cut = cut
        .replace(ciphers, "AES128-SHA:AES256-SHA")
        .replace("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1.2;");
    let server = launch.start()?;
    let planted = start(&folder, "planted", &cut, launch.address)?;
    let weak_planted =
        weaknesses(&folder, "planted", &planted, &[(0, &["--standard", "--server-preference", "--fs"])])?;
    let (_, without_planted) = headers(&planted, &paths[..1], &|| Ok(()))?;
    drop(planted);
    server.kill()?;
    let noticed = !weak_planted.is_empty() && !without_planted.is_empty();
    for line in weak.iter().chain(&without) {
        println!("  {line}");
    }
    let value = format!(
        "testssl: {} findings of medium or worse beside revocation (a certificate of our own authority) and {compressed} of BREACH (form tokens are masked anew in every answer: {masked}); {} headers missing in {answers} answers; planted old ciphers: {} findings, header taken away: {} ({})",
        weak.len(),
        without.len(),
        weak_planted.len(),
        without_planted.len(),
        if noticed { "found" } else { "NOT FOUND" },
    );
    setting.report(
        "S14",
        "TLS and headers",
        &value,
        weak.is_empty() && without.is_empty() && answers > 50 && noticed,
    )
}

/// What ends farun in the middle of the header check: then nginx answers by itself.
fn server_stopped(server: site::Server) -> impl Fn() -> Result<()> {
    let server = std::cell::RefCell::new(Some(server));
    move || server.borrow_mut().take().map_or(Ok(()), site::Server::kill)
}

/// A page of each kind that anybody finds.
fn kinds(address: SocketAddr) -> Result<Vec<String>> {
    let mut client = super::http::Client::new(address);
    client.extra = "x-forwarded-proto: https\r\n".to_owned();
    let found = crawl(&mut client, &["/", "/villages", "/stations", "/help", "/login"], 60)?;
    let mut seen = BTreeSet::new();
    let pages: Vec<String> = found.pages.into_iter().filter(|page| seen.insert(kind_of(page))).collect();
    if pages.len() < 5 { Err(format!("only {pages:?} found").into()) } else { Ok(pages) }
}

/// An authority, and a certificate for each name.
fn certificates(folder: &Path) -> Result<()> {
    let openssl =
        |words: &str| output(Command::new("openssl").args(words.split(' ')).current_dir(folder)).map(drop);
    openssl("req -x509 -newkey rsa:2048 -nodes -days 90 -keyout ca.key -out ca.pem -subj /CN=torture")?;
    for (short, name) in NAMES {
        openssl(&format!(
            "req -newkey rsa:2048 -nodes -keyout {short}.key -out {short}.csr -subj /CN={name}"
        ))?;
        fs::write(
            folder.join(format!("{short}.ext")),
            format!(
                "subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature,keyEncipherment\nbasicConstraints=CA:FALSE\n"
            ),
        )?;
        openssl(&format!(
            "x509 -req -in {short}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 90 -sha256 -extfile {short}.ext -out {short}.leaf"
        ))?;
        let chain =
            [format!("{short}.leaf"), "ca.pem".to_owned()].map(|file| fs::read_to_string(folder.join(file)));
        let [leaf, authority] = chain;
        fs::write(folder.join(format!("{short}.pem")), leaf? + &authority?)?;
    }
    Ok(())
}

/// Starts nginx with the configuration, its ports and places moved into the folder.
fn start(folder: &Path, name: &str, conf: &str, farun: SocketAddr) -> Result<Nginx> {
    let (plain, secure) = (site::free_address()?, site::free_address()?);
    let moved = conf
        .replace("listen 80 ", &format!("listen {plain} "))
        .replace("listen 443 ", &format!("listen {secure} "))
        .replace("/etc/ssl/farun/", &format!("{}/", folder.display()))
        .replace("127.0.0.1:8081", &farun.to_string())
        .replace("127.0.0.1:8082", &farun.to_string());
    if moved.contains("listen 80")
        || moved.contains("listen 443")
        || moved.contains(":808") && !farun.to_string().contains(":808")
    {
        return Err("deploy/nginx.conf listens where this torture does not know".into());
    }
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {}/tmp-{kind};\n", folder.display()))
        .collect();
    let place = folder.display();
    let whole = format!(
        "daemon off;\nuser root;\nworker_processes 1;\npid {place}/{name}.pid;\nerror_log {place}/{name}.log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{moved}\n}}\n"
    );
    let file = folder.join(format!("{name}.conf"));
    fs::write(&file, whole)?;
    let child = Command::new("nginx")
        .arg("-c")
        .arg(&file)
        .arg("-p")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut nginx = Nginx { child, plain, secure };
    let begun = Instant::now();
    while TcpStream::connect(secure).is_err() {
        if nginx.child.try_wait()?.is_some() || begun.elapsed() > Duration::from_secs(10) {
            let said = fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
            return Err(format!("nginx does not start: {said}").into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(nginx)
}

/// Whether one visitor's form token looks different in every answer.
fn masked(address: SocketAddr) -> Result<bool> {
    let mut client = super::http::Client::new(address);
    client.get("/login")?;
    let tokens = [client.get("/login")?, client.get("/login")?].map(|page| super::http::field(&page, "csrf"));
    let [first, second] = tokens;
    Ok(first? != second?)
}

/// What testssl calls medium or worse, for names and the parts of its examination; everything if no part is named.
/// What the certificate's authority is to blame for is left out.
fn weaknesses(
    folder: &Path,
    name: &str,
    nginx: &Nginx,
    examined: &[(usize, &[&str])],
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (which, parts) in examined {
        let (short, host) = NAMES[*which];
        let json = folder.join(format!("{name}-{short}.json"));
        let mut command = Command::new("timeout");
        command.args([
            "1200",
            "testssl",
            "--quiet",
            "--color",
            "0",
            "--warnings",
            "off",
            "--nodns",
            "none",
            "--ip",
            "127.0.0.1",
        ]);
        command.arg("--add-ca").arg(folder.join("ca.pem")).arg("--jsonfile").arg(&json).args(*parts);
        let said =
            command.arg(format!("https://{host}:{}/", nginx.secure.port())).stdin(Stdio::null()).output()?;
        fs::write(folder.join(format!("{name}-{short}.txt")), &said.stdout)?;
        let lines: Vec<serde_json::Value> = serde_json::from_str(&fs::read_to_string(&json)?)?;
        let told = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if !lines.iter().any(|line| told(line, "id").starts_with("cipher")) {
            return Err(format!("testssl did not come to the ciphers of {host}").into());
        }
        for line in &lines {
            let (id, severity) = (told(line, "id"), told(line, "severity"));
            let own = OF_OUR_AUTHORITY.iter().any(|known| id.starts_with(known));
            if ["MEDIUM", "HIGH", "CRITICAL"].contains(&severity.as_str()) && !own {
                found.push(format!("{host}: {id} {severity} {}", told(line, "finding")));
            }
        }
    }
    Ok(found)
}

/// Asks for the paths in many ways; how many answers came, and which lack a header.
fn headers(nginx: &Nginx, paths: &[String], stop: &impl Fn() -> Result<()>) -> Result<(usize, Vec<String>)> {
    let (mut answers, mut without) = (0, Vec::new());
    let mut ask = |host: &str, what: &str, words: &[&str]| -> Result<()> {
        let resolve = format!("{host}:{}:127.0.0.1", nginx.secure.port());
        let url = format!("https://{host}:{}{what}", nginx.secure.port());
        let mut command = Command::new("curl");
        command.args(["-sk", "-o", "/dev/null", "-D", "-", "--max-time", "20", "--resolve", &resolve]);
        let head = output(command.args(words).arg(&url))?.to_ascii_lowercase();
        // Before the last answer there may be a 100.
        let head = head.trim_end().rsplit("\r\n\r\n").next().unwrap_or_default().to_owned();
        let status = head.split(' ').nth(1).unwrap_or("no answer").to_owned();
        answers += 1;
        let mut had = BTreeMap::<&str, Vec<&str>>::new();
        for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
            had.entry(name).or_default().push(value.trim());
        }
        for (name, wanted) in HEADERS {
            let values = had.get(name).map_or(&[][..], Vec::as_slice);
            if values.len() != 1 || !values[0].contains(wanted) {
                without.push(format!(
                    "{host} {} {} → {status}: {name} {values:?}",
                    words.join(" ").chars().take(40).collect::<String>(),
                    what.chars().take(60).collect::<String>()
                ));
            }
        }
        Ok(())
    };
    let large = format!("a={}", "b".repeat(2 << 20));
    let file = std::env::temp_dir().join(format!("torture-large-{}", std::process::id()));
    fs::write(&file, large)?;
    let from_file = format!("@{}", file.display());
    for (_, host) in NAMES {
        for path in paths {
            ask(host, path, &[])?;
            // The proxy lets a person ask ten times a second.
            thread::sleep(Duration::from_millis(110));
        }
        ask(host, "/", &["-I"])?;
        ask(host, "/", &["-X", "TRACE"])?;
        ask(host, "/", &["-X", "DELETE"])?;
        ask(host, "/callback", &["-d", "a=b"])?;
        ask(host, "/callback", &["--data-binary", &from_file])?;
        ask(host, "/%00", &[])?;
        ask(host, &format!("/{}", "a".repeat(20_000)), &["--http1.1"])?;
        ask(host, "/", &["--http1.1", "-H", "Host:"])?;
    }
    fs::remove_file(&file)?;
    // Too many at once: the proxy's own refusals.
    for _ in 0..25 {
        ask(NAMES[1].1, "/login", &[])?;
    }
    stop()?;
    for (_, host) in NAMES {
        ask(host, "/", &[])?;
    }
    // Without TLS there is nothing but the way to it.
    let plain = output(
        Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}"])
            .arg(format!("http://{}/villages", nginx.plain)),
    )?;
    if !plain.starts_with("301 https://") {
        without.push(format!("without TLS: {plain}"));
    }
    Ok((answers, without))
}
