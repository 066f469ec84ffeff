//! People of partner organisations accept the terms of use before anything else, and again when they change.

use super::{inside, on_both};
use crate::testing::{an_account, an_account_with};
use web::Role;

#[test]
fn a_village_contact_accepts_the_terms_first_and_again_when_they_change() {
    on_both(|db, _, server| async move {
        let units = places::testing::two_towns(&db).await?;
        let contact =
            an_account_with(&db, "contact", &[Role::VillageContact], &[], Some(units[0].raw())).await?;
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "clerk", &[Role::Clerk]).await?;
        let mut visitor = inside(&server, "contact").await;
        let desk = visitor.get("/desk").await.text();
        assert!(desk.contains("请先看并确认使用约定"), "{desk}");
        let page = visitor.get("/me/terms").await;
        insta::assert_snapshot!("terms", page.main());
        assert_eq!(visitor.post("/me/terms", &[("shown", "7")]).await.status, 409, "another version");
        assert_eq!(visitor.post("/me/terms", &[("shown", "1")]).await.status, 303);
        assert!(!visitor.get("/desk").await.text().contains("请先看并确认使用约定"));
        assert!(visitor.get("/me/terms").await.text().contains("您已于"));

        let mut system = inside(&server, "sys").await;
        assert!(system.get(&format!("/accounts/{contact}")).await.text().contains("第 1 版"));
        system.get("/accounts/terms").await;
        let empty = system.post("/accounts/terms", &[("text", " ")]).await;
        assert!(empty.status == 422 && empty.text().contains("请填写使用约定"));
        let long = "约".repeat(6_001);
        assert_eq!(system.post("/accounts/terms", &[("text", &long)]).await.status, 422);
        assert_eq!(system.post("/accounts/terms", &[("text", "一、账号不得转借。")]).await.status, 303);
        assert!(visitor.get("/desk").await.text().contains("请先看并确认使用约定"), "at the next request");
        assert!(visitor.get("/me/terms").await.text().contains("账号不得转借"));
        assert_eq!(visitor.post("/me/terms", &[("shown", "2")]).await.status, 303);
        let mut clerk = inside(&server, "clerk").await;
        assert!(
            !clerk.get("/desk").await.text().contains("使用约定"),
            "the bureau's own people are not asked"
        );
        assert!(clerk.get("/me/terms").await.text().contains("您不用确认"));
        let mut tx = db.begin_write().await?;
        let second = an_account_with(&db, "second", &[Role::VillageContact], &[], Some(units[1].raw()));
        drop(tx);
        let second = second.await?;
        tx = db.begin_write().await?;
        crate::accept_terms(&mut tx, second).await?;
        tx.commit().await?;
        let mut second = inside(&server, "second").await;
        assert!(!second.get("/desk").await.text().contains("请先看并确认使用约定"), "on paper before");
        Ok(())
    });
}
