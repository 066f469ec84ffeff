//! All documents within reach: by state and kind, by number or whom they are about, with an export. Void numbers stay.

use super::{Line, lines};
use crate::{
    WRITE,
    document::State,
    kind::{self, Kind},
    store::{self, Asked},
};
use ::store::Tx;
use askama::Template;
use axum::response::Response;
use kernel::Result;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain {
    listing: Listing,
    kinds: Vec<Kind>,
    lines: Vec<Line>,
    pager: Pager,
    may_print: bool,
}

/// The records that the words of the search mean; numbers of documents have none of their own.
async fn records(ctx: &Ctx, tx: &mut Tx, listing: &Listing) -> Result<Option<Vec<i64>>> {
    let Some(words) = listing.get("q") else { return Ok(None) };
    let mut found = Vec::new();
    for subject in ctx.app.extensions::<kind::Subject>() {
        found.extend((subject.search)(tx, ctx, words).await?);
    }
    Ok(Some(found))
}

/// `GET /documents`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let records = records(&ctx, &mut tx, &listing).await?;
    let asked = Asked { reach: &actor.reach(), account: actor.id, listing: &listing, records };
    let (rows, total) = store::list(&mut tx, &asked).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.drafted_at.micros().to_string(), row.id.raw()));
    let lines = lines(&ctx, &mut tx, rows).await?;
    let main = ListMain { listing, kinds: kind::kinds(&ctx), lines, pager, may_print: actor.may(WRITE) };
    Page::new("文书", &main)
}

/// `GET /documents.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let records = records(&ctx, &mut tx, &listing).await?;
    let asked = Asked { reach: &actor.reach(), account: actor.id, listing: &listing, records };
    let rows = store::whole_list(&mut tx, &asked).await?;
    let lines = lines(&ctx, &mut tx, rows).await?;
    let columns = [
        ("文书编号", 20.0),
        ("文书", 26.0),
        ("对象", 34.0),
        ("状态", 14.0),
        ("制作日期", 12.0),
        ("制作人", 12.0),
        ("盖章（签字）日期", 14.0),
        ("送达日期", 12.0),
        ("送达方式", 12.0),
        ("签收人", 12.0),
        ("作废原因", 30.0),
    ];
    let sheet = Sheet {
        name: "文书".to_owned(),
        title: format!("{}文书清单", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 份", ctx.today().chinese(), lines.len()),
        columns: columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect(),
        rows: lines.iter().map(cells).collect(),
    };
    Ok(workbook("文书清单.xlsx", &[sheet])?)
}

fn cells(line: &Line) -> Vec<Cell> {
    let row = &line.row;
    let day = |day: Option<kernel::Day>| day.map_or(String::new(), |day| day.to_string());
    vec![
        row.number.as_str().into(),
        line.title.into(),
        line.record.as_str().into(),
        row.state.label().into(),
        row.drafted_at.day().to_string().into(),
        row.drafted_name.as_str().into(),
        day(row.stamped_on).into(),
        day(row.served_on).into(),
        row.served_how.map_or("", crate::Manner::label).into(),
        row.served_to.as_str().into(),
        row.void_reason.as_str().into(),
    ]
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/documents.xlsx", &[])
    }
}
