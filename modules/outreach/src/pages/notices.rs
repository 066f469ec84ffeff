//! What the system tells me: the unread first; open, mark as read.

use crate::{
    notice::{Notice, Weight},
    store::notices::{self, NoticeRow},
};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Fault, Id, Refusal, Result};
use web::{App, Bell, Ctx, Form, Listing, Page, Pager, Reply};

#[derive(Template)]
#[template(path = "pages/notices.html")]
struct NoticesMain {
    form: Form,
    listing: Listing,
    rows: Vec<NoticeRow>,
    pager: Pager,
    unread: i64,
}

/// More than that is not counted: people are told "99+".
const MOST: i64 = 100;

/// `GET /notices`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let account = ctx.actor()?.id;
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = notices::list(&mut tx, account, &listing).await?;
    let unread = notices::unread(&mut tx, account, MOST).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.place.to_string(), row.id.raw()));
    Page::new("我的提醒", &NoticesMain { form: ctx.form(&[]), listing, rows, pager, unread })
}

async fn find(ctx: &Ctx, tx: &mut Tx, id: &str) -> Result<NoticeRow> {
    let missing = || Refusal::not_found("没有这条提醒，可能事情已经办完，提醒撤回了。");
    let id: Id<Notice> = id.parse().map_err(|_| missing())?;
    Ok(notices::notice(tx, ctx.actor()?.id, id).await?.ok_or_else(missing)?)
}

/// `POST /notices/{id}/open`: marks it as read and goes where it is dealt with.
pub(crate) async fn open(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    notices::read(&mut tx, ctx.actor()?.id, row.id, ctx.now()).await?;
    ctx.see_other(tx, &row.href, "").await
}

/// `POST /notices/{id}/read`
pub(crate) async fn read(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let row = find(&ctx, &mut tx, &id).await?;
    notices::read(&mut tx, ctx.actor()?.id, row.id, ctx.now()).await?;
    ctx.see_other(tx, "/notices", "已标为已读。").await
}

/// `POST /notices/read`: all of them.
pub(crate) async fn read_all(ctx: Ctx) -> Reply {
    let mut tx = ctx.begin_write().await?;
    let count = notices::read_all(&mut tx, ctx.actor()?.id, ctx.now()).await?;
    ctx.see_other(tx, "/notices", &format!("{count} 条提醒已标为已读。")).await
}

/// What the header shows of it.
pub(crate) const BELL: Bell = Bell {
    label: "提醒",
    href: "/notices",
    permission: crate::NOTICES,
    count: |app, account| Box::pin(count(app, account)),
};

async fn count(app: &App, account: i64) -> std::result::Result<i64, Fault> {
    let mut tx = app.db.begin_read().await?;
    notices::unread(&mut tx, account, MOST).await
}

impl NoticesMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.get(name) == Some(value)
    }
}
