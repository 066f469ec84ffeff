//! 数据核对: runs every check there is, keeps what it found by day, and says how that changed.

mod rules;

pub(crate) use rules::all;

use crate::store::checks::{self, CheckDay};
use ::store::Db;
use kernel::{Day, Fault, Result};
use web::{App, Check, Finding, Module};

/// The job that runs them all every night.
pub(crate) const JOB: &str = "statistics.checks";
/// No more findings than that are kept of one check; all are counted.
pub(crate) const MOST_KEPT: usize = 5_000;
/// So many days are drawn.
pub(crate) const TREND_DAYS: i64 = 30;

/// What came of a run of all checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many were run.
    pub checks: usize,
    /// How many found something.
    pub found: usize,
    /// How many of those say that something is broken.
    pub grave: usize,
    /// How many could not be run to their end.
    pub failed: usize,
}

/// A check with what it found.
pub struct Outcome {
    /// The check.
    pub check: Check,
    /// What it found, or why it could not be run.
    pub found: Result<Vec<Finding>, Fault>,
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {:?}", self.check.id, self.found)
    }
}

/// Runs every check of these modules and of the foundation as of a day, and keeps what it found. A check reads in a
/// transaction of its own, so one that fails does not stop the others, and nobody waits for the long ones to write.
///
/// # Errors
/// A fault if what was found cannot be kept.
pub async fn run_checks(db: &Db, modules: &[Module], today: Day) -> Result<Vec<Outcome>, Fault> {
    let mut outcomes = Vec::new();
    for check in web::checks(modules) {
        let found = run(db, check, today).await;
        if let Err(fault) = &found {
            tracing::error!(check = check.id, %fault, "a check could not be run");
        }
        let mut tx = db.begin_write().await?;
        checks::keep(&mut tx, check.id, today, found.as_deref().ok(), MOST_KEPT).await?;
        tx.commit().await?;
        outcomes.push(Outcome { check, found });
    }
    Ok(outcomes)
}

async fn run(db: &Db, check: Check, today: Day) -> Result<Vec<Finding>, Fault> {
    let mut tx = db.begin_read().await?;
    (check.run)(&mut tx, today).await
}

/// Counts the outcomes.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> Summary {
    let mut summary = Summary { checks: outcomes.len(), ..Summary::default() };
    for outcome in outcomes {
        match &outcome.found {
            Ok(found) if found.is_empty() => {}
            Ok(_) => {
                summary.found += 1;
                summary.grave += usize::from(outcome.check.grave);
            }
            Err(_) => summary.failed += 1,
        }
    }
    summary
}

/// The nightly run, in one sentence.
pub(crate) async fn nightly(app: &App) -> Result<String> {
    let outcomes = run_checks(&app.db, &app.modules, app.today()).await?;
    let Summary { checks, found, grave, failed } = summary(&outcomes);
    let broken = if failed == 0 { String::new() } else { format!("，{failed} 项没有做成") };
    Ok(format!("核对了 {checks} 项，{found} 项有发现，其中 {grave} 项是错误{broken}。"))
}

/// What a check found the last time, how that compares with the time before, and the days behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trend {
    /// The last run; none if it never ran.
    pub(crate) last: Option<CheckDay>,
    /// The run before it, of an earlier day.
    pub(crate) before: Option<CheckDay>,
    /// Day and findings, oldest first.
    pub(crate) days: Vec<(Day, i64)>,
}

impl Trend {
    /// Of the rows of one check, oldest first. Days on which it could not be run are left out of the line.
    pub(crate) fn of(rows: &[CheckDay]) -> Self {
        let mut ran = rows.iter().filter(|row| !row.failed).rev();
        let newest = rows.last().cloned();
        let good = ran.next().cloned();
        let last = if newest.as_ref().is_some_and(|row| row.failed) { newest } else { good.clone() };
        let before = if last == good { ran.next().cloned() } else { good };
        let days = rows.iter().filter(|row| !row.failed).map(|row| (row.day, row.findings)).collect();
        Self { last, before, days }
    }

    /// How many there are now; none if nobody knows.
    pub(crate) fn now(&self) -> Option<i64> {
        self.last.as_ref().filter(|row| !row.failed).map(|row| row.findings)
    }

    /// How many more than the time before.
    pub(crate) fn change(&self) -> Option<i64> {
        Some(self.now()? - self.before.as_ref()?.findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Moment;

    fn row(day: &str, findings: i64, failed: bool) -> CheckDay {
        let day: Day = day.parse().expect("a day");
        CheckDay { check_key: "a.b".to_owned(), day, findings, failed, ran_at: Moment::at(day, 2, 0) }
    }

    #[test]
    fn a_trend_compares_with_the_run_before_that_worked() {
        let trend = Trend::of(&[
            row("2022-05-03", 4, false),
            row("2022-05-04", 0, true),
            row("2022-05-05", 1, false),
        ]);
        assert_eq!((trend.now(), trend.change(), trend.days.len()), (Some(1), Some(-3), 2));
        let failed = Trend::of(&[row("2022-05-03", 4, false), row("2022-05-04", 0, true)]);
        assert_eq!((failed.now(), failed.change()), (None, None), "a check that failed found nothing out");
        assert!(failed.last.is_some_and(|row| row.failed));
        assert_eq!(Trend::of(&[row("2022-05-03", 4, false)]).change(), None);
        assert_eq!(Trend::of(&[]).now(), None);
    }
}
