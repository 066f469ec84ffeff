//! Three administrators apart, proposals of roles, invitations, accounts that nobody uses.

use super::{between, inside, on_both};
use crate::{
    NewAccount, create_account,
    testing::{an_account, an_account_with},
};
use kernel::{Day, Error};
use store::{Db, params};
use testkit::Visitor;
use web::{Finding, Role};

async fn findings(db: &Db, id: &str) -> kernel::Result<Vec<Finding>> {
    let check = crate::module().checks.into_iter().find(|check| check.id == id).expect("the check");
    let mut tx = db.begin_read().await?;
    Ok((check.run)(&mut tx, Day::parse("2022-05-06")?).await?)
}

#[test]
fn nobody_is_two_administrators_until_two_persons_say_so() {
    on_both(|db, _, server| async move {
        let sys = an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        an_account(&db, "auditor", &[Role::AuditAdmin]).await?;
        let li = an_account(&db, "li", &[Role::Clerk]).await?;
        let both = NewAccount {
            username: "both".to_owned(),
            name: "两个角色".to_owned(),
            roles: vec![Role::SystemAdmin, Role::AuditAdmin],
            towns: Vec::new(),
            subject: None,
            password_hash: None,
        };
        let mut tx = db.begin_write().await?;
        let refused = create_account(&mut tx, None, &both).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "not by the command line either");
        drop(tx);

        let mut security = inside(&server, "sec").await;
        let mut system = inside(&server, "sys").await;
        let uri = format!("/accounts/{li}/roles");
        security.get(&uri).await;
        let joined = [("roles", "clerk"), ("roles", "audit_admin"), ("version", "1")];
        let refused = security.post(&uri, &joined).await;
        assert!(refused.status == 422 && refused.text().contains("要由不同的人担任"), "{}", refused.text());

        system.get("/accounts/administrators").await;
        let page = system.get("/accounts/administrators").await;
        insta::assert_snapshot!("administrators", super::accounts::blank_ids(&page.main()));
        let silent = system.post("/accounts/administrators", &[("wanted", "1"), ("reason", "")]).await;
        assert!(silent.status == 422 && silent.text().contains("请写明理由"));
        let ask = [("wanted", "1"), ("reason", "只有两名工作人员")];
        assert_eq!(system.post("/accounts/administrators", &ask).await.status, 303);
        assert_eq!(security.post("/accounts/administrators", &ask).await.status, 409, "one at a time");
        let page = system.get("/accounts/administrators").await.text();
        let id = between(&page, "action=\"/accounts/administrators/", "\"").to_owned();
        let decide = format!("/accounts/administrators/{id}");
        let own = system.post(&decide, &[("decision", "approve")]).await;
        assert!(own.status == 403 && own.text().contains("不能批准自己的申请"), "{}", own.text());
        assert_eq!(security.post(&uri, &joined).await.status, 422, "nothing holds yet");
        assert!(findings(&db, "identity.combined").await?.is_empty());
        security.get("/accounts/administrators").await;
        assert_eq!(security.post(&decide, &[("decision", "approve")]).await.status, 303);
        assert_eq!(security.post(&decide, &[("decision", "approve")]).await.status, 404, "decided once");
        assert_eq!(security.post(&uri, &joined).await.status, 303);

        assert!(security.get("/accounts").await.text().contains("允许一人兼任"), "the banner");
        assert!(security.get("/accounts/matrix").await.text().contains("本单位现在允许一人兼任"));
        let found = findings(&db, "identity.combined").await?;
        assert_eq!(found[0].what, "li本人兼任几个管理员或业务角色");
        assert!(findings(&db, "identity.apart").await?.is_empty(), "it is on record");
        // The planted fault: a hand in the database switches the setting off while somebody holds two.
        let mut tx = db.begin_write().await?;
        store::set_setting(&mut tx, crate::actions::combine::COMBINED, "no").await?;
        tx.commit().await?;
        assert_eq!(findings(&db, "identity.apart").await?.len(), 1);
        let mut tx = db.begin_write().await?;
        store::set_setting(&mut tx, crate::actions::combine::COMBINED, "yes").await?;
        tx.commit().await?;

        // Back again: asked for by the one, refused while it is still held, then approved by the other.
        security.get("/accounts/administrators").await;
        let back = [("wanted", "0"), ("reason", "人员已配齐")];
        assert_eq!(security.post("/accounts/administrators", &back).await.status, 303);
        let page = system.get("/accounts/administrators").await.text();
        let id = between(&page, "action=\"/accounts/administrators/", "\"").to_owned();
        let decide = format!("/accounts/administrators/{id}");
        assert_eq!(system.post(&decide, &[("decision", "approve")]).await.status, 409, "still held together");
        assert_eq!(security.post(&uri, &[("roles", "clerk"), ("version", "2")]).await.status, 303);
        assert_eq!(system.post(&decide, &[("decision", "approve")]).await.status, 303);
        assert!(!security.get("/accounts").await.text().contains("允许一人兼任"));
        let mut auditor = inside(&server, "auditor").await;
        let trail = auditor.get("/audit?action=identity.combine.decide").await.text();
        assert_eq!(trail.matches("批准或退回管理员兼任<br>").count(), 2, "{trail}");
        assert_eq!(
            auditor.get("/accounts/administrators").await.status,
            403,
            "the auditor only reads the trail"
        );
        assert_eq!(auditor.post("/accounts/administrators", &ask).await.status, 403);
        // The asker may take a request back.
        security.get("/accounts/administrators").await;
        assert_eq!(security.post("/accounts/administrators", &ask).await.status, 303);
        let page = security.get("/accounts/administrators").await.text();
        let id = between(&page, "action=\"/accounts/administrators/", "\"").to_owned();
        let back = security.post(&format!("/accounts/administrators/{id}"), &[("decision", "refuse")]).await;
        assert_eq!(back.status, 303);
        assert_eq!(security.post(&format!("/accounts/{sys}/roles"), &[("version", "1")]).await.status, 303);
        Ok(())
    });
}

#[test]
fn the_system_administrator_proposes_and_the_security_administrator_grants() {
    on_both(|db, _, server| async move {
        let units = places::testing::two_towns(&db).await?;
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let mut system = inside(&server, "sys").await;
        let unit = units[0].to_string();
        system.get("/accounts/new").await;
        let fields =
            [("username", "contact"), ("name", "李四"), ("roles", "village_contact"), ("unit", &unit)];
        let made = system.post("/accounts/new", &fields).await;
        assert_eq!(made.status, 303, "{}", made.text());
        let uri = made.location().to_owned();
        let roles: String = db
            .begin_read()
            .await?
            .scalar("select roles from identity_account_entry where username = 'contact'", params![])
            .await?;
        assert_eq!(roles, "", "an account without roles opens nothing");
        assert!(system.get(&uri).await.text().contains("待授予"));
        assert_eq!(system.get(&format!("{uri}/roles")).await.status, 403);
        let mut security = inside(&server, "sec").await;
        assert!(security.get("/accounts").await.text().contains("有 1 个账号等待安全管理员授予角色"));
        assert!(security.get("/accounts?waiting=1").await.text().contains("contact"));
        let form = security.get(&format!("{uri}/roles")).await.text();
        assert!(
            form.contains(r#"value="village_contact" checked"#) && form.contains("selected>洛阳镇 谈家头村")
        );
        let fields = [("roles", "village_contact"), ("unit", unit.as_str()), ("version", "1")];
        assert_eq!(security.post(&format!("{uri}/roles"), &fields).await.status, 303);
        let page = security.get(&uri).await.text();
        assert!(page.contains("村（社区）联系人") && !page.contains("待授予"), "{page}");
        Ok(())
    });
}

#[test]
fn open_invitations_are_listed_taken_back_and_given_anew() {
    on_both(|db, wall, server| async move {
        let units = places::testing::two_towns(&db).await?;
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        an_account(&db, "manager", &[Role::Manager]).await?;
        let clerk = an_account(&db, "clerk", &[Role::Clerk]).await?;
        let contact =
            an_account_with(&db, "contact", &[Role::VillageContact], &[], Some(units[0].raw())).await?;
        let mut system = inside(&server, "sys").await;
        assert!(system.get("/accounts/invitations").await.text().contains("没有未使用的邀请"));
        system.get("/me").await;
        let shown = system.post(&format!("/accounts/{clerk}/reset"), &[]).await.text();
        let path = between(&shown, "/join/", "<").to_owned();
        let device = system.post(&format!("/accounts/{contact}/invite"), &[]).await.text();
        let device = between(&device, "/join/", "<").to_owned();
        let mut manager = inside(&server, "manager").await;
        let list = manager.get("/accounts/invitations").await.text();
        assert!(list.contains("clerk本人") && list.contains("contact本人") && list.contains("sys本人"));
        let revocable: Vec<&str> = list.split("/accounts/invitations/").skip(1).collect();
        assert_eq!(revocable.len(), 1, "a manager takes back what a manager may give");
        let all = system.get("/accounts/invitations").await.text();
        let ids: Vec<String> = all
            .split("/accounts/invitations/")
            .skip(1)
            .map(|rest| rest.split('/').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(ids.len(), 2);
        let (own, other) = (between(&list, "/accounts/invitations/", "/").to_owned(), ids);
        let foreign = other.iter().find(|id| **id != own).expect("the clerk's").clone();
        let refused = manager.post(&format!("/accounts/invitations/{foreign}/revoke"), &[]).await;
        assert_eq!(refused.status, 403);
        let mut guest = Visitor::new(&server);
        assert_eq!(guest.get(&format!("/join/{path}")).await.status, 200);
        assert_eq!(system.post(&format!("/accounts/invitations/{foreign}/revoke"), &[]).await.status, 303);
        assert_eq!(guest.get(&format!("/join/{path}")).await.status, 404, "taken back");
        assert_eq!(system.post(&format!("/accounts/invitations/{foreign}/revoke"), &[]).await.status, 404);
        let again = system.post(&format!("/accounts/{contact}/invite"), &[]).await.text();
        let again = between(&again, "/join/", "<").to_owned();
        assert_eq!(guest.get(&format!("/join/{device}")).await.status, 404, "a new one ends the old");
        assert_eq!(guest.get(&format!("/join/{again}")).await.status, 200);
        wall.advance(72 * 3600);
        let mut system = inside(&server, "sys").await;
        assert!(system.get("/accounts/invitations").await.text().contains("没有未使用的邀请"), "they expire");
        Ok(())
    });
}

#[test]
fn accounts_that_nobody_uses_are_taken_out_together() {
    on_both(|db, wall, server| async move {
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let one = an_account(&db, "one", &[Role::Clerk]).await?;
        let two = an_account(&db, "two", &[Role::Clerk]).await?;
        let keeper = an_account(&db, "auditor", &[Role::AuditAdmin]).await?;
        wall.advance(100 * 86_400);
        let mut system = inside(&server, "sys").await;
        assert!(system.get("/accounts/unused").await.text().contains("没有 180 天不登录的账号"));
        let page = system.get("/accounts/unused?days=90").await.text();
        assert!(
            page.contains("one本人") && page.contains("two本人") && page.contains("不由您办理"),
            "{page}"
        );
        let (one, two, keeper) = (one.to_string(), two.to_string(), keeper.to_string());
        let none = system.post("/accounts/unused", &[("reason", "核实"), ("days", "90")]).await;
        assert!(none.status == 422 && none.text().contains("请至少选一个账号"), "{}", none.text());
        let fields = [("accounts", one.as_str()), ("accounts", &two), ("days", "90"), ("reason", "")];
        let silent = system.post("/accounts/unused", &fields).await;
        assert!(silent.status == 422 && silent.text().contains("one本人"), "the page comes back as it was");
        let fields = [("accounts", one.as_str()), ("accounts", &keeper), ("reason", "核实")];
        assert_eq!(system.post("/accounts/unused", &fields).await.status, 403);
        let fields =
            [("accounts", one.as_str()), ("accounts", &two), ("days", "90"), ("reason", "已核实离岗")];
        assert_eq!(system.post("/accounts/unused", &fields).await.status, 303);
        let out: i64 = db
            .begin_read()
            .await?
            .scalar("select count(*) from identity_account_entry where state = 'deactivated'", params![])
            .await?;
        assert_eq!(out, 2, "both, and not the one that was refused before");
        Ok(())
    });
}
