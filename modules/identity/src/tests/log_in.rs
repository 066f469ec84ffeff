//! Logging in and out: equal answers, locks, sessions, the way on after an ended one.

use super::{between, borrowed, hidden_fields, inside, log_in, on_both};
use crate::{
    AccountState,
    actions::log_in::{From, log_in as action},
    setup_link,
    testing::{PASSWORD, an_account, an_account_with},
    throttle::Throttle,
};
use axum::http::header;
use kernel::{Error, FixedClock, Kind, Moment};
use std::sync::Arc;
use store::params;
use testkit::{Server, Visitor};
use web::{Module, Permission, Role, Routes};

#[test]
fn a_right_password_opens_a_session_and_leads_on() {
    on_both(|db, _, server| async move {
        an_account(&db, "zhang.min", &[Role::Manager]).await?;
        let mut visitor = Visitor::new(&server);
        let away = visitor.get("/accounts?role=clerk").await;
        assert_eq!(away.location(), "/login?next=%2Faccounts%3Frole%3Dclerk");
        let page = visitor.get(away.location()).await;
        insta::assert_snapshot!("login", page.main());
        let fields = [("username", "Zhang.Min "), ("password", PASSWORD), ("next", "/accounts?role=clerk")];
        let answer = visitor.post("/login", &fields).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/accounts?role=clerk"));
        let cookies: Vec<&str> =
            answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()).collect();
        let session = cookies.iter().find(|c| c.starts_with("farun_session=")).expect("a session cookie");
        assert!(
            session.contains("HttpOnly") && session.contains("SameSite=Lax") && !session.contains("Secure"),
            "{session}"
        );
        assert!(cookies.iter().any(|c| c.starts_with("farun_device=k.")), "the browser is known from now on");
        assert!(visitor.get("/accounts").await.text().contains("zhang.min"));
        let before = between(&page.text(), r#"name="csrf" value=""#, "\"").to_owned();
        let late = visitor.post_with("/me/sessions/end", &[], &before).await;
        assert_eq!(late.status, 403, "the token of the form before log-in is no good any more");
        let desk = visitor.get("/desk").await;
        insta::assert_snapshot!("desk", desk.main());
        let evil = visitor
            .post("/login", &[("username", "zhang.min"), ("password", PASSWORD), ("next", "//evil.example")])
            .await;
        assert_eq!(evil.location(), "/desk");
        Ok(())
    });
}

#[test]
fn nobody_learns_whether_a_name_exists() {
    on_both(|db, _, server| async move {
        an_account(&db, "known", &[Role::Manager]).await?;
        let gone = an_account(&db, "gone0", &[Role::Manager]).await?;
        let bare = an_account(&db, "bare0", &[Role::Manager]).await?;
        let mut tx = db.begin_write().await?;
        crate::store::account::set_state(&mut tx, gone, AccountState::Deactivated).await?;
        tx.execute("update identity_account_entry set password_hash = null where id = $1", params![bare])
            .await?;
        tx.commit().await?;
        let mut answers = Vec::new();
        for name in ["known", "other", "gone0", "bare0"] {
            let mut visitor = Visitor::new(&server);
            visitor.get("/login").await;
            let mut seen = Vec::new();
            for _ in 0..6 {
                let hashed = crate::password::hashes();
                let answer = visitor.post("/login", &[("username", name), ("password", "wrong horse")]).await;
                let hashed = crate::password::hashes() - hashed;
                let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
                headers.sort();
                let body = answer.main().replace(name, "NAME") + &headers.join(",") + &hashed.to_string();
                seen.push((answer.status.as_u16(), body));
                assert!(visitor.cookie("farun_session").is_none());
            }
            answers.push(seen);
        }
        for other in &answers[1..] {
            assert_eq!(
                &answers[0], other,
                "wrong passwords, unknown names, accounts out of use and without a password get the same answers \
                 after the same work, the lock included"
            );
        }
        assert!(answers[0][0].1.ends_with('1') && answers[0][5].1.ends_with('0'), "{:?}", answers[0]);
        assert_eq!(
            answers[0].iter().map(|(status, _)| *status).collect::<Vec<_>>(),
            [422, 422, 422, 422, 422, 429]
        );
        assert!(
            answers[0][0].1.contains("用户名或密码不对") && answers[0][5].1.contains("请 1 分钟后再试"),
            "{:?}",
            answers[0]
        );
        Ok(())
    });
}

#[test]
fn a_lock_holds_against_the_right_password_but_not_on_a_known_browser() {
    on_both(|db, _, server| async move {
        an_account(&db, "victim", &[Role::Manager]).await?;
        let mut own = inside(&server, "victim").await;
        own.post("/logout", &[]).await;
        let mut attacker = Visitor::new(&server);
        attacker.get("/login").await;
        for _ in 0..5 {
            attacker.post("/login", &[("username", "victim"), ("password", "guess")]).await;
        }
        let locked = log_in(&mut attacker, "victim").await;
        assert_eq!(locked.status, 429, "the right password is not even looked at");
        assert!(locked.text().contains("在您常用的电脑、手机上仍可登录"));
        assert_eq!(
            log_in(&mut own, "victim").await.status,
            303,
            "the victim gets in from a browser used before"
        );
        assert_eq!(
            log_in(&mut attacker, "victim").await.status,
            303,
            "a right log-in forgives the wrong ones"
        );
        Ok(())
    });
    on_both(|db, wall, server| async move {
        an_account(&db, "victim", &[Role::Manager]).await?;
        let mut attacker = Visitor::new(&server);
        attacker.get("/login").await;
        for _ in 0..5 {
            attacker.post("/login", &[("username", "victim"), ("password", "guess")]).await;
        }
        wall.advance(61);
        assert_eq!(
            attacker.post("/login", &[("username", "victim"), ("password", "guess")]).await.status,
            422,
            "a minute later one more"
        );
        assert!(log_in(&mut attacker, "victim").await.text().contains("请 2 分钟后再试"), "then two minutes");
        wall.advance(121);
        assert_eq!(log_in(&mut attacker, "victim").await.status, 303);
        Ok(())
    });
}

#[test]
fn a_known_browser_that_guesses_is_known_no_more() {
    on_both(|db, _, server| async move {
        an_account(&db, "victim", &[Role::Manager]).await?;
        let mut thief = inside(&server, "victim").await;
        thief.post("/logout", &[]).await;
        thief.get("/login").await;
        let mut statuses = Vec::new();
        for _ in 0..11 {
            statuses.push(
                thief.post("/login", &[("username", "victim"), ("password", "guess")]).await.status.as_u16(),
            );
        }
        assert_eq!(
            statuses,
            [422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 429],
            "five as known, five as anybody"
        );
        Ok(())
    });
}

#[test]
fn guesses_at_the_same_time_are_counted_one_by_one() {
    on_both(|db, _, _| async move {
        an_account(&db, "victim", &[Role::Manager]).await?;
        let throttle = Arc::new(Throttle::new());
        let guesses: Vec<_> = (0..20)
            .map(|_| {
                let (db, throttle) = (db.clone(), Arc::clone(&throttle));
                tokio::spawn(async move {
                    let from = From { peer: "", device: None, label: "", throttle: &throttle };
                    action(&db, "victim", "guess", from).await
                })
            })
            .collect();
        let mut looked_at = 0;
        for guess in guesses {
            let Err(Error::Refused(refusal)) = guess.await? else { panic!("a wrong password opens nothing") };
            looked_at += u32::from(refusal.kind == Kind::Invalid);
        }
        assert_eq!(looked_at, 5);
        Ok(())
    });
}

#[test]
fn advisers_find_the_button_for_a_service_first() {
    const LOG: Permission = Permission::new("services.write", "记录服务", &[Role::Adviser]);
    on_both(|db, _, _| async move {
        let (_, lawyers) = counsel::testing::two_firms(&db).await?;
        an_account_with(&db, "lawyer", &[Role::Adviser], &[], Some(lawyers[0].raw())).await?;
        an_account(&db, "nobody", &[]).await?;
        let services = Module {
            routes: Routes::new().page("/services/new", LOG, axum::routing::get(|| async { "" })),
            ..Module::new("services", &[])
        };
        let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T19:00")?));
        let server = Server::behind(db, clock, vec![services, crate::module()], Arc::new(crate::DbSessions));
        let desk = inside(&server, "lawyer").await.get("/desk").await.text();
        assert!(
            desk.contains("lawyer本人，晚上好")
                && desk.contains("记一次服务")
                && !desk.contains("两步验证，密码"),
            "{desk}"
        );
        let desk = inside(&server, "nobody").await.get("/desk").await.text();
        assert!(desk.contains("账号还没有角色") && !desk.contains("记一次服务"));
        Ok(())
    });
}

#[test]
fn an_address_that_tries_many_names_is_slowed_down() {
    on_both(|db, wall, server| async move {
        an_account(&db, "someone", &[Role::Manager]).await?;
        let address = if db.engine() == store::Engine::Sqlite { "192.0.2.7" } else { "192.0.2.8" };
        let mut visitor = Visitor::new(&server).from_address(address);
        visitor.get("/login").await;
        for n in 0..10 {
            let name = format!("name{n}");
            assert_eq!(
                visitor.post("/login", &[("username", &name), ("password", "guess")]).await.status,
                422,
                "{n}"
            );
        }
        assert_eq!(
            visitor.post("/login", &[("username", "name10"), ("password", "guess")]).await.status,
            429
        );
        wall.advance(6);
        assert_eq!(log_in(&mut visitor, "someone").await.status, 303);
        Ok(())
    });
}

#[test]
fn sessions_end_by_idleness_age_and_log_out_and_are_never_taken_over() {
    on_both(|db, wall, server| async move {
        let id = an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut planted = Visitor::new(&server);
        planted.set_cookie("farun_session", "planted-by-somebody-else");
        log_in(&mut planted, "zhang").await;
        let token = planted.cookie("farun_session").expect("a session").to_owned();
        assert_ne!(token, "planted-by-somebody-else", "a log-in makes a new session");
        planted.get("/desk").await;
        log_in(&mut planted, "zhang").await;
        assert!(planted.get("/login").await.location() == "/desk");

        let mut visitor = inside(&server, "zhang").await;
        let cookie = visitor.cookie("farun_session").expect("a session").to_owned();
        assert_eq!(visitor.post("/logout", &[]).await.location(), "/login");
        assert!(visitor.cookie("farun_session").is_none());
        visitor.set_cookie("farun_session", &cookie);
        assert_eq!(visitor.get("/desk").await.status, 303, "the old cookie opens nothing after log-out");

        let mut idle = inside(&server, "zhang").await;
        wall.advance(2 * 3600 - 1);
        assert_eq!(idle.get("/desk").await.status, 200);
        wall.advance(2 * 3600);
        assert_eq!(idle.get("/desk").await.status, 303, "two hours without a request");

        let mut busy = inside(&server, "zhang").await;
        for _ in 0..11 {
            wall.advance(3600);
            assert_eq!(busy.get("/desk").await.status, 200);
        }
        wall.advance(3600);
        assert_eq!(busy.get("/desk").await.status, 303, "twelve hours, however busy");

        let mut fired = inside(&server, "zhang").await;
        let mut tx = db.begin_write().await?;
        crate::store::account::set_state(&mut tx, id, AccountState::Deactivated).await?;
        tx.commit().await?;
        assert_eq!(fired.get("/desk").await.status, 303, "out of use at the next request");
        assert_eq!(log_in(&mut fired, "zhang").await.status, 422);
        Ok(())
    });
}

#[test]
fn what_was_typed_when_the_session_ended_is_submitted_after_log_in() {
    on_both(|db, wall, server| async move {
        an_account(&db, "admin.wang", &[Role::SystemAdmin]).await?;
        let mut visitor = inside(&server, "admin.wang").await;
        visitor.get("/accounts/new").await;
        wall.advance(3 * 3600);
        let typed = [
            ("username", "li.na"),
            ("name", "李<娜>&\"'"),
            ("roles", "clerk"),
            ("roles", "leader"),
            ("idempotency_key", "typed-once"),
        ];
        let expired = visitor.post("/accounts/new", &typed).await;
        assert_eq!(expired.status, 401);
        let mut fields = hidden_fields(&expired.text(), "/login");
        fields.push(("username".to_owned(), "admin.wang".to_owned()));
        fields.push(("password".to_owned(), "wrong horse".to_owned()));
        let wrong = visitor.post("/login", &borrowed(&fields)).await;
        assert_eq!(wrong.status, 422);
        let mut fields = hidden_fields(&wrong.text(), "/login");
        fields.push(("username".to_owned(), "admin.wang".to_owned()));
        fields.push(("password".to_owned(), PASSWORD.to_owned()));
        let resume = visitor.post("/login", &borrowed(&fields)).await;
        assert_eq!(resume.status, 200);
        assert!(resume.text().contains("登录成功，刚才填写的内容还在") && resume.text().contains("继续提交"));
        let fields = hidden_fields(&resume.text(), "/accounts/new");
        assert_eq!(
            fields,
            typed.map(|(n, v)| (n.to_owned(), v.to_owned())),
            "every field, twice named ones too"
        );
        let token = between(&resume.text(), r#"action="/accounts/new""#, "</form>").to_owned();
        let token = between(&token, r#"name="csrf" value=""#, "\"").to_owned();
        let done = visitor.post_with("/accounts/new", &borrowed(&fields), &token).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert_eq!(
            visitor.post_with("/accounts/new", &borrowed(&fields), &token).await.location(),
            done.location(),
            "only once"
        );
        let page = visitor.get(done.location()).await.text();
        assert!(page.contains("李&#60;娜&#62;") && page.contains("局领导、窗口人员"), "{page}");
        Ok(())
    });
}

#[test]
fn a_form_without_its_token_is_refused() {
    on_both(|db, _, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut visitor = Visitor::new(&server);
        visitor.get("/login").await;
        for token in ["", "0000", &"0".repeat(64)] {
            let answer =
                visitor.post_with("/login", &[("username", "zhang"), ("password", PASSWORD)], token).await;
            assert_eq!(answer.status, 403);
            assert!(visitor.cookie("farun_session").is_none());
        }
        Ok(())
    });
}

#[test]
fn an_empty_installation_is_set_up_once() {
    on_both(|db, _, server| async move {
        let mut tx = db.begin_write().await?;
        let stale = setup_link(&mut tx).await?.expect("no account yet");
        let link = setup_link(&mut tx).await?.expect("no account yet");
        tx.commit().await?;
        let uri = format!("/setup/{link}");
        let mut visitor = Visitor::new(&server);
        assert_eq!(visitor.get("/setup/guess").await.status, 404);
        assert_eq!(visitor.get(&format!("/setup/{stale}")).await.status, 404, "the newest link only");
        insta::assert_snapshot!("setup", visitor.get(&uri).await.main());
        let weak =
            [("username", "wang"), ("name", "王敏"), ("password", "12345678"), ("password2", "12345678")];
        let weak = visitor.post(&uri, &weak).await;
        assert!(weak.status == 422 && weak.text().contains("太常见"));
        let fields = [
            ("username", "wang"),
            ("name", "王敏"),
            ("password", "滆湖边的樱花开了"),
            ("password2", "滆湖边的樱花开了"),
            ("combined", "1"),
        ];
        assert_eq!(visitor.post(&uri, &fields).await.location(), "/desk");
        assert!(
            visitor.get("/desk").await.text().contains("请先开启两步验证"),
            "demanded from the first day"
        );
        assert_eq!(visitor.get("/accounts").await.status, 403, "and before anything else");
        assert_eq!(visitor.post(&uri, &fields).await.status, 404, "once only");
        let mut tx = db.begin_write().await?;
        assert_eq!(setup_link(&mut tx).await?, None);
        tx.commit().await?;
        let mut tx = db.begin_read().await?;
        let details: String =
            tx.scalar("select details from audit_row where action = 'identity.setup'", params![]).await?;
        assert_eq!(details, r#"{"combined_administrators":true}"#);
        let roles: String = tx.scalar("select roles from identity_account_entry", params![]).await?;
        assert_eq!(roles, "manager;system_admin;security_admin;audit_admin");
        Ok(())
    });
}

#[test]
fn what_failed_and_what_succeeded_is_in_the_trail_without_what_was_typed() {
    on_both(|db, _, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut visitor = Visitor::new(&server);
        visitor.get("/login").await;
        visitor.post("/login", &[("username", "my secret password"), ("password", "x")]).await;
        visitor.post("/login", &[("username", "zhang"), ("password", "wrong horse")]).await;
        log_in(&mut visitor, "zhang").await;
        let mut tx = db.begin_read().await?;
        let rows: Vec<(Option<i64>, String, i64, String)> =
            tx.all("select actor, action, object_id, details from audit_row where action like 'identity.login%' order by id", params![]).await?;
        assert_eq!(rows.len(), 3);
        assert!(rows[0].0.is_none() && rows[0].2 == 0 && rows[1].0.is_none() && rows[1].2 > 0);
        assert_eq!((rows[2].0, rows[2].1.as_str()), (Some(rows[1].2), "identity.login"));
        assert!(rows.iter().all(|row| !row.3.contains("secret") && !row.3.contains("horse")), "{rows:?}");
        let seen: Moment = tx.scalar("select last_login_at from identity_account_entry", params![]).await?;
        assert_eq!(seen, db.wall().now());
        Ok(())
    });
}
