//! Templates: one line a kind; for each kind its fields, the template in use and the older ones, and a new one to upload.

use crate::{
    EDIT,
    actions::upload_template::{TemplateRefusal, upload_template},
    kind::{self, Field, Kind},
    store::{self, TemplateRow},
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Refusal, Result};
use web::{Ctx, Form, Page, Reply, download};

#[derive(Template)]
#[template(path = "pages/templates.html")]
struct ListMain {
    /// Kinds with the bureau's own version, if there is one.
    kinds: Vec<(Kind, Option<TemplateRow>)>,
}

#[derive(Template)]
#[template(path = "pages/template.html")]
struct ShowMain {
    form: Form,
    kind: Kind,
    versions: Vec<TemplateRow>,
    fields: Vec<Field>,
    may_edit: bool,
}

fn unknown() -> Refusal {
    Refusal::not_found("没有这种文书，请从文书模板的清单里选。")
}

/// `GET /documents/templates`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let newest = store::newest_templates(&mut tx).await?;
    let own = |kind: &Kind| newest.iter().find(|row| row.kind == kind.id).cloned();
    let kinds = kind::kinds(&ctx).into_iter().map(|kind| (kind, own(&kind))).collect();
    Page::new("文书模板", &ListMain { kinds })
}

/// `GET /documents/templates/{kind}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    shown(&ctx, ctx.form(&[]), &id).await
}

async fn shown(ctx: &Ctx, form: Form, id: &str) -> Reply<Page> {
    let kind = kind::kind(ctx, id).ok_or_else(unknown)?;
    let subject = kind::subject(ctx, kind.object).ok_or_else(unknown)?;
    let mut tx = ctx.begin_read().await?;
    let versions = store::templates(&mut tx, kind.id).await?;
    let main = ShowMain { versions, fields: subject.fields(), may_edit: ctx.actor()?.may(EDIT), kind, form };
    Ok(Page::new(format!("模板：{}", kind.title), &main)?
        .crumb("文书模板", "/documents/templates")
        .answering(&main.form))
}

/// `GET /documents/templates/{kind}/{version}/template.docx`: version 0 is ours.
pub(crate) async fn file(ctx: Ctx, Path((id, version)): Path<(String, String)>) -> Reply<Response> {
    let kind = kind::kind(&ctx, &id).ok_or_else(unknown)?;
    let version: i64 = version.parse().map_err(|_| unknown())?;
    let bytes = match version {
        0 => kind.default_template()?,
        _ => {
            let mut tx = ctx.begin_read().await?;
            store::template(&mut tx, kind.id, version).await?.ok_or_else(unknown)?
        }
    };
    Ok(download(docx::MIME, &format!("模板_{}_第{version}版.docx", kind.title), bytes))
}

/// `POST /documents/templates/{kind}`
pub(crate) async fn upload(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_upload(&ctx, &id, &mut form).await {
        Ok((tx, version)) => {
            let done = format!("已换成第 {version} 版，以后制作的文书都用它。");
            ctx.see_other(tx, &format!("/documents/templates/{id}"), &done).await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(shown(&ctx, form, &id).await?.into_response())
        }
    }
}

async fn try_upload(ctx: &Ctx, id: &str, form: &mut Form) -> Result<(Tx, i64)> {
    let kind = kind::kind(ctx, id).ok_or_else(unknown)?;
    let subject = kind::subject(ctx, kind.object).ok_or_else(unknown)?;
    let note = form.text("note", 100);
    form.check()?;
    let upload = ctx.upload("file").await?.ok_or(TemplateRefusal::Nothing)?;
    let name: String = upload.file_name.chars().filter(|c| !c.is_control()).take(80).collect();
    let mut tx = ctx.begin_write().await?;
    let version = upload_template(&mut tx, ctx, &kind, &subject, (&name, &upload.bytes), &note).await?;
    Ok((tx, version))
}
