//! An adviser on the road: services written down without a network arrive exactly once when it is back.

use crate::{
    desk::Desk,
    world::{World, run},
};
use farun::{Config, serve, wiring};
use std::{path::Path, process::Command, time::Duration};
use store::params;
use testkit::browser::Look;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// A site whose network can be cut: its listener is closed and opened again on the same port.
struct Road {
    port: u16,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), kernel::Fault>>,
}

impl Road {
    async fn open(world: &World, port: u16) -> kernel::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let port = listener.local_addr()?.port();
        let app = wiring::app(world.db.clone(), &Config::default(), Some(format!("http://127.0.0.1:{port}")))
            .await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(serve::serve(app, vec![(listener, false)], stopped));
        Ok(Self { port, stop, task })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Nobody answers any more; the database is closed with it.
    async fn cut(self) -> u16 {
        self.stop.send_replace(true);
        self.task.await.expect("it ends").expect("without a fault");
        self.port
    }
}

async fn notes(world: &World, like: &str) -> kernel::Result<Vec<(String, i64)>> {
    let mut tx = world.db.begin_read().await?;
    Ok(tx
        .all(
            "select note, cast(count(*) as bigint) from advisers_service_entry where note like $1 group by note order by note",
            params![like],
        )
        .await?)
}

/// Waits until a script of the page says yes.
#[expect(clippy::disallowed_methods, reason = "a browser tells nobody when its queue is empty")]
async fn until(desk: &Desk, script: &str) {
    for _ in 0..400 {
        let found = desk
            .client()
            .execute_async(&format!("const done = arguments[arguments.length - 1]; ({script})().then(done, e => done(String(e)))"), vec![])
            .await
            .expect("the script runs");
        if found == serde_json::json!(true) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {script}\n{}", desk.text().await);
}

/// Waits until the queue has taken the form over; a machine with much to do takes its time.
async fn ready(desk: &Desk) {
    until(desk, "async () => document.documentElement.hasAttribute('data-outbox-ready')").await;
}

async fn log(desk: &Desk, note: &str) {
    ready(desk).await;
    desk.choose("kind", "phone").await;
    desk.fill("note", note).await;
    desk.press("保存").await;
}

#[test]
fn browser_services_logged_without_a_network_arrive_once_when_it_is_back() {
    run(async {
        let world = World::demo().await?;
        let road = Road::open(&world, 0).await?;
        let phone = Desk::open(&road.url(), Look::PHONE).await;
        phone.log_in("adviser").await;
        phone.go("/services/new").await;
        ready(&phone).await;
        // With a network nothing is different: it is stored, and its page opens.
        log(&phone, "路上第零条，有网络").await;
        phone.shows("路上第零条，有网络").await;
        assert!(phone.path().await.starts_with("/services/320412-"), "{}", phone.path().await);
        phone.go("/services/new").await;
        until(&phone, "async () => !!(await (await caches.open('farun-offline')).match('/services/new')) && !!navigator.serviceWorker.controller").await;

        let port = road.cut().await;
        let world = world.opened_again().await?;
        for (nth, note) in ["路上第一条", "路上第二条", "路上第三条"].into_iter().enumerate() {
            // The page itself opens without a network, empty.
            phone.go("/services/new").await;
            log(&phone, note).await;
            phone.shows("没有网络，已存在本机").await;
            let waiting = phone.count("[data-outbox-list] .badge.warn").await;
            assert_eq!(waiting, nth + 1, "{}", phone.text().await);
        }
        assert_eq!(notes(&world, "路上第_条").await?, []);

        let road = Road::open(&world, port).await?;
        phone.press("立即重传").await;
        until(&phone, "async () => document.querySelectorAll('[data-outbox-list] .badge.ok').length >= 3")
            .await;
        let once = |note: &str| (note.to_owned(), 1);
        assert_eq!(
            notes(&world, "路上第_条").await?,
            [once("路上第一条"), once("路上第三条"), once("路上第二条")]
        );
        assert_eq!(notes(&world, "路上第零条%").await?.len(), 1);
        // What is stored has left the device but for a line that says so.
        let texts = "async () => { const db = await new Promise(go => { const ask = indexedDB.open('farun-outbox'); ask.onsuccess = () => go(ask.result); });
            const all = await new Promise(go => { const ask = db.transaction('items').objectStore('items').getAll(); ask.onsuccess = () => go(ask.result); });
            db.close(); return all.length > 0 && all.every(i => i.state === 'saved' && !i.fields); }";
        until(&phone, texts).await;
        phone.close().await;
        road.cut().await;
        Ok(())
    });
}

#[test]
fn browser_a_draft_that_is_sent_back_waits_to_be_corrected_and_logging_out_warns() {
    run(async {
        let world = World::demo().await?;
        let road = Road::open(&world, 0).await?;
        let phone = Desk::open(&road.url(), Look::PHONE).await;
        phone.log_in("adviser").await;
        phone.go("/services/new").await;
        ready(&phone).await;
        until(&phone, "async () => !!(await (await caches.open('farun-offline')).match('/services/new')) && !!(await navigator.serviceWorker.ready)").await;
        let port = road.cut().await;
        let world = world.opened_again().await?;
        phone.fill("other_day", "2031-01-01").await;
        log(&phone, "日期写错的一条").await;
        phone.shows("没有网络，已存在本机").await;

        // Meanwhile the session has ended.
        let mut tx = world.db.begin_write().await?;
        tx.execute("update identity_session_entry set revoked_at = 1", params![]).await?;
        tx.commit().await?;
        let road = Road::open(&world, port).await?;
        phone.press("立即重传").await;
        phone.shows("登录已过期，请重新登录").await;
        phone.press("重新登录").await;
        phone.fill("username", "adviser").await;
        phone.fill("password", farun::demo::PASSWORD).await;
        phone.click("form[action='/login'] .form-actions button").await;
        phone.arrives("/services/new").await;
        phone.shows("被退回").await;
        phone.shows("不能晚于今天").await;
        phone.go("/services").await;
        phone.shows("有 1 条登记还在这台设备上").await;
        phone.click("form[action='/logout'] button").await;
        phone.shows("还有 1 条登记没有上传").await;
        phone.click("dialog .actions button:last-child").await;
        phone.press("查看待上传").await;
        ready(&phone).await;
        phone.press("修改").await;
        let note = phone.find("[name='note']").await.prop("value").await.expect("a value");
        assert_eq!(note.as_deref(), Some("日期写错的一条"));
        phone.fill("other_day", "2022-05-05").await;
        phone.press("保存").await;
        phone.shows("已记下").await;
        assert_eq!(notes(&world, "日期写错%").await?, [("日期写错的一条".to_owned(), 1)]);

        phone.close().await;
        road.cut().await;
        Ok(())
    });
}

#[test]
fn the_queue_loses_and_doubles_nothing_in_500_sequences_of_cuts_and_kills() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../foundation/assets");
    #[expect(
        clippy::disallowed_methods,
        reason = "the browser files are checked by node, which `make assets` needs too"
    )]
    let output = Command::new("node").arg("check.mjs").current_dir(assets).output().expect("node runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("0 lost, 0 doubled (planted: without keys"), "{text}");
}
