//! A village's adviser: the page behind the QR code of its board, and the poster with that code.

use crate::store::{self, VillageRow};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Phone, Refusal, Result};
use places::Position;
use stations::Found;
use web::{Ctx, Html, Page, Reply, qr};

#[derive(Template)]
#[template(path = "pages/village.html")]
struct VillageMain {
    v: VillageRow,
    phone: Option<Phone>,
    office: Option<(String, Option<Phone>)>,
    stations: Vec<Found>,
    hotline: String,
}

#[derive(Template)]
#[template(path = "pages/poster.html")]
struct PosterMain {
    v: VillageRow,
    phone: Option<Phone>,
    code: Html,
    url: String,
    hotline: String,
    bureau: String,
}

/// How many stations are offered.
const STATIONS: usize = 3;

async fn find(tx: &mut Tx, id: &str) -> Result<VillageRow> {
    let missing = || Refusal::not_found("没有这个村（社区）。可能已经合并或改名，请按名称重新查找。");
    let id = id.parse().map_err(|_| missing())?;
    Ok(store::village(tx, id).await?.ok_or_else(missing)?)
}

/// `GET /villages/{id}`
pub(crate) async fn village(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let v = find(&mut tx, &id).await?;
    let phone = v.phone(&tx)?;
    let office = store::office(&mut tx, v.town_id).await?;
    let mut stations = stations::found_stations(&mut tx, &ctx.app.calendar, ctx.now()).await?;
    let at = v.lat.zip(v.lon).and_then(|(lat, lon)| geo::Wgs84::new(lat, lon));
    if at.is_none() {
        stations.retain(|station| station.row.town_id == v.town_id);
    }
    stations::arrange(&mut stations, at);
    stations.truncate(STATIONS);
    let title = format!("{}法律顾问", v.short_name);
    let main = VillageMain { v, phone, office, stations, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new(title, &main)?.narrow())
}

/// `GET /villages/{id}/qr`
pub(crate) async fn poster(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let v = find(&mut tx, &id).await?;
    let phone = v.phone(&tx)?;
    let url = ctx.public_url(&format!("/villages/{}", v.id));
    let title = format!("{}法律顾问扫码牌", v.short_name);
    let settings = &ctx.app.settings;
    let (hotline, bureau) = (settings.hotline.clone(), settings.bureau.clone());
    let main = PosterMain { v, phone, code: qr::svg(&url)?, url, hotline, bureau };
    Ok(Page::new(title, &main)?.narrow())
}

impl VillageMain {
    /// Whether the distance is between positions of which one is only a sketch.
    fn sketched(&self, station: &Found) -> bool {
        self.v.position != Position::Surveyed || station.row.position != Position::Surveyed
    }

    /// What stands where the photograph would.
    fn initial(&self) -> String {
        self.v.lawyer_name.as_deref().and_then(|name| name.chars().next()).map_or(String::new(), String::from)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, world};
    use testkit::on_sqlite;

    #[test]
    fn the_page_behind_the_board_shows_who_it_is_and_dials() {
        on_sqlite(&migrations(), |db| async move {
            let world = world(&db).await?;
            let server = server(db);
            let page = server.get(&format!("/villages/{}", world.units[4])).await;
            assert_eq!(page.status, 200);
            insta::assert_snapshot!("village", page.main());
            let text = page.text();
            assert!(text.contains("薛微澜") && text.contains(r#"btn-big" href="tel:19905190001""#));
            assert!(
                text.contains("洛阳镇法律援助工作站") && text.contains("约 "),
                "the nearest station with its distance"
            );
            let nobody = server.get(&format!("/villages/{}", world.units[3])).await.text();
            assert!(nobody.contains("暂时没有法律顾问") && nobody.contains("tel:12348"));
            let silent = server.get(&format!("/villages/{}", world.units[0])).await.text();
            assert!(silent.contains("王律师") && silent.contains("没有公布电话"));
            for gone in ["/villages/320412-99999", "/villages/x", "/villages/x/qr"] {
                assert_eq!(server.get(gone).await.status, 404, "{gone}");
            }
            Ok(())
        });
    }

    #[test]
    fn the_poster_carries_the_code_of_that_page() {
        on_sqlite(&migrations(), |db| async move {
            let world = world(&db).await?;
            let server = server(db);
            let text = server.get(&format!("/villages/{}/qr", world.units[4])).await.main();
            assert!(
                text.contains("<svg")
                    && text.contains(&format!("http://127.0.0.1:8080/villages/{}", world.units[4]))
            );
            assert!(text.contains("戴溪村") && !text.contains("style="), "nothing inline");
            Ok(())
        });
    }
}
