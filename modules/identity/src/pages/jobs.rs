//! Work by the clock: what runs when, what came of it, and having it run now.

use ::store::{Audit, jobs};
use askama::Template;
use axum::extract::Path;
use kernel::{Moment, Refusal};
use std::collections::BTreeMap;
use web::{Ctx, Every, Form, Page, Reply};

/// The hour of the night from which nightly jobs are due, as the clockwork has it.
const NIGHT_HOUR: i8 = 2;

#[derive(Template)]
#[template(path = "pages/jobs.html")]
struct JobsMain {
    form: Form,
    rows: Vec<Row>,
    failed: usize,
}

struct Row {
    id: String,
    title: String,
    every: &'static str,
    last: Option<Moment>,
    state: (&'static str, &'static str),
    outcome: String,
    next: Option<Moment>,
    asked: bool,
}

/// `GET /jobs`
pub(crate) async fn page(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let mut runs: BTreeMap<String, jobs::JobRun> =
        jobs::runs(&mut tx).await?.into_iter().map(|run| (run.job.clone(), run)).collect();
    drop(tx);
    let mut rows = Vec::new();
    for job in ctx.app.modules.iter().flat_map(|module| &module.jobs) {
        rows.push(row(job.id, job.title, Some(job.every), runs.remove(job.id)));
    }
    // Those of a release that had others.
    for (id, run) in runs {
        rows.push(row(&id, &id, None, Some(run)));
    }
    let failed = rows.iter().filter(|row| row.state.0 == "失败").count();
    Page::new("定时任务", &JobsMain { form: ctx.form(&[]), rows, failed })
}

fn row(id: &str, title: &str, every: Option<Every>, run: Option<jobs::JobRun>) -> Row {
    let asked = run.as_ref().is_some_and(|run| run.taken_at.micros() == 0);
    let begun = run.as_ref().map(|run| run.taken_at).filter(|at| at.micros() > 0);
    let state = match &run {
        _ if asked => ("等待运行", "info"),
        None => ("还没有运行过", "muted"),
        Some(run) if run.finished_at.is_none() => ("运行中", "info"),
        Some(run) if run.failed => ("失败", "bad"),
        Some(_) => ("完成", "ok"),
    };
    Row {
        id: id.to_owned(),
        title: title.to_owned(),
        every: match every {
            Some(Every::Minute) => "每分钟",
            Some(Every::FiveMinutes) => "每 5 分钟",
            Some(Every::Hour) => "每小时",
            Some(Every::Night) => "每天凌晨 2 点",
            None => "",
        },
        next: every.zip(begun).map(|(every, begun)| next(every, begun)),
        last: begun,
        state,
        outcome: run.map(|run| run.outcome).unwrap_or_default(),
        asked,
    }
}

/// When a job that was last begun then is due again.
fn next(every: Every, begun: Moment) -> Moment {
    match every {
        Every::Minute => begun.plus_seconds(60),
        Every::FiveMinutes => begun.plus_seconds(300),
        Every::Hour => begun.plus_seconds(3600),
        Every::Night => {
            let night = Moment::at(begun.day(), NIGHT_HOUR, 0);
            if begun < night { night } else { Moment::at(begun.day().add_days(1), NIGHT_HOUR, 0) }
        }
    }
}

/// `POST /jobs/{id}/run`
pub(crate) async fn run(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let known = ctx.app.modules.iter().flat_map(|module| &module.jobs).find(|job| job.id == id);
    let job = known.ok_or_else(|| Refusal::not_found("没有这项定时任务。"))?;
    let mut tx = ctx.begin_write().await?;
    if !jobs::hasten(&mut tx, job.id).await? {
        return Err(Refusal::conflict("这项任务正在运行，请等它完成。").into());
    }
    let details = serde_json::json!({ "job": job.id });
    tx.audit(Audit::about(ctx.actor_id(), "identity.job.run", "job_run").with(&details));
    ctx.see_other(tx, "/jobs", "已安排，一分钟内开始运行。").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_follows_the_last() {
        let at = |text: &str| Moment::parse(text).expect("a moment");
        assert_eq!(next(Every::Hour, at("2022-05-06T09:00")), at("2022-05-06T10:00"));
        assert_eq!(next(Every::Night, at("2022-05-06T02:00")), at("2022-05-07T02:00"));
        assert_eq!(next(Every::Night, at("2022-05-06T01:59")), at("2022-05-06T02:00"));
    }
}
