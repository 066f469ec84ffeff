//! Citizens in a real browser: the nearest open station, the own village's adviser, a call back; with scripts and
//! without, by keyboard, at twice the size, on a narrow screen.

use crate::{
    desk::{Desk, Way},
    world::{World, run},
};
use store::params;
use testkit::browser::Look;

/// Journey 1: two taps from the start page to a telephone number of an open station.
async fn finds_an_open_station_and_dials(desk: &Desk) {
    desk.go("/").await;
    desk.fits().await;
    desk.click("main a[href='/stations']").await;
    desk.shows("开门中").await;
    desk.fits().await;
    assert!(desk.reaches(".list-row a.btn-call").await, "one press dials");
    let first = desk.find(".list-row a.btn-call").await;
    let href = first.attr("href").await.expect("an attribute").expect("a number to dial");
    assert!(href.starts_with("tel:0519"), "{href}");
    let row = desk.find(".list-row").await.text().await.expect("its text");
    assert!(row.contains("开门中"), "the open ones come first: {row}");
    desk.go("/stations?near=31.647,120.0765").await;
    let nearest = desk.find(".list-row").await.text().await.expect("its text");
    assert!(nearest.contains("洛阳") || nearest.contains("谈家头"), "{nearest}");
    desk.click(".list-row a.list-title").await;
    desk.shows("无障碍").await;
    desk.fits().await;
    assert!(desk.count("header a[href='tel:12348']").await == 1, "12348 is on every page");
}

/// Journey 2: the code on the village's board leads to the adviser, one press dials; so do initials and lay words.
async fn finds_the_villages_adviser(desk: &Desk, world: &World) -> kernel::Result<()> {
    let unit: kernel::Id<places::Unit> = {
        let mut tx = world.db.begin_read().await?;
        tx.scalar("select id from places_unit where short_name like '谈家头%'", params![]).await?
    };
    desk.go(&format!("/villages/{unit}/qr")).await;
    desk.find(".qr svg").await;
    desk.fits().await;
    // The address stands below its code.
    let below = desk.find(".poster .hint").await.text().await.expect("its text");
    let address = below.split_whitespace().find(|word| word.starts_with("http")).expect("the code's address");
    desk.client().goto(address).await.expect("the code's address opens");
    assert_eq!(desk.path().await, format!("/villages/{unit}"));
    desk.fits().await;
    assert!(desk.reaches("main a.btn-call").await, "one press dials");
    let dial =
        desk.find("main a.btn-call").await.attr("href").await.expect("an attribute").expect("a number");
    assert!(dial.starts_with("tel:199"), "{dial}");
    desk.go("/villages").await;
    desk.fill("q", "tjt").await;
    desk.enter("q").await;
    desk.shows("谈家头").await;
    desk.fits().await;
    assert!(desk.count("main a[href^='tel:']").await >= 1, "one tap dials");
    desk.go("/search?q=%E6%AC%A0%E8%96%AA").await;
    desk.shows("工资").await;
    desk.fits().await;
    Ok(())
}

async fn both_journeys(open: impl AsyncFnOnce(&str) -> Desk) -> kernel::Result<()> {
    let world = World::demo().await?;
    let site = world.serve().await?;
    let desk = open(&site.url).await;
    finds_an_open_station_and_dials(&desk).await;
    finds_the_villages_adviser(&desk, &world).await?;
    desk.close().await;
    Ok(())
}

#[test]
fn browser_a_citizen_finds_station_and_adviser() {
    run(both_journeys(async |url| Desk::open(url, Look::PHONE).await));
}

#[test]
fn browser_a_citizen_finds_station_and_adviser_without_scripts() {
    run(both_journeys(async |url| Desk::open_in(url, Way::NoScripts).await));
}

#[test]
fn browser_a_citizen_finds_station_and_adviser_by_keyboard() {
    run(both_journeys(async |url| Desk::open_in(url, Way::Keyboard).await));
}

#[test]
fn browser_a_citizen_finds_station_and_adviser_at_twice_the_size() {
    run(both_journeys(async |url| Desk::open_in(url, Way::Zoomed).await));
}

#[test]
fn browser_a_citizen_finds_station_and_adviser_on_320_pixels() {
    run(both_journeys(async |url| Desk::open_in(url, Way::Narrow).await));
}

/// The ways themselves: each notices what would stop those who go it.
#[test]
fn browser_a_page_that_shuts_somebody_out_is_noticed() {
    const WIDE: &str = "const p = document.createElement('p'); p.textContent = 'x'; p.style.width = '900px';
        document.getElementById('main').appendChild(p);";
    const SHUT: &str = "const link = document.querySelector(\"main a[href='/stations']\"); link.tabIndex = -1;
        const other = document.querySelector(\"main a[href='/villages']\"); other.style.outline = other.style.boxShadow = 'none';
        other.style.setProperty('outline', 'none', 'important'); other.style.setProperty('box-shadow', 'none', 'important');";
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        for way in [Way::Zoomed, Way::Narrow] {
            let desk = Desk::open_in(&site.url, way).await;
            desk.go("/").await;
            desk.fits().await;
            desk.client().execute(WIDE, vec![]).await.expect("runs");
            let out = desk.sticks_out().await;
            assert!(out > 200, "{way:?}: only {out}");
            desk.close().await;
        }
        let desk = Desk::open_in(&site.url, Way::Keyboard).await;
        desk.go("/").await;
        assert!(desk.reaches("main a[href='/callback']").await);
        desk.client().execute(SHUT, vec![]).await.expect("runs");
        assert!(!desk.reaches("main a[href='/stations']").await, "no Tab leads there");
        assert!(!desk.reaches("main a[href='/villages']").await, "the focus is not seen there");
        desk.close().await;
        Ok(())
    });
}

#[test]
fn browser_a_telephone_number_is_enough_to_be_called_back() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let desk = Desk::open(&site.url, Look::PHONE.without_script()).await;
        desk.go("/callback").await;
        desk.fill("phone", "138 0013").await;
        desk.click("main form.form button.btn-primary").await;
        desk.find(".error-summary").await;
        assert_eq!(
            desk.find("[name='phone']").await.attr("value").await.expect("a value").as_deref(),
            Some("138 0013"),
            "kept"
        );
        desk.fill("phone", "199 0519 9999").await;
        desk.click("main form.form button.btn-primary").await;
        desk.shows("查询码").await;
        let staff = Desk::open(&site.url, Look::DESK).await;
        staff.log_in("clerk").await;
        staff.go("/callbacks").await;
        assert!(!staff.text().await.contains("19905199999"), "lists are masked");
        staff.close().await;
        desk.close().await;
        Ok(())
    });
}

/// Fields of the form that a citizen can fill in, by name.
async fn fields(desk: &Desk) -> std::collections::BTreeSet<String> {
    let css = "main form.form :is(input:not([type=hidden]), select, textarea)";
    let found = desk.client().find_all(fantoccini::Locator::Css(css)).await.expect("the page answers");
    let mut names = std::collections::BTreeSet::new();
    for field in found {
        names.extend(field.attr("name").await.expect("an attribute"));
    }
    names
}

/// How long somebody takes who reads every new line and types with one finger, by the keystroke-level model (Card, Moran
/// and Newell, 1980): pointing 1.1 s, making up one's mind 1.35 s. A character of a sentence takes a telephone's keyboard
/// 1.2 s with its strokes and the choice among characters, a digit or letter 0.6 s; 255 characters are read a minute (the
/// mean for Chinese of the international reading speed texts, Trauzettel-Klosinski and Dietz, 2012); a choice or an own
/// answer is looked at for half a second.
#[derive(Default)]
struct Effort {
    seconds: f64,
    read: usize,
    seen: std::collections::BTreeSet<String>,
}

impl Effort {
    const POINT: f64 = 1.1;
    const MIND: f64 = 1.35;
    const READ_A_SECOND: f64 = 255.0 / 60.0;
    const GLANCE: f64 = 0.5;

    /// A page is read from its heading to its button; what stood on pages before is known.
    async fn read(&mut self, phone: &Desk) {
        let script = "const main = document.querySelector('main').cloneNode(true);
            main.querySelectorAll('[hidden], option, details > :not(summary)').forEach(one => one.remove());
            const glanced = main.querySelectorAll('label:has(input), dl > *');
            const count = glanced.length;
            glanced.forEach(one => one.remove());
            const parts = 'h1, h2, h3, p, legend, label, li, td, th, dt, button, summary, a';
            const lines = [...main.querySelectorAll(parts)].filter(one => !one.querySelector(parts));
            return [count, lines.map(one => one.textContent.replace(/\\s+/g, ''))];";
        let said = phone.client().execute(script, vec![]).await.expect("the page's lines");
        let (glanced, lines): (u32, Vec<String>) = serde_json::from_value(said).expect("lines");
        self.seconds += f64::from(glanced) * Self::GLANCE;
        for line in lines {
            let long = line.chars().count();
            if self.seen.insert(line) {
                self.read += long;
                self.seconds += f64::from(u32::try_from(long).expect("short")) / Self::READ_A_SECOND;
            }
        }
    }

    fn typed(&mut self, text: &str) {
        let strokes: f64 = text.chars().map(|c| if c.is_ascii() { 0.6 } else { 1.2 }).sum();
        self.seconds += Self::MIND + Self::POINT + strokes;
    }

    fn chosen(&mut self) {
        self.seconds += Self::MIND + Self::POINT;
    }

    /// What comes next is known: nothing to make up one's mind about.
    fn pressed(&mut self) {
        self.seconds += Self::POINT;
    }
}

/// What happened, as long as people tell it.
const STORY: &str =
    "上个月十二号上夜班，右手被冲床轧断两根手指，住院九天，老板说是我自己不小心，后来就不认了。";

/// Journey 3: at most eight question pages and twenty fields lead to a receipt with a code, which opens the case on
/// another telephone; from there a letter reaches the officer, and the answer comes back.
async fn applies_for_aid(open: impl AsyncFn(&str) -> Desk) -> kernel::Result<()> {
    let world = World::demo().await?;
    let site = world.serve().await?;
    let phone = open(&site.url).await;
    phone.go("/").await;
    phone.click("main a[href='/apply']").await;
    phone.press("开始申请").await;
    let (mut pages, mut asked) = (0, std::collections::BTreeSet::new());
    let mut effort = Effort::default();
    while !phone.path().await.starts_with("/apply/check") {
        pages += 1;
        asked.extend(fields(&phone).await);
        phone.fits().await;
        effort.read(&phone).await;
        match phone.path().await.as_str() {
            "/apply/matter" => phone.choose("about", "injury").await,
            "/apply/story" => {
                phone.fill("story", STORY).await;
                effort.typed(STORY);
            }
            "/apply/situation" => phone.choose("groups", "G-MIG").await,
            "/apply/hardship" => phone.choose("money", "statement").await,
            "/apply/person" => {
                phone.fill("name", "王小工").await;
                phone.fill("id_number", "110105 19491231 002x").await;
                effort.typed("王小工");
                effort.typed("11010519491231002x");
            }
            "/apply/contact" => {
                let town = phone.find("[name='town']").await;
                town.select_by_index(3).await.expect("a town");
            }
            _ => {}
        }
        // An answer on each page, and on.
        effort.chosen();
        effort.pressed();
        let before = phone.path().await;
        phone.press("保存，下一页").await;
        phone.leaves(&before).await;
        phone.find("main form.form").await;
    }
    asked.extend(fields(&phone).await);
    assert!(pages <= 8 && asked.len() <= 20, "{pages} pages, {} fields: {asked:?}", asked.len());
    effort.read(&phone).await;
    phone.choose("agree", "1").await;
    phone.press("提交申请").await;
    effort.chosen();
    effort.pressed();
    assert!(
        effort.seconds <= 360.0,
        "{:.0} s for somebody who reads {} characters and types with one finger",
        effort.seconds,
        effort.read
    );
    phone.arrives("/apply/progress").await;
    phone.shows("接下来").await;
    phone.fits().await;
    let code = phone.find("#code").await.text().await.expect("the code");
    phone.close().await;

    let other = open(&site.url).await;
    other.go("/apply/progress").await;
    other.fill("code", &code.to_lowercase()).await;
    other.fill("tail", "002X").await;
    other.press("打开").await;
    other.shows("收到您的申请").await;
    other.press("我还有话要说").await;
    other.fill("words", "病历已经拿到了。").await;
    other.press("发送").await;
    other.shows("等答复").await;

    let desk = Desk::open(&site.url, Look::DESK).await;
    desk.log_in("clerk").await;
    desk.go("/aid/letters").await;
    desk.press("王小工").await;
    desk.shows("病历已经拿到了").await;
    desk.fill("words", "收到，请带原件来。").await;
    desk.press("答复").await;
    desk.shows("在手机上提交").await;
    desk.close().await;

    other.go("/apply/progress").await;
    other.shows("收到，请带原件来").await;
    other.close().await;
    Ok(())
}

#[test]
fn browser_a_citizen_applies_for_aid() {
    run(applies_for_aid(async |url: &str| Desk::open(url, Look::PHONE).await));
}

#[test]
fn browser_a_citizen_applies_for_aid_without_scripts() {
    run(applies_for_aid(async |url: &str| Desk::open_in(url, Way::NoScripts).await));
}
