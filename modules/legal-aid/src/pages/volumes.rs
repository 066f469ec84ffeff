//! The two volumes of the file, to be printed as the list of contents: what is there, what is missing.

use super::{find, matter_name, matters, sees_less};
use crate::{
    case::Stage,
    documents::{
        self, OBJECT,
        volumes::{APPROVAL, HANDLING, Line, contents},
    },
    store::{
        events,
        photos::{self, Holder},
    },
};
use ::documents::made_for;
use askama::Template;
use axum::extract::Path;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/volumes.html")]
struct VolumesMain {
    id: String,
    number: String,
    applicant: String,
    matter: String,
    stage: Stage,
    volumes: Vec<(&'static str, Vec<Line>)>,
    photos: usize,
    may_documents: bool,
}

/// `GET /aid/{id}/volumes`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let entry = find(&ctx, &mut tx, &id).await?;
    let actor = ctx.actor()?;
    if sees_less(actor, &entry) {
        return Err(crate::actions::do_act::ActRefusal::NotYours.into());
    }
    let matters = matters(&ctx, &mut tx).await?;
    let applicant = parties::person(&mut tx, entry.applicant_id).await?.map_or(String::new(), |p| p.name);
    let replaced = events::of(&mut tx, entry.id).await?.iter().any(|event| event.act == "replace");
    let wanted = documents::wanted_forms(&entry.facts(), replaced);
    let made = made_for(&mut tx, OBJECT, entry.id.raw()).await?;
    let papers: Vec<&str> = entry.papers.lines().collect();
    let mut volumes = vec![("申请审批卷", contents(APPROVAL, &made, &papers, &wanted))];
    // 不予援助的案件只有申请审批卷.
    if entry.stage != Stage::Refused {
        volumes.push(("承办卷", contents(HANDLING, &made, &papers, &wanted)));
    }
    let main = VolumesMain {
        id: entry.id.to_string(),
        number: entry.official_number.clone().unwrap_or_default(),
        matter: matter_name(&matters, &entry.matter),
        photos: photos::all(&mut tx, Holder::Case(entry.id)).await?.len(),
        may_documents: actor.may(::documents::READ),
        stage: entry.stage,
        applicant,
        volumes,
    };
    drop(tx);
    ctx.note_read("legal_aid_case", entry.id.raw(), &["papers"], "").await?;
    Ok(Page::new("案卷目录", &main)?
        .crumb("法律援助", "/aid")
        .crumb("案件", format!("/aid/{}", entry.id))
        .narrow())
}
