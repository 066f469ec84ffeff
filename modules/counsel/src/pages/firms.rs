//! The register of firms: search, filter, page, export.

use crate::{
    WRITE,
    firm::{FirmKind, FirmState},
    store::{self, FirmLine},
};
use ::store::Db;
use askama::Template;
use axum::response::Response;
use kernel::Fault;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/firms.html")]
struct FirmsMain {
    listing: Listing,
    lines: Vec<(FirmLine, String)>,
    pager: Pager,
    may_write: bool,
}

/// `GET /firms`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let (rows, total) = store::firm_list(&mut tx, &actor.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |line| (line.firm.initials.clone(), line.firm.id.raw()));
    let lines = rows.into_iter().map(|line| with_phone(&ctx.app.db, line)).collect::<Result<_, _>>()?;
    let main = FirmsMain { listing, lines, pager, may_write: actor.may(WRITE) };
    Page::new("律所", &main)
}

/// An office's telephone is public and shown whole.
fn with_phone(db: &Db, line: FirmLine) -> Result<(FirmLine, String), Fault> {
    let phone = crate::firm_phone(db, &line.firm.phone_sealed)?;
    Ok((line, phone.map_or(String::new(), |phone| phone.as_str().to_owned())))
}

/// `GET /firms.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let rows = store::whole_firm_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let count = rows.len();
    let mut cells = Vec::new();
    for row in rows {
        let (FirmLine { firm, lawyers }, phone) = with_phone(&ctx.app.db, row)?;
        cells.push(vec![
            Cell::Text(firm.name),
            firm.kind.label().into(),
            Cell::Text(firm.uscc.unwrap_or_default()),
            Cell::Text(firm.address),
            Cell::Text(phone),
            Cell::Number(lawyers),
            firm.state.label().into(),
        ]);
    }
    let sheet = Sheet {
        name: "律所".to_owned(),
        title: format!("{}律师事务所和基层法律服务所名册", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {count} 家", ctx.today().chinese()),
        columns: vec![
            SheetColumn::text("名称", 34.0),
            SheetColumn::text("类别", 16.0),
            SheetColumn::text("统一社会信用代码", 22.0),
            SheetColumn::text("地址", 34.0),
            SheetColumn::text("电话", 16.0),
            SheetColumn::sum("在册律师（人）", 10.0),
            SheetColumn::text("状态", 9.0),
        ],
        rows: cells,
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "律所名册.xlsx",
        xlsx(&[sheet])?,
    ))
}

impl FirmsMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/firms.xlsx", &[])
    }
}
