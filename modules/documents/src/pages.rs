//! Pages of documents, and what they share.

pub(crate) mod batch;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod subject;
pub(crate) mod templates;

use crate::{
    kind::{self, About, Kind, Subject},
    store::{self, Row},
};
use ::store::Tx;
use kernel::{Id, Refusal, Result};
use std::collections::{BTreeMap, BTreeSet};
use web::Ctx;

/// What is answered for documents that are not there and for those that are somebody else's.
pub(crate) fn missing() -> Refusal {
    Refusal::not_found("没有这份文书，或者不是您能看的。")
}

/// The document an address names with its kind and record, if the person reaches the record.
pub(crate) async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<(Row, Kind, Subject, About)> {
    let id = id.parse().map_err(|_| missing())?;
    let row = store::one(tx, id).await?.ok_or_else(missing)?;
    let kind = kind::kind(ctx, &row.kind).ok_or_else(missing)?;
    if kind.is_kept_from(ctx.actor()?) {
        return Err(missing().into());
    }
    let subject = kind::subject(ctx, &row.object).ok_or_else(missing)?;
    let about = (subject.about)(tx, ctx, row.object_id).await?.ok_or_else(missing)?;
    Ok((row, kind, subject, about))
}

/// A document as lists show it.
pub(crate) struct Line {
    pub(crate) row: Row,
    pub(crate) title: &'static str,
    /// The record's title; empty if this person does not reach it.
    pub(crate) record: String,
    pub(crate) href: String,
}

/// Documents with the titles of what they are about.
pub(crate) async fn lines(ctx: &Ctx, tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Line>> {
    let objects: BTreeSet<&str> = rows.iter().map(|row| row.object.as_str()).collect();
    let mut titles: BTreeMap<(String, i64), String> = BTreeMap::new();
    for object in objects {
        let Some(subject) = kind::subject(ctx, object) else { continue };
        let ids: Vec<i64> = rows.iter().filter(|row| row.object == object).map(|row| row.object_id).collect();
        for (id, title) in (subject.titles)(tx, ctx, &ids).await? {
            titles.insert((object.to_owned(), id), title);
        }
    }
    let (kinds, actor) = (kind::kinds(ctx), ctx.actor()?);
    let kept = |row: &Row| kinds.iter().any(|kind| kind.id == row.kind && kind.is_kept_from(actor));
    Ok(rows
        .into_iter()
        .filter(|row| !kept(row))
        .map(|row| {
            let kind = kinds.iter().find(|kind| kind.id == row.kind);
            let record = titles.get(&(row.object.clone(), row.object_id)).cloned().unwrap_or_default();
            let href =
                if record.is_empty() { String::new() } else { kind::page_of(&row.object, row.object_id) };
            Line { title: kind.map_or("", |kind| kind.title), record, href, row }
        })
        .collect())
}

/// What a document's file is called: its number and title, without what file systems do not take.
pub(crate) fn file_name(number: &str, title: &str, ending: &str) -> String {
    let plain: String =
        format!("{number}_{title}").chars().filter(|c| !r#"\/:*?"<>|"#.contains(*c)).collect();
    format!("{plain}.{ending}")
}

/// The address of a document.
pub(crate) fn page(id: Id<crate::Document>) -> String {
    format!("/documents/{id}")
}
