//! Several documents at once: one archive of Word files to print, and one press that says they are printed.

use super::{Line, file_name, find, lines};
use crate::{
    actions::step,
    document::{Document, State, Step},
    kind,
    store::{self, Asked, Row},
};
use ::store::Tx;
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use kernel::{Id, Refusal, Result};
use web::{Ctx, Form, Listing, Page, Reply, download};

/// Documents of one archive.
const MOST: usize = 50;

kernel::refusals! {
    /// Why nothing is printed.
    pub(crate) enum BatchRefusal {
        /// None was chosen.
        Nothing => Invalid("ids"), "请先勾选要打印的文书。";
        /// Too many.
        TooMany => Invalid("ids"), "一次最多打印 50 份，请分几次。";
    }
}

#[derive(Template)]
#[template(path = "pages/batch.html")]
struct BatchMain {
    form: Form,
    lines: Vec<Line>,
    /// What can be ticked: ids with words.
    drafts: Vec<(String, String)>,
    zip: String,
    /// Whether these were chosen, and not just all drafts.
    chosen: bool,
}

fn ids(ctx: &Ctx) -> Vec<Id<Document>> {
    let query = ctx.uri.split_once('?').map_or("", |(_, query)| query);
    let values = query.split('&').filter_map(|pair| pair.strip_prefix("ids="));
    let mut ids: Vec<Id<Document>> = values.filter_map(|id| id.parse().ok()).collect();
    ids.dedup();
    ids.truncate(MOST);
    ids
}

fn query(ids: &[Id<Document>]) -> String {
    ids.iter().map(|id| format!("ids={id}")).collect::<Vec<_>>().join("&")
}

/// The chosen documents within reach; without a choice, the newest drafts.
async fn chosen(ctx: &Ctx, tx: &mut Tx) -> Result<(Vec<Row>, bool)> {
    let ids = ids(ctx);
    let mut rows = Vec::new();
    if ids.is_empty() {
        let actor = ctx.actor()?;
        let listing = Listing::of("/documents?state=draft&size=50");
        let asked = Asked { reach: &actor.reach(), account: actor.id, listing: &listing, records: None };
        let (mut found, _) = store::list(tx, &asked).await?;
        found.truncate(MOST);
        for row in found {
            // Those of records that this person does not see, or of kinds that somebody else makes, are left out.
            let id = row.id.to_string();
            if let Ok((row, kind, ..)) = find(ctx, tx, &id).await
                && crate::actions::may(ctx, &kind).is_ok()
            {
                rows.push(row);
            }
        }
        return Ok((rows, false));
    }
    for id in ids {
        rows.push(find(ctx, tx, &id.to_string()).await?.0);
    }
    Ok((rows, true))
}

/// `GET /documents/batch`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    shown(&ctx, None).await
}

async fn shown(ctx: &Ctx, refused: Option<Form>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (rows, chosen) = chosen(ctx, &mut tx).await?;
    let ids: Vec<Id<Document>> = rows.iter().map(|row| row.id).collect();
    let lines = lines(ctx, &mut tx, rows).await?;
    let open = lines.iter().filter(|line| line.row.state == State::Draft);
    let drafts: Vec<(String, String)> = open
        .map(|line| (line.row.id.to_string(), format!("{} {}，{}", line.title, line.row.number, line.record)))
        .collect();
    let ticked: Vec<(&str, &str)> = drafts.iter().map(|(id, _)| ("ids", id.as_str())).collect();
    let form = refused.unwrap_or_else(|| ctx.form(&ticked));
    let main =
        BatchMain { zip: format!("/documents/batch.zip?{}", query(&ids)), lines, drafts, chosen, form };
    Ok(Page::new("批量打印", &main)?.crumb("文书", "/documents").answering(&main.form))
}

/// `GET /documents/batch.zip`
pub(crate) async fn zip(ctx: Ctx) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let (rows, _) = chosen(&ctx, &mut tx).await?;
    if rows.is_empty() {
        return Err(BatchRefusal::Nothing.into());
    }
    let mut files = Vec::new();
    for row in &rows {
        let title = kind::kind(&ctx, &row.kind).map_or("", |kind| kind.title);
        let draft = store::files(&mut tx, row.id).await?.into_iter().find(|file| file.part == "draft");
        if let Some(draft) = draft {
            files.push((file_name(&row.number, title, "docx"), store::content(&mut tx, draft.id).await?));
        }
    }
    drop(tx);
    for row in &rows {
        ctx.note_read("documents_document", row.id.raw(), &["draft"], "批量打印").await?;
    }
    Ok(download("application/zip", "文书.zip", docx::bundle(&files)?))
}

/// `POST /documents/batch`
pub(crate) async fn print(ctx: Ctx, mut form: Form) -> Reply {
    match try_print(&ctx, &mut form).await {
        Ok((tx, ids)) => {
            let here = format!("/documents/batch?{}", query(&ids));
            ctx.see_other(tx, &here, &format!("已登记打印 {} 份。请下载后打印。", ids.len())).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(shown(&ctx, Some(form)).await?.into_response())
        }
    }
}

async fn try_print(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Vec<Id<Document>>)> {
    let ids: Vec<Id<Document>> = form.ids("ids", "请重新勾选要打印的文书");
    form.check()?;
    if ids.is_empty() {
        return Err(BatchRefusal::Nothing.into());
    }
    if ids.len() > MOST {
        return Err(BatchRefusal::TooMany.into());
    }
    let mut tx = ctx.begin_write().await?;
    for id in &ids {
        let (row, kind, ..) = find(ctx, &mut tx, &id.to_string()).await?;
        // Printed again is no step: it stays what it is.
        match row.state {
            State::Draft => step::step(&mut tx, ctx, &kind, &row, Step::Print).await?,
            State::Void => {
                return Err(Refusal::conflict(format!("{} 已经作废，请去掉勾选。", row.number)).into());
            }
            _ => crate::actions::may(ctx, &kind)?,
        }
    }
    Ok((tx, ids))
}
