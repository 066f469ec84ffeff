//! Photographs of papers: with the draft, and later with the case.

use super::{SAVING, draft, within};
use crate::{
    actions::photos::keep_photo,
    pages::photos::{paper, received},
    photo::{MOST, Photo, PhotoRefusal},
    store::{
        photos::{self, Holder, PhotoRow},
        tickets,
    },
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Id, Result};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/apply/photos.html")]
struct PhotosMain {
    form: Form,
    photos: Vec<PhotoRow>,
    /// Whether they belong to a case that was sent.
    case: bool,
    /// Whether there is anything they could belong to.
    any: bool,
}

/// Whether the case is meant, not the draft.
fn of_case(text: &str) -> bool {
    text == "case"
}

/// What this browser holds.
async fn holder(ctx: &Ctx, tx: &mut Tx, case: bool) -> Result<Option<Holder>> {
    if case {
        let row = tickets::of_browser(tx, &ctx.browser(), true, ctx.now()).await?;
        return Ok(row.and_then(|row| row.case_id).map(Holder::Case));
    }
    Ok(draft(ctx, tx).await?.map(|(row, _)| Holder::Draft(row.id)))
}

/// `GET /apply/photos`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let of = Listing::of(&ctx.uri).get("of").unwrap_or_default().to_owned();
    let form = ctx.form(&[("of", &of)]);
    page(&ctx, form).await
}

async fn page(ctx: &Ctx, form: Form) -> Reply<Page> {
    let case = of_case(form.get("of"));
    let mut tx = ctx.begin_read().await?;
    let holder = holder(ctx, &mut tx, case).await?;
    let photos = match holder {
        Some(holder) => photos::all(&mut tx, holder).await?,
        None => Vec::new(),
    };
    let main = PhotosMain { photos, case, any: holder.is_some(), form };
    Ok(Page::new("材料照片和文件", &main)?.crumb("申请法律援助", "/apply").narrow().answering(&main.form))
}

fn address(case: bool) -> &'static str {
    if case { "/apply/photos?of=case" } else { "/apply/photos" }
}

/// `POST /apply/photos`
pub(crate) async fn upload(ctx: Ctx, mut form: Form) -> Reply {
    let case = of_case(form.get("of"));
    match try_upload(&ctx, &mut form, case).await {
        Ok(tx) => ctx.see_other(tx, address(case), "材料收到了。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form).await?.into_response())
        }
    }
}

async fn try_upload(ctx: &Ctx, form: &mut Form, case: bool) -> Result<Tx> {
    within(&SAVING, ctx)?;
    let title = form.text("title", 40);
    form.check()?;
    // Nobody's photographs are read who has nothing they could belong to.
    let mut tx = ctx.begin_read().await?;
    holder(ctx, &mut tx, case).await?.ok_or(PhotoRefusal::NoDraft)?;
    drop(tx);
    let scan = received(ctx).await?;
    let mut tx = ctx.begin_write().await?;
    let holder = holder(ctx, &mut tx, case).await?.ok_or(PhotoRefusal::NoDraft)?;
    keep_photo(&mut tx, holder, &title, &scan, None, ctx.now()).await?;
    Ok(tx)
}

/// A photograph that this browser holds, of the draft or of the case.
async fn own(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<(Holder, PhotoRow)> {
    let id: Id<Photo> = id.parse().map_err(|_| PhotoRefusal::Gone)?;
    for case in [false, true] {
        if let Some(holder) = holder(ctx, tx, case).await?
            && let Some(row) = photos::one(tx, holder, id).await?
        {
            return Ok((holder, row));
        }
    }
    Err(PhotoRefusal::Gone.into())
}

/// `GET /apply/photos/{id}/paper`
pub(crate) async fn view(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let (_, row) = own(&ctx, &mut tx, &id).await?;
    let content = photos::content(&mut tx, row.id).await?;
    Ok(paper(&row, content))
}

/// `POST /apply/photos/{id}/remove`: of a draft only; what a case has stays with it.
pub(crate) async fn remove(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_remove(&ctx, &id).await {
        Ok(tx) => ctx.see_other(tx, address(false), "材料删掉了。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form).await?.into_response())
        }
    }
}

async fn try_remove(ctx: &Ctx, id: &str) -> Result<Tx> {
    let mut tx = ctx.begin_write().await?;
    match own(ctx, &mut tx, id).await? {
        (Holder::Draft(_), row) => photos::delete(&mut tx, row.id).await?,
        (Holder::Case(_), _) => return Err(PhotoRefusal::Gone.into()),
    }
    Ok(tx)
}

impl PhotosMain {
    fn full(&self) -> bool {
        self.photos.len() >= MOST
    }

    fn back(&self) -> &'static str {
        if self.case { "/apply/progress" } else { "/apply/check" }
    }
}
