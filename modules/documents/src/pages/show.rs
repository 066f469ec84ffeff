//! One document: how far it is, its files, and the next step.

use super::{file_name, find, missing, page};
use crate::{
    actions::{
        self,
        step::{self, ChangeRefusal},
    },
    document::{Manner, Service, State, Step},
    kind::{About, Kind},
    limits::ScanRefusal,
    store::{self, FileRow, Row},
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Day, Id, Result};
use web::{Ctx, Form, Page, Reply, download};

#[derive(Template)]
#[template(path = "pages/show.html")]
struct ShowMain {
    form: Form,
    row: Row,
    kind: Kind,
    about: About,
    draft: Option<FileRow>,
    scans: Vec<FileRow>,
    manners: Vec<(String, String)>,
    /// Whether this person may open it and take it further.
    mine: bool,
    may_open: bool,
}

/// `GET /documents/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let today = ctx.today().to_string();
    let form = ctx.form(&[("on", today.as_str()), ("served_on", today.as_str()), ("how", "person")]);
    shown(&ctx, form, &id).await
}

async fn shown(ctx: &Ctx, mut form: Form, id: &str) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (row, kind, _, about) = find(ctx, &mut tx, id).await?;
    let files = store::files(&mut tx, row.id).await?;
    let (draft, scans): (Vec<FileRow>, Vec<FileRow>) =
        files.into_iter().partition(|file| file.part == "draft");
    // What stands now is shown; sent again, it is meant for that.
    form.set("version", &row.version.to_string());
    let main = ShowMain {
        manners: Manner::ALL.iter().map(|how| (how.as_str().to_owned(), how.label().to_owned())).collect(),
        mine: actions::may(ctx, &kind).is_ok(),
        may_open: ctx.actor()?.may(crate::WRITE),
        draft: draft.into_iter().next(),
        scans,
        row,
        kind,
        about,
        form,
    };
    let list = crate::kind::page_of(&main.row.object, main.row.object_id);
    Ok(Page::new(format!("{}（{}）", main.kind.title, main.row.number), &main)?
        .crumb("文书", "/documents")
        .crumb(main.about.title.clone(), list)
        .narrow()
        .answering(&main.form))
}

/// `GET /documents/{id}/draft.docx`: it holds what the record holds, so opening it is a reading.
pub(crate) async fn docx(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let (row, kind, ..) = find(&ctx, &mut tx, &id).await?;
    let files = store::files(&mut tx, row.id).await?;
    let draft = files.into_iter().find(|file| file.part == "draft").ok_or_else(missing)?;
    let bytes = store::content(&mut tx, draft.id).await?;
    drop(tx);
    ctx.note_read("documents_document", row.id.raw(), &["draft"], "").await?;
    Ok(download(docx::MIME, &file_name(&row.number, kind.title, "docx"), bytes))
}

/// `GET /documents/{id}/scans/{file}/scan.file`
pub(crate) async fn view(ctx: Ctx, Path((id, file)): Path<(String, String)>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let (row, kind, ..) = find(&ctx, &mut tx, &id).await?;
    let file: Id<store::File> = file.parse().map_err(|_| ScanRefusal::Gone)?;
    let files = store::files(&mut tx, row.id).await?;
    let file =
        files.into_iter().find(|kept| kept.id == file && kept.part == "scan").ok_or(ScanRefusal::Gone)?;
    let bytes = store::content(&mut tx, file.id).await?;
    drop(tx);
    ctx.note_read("documents_document", row.id.raw(), &["scan"], "").await?;
    let mime = scan::mime(&file.mime);
    let ending = if mime == "image/jpeg" { "jpg" } else { "pdf" };
    if ending == "pdf" {
        // A PDF is saved and opened beside the browser's pages, not within them.
        return Ok(download(mime, &file_name(&row.number, kind.title, ending), bytes));
    }
    Ok(web::shown(mime, bytes))
}

/// `POST /documents/{id}/print`
pub(crate) async fn print(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    answered(ctx, &id, form, "已登记打印。盖章（签字）以后，请登记日期。", |_| {
        Ok(Step::Print)
    })
    .await
}

/// `POST /documents/{id}/stamp`
pub(crate) async fn stamp(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    answered(ctx, &id, form, "已登记。请扫描或者拍照，把扫描件传回来。", |form| {
        let on = day(form, "on");
        form.check()?;
        Ok(Step::Stamp(on.ok_or_else(missing)?))
    })
    .await
}

/// `POST /documents/{id}/serve`
pub(crate) async fn serve(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    answered(ctx, &id, form, "已登记送达。", |form| {
        let on = day(form, "served_on");
        let how = Manner::from_text(form.get("how"));
        if how.is_none() {
            form.error("how", "请选择送达方式");
        }
        let to = form.need("served_to", "请填写签收人");
        form.text("served_to", 40);
        form.check()?;
        Ok(Step::Serve(Service { on: on.ok_or_else(missing)?, how: how.ok_or_else(missing)?, to }))
    })
    .await
}

/// `POST /documents/{id}/void`
pub(crate) async fn void(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    answered(ctx, &id, form, "已作废，编号保留在清单里。", |form| {
        let reason = form.need("reason", "请写明作废的原因，编号会保留在清单里");
        form.text("reason", 200);
        form.check()?;
        Ok(Step::Void(reason))
    })
    .await
}

fn day(form: &mut Form, name: &str) -> Option<Day> {
    let on = form.parse(name, Day::parse);
    if on.is_none() && form.get(name).is_empty() {
        form.error(name, "请填写日期，如 2022-05-06");
    }
    on
}

/// Reads the step from the form, takes it, and shows the document again.
async fn answered(
    ctx: Ctx,
    id: &str,
    mut form: Form,
    done: &str,
    read: impl FnOnce(&mut Form) -> Result<Step> + Send,
) -> Reply {
    let tried = match read(&mut form) {
        Ok(step) => try_step(&ctx, id, &form, step).await,
        Err(error) => Err(error),
    };
    match tried {
        Ok((tx, row)) => ctx.see_other(tx, &page(row.id), done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(shown(&ctx, form, id).await?.into_response())
        }
    }
}

/// The document as the person saw it, in a transaction that may change it.
async fn seen(ctx: &Ctx, id: &str, form: &Form) -> Result<(Tx, Row, Kind)> {
    let mut tx = ctx.begin_write().await?;
    let (row, kind, ..) = find(ctx, &mut tx, id).await?;
    if form.get("version") != row.version.to_string() {
        return Err(ChangeRefusal::Stale.into());
    }
    Ok((tx, row, kind))
}

async fn try_step(ctx: &Ctx, id: &str, form: &Form, taken: Step) -> Result<(Tx, Row)> {
    let (mut tx, row, kind) = seen(ctx, id, form).await?;
    step::step(&mut tx, ctx, &kind, &row, taken).await?;
    Ok((tx, row))
}

/// `POST /documents/{id}/scan`
pub(crate) async fn scan(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_scan(&ctx, &id, &form).await {
        Ok((tx, row)) => ctx.see_other(tx, &page(row.id), "扫描件已保存，这份文书已制发。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(shown(&ctx, form, &id).await?.into_response())
        }
    }
}

async fn try_scan(ctx: &Ctx, id: &str, form: &Form) -> Result<(Tx, Row)> {
    let bytes = ctx.upload("file").await?.map(|upload| upload.bytes.clone()).ok_or(ScanRefusal::Nothing)?;
    // Looking through it takes a while: no transaction is open meanwhile.
    let scan =
        tokio::task::spawn_blocking(move || scan::read(&bytes)).await.map_err(kernel::Fault::from)??;
    let (mut tx, row, kind) = seen(ctx, id, form).await?;
    step::keep_scan(&mut tx, ctx, &kind, &row, &scan).await?;
    Ok((tx, row))
}

impl ShowMain {
    fn is(&self, states: &[State]) -> bool {
        states.contains(&self.row.state)
    }

    fn scannable(&self) -> bool {
        self.is(&[State::Stamped, State::Issued, State::Served])
    }

    fn servable(&self) -> bool {
        self.kind.served && self.row.state == State::Issued
    }
}
