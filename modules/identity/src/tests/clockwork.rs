//! The page of jobs, and the witness of the audit trail that is written outside.

use super::{inside, on_both};
use crate::{DbSessions, module, testing::an_account};
use kernel::FixedClock;
use std::sync::Arc;
use store::{audit::Witness, jobs};
use testkit::Server;
use web::{App, AppParts, Role, Settings};

#[test]
fn jobs_are_shown_with_what_came_of_them_and_run_on_demand() {
    on_both(|db, _, server| async move {
        an_account(&db, "sys", &[Role::SystemAdmin]).await?;
        an_account(&db, "sec", &[Role::SecurityAdmin]).await?;
        let mut system = inside(&server, "sys").await;
        let page = system.get("/jobs").await.text();
        assert!(page.contains("把审计链头写到外部见证文件夹") && page.contains("还没有运行过"), "{page}");
        let due = db.wall().now().plus_seconds(-3600);
        let mut tx = db.begin_write().await?;
        assert!(jobs::take(&mut tx, "identity.witness", due).await?);
        jobs::finish(&mut tx, "identity.witness", true, "磁盘满了").await?;
        assert!(jobs::take(&mut tx, "store.replies", due).await?);
        tx.commit().await?;
        let page = system.get("/jobs").await;
        insta::assert_snapshot!("jobs", page.main());
        assert!(page.text().contains("有 1 项任务上次运行失败") && page.text().contains("磁盘满了"));
        assert_eq!(system.post("/jobs/identity.witness/run", &[]).await.status, 303);
        assert!(system.get("/jobs").await.text().contains("等待运行"));
        assert_eq!(system.post("/jobs/no.such/run", &[]).await.status, 404);
        let mut tx = db.begin_write().await?;
        assert!(jobs::take(&mut tx, "identity.witness", due).await?, "due at once");
        tx.commit().await?;
        assert_eq!(system.post("/jobs/identity.witness/run", &[]).await.status, 409, "it is running");
        let mut security = inside(&server, "sec").await;
        assert_eq!(security.get("/jobs").await.status, 403);
        Ok(())
    });
}

fn app(server: &Server, folder: Option<std::path::PathBuf>) -> App {
    App::new(AppParts {
        db: server.app.db.clone(),
        clock: Arc::new(FixedClock(server.app.db.wall().now())),
        calendar: kernel::Calendar::published(),
        settings: Settings { witness_folder: folder, ..Settings::default() },
        sessions: Arc::new(DbSessions),
        asset_url: |name| name.to_owned(),
        asset: |_| None,
        modules: vec![module()],
        openapi: String::new(),
        metrics: String::new,
    })
}

#[test]
fn the_witness_is_written_outside_every_hour_and_proves_the_trail() {
    on_both(|db, wall, server| async move {
        an_account(&db, "audit", &[Role::AuditAdmin]).await?;
        let job = module().jobs.into_iter().find(|job| job.id == "identity.witness").expect("the job");
        let said = (job.run)(&app(&server, None)).await?;
        assert!(said.contains("没有配置"), "{said}");
        let folder = tempfile::tempdir()?;
        let said = (job.run)(&app(&server, Some(folder.path().to_owned()))).await?;
        assert!(said.contains("farun-witness-320412-20220506T0900.json"), "{said}");
        wall.advance(3600);
        (job.run)(&app(&server, Some(folder.path().to_owned()))).await?;
        let mut names: Vec<String> = std::fs::read_dir(folder.path())?
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, _>>()?;
        names.sort();
        assert_eq!(
            names,
            ["farun-witness-320412-20220506T0900.json", "farun-witness-320412-20220506T1000.json"],
            "whole files under their own names"
        );
        let gone = (job.run)(&app(&server, Some(folder.path().join("no such folder")))).await;
        assert!(gone.is_err(), "a failure shows in the list of jobs");

        let mut auditor = inside(&server, "audit").await;
        let page = auditor.get("/audit/head").await.text();
        let file = auditor.get("/audit/head.json").await;
        assert_eq!(file.headers["content-type"], "application/json");
        let witness: Witness = serde_json::from_slice(&file.bytes).expect("a witness");
        let shown = super::between(&page, r#"id="root">"#, "<").replace(' ', "");
        assert_eq!((shown.as_str(), witness.region), (witness.root.as_str(), 320_412));
        let mut tx = db.begin_read().await?;
        assert_eq!(store::audit::verify_against(&mut tx, &witness).await?, []);
        drop(tx);
        let lane = witness.heads[0].lane;
        let mut tx = db.begin_write().await?;
        assert!(store::testing::rewrite_audit(&mut tx, lane, 1).await? > 0);
        assert_eq!(store::audit::verify(&mut tx).await?.1, [], "the trail alone looks well");
        assert!(
            !store::audit::verify_against(&mut tx, &witness).await?.is_empty(),
            "the witness knows better"
        );
        Ok(())
    });
}
