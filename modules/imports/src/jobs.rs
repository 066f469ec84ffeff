//! By the clock: interrupted imports are taken up again, and rows that nobody may need any more are deleted.

use crate::{store, work};
use web::{Every, Job};

pub(crate) const RESUME: Job = Job {
    id: "imports.resume",
    title: "接着做中断的导入",
    every: Every::FiveMinutes,
    run: |app| {
        Box::pin(async move {
            let waiting = store::interrupted(&mut app.db.begin_read().await?).await?;
            let (mut done, mut failed) = (0, 0);
            for id in waiting {
                match work::run(app, id).await {
                    Ok(()) => done += 1,
                    Err(_) => failed += 1,
                }
            }
            Ok(format!("接着做了 {done} 个导入，{failed} 个出错。"))
        })
    },
};

pub(crate) const PURGE: Job = Job {
    id: "imports.purge",
    title: "删除已过撤销期的导入内容",
    every: Every::Hour,
    run: |app| {
        Box::pin(async move {
            let outdated = store::outdated(&mut app.db.begin_read().await?).await?;
            let mut rows = 0;
            for id in &outdated {
                let mut below = 0;
                loop {
                    below += ROWS;
                    let mut tx = app.db.begin_write().await?;
                    let import = store::import(&mut tx, *id).await?;
                    rows += store::delete_rows(&mut tx, *id, below).await?;
                    let rest = import.map_or(0, |import| import.total) - below;
                    if rest <= 0 {
                        store::purged(&mut tx, *id).await?;
                    }
                    tx.commit().await?;
                    if rest <= 0 {
                        break;
                    }
                }
            }
            Ok(format!("删除了 {} 个导入的 {rows} 行内容。", outdated.len()))
        })
    },
};

/// Rows that a transaction deletes.
const ROWS: i64 = 2000;
