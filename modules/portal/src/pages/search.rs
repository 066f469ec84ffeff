//! The search of the home page: lay words lead somewhere, so do names of villages and stations.

use crate::{
    lay_words,
    lay_words::LayWord,
    store::{self, VillageRow},
};
use askama::Template;
use kernel::Phone;
use stations::Found;
use web::{Ctx, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchMain {
    q: String,
    words: Vec<LayWord>,
    villages: Vec<(VillageRow, Option<Phone>)>,
    more_villages: bool,
    stations: Vec<Found>,
    hotline: String,
}

/// How many villages and stations a search shows; the rest is a tap away.
const SHOWN: usize = 5;

/// `GET /search?q=`
pub(crate) async fn search(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let q: String = listing.show("q").chars().take(60).collect();
    let mut tx = ctx.begin_read().await?;
    let all = store::lay_words(&mut tx).await?;
    let words: Vec<LayWord> = lay_words::matching(&all, &q).into_iter().cloned().collect();
    // One letter or character would find half the district.
    let names = q.chars().count() >= 2;
    let found = if names { store::villages(&mut tx, Some(&q), None).await? } else { Vec::new() };
    let more_villages = found.len() > SHOWN;
    let mut villages = Vec::new();
    for village in found.into_iter().take(SHOWN) {
        let phone = village.phone(&tx)?;
        villages.push((village, phone));
    }
    let mut stations = if names {
        stations::found_stations(&mut tx, &ctx.app.calendar, ctx.now()).await?
    } else {
        Vec::new()
    };
    stations
        .retain(|station| station.row.name.contains(q.as_str()) || station.row.address.contains(q.as_str()));
    stations::arrange(&mut stations, None);
    stations.truncate(SHOWN);
    let main =
        SearchMain { q, words, villages, more_villages, stations, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new("查找", &main)?.narrow())
}

impl SearchMain {
    fn nothing(&self) -> bool {
        self.words.is_empty() && self.villages.is_empty() && self.stations.is_empty()
    }

    fn villages_href(&self) -> String {
        Listing::of("/villages").link(&[("q", &self.q)])
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, world};
    use testkit::on_sqlite;

    fn encoded(q: &str) -> String {
        let bytes: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("/search?q={bytes}")
    }

    #[test]
    fn what_people_say_leads_somewhere() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            let wages = server.get(&encoded("老板欠薪")).await;
            insta::assert_snapshot!("search", wages.main());
            assert!(wages.text().contains("老板欠工资怎么办") && wages.text().contains("/help/labour"));
            let village = server.get(&encoded("戴溪")).await.text();
            assert!(village.contains("薛微澜") && village.contains("tel:19905190001"));
            let initials = server.get("/search?q=mh").await.text();
            assert!(initials.contains("鸣凰社区"));
            let station = server.get(&encoded("洛阳镇法律援助工作站")).await.text();
            assert!(station.contains("开门中") && station.contains("/stations/"));
            Ok(())
        });
    }

    #[test]
    fn nothing_found_leads_to_people() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            for uri in
                [encoded("zzzz"), encoded("<script>"), "/search".to_owned(), "/search?q=%20".to_owned()]
            {
                let answer = server.get(&uri).await;
                assert_eq!(answer.status, 200);
                let text = answer.main();
                assert!(text.contains("tel:12348") && text.contains(r#"href="/callback""#), "{uri}");
                assert!(!text.contains("<script>"));
            }
            Ok(())
        });
    }
}
