//! Checks every row: reads only, then tries out in a transaction that is thrown away what the importer asks to be tried.

use super::{OVERTAKEN, Work, judge};
use crate::{
    import::State,
    kind::{Desk, Verdict},
    row::{CellError, Row, errors_of},
    store::{self, Counts, Notes},
};
use kernel::{Error, Fault};
use std::collections::HashMap;

/// Rows of a step.
const ROWS: i64 = 200;

/// A row with what it would do.
struct Checked {
    seq: i64,
    row: Row,
    verdict: Verdict,
    outside: Option<i64>,
    /// Worth trying out.
    trial: bool,
}

/// Checks all rows, from the beginning: a check that was interrupted had changed nothing.
pub(super) async fn check(work: &Work<'_>) -> Result<(), Fault> {
    let import = &work.import;
    let mut tx = work.app.db.begin_write().await?;
    store::restart_check(&mut tx, import.id).await?;
    tx.commit().await?;
    let columns = import.columns()?;
    let heads = import.heads(&work.app.db)?;
    let mut desk = Desk::new(work.app, import.acting()?);
    // Records that rows of this file make or change, with the first row that does.
    let mut claimed: HashMap<String, (String, u32)> = HashMap::new();
    let mut after = 0;
    loop {
        let mut tx = work.app.db.begin_read().await?;
        let staged = store::rows(&mut tx, import.id, after, None, None, ROWS).await?;
        let Some(last) = staged.last().map(|row| row.seq) else { break };
        let mut step = Vec::with_capacity(staged.len());
        for staged in &staged {
            let sheet = usize::try_from(staged.tab).ok().and_then(|at| heads.get(at));
            let sheet = sheet.map_or("", |head| head.name.as_str());
            let row = staged.cells(&work.app.db)?.row(work.kind, &columns, sheet, staged.line);
            let judged = judge::judge(&mut tx, work.kind, &mut desk, &row).await?;
            let verdict = once(judged.verdict, &row, &mut claimed);
            let acts = matches!(verdict, Verdict::Create { .. } | Verdict::Change { .. });
            let trial = acts && judged.number_only.is_none();
            step.push(Checked { seq: staged.seq, row, verdict, outside: desk.outside, trial });
        }
        drop(tx);
        if work.kind.importer.rehearses() {
            rehearse(work, &mut step).await?;
        }
        note(work, &step).await?;
        after = last;
    }
    let mut tx = work.app.db.begin_write().await?;
    // What went wrong before this time is over; which sheets were left alone still matters.
    let message = import.message.starts_with(super::STOPPED).then_some("");
    if !store::turn(&mut tx, import.id, work.runner, State::Checked, message).await? {
        return Err(Fault::new(OVERTAKEN));
    }
    tx.commit().await
}

/// Two rows of a file cannot be about the same record.
fn once(verdict: Verdict, row: &Row, claimed: &mut HashMap<String, (String, u32)>) -> Verdict {
    let key = match &verdict {
        Verdict::Create { key } if !key.is_empty() => format!("+{key}"),
        Verdict::Change { object_id, .. } => format!("#{object_id}"),
        _ => return verdict,
    };
    match claimed.get(&key) {
        Some((sheet, line)) => {
            let place = if *sheet == row.sheet { String::new() } else { format!("工作表“{sheet}”") };
            let message =
                format!("与{place}第 {line} 行是同一条记录。请只留一行；确实是两条的，请写出区别。");
            Verdict::Bad(vec![CellError::new("", message)])
        }
        None => {
            claimed.insert(key, (row.sheet.clone(), row.line));
            verdict
        }
    }
}

/// Asks the actions themselves, in a transaction that nobody will ever see.
async fn rehearse(work: &Work<'_>, step: &mut [Checked]) -> Result<(), Fault> {
    if !step.iter().any(|checked| checked.trial) {
        return Ok(());
    }
    let mut tx = work.app.db.begin_write().await?;
    let mut desk = Desk::new(work.app, work.import.acting()?);
    for checked in step.iter_mut().filter(|checked| checked.trial) {
        desk.outside = checked.outside;
        match work.kind.importer.apply(&mut tx, &mut desk, &checked.row).await {
            Ok(_) => {}
            Err(Error::Refused(refusal)) => {
                let errors = errors_of(&refusal, |field| work.kind.importer.column_of(field));
                checked.verdict = Verdict::Bad(errors);
            }
            Err(Error::Fault(fault)) => return Err(fault),
        }
    }
    Ok(())
}

async fn note(work: &Work<'_>, step: &[Checked]) -> Result<(), Fault> {
    let mut counts = Counts::default();
    let mut tx = work.app.db.begin_write().await?;
    for checked in step {
        counts.checked += 1;
        let (word, notes, object) = match &checked.verdict {
            Verdict::Create { .. } => ("create", None, None),
            Verdict::Change { object_id, fields } => {
                let notes = Notes { changes: fields.clone(), ..Notes::default() };
                ("change", Some(notes), Some(*object_id))
            }
            Verdict::Same { object_id } => ("same", None, Some(*object_id)),
            Verdict::Bad(errors) => ("bad", Some(Notes { errors: errors.clone(), ..Notes::default() }), None),
        };
        match word {
            "create" => counts.creates += 1,
            "change" => counts.changes += 1,
            "same" => counts.sames += 1,
            _ => counts.bads += 1,
        }
        store::judge(&mut tx, work.import.id, checked.seq, word, notes.as_ref(), object).await?;
    }
    if !store::advance(&mut tx, work.import.id, work.runner, counts, work.lease()).await? {
        return Err(Fault::new(OVERTAKEN));
    }
    tx.commit().await
}
