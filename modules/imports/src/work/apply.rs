//! Does what the rows ask for: in one transaction, or step by step with a note of every step.

use super::{ONE_TRANSACTION, OVERTAKEN, STEP, Work, judge};
use crate::{
    import::{Mode, State},
    kind::Desk,
    mapping::FileColumn,
    row::{CellError, Row},
    store::{self, Counts, Decision, Notes, Staged},
};
use ::store::Tx;
use kernel::Fault;
use std::collections::BTreeMap;

/// Rows that cannot be done after all, with what is wrong.
type Refused = BTreeMap<i64, Vec<CellError>>;

struct Rows {
    columns: Vec<FileColumn>,
    sheets: Vec<String>,
}

pub(super) async fn apply(work: &Work<'_>) -> Result<(), Fault> {
    let import = &work.import;
    let heads = import.heads(&work.app.db)?;
    let rows = Rows { columns: import.columns()?, sheets: heads.into_iter().map(|head| head.name).collect() };
    let all = Mode::from_text(&import.mode) == Some(Mode::All);
    if all && import.wanted() <= ONE_TRANSACTION {
        at_once(work, &rows).await
    } else {
        by_steps(work, &rows, all).await
    }
}

/// Everything in one transaction.
async fn at_once(work: &Work<'_>, rows: &Rows) -> Result<(), Fault> {
    let import = &work.import;
    let mut tx = work.app.db.begin_write().await?;
    let staged = store::waiting(&mut tx, import.id, 0, ONE_TRANSACTION + 1).await?;
    let mut refused = Refused::new();
    let counts = do_rows(work, &mut tx, rows, &staged, &mut refused).await?;
    if !refused.is_empty() {
        drop(tx);
        let mut tx = work.app.db.begin_write().await?;
        let counts = note_refused(&mut tx, work, &staged, &refused).await?;
        let lease = work.lease();
        let message =
            "核对之后数据有了变化，有的行已不能导入，所以一行也没有导入。请看有误的行，改正后重新上传。";
        let ours = store::advance(&mut tx, import.id, work.runner, counts, lease).await?
            && store::turn(&mut tx, import.id, work.runner, State::Refused, Some(message)).await?;
        return if ours { tx.commit().await } else { Err(Fault::new(OVERTAKEN)) };
    }
    let ours = store::advance(&mut tx, import.id, work.runner, counts, work.lease()).await?
        && store::turn(&mut tx, import.id, work.runner, State::Applied, Some("")).await?;
    if ours { tx.commit().await } else { Err(Fault::new(OVERTAKEN)) }
}

/// Steps, each in a transaction of its own together with the note of what it did.
async fn by_steps(work: &Work<'_>, rows: &Rows, all: bool) -> Result<(), Fault> {
    let import = &work.import;
    let mut after = 0;
    loop {
        let mut refused = Refused::new();
        let mut tx = work.app.db.begin_write().await?;
        let staged = store::waiting(&mut tx, import.id, after, STEP).await?;
        let Some(last) = staged.last().map(|row| row.seq) else { break };
        let mut counts = do_rows(work, &mut tx, rows, &staged, &mut refused).await?;
        // A refused row may have left half of its work behind: the step is done again without it.
        while !refused.is_empty() {
            drop(tx);
            if all {
                let mut tx = work.app.db.begin_write().await?;
                let counts = note_refused(&mut tx, work, &staged, &refused).await?;
                if !store::advance(&mut tx, import.id, work.runner, counts, work.lease()).await? {
                    return Err(Fault::new(OVERTAKEN));
                }
                tx.commit().await?;
                return turn_round(
                    work,
                    "核对之后数据有了变化，有的行已不能导入，所以把已导入的行都撤了回来。",
                )
                .await;
            }
            let known = refused.len();
            tx = work.app.db.begin_write().await?;
            counts = do_rows(work, &mut tx, rows, &staged, &mut refused).await?;
            if refused.len() == known {
                break;
            }
        }
        let less = note_refused(&mut tx, work, &staged, &refused).await?;
        counts.bads += less.bads;
        counts.creates += less.creates;
        counts.changes += less.changes;
        if !store::advance(&mut tx, import.id, work.runner, counts, work.lease()).await? {
            return Err(Fault::new(OVERTAKEN));
        }
        tx.commit().await?;
        after = last;
    }
    let mut tx = work.app.db.begin_write().await?;
    if !store::turn(&mut tx, import.id, work.runner, State::Applied, Some("")).await? {
        return Err(Fault::new(OVERTAKEN));
    }
    tx.commit().await
}

/// Does the rows that are not known to be refused; stops at the first that is, and adds it.
async fn do_rows(
    work: &Work<'_>,
    tx: &mut Tx,
    rows: &Rows,
    staged: &[Staged],
    refused: &mut Refused,
) -> Result<Counts, Fault> {
    let import = &work.import;
    let mut desk = Desk::new(work.app, import.acting()?);
    let mut counts = Counts::default();
    for staged in staged {
        if refused.contains_key(&staged.seq) {
            continue;
        }
        let row = row_of(work, rows, staged)?;
        match judge::apply(tx, work.kind, &mut desk, &row).await? {
            judge::Outcome::Did(did) => {
                store::applied(tx, import.id, staged.seq, &did).await?;
                counts.done += 1;
            }
            judge::Outcome::Same(object) => {
                store::judge(tx, import.id, staged.seq, "same", None, Some(object)).await?;
                counts.sames += 1;
                less(&mut counts, staged);
            }
            judge::Outcome::Refused(errors) => {
                refused.insert(staged.seq, errors);
                return Ok(counts);
            }
        }
    }
    Ok(counts)
}

fn row_of(work: &Work<'_>, rows: &Rows, staged: &Staged) -> Result<Row, Fault> {
    let sheet = usize::try_from(staged.tab).ok().and_then(|at| rows.sheets.get(at));
    let sheet = sheet.map_or("", String::as_str);
    Ok(staged.cells(&work.app.db)?.row(work.kind, &rows.columns, sheet, staged.line))
}

/// A row no longer counts as what the check took it for.
fn less(counts: &mut Counts, staged: &Staged) {
    if staged.verdict == "create" {
        counts.creates -= 1;
    } else {
        counts.changes -= 1;
    }
}

async fn note_refused(
    tx: &mut Tx,
    work: &Work<'_>,
    staged: &[Staged],
    refused: &Refused,
) -> Result<Counts, Fault> {
    let mut counts = Counts::default();
    for staged in staged {
        let Some(errors) = refused.get(&staged.seq) else { continue };
        let notes = Notes { errors: errors.clone(), ..Notes::default() };
        store::judge(tx, work.import.id, staged.seq, "bad", Some(&notes), None).await?;
        counts.bads += 1;
        less(&mut counts, staged);
    }
    Ok(counts)
}

/// Turns an import round: what was done so far is taken back, and it ends as refused.
pub(super) async fn turn_round(work: &Work<'_>, message: &str) -> Result<(), Fault> {
    let mut tx = work.app.db.begin_write().await?;
    let import =
        store::import(&mut tx, work.import.id).await?.ok_or_else(|| Fault::new("the import is gone"))?;
    let decision =
        Decision { state: State::Undoing, mode: &import.mode, aim: "refused", mapping: None, actor: None };
    let ours = store::decide(&mut tx, import.id, import.version, &decision).await?
        && store::turn(&mut tx, import.id, work.runner, State::Undoing, Some(message)).await?;
    if ours { tx.commit().await } else { Err(Fault::new(OVERTAKEN)) }
}
