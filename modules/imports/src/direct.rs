//! A whole import in one call, without pages: for measurements, the command line and the tests of importers.

use crate::{
    actions::{decide, map_columns, upload},
    import::{Import, Mode, State},
    kind::Kind,
    row::CellError,
    store, work,
};
use kernel::{Fault, Id, Refusal, Result};
use web::{Actor, App};

/// What came of an import.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// The import as it stands now.
    pub import: Import,
    /// Every bad cell: sheet, row, the column's key (empty: the row as a whole), what to do.
    pub bad: Vec<(String, i64, String, String)>,
    /// Rows that could not be taken back: row and reason.
    pub kept: Vec<(i64, String)>,
}

async fn report(app: &App, id: Id<Import>) -> Result<ImportReport> {
    let mut tx = app.db.begin_read().await?;
    let import = store::import(&mut tx, id).await?.ok_or_else(|| Fault::new("the import is gone"))?;
    let heads = if import.purged { Vec::new() } else { import.heads(&app.db)? };
    let (mut bad, mut kept) = (Vec::new(), Vec::new());
    for staged in store::rows(&mut tx, id, 0, Some("bad"), None, 100_000).await? {
        let sheet = usize::try_from(staged.tab).ok().and_then(|at| heads.get(at));
        let sheet = sheet.map_or("", |head| head.name.as_str());
        for CellError { column, message } in staged.notes(&app.db)?.errors {
            bad.push((sheet.to_owned(), staged.line, column, message));
        }
    }
    for staged in store::rows(&mut tx, id, 0, None, Some("kept"), 100_000).await? {
        kept.push((staged.line, staged.notes(&app.db)?.kept));
    }
    Ok(ImportReport { import, bad, kept })
}

/// Imports a file as far as `mode` permits; without a mode it is only checked. Waits until everything is done.
///
/// # Errors
/// A refusal of the file; a fault if it cannot be done.
pub async fn import_file(
    app: &App,
    actor: &Actor,
    kind: &Kind,
    (file_name, bytes): (&str, Vec<u8>),
    mode: Option<Mode>,
) -> Result<ImportReport> {
    let file = upload::read(kind, file_name, bytes).await?;
    let now = app.clock.now();
    let mut tx = app.db.begin_write().await?;
    let (id, next) = upload::enter(&mut tx, app, actor, kind, (file_name, &file), now).await?;
    tx.commit().await?;
    if next == State::Uploaded {
        work::stage(app, id, file, next).await?;
        let mut tx = app.db.begin_write().await?;
        let import = store::import(&mut tx, id).await?.ok_or_else(|| Fault::new("the import is gone"))?;
        let keys: Vec<String> = import.columns()?.into_iter().map(|column| column.key).collect();
        map_columns::map_columns(&mut tx, actor, (&import, import.version), kind, &keys, now).await?;
        tx.commit().await?;
    } else {
        work::stage(app, id, file, next).await?;
    }
    work::run(app, id).await?;
    if let Some(mode) = mode {
        let mut tx = app.db.begin_write().await?;
        let import = store::import(&mut tx, id).await?.ok_or_else(|| Fault::new("the import is gone"))?;
        if import.state == State::Checked && import.wanted() > 0 && (mode == Mode::Good || import.bads == 0) {
            decide::apply(&mut tx, actor, &import, import.version, Some(mode)).await?;
            tx.commit().await?;
            work::run(app, id).await?;
        }
    }
    report(app, id).await
}

/// Takes an import back and waits until that is done.
///
/// # Errors
/// A refusal if it cannot be taken back any more; a fault if it cannot be done.
pub async fn take_back(app: &App, actor: &Actor, id: Id<Import>) -> Result<ImportReport> {
    let mut tx = app.db.begin_write().await?;
    let import = store::import(&mut tx, id).await?.ok_or_else(|| Refusal::not_found("没有这个导入。"))?;
    decide::undo(&mut tx, actor, &import, import.version).await?;
    tx.commit().await?;
    work::run(app, id).await?;
    report(app, id).await
}
