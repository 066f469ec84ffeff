//! 我遇到的事: topics as tiles, and a card for each with plain steps and whom to call.

use crate::{lay_words::LayWord, store, topic::Topic};
use askama::Template;
use axum::extract::Path;
use kernel::Refusal;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/help.html")]
struct HelpMain {
    hotline: String,
}

#[derive(Template)]
#[template(path = "pages/topic.html")]
struct TopicMain {
    topic: Topic,
    words: Vec<LayWord>,
    hotline: String,
}

/// `GET /help`
pub(crate) async fn topics(ctx: Ctx) -> Reply<Page> {
    Page::new("我遇到的事", &HelpMain { hotline: ctx.app.settings.hotline.clone() })
}

/// `GET /help/{topic}`
pub(crate) async fn topic(ctx: Ctx, Path(topic): Path<String>) -> Reply<Page> {
    let topic = Topic::from_text(&topic)
        .ok_or_else(|| Refusal::not_found("没有这一类。请回到“我遇到的事”重新选择。"))?;
    let mut tx = ctx.begin_read().await?;
    let words = store::lay_words(&mut tx).await?.into_iter().filter(|word| word.topic == topic).collect();
    let main = TopicMain { topic, words, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new(topic.label(), &main)?.narrow())
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{migrations, server, world},
        topic::Topic,
    };
    use testkit::on_sqlite;

    #[test]
    fn every_tile_leads_to_a_card_with_steps_and_a_number() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            let tiles = server.get("/help").await.text();
            for topic in Topic::ALL {
                let href = format!("/help/{}", topic.as_str());
                assert!(tiles.contains(&format!(r#"href="{href}""#)), "{topic:?}");
                let card = server.get(&href).await;
                assert_eq!(card.status, 200);
                assert!(card.text().contains("tel:12348") && card.text().contains("<ol"), "{topic:?}");
            }
            insta::assert_snapshot!("topic", server.get("/help/labour").await.main());
            assert_eq!(server.get("/help/nothing").await.status, 404);
            Ok(())
        });
    }
}
