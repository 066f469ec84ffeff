//! The register of stations for staff: search, filter, page, export.

use crate::{
    WRITE,
    station::{HostKind, StateKind},
    store::{self, StationRow},
};
use askama::Template;
use axum::response::Response;
use places::Town;
use web::{Cell, Ctx, Listing, Page, Pager, Reply, Sheet, SheetColumn, workbook};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListMain {
    listing: Listing,
    towns: Vec<Town>,
    stations: Vec<StationRow>,
    pager: Pager,
    may_write: bool,
}

/// `GET /manage/stations`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let actor = ctx.actor()?;
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?;
    let (stations, total) = store::list(&mut tx, &actor.reach(), &listing).await?;
    let (stations, pager) =
        listing.page(stations, total, |station| (station.town_id.raw().to_string(), station.id.raw()));
    let main = ListMain { listing, towns, stations, pager, may_write: actor.may(WRITE) };
    Page::new("工作站", &main)
}

/// `GET /manage/stations.xlsx`
pub(crate) async fn export(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let stations = store::list_all(&mut tx, &ctx.actor()?.reach(), &listing).await?;
    let mut rows = Vec::new();
    for station in &stations {
        rows.push(row(station, station.phone(&tx)?.map_or(String::new(), |phone| phone.as_str().to_owned())));
    }
    let columns = [
        ("名称", 34.0),
        ("镇（街道）", 16.0),
        ("依托单位类别", 14.0),
        ("运营单位", 24.0),
        ("地址", 30.0),
        ("电话", 16.0),
        ("开放时间", 40.0),
        ("绿色通道", 9.0),
        ("设施", 30.0),
        ("状态", 10.0),
        ("启用日期", 12.0),
    ];
    let mut columns: Vec<SheetColumn> =
        columns.into_iter().map(|(title, width)| SheetColumn::text(title, width)).collect();
    columns.push(SheetColumn::sum("工作人员（名）", 10.0));
    let sheet = Sheet {
        name: "工作站".to_owned(),
        title: format!("{}法律援助工作站名册", ctx.app.settings.district),
        subtitle: format!("截至 {}　共 {} 个", ctx.today().chinese(), stations.len()),
        columns,
        rows,
    };
    Ok(workbook("法律援助工作站名册.xlsx", &[sheet])?)
}

fn row(station: &StationRow, phone: String) -> Vec<Cell> {
    let facilities = station.facilities().all();
    let facilities: Vec<&str> =
        facilities.iter().filter(|(_, _, has)| *has).map(|(_, label, _)| *label).collect();
    vec![
        station.name.as_str().into(),
        station.town_name.as_str().into(),
        station.host_kind.label().into(),
        station.operator.as_str().into(),
        station.address.as_str().into(),
        phone.into(),
        station.hours.to_string().into(),
        if station.green_channel { "有" } else { "" }.into(),
        facilities.join("、").into(),
        station.state.label().into(),
        station.opened_on.map_or(String::new(), |day| day.to_string()).into(),
        station.staff.into(),
    ]
}

impl ListMain {
    fn is(&self, name: &str, value: &str) -> bool {
        self.listing.show(name) == value
    }

    fn export_href(&self) -> String {
        self.listing.link_to("/manage/stations.xlsx", &[])
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{four_stations, migrations};
    use calamine::Reader as _;
    use kernel::{FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, actor, on_sqlite};
    use web::{Actor, Role};

    #[test]
    fn staff_see_their_own_towns_only_and_export_what_they_see() {
        on_sqlite(&migrations(), |db| async move {
            let (towns, ids) = four_stations(&db).await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T09:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let manager = server.log_in(actor(Role::Manager));
            let all = manager.get("/manage/stations").await;
            assert_eq!(all.status, 200);
            insta::assert_snapshot!("list", all.main());
            let officer = Actor { towns: vec![towns[1].raw()], ..actor(Role::TownOfficer) };
            let officer = server.log_in(officer);
            let own = officer.get("/manage/stations").await.text();
            assert!(own.contains("湖塘镇法律援助工作站") && !own.contains("洛阳镇法律援助工作站"));
            assert!(!own.contains(">新建<"), "officers only read");
            assert_eq!(
                officer.get(&format!("/manage/stations/{}", ids[0])).await.status,
                404,
                "another town's"
            );
            assert_eq!(officer.get(&format!("/manage/stations/{}", ids[1])).await.status, 200);
            assert_eq!(officer.get("/manage/stations/new").await.status, 403);
            assert_eq!(server.log_in(actor(Role::Adviser)).get("/manage/stations").await.status, 403);
            let file = officer.get("/manage/stations.xlsx").await.bytes;
            let mut book = calamine::Xlsx::new(std::io::Cursor::new(file))?;
            let sheet = book.worksheet_range("工作站")?;
            let name = sheet.get_value((3, 1)).map(ToString::to_string);
            assert_eq!(name.as_deref(), Some("湖塘镇法律援助工作站"));
            assert_eq!(sheet.get_value((3, 6)).map(ToString::to_string).as_deref(), Some("0519-86002001"));
            assert_eq!(sheet.get_value((5, 0)).map(ToString::to_string).as_deref(), Some("合计"));
            Ok(())
        });
    }
}
