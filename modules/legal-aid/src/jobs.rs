//! What legal aid does by the clock: forget drafts and codes, remind of clocks, follow what acts left in the outbox.

use crate::{
    actions::{cooperation, rota, tell},
    store::{self, codes},
};
use web::{Every, Job};

/// Drafts of citizens that were not touched for so many days are emptied.
const DRAFT_DAYS: i64 = 30;
/// Codes are counted for a day; then they go.
const CODE_DAYS: i64 = 2;

pub(crate) const FORGET_DRAFTS: Job = Job {
    id: "legal-aid.drafts",
    title: "清除三十天没有提交的网上申请草稿",
    every: Every::Night,
    run: |app| {
        Box::pin(async move {
            let before = app.clock.now().plus_seconds(-DRAFT_DAYS * 86_400);
            let mut tx = app.db.begin_write().await?;
            let photos = store::photos::forget(&mut tx, before).await?;
            let drafts = store::tickets::forget_drafts(&mut tx, before).await?;
            let old = app.db.wall().now().plus_seconds(-CODE_DAYS * 86_400);
            codes::purge(&mut tx, old).await?;
            tx.commit().await?;
            Ok(format!("清除了 {drafts} 份草稿、{photos} 张照片。"))
        })
    },
};

pub(crate) const REMIND: Job = Job {
    id: "legal-aid.remind",
    title: "按案件、协作函的时限和值班表发站内提醒，办完的撤回",
    every: Every::Hour,
    run: |app| {
        Box::pin(async move {
            let mut all = tell::remind_all(app).await?;
            all += cooperation::remind_all(app).await?;
            all += rota::remind_all(app).await?;
            Ok(format!("新提醒 {} 条，撤回 {} 条，恢复 {} 条。", all.told, all.withdrawn, all.revived))
        })
    },
};

pub(crate) const FOLLOW: Job = Job {
    id: "legal-aid.follow",
    title: "案件有变动时更新提醒、通知申请人",
    every: Every::Minute,
    run: |app| {
        Box::pin(async move {
            let followed = tell::follow(app).await?;
            Ok(format!("处理了 {followed} 次变动。"))
        })
    },
};
