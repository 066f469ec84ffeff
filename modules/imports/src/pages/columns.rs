//! Says which column of the file means what.

use super::{import, rows::discreet, version};
use crate::{
    actions::map_columns::map_columns,
    import::Import,
    kind::Kind,
    mapping::{self, FileColumn},
    store, work,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/columns.html")]
struct ColumnsMain<'a> {
    kind: &'a Kind,
    import: &'a Import,
    columns: Vec<Shown>,
    missing: Vec<&'static str>,
    form: Form,
}

struct Shown {
    at: usize,
    letter: String,
    column: FileColumn,
    samples: String,
}

/// Rows that samples are taken from.
const SAMPLES: i64 = 3;

async fn page(ctx: &Ctx, tx: &mut Tx, (import, kind): (Import, &Kind), form: Form) -> Reply<Page> {
    let rows = store::rows(tx, import.id, 0, None, None, SAMPLES).await?;
    let rows = rows.iter().map(|row| row.cells(&ctx.app.db)).collect::<Result<Vec<_>, _>>()?;
    let mut columns = import.columns()?;
    for (at, column) in columns.iter_mut().enumerate() {
        if form.status().is_some() {
            form.get(&format!("c{at}")).clone_into(&mut column.key);
        }
    }
    let missing = mapping::missing(kind, &columns);
    let samples = |at: usize, column: &FileColumn| {
        let texts = rows.iter().filter_map(|row| row.texts.get(at)).filter(|text| !text.is_empty());
        let shown = texts.map(|text| discreet(kind, Some(column), text).chars().take(20).collect::<String>());
        shown.collect::<Vec<_>>().join("、")
    };
    let columns = columns.into_iter().enumerate().map(|(at, column)| Shown {
        at,
        letter: sheet::column_letter(at),
        samples: samples(at, &column),
        column,
    });
    let main = ColumnsMain { kind, columns: columns.collect(), missing, form, import: &import };
    Ok(Page::new("对应列", &main)?
        .crumb("批量导入", "/imports")
        .crumb(import.file_name.clone(), format!("/imports/{}", import.id))
        .answering(&main.form))
}

/// `GET /imports/{id}/columns`
pub(crate) async fn ask(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let found = import(&ctx, &mut tx, &id).await?;
    let form = ctx.form(&[]);
    page(&ctx, &mut tx, found, form).await
}

/// `POST /imports/{id}/columns`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let (import, kind) = import(&ctx, &mut tx, &id).await?;
    let count = import.columns()?.len();
    let keys: Vec<String> = (0..count).map(|at| form.get(&format!("c{at}")).to_owned()).collect();
    let now = ctx.now();
    match map_columns(&mut tx, ctx.actor()?, (&import, version(&form)), kind, &keys, now).await {
        Ok(()) => {
            let reply = ctx.see_other(tx, &format!("/imports/{}", import.id), "").await?;
            work::begin(&ctx.app, import.id, import.total).await?;
            Ok(reply)
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            drop(tx);
            let mut tx = ctx.begin_read().await?;
            Ok(page(&ctx, &mut tx, (import, kind), form).await?.into_response())
        }
    }
}
