//! Coming back by telephone: ask for a code, then type it. Works without scripts; says the same whether a number is known.

use super::{COMING_BACK, admitted, within};
use crate::{
    actions::{
        code::{LIVES, ask_code, count_try, open_by_code},
        tell::CODE,
    },
    pages::AREA,
    store::codes,
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Fault, Phone, Refusal, Result};
use web::{Ctx, Form, Limit, Page, Reply};

#[derive(Template)]
#[template(path = "pages/apply/code.html")]
struct CodeMain {
    form: Form,
    ready: bool,
    hotline: String,
}

#[derive(Template)]
#[template(path = "pages/apply/code_enter.html")]
struct EnterMain {
    form: Form,
    asked: bool,
    minutes: i64,
    hotline: String,
}

/// A village hall shares one address; a machine that asks for every number of the town does so from one, too.
static ASKING: Limit = Limit::new(20, 3600);

/// Whether codes can be sent: a provider is configured, and it has the template.
pub(super) async fn is_ready(ctx: &Ctx, tx: &mut Tx) -> Result<bool, Fault> {
    Ok(outreach::sms(&ctx.app).is_some() && outreach::is_approved(tx, &CODE).await?)
}

/// `GET /apply/code`
pub(crate) async fn show(ctx: Ctx) -> Reply<Page> {
    page(&ctx, ctx.form(&[])).await
}

async fn page(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let ready = is_ready(ctx, &mut tx).await?;
    let main = CodeMain { form, ready, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new("用手机验证码查进展", &main)?.crumb("申请法律援助", "/apply").narrow().answering(&main.form))
}

/// `POST /apply/code`
pub(crate) async fn ask(ctx: Ctx, mut form: Form) -> Reply {
    match try_ask(&ctx, &mut form).await {
        Ok(tx) => {
            let answer = ctx.see_other(tx, "/apply/code/enter", "").await?;
            // Known or not, the same is done after the answer.
            outreach::hurry(&ctx.app);
            Ok(answer)
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(page(&ctx, form).await?.into_response())
        }
    }
}

async fn try_ask(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    form.need("phone", "请填写申请时留的手机号");
    let phone = form.parse("phone", |text| Phone::parse_with_area(text, AREA));
    if phone.as_ref().is_some_and(|phone| !phone.is_mobile()) {
        form.error("phone", "验证码只能发到手机，请填写 11 位手机号");
    }
    form.check()?;
    let Some(phone) = phone else { return Err(Refusal::invalid("请填写手机号").into()) };
    admitted(&ASKING, ctx, &ctx.peer)?;
    let mut tx = ctx.begin_write().await?;
    if !is_ready(ctx, &mut tx).await? {
        return Err(Refusal::conflict("现在不能发验证码，请用查询码打开。").into());
    }
    let now = ctx.app.db.wall().now();
    ask_code(&mut tx, &ctx.browser(), &phone, now).await?;
    Ok(tx)
}

/// `GET /apply/code/enter`
pub(crate) async fn enter(ctx: Ctx) -> Reply<Page> {
    enter_page(&ctx, ctx.form(&[])).await
}

async fn enter_page(ctx: &Ctx, form: Form) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let since = ctx.app.db.wall().now().plus_seconds(-LIVES);
    let asked = codes::of_browser(&mut tx, &ctx.browser(), since).await?.is_some();
    let main = EnterMain { form, asked, minutes: LIVES / 60, hotline: ctx.app.settings.hotline.clone() };
    Ok(Page::new("填写验证码", &main)?.crumb("申请法律援助", "/apply").narrow().answering(&main.form))
}

/// `POST /apply/code/enter`
pub(crate) async fn open(ctx: Ctx, mut form: Form) -> Reply {
    match try_open(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/apply/progress", "").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(enter_page(&ctx, form).await?.into_response())
        }
    }
}

async fn try_open(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    within(&COMING_BACK, ctx)?;
    form.need("sms_code", "请填写短信里的六位数字");
    let typed: String =
        kernel::to_half_width(&form.text("sms_code", 12)).chars().filter(char::is_ascii_digit).collect();
    form.check()?;
    count_try(&ctx.app.db, &ctx.browser()).await?;
    let mut tx = ctx.begin_write().await?;
    open_by_code(&ctx.app.db, &mut tx, &ctx.browser(), &typed, ctx.now()).await?;
    Ok(tx)
}
