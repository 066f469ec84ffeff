//! All SQL of imports.

use crate::{
    file::{Cells, TabHead},
    import::{Acting, Import, State, UNDO_MICROS, WAIT_MICROS},
    kind::{Done, FieldChange},
    mapping::FileColumn,
    row::CellError,
};
use kernel::{Fault, Id, Moment};
use serde::{Deserialize, Serialize};
use store::{Db, Filter, Tx, params};

const CELLS: &str = "imports_row.cells";
const NOTES: &str = "imports_row.notes";
const DONE: &str = "imports_row.done";
const HEAD: &str = "imports_import.head";

const COLUMNS: &str = "id, kind, file_name, state, mode, aim, mapping, header_digest, head_sealed, total, staged, checked, creates, changes, sames, bads, done, undone, kept, actor_id, actor, actor_name, entered_at, applied_at, attempts, message, purged, version";

const fn sealed_field(table: &'static str, column: &'static str, field: &'static str) -> store::SealedField {
    store::SealedField { table, column, field, blind: None }
}

/// The sealed columns, for changes of keys.
pub(crate) const SEALED: [store::SealedField; 4] = [
    sealed_field("imports_row_entry", "cells_sealed", CELLS),
    sealed_field("imports_row_entry", "notes_sealed", NOTES),
    sealed_field("imports_row_entry", "done_sealed", DONE),
    sealed_field("imports_import_entry", "head_sealed", HEAD),
];

/// What a checked row comes with: what is wrong, or what would change, or why it could not be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Notes {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<CellError>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<FieldChange>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) kept: String,
}

/// What was done for a row, with the outside number it had noted before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Did {
    created: bool,
    before: serde_json::Value,
    version: i64,
    object_id: i64,
    /// System and the number it had there, if this row noted another.
    pub(crate) outside: Option<(String, String)>,
    /// Whether the importer did anything; else only the number was noted.
    pub(crate) changed: bool,
}

impl Did {
    pub(crate) fn new(done: &Done, outside: Option<(String, String)>, changed: bool) -> Self {
        Self {
            created: done.created,
            before: done.before.clone(),
            version: done.version,
            object_id: done.object_id,
            outside,
            changed,
        }
    }

    pub(crate) fn done(&self) -> Done {
        Done {
            created: self.created,
            before: self.before.clone(),
            version: self.version,
            object_id: self.object_id,
        }
    }
}

store::record! {
    /// A staged row as it stands in the table.
    #[derive(Debug, Clone)]
    pub(crate) struct Staged {
        pub(crate) seq: i64,
        pub(crate) tab: i64,
        pub(crate) line: i64,
        cells_sealed: String,
        pub(crate) verdict: String,
        notes_sealed: Option<String>,
        pub(crate) state: String,
        pub(crate) object_id: Option<i64>,
        done_sealed: Option<String>,
    }
}

const ROW: &str = "seq, tab, line, cells_sealed, verdict, notes_sealed, state, object_id, done_sealed";

fn opened<T: serde::de::DeserializeOwned>(db: &Db, field: &'static str, sealed: &str) -> Result<T, Fault> {
    Ok(serde_json::from_str(&db.keys().open(field, sealed)?)?)
}

fn sealed(db: &Db, field: &'static str, value: &impl Serialize) -> Result<String, Fault> {
    db.keys().seal(field, &serde_json::to_string(value)?)
}

impl Staged {
    pub(crate) fn cells(&self, db: &Db) -> Result<Cells, Fault> {
        opened(db, CELLS, &self.cells_sealed)
    }

    pub(crate) fn notes(&self, db: &Db) -> Result<Notes, Fault> {
        self.notes_sealed.as_deref().map_or_else(|| Ok(Notes::default()), |sealed| opened(db, NOTES, sealed))
    }

    pub(crate) fn did(&self, db: &Db) -> Result<Option<Did>, Fault> {
        self.done_sealed.as_deref().map(|sealed| opened(db, DONE, sealed)).transpose()
    }
}

impl Import {
    pub(crate) fn heads(&self, db: &Db) -> Result<Vec<TabHead>, Fault> {
        self.head_sealed.as_deref().map_or_else(|| Ok(Vec::new()), |sealed| opened(db, HEAD, sealed))
    }

    pub(crate) fn columns(&self) -> Result<Vec<FileColumn>, Fault> {
        Ok(serde_json::from_str(&self.mapping)?)
    }

    pub(crate) fn acting(&self) -> Result<web::Actor, Fault> {
        Ok(serde_json::from_str::<Acting>(&self.actor)?.actor())
    }
}

/// A file to be put aside.
pub(crate) struct NewImport<'a> {
    pub(crate) kind: &'a str,
    pub(crate) file_name: &'a str,
    pub(crate) columns: &'a [FileColumn],
    pub(crate) digest: &'a str,
    pub(crate) heads: &'a [TabHead],
    pub(crate) total: i64,
    pub(crate) message: &'a str,
}

pub(crate) async fn insert(
    tx: &mut Tx,
    new: &NewImport<'_>,
    actor: &web::Actor,
    (now, lease_until): (Moment, i64),
) -> Result<Id<Import>, Fault> {
    let id: Id<Import> = tx.new_id()?;
    let wall = tx.db().wall().now();
    let head = sealed(tx.db(), HEAD, &new.heads)?;
    tx.execute(
        "insert into imports_import_entry (id, region_id, kind, file_name, state, mode, aim, mapping, header_digest, head_sealed, total, staged, checked,
                                           creates, changes, sames, bads, done, undone, kept, actor_id, actor, actor_name, entered_at, touched_at,
                                           runner, lease_until, attempts, message, purged, version)
         values ($1, $2, $3, $4, 'staging', '', '', $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 0, 0, 0, $9, $10, $11, $12, $13, $1, $14, 0, $15, 0, 1)",
        params![
            id, tx.region()?, new.kind, new.file_name, serde_json::to_string(new.columns)?, new.digest, head, new.total,
            actor.id, serde_json::to_string(&Acting::of(actor))?, actor.name, now, wall, lease_until, new.message
        ],
    )
    .await?;
    Ok(id)
}

/// Puts a row aside.
pub(crate) async fn stage(
    tx: &mut Tx,
    import: Id<Import>,
    seq: i64,
    (tab, line): (i64, i64),
    cells: &Cells,
) -> Result<(), Fault> {
    let id: Id<Staged> = tx.new_id()?;
    let cells = sealed(tx.db(), CELLS, cells)?;
    tx.execute(
        "insert into imports_row_entry (id, region_id, import_id, seq, tab, line, cells_sealed, verdict, state) values ($1, $2, $3, $4, $5, $6, $7, '', '')",
        params![id, tx.region()?, import, seq, tab, line, cells],
    )
    .await.map(|_| ())
}

pub(crate) async fn import(tx: &mut Tx, id: Id<Import>) -> Result<Option<Import>, Fault> {
    tx.optional(
        "select id, kind, file_name, state, mode, aim, mapping, header_digest, head_sealed, total, staged, checked, creates, changes, sames, bads, done, undone, kept, actor_id, actor, actor_name, entered_at, applied_at, attempts, message, purged, version
         from imports_import_entry where region_id = $1 and id = $2",
        params![tx.region()?, id],
    )
    .await
}

/// Imports of these kinds, newest first; with `own` only those of that account.
pub(crate) async fn list(
    tx: &mut Tx,
    kinds: &[&str],
    own: Option<i64>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Import>, Fault> {
    Filter::new("imports_import_entry", "region_id", tx.region()?)
        .and_in("kind", kinds)
        .and_if("actor_id = ?", own)
        .and_if("id < ?", before)
        .rows(tx, COLUMNS, "id desc", limit)
        .await
}

/// Rows after `seq`, in the file's order; with `verdict` or `state` only those.
pub(crate) async fn rows(
    tx: &mut Tx,
    import: Id<Import>,
    after: i64,
    verdict: Option<&str>,
    state: Option<&str>,
    limit: i64,
) -> Result<Vec<Staged>, Fault> {
    Filter::new("imports_row_entry", "region_id", tx.region()?)
        .and("import_id = ?", import)
        .and("seq > ?", after)
        .and_if("verdict = ?", verdict)
        .and_if("state = ?", state)
        .rows(tx, ROW, "seq", limit)
        .await
}

/// Rows that are still to be applied, in the file's order.
pub(crate) async fn waiting(
    tx: &mut Tx,
    import: Id<Import>,
    after: i64,
    limit: i64,
) -> Result<Vec<Staged>, Fault> {
    Filter::new("imports_row_entry", "region_id", tx.region()?)
        .and("import_id = ?", import)
        .and("seq > ?", after)
        .and_that("state = ''")
        .and_in("verdict", &["create", "change"])
        .rows(tx, ROW, "seq", limit)
        .await
}

/// Rows that were applied and not taken back, last first.
pub(crate) async fn standing(tx: &mut Tx, import: Id<Import>, limit: i64) -> Result<Vec<Staged>, Fault> {
    Filter::new("imports_row_entry", "region_id", tx.region()?)
        .and("import_id = ?", import)
        .and_that("state = 'applied'")
        .rows(tx, ROW, "seq desc", limit)
        .await
}

/// Notes what a row would do.
pub(crate) async fn judge(
    tx: &mut Tx,
    import: Id<Import>,
    seq: i64,
    verdict: &'static str,
    notes: Option<&Notes>,
    object_id: Option<i64>,
) -> Result<(), Fault> {
    let notes = notes.map(|notes| sealed(tx.db(), NOTES, notes)).transpose()?;
    tx.execute(
        "update imports_row_entry set verdict = $4, notes_sealed = $5, object_id = $6 where region_id = $1 and import_id = $2 and seq = $3",
        params![tx.region()?, import, seq, verdict, notes, object_id],
    )
    .await.map(|_| ())
}

/// Notes what was done for a row.
pub(crate) async fn applied(tx: &mut Tx, import: Id<Import>, seq: i64, did: &Did) -> Result<(), Fault> {
    let done = sealed(tx.db(), DONE, did)?;
    tx.execute(
        "update imports_row_entry set state = 'applied', object_id = $4, done_sealed = $5 where region_id = $1 and import_id = $2 and seq = $3",
        params![tx.region()?, import, seq, did.object_id, done],
    )
    .await.map(|_| ())
}

/// Notes that a row was taken back, or why not.
pub(crate) async fn taken_back(
    tx: &mut Tx,
    import: Id<Import>,
    seq: i64,
    kept: Option<&Notes>,
) -> Result<(), Fault> {
    let state = if kept.is_some() { "kept" } else { "undone" };
    let notes = kept.map(|notes| sealed(tx.db(), NOTES, notes)).transpose()?;
    tx.execute(
        "update imports_row_entry set state = $4, notes_sealed = coalesce($5, notes_sealed) where region_id = $1 and import_id = $2 and seq = $3",
        params![tx.region()?, import, seq, state, notes],
    )
    .await.map(|_| ())
}

/// Counts that a step of work adds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) staged: i64,
    pub(crate) checked: i64,
    pub(crate) creates: i64,
    pub(crate) changes: i64,
    pub(crate) sames: i64,
    pub(crate) bads: i64,
    pub(crate) done: i64,
    pub(crate) undone: i64,
    pub(crate) kept: i64,
}

/// Adds what a step did and keeps the work in hand; false if another runner has taken it over.
pub(crate) async fn advance(
    tx: &mut Tx,
    import: Id<Import>,
    runner: i64,
    counts: Counts,
    lease_until: i64,
) -> Result<bool, Fault> {
    let c = counts;
    let touched = tx
        .execute(
            "update imports_import_entry set staged = staged + $3, checked = checked + $4, creates = creates + $5, changes = changes + $6, sames = sames + $7,
                    bads = bads + $8, done = done + $9, undone = undone + $10, kept = kept + $11, lease_until = $12, attempts = 0
             where id = $1 and runner = $2",
            params![import, runner, c.staged, c.checked, c.creates, c.changes, c.sames, c.bads, c.done, c.undone, c.kept, lease_until],
        )
        .await?;
    Ok(touched == 1)
}

/// Ends a stage of the work; false if another runner has taken it over.
pub(crate) async fn turn(
    tx: &mut Tx,
    import: Id<Import>,
    runner: i64,
    state: State,
    message: Option<&str>,
) -> Result<bool, Fault> {
    let wall = tx.db().wall().now();
    let applied_at = (state == State::Applied).then_some(wall);
    let touched = tx
        .execute(
            "update imports_import_entry set state = $3, message = coalesce($4, message), applied_at = coalesce($5, applied_at), touched_at = $6,
                    lease_until = 0, attempts = 0, version = version + 1
             where id = $1 and runner = $2",
            params![import, runner, state, message, applied_at, wall],
        )
        .await?;
    Ok(touched == 1)
}

/// Forgets earlier verdicts: a check begins.
pub(crate) async fn restart_check(tx: &mut Tx, import: Id<Import>) -> Result<(), Fault> {
    tx.execute(
        "update imports_import_entry set checked = 0, creates = 0, changes = 0, sames = 0, bads = 0 where id = $1",
        params![import],
    )
    .await?;
    Ok(())
}

/// What a person decides about an import.
pub(crate) struct Decision<'a> {
    pub(crate) state: State,
    pub(crate) mode: &'a str,
    pub(crate) aim: &'a str,
    pub(crate) mapping: Option<String>,
    pub(crate) actor: Option<&'a web::Actor>,
}

/// Notes a decision if the import still stands as the person saw it; false if it does not.
pub(crate) async fn decide(
    tx: &mut Tx,
    import: Id<Import>,
    version: i64,
    decision: &Decision<'_>,
) -> Result<bool, Fault> {
    let wall = tx.db().wall().now();
    let acting = decision.actor.map(|actor| serde_json::to_string(&Acting::of(actor))).transpose()?;
    let touched = tx
        .execute(
            "update imports_import_entry set state = $3, mode = $4, aim = $5, mapping = coalesce($6, mapping), actor = coalesce($7, actor), touched_at = $8,
                    lease_until = 0, attempts = 0, message = case when $3 = 'checking' then message else '' end, version = version + 1
             where id = $1 and version = $2",
            params![import, version, decision.state, decision.mode, decision.aim, decision.mapping, acting, wall],
        )
        .await?;
    Ok(touched == 1)
}

/// Takes the work into hand until `lease_until`, unless somebody has it; false if so, or if there is nothing to do.
pub(crate) async fn take(
    tx: &mut Tx,
    import: Id<Import>,
    runner: i64,
    lease_until: i64,
) -> Result<bool, Fault> {
    let wall = tx.db().wall().now();
    let touched = tx
        .execute(
            "update imports_import_entry set runner = $3, lease_until = $4, attempts = attempts + 1
             where id = $1 and lease_until < $2 and state in ('staging', 'checking', 'applying', 'undoing')",
            params![import, wall, runner, lease_until],
        )
        .await?;
    Ok(touched == 1)
}

/// Work that nobody has in hand.
pub(crate) async fn interrupted(tx: &mut Tx) -> Result<Vec<Id<Import>>, Fault> {
    let wall = tx.db().wall().now();
    Ok(tx
        .all::<(Id<Import>,)>(
            "select id from imports_import_entry where region_id = $1 and state in ('staging', 'checking', 'applying', 'undoing') and lease_until < $2 order by id",
            params![tx.region()?, wall],
        )
        .await?
        .into_iter()
        .map(|(id,)| id)
        .collect())
}

/// Imports whose rows need not be kept any longer.
pub(crate) async fn outdated(tx: &mut Tx) -> Result<Vec<Id<Import>>, Fault> {
    let wall = tx.db().wall().now().micros();
    Ok(tx
        .all::<(Id<Import>,)>(
            "select id from imports_import_entry where region_id = $1 and purged = 0
               and ((state in ('applied', 'undone', 'refused', 'dropped', 'lost') and touched_at <= $2) or (state in ('uploaded', 'checked') and touched_at <= $3))
             order by id",
            params![tx.region()?, wall - UNDO_MICROS, wall - WAIT_MICROS],
        )
        .await?
        .into_iter()
        .map(|(id,)| id)
        .collect())
}

/// Deletes some staged rows; returns how many.
pub(crate) async fn delete_rows(tx: &mut Tx, import: Id<Import>, below: i64) -> Result<u64, Fault> {
    tx.execute(
        "delete from imports_row_entry where region_id = $1 and import_id = $2 and seq <= $3",
        params![tx.region()?, import, below],
    )
    .await
}

/// Notes that the rows are gone. One that still waited for a decision is dropped with them.
pub(crate) async fn purged(tx: &mut Tx, import: Id<Import>) -> Result<(), Fault> {
    tx.execute(
        "update imports_import_entry set purged = 1, head_sealed = null, version = version + 1,
                state = case when state in ('uploaded', 'checked') then 'dropped' else state end where id = $1",
        params![import],
    )
    .await?;
    Ok(())
}

/// The mapping that was used last for files with these heads.
pub(crate) async fn remembered(
    tx: &mut Tx,
    kind: &str,
    digest: &str,
) -> Result<Option<Vec<FileColumn>>, Fault> {
    let found: Option<(String,)> = tx
        .optional(
            "select mapping from imports_mapping_entry where region_id = $1 and kind = $2 and header_digest = $3",
            params![tx.region()?, kind, digest],
        )
        .await?;
    found.map(|(json,)| Ok(serde_json::from_str(&json)?)).transpose()
}

/// Remembers a mapping.
pub(crate) async fn remember(
    tx: &mut Tx,
    kind: &str,
    digest: &str,
    columns: &[FileColumn],
    (actor, now): (i64, Moment),
) -> Result<(), Fault> {
    let id: Id<FileColumn> = tx.new_id()?;
    tx.execute(
        "insert into imports_mapping_entry (id, region_id, kind, header_digest, mapping, actor_id, noted_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (region_id, kind, header_digest) do update set mapping = excluded.mapping, actor_id = excluded.actor_id, noted_at = excluded.noted_at",
        params![id, tx.region()?, kind, digest, serde_json::to_string(columns)?, actor, now],
    )
    .await?;
    Ok(())
}
