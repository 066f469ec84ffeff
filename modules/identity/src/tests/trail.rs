//! Reading and checking the audit trail.

use super::{inside, on_both};
use crate::testing::an_account;
use store::params;
use testkit::Visitor;
use web::Role;

#[test]
fn the_trail_is_filtered_paged_exported_and_checked() {
    on_both(|db, wall, server| async move {
        let zhang = an_account(&db, "zhang", &[Role::Manager]).await?;
        an_account(&db, "audit", &[Role::AuditAdmin]).await?;
        let mut guesser = Visitor::new(&server);
        guesser.get("/login").await;
        guesser.post("/login", &[("username", "zhang"), ("password", "guess")]).await;
        let mut other = inside(&server, "zhang").await;
        assert_eq!(other.get("/audit").await.status, 403);
        assert_eq!(other.get("/audit.csv").await.status, 403);
        wall.advance(86_400);
        let mut auditor = inside(&server, "audit").await;
        let all = auditor.get("/audit").await.text();
        assert!(
            all.contains("登录失败<br>")
                && all.contains("zhang本人（zhang）")
                && all.contains("系统或未登录"),
            "{all}"
        );
        let today = auditor.get("/audit?from=2022-05-07&to=2022-05-07").await.text();
        assert!(today.contains("audit本人（audit）") && !today.contains("zhang本人（zhang）"));
        let yesterday = auditor.get("/audit?to=2022-05-06&who=Zhang").await.text();
        assert!(yesterday.contains("zhang本人（zhang）") && !yesterday.contains("登录失败<br>"));
        let failures = auditor.get("/audit?action=login.fail").await.text();
        assert!(failures.contains("登录失败<br>") && !failures.contains("新建账号<br>"));
        let about = auditor.get(&format!("/audit?object=identity_account&object_id={zhang}")).await.text();
        assert!(about.contains("新建账号<br>") && !about.contains("audit本人（audit）"));

        let mut tx = db.begin_read().await?;
        let (id, at): (i64, i64) = tx
            .one("select id, at from audit_row order by at desc, id desc limit 1 offset 1", params![])
            .await?;
        drop(tx);
        let older = auditor.get(&format!("/audit?after={at}~{id}")).await.text();
        assert!(older.contains("登录失败<br>") && !older.contains("audit本人（audit）"), "{older}");
        let newer = auditor.get(&format!("/audit?before={at}~{id}")).await.text();
        assert!(newer.contains("audit本人（audit）") && !newer.contains("登录失败<br>"), "{newer}");

        assert!(auditor.get("/audit.xlsx?action=login").await.bytes.starts_with(b"PK"));
        let exact = auditor.get("/audit?action=identity.login").await.text();
        assert!(
            exact.contains("登录<br>") && !exact.contains("登录失败<br>"),
            "a chosen act is that act only"
        );
        let mut tx = db.begin_write().await?;
        tx.audit(store::audit::Entry::read(Some(zhang.raw()), "identity_account", 5, &["phone"], "核对来电"));
        tx.commit().await?;
        let reads = auditor.get("/audit?kind=read&object=账号").await.text();
        assert!(reads.contains("理由：核对来电；字段：phone") && !reads.contains("新建账号<br>"), "{reads}");
        let reads = auditor.get("/audit?kind=read").await.text();
        assert!(reads.contains("导出审计记录<br>"), "an export is a look too");
        let writes = auditor.get("/audit?kind=write").await.text();
        assert!(writes.contains("新建账号<br>") && !writes.contains("核对来电"), "{writes}");
        let csv = auditor.get("/audit.csv?kind=read").await.text();
        assert!(csv.starts_with('\u{feff}') && csv.contains("\"查看个人信息\",\"personal.read\""), "{csv}");
        let checked = auditor.get("/audit/verify").await.text();
        assert!(checked.contains("没有发现改动"));
        let mut tx = db.begin_write().await?;
        store::testing::spoil_audit(&mut tx, "identity.login.fail").await?;
        tx.commit().await?;
        let broken = auditor.get("/audit/verify").await.text();
        assert!(broken.contains("发现 1 处异常") && broken.contains("内容与校验值不符"), "{broken}");
        let written: i64 = db.begin_read().await?.scalar("select count(*) from audit_row where action in ('identity.audit.export', 'identity.audit.verify')", params![]).await?;
        assert_eq!(written, 4);
        Ok(())
    });
}
