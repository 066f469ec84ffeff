//! U1: every page in a real browser, loaded once and looked at six times: three widths in both text sizes.

use super::{VIEWS, richest_of_each};
use crate::{attack::people::Site, world::run};
use fantoccini::{Client, wd::TimeoutConfiguration};
use farun::serve;
use serde_json::json;
use std::{path::Path, time::Duration};
use testkit::browser::{Browser, Look};
use tokio::{net::TcpListener, sync::watch};

const WINDOWS: [(u32, u32); 3] = [(390, 844), (768, 1024), (1366, 900)];
const SIZES: [&str; 2] = ["standard", "elder"];

/// Turns the page to both text sizes, as the server would (`every_page_is_light_and_turns_large_by_a_class`), and
/// asks axe.
const LOOK: &str = "const [width, done] = arguments;
    const turn = size => {
        document.documentElement.classList.toggle('elder', size === 'elder');
        document.querySelectorAll('form.text-size button').forEach(b => b.setAttribute('aria-pressed', String(b.value === size)));
    };
    const there = () => new Promise(ok => {
        const look = () => matchMedia('(width: ' + width + 'px)').matches ? ok() : requestAnimationFrame(look);
        look();
    });
    (async () => {
        await there();
        const found = [];
        for (const size of ['standard', 'elder']) {
            turn(size);
            const say = what => found.push(size + ', ' + width + ' px: ' + what);
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
            const seen = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
            // Pins of a map stand where the places are (WCAG 2.5.8, essential); the tab beside it lists them.
            const pin = (v, n) => v.id === 'target-size' && n.html.includes('leaflet-marker-icon');
            seen.violations.forEach(v => {
                const nodes = v.nodes.filter(n => !pin(v, n)).map(n => n.html);
                if (nodes.length) say(v.id + ': ' + nodes.slice(0, 3).join(' | '));
            });
            const root = document.documentElement;
            if (root.scrollWidth - root.clientWidth > 1) say('scrolls sideways');
        }
        return found;
    })().then(done, e => done([String(e)]));";

/// Six paragraphs, each too pale in one width and text size only, and one that is too wide in one.
const PLANT: &str = "const sheet = document.styleSheets[document.styleSheets.length - 1];
    const plant = (id, width, size, style) => {
        const p = document.createElement('p');
        p.id = id; p.textContent = '看不清';
        document.getElementById('main').appendChild(p);
        const html = size === 'elder' ? 'html.elder' : 'html:not(.elder)';
        sheet.insertRule('@media (width: ' + width + 'px) { ' + html + ' #' + id + ' { ' + style + ' } }', sheet.cssRules.length);
    };
    for (const width of [390, 768, 1366]) for (const size of ['standard', 'elder'])
        plant('pale-' + size + '-' + width, width, size, 'color: #ddd');
    plant('wide', 768, 'elder', 'width: 3000px');
    return sheet.cssRules.length;";

/// What is wrong with the page that is open, in all six ways.
async fn barriers(browser: &Browser) -> Vec<String> {
    let mut found = Vec::new();
    for (width, height) in WINDOWS {
        let mobile = width < 600;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        browser.ask("Emulation.setDeviceMetricsOverride", metrics).await;
        let seen = browser.client.execute_async(LOOK, vec![json!(width)]).await;
        let seen = seen.unwrap_or_else(|error| json!([format!("{width} px: axe does not run: {error}")]));
        found.extend(serde_json::from_value::<Vec<String>>(seen).expect("a list"));
    }
    found
}

/// What the page asks of other hosts.
async fn asks_elsewhere(client: &Client) -> Option<String> {
    let outside = "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin) && !n.startsWith('data:')).join(' ')";
    let outside = client.execute(outside, vec![]).await.expect("an answer");
    outside.as_str().filter(|hosts| !hosts.is_empty()).map(|hosts| format!("asks elsewhere: {hosts}"))
}

/// A browser that brings axe along to every page.
async fn with_axe() -> Browser {
    let axe = "../foundation/assets/node_modules/axe-core/axe.min.js";
    let axe = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(axe));
    let axe = axe.expect("axe-core is installed by `make assets`");
    let browser = Browser::start(Look::DESK).await;
    // A page of a thousand cells takes axe some seconds; a machine with much else to do is no barrier.
    let patient = TimeoutConfiguration::new(Some(Duration::from_secs(180)), None, None);
    browser.client.update_timeouts(patient).await.expect("patience");
    browser.ask("Page.addScriptToEvaluateOnNewDocument", json!({ "source": axe })).await;
    let still = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    browser.ask("Emulation.setEmulatedMedia", still).await;
    browser
}

/// Opens the pages one after the other; says what is wrong with them.
async fn look_at(browser: &Browser, site: &Site, url: &str, pages: &[(usize, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut now = usize::MAX;
    for (who, uri) in pages {
        if now != *who {
            now = *who;
            let cookie = json!({ "name": "farun_session", "value": site.people[now].session(), "url": url });
            browser.ask("Network.setCookie", cookie).await;
        }
        browser.client.goto(&format!("{url}{uri}")).await.expect("the page opens");
        let seen = asks_elsewhere(&browser.client).await.into_iter().chain(barriers(browser).await);
        found.extend(seen.map(|what| format!("{uri} as {}: {what}", site.people[now].name)));
    }
    found
}

#[test]
fn browser_every_page_is_open_to_everybody_in_three_widths_and_both_text_sizes() {
    run(async {
        let site = Site::open().await?;
        let pages = richest_of_each(&site).await;
        assert!(pages.len() > 60, "only {} kinds of pages", pages.len());
        let mut pages: Vec<(usize, String)> = pages.into_values().map(|seen| (seen.who, seen.uri)).collect();
        pages.extend(VIEWS.map(|(name, uri)| (site.number(name), uri.to_owned())));
        pages.sort();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve::serve(site.app.clone(), vec![(listener, false)], stopped));
        // Two windows: while the server makes a page for the one, axe looks at the other's.
        let (left, right) = tokio::join!(with_axe(), with_axe());
        let (first, second) = pages.split_at(pages.len() / 2);
        let (mut found, others) =
            tokio::join!(look_at(&left, &site, &url, first), look_at(&right, &site, &url, second));
        found.extend(others);
        // The eyes themselves: each of the six sees its own fault and no other.
        left.client.goto(&format!("{url}/privacy")).await.expect("the page opens");
        left.client.execute(PLANT, vec![]).await.expect("the faults are planted");
        let planted = barriers(&left).await;
        left.close().await;
        right.close().await;
        stop.send_replace(true);
        server.await??;
        for (width, _) in WINDOWS {
            for size in SIZES {
                let mark = format!("id=\"pale-{size}-{width}\"");
                let seen: Vec<&String> = planted.iter().filter(|what| what.contains(&mark)).collect();
                let here = format!("{size}, {width} px: color-contrast");
                assert!(seen.len() == 1 && seen[0].starts_with(&here), "{mark}: {planted:#?}");
            }
        }
        let wide: Vec<&String> = planted.iter().filter(|what| what.ends_with("sideways")).collect();
        assert_eq!(wide, ["elder, 768 px: scrolls sideways"]);
        assert!(found.is_empty(), "{} barriers:\n{}", found.len(), found.join("\n"));
        Ok(())
    });
}
