//! Takes the pictures of the README from the demonstration world, or with `--all` every page in three widths.
//!
//! `cargo xtask screenshots` calls it: `screenshots FOLDER [--all]`.

use fantoccini::{Client, Locator};
use farun::{Config, Place, demo, serve, wiring};
use std::path::{Path, PathBuf};
use testkit::browser::{Browser, Look};
use tokio::{net::TcpListener, sync::watch};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Name, log-in (or nobody), address, width, height.
type Picture = (&'static str, Option<&'static str>, &'static str, u32, u32);

const README: [Picture; 3] = [
    ("home", None, "/", 390, 844),
    ("coverage", Some("manager"), "/coverage", 1366, 900),
    ("statistics", Some("manager"), "/statistics/2022Q1", 1366, 900),
];

const PUBLIC: [&str; 9] = [
    "/",
    "/stations",
    "/stations?view=map",
    "/villages",
    "/villages?q=tjt",
    "/help",
    "/callback",
    "/search?q=%E6%AC%A0%E8%96%AA",
    "/login",
];
const STAFF: [(&str, &[&str]); 5] = [
    (
        "manager",
        &[
            "/desk",
            "/services",
            "/services/new",
            "/services/month",
            "/services/batch",
            "/coverage",
            "/coverage?view=table",
            "/coverage?view=map",
            "/places",
            "/lawyers",
            "/firms",
            "/persons",
            "/persons/find",
            "/organisations",
            "/manage/stations",
            "/callbacks",
            "/statistics/2022Q1",
            "/statistics/2022Q1/advisers.visits",
            "/statistics/2022Q1/advisers.visits/rows",
            "/statistics/ledgers",
            "/dictionaries",
            "/me",
        ],
    ),
    ("adviser", &["/desk", "/services/new", "/services/month", "/services/batch", "/services"]),
    ("town", &["/coverage", "/statistics/2022Q1"]),
    ("sysadmin", &["/desk", "/accounts", "/accounts/new", "/accounts/matrix"]),
    ("auditor", &["/audit", "/audit/verify"]),
];

fn main() -> Outcome<()> {
    tokio::runtime::Runtime::new()?.block_on(take())
}

async fn take() -> Outcome<()> {
    let mut args = std::env::args().skip(1);
    let out = PathBuf::from(args.next().ok_or("usage: screenshots FOLDER [--all]")?);
    std::fs::create_dir_all(&out)?;
    let folder = tempfile::tempdir()?;
    let db = wiring::open(&Place::folder(folder.path())).await.map_err(|fault| fault.to_string())?;
    demo::make(&db).await.map_err(|error| format!("{error:?}"))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let app =
        wiring::app(db, &Config::default(), Some(url.clone())).await.map_err(|fault| fault.to_string())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve::serve(app, vec![(listener, false)], stopped));
    if args.next().as_deref() == Some("--all") {
        for (width, height) in [(390, 844), (768, 1024), (1366, 900)] {
            for path in PUBLIC {
                shoot(&url, None, &[path], width, height, &out).await?;
            }
            for (username, paths) in STAFF {
                shoot(&url, Some(username), paths, width, height, &out).await?;
            }
        }
        shoot(&url, Some("leader"), &["/wall"], 1920, 1080, &out).await?;
    } else {
        for (name, username, path, width, height) in README {
            let (browser, client) = open(&url, username, width, height).await?;
            client.goto(&format!("{url}{path}")).await?;
            std::fs::write(out.join(format!("{name}.png")), client.screenshot().await?)?;
            browser.close().await;
        }
    }
    stop.send_replace(true);
    Ok(())
}

async fn open(url: &str, username: Option<&str>, width: u32, height: u32) -> Outcome<(Browser, Client)> {
    let browser = Browser::start(Look { width, height, script: true }).await;
    let client = browser.client.clone();
    if let Some(username) = username {
        client.goto(&format!("{url}/login")).await?;
        client.find(Locator::Css("[name='username']")).await?.send_keys(username).await?;
        client.find(Locator::Css("[name='password']")).await?.send_keys(demo::PASSWORD).await?;
        client.find(Locator::Css("form[action='/login'] .form-actions button")).await?.click().await?;
    }
    Ok((browser, client))
}

/// The whole height of each page.
async fn shoot(
    url: &str,
    username: Option<&str>,
    paths: &[&str],
    width: u32,
    height: u32,
    out: &Path,
) -> Outcome<()> {
    let (browser, client) = open(url, username, width, height).await?;
    for path in paths {
        client.goto(&format!("{url}{path}")).await?;
        let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let file = out.join(format!("{}{name}_{width}.png", username.unwrap_or("public")));
        std::fs::write(file, client.screenshot().await?)?;
    }
    browser.close().await;
    Ok(())
}
