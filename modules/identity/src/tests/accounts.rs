//! What administrators do with accounts, and what they may not.

use super::{between, inside, log_in, on_both};
use crate::testing::{an_account, an_account_with};
use kernel::Id;
use store::params;
use testkit::Visitor;
use web::Role;

#[test]
fn the_list_is_searched_filtered_and_exported() {
    on_both(|db, _, server| async move {
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "clerk.li", &[Role::Clerk]).await?;
        an_account(&db, "both", &[Role::Clerk, Role::Manager]).await?;
        let mut sys = inside(&server, "sys").await;
        insta::assert_snapshot!("accounts", blank_ids(&sys.get("/accounts").await.main()));
        let clerks = sys.get("/accounts?role=clerk&state=active").await.text();
        assert!(clerks.contains("clerk.li") && clerks.contains(">both<") && !clerks.contains(">sys<"));
        let found = sys.get("/accounts?q=CLERK%25").await.text();
        assert!(found.contains("没有符合条件的账号"), "a typed wildcard is a character");
        assert!(sys.get("/accounts?q=Clerk.L").await.text().contains("clerk.li"));
        assert!(sys.get("/accounts?after=both~1").await.text().contains("clerk.li"));
        assert!(sys.get("/accounts?before=sys~999999999999999999").await.text().contains(">both<"));
        let file = sys.get("/accounts.xlsx").await;
        assert!(file.status == 200 && file.bytes.starts_with(b"PK"));
        let exports: i64 = db
            .begin_read()
            .await?
            .scalar("select count(*) from audit_row where action = 'identity.accounts.export'", params![])
            .await?;
        assert_eq!(exports, 1);
        let mut clerk = inside(&server, "clerk.li").await;
        assert_eq!(clerk.get("/accounts").await.status, 403);
        Ok(())
    });
}

#[test]
fn the_roll_has_everybody_in_use_with_their_reach() {
    on_both(|db, _, _| async move {
        let gone = an_account(&db, "gone", &[Role::Clerk]).await?;
        places::testing::two_towns(&db).await?;
        let mut tx = db.begin_read().await?;
        let towns: Vec<i64> = places::towns(&mut tx).await?.iter().map(|town| town.id.raw()).collect();
        drop(tx);
        an_account_with(&db, "officer", &[Role::TownOfficer], &towns, None).await?;
        an_account(&db, "both", &[Role::Clerk, Role::Manager]).await?;
        let mut tx = db.begin_write().await?;
        crate::store::account::set_state(&mut tx, gone, crate::AccountState::Deactivated).await?;
        tx.commit().await?;
        let mut tx = db.begin_read().await?;
        let roll = crate::everybody(&mut tx).await?;
        let found: Vec<(&str, usize, web::Reach)> =
            roll.iter().map(|actor| (actor.name.as_str(), actor.roles.len(), actor.reach())).collect();
        let mut sorted = towns.clone();
        sorted.sort_unstable();
        assert_eq!(
            found,
            [("officer本人", 1, web::Reach::Towns(sorted)), ("both本人", 2, web::Reach::Region)]
        );
        Ok(())
    });
}

pub(super) fn blank_ids(main: &str) -> String {
    let mut parts = main.split("320412-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "…" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn an_account_is_set_up_with_its_scope() {
    on_both(|db, _, server| async move {
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        let units = places::testing::two_towns(&db).await?;
        let mut tx = db.begin_read().await?;
        let town = places::towns(&mut tx).await?[0].id.to_string();
        drop(tx);
        let mut sys = inside(&server, "sys").await;
        insta::assert_snapshot!("account_form", blank_ids(&sys.get("/accounts/new").await.main()));
        let missing = sys
            .post("/accounts/new", &[("username", "of.luoyang"), ("name", "张三"), ("roles", "town_officer")])
            .await;
        assert!(missing.status == 422 && missing.text().contains("司法所工作人员要选负责的镇（街道）"));
        let missing = sys
            .post("/accounts/new", &[("username", "x y"), ("name", ""), ("roles", "village_contact")])
            .await;
        assert!(missing.text().contains("请填写姓名") && missing.text().contains("请选择对应的村（社区）"));
        let wrong = sys
            .post(
                "/accounts/new",
                &[
                    ("username", "contact"),
                    ("name", "李四"),
                    ("roles", "village_contact"),
                    ("unit", "320412-99999"),
                ],
            )
            .await;
        assert!(wrong.status == 422 && wrong.text().contains("名册里没有"), "{}", wrong.text());
        let two = [("username", "x1"), ("name", "李四"), ("roles", "village_contact"), ("roles", "adviser")];
        assert!(sys.post("/accounts/new", &two).await.text().contains("只能选一种"));

        let fields = [
            ("username", "of.luoyang"),
            ("name", "张三"),
            ("roles", "town_officer"),
            ("towns", town.as_str()),
            ("towns", town.as_str()),
        ];
        let made = sys.post("/accounts/new", &fields).await;
        assert_eq!(made.status, 303, "{}", made.text());
        let page = sys.get(made.location()).await;
        assert!(page.text().contains("负责的镇（街道）"));
        insta::assert_snapshot!("account", blank_ids(&page.main()));
        let again = sys
            .post("/accounts/new", &[("username", "OF.Luoyang"), ("name", "李四"), ("roles", "clerk")])
            .await;
        assert!(again.status == 422 && again.text().contains("已经有人用了"));
        let (firms, lawyers) = counsel::testing::two_firms(&db).await?;
        for (field, id, role, shown) in [
            ("lawyer", lawyers[0].to_string(), "adviser", "薛微澜 律师（江苏澄岚律师事务所）"),
            ("firm", firms[1].to_string(), "firm", "江苏砚衡律师事务所"),
        ] {
            let made = sys
                .post(
                    "/accounts/new",
                    &[("username", field), ("name", "王五"), ("roles", role), (field, &id)],
                )
                .await;
            assert!(sys.get(made.location()).await.text().contains(shown), "{shown}");
        }
        let unit = units[2].to_string();
        let made = sys
            .post(
                "/accounts/new",
                &[("username", "contact"), ("name", "李四"), ("roles", "village_contact"), ("unit", &unit)],
            )
            .await;
        assert!(sys.get(made.location()).await.text().contains("鸣凰社区"));
        Ok(())
    });
}

#[test]
fn only_the_first_security_administrator_is_made_by_the_system_administrator() {
    on_both(|db, _, server| async move {
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        let mut sys = inside(&server, "sys").await;
        assert!(sys.get("/desk").await.text().contains("还没有安全管理员"));
        sys.get("/accounts/new").await;
        assert_eq!(
            sys.post("/accounts/new", &[("username", "sec"), ("name", "甲"), ("roles", "security_admin")])
                .await
                .status,
            303
        );
        let second = sys
            .post("/accounts/new", &[("username", "sec2"), ("name", "乙"), ("roles", "security_admin")])
            .await;
        assert_eq!(second.status, 303);
        assert!(
            sys.get(second.location()).await.text().contains("待授予</span> 安全管理员"),
            "only proposed"
        );
        let held: i64 = db
            .begin_read()
            .await?
            .scalar("select count(*) from identity_account_entry where roles = 'security_admin'", params![])
            .await?;
        assert_eq!(held, 1);
        let desk = sys.get("/desk").await.text();
        assert!(!desk.contains("还没有安全管理员") && desk.contains("还没有审计管理员"));
        Ok(())
    });
}

#[test]
fn granted_roles_hold_at_the_next_request_and_nobody_grants_himself() {
    on_both(|db, _, server| async move {
        let sys = an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        let sec = an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let li = an_account(&db, "li", &[Role::Manager]).await?;
        let mut manager = inside(&server, "li").await;
        assert_eq!(manager.get("/accounts").await.status, 200);
        let mut security = inside(&server, "sec").await;
        let uri = format!("/accounts/{li}/roles");
        let page = security.get(&uri).await.text();
        let version = between(&page, r#"name="version" value=""#, "\"").to_owned();
        let mut admin = inside(&server, "sys").await;
        admin.get("/accounts").await;
        assert_eq!(
            admin.post(&format!("/accounts/{sys}/roles"), &[("roles", "manager")]).await.status,
            403,
            "the system administrator grants nothing"
        );
        let saved = security.post(&uri, &[("roles", "clerk"), ("version", &version)]).await;
        assert_eq!(saved.location(), format!("/accounts/{li}"), "{}", saved.text());
        assert_eq!(manager.get("/accounts").await.status, 303, "logged out at once");
        log_in(&mut manager, "li").await;
        assert_eq!(manager.get("/accounts").await.status, 403, "and in again with the new role only");
        let stale = security.post(&uri, &[("roles", "leader"), ("version", &version)]).await;
        assert!(
            stale.status == 409 && stale.text().contains("局领导") && stale.text().contains("窗口人员"),
            "{}",
            stale.text()
        );

        let own = security
            .post(
                &format!("/accounts/{sec}/roles"),
                &[("roles", "security_admin"), ("roles", "manager"), ("version", "1")],
            )
            .await;
        assert!(own.status == 403 && own.text().contains("不能修改自己的角色"));
        assert_eq!(security.get(&format!("/accounts/{sec}/roles")).await.status, 403);
        let details: String = db
            .begin_read()
            .await?
            .scalar("select details from audit_row where action = 'identity.roles.change'", params![])
            .await?;
        assert_eq!(details, r#"{"fields":["roles"],"from":"manager","to":"clerk"}"#);
        Ok(())
    });
}

#[test]
fn the_last_who_can_grant_stays() {
    on_both(|db, _, server| async move {
        let one = an_account(&db, "one", &[Role::SecurityAdmin]).await?;
        let two = an_account(&db, "two", &[Role::SecurityAdmin]).await?;
        let mut first = inside(&server, "one").await;
        let mut second = inside(&server, "two").await;
        first.get("/me").await;
        second.get("/me").await;
        assert_eq!(
            first
                .post(&format!("/accounts/{two}/state"), &[("to", "deactivated"), ("reason", "离职")])
                .await
                .status,
            303
        );
        assert_eq!(second.get("/me").await.status, 303);
        assert_eq!(
            first
                .post(&format!("/accounts/{one}/state"), &[("to", "deactivated"), ("reason", "离职")])
                .await
                .status,
            403,
            "not oneself"
        );
        assert_eq!(
            first
                .post(&format!("/accounts/{two}/state"), &[("to", "active"), ("reason", "返岗")])
                .await
                .status,
            303
        );
        let mut second = inside(&server, "two").await;
        let fields = [("roles", "clerk"), ("version", "1")];
        assert_eq!(second.post(&format!("/accounts/{one}/roles"), &fields).await.status, 303);
        let fields = [("roles", "clerk"), ("version", "3")];
        assert_eq!(second.post(&format!("/accounts/{two}/roles"), &fields).await.status, 403);
        Ok(())
    });
}

#[test]
fn names_and_scopes_are_changed_with_a_merge_for_the_slower() {
    on_both(|db, _, server| async move {
        let units = places::testing::two_towns(&db).await?;
        let sys = an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        let contact =
            an_account_with(&db, "contact", &[Role::VillageContact], &[], Some(units[0].raw())).await?;
        let mut admin = inside(&server, "sys").await;
        let uri = format!("/accounts/{contact}/edit");
        let page = admin.get(&uri).await.text();
        assert!(page.contains("selected>洛阳镇 谈家头村") && !page.contains("对应的律师"), "{page}");
        let unit = units[2].to_string();
        let fields = |name, version| [("name", name), ("unit", unit.as_str()), ("version", version)];
        assert_eq!(admin.post(&uri, &fields("新名字", "1")).await.status, 303);
        assert!(admin.get(&format!("/accounts/{contact}")).await.text().contains("鸣凰社区"));
        let stale = admin.post(&uri, &fields("别的名字", "1")).await;
        assert!(stale.status == 409 && stale.text().contains("新名字") && stale.text().contains("别的名字"));
        let mut tx = db.begin_read().await?;
        let town = places::towns(&mut tx).await?[0].id.to_string();
        drop(tx);
        let own = admin
            .post(&format!("/accounts/{sys}/edit"), &[("name", "我"), ("towns", &town), ("version", "1")])
            .await;
        assert!(own.status == 403 && own.text().contains("不能修改自己的管辖范围"));
        assert_eq!(admin.get("/accounts/320412-99999/edit").await.status, 404);
        assert_eq!(admin.get("/accounts/nonsense").await.status, 404);
        Ok(())
    });
}

#[test]
fn links_are_given_only_to_those_one_may_decide_about() {
    on_both(|db, _, server| async move {
        let units = places::testing::two_towns(&db).await?;
        let sys = an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        let sec = an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let manager = an_account(&db, "manager", &[Role::Manager]).await?;
        let contact =
            an_account_with(&db, "contact", &[Role::VillageContact], &[], Some(units[0].raw())).await?;
        let mut visitors = Vec::new();
        for name in ["sys", "sec", "manager"] {
            let mut visitor = inside(&server, name).await;
            visitor.get("/me").await;
            visitors.push(visitor);
        }
        let expected: [(&str, Id<crate::Account>, [u16; 3]); 8] = [
            ("reset", manager, [200, 403, 403]),
            ("reset", contact, [200, 403, 403]),
            ("reset", sec, [403, 403, 403]),
            ("reset", sys, [403, 200, 403]),
            ("invite", contact, [200, 403, 200]),
            ("invite", manager, [403, 403, 403]),
            ("invite", sys, [403, 403, 403]),
            ("unlock", contact, [403, 303, 403]),
        ];
        for (what, account, statuses) in expected {
            for (visitor, status) in visitors.iter_mut().zip(statuses) {
                let answer = visitor.post(&format!("/accounts/{account}/{what}"), &[]).await;
                assert_eq!(answer.status.as_u16(), status, "{what} {account}: {}", answer.text());
            }
        }
        let shown = visitors[2].post(&format!("/accounts/{contact}/invite"), &[]).await.text();
        let link = between(&shown, r#"id="link">"#, "<").to_owned();
        let path = link.strip_prefix("http://127.0.0.1:8080").expect("an absolute address");
        let mut phone = Visitor::new(&server);
        assert!(phone.get(path).await.text().contains("contact本人，请绑定本机"));
        phone.post(path, &[("pin", "805216"), ("pin2", "805216")]).await;
        assert_eq!(phone.get("/desk").await.status, 200);
        let page = visitors[2].get(&format!("/accounts/{contact}")).await.text();
        assert!(page.contains("已绑定 PIN") && page.contains("解除全部设备"));
        assert_eq!(visitors[0].post(&format!("/accounts/{sec}/unbind"), &[]).await.status, 403);
        assert_eq!(visitors[2].post(&format!("/accounts/{contact}/unbind"), &[]).await.status, 303);
        assert_eq!(phone.get("/desk").await.status, 303, "a lost telephone opens nothing");
        Ok(())
    });
}

#[test]
fn the_security_administrator_unlocks_ends_and_resets() {
    on_both(|db, _, server| async move {
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let li = an_account(&db, "li", &[Role::Manager]).await?;
        let mut security = inside(&server, "sec").await;
        let mut guesser = Visitor::new(&server);
        guesser.get("/login").await;
        for _ in 0..5 {
            guesser.post("/login", &[("username", "li"), ("password", "guess")]).await;
        }
        assert!(security.get(&format!("/accounts/{li}")).await.text().contains("已锁定"));
        assert_eq!(security.post(&format!("/accounts/{li}/unlock"), &[]).await.status, 303);
        assert_eq!(log_in(&mut guesser, "li").await.status, 303);
        assert_eq!(security.post(&format!("/accounts/{li}/end-sessions"), &[]).await.status, 303);
        assert_eq!(guesser.get("/desk").await.status, 303);
        let mut tx = db.begin_write().await?;
        crate::store::account::begin_totp(&mut tx, li, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").await?;
        crate::store::account::confirm_totp(&mut tx, li, 1).await?;
        tx.commit().await?;
        assert_eq!(log_in(&mut guesser, "li").await.status, 200, "the code is asked for");
        security.get("/me").await;
        assert_eq!(security.post(&format!("/accounts/{li}/reset-second-factor"), &[]).await.status, 303);
        assert_eq!(log_in(&mut guesser, "li").await.status, 303);
        assert_eq!(security.get("/accounts/security").await.status, 200);
        assert_eq!(security.post("/accounts/security", &[("require", "1")]).await.status, 303);
        assert_eq!(guesser.get("/accounts").await.status, 403, "demanded from the next request on");
        Ok(())
    });
}

#[test]
fn checks_find_missing_administrators_and_forgotten_accounts() {
    on_both(|db, wall, server| async move {
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "gone", &[Role::Clerk]).await?;
        wall.advance(181 * 86_400);
        inside(&server, "sys").await;
        let mut found = Vec::new();
        for check in crate::module().checks {
            let mut tx = db.begin_read().await?;
            found.extend(
                (check.run)(&mut tx, kernel::Day::parse("2022-05-06").expect("a day"))
                    .await?
                    .into_iter()
                    .map(|finding| finding.what),
            );
        }
        assert_eq!(
            found,
            ["没有在用的安全管理员", "没有在用的审计管理员", "“gone本人”的账号 180 天没有登录"]
        );
        Ok(())
    });
}

#[test]
fn the_matrix_shows_what_the_modules_declare() {
    on_both(|db, _, server| async move {
        an_account(&db, "audit", &[Role::AuditAdmin]).await?;
        let mut auditor = inside(&server, "audit").await;
        insta::assert_snapshot!("matrix", auditor.get("/accounts/matrix").await.main());
        an_account(&db, "clerk", &[Role::Clerk]).await?;
        assert_eq!(inside(&server, "clerk").await.get("/accounts/matrix").await.status, 403);
        Ok(())
    });
}
