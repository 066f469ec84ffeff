//! Everything about one station: whether it is open, its week, what one gets there, how to get there.

use crate::{
    finder::{self, Found},
    schedule::{DayHours, Exception, HORIZON},
    station::{StateKind, services},
    store::{self, OutletRow},
};
use askama::Template;
use axum::extract::Path;
use kernel::{Day, Phone, Refusal};
use places::Position;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/station.html")]
struct StationMain {
    s: Found,
    week: Vec<DayHours>,
    unusual: Vec<DayHours>,
    services: Vec<&'static str>,
    outlets: Vec<(OutletRow, Option<Phone>)>,
    others: Vec<Found>,
    routes: Vec<(&'static str, String)>,
    today: Day,
}

/// `GET /stations/{id}`
pub(crate) async fn station(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let missing = || Refusal::not_found("没有这个站点。请回到“找站点”重新选择。");
    let id = id.parse().map_err(|_| missing())?;
    let mut tx = ctx.begin_read().await?;
    let row = store::public_station(&mut tx, id).await?.ok_or_else(missing)?;
    let (today, now, calendar) = (ctx.today(), ctx.now(), &ctx.app.calendar);
    let own: Vec<Exception> = store::exceptions_between(&mut tx, today, today.add_days(HORIZON))
        .await?
        .into_iter()
        .filter(|(station, _)| *station == id)
        .map(|(_, exception)| exception)
        .collect();
    let schedule = finder::schedule(&row, &own, calendar);
    let (week, unusual) = (schedule.days(today, 7), schedule.unusual_days(today));
    let mut outlets = Vec::new();
    for outlet in store::outlets_of(&mut tx, id).await? {
        let phone = outlet.phone(&tx)?;
        outlets.push((outlet, phone));
    }
    let mut others = Vec::new();
    if row.state != StateKind::Open {
        others = finder::found_stations(&mut tx, calendar, now).await?;
        others.retain(|other| other.row.id != id && other.row.state == StateKind::Open);
        finder::arrange(&mut others, row.at());
        others.truncate(3);
    }
    let s = finder::stand(&tx, row, &own, calendar, now)?;
    let routes = if ctx.app.settings.tiles.is_some() { routes(&s) } else { Vec::new() };
    let title = s.row.name.clone();
    let main = StationMain {
        services: services(s.row.green_channel),
        s,
        week,
        unusual,
        outlets,
        others,
        routes,
        today,
    };
    Ok(Page::new(title, &main)?.narrow())
}

/// Ways to the station in map services outside, each in its own coordinates.
fn routes(s: &Found) -> Vec<(&'static str, String)> {
    let Some(at) = s.row.at().filter(|_| s.row.position == Position::Surveyed) else { return Vec::new() };
    let name: String = s.row.name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (gcj, bd) = (at.to_gcj02(), at.to_bd09());
    vec![
        (
            "高德地图",
            format!(
                "https://uri.amap.com/marker?position={:.6},{:.6}&name={name}&coordinate=gaode",
                gcj.lon, gcj.lat
            ),
        ),
        (
            "百度地图",
            format!(
                "https://api.map.baidu.com/marker?location={:.6},{:.6}&title={name}&content={name}&output=html",
                bd.lat, bd.lon
            ),
        ),
    ]
}

impl StationMain {
    fn languages(&self) -> String {
        self.s.row.languages.replace(';', "、")
    }

    fn closed_for_good(&self) -> bool {
        self.s.row.state == StateKind::Closed
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{four_stations, migrations};
    use kernel::{Day, FixedClock, Moment};
    use std::sync::Arc;
    use testkit::{Server, on_sqlite};

    #[test]
    fn a_station_tells_everything_about_itself() {
        on_sqlite(&migrations(), |db| async move {
            let (_, ids) = four_stations(&db).await?;
            let mut tx = db.begin_write().await?;
            let today = Day::parse("2022-05-06")?;
            let day = Day::parse("2022-05-10")?;
            crate::actions::set_exception::add_exception(&mut tx, None, ids[0], day, &[], "业务培训", today)
                .await?;
            tx.commit().await?;
            let clock = Arc::new(FixedClock(Moment::parse("2022-05-06T12:00")?));
            let server = Server::new(db, clock, vec![crate::module()]);
            let page = server.get(&format!("/stations/{}", ids[0])).await;
            assert_eq!(page.status, 200);
            insta::assert_snapshot!("station", page.main());
            let text = page.text();
            assert!(
                text.contains("今天 13:30 开门") && text.contains("业务培训") && text.contains("调休上班")
            );
            assert!(text.contains("洛阳集市法律援助流动服务点") && text.contains("tel:051986002001"));
            assert!(!text.contains("amap"), "no map service was configured");
            for gone in ["/stations/320412-999999", "/stations/x"] {
                assert_eq!(server.get(gone).await.status, 404, "{gone}");
            }
            Ok(())
        });
    }

    #[test]
    fn a_paused_station_says_why_and_where_to_go_instead() {
        on_sqlite(&migrations(), |db| async move {
            let (_, ids) = four_stations(&db).await?;
            let mut tx = db.begin_write().await?;
            let now = Moment::parse("2022-05-06T09:00")?;
            let pause = crate::actions::change_state::Move::Pause;
            crate::actions::change_state::change_state(
                &mut tx,
                None,
                ids[0],
                pause,
                now.day(),
                "房屋修缮",
                now,
            )
            .await?;
            tx.commit().await?;
            let server = Server::new(db, Arc::new(FixedClock(now)), vec![crate::module()]);
            let text = server.get(&format!("/stations/{}", ids[0])).await.text();
            assert!(
                text.contains("暂停开放")
                    && text.contains("房屋修缮")
                    && text.contains("湖塘镇法律援助工作站")
            );
            let list = server.get("/stations").await.text();
            let last = list.rfind("list-title").expect("rows");
            assert!(list[last..].contains("洛阳镇法律援助工作站"), "paused stations stand last");
            Ok(())
        });
    }
}
