//! Logging one service: village, day and kind are pre-filled, one sentence, done.

use crate::{
    Entry, Service, ServiceKind,
    actions::log_service::log_service,
    pages::{self, Field},
    store::services,
};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Day, Id, Refusal, Result};
use web::{Ctx, Form, Listing, Page, Reply};

/// With more villages than this the picker searches instead of showing chips.
const CHIPS: usize = 12;

#[derive(Template)]
#[template(path = "pages/log.html")]
struct LogMain {
    form: Form,
    units: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    matters: Vec<(String, String)>,
    campaigns: Vec<(String, String)>,
    days: Vec<(String, String)>,
    own: bool,
    many: bool,
    rendered: (Day, i64),
}

/// `GET /services/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let actor = ctx.actor()?;
    let listing = Listing::of(&ctx.uri);
    let mut form = ctx.form(&[
        ("happened_on", &ctx.today().to_string()),
        ("people", "1"),
        ("kind", ServiceKind::Visit.as_str()),
    ]);
    if let Some(lawyer) = actor.subject
        && let Some((unit, kind)) = services::last_logged(&mut tx, lawyer).await?
    {
        form.set("unit", &unit.to_string());
        form.set("kind", kind.as_str());
    }
    for name in ["unit", "kind", "matter"] {
        if let Some(value) = listing.get(name) {
            form.set(name, value);
        }
    }
    show(&ctx, &mut tx, form).await
}

async fn show(ctx: &Ctx, tx: &mut Tx, mut form: Form) -> Reply<Page> {
    let field = Field::of(tx, ctx.actor()?).await?;
    if field.units.is_empty() {
        return ctx.notice(
            "还没有可登记的村（社区）",
            "您名下没有在聘的村（社区）。如有疑问，请联系司法所或业务主管。",
            "/desk",
            "回到工作台",
        );
    }
    let units = field.options();
    if units.len() == 1 {
        form.set("unit", &units[0].0);
    }
    if let Some((_, label)) =
        units.iter().find(|(id, _)| id == form.get("unit")).filter(|_| form.get("unit_text").is_empty())
    {
        form.set("unit_text", label);
    }
    let today = ctx.today();
    let yesterday = today.add_days(-1);
    let days = vec![(today.to_string(), "今天".to_owned()), (yesterday.to_string(), "昨天".to_owned())];
    let matters = pages::terms(tx, "consult_topic", ctx).await?;
    let campaigns = pages::terms(tx, "campaign", ctx).await?;
    let main = LogMain {
        many: units.len() > CHIPS,
        own: field.own.is_some(),
        units,
        kinds: pages::kinds(),
        matters,
        campaigns,
        days,
        rendered: pages::rendered(ctx),
        form,
    };
    Ok(Page::new("记一次服务", &main)?.crumb("服务记录", "/services").narrow().answering(&main.form))
}

/// `POST /services/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok((tx, id)) => ctx.see_other(tx, &format!("/services/{id}"), "已记下，谢谢。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            Ok(show(&ctx, &mut tx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<(Tx, Id<Service>)> {
    let other = form.get("other_day").to_owned();
    if !other.is_empty() {
        form.set("happened_on", &other);
    }
    let mut tx = ctx.begin_read().await?;
    let (unit, own) = Field::named(&mut tx, ctx.actor()?, form).await?;
    drop(tx);
    let deed = pages::deed(form);
    form.check()?;
    let (Some(unit), Some(deed)) = (unit, deed) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let mut tx = ctx.begin_write().await?;
    let ids = log_service(&mut tx, ctx.actor_id(), &[Entry { unit, deed, own }], ctx.now()).await?;
    Ok((tx, ids[0]))
}
