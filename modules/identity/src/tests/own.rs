//! The own account: password, second factor, bound browsers.

use super::{between, inside, log_in, on_both};
use crate::{
    actions::invite::{InvitationKind, invite},
    testing::{PASSWORD, an_account, an_account_with},
};
use kernel::{Id, Moment, Result};
use store::{Db, params};
use testkit::Visitor;
use web::Role;

/// The code that the app shows at that moment for the secret on the page.
pub(super) fn code(secret: &str, now: Moment) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a factor");
    totp.generate(u64::try_from(now.micros() / 1_000_000).expect("after 1970")).to_string()
}

/// Switches the second factor on; the secret and the page with the recovery codes.
async fn switch_on(visitor: &mut Visitor<'_>, now: Moment) -> (String, String) {
    visitor.get("/me/second-factor").await;
    assert_eq!(visitor.post("/me/second-factor", &[]).await.location(), "/me/second-factor");
    let page = visitor.get("/me/second-factor").await.text();
    let secret = between(&page, r#"id="secret">"#, "<").replace(' ', "");
    assert!(page.contains("<svg") && secret.len() == 32);
    let wrong = visitor.post("/me/second-factor/confirm", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    let done = visitor.post("/me/second-factor/confirm", &[("code", &code(&secret, now))]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    (secret, done.text())
}

#[test]
fn the_second_factor_is_asked_for_once_per_code() {
    on_both(|db, wall, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let now = || db.wall().now();
        let mut visitor = inside(&server, "zhang").await;
        let (secret, page) = switch_on(&mut visitor, now()).await;
        let sealed: String = db
            .begin_read()
            .await?
            .scalar("select totp_secret_sealed from identity_account_entry", params![])
            .await?;
        assert!(!sealed.contains(&secret));
        visitor.get("/me").await;
        visitor.post("/logout", &[]).await;

        let asked = log_in(&mut visitor, "zhang").await;
        assert_eq!(asked.status, 200);
        insta::assert_snapshot!("code", blank_waiting(&asked.main()));
        assert!(visitor.cookie("farun_session").is_none(), "the password alone opens nothing");
        let waiting = between(&asked.text(), r#"name="waiting" value=""#, "\"").to_owned();
        visitor.set_cookie("farun_session", &waiting);
        assert_eq!(visitor.get("/desk").await.status, 303, "nor does the waiting session as a cookie");
        visitor.set_cookie("farun_session", "");
        visitor.get("/login").await;
        let replay =
            visitor.post("/login/code", &[("waiting", &waiting), ("code", &code(&secret, now()))]).await;
        assert_eq!(replay.status, 422, "the code that switched it on is used up");
        wall.advance(30);
        let fields = [("waiting", waiting.as_str()), ("code", &code(&secret, now())), ("next", "/me")];
        assert_eq!(visitor.post("/login/code", &fields).await.location(), "/me");
        assert_eq!(visitor.get("/me").await.status, 200);
        visitor.post("/logout", &[]).await;

        let recovery = between(between(&page, r#"id="codes">"#, "</ol>"), "<li>", "</li>").to_owned();
        for (attempt, good) in [(1, true), (2, false)] {
            let asked = log_in(&mut visitor, "zhang").await.text();
            let waiting = between(&asked, r#"name="waiting" value=""#, "\"").to_owned();
            let answer = visitor
                .post("/login/code", &[("waiting", &waiting), ("code", &recovery.to_uppercase())])
                .await;
            assert_eq!(answer.status == 303, good, "attempt {attempt}");
            if good {
                visitor.get("/me").await;
                visitor.post("/logout", &[]).await;
            }
        }
        Ok(())
    });
}

fn blank_waiting(main: &str) -> String {
    main.replace(between(main, r#"name="waiting" value=""#, "\""), "…")
}

#[test]
fn codes_cannot_be_guessed_with_a_stolen_password() {
    on_both(|db, wall, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut owner = inside(&server, "zhang").await;
        switch_on(&mut owner, db.wall().now()).await;
        let mut thief = Visitor::new(&server);
        let asked = log_in(&mut thief, "zhang").await.text();
        let waiting = between(&asked, r#"name="waiting" value=""#, "\"").to_owned();
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(
                thief.post("/login/code", &[("waiting", &waiting), ("code", "000000")]).await.status.as_u16(),
            );
        }
        assert_eq!(statuses, [422, 422, 422, 422, 409, 409], "five codes, then the password again");
        assert_eq!(
            log_in(&mut thief, "zhang").await.status,
            429,
            "and that is locked like after wrong passwords"
        );
        wall.advance(11 * 60);
        let asked = log_in(&mut thief, "zhang").await.text();
        let waiting = between(&asked, r#"name="waiting" value=""#, "\"").to_owned();
        wall.advance(11 * 60);
        let late = thief.post("/login/code", &[("waiting", &waiting), ("code", "000000")]).await;
        assert!(late.status == 409 && late.text().contains("验证超时"));
        Ok(())
    });
}

#[test]
fn where_it_is_demanded_the_second_factor_comes_before_everything() {
    on_both(|db, _, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut tx = db.begin_write().await?;
        store::set_setting(&mut tx, crate::REQUIRE_SECOND_FACTOR, "yes").await?;
        tx.commit().await?;
        let mut visitor = inside(&server, "zhang").await;
        assert!(visitor.get("/desk").await.text().contains("请先开启两步验证"));
        assert_eq!(visitor.get("/accounts").await.status, 403);
        switch_on(&mut visitor, db.wall().now()).await;
        assert_eq!(visitor.get("/accounts").await.status, 200, "at once, in the same session");
        let page = visitor.get("/me/second-factor").await.text();
        assert!(page.contains("不能自行关闭"));
        let refused = visitor.post("/me/second-factor/off", &[("old", PASSWORD)]).await;
        assert_eq!(refused.status, 403);
        let codes = visitor.post("/me/second-factor/codes", &[("old", PASSWORD)]).await;
        assert!(codes.text().contains("备用码，只显示这一次"));
        let mut tx = db.begin_write().await?;
        store::set_setting(&mut tx, crate::REQUIRE_SECOND_FACTOR, "no").await?;
        tx.commit().await?;
        visitor.get("/me/second-factor").await;
        assert_eq!(visitor.post("/me/second-factor/off", &[("old", "wrong")]).await.status, 422);
        assert_eq!(visitor.post("/me/second-factor/off", &[("old", PASSWORD)]).await.location(), "/me");
        assert!(visitor.get("/me").await.text().contains("未开启"));
        Ok(())
    });
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    on_both(|db, _, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut here = inside(&server, "zhang").await;
        let mut there = inside(&server, "zhang").await;
        insta::assert_snapshot!("me", blank_ids(&here.get("/me").await.main()));
        let fields = |old, new, again| [("old", old), ("password", new), ("password2", again)];
        let wrong = here.post("/me/password", &fields("wrong", "a new sentence", "a new sentence")).await;
        assert!(wrong.status == 422 && wrong.text().contains("现在的密码不对"));
        assert_eq!(
            here.post("/me/password", &fields(PASSWORD, "zhang-2026!", "zhang-2026!")).await.status,
            422,
            "no user name in it"
        );
        assert_eq!(
            here.post("/me/password", &fields(PASSWORD, "a new sentence", "another")).await.status,
            422
        );
        assert_eq!(
            here.post("/me/password", &fields(PASSWORD, "a new sentence", "a new sentence")).await.location(),
            "/me"
        );
        assert_eq!(here.get("/me").await.status, 200);
        assert_eq!(there.get("/me").await.status, 303);
        assert_eq!(log_in(&mut there, "zhang").await.status, 422, "the old password is gone");
        Ok(())
    });
}

fn blank_ids(main: &str) -> String {
    // Ids depend on what else the test made before.
    main.split("/me/devices/")
        .map(|part| part.split_once("/unbind").map_or(part.to_owned(), |(_, rest)| format!("/unbind{rest}")))
        .collect()
}

#[test]
fn people_see_and_end_their_own_sessions_and_browsers_only() {
    on_both(|db, _, server| async move {
        let zhang = an_account(&db, "zhang", &[Role::Manager]).await?;
        an_account(&db, "li", &[Role::Manager]).await?;
        let mut here = inside(&server, "zhang").await;
        let mut there = inside(&server, "zhang").await;
        let mut other = inside(&server, "li").await;
        let device: Id<crate::store::device::Device> = db
            .begin_read()
            .await?
            .scalar(
                "select id from identity_device_entry where account_id = $1 order by id desc limit 1",
                params![zhang],
            )
            .await?;
        other.get("/me").await;
        assert_eq!(other.post(&format!("/me/devices/{device}/unbind"), &[]).await.status, 404, "not theirs");
        here.get("/me").await;
        assert_eq!(here.post(&format!("/me/devices/{device}/unbind"), &[]).await.location(), "/me");
        assert_eq!(there.get("/desk").await.status, 303, "what began on that browser has ended");
        let mut third = inside(&server, "zhang").await;
        here.get("/me").await;
        assert_eq!(here.post("/me/sessions/end", &[]).await.location(), "/me");
        assert_eq!(
            (here.get("/me").await.status.as_u16(), third.get("/me").await.status.as_u16()),
            (200, 303)
        );
        assert_eq!(other.get("/me").await.status, 200);
        Ok(())
    });
}

async fn an_adviser(db: &Db) -> Result<Id<crate::Account>> {
    let unit = places::testing::two_towns(db).await?[0];
    an_account_with(db, "contact", &[Role::VillageContact], &[], Some(unit.raw())).await
}

async fn invitation(db: &Db, account: Id<crate::Account>, kind: InvitationKind) -> Result<String> {
    let mut tx = db.begin_write().await?;
    let link = invite(&mut tx, None, account, kind).await?;
    tx.commit().await?;
    Ok(format!("/join/{link}"))
}

#[test]
fn a_browser_is_bound_once_and_opened_with_its_pin() {
    on_both(|db, wall, server| async move {
        let account = an_adviser(&db).await?;
        let stale = invitation(&db, account, InvitationKind::Device).await?;
        let link = invitation(&db, account, InvitationKind::Device).await?;
        let mut phone = Visitor::new(&server);
        assert_eq!(phone.get(&stale).await.status, 404, "a newer link ends the older one");
        insta::assert_snapshot!("join", phone.get(&link).await.main());
        assert_eq!(phone.post(&link, &[("pin", "123456"), ("pin2", "123456")]).await.status, 422);
        assert_eq!(phone.post(&link, &[("pin", "274193"), ("pin2", "274194")]).await.status, 422);
        assert_eq!(phone.post(&link, &[("pin", "274193"), ("pin2", "274193")]).await.location(), "/desk");
        assert_eq!(phone.get("/desk").await.status, 200);
        assert_eq!(Visitor::new(&server).get(&link).await.status, 404, "used");
        wall.advance(11 * 3600);
        assert_eq!(phone.get("/desk").await.status, 200, "no idleness on a bound telephone");
        wall.advance(3600);
        assert_eq!(phone.get("/desk").await.status, 303, "after twelve hours the PIN again");
        let page = phone.get("/login").await.text();
        assert!(page.contains("以“contact本人”登录"));
        assert!(phone.post("/login/pin", &[("pin", "274194")]).await.text().contains("还可以再试 4 次"));
        assert_eq!(phone.post("/login/pin", &[("pin", "274193")]).await.location(), "/desk");

        wall.advance(31 * 86_400);
        phone.get("/login").await;
        let rested = phone.post("/login/pin", &[("pin", "274193")]).await;
        assert!(rested.status == 409 && rested.text().contains("请业务主管重新发二维码"), "a month unused");
        assert!(!phone.get("/login").await.text().contains("PIN"));
        Ok(())
    });
}

#[test]
fn a_password_set_by_a_link_unbinds_every_browser() {
    on_both(|db, _, server| async move {
        let account = an_adviser(&db).await?;
        let link = invitation(&db, account, InvitationKind::Device).await?;
        let mut phone = Visitor::new(&server);
        phone.get(&link).await;
        assert_eq!(phone.post(&link, &[("pin", "274193"), ("pin2", "274193")]).await.location(), "/desk");
        let reset = invitation(&db, account, InvitationKind::Account).await?;
        let mut desk = Visitor::new(&server);
        desk.get(&reset).await;
        let password = "correct horse battery";
        let set = desk.post(&reset, &[("password", password), ("password2", password)]).await;
        assert!(set.status.is_success() || set.status.is_redirection(), "{}", set.text());
        assert_eq!(phone.get("/desk").await.status, 303, "what the lost one opened is closed");
        assert!(!phone.get("/login").await.text().contains("PIN"), "and the PIN opens nothing");
        Ok(())
    });
}

#[test]
fn five_wrong_pins_unbind_the_browser() {
    on_both(|db, _, server| async move {
        let account = an_adviser(&db).await?;
        let link = invitation(&db, account, InvitationKind::Device).await?;
        let mut phone = Visitor::new(&server);
        phone.get(&link).await;
        phone.post(&link, &[("pin", "274193"), ("pin2", "274193")]).await;
        phone.get("/desk").await;
        phone.post("/logout", &[]).await;
        phone.get("/login").await;
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(phone.post("/login/pin", &[("pin", "274194")]).await.status.as_u16());
        }
        assert_eq!(statuses, [422, 422, 422, 422, 409]);
        assert_eq!(
            phone.post("/login/pin", &[("pin", "274193")]).await.status,
            409,
            "the right PIN is too late"
        );
        let stolen = phone.cookie("farun_device").expect("a device cookie").to_owned();
        let mut other = Visitor::new(&server);
        other.set_cookie("farun_device", &stolen);
        other.get("/login").await;
        assert_eq!(other.post("/login/pin", &[("pin", "274193")]).await.status, 409);
        Ok(())
    });
}

#[test]
fn the_command_line_helps_the_only_administrator() {
    on_both(|db, _, server| async move {
        let mut tx = db.begin_write().await?;
        store::set_setting(&mut tx, crate::actions::combine::COMBINED, "yes").await?;
        tx.commit().await?;
        an_account(&db, "zhang", &[Role::SystemAdmin, Role::SecurityAdmin]).await?;
        switch_on(&mut inside(&server, "zhang").await, db.wall().now()).await;
        let mut tx = db.begin_write().await?;
        assert_eq!(crate::rescue_link(&mut tx, "nobody").await?, None);
        let link = crate::rescue_link(&mut tx, "ZHANG").await?.expect("there is such an account");
        tx.commit().await?;
        let mut visitor = Visitor::new(&server);
        let uri = format!("/join/{link}");
        visitor.get(&uri).await;
        assert_eq!(
            visitor
                .post(&uri, &[("password", "a new sentence"), ("password2", "a new sentence")])
                .await
                .status,
            200
        );
        visitor.get("/login").await;
        assert_eq!(
            visitor.post("/login", &[("username", "zhang"), ("password", "a new sentence")]).await.status,
            303,
            "no code"
        );
        Ok(())
    });
}

#[test]
fn links_end_after_three_days_and_a_password_link_sets_a_password() {
    on_both(|db, wall, server| async move {
        let account = an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut before = inside(&server, "zhang").await;
        let link = invitation(&db, account, InvitationKind::Account).await?;
        wall.advance(72 * 3600);
        let mut visitor = Visitor::new(&server);
        let late = visitor.get(&link).await;
        assert!(late.status == 404 && late.text().contains("已过期"));
        let link = invitation(&db, account, InvitationKind::Account).await?;
        wall.advance(72 * 3600 - 1);
        log_in(&mut before, "zhang").await;
        assert!(visitor.get(&link).await.text().contains("用户名：<b>zhang</b>"));
        assert_eq!(visitor.post(&link, &[("password", "short"), ("password2", "short")]).await.status, 422);
        let done =
            visitor.post(&link, &[("password", "a new sentence"), ("password2", "a new sentence")]).await;
        assert!(done.status == 200 && done.text().contains("密码已设好"));
        assert_eq!(
            visitor
                .post(&link, &[("password", "a new sentence"), ("password2", "a new sentence")])
                .await
                .status,
            404
        );
        assert_eq!(before.get("/desk").await.status, 303, "sessions of the old password have ended");
        visitor.get("/login").await;
        assert_eq!(
            visitor.post("/login", &[("username", "zhang"), ("password", "a new sentence")]).await.status,
            303
        );
        Ok(())
    });
}

#[test]
fn a_session_left_open_binds_no_second_factor_without_the_password() {
    on_both(|db, wall, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut visitor = inside(&server, "zhang").await;
        wall.advance(11 * 60);
        assert!(visitor.get("/me/second-factor").await.text().contains(r#"id="begin_old""#));
        for (old, status) in [("", 422), ("wrong horse", 422), (PASSWORD, 303)] {
            assert_eq!(visitor.post("/me/second-factor", &[("old", old)]).await.status, status, "{old}");
        }
        assert!(visitor.get("/me/second-factor").await.text().contains(r#"id="secret""#));
        Ok(())
    });
}

#[test]
fn the_own_page_says_when_one_logged_in_last_and_what_went_wrong_since() {
    on_both(|db, wall, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut first = inside(&server, "zhang").await;
        assert!(!first.get("/me").await.text().contains("上次登录"));
        wall.advance(3600);
        let mut other = Visitor::new(&server);
        other.get("/login").await;
        other.post("/login", &[("username", "zhang"), ("password", "wrong horse")]).await;
        wall.advance(3600);
        let mut second = inside(&server, "zhang").await;
        let page = second.get("/me").await.text();
        assert!(page.contains("<dt>上次登录</dt><dd>2022年5月6日 09:00，此后密码输错 1 次"), "{page}");
        Ok(())
    });
}

#[test]
fn a_password_is_taken_as_it_was_typed() {
    on_both(|db, _, server| async move {
        an_account(&db, "zhang", &[Role::Manager]).await?;
        let mut visitor = inside(&server, "zhang").await;
        visitor.get("/me").await;
        let long =
            " Im Walde zwei Wege boten sich mir dar, und ich nahm den, der weniger begangen war. ".to_owned();
        let fields = [("old", PASSWORD), ("password", long.as_str()), ("password2", long.as_str())];
        assert_eq!(visitor.post("/me/password", &fields).await.status, 303, "more than 64 characters");
        for (typed, status) in [(long.trim(), 422), (&long[..long.len() - 2], 422), (long.as_str(), 303)] {
            let mut again = Visitor::new(&server);
            again.get("/login").await;
            let answer = again.post("/login", &[("username", "zhang"), ("password", typed)]).await;
            assert_eq!(answer.status, status, "{typed:?}");
        }
        Ok(())
    });
}
