//! All imports with their state, and what can be imported.

use super::{kinds, own_only};
use crate::{import::Import, kind::Kind, store};
use askama::Template;
use web::{Ctx, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain<'a> {
    kinds: Vec<&'a Kind>,
    imports: Vec<Shown>,
    next: Option<String>,
}

struct Shown {
    import: Import,
    title: &'static str,
    undoable: bool,
}

const SIZE: i64 = 20;

/// `GET /imports`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let actor = ctx.actor()?;
    let kinds = kinds(&ctx, actor);
    let keys: Vec<&str> = kinds.iter().map(|kind| kind.key).collect();
    let listing = Listing::of(&ctx.uri);
    let before = listing.get("before").and_then(|id| id.parse().ok());
    let mut tx = ctx.begin_read().await?;
    let mut imports = store::list(&mut tx, &keys, own_only(actor), before, SIZE + 1).await?;
    let more = imports.len() > usize::try_from(SIZE).unwrap_or(20);
    imports.truncate(usize::try_from(SIZE).unwrap_or(20));
    let last = imports.last().map(|import| import.id.raw().to_string());
    let next = last.filter(|_| more).map(|last| listing.link(&[("before", &last)]));
    let wall = ctx.app.db.wall().now();
    let shown = imports.into_iter().map(|import| Shown {
        title: kinds.iter().find(|kind| kind.key == import.kind).map_or("", |kind| kind.title),
        undoable: import.can_be_undone(wall),
        import,
    });
    let main = ListMain { imports: shown.collect(), next, kinds };
    Page::new("批量导入", &main)
}
