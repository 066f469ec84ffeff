//! What a person does in a browser: find, click, type, log in; and what every page must pass.

use fantoccini::{Client, Locator, elements::Element};
use std::{path::Path, time::Duration};
use testkit::browser::{Browser, Look};

/// A person at a browser.
pub(crate) struct Desk {
    browser: Browser,
    url: String,
    script: bool,
}

const ENTER: &str = "\u{e007}";

impl Desk {
    /// Opens a browser on a site.
    pub(crate) async fn open(url: &str, look: Look) -> Self {
        Self { browser: Browser::start(look).await, url: url.to_owned(), script: look.script }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.browser.client
    }

    /// Goes to an address of the site.
    pub(crate) async fn go(&self, path: &str) {
        self.client().goto(&format!("{}{path}", self.url)).await.expect("the page opens");
    }

    /// The element, or a panic that names it.
    pub(crate) async fn find(&self, css: &str) -> Element {
        match self.client().wait().at_most(Duration::from_secs(8)).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css} at {}: {error}\n{}", self.path().await, self.text().await),
        }
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client().find_all(Locator::Css(css)).await.expect("the page answers").len()
    }

    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        self.activate(element, css).await;
    }

    /// Clicks the link or button with that text: of several the one that a person would take, first what stands in
    /// the page itself and not in its menu, and there first what says just that.
    pub(crate) async fn press(&self, text: &str) {
        let named =
            format!("//*[self::a or self::button or self::summary][contains(normalize-space(.), '{text}')]");
        let wait = self.client().wait().at_most(Duration::from_secs(8));
        if wait.for_element(Locator::XPath(&named)).await.is_err() {
            panic!("no {text} at {}\n{}", self.path().await, self.text().await);
        }
        let exact = format!("[normalize-space(.) = '{text}']");
        for xpath in [format!("//main{named}{exact}"), format!("//main{named}"), named] {
            if let Ok(element) = self.client().find(Locator::XPath(&xpath)).await {
                return self.activate(element, text).await;
            }
        }
    }

    /// Without scripts the driver's click never returns; people with a keyboard press Enter.
    async fn activate(&self, element: Element, name: &str) {
        let done = if self.script { element.click().await } else { element.send_keys(ENTER).await };
        done.unwrap_or_else(|error| panic!("{name} cannot be clicked: {error}"));
    }

    /// Types into a field by its name, replacing what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let element = self.find(&format!("[name='{name}']")).await;
        element.clear().await.expect("the field is cleared");
        element.send_keys(text).await.expect("the field takes text");
    }

    /// Chooses a chip, radio or box by name and value.
    pub(crate) async fn choose(&self, name: &str, value: &str) {
        let css = format!("label:has(input[name='{name}'][value='{value}'])");
        self.click(&css).await;
    }

    /// The visible text of the page.
    pub(crate) async fn text(&self) -> String {
        match self.client().find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits for the page to show the text; fails if it does not within some seconds.
    pub(crate) async fn shows(&self, text: &str) {
        let xpath = format!("//body[contains(normalize-space(.), '{text}')]");
        let wait = self.client().wait().at_most(Duration::from_secs(8));
        if wait.for_element(Locator::XPath(&xpath)).await.is_err() {
            panic!("{text} is not shown at {}:\n{}", self.path().await, self.text().await);
        }
    }

    pub(crate) async fn path(&self) -> String {
        let url = self.client().current_url().await.map(|url| url.to_string()).unwrap_or_default();
        url.strip_prefix(&self.url).unwrap_or(&url).to_owned()
    }

    /// Waits until the browser has come to that address.
    pub(crate) async fn arrives(&self, path: &str) {
        let url = format!("{}{path}", self.url).parse().expect("an address");
        let wait = self.client().wait().at_most(Duration::from_secs(8));
        if wait.for_url(&url).await.is_err() {
            panic!("not at {path} but at {}:\n{}", self.path().await, self.text().await);
        }
    }

    /// Logs a demonstration account in.
    pub(crate) async fn log_in(&self, username: &str) {
        self.go("/login").await;
        self.fill("username", username).await;
        self.fill("password", farun::demo::PASSWORD).await;
        self.click("form[action='/login'] button.btn-primary, form[action='/login'] .form-actions button")
            .await;
        self.arrives("/desk").await;
    }

    /// Opens pages one after the other in both text sizes; none may have a barrier.
    pub(crate) async fn are_accessible(&self, paths: &[&str]) {
        let mut found = Vec::new();
        for size in ["elder", "standard"] {
            for (nth, path) in paths.iter().enumerate() {
                self.go(path).await;
                if nth == 0 {
                    self.click(&format!("form.text-size button[value='{size}']")).await;
                    self.find(&format!("form.text-size button[value='{size}'][aria-pressed='true']")).await;
                }
                found.extend(
                    barriers(self.client()).await.into_iter().map(|what| format!("{path} ({size}): {what}")),
                );
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    pub(crate) async fn close(self) {
        self.browser.close().await;
    }
}

/// What axe finds against WCAG A/AA on the page, and whether something sticks out sideways.
pub(crate) async fn barriers(client: &Client) -> Vec<String> {
    let axe =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../foundation/assets/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("axe-core is installed by `make assets`");
    client.execute(&axe, vec![]).await.expect("axe loads");
    let run = "const done = arguments[arguments.length - 1];
        axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
           .then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 3).join(' | '))), e => done([String(e)]));";
    let found = client.execute_async(run, vec![]).await.expect("axe runs");
    let mut found: Vec<String> = serde_json::from_value(found).expect("a list");
    let sideways = client
        .execute("return document.documentElement.scrollWidth - document.documentElement.clientWidth", vec![])
        .await;
    if sideways.expect("a number").as_i64().unwrap_or(0) > 1 {
        found.push("scrolls sideways".to_owned());
    }
    found
}
