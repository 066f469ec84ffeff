//! 请给我回电: a telephone number is enough.

use crate::{
    actions::request_callback::{CallbackWish, Requested, request_callback},
    callback::{Convenient, StateKind},
    store,
    topic::Topic,
};
use ::store::{Tx, keys};
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Kind, LookupCode, Moment, Phone, Refusal, Result};
use web::{Ctx, Form, Limit, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/request.html")]
struct RequestMain {
    form: Form,
    towns: Vec<(String, String)>,
    topics: Vec<(String, String)>,
    times: Vec<(String, String)>,
    hotline: String,
}

#[derive(Template)]
#[template(path = "pages/receipt.html")]
struct ReceiptMain {
    code: Option<LookupCode>,
    found: Option<(StateKind, Moment, i64)>,
    typed: String,
    hotline: String,
}

/// Landlines without an area code are meant to be local.
const AREA: &str = "0519";

/// A village hall or a ward shares one address: the limit stops machines, not neighbours.
static SENDING: Limit = Limit::new(30, 60);
static ASKING: Limit = Limit::new(60, 60);

fn within(limit: &Limit, ctx: &Ctx) -> Result<()> {
    // The wall clock: the business clock of a demonstration stands still.
    if limit.admits(&ctx.peer, ctx.app.db.wall().now()) {
        return Ok(());
    }
    Err(Refusal::new(Kind::TooMany, "现在登记的人太多，请一分钟后再试。急事请直接拨打 12348。").into())
}

/// `GET /callback`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let listing = Listing::of(&ctx.uri);
    let form =
        ctx.form(&[("convenient", "now"), ("topic", listing.show("topic")), ("town", listing.show("town"))]);
    show(&ctx, form).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let main = RequestMain {
        towns: places::towns(&mut tx)
            .await?
            .into_iter()
            .map(|town| (town.id.to_string(), town.name))
            .collect(),
        topics: Topic::ALL
            .iter()
            .map(|topic| (topic.as_str().to_owned(), topic.label().to_owned()))
            .collect(),
        times: Convenient::ALL
            .iter()
            .map(|time| (time.as_str().to_owned(), time.label().to_owned()))
            .collect(),
        hotline: ctx.app.settings.hotline.clone(),
        form,
    };
    Ok(Page::new("请给我回电", &main)?.narrow().answering(&main.form))
}

/// `POST /callback`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        // New or added to one that waits: the answer is the same, so that nobody learns whose number waits.
        Ok((tx, Requested::Noted(_, code) | Requested::Merged(_, code))) => {
            ctx.see_other(tx, &format!("/callback/receipt?code={code}"), "已登记，尽快回电。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Requested)> {
    within(&SENDING, ctx)?;
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, AREA));
    if phone.is_none() && form.get("phone").is_empty() {
        form.error("phone", "请填写电话号码，我们才能打给您");
    }
    let name = form.text("name", 30);
    let town = form.id("town", "请重新选择镇（街道），不清楚的可以不选");
    form.check()?;
    let Some(phone) = phone else { return Err(Refusal::invalid("请填写电话号码").into()) };
    let wish = CallbackWish {
        phone,
        name,
        topic: Topic::from_text(form.get("topic")),
        convenient: Convenient::from_text(form.get("convenient")).unwrap_or(Convenient::Now),
        may_identify: form.get("keep_quiet").is_empty(),
        town,
    };
    let entropy = u64::from_le_bytes(keys::random_bytes::<8>()?);
    let mut tx = ctx.begin_write().await?;
    let requested = request_callback(&mut tx, &wish, entropy, ctx.now()).await?;
    Ok((tx, requested))
}

/// `GET /callback/receipt?code=`
pub(crate) async fn receipt(ctx: Ctx) -> Reply<Page> {
    within(&ASKING, &ctx)?;
    let listing = Listing::of(&ctx.uri);
    let code = listing.get("code").and_then(|code| LookupCode::parse(code).ok());
    let mut tx = ctx.begin_read().await?;
    let found = match code {
        Some(code) => store::by_code(&mut tx, code).await?,
        None => None,
    };
    let main = ReceiptMain {
        code,
        found,
        typed: listing.show("code").to_owned(),
        hotline: ctx.app.settings.hotline.clone(),
    };
    Ok(Page::new("回电登记", &main)?.narrow())
}

#[cfg(test)]
mod tests {
    use crate::testing::{migrations, server, world};
    use testkit::{on_both, on_sqlite};

    #[test]
    fn a_number_is_enough_and_the_code_finds_it_again() {
        on_both(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db.clone());
            let blank = server.get("/callback?topic=labour").await;
            assert!(blank.text().contains(r#"<option value="labour" selected>"#));
            let sent =
                server.post("/callback", &[("phone", "１３８ 0000 0000"), ("idempotency_key", "k1")]).await;
            assert_eq!(sent.status, 303, "{}", sent.main());
            let receipt = sent.location().to_owned();
            assert!(receipt.starts_with("/callback/receipt?code=") && !receipt.contains("138"), "{receipt}");
            let again =
                server.post("/callback", &[("phone", "１３８ 0000 0000"), ("idempotency_key", "k1")]).await;
            assert_eq!(again.location(), receipt, "a doubled tap gets the first answer");
            let page = server.get(&receipt).await.text();
            assert!(page.contains("待回电") && page.contains("尽快回电") && !page.contains("1380000"));
            // Whoever knows the number cannot find out that it waits: same answer, same page, the code aside.
            let plain = |page: String, uri: &str| {
                let code = uri.trim_start_matches("/callback/receipt?code=").to_owned();
                page.replace(&code, "CODE")
            };
            let first = plain(server.get(&receipt).await.main(), &receipt);
            let mut codes = vec![receipt];
            for _ in 0..4 {
                let merged = server.post("/callback", &[("phone", "13800000000"), ("topic", "labour")]).await;
                assert_eq!(
                    (merged.status, &merged.headers["set-cookie"]),
                    (sent.status, &sent.headers["set-cookie"])
                );
                let uri = merged.location().to_owned();
                assert_eq!(plain(server.get(&uri).await.main(), &uri), first);
                assert!(!codes.contains(&uri), "a code of its own");
                codes.push(uri);
            }
            let mut tx = db.begin_read().await?;
            let (rows, requests): (i64, i64) = tx
                .one(
                    "select count(*) as number, cast(sum(requests) as bigint) as requests from portal_callback_entry",
                    ::store::params![],
                )
                .await?;
            assert_eq!((rows, requests), (1, 3), "merged, and three a day are enough");
            Ok(())
        });
    }

    #[test]
    fn what_is_wrong_is_told_and_a_wrong_code_finds_nothing() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            insta::assert_snapshot!("request", server.get("/callback").await.main());
            let empty = server.post("/callback", &[("phone", ""), ("name", "张阿姨")]).await;
            assert_eq!(empty.status, 422);
            assert!(empty.text().contains("请填写电话号码") && empty.text().contains("张阿姨"));
            assert_eq!(server.post("/callback", &[("phone", "123")]).await.status, 422);
            let town = server.post("/callback", &[("phone", "13800000000"), ("town", "320412-99999")]).await;
            assert_eq!(town.status, 422);
            for code in ["K7MP-3R9X", "nonsense", ""] {
                let page = server.get(&format!("/callback/receipt?code={code}")).await.text();
                assert!(page.contains("没有查到"), "{code}");
            }
            Ok(())
        });
    }

    #[test]
    fn a_machine_is_stopped() {
        on_sqlite(&migrations(), |db| async move {
            world(&db).await?;
            let server = server(db);
            for _ in 0..30 {
                assert_eq!(server.post("/callback", &[("phone", "")]).await.status, 422);
            }
            let stopped = server.post("/callback", &[("phone", "13800000000")]).await;
            assert_eq!(stopped.status, 429);
            assert!(stopped.text().contains("一分钟后再试"));
            Ok(())
        });
    }
}
