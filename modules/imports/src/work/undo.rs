//! Takes back what was done, last row first; what somebody has changed since stays, with the reason.

use super::{OVERTAKEN, STEP, Work};
use crate::{
    import::State,
    kind::{Desk, Undo},
    store::{self, Counts, Notes, Staged},
};
use ::store::{
    Tx,
    outside::{self, OutsideState},
};
use kernel::{Error, Fault};
use std::collections::BTreeMap;

pub(super) async fn undo(work: &Work<'_>) -> Result<(), Fault> {
    let import = &work.import;
    loop {
        // Rows whose action refused; it may have left half of its work, so the step is done again without them.
        let mut refused: BTreeMap<i64, String> = BTreeMap::new();
        loop {
            let mut tx = work.app.db.begin_write().await?;
            let rows = store::standing(&mut tx, import.id, STEP).await?;
            if rows.is_empty() {
                return finish(work, tx).await;
            }
            let known = refused.len();
            let counts = take_back(work, &mut tx, &rows, &mut refused).await?;
            if refused.len() > known {
                continue;
            }
            if !store::advance(&mut tx, import.id, work.runner, counts, work.lease()).await? {
                return Err(Fault::new(OVERTAKEN));
            }
            tx.commit().await?;
            break;
        }
    }
}

async fn finish(work: &Work<'_>, mut tx: Tx) -> Result<(), Fault> {
    let (state, message) =
        if work.import.aim == "refused" { (State::Refused, None) } else { (State::Undone, Some("")) };
    if !store::turn(&mut tx, work.import.id, work.runner, state, message).await? {
        return Err(Fault::new(OVERTAKEN));
    }
    tx.commit().await
}

async fn take_back(
    work: &Work<'_>,
    tx: &mut Tx,
    rows: &[Staged],
    refused: &mut BTreeMap<i64, String>,
) -> Result<Counts, Fault> {
    let import = &work.import;
    let mut desk = Desk::new(work.app, import.acting()?);
    let mut counts = Counts::default();
    for staged in rows {
        let Some(did) = staged.did(&work.app.db)? else { continue };
        let done = did.done();
        let undone = match refused.get(&staged.seq) {
            Some(reason) => Undo::Kept(reason.clone()),
            None if !did.changed => Undo::Undone,
            None => match work.kind.importer.undo(tx, &mut desk, &done).await {
                Ok(undone) => undone,
                Err(Error::Refused(refusal)) => {
                    refused.insert(staged.seq, refusal.message);
                    return Ok(counts);
                }
                Err(Error::Fault(fault)) => return Err(fault),
            },
        };
        match undone {
            Undo::Undone => {
                if let Some((system, was)) = &did.outside {
                    let state = if was.is_empty() { OutsideState::Missing } else { OutsideState::Recorded };
                    outside::note(tx, work.kind.object, done.object_id, system, was, state, desk.today())
                        .await?;
                }
                store::taken_back(tx, import.id, staged.seq, None).await?;
                counts.undone += 1;
            }
            Undo::Kept(kept) => {
                let notes = Notes { kept, ..Notes::default() };
                store::taken_back(tx, import.id, staged.seq, Some(&notes)).await?;
                counts.kept += 1;
            }
        }
    }
    Ok(counts)
}
