//! Journeys of personal data: shown whole for a reason and within a limit, handed out, restricted, erased, purged.

use crate::{
    Held, HeldValue, Person, PersonalData,
    actions::retain::{Night, retain},
    testing::{a_person, migrations},
};
use ::store::{Db, Tx, params};
use calamine::{DataType as _, Reader as _};
use kernel::{Day, FixedClock, Id, Moment, Phone, ResidentId, Result};
use std::sync::Arc;
use testkit::{Server, actor, on_both};
use web::{Actor, Extension, Module, Role};

const PHONE: &str = "13800000000";
const NUMBER: &str = "320412195512310032";

/// A module above that knows of one matter: open until the note of its person says 办结.
fn matters() -> Module {
    let collect = PersonalData {
        title: "办过的事项",
        collect: |tx, person| {
            Box::pin(async move {
                let note: String = tx
                    .scalar("select note from parties_person_entry where id = $1", params![person.id])
                    .await?;
                let last = Day::parse("2019-05-05").expect("a day");
                let matter = Held {
                    title: "2019 年的咨询".to_owned(),
                    href: None,
                    last,
                    open: note == "办理中",
                    policy: Some("parties.person"),
                    values: vec![HeldValue::number("留下的电话", PHONE, "138****0000")],
                };
                Ok(if note.is_empty() { Vec::new() } else { vec![matter] })
            })
        },
    };
    Module { extensions: vec![Extension::new(collect)], ..Module::new("matters", &[]) }
}

/// The server on a business day; the wall clock of tests stands at 2022-05-06.
fn on(db: &Db, day: &str) -> Server {
    let clock = Arc::new(FixedClock(Moment::parse(&format!("{day}T09:00")).expect("a moment")));
    Server::new(db.clone(), clock, vec![crate::module(), matters()])
}

/// 陈阿大 with ID number and telephone.
async fn chen(db: &Db, note: &str) -> Result<Id<Person>> {
    let units = places::testing::two_towns(db).await?;
    let mut tx = db.begin_write().await?;
    crate::install_standard_terms(&mut tx).await?;
    let mut person = a_person("陈阿大", Some(units[0]));
    person.phone = Some(Phone::parse(PHONE)?);
    person.id_number = Some(ResidentId::parse(NUMBER)?);
    person.address = "武进区某路 8 号".to_owned();
    person.note = note.to_owned();
    let (id, _) = crate::find_or_create_person(&mut tx, None, &person).await?;
    tx.commit().await?;
    Ok(id)
}

async fn count(tx: &mut Tx, action: &str) -> Result<i64> {
    Ok(tx.scalar("select count(*) from audit_row where action = $1", params![action]).await?)
}

#[test]
fn a_reason_is_chosen_and_the_day_has_a_limit() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "").await?;
        let server = on(&db, "2022-05-06");
        let clerk = server.log_in(actor(Role::Clerk));
        let uri = format!("/persons/{id}/reveal");
        for (fields, why) in [
            (vec![], "请选择查看理由"),
            (vec![("reason", "curiosity")], "请选择查看理由"),
            (vec![("reason", "subject")], "请选择查看理由"),
            (vec![("reason", "other"), ("reason_text", " ")], "请写明理由"),
        ] {
            let refused = clerk.post(&uri, &fields).await;
            assert_eq!(refused.status, 422, "{fields:?}");
            assert!(refused.text().contains(why) && !refused.text().contains(PHONE), "{fields:?}");
        }
        let security = server.log_in(Actor { id: 9, ..actor(Role::SecurityAdmin) });
        assert_eq!(security.post("/readings", &[("quota", "x")]).await.status, 422);
        assert_eq!(clerk.post("/readings", &[("quota", "9")]).await.status, 403);
        assert_eq!(security.post("/readings", &[("quota", "2")]).await.status, 303);
        for nth in 1..=2 {
            let shown = clerk
                .post(&uri, &[("reason", "other"), ("reason_text", "陈阿大 13912345678 来电核对")])
                .await;
            assert_eq!(shown.status, 200);
            assert!(shown.text().contains(PHONE) && shown.text().contains(NUMBER));
            assert!(shown.text().contains(&format!("今天第 {nth} 次，上限 2 次")));
            assert_eq!(shown.headers["cache-control"], "no-store");
        }
        let refused = clerk.post(&uri, &[("reason", "contact")]).await;
        assert_eq!(refused.status, 429);
        assert!(refused.text().contains("已达 2 次上限") && refused.text().contains("安全管理员"));
        assert!(!refused.text().contains(PHONE));
        let manager = server.log_in(Actor { id: 8, ..actor(Role::Manager) });
        assert_eq!(manager.post(&uri, &[("reason", "handling")]).await.status, 200, "an account of its own");
        let used = security.get("/readings").await.text();
        assert!(used.contains("测试员") && used.contains("已用完"), "{used}");
        let mut tx = db.begin_read().await?;
        assert_eq!(count(&mut tx, "personal.read").await?, 3);
        let trail: Vec<(String,)> = tx.all("select details from audit_row", params![]).await?;
        assert!(trail.iter().all(|(text,)| !text.contains("陈阿大") && !text.contains("139")), "{trail:?}");
        Ok(())
    });
}

#[test]
fn what_is_held_is_shown_masked_and_handed_out_whole() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "办结").await?;
        let server = on(&db, "2022-05-06");
        let manager = server.log_in(actor(Role::Manager));
        let uri = format!("/persons/{id}/data");
        let page = manager.get(&uri).await;
        insta::assert_snapshot!("data", page.main().replace(&id.to_string(), "ID"));
        assert!(!page.text().contains(PHONE) && !page.text().contains(NUMBER));
        assert_eq!(server.log_in(actor(Role::Clerk)).get(&uri).await.status, 403);
        assert_eq!(manager.get("/persons/320412-999999/data").await.status, 404);
        let export = format!("{uri}/export");
        let unchecked = manager.post(&export, &[("requester", "self"), ("format", "json")]).await;
        assert_eq!(unchecked.status, 422);
        assert!(!unchecked.text().contains(PHONE));
        let fields = |format| [("requester", "relative"), ("checked", "1"), ("format", format)];
        let json = manager.post(&export, &fields("json")).await;
        let value: serde_json::Value = serde_json::from_slice(&json.bytes)?;
        let text = value.to_string();
        assert!(text.contains(PHONE) && text.contains(NUMBER) && text.contains("2019 年的咨询"), "{text}");
        let sheet = manager.post(&export, &fields("xlsx")).await;
        let mut book = calamine::Xlsx::new(std::io::Cursor::new(sheet.bytes))?;
        let range = book.worksheet_range("个人信息副本")?;
        assert!(range.used_cells().any(|(_, _, cell)| cell.get_string() == Some(NUMBER)));
        let print = manager.post(&export, &fields("print")).await.text();
        assert!(print.contains(NUMBER) && print.contains("申请人签收"));
        let mut tx = db.begin_read().await?;
        assert_eq!(count(&mut tx, "personal.read").await?, 3);
        drop(tx);
        assert!(manager.get(&uri).await.text().contains("本人查阅、复制：死者的近亲属"));
        Ok(())
    });
}

#[test]
fn a_restricted_person_is_in_no_list_and_no_search() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "").await?;
        let server = on(&db, "2022-05-06");
        let manager = server.log_in(actor(Role::Manager));
        let clerk = server.log_in(actor(Role::Clerk));
        let uri = format!("/persons/{id}");
        let restrict = format!("{uri}/restrict");
        assert_eq!(manager.post(&restrict, &[("ground", "disputed")]).await.status, 422, "no words");
        let fields = [("ground", "disputed"), ("restrict_reason", "本人说地址不对")];
        assert_eq!(clerk.post(&restrict, &fields).await.status, 403);
        assert_eq!(manager.post(&restrict, &fields).await.status, 303);
        assert_eq!(manager.post(&restrict, &[fields[0], ("restrict_reason", "再一次")]).await.status, 409);
        assert!(!manager.get("/persons").await.text().contains("陈阿大"));
        for sought in [("name", "陈阿大"), ("phone", PHONE), ("id_number", NUMBER)] {
            let found = clerk.post("/persons/find", &[sought]).await.text();
            assert!(!found.contains(&format!("/persons/{id}")), "{sought:?}");
        }
        assert_eq!(clerk.get(&uri).await.status, 404);
        assert_eq!(manager.get(&format!("{uri}/edit")).await.status, 404);
        let seen = manager.get(&uri).await.text();
        assert!(seen.contains("正在限制处理") && !seen.contains("陈阿大"));
        assert!(!manager.get(&format!("{uri}/data")).await.text().contains("陈阿大"));
        let unsaid = manager.post(&format!("{uri}/reveal"), &[]).await.text();
        assert!(!unsaid.contains("陈阿大") && !unsaid.contains(PHONE));
        assert_eq!(clerk.post(&format!("{uri}/reveal"), &[("reason", "contact")]).await.status, 404);
        let said = manager.post(&format!("{uri}/reveal"), &[("reason", "identity")]).await.text();
        assert!(said.contains("陈阿大") && said.contains(PHONE) && said.contains("武进区某路 8 号"));
        let mut tx = db.begin_write().await?;
        let mut again = a_person("陈阿大", None);
        again.phone = Some(Phone::parse(PHONE)?);
        let refused = crate::find_or_create_person(&mut tx, None, &again).await;
        assert!(refused.is_err(), "not entered a second time, not used either");
        drop(tx);
        let mut tx = db.begin_read().await?;
        let name: String = tx.scalar("select name from parties_person where id = $1", params![id]).await?;
        assert_eq!(name, "（限制处理）", "higher modules see no more");
        drop(tx);
        assert!(manager.get("/retention").await.text().contains(&format!("/persons/{id}/data")));
        assert_eq!(manager.post(&format!("{uri}/lift"), &[("lift_reason", "")]).await.status, 422);
        assert_eq!(manager.post(&format!("{uri}/lift"), &[("lift_reason", "已更正")]).await.status, 303);
        assert!(clerk.get(&uri).await.text().contains("陈阿大"));
        assert!(manager.get(&format!("{uri}/data")).await.text().contains("解除：已更正"));
        Ok(())
    });
}

/// The values of a person that must be gone after a purge.
async fn blank(tx: &mut Tx, id: Id<Person>) -> Result<bool> {
    let (name, address, sealed, blind, phone, phone_blind): (
        String,
        String,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    ) = tx
        .one(
            "select name, address, id_sealed, id_blind, phone_sealed, phone_blind from parties_person_entry where id = $1",
            params![id],
        )
        .await?;
    let gone = [sealed, blind, phone, phone_blind].iter().all(Option::is_none);
    Ok(name == "已清除" && address.is_empty() && gone)
}

#[test]
fn an_erasure_waits_for_matters_and_then_leaves_nothing() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "办理中").await?;
        let erase = format!("/persons/{id}/erase");
        let fields = [("reason", "本人到窗口提出"), ("checked", "1")];
        let manager = on(&db, "2022-05-05").log_in(actor(Role::Manager));
        assert!(manager.get(&erase).await.text().contains("有事项正在办理"));
        assert_eq!(manager.post(&erase, &fields[..1]).await.status, 422);
        assert!(manager.post(&erase, &fields).await.location().ends_with("/data"), "restricted instead");
        let mut tx = db.begin_write().await?;
        assert!(!blank(&mut tx, id).await?);
        tx.execute("update parties_person_entry set note = '办结' where id = $1", params![id]).await?;
        tx.commit().await?;
        // The matter of 2019-05-05 is kept for 36 months.
        let kept = on(&db, "2022-05-04").log_in(actor(Role::Manager)).get(&erase).await;
        assert!(kept.text().contains("要保存到 2022年5月5日"), "{}", kept.main());
        assert!(manager.get(&erase).await.text().contains("可以马上清除"));
        assert_eq!(manager.post(&erase, &fields).await.location(), "/persons");
        let mut tx = db.begin_read().await?;
        assert!(blank(&mut tx, id).await?);
        drop(tx);
        assert_eq!(manager.get(&format!("/persons/{id}")).await.status, 404);
        assert_eq!(manager.get(&format!("/persons/{id}/data")).await.status, 404);
        assert_eq!(manager.post(&erase, &[("again", "1"), fields[0], fields[1]]).await.status, 409);
        Ok(())
    });
}

#[test]
fn marked_warned_held_and_purged() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "").await?;
        let night = async |day: &str| -> Result<Night> {
            let server = on(&db, day);
            retain(&server.app, Day::parse(day)?).await
        };
        let quiet = Night::default();
        // Entered on 2022-05-06, kept for 36 months.
        assert_eq!(night("2025-05-06").await?, quiet, "the last day of the period");
        assert_eq!(night("2025-05-07").await?, Night { marked: 1, ..quiet });
        assert_eq!(night("2025-05-07").await?, quiet, "twice does nothing");
        let server = on(&db, "2025-05-08");
        let manager = server.log_in(actor(Role::Manager));
        let list = manager.get("/retention").await.main();
        insta::assert_snapshot!("retention", list.replace(&id.to_string(), "ID"));
        let mut tx = db.begin_read().await?;
        let mark: Id<()> = tx.scalar("select id from parties_marked_entry", params![]).await?;
        let checks = crate::module().checks;
        let warned = checks.iter().find(|check| check.id == "parties.retention").expect("the check");
        let today = Day::parse("2025-05-08")?;
        let findings = (warned.run)(&mut tx, today).await?;
        assert_eq!(findings.len(), 1);
        assert!(findings[0].what.contains("1 条待清除，最早 2025年6月6日"), "{findings:?}");
        drop(tx);
        let hold = format!("/retention/marked/{mark}/hold");
        assert_eq!(manager.post(&hold, &[("version", "1")]).await.status, 422, "no reason");
        assert_eq!(manager.post(&hold, &[("version", "9"), ("reason", "诉讼")]).await.status, 409);
        assert_eq!(manager.post(&hold, &[("version", "1"), ("reason", "诉讼还在进行")]).await.status, 303);
        let sheet = manager.get("/retention.xlsx").await.bytes;
        let mut book = calamine::Xlsx::new(std::io::Cursor::new(sheet))?;
        let range = book.worksheet_range("到期清单")?;
        assert!(range.used_cells().any(|(_, _, cell)| cell.get_string() == Some("诉讼还在进行")));
        assert_eq!(night("2025-07-01").await?, quiet, "held back");
        let erase = manager.get(&format!("/persons/{id}/erase")).await.text();
        assert!(erase.contains("列为暂缓清除"));
        let later = on(&db, "2025-07-02").log_in(actor(Role::Manager));
        let resume = format!("/retention/marked/{mark}/resume");
        assert_eq!(later.post(&resume, &[("version", "2")]).await.status, 303);
        assert_eq!(night("2025-07-31").await?, quiet, "the whole time of warning begins anew");
        assert_eq!(night("2025-08-01").await?, Night { purged: 1, ..quiet });
        let mut tx = db.begin_read().await?;
        assert!(blank(&mut tx, id).await?);
        let details: String = tx
            .scalar("select details from audit_row where action = $1", params!["parties.retention.purge"])
            .await?;
        assert_eq!(details, r#"{"policy":"parties.person"}"#, "ids and names of policies only");
        drop(tx);
        assert_eq!(night("2035-08-01").await?, quiet, "nothing is purged twice");
        Ok(())
    });
}

#[test]
fn an_open_matter_and_a_longer_period_let_go() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "").await?;
        let night = async |day: &str| -> Result<Night> {
            let server = on(&db, day);
            retain(&server.app, Day::parse(day)?).await
        };
        let quiet = Night::default();
        assert_eq!(night("2025-05-07").await?, Night { marked: 1, ..quiet });
        let mut tx = db.begin_write().await?;
        tx.execute("update parties_person_entry set note = '办理中' where id = $1", params![id]).await?;
        tx.commit().await?;
        assert_eq!(night("2025-05-08").await?, Night { released: 1, ..quiet }, "opened again");
        let mut tx = db.begin_write().await?;
        tx.execute("update parties_person_entry set note = '' where id = $1", params![id]).await?;
        tx.commit().await?;
        assert_eq!(night("2025-05-09").await?, Night { marked: 1, ..quiet });
        let manager = on(&db, "2025-05-10").log_in(actor(Role::Manager));
        let edit = "/retention/parties.person/edit";
        assert!(manager.get(edit).await.text().contains(r#"value="36""#));
        assert_eq!(manager.get("/retention/none/edit").await.status, 404);
        let fields = |months, from| [("months", months), ("basis", "本局〔2025〕3 号"), ("valid_from", from)];
        assert_eq!(manager.post(edit, &fields("0", "2025-05-10")).await.status, 422);
        assert_eq!(manager.post(edit, &fields("60", "2025-05-09")).await.status, 422, "not in the past");
        assert_eq!(manager.post(edit, &fields("60", "2025-05-12")).await.status, 303);
        assert_eq!(night("2025-05-11").await?, quiet, "not yet in force");
        assert_eq!(night("2025-05-12").await?, Night { released: 1, ..quiet });
        let mut tx = db.begin_read().await?;
        let (row, today) = (crate::person(&mut tx, id).await?, Day::parse("2025-05-12")?);
        assert!(row.is_some(), "still there");
        for check in crate::module().checks {
            assert_eq!((check.run)(&mut tx, today).await?, vec![], "{}", check.id);
        }
        Ok(())
    });
}

#[test]
fn the_checks_find_what_is_damaged() {
    on_both(&migrations(), |db| async move {
        let id = chen(&db, "").await?;
        let mut tx = db.begin_write().await?;
        let mut twin = a_person("陈阿大", None);
        twin.phone = Some(Phone::parse("13800000001")?);
        let (twin, _) = crate::find_or_create_person(&mut tx, None, &twin).await?;
        let find = async |tx: &mut Tx, check: &str| -> Result<Vec<String>> {
            let checks = crate::module().checks;
            let check = checks.into_iter().find(|known| known.id == check).expect("the check");
            let found = (check.run)(tx, Day::parse("2022-05-06")?).await?;
            Ok(found.into_iter().map(|finding| finding.what).collect())
        };
        assert!(find(&mut tx, "parties.sealed").await?.is_empty());
        assert!(find(&mut tx, "parties.twins").await?.is_empty());
        assert!(find(&mut tx, "parties.restricted").await?.is_empty());
        // The twin's telephone is overwritten with the other one's: two living persons of one name and number.
        tx.execute(
            "update parties_person_entry set phone_blind = (select o.phone_blind from parties_person_entry o where o.id = $2) where id = $1",
            params![twin, id],
        )
        .await?;
        assert_eq!(find(&mut tx, "parties.twins").await?.len(), 1);
        let wrong = find(&mut tx, "parties.sealed").await?;
        assert!(wrong.len() == 1 && wrong[0].contains("与索引不一致"), "{wrong:?}");
        tx.execute(
            "update parties_person_entry set id_sealed = phone_sealed, restricted = 1 where id = $1",
            params![id],
        )
        .await?;
        let wrong = find(&mut tx, "parties.sealed").await?;
        assert!(wrong.iter().any(|what| what.contains("身份证号解不开")), "{wrong:?}");
        assert_eq!(find(&mut tx, "parties.restricted").await?.len(), 1);
        tx.execute("update parties_person_entry set id_sealed = null where id = $1", params![id]).await?;
        assert!(find(&mut tx, "parties.sealed").await?.iter().any(|what| what.contains("缺少密文或索引")));
        Ok(())
    });
}
