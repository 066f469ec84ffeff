//! The service book: filter, page, export.

use crate::{
    SERVICE_WRITE, ServiceKind,
    store::services::{self, ServiceRow},
};
use askama::Template;
use axum::response::Response;
use places::Town;
use web::{Cell, Ctx, EXPORT_CAP, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, exported, xlsx};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain {
    listing: Listing,
    towns: Vec<Town>,
    rows: Vec<ServiceRow>,
    pager: Pager,
    may_write: bool,
    /// The way to the rows of the village's predecessors and back, if it has any.
    origins: Option<(String, &'static str)>,
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/services.xlsx", &[])
    }

    /// The address that turns the order round, and how it is now.
    fn sort(&self) -> (String, &'static str) {
        if self.is("sort", "day") {
            (self.listing.link(&[("sort", "")]), "ascending")
        } else {
            (self.listing.link(&[("sort", "day")]), "descending")
        }
    }

    fn states(&self) -> [(&'static str, &'static str); 4] {
        [("", "有效"), ("behalf", "代录"), ("withdrawn", "已作废"), ("all", "全部")]
    }
}

/// `GET /services`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let reach = actor.reach();
    let mut tx = ctx.begin_read().await?;
    let mut towns = places::towns(&mut tx).await?;
    if let web::Reach::Towns(own) = &reach {
        towns.retain(|town| own.contains(&town.id.raw()));
    }
    let (rows, total) = services::list(&mut tx, &reach, &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.happened_on.to_string(), row.id.raw()));
    let unit = listing.get("unit").and_then(|id| id.parse::<kernel::Id<places::Unit>>().ok());
    let origins = match unit {
        Some(unit) if !places::lineage(&mut tx).await?.origins(unit.raw()).is_empty() => {
            Some(match listing.get("origins") {
                None => (listing.link(&[("origins", "1")]), "连同前身（划转、合并、拆分以前）的记录一起看"),
                Some(_) => (listing.link(&[("origins", "")]), "只看现名下的记录"),
            })
        }
        _ => None,
    };
    let main = ListMain { listing, towns, rows, pager, may_write: actor.may(SERVICE_WRITE), origins };
    Page::new("服务记录", &main)
}

/// `GET /services.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = services::export(&mut tx, &ctx.actor()?.reach(), &listing, EXPORT_CAP + 1).await?;
    let rows = exported(rows)?;
    // 次 and 场次 are never added up: the sum stands only when one kind was asked for.
    let one_kind = listing.get("kind").is_some();
    let sheet = Sheet {
        name: "服务记录".to_owned(),
        title: format!("{}村（社区）法律顾问服务记录", ctx.app.settings.district),
        subtitle: format!("导出日期 {}　共 {} 条", ctx.today().chinese(), rows.len()),
        columns: vec![
            SheetColumn::text("日期", 12.0),
            SheetColumn::text("镇（街道）", 14.0),
            SheetColumn::text("村（社区）", 16.0),
            SheetColumn::text("法律顾问", 10.0),
            SheetColumn::text("服务方式", 12.0),
            SheetColumn { title: "次（场次）".to_owned(), width: 10.0, sum: one_kind },
            SheetColumn::sum("人次", 8.0),
            SheetColumn::text("内容", 46.0),
            SheetColumn::text("代录", 6.0),
            SheetColumn::text("编号", 16.0),
        ],
        rows: rows.into_iter().map(cells).collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "服务记录.xlsx",
        xlsx(&[sheet])?,
    ))
}

fn cells(row: ServiceRow) -> Vec<Cell> {
    vec![
        row.happened_on.to_string().into(),
        row.town_name.into(),
        (if row.unit_closed { format!("{}（已撤并）", row.unit_name) } else { row.unit_name }).into(),
        row.lawyer_name.into(),
        row.kind.label().into(),
        Cell::Number(row.quantity),
        Cell::Number(row.people),
        row.note.into(),
        (if row.on_behalf { "是" } else { "" }).into(),
        row.id.to_string().into(),
    ]
}
