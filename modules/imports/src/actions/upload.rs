//! Takes a file in: reads it, guesses what its columns mean, and notes that it is there.

use crate::{
    file::{self, File},
    import::{Import, State},
    kind::Kind,
    mapping,
    store::{self, NewImport},
    work,
};
use ::store::{Audit, Tx};
use kernel::{Fault, Id, Moment, Result};
use web::{Actor, App};

/// The longest file name that is kept, in characters.
const NAME: usize = 120;

kernel::refusals! {
    /// Why a file is not taken in.
    pub(crate) enum UploadRefusal {
        /// None was chosen.
        NoFile => Invalid("file"), "请选择要导入的文件（.xlsx 或 .csv）。";
        /// There is a head, or nothing at all.
        NoRows => Invalid("file"), "文件里只有表头，没有数据行。请填好后再上传。";
    }
}

/// Reads a file as rows of that kind. Takes a while for large ones, and runs beside other requests.
///
/// # Errors
/// A refusal that says what is wrong with the file.
pub(crate) async fn read(kind: &Kind, file_name: &str, bytes: Vec<u8>) -> Result<File> {
    let (kind, name) = (*kind, file_name.to_owned());
    let read = tokio::task::spawn_blocking(move || {
        let limits = sheet::Limits::default();
        let book = sheet::read(&name, &bytes, &limits)?;
        drop(bytes);
        let file = file::understand(&kind, book);
        // Titles and heads had some rows beside the limit: rows of data have none.
        match file {
            Some(file) if file.rows.len() > limits.rows => Err(sheet::Unreadable::TooManyRows(limits.rows)),
            file => Ok(file),
        }
    });
    let file = read.await.map_err(|_| Fault::new("reading a file panicked"))??;
    match file {
        Some(file) if !file.rows.is_empty() => Ok(file),
        _ => Err(UploadRefusal::NoRows.into()),
    }
}

/// Notes the import; its rows are put aside afterwards. Says what comes next.
///
/// # Errors
/// A fault if it cannot be written.
pub(crate) async fn enter(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    kind: &Kind,
    (file_name, file): (&str, &File),
    now: Moment,
) -> Result<(Id<Import>, State)> {
    let digest = mapping::digest(&file.titles);
    let remembered = store::remembered(tx, kind.key, &digest).await?;
    let columns = remembered.unwrap_or_else(|| mapping::guess(kind, &file.titles));
    let certain = mapping::missing(kind, &columns).is_empty() && mapping::doubled(kind, &columns).is_empty();
    let message = if file.others.is_empty() {
        String::new()
    } else {
        format!("以下工作表的表头不同，没有读取：{}。", file.others.join("、"))
    };
    let total = i64::try_from(file.rows.len()).unwrap_or(i64::MAX);
    let new = NewImport {
        kind: kind.key,
        file_name: &file_name.chars().filter(|c| !c.is_control()).take(NAME).collect::<String>(),
        columns: &columns,
        digest: &digest,
        heads: &file.tabs,
        total,
        message: &message,
    };
    let id = store::insert(tx, &new, actor, (now, work::lease(app))).await?;
    let details = serde_json::json!({ "kind": kind.key, "rows": total });
    tx.audit(Audit::new(Some(actor.id), "imports.upload", "imports_import", id).with(&details));
    Ok((id, if certain { State::Checking } else { State::Uploaded }))
}

/// Puts the rows aside and checks them if the columns are certain; small files are waited for.
///
/// # Errors
/// A fault if a small file cannot be put aside.
pub(crate) async fn follow(app: &App, id: Id<Import>, file: File, next: State) -> Result<(), Fault> {
    let rows = i64::try_from(file.rows.len()).unwrap_or(i64::MAX);
    let own = app.clone();
    let task = tokio::spawn(async move {
        if let Err(fault) = work::stage(&own, id, file, next).await {
            tracing::error!(import = %id, %fault, "the rows of a file could not be put aside");
            return Err(fault);
        }
        work::run(&own, id).await
    });
    if rows <= work::WAITED_FOR {
        task.await.map_err(|_| Fault::new("putting rows aside panicked"))?.ok();
    }
    Ok(())
}
