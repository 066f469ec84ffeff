//! Work by the clock, once among all nodes: a row says who has a job in hand and what came of it the last time.

use crate::{params, record, tx::Tx};
use kernel::{Fault, Moment};

record! {
    /// The last run of a job.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct JobRun {
        /// The job's name.
        pub job: String,
        /// When it was begun.
        pub taken_at: Moment,
        /// When it was done; none while it runs, or if the process died.
        pub finished_at: Option<Moment>,
        /// Whether it failed.
        pub failed: bool,
        /// What it did, or why it failed.
        pub outcome: String,
    }
}

/// How long a job belongs to whoever took it: a process that died loses it after that.
const LEASE_MICROS: i64 = 30 * 60 * 1_000_000;

/// Takes a job that was last begun before `due`, unless somebody has it in hand; says whether it was taken.
///
/// # Errors
/// A fault if the row cannot be written.
pub async fn take(tx: &mut Tx, job: &str, due: Moment) -> Result<bool, Fault> {
    let now = tx.db().wall().now().micros();
    let taken = tx
        .execute(
            "insert into job_run (region_id, job, taken_at, taken_until, failed, outcome) values ($1, $2, $3, $4, 0, '')
             on conflict (region_id, job) do update set taken_at = excluded.taken_at, taken_until = excluded.taken_until, finished_at = null
             where job_run.taken_at < $5 and (job_run.finished_at is not null or job_run.taken_until < $3)",
            params![tx.region()?, job, now, now + LEASE_MICROS, due],
        )
        .await?;
    Ok(taken == 1)
}

/// Notes what came of a job that was taken.
///
/// # Errors
/// A fault if the row cannot be written.
pub async fn finish(tx: &mut Tx, job: &str, failed: bool, outcome: &str) -> Result<(), Fault> {
    let now = tx.db().wall().now();
    tx.execute(
        "update job_run set finished_at = $3, failed = $4, outcome = $5 where region_id = $1 and job = $2",
        params![tx.region()?, job, now, failed, outcome],
    )
    .await?;
    Ok(())
}

/// Makes a job due at once, whenever it was last begun; false if it is in hand. The clockwork runs it within a minute.
///
/// # Errors
/// A fault if the row cannot be written.
pub async fn hasten(tx: &mut Tx, job: &str) -> Result<bool, Fault> {
    let now = tx.db().wall().now().micros();
    let touched = tx
        .execute(
            "insert into job_run (region_id, job, taken_at, taken_until, finished_at, failed, outcome) values ($1, $2, 0, 0, 0, 0, '')
             on conflict (region_id, job) do update set taken_at = 0
             where job_run.finished_at is not null or job_run.taken_until < $3",
            params![tx.region()?, job, now],
        )
        .await?;
    Ok(touched == 1)
}

/// The last run of every job.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn runs(tx: &mut Tx) -> Result<Vec<JobRun>, Fault> {
    tx.all(
        "select job, taken_at, finished_at, failed, outcome from job_run where region_id = $1 order by job",
        params![tx.region()?],
    )
    .await
}
