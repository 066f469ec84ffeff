//! When sessions end: each reason from the next request on, and in every browser of the account that it concerns.

use super::{between, inside, log_in, on_both};
use crate::testing::{PASSWORD, an_account};
use kernel::Id;
use store::params;
use testkit::Visitor;
use web::Role;

/// Whether the browser is logged in now.
async fn is_in(visitor: &mut Visitor<'_>) -> bool {
    visitor.get("/me").await.status == 200
}

#[test]
fn a_log_in_makes_a_new_session_and_ends_the_one_before() {
    on_both(|db, _, server| async move {
        an_account(&db, "li", &[Role::Manager]).await?;
        let mut first = inside(&server, "li").await;
        let old = first.cookie("farun_session").expect("a session").to_owned();
        first.post("/login", &[("username", "li"), ("password", PASSWORD)]).await;
        let new = first.cookie("farun_session").expect("a session").to_owned();
        assert_ne!(old, new);
        let mut thief = Visitor::new(&server);
        thief.set_cookie("farun_session", &old);
        assert!(!is_in(&mut thief).await, "whoever planted or saw the old one has nothing");
        assert!(is_in(&mut first).await);
        Ok(())
    });
}

#[test]
fn logging_out_ends_this_session_and_no_other() {
    on_both(|db, _, server| async move {
        an_account(&db, "li", &[Role::Manager]).await?;
        let (mut one, mut two) = (inside(&server, "li").await, inside(&server, "li").await);
        let cookie = one.cookie("farun_session").expect("a session").to_owned();
        let left = one.post("/logout", &[]).await;
        assert_eq!(left.headers.get("clear-site-data").and_then(|v| v.to_str().ok()), Some("\"cache\""));
        one.set_cookie("farun_session", &cookie);
        assert!(!is_in(&mut one).await && is_in(&mut two).await);
        Ok(())
    });
}

#[test]
fn taking_an_account_out_of_use_ends_all_its_sessions() {
    on_both(|db, _, server| async move {
        let li = an_account(&db, "li", &[Role::Manager]).await?;
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        let (mut one, mut two) = (inside(&server, "li").await, inside(&server, "li").await);
        let mut admin = inside(&server, "sys").await;
        admin.get("/me").await;
        let uri = format!("/accounts/{li}/state");
        let silent = admin.post(&uri, &[("to", "deactivated")]).await;
        assert!(silent.status == 422 && silent.text().contains("请填写原因"), "{}", silent.text());
        assert!(is_in(&mut one).await, "refused: nothing happened");
        let done = admin.post(&uri, &[("to", "deactivated"), ("reason", "离职")]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert!(!is_in(&mut one).await && !is_in(&mut two).await);
        assert_eq!(log_in(&mut one, "li").await.status, 422);
        assert_eq!(admin.post(&uri, &[("to", "deactivated"), ("reason", "离职")]).await.status, 409);
        assert_eq!(admin.post(&uri, &[("to", "active"), ("reason", "返岗")]).await.status, 303);
        assert_eq!(log_in(&mut one, "li").await.status, 303);
        let page = admin.get(&format!("/accounts/{li}")).await.text();
        assert!(
            page.contains("原因：离职") && page.contains("原因：返岗") && page.contains("sys本人"),
            "{page}"
        );
        Ok(())
    });
}

#[test]
fn a_change_of_roles_ends_all_sessions_and_holds_at_once() {
    on_both(|db, _, server| async move {
        let li = an_account(&db, "li", &[Role::Manager]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let (mut one, mut two) = (inside(&server, "li").await, inside(&server, "li").await);
        let mut security = inside(&server, "sec").await;
        security.get("/me").await;
        let fields = [("roles", "clerk"), ("version", "1")];
        assert_eq!(security.post(&format!("/accounts/{li}/roles"), &fields).await.status, 303);
        assert!(!is_in(&mut one).await && !is_in(&mut two).await);
        // The planted fault: had the sessions not been ended, they would open again, though with the new roles only.
        let mut tx = db.begin_write().await?;
        tx.execute("update identity_session_entry set revoked_at = null", params![]).await?;
        tx.commit().await?;
        assert!(is_in(&mut one).await);
        assert_eq!(one.get("/accounts").await.status, 403);
        Ok(())
    });
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    on_both(|db, _, server| async move {
        an_account(&db, "li", &[Role::Manager]).await?;
        let (mut one, mut two) = (inside(&server, "li").await, inside(&server, "li").await);
        one.get("/me").await;
        let fields = [("old", PASSWORD), ("password", "滆湖边的樱花开了"), ("password2", "滆湖边的樱花开了")];
        assert_eq!(one.post("/me/password", &fields).await.status, 303);
        assert!(is_in(&mut one).await && !is_in(&mut two).await);
        Ok(())
    });
}

#[test]
fn a_second_factor_on_off_or_reset_ends_what_was_opened_before() {
    on_both(|db, wall, server| async move {
        let li = an_account(&db, "li", &[Role::Manager]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let (mut one, mut two) = (inside(&server, "li").await, inside(&server, "li").await);
        one.get("/me/second-factor").await;
        one.post("/me/second-factor", &[]).await;
        let page = one.get("/me/second-factor").await.text();
        let secret = between(&page, r#"id="secret">"#, "<").replace(' ', "");
        let code = super::own::code(&secret, kernel::Clock::now(&*wall));
        assert_eq!(one.post("/me/second-factor/confirm", &[("code", &code)]).await.status, 200);
        assert!(is_in(&mut one).await && !is_in(&mut two).await, "on");

        wall.advance(60);
        log_in(&mut two, "li").await;
        let waiting = two.get("/login").await;
        assert_eq!(waiting.status, 200, "the code is still to come");
        one.get("/me/second-factor").await;
        let mut tx = db.begin_write().await?;
        let other = crate::store::session::NewSession {
            account: li,
            digest: &crate::token::digest("another"),
            now: db.wall().now(),
            lasts: 3600,
            idle: 3600,
            second_factor_done: true,
            device: None,
        };
        crate::store::session::insert(&mut tx, &other).await?;
        tx.commit().await?;
        two.set_cookie("farun_session", "another");
        assert!(is_in(&mut two).await);
        assert_eq!(one.post("/me/second-factor/off", &[("old", PASSWORD)]).await.status, 303);
        assert!(is_in(&mut one).await && !is_in(&mut two).await, "off");

        let mut security = inside(&server, "sec").await;
        security.get("/me").await;
        let reset = security.post(&format!("/accounts/{li}/reset-second-factor"), &[]).await;
        assert_eq!(reset.status, 303);
        assert!(!is_in(&mut one).await, "reset");
        Ok(())
    });
}

#[test]
fn the_security_administrator_sees_sessions_and_ends_one() {
    on_both(|db, _, server| async move {
        let li = an_account(&db, "li", &[Role::Manager]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let mut one = inside(&server, "li").await;
        let mut security = inside(&server, "sec").await;
        let page = security.get(&format!("/accounts/{li}")).await.text();
        let mark = format!("/accounts/{li}/sessions/");
        assert_eq!(page.matches(&mark).count(), 1, "{page}");
        let session = between(&page, &mark, "/end").to_owned();
        let mut two = inside(&server, "li").await;
        let sec = Id::<crate::Account>::from_raw(
            db.begin_read()
                .await?
                .scalar("select id from identity_account_entry where username = 'sec'", params![])
                .await?,
        )
        .expect("an id");
        let elsewhere = security.post(&format!("/accounts/{sec}/sessions/{session}/end"), &[]).await;
        assert_eq!(elsewhere.status, 404, "another account's session is not found there");
        assert_eq!(security.post(&format!("{mark}{session}/end"), &[]).await.status, 303);
        assert!(!is_in(&mut one).await && is_in(&mut two).await);
        assert_eq!(security.post(&format!("{mark}{session}/end"), &[]).await.status, 404);
        two.get("/me").await;
        assert_eq!(two.post(&format!("{mark}{session}/end"), &[]).await.status, 403);
        Ok(())
    });
}
