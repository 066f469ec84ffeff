//! The register of villages and communities: search, filter, page, export.

use crate::{
    WRITE,
    store::{self, UnitRow},
    town::Town,
    unit::{Position, UnitKind},
};
use askama::Template;
use axum::response::Response;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, download, json, xlsx};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain {
    listing: Listing,
    towns: Vec<Town>,
    units: Vec<UnitRow>,
    pager: Pager,
    may_write: bool,
}

/// `GET /places`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns = store::towns(&mut tx).await?;
    let (units, total) = store::list(&mut tx, &actor.reach(), &listing).await?;
    let (units, pager) = listing.page(units, total, |unit| (unit.town_id.raw().to_string(), unit.id.raw()));
    let main = ListMain { listing, towns, units, pager, may_write: actor.may(WRITE) };
    Page::new("村（社区）", &main)
}

/// `GET /places.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let town = listing.get("town").and_then(|t| t.parse().ok());
    let units = store::units_in_reach(&mut tx, &ctx.actor()?.reach(), listing.get("q"), town).await?;
    let sheet = Sheet {
        name: "村（社区）".to_owned(),
        title: format!("{}村（社区）名册", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 个", ctx.today().chinese(), units.len()),
        columns: vec![
            SheetColumn::text("镇（街道）", 16.0),
            SheetColumn::text("名称", 34.0),
            SheetColumn::text("简称", 18.0),
            SheetColumn::text("类别", 8.0),
        ],
        rows: units
            .into_iter()
            .map(|u| {
                vec![
                    Cell::Text(u.town_name),
                    Cell::Text(u.name),
                    Cell::Text(u.short_name),
                    u.kind.label().into(),
                ]
            })
            .collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "村（社区）名册.xlsx",
        xlsx(&[sheet])?,
    ))
}

/// `GET /places/search?q=`: suggestions for the village picker.
pub(crate) async fn search(ctx: Ctx) -> Reply {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let units = match listing.get("q") {
        Some(q) => store::units_in_reach(&mut tx, &ctx.actor()?.reach(), Some(q), None).await?,
        None => Vec::new(),
    };
    let found: Vec<_> = units
        .into_iter()
        .take(20)
        .map(|u| serde_json::json!({"value": u.id.to_string(), "label": u.short_name, "hint": u.town_name}))
        .collect();
    json(&found)
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/places.xlsx", &[])
    }
}

fn position_label(position: Position) -> &'static str {
    match position {
        Position::None => "未标注",
        Position::Schematic => "示意",
        Position::Surveyed => "已标注",
    }
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_sqlite};
    use web::Role;

    #[test]
    fn the_register_is_searched_by_initials_and_shown_by_town() {
        on_sqlite(crate::MIGRATIONS, |db| async move {
            crate::testing::two_towns(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]).log_in(actor(Role::Manager));
            let all = server.get("/places").await;
            assert_eq!(all.status, 200);
            insta::assert_snapshot!("list", all.main());
            let found = server.get("/places?q=tjt").await.text();
            assert!(found.contains("谈家头村") && !found.contains("鸣凰社区"));
            let json = server.get("/places/search?q=mh").await.text();
            assert!(json.contains("鸣凰社区"), "{json}");
            Ok(())
        });
    }
}
