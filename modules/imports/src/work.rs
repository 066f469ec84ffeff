//! The work on an import that nobody waits for: checking, applying, taking back; begun by a request, resumed by a job.
//!
//! **All or nothing.** Up to [`ONE_TRANSACTION`] rows are applied in one transaction. More would keep every other
//! writer waiting and need more ids than one unit of work may make, so they go in steps of [`STEP`] rows, each with the
//! note of what it did; a row that is refused after all turns the import round: everything done so far is taken back, and
//! the import ends as refused. **A crash** leaves either nothing or a note that says how far the work came: whoever takes
//! it up goes on from there. **Two workers** cannot do the same work: each step is written only while the import still
//! names its runner.

mod apply;
mod check;
mod judge;
mod stage;
mod undo;

pub(crate) use stage::stage;

use crate::{
    import::{Import, State},
    kind::Kind,
    store,
};
use kernel::{Fault, Id};
use web::App;

/// Rows that are imported in one transaction when everything or nothing is wanted.
pub(crate) const ONE_TRANSACTION: i64 = 1000;
/// Rows of a step otherwise.
pub(crate) const STEP: i64 = 200;
/// Work that shows no sign of life for so long may be taken up by another, in microseconds.
const LEASE: i64 = 120 * 1_000_000;
/// An import that fails so often without getting on is given up.
const MOST_ATTEMPTS: i64 = 3;

/// How the message of work that failed begins.
const STOPPED: &str = "处理时出错";
/// Somebody else has taken the work up.
const OVERTAKEN: &str = "another worker has taken this import up";

/// An import in hand.
pub(crate) struct Work<'a> {
    pub(crate) app: &'a App,
    pub(crate) kind: &'a Kind,
    pub(crate) import: Import,
    pub(crate) runner: i64,
}

impl Work<'_> {
    pub(crate) fn lease(&self) -> i64 {
        lease(self.app)
    }
}

/// The moment until which work that is taken up now belongs to its runner.
pub(crate) fn lease(app: &App) -> i64 {
    app.db.wall().now().micros() + LEASE
}

/// The kind of that key.
pub(crate) fn kind<'a>(app: &'a App, key: &str) -> Option<&'a Kind> {
    app.extensions::<Kind>().find(|kind| kind.key == key)
}

/// Does what is to be done for an import, until it needs a person again. Does nothing if another has it in hand.
///
/// # Errors
/// A fault if it cannot be done now; what was done so far stays noted, and the job takes it up again.
pub(crate) async fn run(app: &App, id: Id<Import>) -> Result<(), Fault> {
    loop {
        let mut tx = app.db.begin_write().await?;
        let runner = tx.new_id::<Import>()?.raw();
        if !store::take(&mut tx, id, runner, lease(app)).await? {
            return Ok(());
        }
        let import = store::import(&mut tx, id).await?;
        tx.commit().await?;
        let Some(import) = import else { return Ok(()) };
        let (state, attempts) = (import.state, import.attempts);
        let Some(kind) = kind(app, &import.kind) else {
            return end(app, id, runner, State::Lost, "这类数据已不能导入。").await;
        };
        let work = Work { app, kind, import, runner };
        let done = if attempts > MOST_ATTEMPTS { give_up(&work).await } else { step(&work).await };
        if let Err(fault) = done {
            tracing::error!(import = %id, state = state.as_str(), %fault, "an import stopped");
            let message = format!("{STOPPED}（事件编号 {}），系统会自动重试。", fault.incident());
            end(app, id, runner, state, &message).await?;
            return Err(fault);
        }
    }
}

async fn step(work: &Work<'_>) -> Result<(), Fault> {
    match work.import.state {
        State::Staging => {
            let message = "上传时服务器中断，文件没有收全。请重新上传。";
            end(work.app, work.import.id, work.runner, State::Lost, message).await
        }
        State::Checking => check::check(work).await,
        State::Applying => apply::apply(work).await,
        State::Undoing => undo::undo(work).await,
        _ => Ok(()),
    }
}

/// What failed again and again is ended without leaving half of it.
async fn give_up(work: &Work<'_>) -> Result<(), Fault> {
    match work.import.state {
        State::Applying => {
            apply::turn_round(work, "反复出错，已停止导入，并把已导入的行撤了回来。请联系技术人员查看日志。")
                .await
        }
        // Taking back is tried as long as it takes.
        State::Undoing => undo::undo(work).await,
        _ => {
            let message = "反复出错，没有导入任何内容。请联系技术人员查看日志。";
            end(work.app, work.import.id, work.runner, State::Lost, message).await
        }
    }
}

async fn end(app: &App, id: Id<Import>, runner: i64, state: State, message: &str) -> Result<(), Fault> {
    let mut tx = app.db.begin_write().await?;
    store::turn(&mut tx, id, runner, state, Some(message)).await?;
    tx.commit().await
}

/// Begins the work beside the request. Small imports are waited for: the next page shows the result.
///
/// # Errors
/// A fault if small work failed.
pub(crate) async fn begin(app: &App, id: Id<Import>, rows: i64) -> Result<(), Fault> {
    let own = app.clone();
    // A task of its own: a person who closes the page does not stop it.
    let task = tokio::spawn(async move { run(&own, id).await });
    if rows <= WAITED_FOR {
        // What failed is told on the page, and taken up again by the job.
        task.await.map_err(|_| Fault::new("the work on an import panicked"))?.ok();
    }
    Ok(())
}

/// So many rows a person may wait for.
pub(crate) const WAITED_FOR: i64 = 300;
