//! The rows of an import, sort by sort, and the workbook with what is wrong.

use super::{UnknownRefusal, XLSX, import};
use crate::{
    import::Import,
    kind::{FieldChange, Kind},
    mapping::FileColumn,
    store,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::Response};
use kernel::{Fault, ends_only, without_numbers};
use sheet::{OutRow, OutTab, column_letter, workbook};
use web::{Ctx, Listing, Page, Reply, download};

/// A bad cell as people read it.
pub(crate) struct ErrorShown {
    /// 第 5 行 B 列.
    pub(crate) place: String,
    /// The column's title; empty for the row as a whole.
    pub(crate) column: String,
    /// What stands there.
    pub(crate) text: String,
    /// What to do.
    pub(crate) message: String,
}

/// A row as people read it.
pub(crate) struct RowShown {
    /// Sheet and row.
    pub(crate) place: String,
    /// The first cells.
    pub(crate) text: String,
    pub(crate) errors: Vec<ErrorShown>,
    pub(crate) changes: Vec<FieldChange>,
    pub(crate) kept: String,
}

const MOST_TEXT: usize = 60;

/// A cell as previews show it: of personal columns the ends, of others whatever is no ID number and no telephone, for
/// people also write those where they do not belong.
pub(super) fn discreet(kind: &Kind, column: Option<&FileColumn>, text: &str) -> String {
    let personal = column.and_then(|column| kind.column(&column.key)).is_some_and(|column| column.personal);
    if personal { ends_only(text) } else { without_numbers(text) }
}

/// Rows after `after`, at most `limit`, and where the next page starts.
pub(crate) async fn read_rows(
    ctx: &Ctx,
    tx: &mut Tx,
    (import, kind): (&Import, &Kind),
    after: i64,
    verdict: Option<&str>,
    state: Option<&str>,
    limit: i64,
) -> Result<(Vec<RowShown>, Option<i64>), Fault> {
    let db = &ctx.app.db;
    let heads = import.heads(db)?;
    let columns = import.columns()?;
    let mut staged = store::rows(tx, import.id, after, verdict, state, limit + 1).await?;
    let more = i64::try_from(staged.len()).unwrap_or(0) > limit;
    staged.truncate(usize::try_from(limit).unwrap_or(0));
    let next = staged.last().map(|row| row.seq).filter(|_| more);
    let mut shown = Vec::new();
    for row in &staged {
        let sheet = usize::try_from(row.tab).ok().and_then(|at| heads.get(at)).map_or("", |head| &head.name);
        let cells = row.cells(db)?;
        let notes = row.notes(db)?;
        let short = |text: &str| text.chars().take(MOST_TEXT).collect::<String>();
        let seen = |at: usize| {
            let text = cells.texts.get(at).map(String::as_str).unwrap_or_default();
            discreet(kind, columns.get(at), text)
        };
        let errors = notes.errors.into_iter().map(|error| {
            let at = columns.iter().position(|column| !error.column.is_empty() && column.key == error.column);
            let letter = at.map(|at| format!(" {} 列", column_letter(at))).unwrap_or_default();
            ErrorShown {
                place: format!("{sheet} 第 {} 行{letter}", row.line),
                column: kind.column(&error.column).map_or("整行", |column| column.title).to_owned(),
                text: at.map(|at| short(&seen(at))).unwrap_or_default(),
                message: error.message,
            }
        });
        shown.push(RowShown {
            place: format!("{sheet} 第 {} 行", row.line),
            errors: errors.collect(),
            changes: notes.changes,
            kept: notes.kept,
            text: short(
                &(0..cells.texts.len())
                    .map(seen)
                    .filter(|text| !text.is_empty())
                    .take(4)
                    .collect::<Vec<_>>()
                    .join("　"),
            ),
        });
    }
    Ok((shown, next))
}

#[derive(Template)]
#[template(path = "pages/rows.html")]
struct RowsMain<'a> {
    import: &'a Import,
    title: &'static str,
    rows: Vec<RowShown>,
    next: Option<String>,
}

const SIZE: i64 = 50;

/// `GET /imports/{id}/rows?verdict=bad`
pub(crate) async fn rows(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (import, kind) = import(&ctx, &mut tx, &id).await?;
    let listing = Listing::of(&ctx.uri);
    let after = listing.get("from").and_then(|seq| seq.parse().ok()).unwrap_or(0);
    let verdict = listing.get("verdict").filter(|v| ["create", "change", "same", "bad"].contains(v));
    let state = listing.get("state").filter(|s| *s == "kept");
    let title = match (verdict, state) {
        (Some("create"), _) => "新增的行",
        (Some("change"), _) => "修改的行",
        (Some("same"), _) => "不变的行",
        (Some("bad"), _) => "有误的行",
        (_, Some(_)) => "没有撤销的行",
        _ => "全部行",
    };
    let (rows, next) = if import.purged {
        (Vec::new(), None)
    } else {
        read_rows(&ctx, &mut tx, (&import, kind), after, verdict, state, SIZE).await?
    };
    let next = next.map(|seq| listing.link(&[("from", &seq.to_string())]));
    let main = RowsMain { import: &import, title, rows, next };
    Ok(Page::new(title, &main)?
        .crumb("批量导入", "/imports")
        .crumb(import.file_name.clone(), format!("/imports/{}", import.id)))
}

/// Larger imports give back their bad rows only, at their places.
const WHOLE: i64 = 20_000;

/// `GET /imports/{id}/errors.xlsx`: what the person brought, whole, with what is wrong; for that person only.
pub(crate) async fn errors(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let (import, kind) = import(&ctx, &mut tx, &id).await?;
    if import.actor_id != ctx.actor()?.id {
        return Err(UnknownRefusal::NotYours.into());
    }
    let bytes = if import.purged {
        workbook(&[OutTab::default()])?
    } else {
        marked(&ctx, &mut tx, &import, kind).await?
    };
    let stem = import.file_name.rsplit_once('.').map_or(import.file_name.as_str(), |(stem, _)| stem);
    Ok(download(XLSX, &format!("{stem}（错误说明）.xlsx"), bytes))
}

async fn marked(ctx: &Ctx, tx: &mut Tx, import: &Import, kind: &Kind) -> Result<Vec<u8>, Fault> {
    let db = &ctx.app.db;
    let columns = import.columns()?;
    let mut tabs: Vec<OutTab> = Vec::new();
    for head in import.heads(db)? {
        let rows = head.rows.into_iter().map(|(number, cells)| OutRow {
            number,
            cells,
            head: number == head.head,
            ..OutRow::default()
        });
        tabs.push(OutTab { name: head.name, rows: rows.collect(), error_title: Some("错误".to_owned()) });
    }
    let only = (import.total > WHOLE).then_some("bad");
    let mut after = 0;
    loop {
        let staged = store::rows(tx, import.id, after, only, None, 1000).await?;
        let Some(last) = staged.last().map(|row| row.seq) else { break };
        after = last;
        for row in staged {
            let errors = row.notes(db)?.errors;
            let at = |key: &str| columns.iter().position(|column| !key.is_empty() && column.key == key);
            let told: Vec<String> = errors
                .iter()
                .map(|error| match kind.column(&error.column) {
                    Some(column) => format!("{}：{}", column.title, error.message),
                    None => error.message.clone(),
                })
                .collect();
            let out = OutRow {
                number: u32::try_from(row.line).unwrap_or(1),
                cells: row.cells(db)?.texts,
                head: false,
                notes: errors.iter().filter_map(|e| Some((at(&e.column)?, e.message.clone()))).collect(),
                error: told.join("\n"),
            };
            if let Some(tab) = usize::try_from(row.tab).ok().and_then(|tab| tabs.get_mut(tab)) {
                tab.rows.push(out);
            }
        }
    }
    workbook(&tabs)
}
