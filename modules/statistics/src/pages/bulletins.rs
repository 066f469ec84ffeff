//! Sealed bulletins that everybody may read, with what is needed to tell that nobody changed them.
//!
//! Figures count services, stations and villages, or heads without any mark of whose; the page shows them by town, the
//! files by village too. No cell tells matter, group or person, so a cell of one tells nobody who it was, and nothing is
//! blotted out. The files given out are the sealed ones, byte for byte.

use super::{
    seals::{cacheable, id_of, scheme_label, sealed_file},
    view,
};
use crate::{
    bulletin::Bulletin,
    paragraph::paragraph,
    print::{ADJUSTED, CUMULATIVE, in_year, signed},
    report::{self, Matrix},
    seal::Seal,
    sealed::{Column, Document},
    store::seals,
    sums::Scope,
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Refusal, Result};
use web::{Ctx, Html, Listing, Page, Pager, Reply, chart::thousands, qr};

#[derive(Template)]
#[template(path = "pages/bulletins.html")]
struct BulletinsMain {
    bureau: String,
    seals: Vec<Seal>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "pages/bulletin.html")]
struct BulletinMain {
    bureau: String,
    seal: Seal,
    scheme: &'static str,
    bulletin: Bulletin,
    paragraph: String,
    towns: Matrix,
    qr: Html,
}

/// How long browsers may keep a page or a file: a withdrawn bulletin is gone after that.
const SECONDS: u32 = 300;

/// `GET /bulletins`
pub(crate) async fn list(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (seals, total) = seals::page(&mut tx, true, &listing).await?;
    let (seals, pager) = listing.page(seals, total, |seal| (seal.last_day.to_string(), seal.id.raw()));
    let main = BulletinsMain { bureau: ctx.app.settings.bureau.clone(), seals, pager };
    Ok(cacheable(Page::new("统计公报", &main)?.into_response(), SECONDS, false))
}

/// `GET /bulletins/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let seal = public(&mut tx, &id).await?;
    let document = view::document(&mut tx, seal.id).await?;
    let mut bulletin = document.bulletin.clone();
    bulletin.sealed = Some(seal.seal_mark());
    let main = BulletinMain {
        bureau: ctx.app.settings.bureau.clone(),
        scheme: scheme_label(&seal.scheme),
        paragraph: paragraph(&bulletin),
        towns: towns(&document),
        qr: qr::svg(&ctx.public_url(&format!("/bulletins/{}", seal.id)))?,
        bulletin,
        seal,
    };
    let page = Page::new(format!("{}公共法律服务统计公报", main.seal.label()), &main)?;
    Ok(cacheable(page.into_response(), SECONDS, false))
}

/// `GET /bulletins/{id}/{file}`
pub(crate) async fn file(ctx: Ctx, Path((id, name)): Path<(String, String)>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let seal = public(&mut tx, &id).await?;
    Ok(cacheable(sealed_file(&mut tx, &seal, &name).await?, SECONDS, true))
}

async fn public(tx: &mut Tx, id: &str) -> Result<Seal> {
    let seal = seals::seal(tx, id_of(id)?).await?.filter(Seal::public);
    Ok(seal.ok_or_else(|| Refusal::not_found("没有这份公报，或者已经撤回。请返回统计公报查看。"))?)
}

/// The figures by town, as they were sealed.
fn towns(document: &Document) -> Matrix {
    let columns: Vec<report::Column> = document
        .bulletin
        .figures
        .iter()
        .map(|figure| {
            (format!("{}（{}）", figure.name, figure.unit), document.by_place(&figure.key, Column::Value))
        })
        .collect();
    report::matrices(&columns, &document.areas(), &Scope::Region).0
}
