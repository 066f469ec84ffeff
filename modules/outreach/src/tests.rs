//! Sending on both engines against a provider that verifies signatures: nothing lost, repeats under the same id, limits,
//! bad days; and the pages.

use crate::{
    NewMessage, NewNotice, Provider, Queued, Template, Weight, approve, cancel,
    deliver::{self, LEASE},
    send, settle,
    store::{messages, notices},
    testing::{FakeProvider, Mood},
};
use ::store::Db;
use kernel::{Id, Moment, Phone, Result, TestClock};
use std::sync::Arc;
use testkit::{Server, actor, on_both, on_both_at};
use web::{Extension, Module, Role};

const CODE: Template =
    Template {
        name: "test.code", title: "验证码", words: "您的验证码是{code}，{minutes}分钟内有效。"
    };
const NEWS: Template = Template { name: "test.news", title: "有新进展", words: "请查看。" };

fn start() -> Moment {
    Moment::parse("2022-05-06T09:00").expect("a moment")
}

struct Site {
    db: Db,
    server: Server,
    provider: FakeProvider,
}

impl Site {
    async fn open(db: Db, kind: Provider) -> Result<Self> {
        let provider = FakeProvider::start(kind).await?;
        let client = provider.client()?;
        let offers = vec![Extension::new(CODE), Extension::new(NEWS), Extension::new(client)];
        let world = Module { extensions: offers, ..Module::new("world", &[]) };
        let clock = Arc::new(TestClock::new(start()));
        let server = Server::new(db.clone(), clock, vec![crate::module(), world]);
        let mut tx = db.begin_write().await?;
        approve(&mut tx, &CODE, "SMS_1").await?;
        tx.commit().await?;
        Ok(Self { db, server, provider })
    }

    async fn write(&self, key: &str, phone: &str) -> Result<Queued> {
        let mut tx = self.db.begin_write().await?;
        let queued = write(&mut tx, key, phone, true).await?;
        tx.commit().await?;
        Ok(queued)
    }

    async fn states(&self) -> Result<Vec<String>> {
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<(String,)> =
            tx.all("select state from outreach_message_entry order by id", ::store::params![]).await?;
        Ok(rows.into_iter().map(|(state,)| state).collect())
    }
}

async fn write(tx: &mut ::store::Tx, key: &str, phone: &str, urgent: bool) -> Result<Queued> {
    let phone = Phone::parse(phone).expect("a number");
    let values = [("code", "123456".to_owned()), ("minutes", "10".to_owned())];
    let new = NewMessage {
        key,
        template: &CODE,
        values: &values,
        phone: &phone,
        about: ("test", 5),
        urgent,
        lasts: 600,
    };
    Ok(send(tx, &new).await?)
}

#[test]
fn every_vendor_takes_what_is_signed_its_way() {
    on_both(crate::MIGRATIONS, |db| async move {
        for (at, kind) in [Provider::Aliyun, Provider::AliyunV1, Provider::Tencent].into_iter().enumerate() {
            let site = Site::open(db.clone(), kind).await?;
            let phone = format!("1380000111{at}");
            let Queued::Waiting(id) = site.write(&format!("k{at}"), &phone).await? else {
                panic!("it waits")
            };
            assert_eq!(site.write(&format!("k{at}"), &phone).await?, Queued::Before, "once a key");
            let round = deliver::deliver(&site.server.app).await?;
            assert_eq!((round.sent, round.stopped), (1, None), "{kind:?}: {:?}", site.provider.refused());
            let taken = site.provider.taken();
            assert_eq!(taken.len(), 1);
            assert_eq!(
                (taken[0].id.as_str(), taken[0].template.as_str()),
                (id.to_string().as_str(), "SMS_1")
            );
            assert!(taken[0].phone.ends_with(&phone) && taken[0].values.contains(&"123456".to_owned()));
            let mut tx = db.begin_read().await?;
            let row = messages::message(&mut tx, id).await?.expect("the message");
            assert_eq!(row.provider_number, "biz-1");
            assert!(row.values_sealed.is_none(), "the code is forgotten");
        }
        Ok(())
    });
}

#[test]
fn a_wrong_secret_loses_nothing() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::open(db.clone(), Provider::Aliyun).await?;
        site.write("k", "13800001111").await?;
        let wrong = site.provider.client_with("another")?;
        let world = Module { extensions: vec![Extension::new(wrong)], ..Module::new("world", &[]) };
        let server = Server::new(db, Arc::new(TestClock::new(start())), vec![crate::module(), world]);
        let round = deliver::deliver(&server.app).await?;
        assert_eq!(round.sent, 0);
        assert!(round.stopped.is_some_and(|why| why.contains("SignatureDoesNotMatch")));
        assert_eq!(site.states().await?, ["waiting"]);
        Ok(())
    });
}

#[test]
fn a_crash_between_sending_and_marking_repeats_under_the_same_id() {
    on_both_at(crate::MIGRATIONS, |db, wall| async move {
        let site = Site::open(db.clone(), Provider::Aliyun).await?;
        let mut ids = Vec::new();
        for at in 0..5 {
            let Queued::Waiting(id) = site.write(&format!("k{at}"), &format!("1380000222{at}")).await? else {
                panic!("it waits")
            };
            ids.push(id.to_string());
        }
        // The process dies after the provider took the text and before that is written down.
        let sms = site.provider.client()?;
        let row = deliver::take(&db).await?.expect("due");
        deliver::hand_over(&db, &sms, &row).await?;
        // Another one dies before it has asked.
        deliver::take(&db).await?.expect("due");
        // A third loses the answer.
        site.provider.set(Mood::Mute);
        let mute = deliver::deliver(&site.server.app).await?;
        assert!(mute.sent == 0 && mute.stopped.is_some(), "silence is no success: {mute:?}");
        site.provider.set(Mood::Well);
        let early = deliver::deliver(&site.server.app).await?;
        assert_eq!(early.sent, 2, "what others have in hand is left to them: {early:?}");
        wall.advance(LEASE + 1);
        let late = deliver::deliver(&site.server.app).await?;
        assert_eq!(late.sent, 3, "{late:?}");
        assert_eq!(site.states().await?, ["sent"; 5], "nothing is lost");
        let mut counts = std::collections::BTreeMap::new();
        for taken in site.provider.taken() {
            *counts.entry(taken.id).or_insert(0) += 1;
        }
        assert_eq!(counts.keys().collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>(), "under our ids only");
        assert_eq!(counts.values().sum::<i32>(), 7, "two were sent twice, under the same id: {counts:?}");
        assert_eq!(deliver::deliver(&site.server.app).await?.sent, 0, "never again");
        Ok(())
    });
}

#[test]
fn limits_of_either_side_are_kept_and_what_is_refused_waits() {
    on_both_at(crate::MIGRATIONS, |db, wall| async move {
        let site = Site::open(db.clone(), Provider::Tencent).await?;
        for at in 0..10 {
            assert!(matches!(site.write(&format!("k{at}"), "13800003333").await?, Queued::Waiting(_)));
        }
        assert_eq!(site.write("k10", "13800003333").await?, Queued::TooMany, "ten a day for one number");
        assert_eq!(site.write("land", "0519-86310000").await?, Queued::NoMobile);
        let round = deliver::deliver(&site.server.app).await?;
        assert_eq!((round.sent, round.later), (5, 5), "{round:?}");
        assert!(site.provider.refused().iter().all(|code| code == "LimitExceeded.PhoneNumberOneHourLimit"));
        // Our own measure for all: two a minute.
        let manager = site.server.log_in(actor(Role::Manager));
        let saved = manager
            .post(
                "/messages/settings",
                &[
                    ("per_minute", "2"),
                    ("number_a_day", "10"),
                    ("a_day", "500"),
                    ("template.test.code", "SMS_1"),
                ],
            )
            .await;
        assert_eq!(saved.status, 303, "{}", saved.main());
        wall.advance(61);
        let round = deliver::deliver(&site.server.app).await?;
        assert_eq!(round.sent + round.later, 2, "{round:?}");
        // What outlives its use is not sent.
        wall.advance(3600);
        let round = deliver::deliver(&site.server.app).await?;
        assert_eq!((round.sent, round.later, round.outlived), (0, 0, 5), "{round:?}");
        Ok(())
    });
}

#[test]
fn a_bad_day_of_the_provider_stops_the_round_and_a_bad_number_fails_alone() {
    on_both_at(crate::MIGRATIONS, |db, wall| async move {
        let site = Site::open(db.clone(), Provider::Aliyun).await?;
        site.write("a", "13800004441").await?;
        site.write("b", "13800004442").await?;
        site.provider.set(Mood::Saying("isv.AMOUNT_NOT_ENOUGH"));
        let round = deliver::deliver(&site.server.app).await?;
        assert_eq!((round.later, site.provider.refused().len()), (1, 1), "one was enough to know");
        wall.advance(61);
        site.provider.set(Mood::Saying("isv.MOBILE_NUMBER_ILLEGAL"));
        let round = deliver::deliver(&site.server.app).await?;
        assert_eq!(round.failed, 2);
        site.provider.set(Mood::Well);
        assert_eq!(deliver::deliver(&site.server.app).await?.sent, 0, "failed ones wait for people");
        let mut tx = db.begin_read().await?;
        let findings = (crate::checks::all()[0].run)(&mut tx, start().day()).await?;
        drop(tx);
        assert_eq!(findings.len(), 1);
        // A manager sends one again and stops another.
        let manager = site.server.log_in(actor(Role::Manager));
        let list = manager.get("/messages").await.text();
        assert!(list.contains("138****4441") && !list.contains("13800004441"), "numbers are masked");
        assert!(list.contains("isv.MOBILE_NUMBER_ILLEGAL") && list.contains("重新发送"));
        assert_eq!(manager.get("/messages.xlsx").await.status, 200);
        let ids = first_ids(&db).await?;
        assert_eq!(manager.post(&format!("/messages/{}/retry", ids[0]), &[]).await.status, 303);
        assert_eq!(manager.post(&format!("/messages/{}/cancel", ids[0]), &[]).await.status, 303);
        assert_eq!(
            manager.post(&format!("/messages/{}/cancel", ids[1]), &[]).await.status,
            409,
            "it has failed"
        );
        assert_eq!(manager.post(&format!("/messages/{}/retry", ids[0]), &[]).await.status, 303);
        assert_eq!(deliver::deliver(&site.server.app).await?.sent, 1);
        assert_eq!(
            manager.post(&format!("/messages/{}/retry", ids[0]), &[]).await.status,
            409,
            "it was sent"
        );
        Ok(())
    });
}

async fn first_ids(db: &Db) -> Result<Vec<Id<crate::Message>>> {
    let mut tx = db.begin_read().await?;
    let rows: Vec<(Id<crate::Message>,)> =
        tx.all("select id from outreach_message_entry order by id", ::store::params![]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

#[test]
fn reasons_that_are_gone_are_not_told_and_numbers_are_forgotten() {
    on_both_at(crate::MIGRATIONS, |db, wall| async move {
        wall.set(Moment::parse("2022-05-06T22:00").expect("a moment"));
        let site = Site::open(db.clone(), Provider::Aliyun).await?;
        let mut tx = db.begin_write().await?;
        write(&mut tx, "case/1", "13800005551", false).await?;
        write(&mut tx, "other/1", "13800005552", false).await?;
        tx.commit().await?;
        assert_eq!(deliver::deliver(&site.server.app).await?.sent, 0, "nobody is woken");
        let mut tx = db.begin_write().await?;
        assert_eq!(cancel(&mut tx, ("test", 5), "case/", "已撤回").await?, 1);
        tx.commit().await?;
        wall.set(Moment::parse("2022-05-07T08:00").expect("a moment"));
        assert_eq!(deliver::deliver(&site.server.app).await?.sent, 1);
        assert_eq!(site.states().await?, ["cancelled", "sent"]);
        let mut tx = db.begin_write().await?;
        let gone = messages::message(&mut tx, first_ids(&db).await?[0]).await?.expect("it stays");
        assert!(gone.values_sealed.is_none(), "what stood in it is not kept");
        write(&mut tx, "third/1", "13800005553", false).await?;
        tx.commit().await?;
        let third = first_ids(&db).await?[2];
        let mut tx = db.begin_write().await?;
        let now = db.wall().now();
        messages::failed(&mut tx, third, "空号", now).await?;
        assert_eq!(messages::forget_values(&mut tx, now).await?, 0, "it can be sent again for some days");
        assert!(messages::message(&mut tx, third).await?.is_some_and(|row| row.values_sealed.is_some()));
        assert_eq!(messages::forget_values(&mut tx, now.plus_seconds(1)).await?, 1);
        assert!(
            !messages::retry(&mut tx, third, now, now.plus_seconds(60)).await?,
            "nobody knows what it said"
        );
        assert_eq!(messages::forget(&mut tx, wall_moment(&db)).await?, 3);
        tx.commit().await?;
        let mut tx = db.begin_read().await?;
        let row = messages::message(&mut tx, first_ids(&db).await?[0]).await?.expect("it stays");
        assert_eq!((row.masked(&db)?.as_str(), row.reason.as_str()), ("已清除", "已撤回"));
        Ok(())
    });
}

fn wall_moment(db: &Db) -> Moment {
    db.wall().now().plus_seconds(1)
}

#[test]
fn without_a_provider_the_page_says_so_and_without_a_template_nothing_is_written() {
    on_both(crate::MIGRATIONS, |db| async move {
        let server = Server::new(db.clone(), Arc::new(TestClock::new(start())), vec![crate::module()]);
        let page = server.log_in(actor(Role::Manager)).get("/messages").await;
        assert!(page.text().contains("还没有配置短信服务商"));
        let mut tx = db.begin_write().await?;
        assert_eq!(write(&mut tx, "k", "13800001111", true).await?, Queued::NoTemplate);
        tx.commit().await?;
        assert!(deliver::deliver(&server.app).await?.stopped.is_some());
        Ok(())
    });
}

fn a_notice(account: i64, key: &str, weight: Weight) -> NewNotice {
    NewNotice {
        account,
        key: key.to_owned(),
        title: format!("提醒 {key}"),
        words: "编号 1".to_owned(),
        href: "/notices".to_owned(),
        weight,
    }
}

#[test]
fn notices_are_told_once_read_and_withdrawn() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::open(db.clone(), Provider::Aliyun).await?;
        let wanted = [
            a_notice(7, "review|ahead", Weight::Ahead),
            a_notice(7, "assign|today", Weight::Today),
            a_notice(8, "review|ahead", Weight::Ahead),
        ];
        let tell = async |from: usize| -> Result<crate::Settled> {
            let mut tx = db.begin_write().await?;
            let settled = settle(&mut tx, ("test", 1), &wanted[from..], start()).await?;
            tx.commit().await?;
            Ok(settled)
        };
        assert_eq!(tell(0).await?.told, 3);
        assert_eq!(tell(0).await?, crate::Settled::default(), "once");
        let clerk = site.server.log_in(actor(Role::Clerk));
        let page = clerk.get("/notices").await;
        assert!(
            page.text()
                .contains(r#"<a class="bell" href="/notices">提醒 <span class="badge bad num">2</span>"#)
        );
        insta::assert_snapshot!("notices", without_ids(&page.main()));
        let mut tx = db.begin_read().await?;
        let listing = web::Listing::of("/notices?state=unread");
        let (rows, total) = notices::list(&mut tx, 7, &listing).await?;
        drop(tx);
        assert_eq!(total, 2);
        let open = clerk.post(&format!("/notices/{}/open", rows[0].id), &[]).await;
        assert_eq!(open.location(), "/notices");
        let theirs =
            site.server.log_in(web::Actor { id: 8, session: "eight".to_owned(), ..actor(Role::Clerk) });
        assert_eq!(
            theirs.post(&format!("/notices/{}/read", rows[1].id), &[]).await.status,
            404,
            "not theirs"
        );
        assert_eq!(clerk.post(&format!("/notices/{}/read", rows[1].id), &[]).await.status, 303);
        assert!(clerk.get("/notices?state=read").await.text().contains("已读"));
        assert!(clerk.get("/notices?state=unread&weight=late").await.text().contains("没有符合条件的提醒"));
        assert_eq!(theirs.post("/notices/read", &[]).await.status, 303);
        assert_eq!(tell(2).await?.withdrawn, 2);
        assert!(!clerk.get("/notices").await.text().contains("review|ahead"), "the reason is gone");
        let again = tell(0).await?;
        assert_eq!(
            (again.told, again.revived),
            (0, 2),
            "nothing is told twice, what stands again shows again"
        );
        assert!(!clerk.get("/notices?state=unread").await.text().contains("review|ahead"), "and was read");
        Ok(())
    });
}

/// The page without its ids, which change from run to run.
fn without_ids(text: &str) -> String {
    let mut parts = text.split("320412-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "…" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn notices_go_on_on_further_pages() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::open(db.clone(), Provider::Aliyun).await?;
        let wanted: Vec<NewNotice> =
            (0..45).map(|at| a_notice(7, &format!("k{at:02}"), Weight::Late)).collect();
        let mut tx = db.begin_write().await?;
        settle(&mut tx, ("test", 2), &wanted, start()).await?;
        tx.commit().await?;
        let clerk = site.server.log_in(actor(Role::Clerk));
        let mut seen = std::collections::BTreeSet::new();
        let mut at = "/notices".to_owned();
        for _ in 0..3 {
            let text = clerk.get(&at).await.text();
            seen.extend(text.split("提醒 k").skip(1).map(|rest| rest[..2].to_owned()));
            let next = text.split(r#"href="/notices?after="#).nth(1).and_then(|rest| rest.split('"').next());
            let Some(next) = next else { break };
            at = format!("/notices?after={next}");
        }
        assert_eq!(seen.len(), 45);
        Ok(())
    });
}

#[test]
fn settings_keep_what_was_typed_wrong() {
    on_both(crate::MIGRATIONS, |db| async move {
        let site = Site::open(db, Provider::Aliyun).await?;
        let manager = site.server.log_in(actor(Role::Manager));
        insta::assert_snapshot!("settings", manager.get("/messages/settings").await.main());
        let wrong =
            manager.post("/messages/settings", &[("template.test.news", "SMS 15;"), ("a_day", "很多")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("SMS 15;") && wrong.text().contains("很多"));
        Ok(())
    });
}
