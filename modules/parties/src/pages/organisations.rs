//! The register of organisations: search, filter, page, export.

use crate::{
    WRITE,
    organisation::OrganisationKind,
    store::organisations::{self, OrganisationRow},
};
use ::store::{Audit, Db};
use askama::Template;
use axum::response::Response;
use kernel::Fault;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, xlsx};

#[derive(Template)]
#[template(path = "pages/organisations.html")]
struct OrganisationsMain {
    listing: Listing,
    towns: Vec<(String, String)>,
    lines: Vec<Line>,
    pager: Pager,
    may_write: bool,
}

/// An organisation as lists show it: the telephone masked.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: OrganisationKind,
    pub(crate) uscc: String,
    pub(crate) contact: String,
    pub(crate) phone: String,
    pub(crate) place: String,
}

pub(crate) fn line(db: &Db, row: OrganisationRow) -> Result<Line, Fault> {
    Ok(Line {
        id: row.id.to_string(),
        phone: row.phone(db)?.map_or(String::new(), |phone| phone.masked()),
        place: row.place(),
        uscc: row.uscc.unwrap_or_default(),
        kind: row.kind,
        contact: row.contact,
        name: row.name,
    })
}

/// `GET /organisations`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns =
        places::towns(&mut tx).await?.into_iter().map(|town| (town.id.to_string(), town.name)).collect();
    let (rows, total) = organisations::list(&mut tx, &actor.reach(), &listing).await?;
    let (rows, pager) = listing.page(rows, total, |row| (row.initials.clone(), row.id.raw()));
    let lines = rows.into_iter().map(|row| line(&ctx.app.db, row)).collect::<Result<_, _>>()?;
    let main = OrganisationsMain { listing, towns, lines, pager, may_write: actor.may(WRITE) };
    Page::new("单位", &main)
}

/// `GET /organisations.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_write().await?;
    let rows = organisations::whole_list(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let count = rows.len();
    tx.audit(
        Audit::about(ctx.actor_id(), "parties.organisation.export", "parties_organisation")
            .with(&serde_json::json!({ "rows": count })),
    );
    tx.commit().await?;
    let mut cells = Vec::new();
    for row in rows {
        let address = row.address.clone();
        let line = line(&ctx.app.db, row)?;
        let kind = line.kind.label().to_owned();
        cells.push(
            [line.name, kind, line.uscc, line.contact, line.phone, line.place, address]
                .map(Cell::Text)
                .to_vec(),
        );
    }
    let sheet = Sheet {
        name: "单位".to_owned(),
        title: format!("{}公共法律服务单位名册", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {count} 家　电话已隐去中间部分", ctx.today().chinese()),
        columns: [
            ("名称", 34.0),
            ("类别", 14.0),
            ("统一社会信用代码", 22.0),
            ("联系人", 12.0),
            ("电话", 16.0),
            ("村（社区）", 30.0),
            ("地址", 34.0),
        ]
        .into_iter()
        .map(|(title, width)| SheetColumn::text(title, width))
        .collect(),
        rows: cells,
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "单位名册.xlsx",
        xlsx(&[sheet])?,
    ))
}

impl OrganisationsMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/organisations.xlsx", &[])
    }
}
