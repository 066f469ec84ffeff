//! Who is covered: 233 squares by town, a map, a table of who is behind; gaps at a glance.

use crate::{
    APPOINT, CoverState, GAP_DAYS, ServiceKind,
    store::{
        appointments::{self, CoverRow},
        services,
    },
};
use ::store::Tx;
use askama::Template;
use axum::response::Response;
use counsel::Lawyer;
use kernel::{Id, PartKind, Period, Result, Scheme};
use places::{MapPoint, Position, Town};
use std::collections::HashMap;
use web::{Cell, Ctx, Html, Listing, Page, Reply, Sheet, SheetColumn, download, xlsx};

pub(crate) struct Unit {
    pub(crate) row: CoverRow,
    pub(crate) state: CoverState,
    pub(crate) visits: i64,
    pub(crate) answers: i64,
    pub(crate) events: i64,
}

struct TownGroup {
    name: String,
    units: Vec<Unit>,
}

impl TownGroup {
    fn covered(&self) -> usize {
        self.units.iter().filter(|unit| unit.state != CoverState::Gap).count()
    }
}

#[derive(Template)]
#[template(path = "pages/coverage.html")]
struct CoverageMain {
    listing: Listing,
    towns: Vec<Town>,
    groups: Vec<TownGroup>,
    lawyer: Option<String>,
    lawyer_id: String,
    total: usize,
    covered: usize,
    behind: usize,
    gaps: usize,
    period: String,
    view: &'static str,
    map: Html,
    may_appoint: bool,
}

impl CoverageMain {
    fn tab(&self, view: &str) -> String {
        self.listing.link(&[("view", view)])
    }

    fn is_town(&self, town: &Town) -> bool {
        self.listing.show("town") == town.id.to_string()
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/coverage.xlsx", &[])
    }
}

/// `GET /coverage`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let reach = actor.reach();
    let mut tx = ctx.begin_read().await?;
    let mut towns = places::towns(&mut tx).await?;
    if let web::Reach::Towns(own) = &reach {
        towns.retain(|town| own.contains(&town.id.raw()));
    }
    let (units, period) = units(&ctx, &mut tx, &listing).await?;
    let lawyer_id: Option<Id<Lawyer>> = listing.get("lawyer").and_then(|id| id.parse().ok());
    let lawyer = match lawyer_id {
        Some(id) => counsel::lawyer(&mut tx, id).await?.map(|lawyer| lawyer.name),
        None => None,
    };
    let view = match listing.get("view") {
        Some("map") => "map",
        Some("table") => "table",
        _ => "grid",
    };
    let map = if view == "map" { map(&ctx, &mut tx, &units).await? } else { Html::default() };
    let count = |state| units.iter().filter(|unit| unit.state == state).count();
    let (total, behind, gaps) = (units.len(), count(CoverState::Behind), count(CoverState::Gap));
    let wanted = listing.get("state").map(str::to_owned);
    let mut groups: Vec<TownGroup> = Vec::new();
    for unit in units {
        if wanted.as_deref().is_some_and(|wanted| wanted != unit.state.square().0) {
            continue;
        }
        match groups.last_mut().filter(|group| group.name == unit.row.town_name) {
            Some(group) => group.units.push(unit),
            None => groups.push(TownGroup { name: unit.row.town_name.clone(), units: vec![unit] }),
        }
    }
    let main = CoverageMain {
        listing,
        towns,
        groups,
        lawyer,
        lawyer_id: lawyer_id.map(|id| id.to_string()).unwrap_or_default(),
        total,
        covered: total - gaps,
        behind,
        gaps,
        period: period.label(),
        view,
        map,
        may_appoint: actor.may(APPOINT),
    };
    let page = Page::new("法律顾问覆盖", &main)?;
    Ok(if view == "map" { page.with_map() } else { page })
}

/// The units of the filters with their state and what they got in the quarter.
async fn units(ctx: &Ctx, tx: &mut Tx, listing: &Listing) -> Result<(Vec<Unit>, Period)> {
    let today = ctx.today();
    let period = Period::containing(Scheme::Calendar, PartKind::Quarter, today);
    let town = listing.get("town").and_then(|id| id.parse().ok());
    let lawyer = listing.get("lawyer").and_then(|id| id.parse().ok());
    let rows = appointments::coverage(tx, &ctx.actor()?.reach(), town, lawyer).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut counts: HashMap<_, [i64; 3]> = HashMap::new();
    for count in services::counts(tx, period.first(), period.last(), &ids).await? {
        let slot = match count.kind {
            ServiceKind::Visit => 0,
            ServiceKind::Phone | ServiceKind::Wechat => 1,
            ServiceKind::Lecture | ServiceKind::Publicity => 2,
        };
        counts.entry(count.unit_id).or_default()[slot] += count.quantity;
    }
    let units = rows
        .into_iter()
        .map(|row| {
            let [visits, answers, events] = counts.get(&row.id).copied().unwrap_or_default();
            Unit { state: CoverState::of(row.since, row.last_visit, today), visits, answers, events, row }
        })
        .collect();
    Ok((units, period))
}

async fn map(ctx: &Ctx, tx: &mut Tx, units: &[Unit]) -> Result<Html> {
    let points: Vec<MapPoint> = units
        .iter()
        .filter_map(|unit| {
            let (lat, lon) = unit.row.lat.zip(unit.row.lon)?;
            let (state, label) = match unit.state {
                CoverState::Covered => ("ok", "已覆盖"),
                CoverState::Behind => ("warn", "久未上门"),
                CoverState::Gap => ("bad", "空缺"),
            };
            let approximate = unit.row.position == Position::Schematic;
            Some(MapPoint {
                lat,
                lon,
                name: unit.row.short_name.clone(),
                href: format!("/coverage/{}", unit.row.id),
                state,
                label: label.to_owned(),
                approximate,
            })
        })
        .collect();
    Ok(places::map_block(tx, ctx.app.settings.tiles.as_ref(), &points).await?)
}

/// `GET /coverage.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let (units, period) = units(&ctx, &mut tx, &listing).await?;
    let sheet = Sheet {
        name: "法律顾问覆盖".to_owned(),
        title: format!("{}村（社区）法律顾问一览表", ctx.app.settings.district),
        subtitle: format!("截至 {}　服务数为{}", ctx.today().chinese(), period.label()),
        columns: vec![
            SheetColumn::text("镇（街道）", 14.0),
            SheetColumn::text("村（社区）", 16.0),
            SheetColumn::text("法律顾问", 10.0),
            SheetColumn::text("执业机构", 30.0),
            SheetColumn::text("起聘日期", 12.0),
            SheetColumn::text("最近上门", 12.0),
            SheetColumn::sum("上门（次）", 10.0),
            SheetColumn::sum("咨询（次）", 10.0),
            SheetColumn::sum("讲座宣传（场次）", 12.0),
            SheetColumn::text("状态", 10.0),
        ],
        rows: units
            .into_iter()
            .map(|unit| {
                vec![
                    Cell::Text(unit.row.town_name),
                    Cell::Text(unit.row.short_name),
                    Cell::Text(unit.row.lawyer_name.unwrap_or_default()),
                    Cell::Text(unit.row.firm_name.unwrap_or_default()),
                    Cell::Text(unit.row.since.map(|day| day.to_string()).unwrap_or_default()),
                    Cell::Text(unit.row.last_visit.map(|day| day.to_string()).unwrap_or_default()),
                    Cell::Number(unit.visits),
                    Cell::Number(unit.answers),
                    Cell::Number(unit.events),
                    unit.state.square().1.into(),
                ]
            })
            .collect(),
    };
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "村（社区）法律顾问一览表.xlsx",
        xlsx(&[sheet])?,
    ))
}

/// Two characters for a square.
fn short(name: &str) -> String {
    name.chars().take(2).collect()
}
