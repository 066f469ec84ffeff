//! Whom lawyers and firms are retained by, all over the district: for looking whether somebody is bound.

use crate::{
    WRITE,
    retainer::RetainerKind,
    store::retainers::{self, RetainerRow},
};
use askama::Template;
use axum::response::Response;
use kernel::Day;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/retainers.html")]
struct RetainersMain {
    listing: Listing,
    rows: Vec<RetainerRow>,
    pager: Pager,
    today: Day,
    may_write: bool,
}

/// `GET /retainers`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let (actor, today) = (ctx.actor()?, ctx.today());
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = retainers::list(&mut tx, &actor.reach(), &listing, today).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.from_on.to_string(), row.id.raw()));
    let main = RetainersMain { listing, rows, pager, today, may_write: actor.may(WRITE) };
    Ok(Page::new("客户单位", &main)?.crumb("律师", "/lawyers"))
}

impl RetainersMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/retainers.xlsx", &[])
    }
}

/// `GET /retainers.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = retainers::whole_list(&mut tx, &ctx.actor()?.reach(), &listing, ctx.today()).await?;
    let columns = [
        ("单位", 34.0),
        ("统一社会信用代码", 22.0),
        ("关系", 12.0),
        ("律师", 14.0),
        ("执业机构", 30.0),
        ("开始", 12.0),
        ("终止", 12.0),
    ];
    let sheet = Sheet {
        name: "客户单位".to_owned(),
        title: format!("{}律师、律所客户单位登记", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 条", ctx.today().chinese(), rows.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: rows.into_iter().map(cells).collect(),
    };
    Ok(workbook("律师律所客户单位.xlsx", &[sheet])?)
}

fn cells(row: RetainerRow) -> Vec<Cell> {
    vec![
        row.name.into(),
        row.uscc.unwrap_or_default().into(),
        row.kind.label().into(),
        row.lawyer_name.unwrap_or_else(|| "全所".to_owned()).into(),
        row.firm_name.into(),
        row.from_on.to_string().into(),
        row.until_on.map_or(String::new(), |day| day.to_string()).into(),
    ]
}
