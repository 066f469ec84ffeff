//! What a person does in a browser: find, click, type, log in; and what every page must pass.

use fantoccini::{
    Client, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::Element,
};
use serde_json::json;
use std::{cell::Cell, time::Duration};
use testkit::browser::{Browser, Look};

/// A person at a browser.
pub(crate) struct Desk {
    browser: Browser,
    url: String,
    script: bool,
    keyboard: bool,
    width: i64,
    clicks: Cell<usize>,
}

/// What makes it harder to use a browser (U3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Scripts are switched off.
    NoScripts,
    /// Nothing is pointed at: Tab and Enter only, and the focus can be seen.
    Keyboard,
    /// A desk's window of 1366 pixels at 200 %: for the page that is 683 of them, less the bar for scrolling.
    Zoomed,
    /// 320 pixels wide.
    Narrow,
}

const ENTER: char = '\u{e007}';
const TAB: char = '\u{e004}';

impl Desk {
    /// Opens a browser on a site.
    pub(crate) async fn open(url: &str, look: Look) -> Self {
        Self {
            browser: Browser::start(look).await,
            url: url.to_owned(),
            script: look.script,
            keyboard: false,
            width: look.width.into(),
            clicks: Cell::new(0),
        }
    }

    /// Opens a browser on a site for somebody who has it hard.
    pub(crate) async fn open_in(url: &str, way: Way) -> Self {
        let look = match way {
            Way::NoScripts => Look::PHONE.without_script(),
            Way::Keyboard => Look::DESK,
            Way::Zoomed => Look { width: 668, height: 450, script: true },
            Way::Narrow => Look { width: 320, height: 640, script: true },
        };
        Self { keyboard: way == Way::Keyboard, ..Self::open(url, look).await }
    }

    /// How far the page sticks out of the window sideways. A phone would rather make everything smaller than
    /// scroll, so what counts is the window as it was opened.
    pub(crate) async fn sticks_out(&self) -> i64 {
        let metrics = self.browser.ask("Page.getLayoutMetrics", json!({})).await;
        let whole = metrics["cssContentSize"]["width"].as_f64().expect("a width");
        whole.ceil() as i64 - self.width
    }

    /// Fails if the page has to be moved sideways.
    pub(crate) async fn fits(&self) {
        let out = self.sticks_out().await;
        assert!(out <= 0, "{} sticks out of {} px by {out}", self.path().await, self.width);
    }

    async fn key(&self, key: char) {
        let stroke = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.client().perform_actions(stroke).await.expect("the key goes down");
    }

    /// Tabs until the element has the focus; whether it gets there, and whether one sees it.
    pub(crate) async fn tabs_to(&self, element: &Element) -> bool {
        const SEEN: &str = "const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';";
        for _ in 0..300 {
            let here = self.client().active_element().await.map(|here| here.element_id());
            if here.is_ok_and(|here| here == element.element_id()) {
                return self.client().execute(SEEN, vec![]).await.expect("a look") == json!(true);
            }
            self.key(TAB).await;
        }
        false
    }

    /// Whether the element can be pressed by those who use the browser this way.
    pub(crate) async fn reaches(&self, css: &str) -> bool {
        let element = self.find(css).await;
        let shown = element.is_displayed().await.expect("the page answers");
        shown && (!self.keyboard || self.tabs_to(&element).await)
    }

    /// Whether what says that something is wrong has the focus.
    pub(crate) async fn hears_what_is_wrong(&self) -> bool {
        self.find(".error-summary").await;
        let script =
            "return document.activeElement.matches('.error-summary') && document.title.startsWith('错误：')";
        self.client().execute(script, vec![]).await.expect("a look") == json!(true)
    }

    /// Presses a link to a file; what comes.
    #[expect(clippy::disallowed_methods, reason = "a browser tells nobody when a file has come")]
    pub(crate) async fn downloads(&self, text: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = json!({ "behavior": "allow", "downloadPath": folder.path() });
        self.browser.ask("Browser.setDownloadBehavior", kept).await;
        self.press(text).await;
        for _ in 0..80 {
            for entry in std::fs::read_dir(folder.path()).expect("the folder").flatten() {
                if entry.path().extension().is_some_and(|end| end == "xlsx") {
                    return std::fs::read(entry.path()).expect("the file");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{text} at {} brings nothing", self.path().await);
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
        self.clicks.set(self.clicks.get() + 1);
        if self.keyboard || !self.script {
            return self.activate_by_key(&element, name).await;
        }
        let done = element.click().await;
        done.unwrap_or_else(|error| panic!("{name} cannot be clicked: {error}"));
    }

    async fn activate_by_key(&self, element: &Element, name: &str) {
        if self.keyboard {
            assert!(self.tabs_to(element).await, "{name} at {} is not reached by Tab", self.path().await);
            return self.key(ENTER).await;
        }
        let done = element.send_keys(&ENTER.to_string()).await;
        done.unwrap_or_else(|error| panic!("{name} cannot be pressed: {error}"));
    }

    /// Types into a field by its name, replacing what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let element = self.find(&format!("[name='{name}']")).await;
        if self.keyboard {
            assert!(self.tabs_to(&element).await, "{name} at {} is not reached by Tab", self.path().await);
            for key in text.chars() {
                self.key(key).await;
            }
            return;
        }
        element.clear().await.expect("the field is cleared");
        element.send_keys(text).await.expect("the field takes text");
    }

    /// How often something was clicked so far.
    pub(crate) fn clicks(&self) -> usize {
        self.clicks.get()
    }

    /// Selects the option of that value.
    pub(crate) async fn select(&self, name: &str, value: &str) {
        let list = self.find(&format!("select[name='{name}']")).await;
        self.clicks.set(self.clicks.get() + 1);
        list.select_by_value(value).await.expect("an option");
    }

    /// Selects an option by its place, from 0.
    pub(crate) async fn select_nth(&self, name: &str, nth: usize) {
        let list = self.find(&format!("select[name='{name}']")).await;
        self.clicks.set(self.clicks.get() + 1);
        list.select_by_index(nth).await.expect("an option");
    }

    /// Puts a day into a field; what one types there depends on the language of the browser.
    pub(crate) async fn date(&self, name: &str, day: &str) {
        let field = self.find(&format!("[name='{name}']")).await;
        let field = serde_json::to_value(field).expect("an element");
        self.client()
            .execute("arguments[0].value = arguments[1];", vec![field, json!(day)])
            .await
            .expect("a day");
    }

    /// Presses Enter in a field.
    pub(crate) async fn enter(&self, name: &str) {
        let element = self.find(&format!("[name='{name}']")).await;
        self.activate_by_key(&element, name).await;
    }

    /// Chooses a chip, radio or box by name and value.
    pub(crate) async fn choose(&self, name: &str, value: &str) {
        if !self.script {
            // Enter would send the form.
            let input = self.find(&format!("input[name='{name}'][value='{value}']")).await;
            input.send_keys(" ").await.expect("the choice takes a blank");
            return;
        }
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

    /// Waits until the browser is elsewhere.
    #[expect(clippy::disallowed_methods, reason = "a browser tells nobody when it has left a page")]
    pub(crate) async fn leaves(&self, path: &str) {
        for _ in 0..80 {
            if self.path().await != path {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("still at {path}:\n{}", self.text().await);
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

    pub(crate) async fn close(self) {
        self.browser.close().await;
    }
}
