//! The events: list with Excel, and the page of one event with what is left to do and the way to take it back.

use crate::{
    WRITE,
    actions::undo_event::{change_of, undo_event},
    event::{Event, EventKind, EventRow},
    follower::{Consequence, followers},
    store::{self, UnitRow, events},
    town::Town,
    unit::Position,
};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Id, Refusal, Result};
use web::{Cell, Ctx, Form, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, xlsx};

/// At most so many rows go into a sheet.
const SHEET_ROWS: i64 = 10_000;

#[derive(Template)]
#[template(path = "pages/events.html")]
struct ListMain {
    listing: Listing,
    towns: Vec<Town>,
    rows: Vec<EventRow>,
    pager: Pager,
    may_write: bool,
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/places/events.xlsx", &[])
    }
}

/// `GET /places/events`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns = store::towns(&mut tx).await?;
    let (rows, total) = events::list(&mut tx, &actor.reach(), &listing, None).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.day.to_string(), row.id.raw()));
    let main = ListMain { listing, towns, rows, pager, may_write: actor.may(WRITE) };
    Ok(Page::new("调整记录", &main)?.crumb("村（社区）", "/places"))
}

/// `GET /places/events.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (rows, _) = events::list(&mut tx, &ctx.actor()?.reach(), &listing, Some(SHEET_ROWS)).await?;
    let sheet = Sheet {
        name: "调整记录".to_owned(),
        title: format!("{}村（社区）调整一览表", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 次", ctx.today().chinese(), rows.len()),
        columns: vec![
            SheetColumn::text("生效日", 12.0),
            SheetColumn::text("类型", 8.0),
            SheetColumn::text("镇（街道）", 14.0),
            SheetColumn::text("内容", 44.0),
            SheetColumn::text("批准文件", 36.0),
            SheetColumn::text("说明", 24.0),
            SheetColumn::text("状态", 10.0),
        ],
        rows: rows
            .into_iter()
            .map(|row| {
                let day = if row.interval_marked {
                    format!("{}（推定）", row.day)
                } else {
                    row.day.to_string()
                };
                vec![
                    Cell::Text(day),
                    row.kind.label().into(),
                    Cell::Text(row.town_name),
                    Cell::Text(row.title),
                    Cell::Text(row.document),
                    Cell::Text(row.note),
                    if row.standing { "有效".into() } else { "已撤回".into() },
                ]
            })
            .collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "村（社区）调整一览表.xlsx",
        xlsx(&[sheet])?,
    ))
}

#[derive(Template)]
#[template(path = "pages/event.html")]
struct EventMain {
    form: Form,
    event: EventRow,
    before: Vec<UnitRow>,
    after: Vec<UnitRow>,
    tasks: Vec<Consequence>,
    may_write: bool,
}

impl EventMain {
    fn sides(&self) -> [(&'static str, &[UnitRow]); 2] {
        [("调整前", &self.before), ("调整后", &self.after)]
    }

    fn unplaced(&self) -> Vec<&UnitRow> {
        let unplaced = |unit: &&UnitRow| unit.position != Position::Surveyed;
        if self.event.standing { self.after.iter().filter(unplaced).collect() } else { Vec::new() }
    }
}

async fn find(tx: &mut ::store::Tx, ctx: &Ctx, id: &str) -> Result<EventRow> {
    let missing = || Refusal::not_found("没有这次调整。");
    let id: Id<Event> = id.parse().map_err(|_| missing())?;
    Ok(events::event(tx, &ctx.actor()?.reach(), id).await?.ok_or_else(missing)?)
}

/// `GET /places/events/{id}`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    show_with(&ctx, &id, ctx.form(&[])).await
}

async fn show_with(ctx: &Ctx, id: &str, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let event = find(&mut tx, ctx, id).await?;
    let change = change_of(&mut tx, &event).await?;
    let mut tasks = Vec::new();
    if event.standing {
        for follower in followers(&ctx.app) {
            tasks.extend((follower.tasks)(&mut tx, &change).await?);
        }
    }
    let after = match event.kind {
        EventKind::Rename => Vec::new(),
        _ => events::event_units(&mut tx, event.id, "after").await?,
    };
    drop(tx);
    let may_write = ctx.actor()?.may(WRITE);
    let title = event.title.clone();
    let main = EventMain { form, event, before: change.before, after, tasks, may_write };
    Ok(Page::new(title, &main)?
        .crumb("村（社区）", "/places")
        .crumb("调整记录", "/places/events")
        .answering(&main.form))
}

/// `POST /places/events/{id}/undo`
pub(crate) async fn undo(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    match try_undo(&ctx, &id, &mut form).await {
        Ok(tx) => {
            ctx.see_other(tx, &format!("/places/events/{id}"), "已撤回这次调整，原来的村（社区）已恢复。")
                .await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show_with(&ctx, &id, form).await?.into_response())
        }
    }
}

async fn try_undo(ctx: &Ctx, id: &str, form: &mut Form) -> Result<::store::Tx> {
    let version = form.parse("version", str::parse::<i64>).unwrap_or(0);
    let reason = form.need("reason", "请写明为什么撤回，原记录会保留。");
    form.check()?;
    let mut tx = ctx.begin_write().await?;
    let event = find(&mut tx, ctx, id).await?;
    undo_event(&mut tx, ctx.actor_id(), event.id, version, &reason, &followers(&ctx.app), ctx.now()).await?;
    Ok(tx)
}
