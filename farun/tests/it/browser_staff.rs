//! Staff in a real browser: advisers, town officers, managers, the director, the first administrator.

use crate::{
    desk::{Desk, Way},
    world::{World, run},
};
use calamine::Reader as _;
use store::params;
use testkit::browser::Look;

async fn unit(world: &World, name: &str) -> kernel::Result<kernel::Id<places::Unit>> {
    let mut tx = world.db.begin_read().await?;
    Ok(tx.scalar("select id from places_unit where short_name = $1", params![name]).await?)
}

async fn village_of_the_demo(world: &World) -> kernel::Result<String> {
    let mut tx = world.db.begin_read().await?;
    Ok(tx.scalar("select short_name from places_unit where short_name like '谈家头%'", params![]).await?)
}

#[test]
fn browser_an_adviser_joins_by_invitation_and_logs_services_without_a_password() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let admin = Desk::open(&site.url, Look::DESK).await;
        admin.log_in("sysadmin").await;
        admin.go("/accounts?q=adviser").await;
        admin.click("tbody a").await;
        admin.press("生成邀请二维码").await;
        let link = admin.find("#link").await.text().await.expect("the link");
        admin.close().await;

        let phone = Desk::open(&site.url, Look::PHONE).await;
        phone.client().goto(&link).await.expect("the invitation opens");
        phone.fill("pin", "271828").await;
        phone.fill("pin2", "271828").await;
        phone.press("绑定并登录").await;
        phone.arrives("/desk").await;
        phone.go("/services/new").await;
        phone.choose("kind", "phone").await;
        phone.fill("note", "解答宅基地继承问题，告知所需材料。").await;
        phone.press("保存").await;
        phone.shows("已记下").await;
        phone.shows("解答宅基地继承问题").await;
        let row = phone.path().await;
        assert!(row.starts_with("/services/320412-"), "{row}");
        phone.go("/services/month").await;
        phone.click(".month-days label.day").await;
        phone.fill("note", "到村值班").await;
        phone.press("保存").await;
        phone.shows("已记下 1 次服务").await;
        phone.go("/services/batch").await;
        phone.fill("n-L-OTH", "20").await;
        phone.press("保存").await;
        phone.shows("已记下 20 次咨询").await;
        // The next day: a PIN is enough on the bound phone.
        phone.click("form[action='/logout'] button").await;
        phone.shows("工作人员登录").await;
        phone.go("/login").await;
        phone.fill("pin", "271828").await;
        phone.click("form[action='/login/pin'] button").await;
        phone.arrives("/desk").await;
        // The doubled, the impossible: nothing is lost.
        phone.go("/services/new").await;
        phone.fill("other_day", "2022-02-30").await;
        phone.fill("note", "这句话不能丢").await;
        phone.press("保存").await;
        assert!(phone.hears_what_is_wrong().await);
        assert_eq!(
            phone.find("[name='note']").await.prop("value").await.expect("a value").as_deref(),
            Some("这句话不能丢")
        );
        phone.close().await;
        Ok(())
    });
}

#[test]
fn browser_a_session_that_ends_in_mid_form_loses_nothing() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let desk = Desk::open(&site.url, Look::PHONE).await;
        desk.log_in("adviser").await;
        desk.go("/services/new").await;
        desk.choose("kind", "visit").await;
        desk.fill("note", "登录超时前写好的一句话").await;
        let mut tx = world.db.begin_write().await?;
        tx.execute("update identity_session_entry set revoked_at = 1", params![]).await?;
        tx.commit().await?;
        desk.press("保存").await;
        desk.shows("登录已超时").await;
        desk.fill("username", "adviser").await;
        desk.fill("password", farun::demo::PASSWORD).await;
        desk.click("form[action='/login'] .form-actions button").await;
        desk.press("继续提交").await;
        desk.shows("登录超时前写好的一句话").await;
        desk.close().await;
        Ok(())
    });
}

#[test]
fn browser_a_town_officer_sees_the_own_town_and_corrects_with_a_reason() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let desk = Desk::open(&site.url, Look::DESK).await;
        desk.log_in("town").await;
        desk.go("/coverage?view=table").await;
        desk.shows("洛阳镇").await;
        assert!(!desk.text().await.contains("湖塘镇"), "another town");
        desk.go("/services").await;
        desk.click("tbody tr a").await;
        let row = desk.path().await;
        desk.press("更正或作废").await;
        desk.fill("note", "更正后的内容").await;
        desk.press("保存更正").await;
        desk.shows("请写明更正原因").await;
        assert!(desk.hears_what_is_wrong().await);
        desk.fill("reason", "村名填错").await;
        desk.press("保存更正").await;
        desk.arrives(&row).await;
        desk.shows("更正前").await;
        desk.shows("村名填错").await;
        desk.go("/statistics/2022Q1").await;
        desk.shows("洛阳镇").await;
        desk.close().await;
        Ok(())
    });
}

#[test]
fn browser_a_manager_replaces_an_adviser_and_hands_a_leaving_one_over() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let village = village_of_the_demo(&world).await?;
        let id = unit(&world, &village).await?;
        let desk = Desk::open(&site.url, Look::DESK).await;
        desk.log_in("manager").await;
        desk.go("/coverage").await;
        assert_eq!(desk.count(".grid-233 a").await, 233);
        desk.go("/coverage?view=map").await;
        desk.go(&format!("/coverage/{id}")).await;
        desk.click("select[name='lawyer'] option:nth-child(2)").await;
        desk.press("更换").await;
        desk.shows("请写明更换原因").await;
        assert!(desk.hears_what_is_wrong().await);
        desk.fill("reason", "聘期届满").await;
        desk.click("select[name='lawyer'] option:nth-child(2)").await;
        desk.click("form[action^='/coverage/'] .btn-primary").await;
        desk.shows("已聘任").await;
        desk.shows("离任原因：聘期届满").await;
        let lawyer: kernel::Id<counsel::Lawyer> = {
            let mut tx = world.db.begin_read().await?;
            tx.scalar(
                "select lawyer_id from (select lawyer_id, count(*) as n from advisers_current where since < '2022-01-01' group by lawyer_id) as loads order by n desc, lawyer_id limit 1",
                params![],
            )
            .await?
        };
        desk.go(&format!("/coverage/hand-over?from={lawyer}")).await;
        desk.click("select[name='to_all'] option:nth-child(3)").await;
        desk.fill("reason", "离所").await;
        desk.press("移交").await;
        desk.client().execute("const b = document.querySelector('dialog[open] .btn-danger, dialog[open] .btn-primary'); if (b) b.click();", vec![]).await.expect("confirms");
        desk.shows("已移交").await;
        desk.close().await;
        let outcomes = farun::check::check(&world.db).await?;
        assert!(outcomes.iter().all(|outcome| outcome.findings.is_empty()), "{outcomes:?}");
        Ok(())
    });
}

/// Journey 8: the quarter's figure, the rows behind it in two presses, the report in a third; all say the same.
async fn opens_the_quarter_down_to_its_rows(desk: &Desk) -> kernel::Result<()> {
    desk.log_in("manager").await;
    desk.fits().await;
    desk.go("/statistics/2022Q1").await;
    desk.shows("1,372").await;
    desk.fits().await;
    let paragraph = desk.find("#paragraph").await.text().await.expect("the paragraph");
    assert!(
        paragraph.starts_with("一季度，")
            && paragraph.contains("1372次")
            && paragraph.contains("1580次")
            && paragraph.contains("31场次"),
        "{paragraph}"
    );
    desk.press("1,372").await;
    desk.shows("按镇（街道）").await;
    desk.fits().await;
    desk.press("看明细").await;
    desk.shows("统计数 1,372 次；合计 1,372 次").await;
    desk.fits().await;
    let report = desk.downloads("导出 Excel").await;
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(report))?;
    let (_, range) = book.worksheets().swap_remove(0);
    let foot = range.rows().rfind(|row| row.iter().any(|cell| !cell.to_string().is_empty()));
    let foot: Vec<String> = foot.expect("rows").iter().map(ToString::to_string).collect();
    assert!(foot.iter().any(|cell| cell == "1372"), "the report's last row: {foot:?}");
    Ok(())
}

async fn the_quarter(way: Way) -> kernel::Result<()> {
    let world = World::demo().await?;
    let site = world.serve().await?;
    let desk = Desk::open_in(&site.url, way).await;
    opens_the_quarter_down_to_its_rows(&desk).await?;
    desk.close().await;
    Ok(())
}

#[test]
fn browser_a_manager_opens_the_quarter_without_scripts() {
    run(the_quarter(Way::NoScripts));
}

#[test]
fn browser_a_manager_opens_the_quarter_by_keyboard() {
    run(the_quarter(Way::Keyboard));
}

#[test]
fn browser_a_manager_opens_the_quarter_at_twice_the_size() {
    run(the_quarter(Way::Zoomed));
}

#[test]
fn browser_a_manager_opens_the_quarter_on_320_pixels() {
    run(the_quarter(Way::Narrow));
}

#[test]
fn browser_a_manager_opens_the_quarter_down_to_its_rows_and_the_director_the_wall() {
    run(async {
        let world = World::demo().await?;
        let site = world.serve().await?;
        let desk = Desk::open(&site.url, Look::DESK).await;
        opens_the_quarter_down_to_its_rows(&desk).await?;
        desk.close().await;
        let wall = Desk::open(&site.url, Look { width: 1920, height: 1080, script: true }).await;
        wall.log_in("leader").await;
        wall.go("/wall").await;
        wall.shows("1,372").await;
        let fits = wall
            .client()
            .execute("return document.documentElement.scrollHeight <= window.innerHeight", vec![])
            .await
            .expect("a look");
        assert_eq!(fits, serde_json::json!(true), "the wall fits one screen");
        wall.close().await;
        Ok(())
    });
}

#[test]
fn browser_the_first_administrator_sets_an_empty_installation_up() {
    run(async {
        let world = World::empty().await?;
        let site = world.serve().await?;
        let token = {
            let mut tx = world.db.begin_write().await?;
            let token = identity::setup_link(&mut tx).await?.expect("a link");
            tx.commit().await?;
            token
        };
        let desk = Desk::open(&site.url, Look::DESK).await;
        desk.go("/login").await;
        assert!(!desk.text().await.contains("farun-demo"), "no demonstration log-ins on real data");
        desk.go(&format!("/setup/{token}")).await;
        desk.fill("username", "chenyi").await;
        desk.fill("name", "陈一").await;
        desk.fill("password", "correct horse battery").await;
        desk.fill("password2", "correct horse battery").await;
        desk.choose("combined", "1").await;
        desk.press("建立并登录").await;
        desk.shows("陈一").await;
        // Staff of a real installation need a second factor before anything else.
        desk.go("/places/towns/new").await;
        desk.shows("没有这项权限").await;
        desk.go("/me/second-factor").await;
        desk.press("开始").await;
        let secret = desk.find("#secret").await.text().await.expect("the secret");
        let secret = totp_rs::Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
        let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a factor");
        let now =
            u64::try_from(kernel::Clock::now(&farun::SystemClock).micros() / 1_000_000).expect("after 1970");
        desk.fill("code", &totp.generate(now).to_string()).await;
        desk.press("验证并开启").await;
        desk.shows("备用码，只显示这一次").await;
        desk.go("/places/towns/new").await;
        desk.fill("name", "洛阳镇").await;
        desk.choose("kind", "town").await;
        desk.fill("position", "31.647,120.07651").await;
        desk.press("保存").await;
        desk.shows("已新建镇（街道）").await;
        desk.go("/accounts/new").await;
        desk.fill("username", "zhuguan").await;
        desk.fill("name", "业务主管一号").await;
        desk.choose("roles", "manager").await;
        desk.press("保存").await;
        desk.shows("业务主管一号").await;
        desk.go("/accounts").await;
        desk.shows("业务主管一号").await;
        desk.go(&format!("/setup/{token}")).await;
        assert!(!desk.text().await.contains("建立第一个管理员账号"), "only once");
        desk.close().await;
        Ok(())
    });
}
