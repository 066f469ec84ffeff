//! Puts the rows of a file aside, sealed, in steps.

use super::{OVERTAKEN, lease};
use crate::{
    file::File,
    import::{Import, State},
    store::{self, Counts},
};
use kernel::{Fault, Id};
use web::App;

/// Rows a transaction puts aside.
const ROWS: usize = 500;

/// Puts all rows aside and says what comes next: checking, or a person who tells which column means what.
///
/// # Errors
/// A fault if they cannot be written; the import is then found by the job and marked as lost.
pub(crate) async fn stage(app: &App, id: Id<Import>, file: File, next: State) -> Result<(), Fault> {
    let runner = id.raw();
    let mut seq = 0;
    let mut rows = file.rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut tx = app.db.begin_write().await?;
        let mut staged = 0;
        for (tab, line, cells) in rows.by_ref().take(ROWS) {
            seq += 1;
            staged += 1;
            let tab = i64::try_from(tab).unwrap_or(0);
            store::stage(&mut tx, id, seq, (tab, i64::from(line)), &File::cells(&cells)).await?;
        }
        if !store::advance(&mut tx, id, runner, Counts { staged, ..Counts::default() }, lease(app)).await? {
            return Err(Fault::new(OVERTAKEN));
        }
        tx.commit().await?;
    }
    let mut tx = app.db.begin_write().await?;
    if !store::turn(&mut tx, id, runner, next, None).await? {
        return Err(Fault::new(OVERTAKEN));
    }
    tx.commit().await
}
