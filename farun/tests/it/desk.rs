//! What a person does in a browser: find, click, type, log in; and what every page must pass.

use fantoccini::{Client, Locator, elements::Element};
use std::path::Path;
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
        match self.client().find(Locator::Css(css)).await {
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

    /// Clicks the link or button with that text.
    pub(crate) async fn press(&self, text: &str) {
        let xpath = format!("//*[self::a or self::button or self::summary][contains(normalize-space(.), '{text}')]");
        match self.client().find(Locator::XPath(&xpath)).await {
            Ok(element) => self.activate(element, text).await,
            Err(_) => panic!("no {text} at {}\n{}", self.path().await, self.text().await),
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

    /// Fails unless the page shows the text.
    pub(crate) async fn shows(&self, text: &str) {
        let page = self.text().await;
        assert!(page.contains(text), "{text} is not shown at {}:\n{page}", self.path().await);
    }

    pub(crate) async fn path(&self) -> String {
        let url = self.client().current_url().await.map(|url| url.to_string()).unwrap_or_default();
        url.strip_prefix(&self.url).unwrap_or(&url).to_owned()
    }

    /// Logs a demonstration account in.
    pub(crate) async fn log_in(&self, username: &str) {
        self.go("/login").await;
        self.fill("username", username).await;
        self.fill("password", farun::demo::PASSWORD).await;
        self.click("form[action='/login'] button.btn-primary, form[action='/login'] .form-actions button").await;
        assert_eq!(self.path().await, "/desk", "{}", self.text().await);
    }

    /// The page has no violation of WCAG A/AA, nothing sticks out sideways, in the present text size.
    pub(crate) async fn is_accessible(&self) {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../foundation/assets/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core is installed by `make assets`");
        self.client().execute(&axe, vec![]).await.expect("axe loads");
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })
               .then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 3).join(' | '))), e => done([String(e)]));";
        let found = self.client().execute_async(run, vec![]).await.expect("axe runs");
        assert_eq!(found, serde_json::json!([]), "at {}", self.path().await);
        let sideways = self.client().execute("return document.documentElement.scrollWidth - document.documentElement.clientWidth", vec![]).await;
        assert!(sideways.expect("a number").as_i64().unwrap_or(0) <= 1, "{} scrolls sideways", self.path().await);
    }

    /// Opens pages one after the other in both text sizes and checks each.
    pub(crate) async fn are_accessible(&self, paths: &[&str]) {
        for size in ["elder", "standard"] {
            for (nth, path) in paths.iter().enumerate() {
                self.go(path).await;
                if nth == 0 {
                    self.click(&format!("form.text-size button[value='{size}']")).await;
                    self.go(path).await;
                }
                self.is_accessible().await;
            }
        }
    }

    pub(crate) async fn close(self) {
        self.browser.close().await;
    }
}
