//! The clockwork: once a minute asks every module's jobs whether they are due, and runs those that are.

use crate::wiring;
use kernel::{Day, Fault, Moment};
use std::time::Duration;
use store::{Db, jobs};
use web::{App, Every, Job, Module};

/// The hour of the night (Beijing time) from which nightly jobs are due.
const NIGHT_HOUR: i8 = 2;
const MINUTE: i64 = 60 * 1_000_000;

/// Runs until the task is aborted.
pub(crate) async fn keep_time(app: App) {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        wiring::sum_up_metrics();
        if let Err(fault) = run_due(&app).await {
            tracing::error!(%fault, "the clockwork could not look for due jobs");
        }
    }
}

/// Runs every job that is due now; returns how many ran.
///
/// # Errors
/// A fault if the runs cannot be read or noted; a job that fails is noted as failed.
pub async fn run_due(app: &App) -> Result<usize, Fault> {
    if app.db.region().is_err() {
        return Ok(0);
    }
    let mut ran = 0;
    for job in app.modules.iter().flat_map(|module| &module.jobs) {
        let due = due(job.every, app.db.wall().now());
        let mut tx = app.db.begin_write().await?;
        if !jobs::take(&mut tx, job.id, due).await? {
            continue;
        }
        tx.commit().await?;
        let done = (job.run)(app).await;
        let (failed, outcome) = match done {
            Ok(outcome) => (false, outcome),
            Err(error) => {
                tracing::error!(job = job.id, %error, "a job failed");
                (true, error.to_string())
            }
        };
        let mut tx = app.db.begin_write().await?;
        jobs::finish(&mut tx, job.id, failed, &outcome).await?;
        tx.commit().await?;
        ran += 1;
    }
    Ok(ran)
}

/// Notes every job of the hour and of the night as done now: a benchmark that measures requests must not measure the chores
/// of a server's first minute with them.
///
/// # Errors
/// A fault if it cannot be written.
pub(crate) async fn let_pass(db: &Db) -> Result<(), Fault> {
    let modules = crate::modules::modules();
    let mut tx = db.begin_write().await?;
    for job in modules.iter().flat_map(|module| &module.jobs) {
        if matches!(job.every, Every::Hour | Every::Night)
            && jobs::take(&mut tx, job.id, due(job.every, db.wall().now())).await?
        {
            jobs::finish(&mut tx, job.id, false, "").await?;
        }
    }
    tx.commit().await
}

/// What the store needs done by the clock, as a module: so the page 定时任务 shows it, and it can be asked for there.
pub(crate) fn module() -> Module {
    Module { jobs: vec![FORGET_REPLIES, SURVEY], ..Module::new("store", &[]) }
}

/// A job that was last begun before this moment is due.
fn due(every: Every, now: Moment) -> Moment {
    match every {
        Every::Minute => Moment::from_micros(now.micros() - MINUTE / 2),
        Every::FiveMinutes => Moment::from_micros(now.micros() - 5 * MINUTE + MINUTE / 2),
        Every::Hour => Moment::from_micros(now.micros() - 60 * MINUTE + MINUTE / 2),
        Every::Night => {
            let night = |day: Day| Moment::at(day, NIGHT_HOUR, 0);
            let today = now.day();
            if now < night(today) { night(today.add_days(-1)) } else { night(today) }
        }
    }
}

const FORGET_REPLIES: Job = Job {
    id: "store.replies",
    title: "清理六十天前的重复提交记录",
    every: Every::Hour,
    run: |app| {
        Box::pin(async move {
            let mut tx = app.db.begin_write().await?;
            store::idempotency::purge(&mut tx).await?;
            tx.commit().await?;
            Ok("已清理。".to_owned())
        })
    },
};

const SURVEY: Job = Job {
    id: "store.survey",
    title: "统计各表数据的分布，让查询走最短的路",
    every: Every::Night,
    run: |app| {
        Box::pin(async move {
            app.db.survey().await?;
            Ok("已统计。".to_owned())
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str, hour: i8) -> Moment {
        Moment::at(Day::parse(day).expect("a day"), hour, 0)
    }

    #[test]
    fn a_night_begins_at_two_in_beijing() {
        assert_eq!(due(Every::Night, at("2022-05-06", 1)), at("2022-05-05", 2));
        assert_eq!(due(Every::Night, at("2022-05-06", 2)), at("2022-05-06", 2));
        assert_eq!(due(Every::Night, at("2022-05-06", 23)), at("2022-05-06", 2));
    }
}
