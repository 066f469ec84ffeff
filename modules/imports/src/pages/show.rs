//! One import: how far it is, what it would do, the decision, and what came of it.

use super::{import, version};
use crate::{
    actions::decide,
    import::{Import, Mode, State},
    kind::Kind,
    pages::rows::{RowShown, read_rows},
    work,
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse as _, Response},
};
use kernel::Id;
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/show.html")]
struct ShowMain<'a> {
    kind: &'a Kind,
    import: &'a Import,
    changes: Vec<RowShown>,
    bad: Vec<RowShown>,
    kept: Vec<RowShown>,
    progress: (i64, i64),
    undoable: bool,
    own: bool,
    form: Form,
}

/// Rows of each sort that the page shows; the rest is one tap away.
const SHOWN: i64 = 10;

async fn page(ctx: &Ctx, tx: &mut Tx, (import, kind): (Import, &Kind), form: Form) -> Reply<Response> {
    let busy = import.state.is_busy();
    let (mut changes, mut bad, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    if !import.purged && !busy {
        changes = read_rows(ctx, tx, (&import, kind), 0, Some("change"), None, SHOWN).await?.0;
        bad = read_rows(ctx, tx, (&import, kind), 0, Some("bad"), None, SHOWN).await?.0;
        kept = read_rows(ctx, tx, (&import, kind), 0, None, Some("kept"), SHOWN).await?.0;
    }
    let undoable = import.can_be_undone(ctx.app.db.wall().now());
    let progress = import.progress();
    let own = import.actor_id == ctx.actor()?.id;
    let main = ShowMain { own, kind, changes, bad, kept, progress, undoable, form, import: &import };
    let page = Page::new(format!("导入{}：{}", kind.title, import.file_name), &main)?
        .crumb("批量导入", "/imports")
        .answering(&main.form);
    // Works without scripts: the browser asks again by itself.
    Ok(if busy { ([(header::REFRESH, "2")], page).into_response() } else { page.into_response() })
}

/// `GET /imports/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let found = import(&ctx, &mut tx, &id).await?;
    let form = ctx.form(&[]);
    page(&ctx, &mut tx, found, form).await
}

async fn again(ctx: &Ctx, id: &str, error: kernel::Error, mut form: Form) -> Reply<Response> {
    ctx.refused(error, &mut form)?;
    let mut tx = ctx.begin_read().await?;
    let found = import(ctx, &mut tx, id).await?;
    page(ctx, &mut tx, found, form).await
}

async fn go_on(ctx: &Ctx, tx: Tx, import: Id<Import>, rows: i64) -> Reply<Response> {
    let reply = ctx.see_other(tx, &format!("/imports/{import}"), "").await?;
    work::begin(&ctx.app, import, rows).await?;
    Ok(reply)
}

/// `POST /imports/{id}/apply`
pub(crate) async fn apply(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply<Response> {
    let mut tx = ctx.begin_write().await?;
    let (import, _) = import(&ctx, &mut tx, &id).await?;
    let mode = Mode::from_text(form.get("mode"));
    match decide::apply(&mut tx, ctx.actor()?, &import, version(&form), mode).await {
        Ok(()) => go_on(&ctx, tx, import.id, import.wanted()).await,
        Err(error) => {
            drop(tx);
            again(&ctx, &id, error, form).await
        }
    }
}

/// `POST /imports/{id}/drop`
pub(crate) async fn discard(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply<Response> {
    let mut tx = ctx.begin_write().await?;
    let (import, _) = import(&ctx, &mut tx, &id).await?;
    match decide::discard(&mut tx, ctx.actor()?, &import, version(&form)).await {
        Ok(()) => ctx.see_other(tx, "/imports", "已放弃，没有导入任何内容。").await,
        Err(error) => {
            drop(tx);
            again(&ctx, &id, error, form).await
        }
    }
}

/// `POST /imports/{id}/undo`
pub(crate) async fn undo(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply<Response> {
    let mut tx = ctx.begin_write().await?;
    let (import, _) = import(&ctx, &mut tx, &id).await?;
    match decide::undo(&mut tx, ctx.actor()?, &import, version(&form)).await {
        Ok(()) => go_on(&ctx, tx, import.id, import.done).await,
        Err(error) => {
            drop(tx);
            again(&ctx, &id, error, form).await
        }
    }
}

impl ShowMain<'_> {
    fn is(&self, state: State) -> bool {
        self.import.state == state
    }

    fn mode_all(&self) -> bool {
        self.import.bads == 0
    }

    fn percent(&self) -> i64 {
        if self.progress.1 > 0 { self.progress.0 * 100 / self.progress.1 } else { 100 }
    }
}
