//! Finding a station: towns first, then the list with the open ones on top, the map as a second view.

use super::position;
use crate::finder::{self, Found};
use askama::Template;
use kernel::Id;
use places::{MapPoint, Position, Town, map_block};
use web::{Ctx, Html, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/find.html")]
struct FindMain {
    listing: Listing,
    towns: Vec<Town>,
    town: Option<Town>,
    near: bool,
    near_wrong: bool,
    open: usize,
    found: Vec<Found>,
    others: Vec<Found>,
    map: Option<Html>,
    hotline: String,
}

/// How many stations of other towns are offered below those of the chosen town.
const OTHERS: usize = 3;

/// `GET /stations`
pub(crate) async fn find(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?;
    let mut found = finder::found_stations(&mut tx, &ctx.app.calendar, ctx.now()).await?;
    let chosen: Option<Id<Town>> = listing.get("town").and_then(|town| town.parse().ok());
    let town = towns.iter().find(|town| Some(town.id) == chosen).cloned();
    let from = listing.get("near").and_then(position);
    let centre = town.as_ref().and_then(|town| geo::Wgs84::new(town.lat, town.lon));
    if let Some(q) = listing.get("q") {
        finder::keep_matching(&mut found, q);
    }
    finder::arrange(&mut found, from.or(centre));
    let (mut found, mut others): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|station| chosen.is_none_or(|town| station.row.town_id == town));
    others.truncate(if town.is_some() { OTHERS } else { 0 });
    if from.is_none() {
        // Distances from a town's centre are for the order only.
        found.iter_mut().chain(&mut others).for_each(|station| station.distance_m = None);
    }
    let map = if listing.get("view") == Some("map") {
        let points: Vec<MapPoint> = found.iter().chain(&others).filter_map(point).collect();
        Some(map_block(&mut tx, ctx.app.settings.tiles.as_ref(), &points).await?)
    } else {
        None
    };
    let main = FindMain {
        near: from.is_some(),
        near_wrong: from.is_none() && listing.get("near").is_some(),
        open: found.iter().filter(|station| station.now.is_open()).count(),
        listing,
        towns,
        town,
        found,
        others,
        map,
        hotline: ctx.app.settings.hotline.clone(),
    };
    let with_map = main.map.is_some();
    let page = Page::new("找站点", &main)?;
    Ok(if with_map { page.with_map() } else { page })
}

fn point(station: &Found) -> Option<MapPoint> {
    let at = station.row.at()?;
    Some(MapPoint {
        lat: at.lat,
        lon: at.lon,
        name: station.row.name.clone(),
        href: format!("/stations/{}", station.row.id),
        state: station.badge(),
        label: format!("{}，{}", station.label(), station.next_words()),
        approximate: station.row.position == Position::Schematic,
    })
}

impl FindMain {
    fn is_town(&self, town: &Town) -> bool {
        self.town.as_ref().is_some_and(|chosen| chosen.id == town.id)
    }

    fn town_href(&self, town: &Town) -> String {
        self.listing.link(&[("town", &town.id.to_string()), ("near", "")])
    }

    fn all_towns_href(&self) -> String {
        self.listing.link(&[("town", "")])
    }

    fn view_href(&self, view: &str) -> String {
        self.listing.link(&[("view", view)])
    }

    fn near_href(&self) -> String {
        self.listing.link(&[("near", ""), ("town", "")])
    }

    fn list_title(&self) -> String {
        match &self.town {
            Some(town) => format!("{}的站点", town.name),
            None if self.near => "离您最近的站点".to_owned(),
            None => "全区站点".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{a_station, four_stations, migrations};
    use kernel::{Clock, FixedClock, Moment};
    use std::{io::Write as _, sync::Arc};
    use testkit::{Server, on_sqlite};

    pub(crate) fn friday() -> Arc<dyn Clock> {
        Arc::new(FixedClock(Moment::parse("2022-05-06T09:00").expect("a moment")))
    }

    /// Where each of the words stands on the page, which must be in this order.
    fn in_order(text: &str, words: &[&str]) -> bool {
        let places: Vec<Option<usize>> = words.iter().map(|word| text.find(word)).collect();
        places.iter().all(Option::is_some) && places.is_sorted()
    }

    #[test]
    fn a_citizen_finds_the_nearest_open_station_and_dials_in_one_tap() {
        on_sqlite(&migrations(), |db| async move {
            let (towns, _) = four_stations(&db).await?;
            let server = Server::new(db, friday(), vec![crate::module()]);
            let all = server.get("/stations").await;
            assert_eq!(all.status, 200);
            insta::assert_snapshot!("find", all.main());
            let text = all.text();
            assert!(in_order(
                &text,
                &[
                    ">洛阳镇法律援助工作站<",
                    ">湖塘镇法律援助工作站<",
                    ">工业园区法律援助工作站<",
                    ">区妇联法律援助工作站<"
                ]
            ));
            assert!(text.contains("今天 13:00 开门") && text.contains("5月9日（周一） 8:30 开门"));
            assert!(text.contains(r#"href="tel:051986002001""#) && !text.contains("<script>"));
            let near = server.get("/stations?near=31.7100,119.9460").await.text();
            assert!(in_order(
                &near,
                &[">湖塘镇法律援助工作站<", ">洛阳镇法律援助工作站<", ">区妇联法律援助工作站<"]
            ));
            assert!(near.contains("约 50 米"));
            let town = server.get(&format!("/stations?town={}", towns[0])).await.text();
            assert!(in_order(
                &town,
                &["洛阳镇的站点", ">洛阳镇法律援助工作站<", "附近其他站点", ">湖塘镇法律援助工作站<"]
            ));
            let none = server.get("/stations?q=%E6%89%8B%E8%AF%AD").await.text();
            assert!(none.contains("没有找到") && none.contains("tel:12348"));
            let wrong = server.get("/stations?near=here").await.text();
            assert!(wrong.contains("没有读到您的位置"));
            Ok(())
        });
    }

    #[test]
    fn the_map_is_a_second_view_of_the_same_list() {
        on_sqlite(&migrations(), |db| async move {
            let (_, ids) = four_stations(&db).await?;
            let server = Server::new(db, friday(), vec![crate::module()]);
            let map = server.get("/stations?view=map").await.text();
            assert!(map.contains("leaflet.js") && map.contains(r#"data-map="#));
            assert!(
                map.contains(&format!(r#""href":"/stations/{}""#, ids[0]))
                    && map.contains(r#""approximate":true"#)
            );
            assert!(map.contains(">洛阳镇法律援助工作站<"), "the list stays");
            assert!(!server.get("/stations").await.text().contains("leaflet"));
            Ok(())
        });
    }

    #[test]
    fn seventeen_stations_weigh_less_than_twenty_kilobytes() {
        on_sqlite(&migrations(), |db| async move {
            let (towns, _) = four_stations(&db).await?;
            let mut tx = db.begin_write().await?;
            let now = Moment::parse("2022-05-06T09:00")?;
            for (number, place) in (5..=17).zip([
                "区看守所",
                "区总工会",
                "嘉泽镇",
                "区残联",
                "雪堰镇",
                "区劳动人事争议仲裁院",
                "前黄镇",
                "礼嘉镇",
                "湟里镇",
                "区信访局",
                "南夏墅街道",
                "区退役军人事务局",
                "西湖街道",
            ]) {
                let name = format!("{place}法律援助工作站");
                let mut station = a_station(
                    towns[number % 2],
                    &name,
                    "1-5 08:30-11:30 13:30-17:00;3 18:00-20:00;6 09:00-11:30",
                )?;
                station.details.address = format!("湖塘镇示例街{}号（示例）", number * 12 + 6);
                crate::open_station(&mut tx, None, &station, now).await?;
            }
            tx.commit().await?;
            let server = Server::new(db, friday(), vec![crate::module()]);
            let page = server.get("/stations").await;
            assert_eq!(page.text().matches(" 打电话<span").count(), 17);
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(&page.bytes)?;
            let weight = gz.finish()?.len();
            assert!(weight <= 20 * 1024, "{weight} bytes");
            Ok(())
        });
    }
}
