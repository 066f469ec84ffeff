//! Citizens in a real browser: the nearest open station, the own village's adviser, a call back; with scripts and
//! without.

use crate::{
    desk::Desk,
    world::{World, run},
};
use store::params;
use testkit::browser::Look;

/// Two taps from the start page to a telephone number of an open station.
async fn finds_an_open_station_and_dials(look: Look) -> kernel::Result<()> {
    let world = World::demo().await?;
    let site = world.serve().await?;
    let desk = Desk::open(&site.url, look).await;
    desk.go("/").await;
    desk.click("main a[href='/stations']").await;
    desk.shows("开门中").await;
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
    assert!(desk.count("header a[href='tel:12348']").await == 1, "12348 is on every page");
    desk.close().await;
    Ok(())
}

#[test]
fn browser_a_citizen_finds_the_nearest_open_station() {
    run(finds_an_open_station_and_dials(Look::PHONE));
}

#[test]
fn browser_a_citizen_finds_the_nearest_open_station_without_scripts() {
    run(finds_an_open_station_and_dials(Look::PHONE.without_script()));
}

/// By initials, by the board's QR code, by lay words.
async fn finds_the_villages_adviser(look: Look) -> kernel::Result<()> {
    let world = World::demo().await?;
    let site = world.serve().await?;
    let mut tx = world.db.begin_read().await?;
    let unit: kernel::Id<places::Unit> =
        tx.scalar("select id from places_unit where short_name like '谈家头%'", params![]).await?;
    drop(tx);
    let desk = Desk::open(&site.url, look).await;
    desk.go("/villages").await;
    desk.fill("q", "tjt").await;
    desk.find("[name='q']").await.send_keys("\u{e007}").await.expect("enter");
    desk.shows("谈家头").await;
    assert!(desk.count("main a[href^='tel:']").await >= 1, "one tap dials");
    desk.go(&format!("/villages/{unit}")).await;
    let dial =
        desk.find("main a.btn-call").await.attr("href").await.expect("an attribute").expect("a number");
    assert!(dial.starts_with("tel:199"), "{dial}");
    desk.go("/search?q=%E6%AC%A0%E8%96%AA").await;
    desk.shows("工资").await;
    desk.close().await;
    Ok(())
}

#[test]
fn browser_a_citizen_finds_the_adviser_of_the_village() {
    run(finds_the_villages_adviser(Look::PHONE));
}

#[test]
fn browser_a_citizen_finds_the_adviser_of_the_village_without_scripts() {
    run(finds_the_villages_adviser(Look::PHONE.without_script()));
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

#[test]
fn browser_public_pages_are_accessible_in_both_text_sizes() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let mut tx = world.db.begin_read().await?;
        let unit: kernel::Id<places::Unit> =
            tx.scalar("select id from places_unit where short_name like '谈家头%'", params![]).await?;
        let station: kernel::Id<()> = tx.scalar("select min(id) from stations_station", params![]).await?;
        drop(tx);
        let (village, station) = (format!("/villages/{unit}"), format!("/stations/{station}"));
        let pages = [
            "/",
            "/stations",
            &station,
            "/stations?view=map",
            "/villages",
            &village,
            "/help",
            "/callback",
            "/privacy",
            "/search?q=%E7%A6%BB%E5%A9%9A",
            "/login",
        ];
        for look in [Look::PHONE, Look::DESK] {
            let desk = Desk::open(&site.url, look).await;
            desk.are_accessible(&pages).await;
            desk.close().await;
        }
        Ok(())
    });
}
