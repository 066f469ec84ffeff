//! A small kind for tests, whose records live in the installation's settings; and files made of rows.

use crate::{
    kind::{Answer, Column, Desk, Done, FieldChange, Importer, Kind, Undo, Verdict},
    row::Row,
};
use ::store::{Tx, set_setting, setting};
use kernel::{Fault, Refusal};
use web::{Permission, Role};

const NOTES_WRITE: Permission =
    Permission::new("imports.testing.notes", "写便签", &[Role::Manager, Role::TownOfficer]);

/// Notes with a title and a quantity.
pub const NOTES: Kind = Kind {
    key: "notes",
    title: "便签",
    permission: NOTES_WRITE,
    object: "imports_note",
    matching: "标题相同的是同一条。",
    columns: &[
        Column::new("title", "标题")
            .required()
            .aliases(&["题目", "subject"])
            .example("样例")
            .hint("不超过 30 个字。"),
        Column::new("quantity", "数量").example("3").hint("1 到 500 的整数。"),
    ],
    importer: &Notes,
};

struct Notes;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Note {
    id: i64,
    quantity: i64,
    version: i64,
    gone: bool,
}

async fn note(tx: &mut Tx, title: &str) -> Result<Option<Note>, Fault> {
    let text = setting(tx, &format!("note.{title}")).await?;
    let note: Option<Note> = text.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(note.filter(|note| !note.gone))
}

async fn put(tx: &mut Tx, title: &str, note: &Note) -> Result<(), Fault> {
    set_setting(tx, &format!("note.{title}"), &serde_json::to_string(note)?).await?;
    set_setting(tx, &format!("note-title.{}", note.id), title).await
}

/// The quantity of a note that stands.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn quantity(tx: &mut Tx, title: &str) -> Result<Option<i64>, Fault> {
    Ok(note(tx, title).await?.map(|note| note.quantity))
}

/// Changes a note, as somebody else would.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn change(tx: &mut Tx, title: &str, quantity: i64) -> Result<(), Fault> {
    let Some(note) = note(tx, title).await? else { return Err(Fault::new("no such note")) };
    put(tx, title, &Note { quantity, version: note.version + 1, ..note }).await
}

/// What a row says, or what is wrong with it.
fn said(row: &Row) -> Result<(String, Option<i64>), Verdict> {
    let mut read = row.read();
    let title = read.need("title", 30, "请填标题。");
    let quantity = read.whole("quantity", 1, 500);
    if read.is_fine() { Ok((title, quantity)) } else { Err(Verdict::Bad(read.finish())) }
}

impl Importer for Notes {
    fn check<'a>(&'a self, tx: &'a mut Tx, desk: &'a mut Desk, row: &'a Row) -> Answer<'a, Verdict> {
        Box::pin(async move {
            let (title, quantity) = match said(row) {
                Ok(said) => said,
                Err(bad) => return Ok(bad),
            };
            let known = match desk.outside {
                Some(id) => match setting(tx, &format!("note-title.{id}")).await? {
                    Some(known) => note(tx, &known).await?,
                    None => None,
                },
                None => note(tx, &title).await?,
            };
            let Some(known) = known else { return Ok(Verdict::Create { key: title }) };
            let fields: Vec<FieldChange> =
                quantity.and_then(|q| FieldChange::of("数量", known.quantity, q)).into_iter().collect();
            Ok(if fields.is_empty() {
                Verdict::Same { object_id: known.id }
            } else {
                Verdict::Change { object_id: known.id, fields }
            })
        })
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, row: &'a Row) -> Answer<'a, Done> {
        Box::pin(async move {
            let Ok((title, quantity)) = said(row) else { return Err(Refusal::invalid("坏行。").into()) };
            let quantity = quantity.unwrap_or(1);
            // A rule that only the action knows.
            if quantity == 444 {
                return Err(Refusal::invalid("不吉利。").field("count", "数量不能是 444。").into());
            }
            let (done, now) = match note(tx, &title).await? {
                Some(known) => {
                    let now = Note { quantity, version: known.version + 1, ..known.clone() };
                    let before = serde_json::json!({ "title": title, "quantity": known.quantity });
                    (Done { object_id: known.id, created: false, before, version: now.version }, now)
                }
                None => {
                    let now = Note { id: tx.new_id::<Note>()?.raw(), quantity, version: 1, gone: false };
                    let before = serde_json::json!({ "title": title });
                    (Done { object_id: now.id, created: true, before, version: 1 }, now)
                }
            };
            put(tx, &title, &now).await?;
            Ok(done)
        })
    }

    fn undo<'a>(&'a self, tx: &'a mut Tx, _: &'a mut Desk, done: &'a Done) -> Answer<'a, Undo> {
        Box::pin(async move {
            let title = done.before["title"].as_str().unwrap_or_default();
            let Some(now) = note(tx, title).await? else {
                return Ok(Undo::Kept("便签已经不在了。".to_owned()));
            };
            if now.version != done.version {
                return Ok(Undo::Kept("导入后又有人改过。".to_owned()));
            }
            let before = done.before["quantity"].as_i64().unwrap_or(now.quantity);
            put(tx, title, &Note { gone: done.created, quantity: before, version: now.version + 1, ..now })
                .await?;
            Ok(Undo::Undone)
        })
    }

    fn column_of(&self, field: &str) -> String {
        if field == "count" { "quantity".to_owned() } else { field.to_owned() }
    }
}

/// A workbook of one sheet with these heads and rows.
///
/// # Errors
/// A fault if it cannot be written.
pub fn xlsx(tab: &str, heads: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, Fault> {
    let head = heads.iter().map(|head| (*head).to_owned()).collect();
    let all = std::iter::once(head).chain(rows.iter().cloned());
    let rows = all.zip(1u32..).map(|(cells, number)| sheet::OutRow {
        number,
        cells,
        head: number == 1,
        ..sheet::OutRow::default()
    });
    sheet::workbook(&[sheet::OutTab { name: tab.to_owned(), rows: rows.collect(), error_title: None }])
}

/// Rows of a file by column: what a test plants errors into.
pub type Cells = Vec<(&'static str, String)>;

/// What came of planted errors.
#[derive(Debug)]
pub struct Planted {
    /// How many bad cells were planted.
    pub planted: usize,
    /// Planted, and not named: row and column.
    pub missed: Vec<(i64, String)>,
    /// Named, and not planted: row, column, message.
    pub invented: Vec<(i64, String, String)>,
}

/// Plants every fault `times` times, each in a row of its own between good rows, has the file checked, and compares what
/// is named with what was planted. A fault is a column and a bad text; several of one row are given together.
///
/// # Errors
/// What the import refuses as a whole.
pub async fn plant(
    app: &web::App,
    actor: &web::Actor,
    kind: &Kind,
    good: impl Fn(usize) -> Cells,
    faults: &[&[(&'static str, &str)]],
    times: usize,
) -> kernel::Result<Planted> {
    let keys: Vec<&'static str> = good(0).iter().map(|(key, _)| *key).collect();
    let title = |key: &&str| kind.column(key).map_or("", |column| column.title).to_owned();
    let mut rows = vec![keys.iter().map(title).collect::<Vec<String>>()];
    let mut wanted: Vec<(i64, String)> = Vec::new();
    let every = faults.iter().cycle().take(faults.len() * times);
    for (nth, fault) in every.enumerate() {
        // A good row goes before every third bad one.
        for part in if nth % 3 == 0 { 0..2 } else { 1..2 } {
            let mut cells = good(rows.len());
            if part == 1 {
                for (column, text) in *fault {
                    if let Some(cell) = cells.iter_mut().find(|(key, _)| key == column) {
                        (*text).clone_into(&mut cell.1);
                    }
                    wanted.push((i64::try_from(rows.len()).unwrap_or(0) + 1, (*column).to_owned()));
                }
            }
            rows.push(cells.into_iter().map(|(_, text)| text).collect());
        }
    }
    let file = sheet::write_csv(rows);
    let report = crate::import_file(app, actor, kind, ("坏数据.csv", file), None).await?;
    let named: Vec<(i64, String, String)> =
        report.bad.into_iter().map(|(_, line, column, message)| (line, column, message)).collect();
    let missed =
        wanted.iter().filter(|(line, column)| !named.iter().any(|(l, c, _)| l == line && c == column));
    let missed = missed.cloned().collect();
    let planted = wanted.len();
    let invented =
        named.into_iter().filter(|(line, column, _)| !wanted.iter().any(|(l, c)| l == line && c == column));
    Ok(Planted { planted, missed, invented: invented.collect() })
}

/// A CSV file of rows by column.
#[must_use]
pub fn csv(kind: &Kind, rows: &[Cells]) -> Vec<u8> {
    let title =
        |(key, _): &(&'static str, String)| kind.column(key).map_or("", |column| column.title).to_owned();
    let head: Vec<String> = rows.first().map(|row| row.iter().map(title).collect()).unwrap_or_default();
    let all = std::iter::once(head)
        .chain(rows.iter().map(|row| row.iter().map(|(_, text)| text.clone()).collect()));
    sheet::write_csv(all)
}
