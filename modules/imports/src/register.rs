//! The importer of an ordinary register: records with fields, found by a key, made, corrected and ended by actions.
//!
//! A module says how its record is found, read as texts, checked, made, changed and ended; what a row would change, what
//! an empty cell means, later changes by others and restoring are the same for all.

use crate::{
    kind::{Answer, Column, Desk, Done, FieldChange, Importer, Undo, Verdict},
    row::{CellError, Row},
};
use store::Tx;

/// A record's fields as the texts that cells would hold, by column.
pub type Texts = Vec<(&'static str, String)>;

/// What a row's own key finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sought {
    /// The record, if it is known.
    pub id: Option<i64>,
    /// What tells the record from others in the file; empty: nothing.
    pub key: String,
}

/// A register that rows can be imported into; offer it as `importer: &Registered(MyRegister)`.
pub trait Register: Send + Sync {
    /// The kind's columns.
    fn columns(&self) -> &'static [Column];

    /// Finds the record that a row without a known outside number means.
    fn find<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Sought>;

    /// Version and fields of a record; none if it is gone or out of the person's reach.
    fn read<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, id: i64) -> Answer<'a, Option<(i64, Texts)>>;

    /// Checks a complete row (what the file leaves open is filled in from the record) and says its fields as
    /// [`read`](Self::read) would after saving them; else everything that is wrong.
    fn parse<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        row: &'a Row,
    ) -> Answer<'a, Result<Texts, Vec<CellError>>>;

    /// Makes a record of a complete row that was parsed; its id.
    fn create<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, i64>;

    /// Changes a record to what a complete row says; false if somebody changed it since that version.
    fn change<'a>(
        &'a self,
        tx: &'a mut Tx,
        desk: &'a mut Desk,
        record: (i64, i64),
        row: &'a Row,
    ) -> Answer<'a, bool>;

    /// Ends a record that an import had made and nobody has changed since.
    fn withdraw<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, record: (i64, i64)) -> Answer<'a, Undo>;
}

/// A [`Register`] as an [`Importer`].
#[derive(Debug, Clone, Copy)]
pub struct Registered<R>(pub R);

fn text<'a>(texts: &'a [(&'static str, String)], key: &str) -> &'a str {
    texts.iter().find(|(known, _)| *known == key).map_or("", |(_, text)| text)
}

/// A row in which the file's cells stand before the record's.
fn over(row: &Row, base: &Texts, columns: &[Column]) -> Row {
    let cell = |column: &Column| {
        let said = row.get(column.key);
        (column.key, if said.is_empty() { text(base, column.key).to_owned() } else { said.to_owned() })
    };
    row.with(columns.iter().map(cell).collect())
}

fn masked(column: &Column, text: &str) -> String {
    let count = text.chars().count();
    if !column.personal || count < 5 {
        return if column.personal && count > 0 { "****".to_owned() } else { text.to_owned() };
    }
    let tail: String = text.chars().skip(count - 4).collect();
    format!("****{tail}")
}

fn differences(columns: &[Column], before: &Texts, after: &Texts) -> Vec<FieldChange> {
    let differs = |column: &&Column| text(before, column.key) != text(after, column.key);
    columns
        .iter()
        .filter(differs)
        .map(|column| FieldChange {
            label: column.title.to_owned(),
            before: masked(column, text(before, column.key)),
            after: masked(column, text(after, column.key)),
        })
        .collect()
}

/// A row judged by its record.
struct Seen {
    record: Option<(i64, i64)>,
    base: Texts,
    row: Row,
    after: Result<Texts, Vec<CellError>>,
    key: String,
}

impl<R: Register> Registered<R> {
    async fn see(&self, tx: &mut Tx, desk: &mut Desk, row: &Row) -> kernel::Result<Seen> {
        let columns = self.0.columns();
        let mut record = None;
        let mut base = Texts::new();
        let mut key = String::new();
        if let Some(id) = desk.outside
            && let Some((version, texts)) = self.0.read(tx, desk, id).await?
        {
            (record, base) = (Some((id, version)), texts);
        }
        if record.is_none() {
            let sought = self.0.find(tx, desk, row).await?;
            key = sought.key;
            if let Some(id) = sought.id {
                let found = self.0.read(tx, desk, id).await?;
                let (version, texts) = found.ok_or_else(|| {
                    kernel::Refusal::forbidden("这条记录不在您的管理范围内，不能由您导入。")
                })?;
                (record, base) = (Some((id, version)), texts);
            }
        }
        let row = over(row, &base, columns);
        let after = self.0.parse(tx, desk, &row).await?;
        Ok(Seen { record, base, row, after, key })
    }
}

impl<R: Register> Importer for Registered<R> {
    fn check<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict> {
        Box::pin(async move {
            let seen = self.see(tx, desk, row).await?;
            let after = match seen.after {
                Ok(after) => after,
                Err(errors) => return Ok(Verdict::Bad(errors)),
            };
            let Some((object_id, _)) = seen.record else { return Ok(Verdict::Create { key: seen.key }) };
            let fields = differences(self.0.columns(), &seen.base, &after);
            Ok(if fields.is_empty() {
                Verdict::Same { object_id }
            } else {
                Verdict::Change { object_id, fields }
            })
        })
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Done> {
        Box::pin(async move {
            let seen = self.see(tx, desk, row).await?;
            if seen.after.is_err() {
                return Err(kernel::Refusal::invalid("这一行已不能导入，请重新核对。").into());
            }
            let object_id = match seen.record {
                Some(record) => {
                    if !self.0.change(tx, desk, record, &seen.row).await? {
                        return Err(kernel::Refusal::conflict("这条记录刚被他人修改，请重新核对。").into());
                    }
                    record.0
                }
                None => self.0.create(tx, desk, &seen.row).await?,
            };
            let version = self.0.read(tx, desk, object_id).await?.map_or(0, |(version, _)| version);
            let before: serde_json::Map<String, serde_json::Value> =
                seen.base.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
            Ok(Done { object_id, created: seen.record.is_none(), before: before.into(), version })
        })
    }

    fn undo<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo> {
        Box::pin(async move {
            let Some((version, _)) = self.0.read(tx, desk, done.object_id).await? else {
                return Ok(Undo::Kept("这条记录已经不在了，或不在您的管理范围内。".to_owned()));
            };
            if version != done.version {
                return Ok(Undo::Kept("导入后又有人修改过，保持现在的内容。".to_owned()));
            }
            let record = (done.object_id, version);
            if done.created {
                return self.0.withdraw(tx, desk, record).await;
            }
            let cell = |column: &Column| {
                (column.key, done.before[column.key].as_str().unwrap_or_default().to_owned())
            };
            let row = Row::new("", 0, self.0.columns().iter().map(cell).collect(), Vec::new());
            Ok(if self.0.change(tx, desk, record, &row).await? {
                Undo::Undone
            } else {
                Undo::Kept("撤销时有人正在修改，保持现在的内容。".to_owned())
            })
        })
    }
}
