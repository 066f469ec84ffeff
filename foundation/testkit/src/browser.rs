//! A real Chromium, driven through Debian's chromedriver.

use axum::http::Method;
use fantoccini::{Client, ClientBuilder, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::{
    net::TcpListener,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::Duration,
};
use url::{ParseError, Url};

/// A browser window with its driver; both end when it is closed or dropped.
pub struct Browser {
    /// The window.
    pub client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

/// How the browser is set up.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Height of the window in CSS pixels.
    pub height: u32,
    /// Whether scripts run.
    pub script: bool,
}

impl Look {
    /// A phone.
    pub const PHONE: Look = Look { width: 390, height: 844, script: true };
    /// A desk.
    pub const DESK: Look = Look { width: 1366, height: 900, script: true };

    /// The same without scripts.
    #[must_use]
    pub fn without_script(self) -> Self {
        Self { script: false, ..self }
    }
}

impl Browser {
    /// Starts Chromium.
    ///
    /// # Panics
    /// When chromedriver or Chromium is missing: `scripts/setup-test.sh` installs them.
    #[expect(clippy::disallowed_methods, reason = "a browser test starts a browser and waits for it")]
    pub async fn start(look: Look) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts (scripts/setup-test.sh installs it)");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut args: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--force-device-scale-factor=1",
            "--lang=zh-CN",
        ]
        .map(str::to_owned)
        .into();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        let mut options = json!({"args": args, "binary": "/usr/bin/chromium"});
        options["mobileEmulation"] = json!({"deviceMetrics": {"width": look.width, "height": look.height, "pixelRatio": 1.0, "touch": look.width < 600}});
        if !look.script {
            options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2, "profile.default_content_setting_values.javascript": 2});
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let mut last = String::new();
        for _ in 0..100 {
            let address = format!("http://127.0.0.1:{port}");
            match ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities.clone())
                .connect(&address)
                .await
            {
                Ok(client) => return Self { client, driver, _profile: profile },
                // The driver needs a moment before it listens.
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("Chromium does not start: {last}");
    }

    /// Asks the browser itself, by its own protocol: `Network.emulateNetworkConditions`, for instance.
    ///
    /// # Panics
    /// If the browser does not understand it.
    pub async fn ask(&self, command: &str, parameters: serde_json::Value) -> serde_json::Value {
        let body = json!({"cmd": command, "params": parameters}).to_string();
        self.client.issue_cmd(Own(body)).await.expect("the browser understands")
    }

    /// Ends the session and the driver.
    pub async fn close(self) {
        self.client.clone().close().await.expect("the session ends");
    }
}

/// A command of the browser's own protocol, sent through the driver.
#[derive(Debug)]
struct Own(String);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.clone()))
    }
}

impl Drop for Browser {
    /// The driver and the browser it started are one process group: both end, also when a test fails.
    #[expect(clippy::disallowed_methods, reason = "a browser test ends the browser it started")]
    fn drop(&mut self) {
        Command::new("kill").args(["-9", "--", &format!("-{}", self.driver.id())]).status().ok();
        self.driver.wait().ok();
    }
}
