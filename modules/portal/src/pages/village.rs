//! A village's adviser: the page behind the QR code of its board, and the poster with that code.

use crate::store::{self, VillageRow};
use ::store::Tx;
use askama::Template;
use axum::extract::Path;
use kernel::{Day, Id, Phone, Refusal, Result};
use places::{AnyUnit, EventKind, Position, Unit};
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
#[template(path = "pages/village_closed.html")]
struct ClosedMain {
    unit: AnyUnit,
    day: Day,
    word: &'static str,
    villages: Vec<(VillageRow, Option<Phone>)>,
    hotline: String,
}

impl ClosedMain {
    /// 湖塘镇阳光社区、…
    fn now(&self) -> String {
        let names = self.villages.iter().map(|(v, _)| format!("{}{}", v.town_name, v.short_name));
        names.collect::<Vec<_>>().join("、")
    }
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
    if let Some(page) = closed(&ctx, &mut tx, &id).await? {
        return Ok(page);
    }
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

/// The page of a village that is no more: where it went, so that its old board still leads to somebody.
async fn closed(ctx: &Ctx, tx: &mut Tx, id: &str) -> Reply<Option<Page>> {
    let Ok(id) = id.parse::<Id<Unit>>() else { return Ok(None) };
    let Some(unit) = places::any_unit(tx, id).await? else { return Ok(None) };
    let Some(day) = unit.closed_on else { return Ok(None) };
    let ids = match places::lineage(tx).await?.current(id.raw()) {
        places::Current::Became(id) => vec![id],
        places::Current::Divided(ids) => ids,
        places::Current::Same | places::Current::Gone => Vec::new(),
    };
    let mut villages = Vec::new();
    for id in ids.into_iter().filter_map(Id::from_raw) {
        if let Some(village) = store::village(tx, id).await? {
            let phone = village.phone(tx)?;
            villages.push((village, phone));
        }
    }
    let word = match store::ending(tx, id).await? {
        Some(EventKind::Merge) => "已并入",
        Some(EventKind::Move) => "已划入",
        Some(EventKind::Split) => "已分为",
        _ => "已撤销",
    };
    let title = format!("{}{word}", unit.short_name);
    let main = ClosedMain { unit, day, word, villages, hotline: ctx.app.settings.hotline.clone() };
    Ok(Some(Page::new(title, &main)?.narrow()))
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
    use testkit::{on_both, on_sqlite};

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
    fn a_village_that_is_no_more_leads_to_where_it_went() {
        on_both(&migrations(), |db| async move {
            let world = world(&db).await?;
            let mut tx = db.begin_write().await?;
            let event =
                |kind, before: &[places_unit::Ids], name: &str| places_unit::event(kind, before, name);
            let town = world.towns[0];
            let merger = event(
                places::EventKind::Merge,
                &[(world.units[0], town), (world.units[1], town)],
                "阳光社区",
            );
            places::record_event(&mut tx, None, &merger, &[], places_unit::now()).await?;
            let end = event(places::EventKind::Abolish, &[(world.units[3], world.towns[1])], "");
            places::record_event(&mut tx, None, &end, &[], places_unit::now()).await?;
            tx.commit().await?;
            let server = server(db);
            let page = server.get(&format!("/villages/{}", world.units[0])).await;
            assert_eq!(page.status, 200, "the old board still leads somewhere");
            insta::assert_snapshot!("village_closed", page.main());
            let gone = server.get(&format!("/villages/{}", world.units[3])).await.text();
            assert!(gone.contains("已撤销") && gone.contains("tel:12348"));
            assert_eq!(
                server.get(&format!("/villages/{}/qr", world.units[0])).await.status,
                404,
                "no new board"
            );
            for q in ["谈家头", "tjt", "谈家头村委会", "洛阳 阳湖"] {
                let uri: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
                let found = server.get(&format!("/villages?q={uri}")).await.text();
                assert!(found.contains("阳光社区") && found.contains("原"), "{q}");
                let found = server.get(&format!("/search?q={uri}")).await.text();
                assert!(found.contains("阳光社区"), "{q}");
            }
            Ok(())
        });
    }

    /// Events in short.
    mod places_unit {
        use kernel::{Id, Moment};
        use places::{EventKind, NewEvent, Successor, Town, Unit, UnitKind};

        pub(super) type Ids = (Id<Unit>, Id<Town>);

        pub(super) fn now() -> Moment {
            crate::testing::friday()
        }

        pub(super) fn event(kind: EventKind, before: &[Ids], name: &str) -> NewEvent {
            let after = Successor {
                name: format!("{name}居民委员会"),
                short_name: name.to_owned(),
                kind: UnitKind::Community,
                codes: Vec::new(),
                share: None,
            };
            NewEvent {
                kind,
                day: now().day(),
                town: before[0].1,
                document: "武政发〔2022〕5 号".to_owned(),
                note: String::new(),
                interval_marked: false,
                before: before.iter().map(|ids| ids.0).collect(),
                after: if name.is_empty() { Vec::new() } else { vec![after] },
                choices: Vec::new(),
            }
        }
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
