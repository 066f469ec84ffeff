//! Photographs of papers, for officers and the lawyer of the case: with the viewer's number across, every look noted.

use super::{find, sees_less};
use crate::{
    actions::photos::keep_photo,
    photo::{Photo, PhotoRefusal, mark},
    store::{
        Entry,
        photos::{self, Holder, PhotoRow},
    },
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Id, Result};
use scan::Scan;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/photos.html")]
struct PhotosMain {
    form: Form,
    case: String,
    photos: Vec<PhotoRow>,
}

/// The paper that came with a form, looked through or made anew; decoding waits for no other request.
pub(crate) async fn received(ctx: &Ctx) -> Result<Scan> {
    let bytes = ctx.upload("file").await?.map(|upload| upload.bytes.clone()).ok_or(PhotoRefusal::Nothing)?;
    tokio::task::spawn_blocking(move || scan::read(&bytes)).await.map_err(kernel::Fault::from)?
}

/// An own paper as an answer: a photograph to be shown, a PDF to be saved and opened beside the browser's pages.
pub(crate) fn paper(row: &PhotoRow, content: Vec<u8>) -> Response {
    if row.is_pdf() {
        return web::download(scan::PDF, &format!("材料-{}.pdf", row.id), content);
    }
    web::shown(scan::JPEG, content)
}

/// The case, if this person may see what was told in it.
async fn case(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<Entry> {
    let entry = find(ctx, tx, id).await?;
    if sees_less(ctx.actor()?, &entry) {
        return Err(crate::actions::do_act::ActRefusal::NotYours.into());
    }
    Ok(entry)
}

/// `GET /aid/{id}/photos`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = case(&ctx, &mut tx, &id).await?;
    drop(tx);
    page(&ctx, ctx.form(&[]), &entry).await
}

async fn page(ctx: &Ctx, form: Form, entry: &Entry) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let photos = photos::all(&mut tx, Holder::Case(entry.id)).await?;
    let main = PhotosMain { photos, case: entry.id.to_string(), form };
    Ok(Page::new("材料照片和文件", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", format!("/aid/{}", entry.id))
        .narrow()
        .answering(&main.form))
}

/// `POST /aid/{id}/photos`
pub(crate) async fn upload(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = case(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_upload(&ctx, &mut form, &entry).await {
        Ok(tx) => ctx.see_other(tx, &format!("/aid/{}/photos", entry.id), "材料已保存。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form, &entry).await?.into_response())
        }
    }
}

async fn try_upload(ctx: &Ctx, form: &mut Form, entry: &Entry) -> Result<Tx> {
    let title = form.text("title", 40);
    form.check()?;
    let scan = received(ctx).await?;
    let mut tx = ctx.begin_write().await?;
    let actor = ctx.actor()?;
    let by = Some((actor.id, actor.name.as_str()));
    keep_photo(&mut tx, Holder::Case(entry.id), &title, &scan, by, ctx.now()).await?;
    Ok(tx)
}

/// `GET /aid/{id}/photos/{photo}/paper`
pub(crate) async fn view(ctx: Ctx, Path((id, photo)): Path<(String, String)>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let entry = case(&ctx, &mut tx, &id).await?;
    let photo: Id<Photo> = photo.parse().map_err(|_| PhotoRefusal::Gone)?;
    let row = photos::one(&mut tx, Holder::Case(entry.id), photo).await?.ok_or(PhotoRefusal::Gone)?;
    let content = photos::content(&mut tx, row.id).await?;
    drop(tx);
    ctx.note_read("legal_aid_photo", row.id.raw(), &["picture"], "").await?;
    let words = mark(ctx.actor()?, ctx.now());
    let kind = if row.is_pdf() { scan::PDF } else { scan::JPEG };
    let marked = tokio::task::spawn_blocking(move || scan::marked(kind, &content, &words));
    Ok(web::shown(kind, marked.await.map_err(kernel::Fault::from)??))
}
