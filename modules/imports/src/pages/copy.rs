//! 逐项复制: a record's fields in the order of an outside form, each to be copied by one tap.

use crate::copy::{Copied, CopyForm};
use askama::Template;
use axum::extract::Path;
use kernel::{Id, Refusal};
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/copy.html")]
struct CopyMain {
    system: &'static str,
    kind: &'static str,
    title: String,
    href: String,
    lines: Vec<Line>,
    unconfirmed: bool,
}

struct Line {
    label: &'static str,
    status: &'static str,
    value: Copied,
}

impl Line {
    fn plain(&self) -> Option<&str> {
        match &self.value {
            Copied::Plain(text) => Some(text),
            Copied::Sealed { .. } => None,
        }
    }

    fn masked(&self) -> &str {
        match &self.value {
            Copied::Sealed { masked, .. } => masked,
            Copied::Plain(_) => "",
        }
    }

    fn reveal(&self) -> &str {
        match &self.value {
            Copied::Sealed { href, .. } => href,
            Copied::Plain(_) => "",
        }
    }
}

/// `GET /copy/{object}/{id}`
pub(crate) async fn show(ctx: Ctx, Path((object, id)): Path<(String, String)>) -> Reply<Page> {
    let unknown = || Refusal::not_found("没有这条记录，或者不是您能看的。");
    let actor = ctx.actor()?;
    let form = ctx.app.extensions::<CopyForm>().find(|form| form.object == object);
    let form = form.filter(|form| actor.may(form.permission)).ok_or_else(unknown)?;
    let id: Id<()> = id.parse().map_err(|_| unknown())?;
    let mut tx = ctx.begin_read().await?;
    let record = (form.read)(&mut tx, actor, id.raw()).await?.ok_or_else(unknown)?;
    let list = form.list();
    let unconfirmed = list.iter().any(|field| !field.status.is_empty());
    let lines = list.into_iter().map(|field| Line {
        label: field.label,
        status: field.status,
        value: record
            .values
            .iter()
            .find(|(name, _)| *name == field.field)
            .map_or_else(|| Copied::Plain(String::new()), |(_, value)| value.clone()),
    });
    let main = CopyMain {
        system: form.system,
        kind: form.title,
        lines: lines.collect(),
        unconfirmed,
        title: record.title,
        href: record.href,
    };
    Page::new(format!("逐项复制：{}", form.title), &main)
}
