//! What is done for those who see, hear or read badly, and what happens to what people leave here.

use askama::Template;
use web::{Ctx, Page, Reply};

#[derive(Template)]
#[template(path = "pages/privacy.html")]
struct PrivacyMain {
    hotline: String,
    bureau: String,
}

/// `GET /privacy`
pub(crate) async fn privacy(ctx: Ctx) -> Reply<Page> {
    let settings = &ctx.app.settings;
    let main = PrivacyMain { hotline: settings.hotline.clone(), bureau: settings.bureau.clone() };
    Ok(Page::new("无障碍与隐私", &main)?.narrow())
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server};
    use testkit::on_sqlite;

    #[test]
    fn the_statement_names_whom_to_ask() {
        on_sqlite(&migrations(), |db| async move {
            let text = server(db).get("/privacy").await.text();
            assert!(text.contains("常州市武进区司法局") && text.contains("tel:12348"));
            Ok(())
        });
    }
}
