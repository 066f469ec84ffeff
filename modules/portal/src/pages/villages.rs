//! Finding one's village: by its name or pinyin initials, or through its town; the adviser is one tap away.

use crate::store::{self, VILLAGES_SHOWN, VillageRow};
use askama::Template;
use kernel::{Id, Phone};
use places::Town;
use web::{Ctx, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/villages.html")]
struct VillagesMain {
    listing: Listing,
    towns: Vec<Town>,
    town: Option<Town>,
    villages: Vec<(VillageRow, Option<Phone>)>,
    asked: bool,
    more: bool,
    hotline: String,
}

/// `GET /villages?q=&town=`
pub(crate) async fn villages(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let mut tx = ctx.begin_read().await?;
    let towns = places::towns(&mut tx).await?;
    let chosen: Option<Id<Town>> = listing.get("town").and_then(|town| town.parse().ok());
    let town = towns.iter().find(|town| Some(town.id) == chosen).cloned();
    let asked = listing.get("q").is_some() || town.is_some();
    let found = if asked {
        store::villages(&mut tx, listing.get("q"), town.as_ref().map(|town| town.id)).await?
    } else {
        Vec::new()
    };
    let more = i64::try_from(found.len()).is_ok_and(|count| count >= VILLAGES_SHOWN);
    let mut villages = Vec::new();
    for village in found {
        let phone = village.phone(&tx)?;
        villages.push((village, phone));
    }
    let hotline = ctx.app.settings.hotline.clone();
    Page::new("村（社区）法律顾问", &VillagesMain { listing, towns, town, villages, asked, more, hotline })
}

impl VillagesMain {
    fn is_town(&self, town: &Town) -> bool {
        self.town.as_ref().is_some_and(|chosen| chosen.id == town.id)
    }

    fn town_href(&self, town: &Town) -> String {
        self.listing.link(&[("town", &town.id.to_string()), ("q", "")])
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, weight, world};
    use testkit::on_sqlite;

    fn encoded(q: &str) -> String {
        let bytes: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("/villages?q={bytes}")
    }

    #[test]
    fn a_villager_finds_the_adviser_and_dials_in_one_tap() {
        on_sqlite(&migrations(), |db| async move {
            let world = world(&db).await?;
            let server = server(db);
            let blank = server.get("/villages").await;
            assert!(
                blank.text().contains("洛阳镇") && !blank.text().contains("谈家头村"),
                "towns first, not 233 rows"
            );
            for q in ["戴溪村", "戴溪", "dx", "戴溪村委会", "戴溪村村民委员会", "洛阳 戴溪", "戴溪社区"]
            {
                let found = server.get(&encoded(q)).await.text();
                assert!(found.contains("tel:19905190001") && found.contains("薛微澜"), "{q}");
            }
            let one = server.get(&encoded("戴溪")).await;
            insta::assert_snapshot!("villages", one.main());
            let none = server.get(&encoded("无顾问")).await.text();
            assert!(none.contains("暂时没有法律顾问") && none.contains("打 12348"));
            let lost = server.get(&encoded("不存在")).await.text();
            assert!(lost.contains("没有找到") && lost.contains("/callback"));
            let town = server.get(&format!("/villages?town={}", world.towns[0])).await;
            assert!(town.text().contains("谈家头村") && !town.text().contains("鸣凰社区"));
            assert!(weight(&town.bytes) <= 20 * 1024);
            Ok(())
        });
    }

    #[test]
    fn a_town_of_sixty_villages_weighs_less_than_twenty_kilobytes() {
        on_sqlite(&migrations(), |db| async move {
            let names: Vec<String> = ('一'..).take(60).map(|c| format!("{c}家塘村")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut tx = db.begin_write().await?;
            let (town, _) = places::testing::town_with_units(&mut tx, "前黄镇", &names).await?;
            tx.commit().await?;
            let page = server(db).get(&format!("/villages?town={town}")).await;
            assert_eq!(page.text().matches("list-row").count(), 60);
            assert!(weight(&page.bytes) <= 20 * 1024, "{} bytes", weight(&page.bytes));
            Ok(())
        });
    }
}
