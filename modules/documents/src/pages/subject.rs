//! The documents of one record: which there are, which are missing, which can be made.

use super::{missing, page};
use crate::{
    actions::draft::draft as make,
    kind::{self, About, Kind, Subject},
    store::{self, Row},
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Id, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/subject.html")]
struct SubjectMain {
    form: Form,
    about: About,
    here: String,
    rows: Vec<(Row, &'static str)>,
    /// What must be there and is not: the kind, why, and whether this person makes it.
    lacking: Vec<Lacking>,
    /// What can be made besides.
    kinds: Vec<Kind>,
}

struct Lacking {
    kind: Kind,
    why: &'static str,
    mine: bool,
    /// Where the one is that is on its way, if there is one.
    begun: Option<String>,
}

async fn find(ctx: &Ctx, tx: &mut Tx, object: &str, id: &str) -> Result<(Subject, i64, About)> {
    let subject = kind::subject(ctx, object).ok_or_else(missing)?;
    let id: Id<()> = id.parse().map_err(|_| missing())?;
    let about = (subject.about)(tx, ctx, id.raw()).await?.ok_or_else(missing)?;
    Ok((subject, id.raw(), about))
}

/// `GET /documents/of/{object}/{id}`
pub(crate) async fn show(ctx: Ctx, Path((object, id)): Path<(String, String)>) -> Reply<Page> {
    shown(&ctx, ctx.form(&[]), &object, &id).await
}

async fn shown(ctx: &Ctx, form: Form, object: &str, id: &str) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (subject, record, about) = find(ctx, &mut tx, object, id).await?;
    let mut rows = store::of(&mut tx, object, record).await?;
    let (kinds, actor) = (crate::kind::kinds(ctx), ctx.actor()?);
    rows.retain(|row| !kinds.iter().any(|kind| kind.id == row.kind && kind.is_kept_from(actor)));
    let kinds: Vec<Kind> = kind::kinds(ctx).into_iter().filter(|kind| kind.object == object).collect();
    let mine = |kind: &Kind| crate::actions::may(ctx, kind).is_ok();
    let mut lacking = Vec::new();
    for wanted in &about.wanted {
        let issued = rows.iter().any(|row| row.kind == wanted.kind && row.state.is_issued());
        let Some(kind) = kinds.iter().find(|kind| kind.id == wanted.kind).filter(|_| !issued) else {
            continue;
        };
        let begun = rows.iter().find(|row| row.kind == wanted.kind && row.voided_at.is_none());
        lacking.push(Lacking {
            kind: *kind,
            why: wanted.why,
            mine: mine(kind),
            begun: begun.map(|row| page(row.id)),
        });
    }
    let title = |row: &Row| kinds.iter().find(|kind| kind.id == row.kind).map_or("", |kind| kind.title);
    let main = SubjectMain {
        here: kind::page_of(object, record),
        rows: rows
            .into_iter()
            .map(|row| {
                let said = title(&row);
                (row, said)
            })
            .collect(),
        kinds: kinds.iter().filter(|kind| mine(kind)).copied().collect(),
        lacking,
        about,
        form,
    };
    Ok(Page::new(format!("{}：文书", main.about.title), &main)?
        .crumb("文书", "/documents")
        .crumb(subject.title, main.about.href.clone())
        .answering(&main.form))
}

/// `POST /documents/of/{object}/{id}`
pub(crate) async fn draft(ctx: Ctx, Path((object, id)): Path<(String, String)>, mut form: Form) -> Reply {
    match try_draft(&ctx, &object, &id, &mut form).await {
        Ok((tx, made)) => ctx.see_other(tx, &page(made), "已生成草稿。请下载核对后打印。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(shown(&ctx, form, &object, &id).await?.into_response())
        }
    }
}

async fn try_draft(ctx: &Ctx, object: &str, id: &str, form: &mut Form) -> Result<(Tx, Id<crate::Document>)> {
    let wanted = kind::kind(ctx, form.get("kind")).filter(|kind| kind.object == object);
    let Some(wanted) = wanted else {
        form.error("kind", "请选择要制作的文书");
        form.check()?;
        return Err(missing().into());
    };
    let mut tx = ctx.begin_write().await?;
    let (subject, record, _) = find(ctx, &mut tx, object, id).await?;
    let made = make(&mut tx, ctx, &wanted, &subject, record).await?;
    Ok((tx, made))
}
