//! Noting a letter of cooperation: one that came from another institution, or one that we send out of a case.

use super::find;
use crate::{
    actions::cooperation::{CooperationRefusal, note_cooperation},
    cooperation::{Cooperation, CooperationKind, Direction},
    store::{Entry, cooperations::NewCooperation},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Id, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/cooperation_note.html")]
struct NoteMain {
    form: Form,
    kinds: Vec<(String, String)>,
    towns: Vec<(String, String)>,
    /// The case out of which it is sent; none for a letter that came.
    case: Option<String>,
}

/// `GET /aid/cooperation/new`
pub(crate) async fn ask(ctx: Ctx) -> Reply<Page> {
    let today = ctx.today().to_string();
    let form = ctx.form(&[("came_on", today.as_str())]);
    show(&ctx, form, None).await
}

/// `GET /aid/{id}/cooperation/new`
pub(crate) async fn ask_out(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let applicant = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    drop(tx);
    let today = ctx.today().to_string();
    let form = ctx.form(&[("came_on", today.as_str()), ("subject", applicant.as_str())]);
    show(&ctx, form, Some(&entry)).await
}

async fn show(ctx: &Ctx, form: Form, entry: Option<&Entry>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?.into_iter().map(|town| (town.id.to_string(), town.name));
    let kinds = CooperationKind::ALL.iter();
    let main = NoteMain {
        towns: towns.collect(),
        kinds: kinds.map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect(),
        case: entry.map(|entry| entry.id.to_string()),
        form,
    };
    let page = match entry {
        None => {
            Page::new("登记来函", &main)?.crumb("法律援助", "/aid").crumb("协作与移送", "/aid/cooperation")
        }
        Some(entry) => Page::new("登记去函", &main)?
            .crumb("法律援助", "/aid")
            .crumb("案件", format!("/aid/{}", entry.id)),
    };
    Ok(page.narrow().answering(&main.form))
}

/// `POST /aid/cooperation/new`
pub(crate) async fn save(ctx: Ctx, mut form: Form) -> Reply {
    match try_save(&ctx, &mut form, None).await {
        Ok((tx, id)) => {
            ctx.see_other(tx, &format!("/aid/cooperation/{id}"), "已登记来函，期限开始计算。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, None).await?.into_response())
        }
    }
}

/// `POST /aid/{id}/cooperation/new`
pub(crate) async fn save_out(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    drop(tx);
    match try_save(&ctx, &mut form, Some(&entry)).await {
        Ok((tx, id)) => ctx.see_other(tx, &format!("/aid/cooperation/{id}"), "已登记去函。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form, Some(&entry)).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, form: &mut Form, entry: Option<&Entry>) -> Result<(Tx, Id<Cooperation>)> {
    let kind = CooperationKind::from_text(form.get("kind"));
    if kind.is_none() {
        form.error("kind", "请选择是什么事");
    }
    form.need("institution", "请填写对方法律援助机构的名称");
    let institution = form.text("institution", 100);
    let area = form.text("area", 50);
    let town = match entry {
        Some(entry) => Some(entry.town_id),
        None => {
            form.need("town", "请选择镇（街道）");
            form.id("town", "请重新选择镇（街道）")
        }
    };
    let subject = kernel::squeeze(&kernel::to_half_width(&form.text("subject", 50)));
    form.need("asked", "请写明要办什么事");
    let asked = form.text("asked", 2000);
    let letter_number = form.text("letter_number", 60);
    form.need("came_on", "请填写日期");
    let came_on = form.parse("came_on", Day::parse);
    let wished = form.parse("wished", Day::parse);
    form.check()?;
    let new = NewCooperation {
        direction: if entry.is_some() { Direction::Out } else { Direction::In },
        kind: kind.unwrap_or(CooperationKind::Other),
        institution,
        area,
        town: town.ok_or(CooperationRefusal::NoTown)?,
        case: entry.map(|entry| entry.id),
        subject,
        asked,
        letter_number,
        came_on: came_on.unwrap_or(ctx.today()),
        wished,
    };
    let mut tx = ctx.begin_write().await?;
    let id = note_cooperation(&mut tx, ctx.actor()?, &new, ctx.now()).await?;
    Ok((tx, id))
}
