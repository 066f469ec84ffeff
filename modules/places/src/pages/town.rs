//! Entering a town.

use crate::{NewTown, TownKind, actions::open_town::open_town};
use ::store::Tx;
use askama::Template;
use axum::response::IntoResponse as _;
use kernel::{Phone, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

#[derive(Template)]
#[template(path = "pages/town.html")]
struct TownMain {
    form: Form,
    kinds: Vec<(String, String)>,
}

/// `GET /places/towns/new`
pub(crate) async fn blank(ctx: Ctx) -> Reply<Page> {
    show(ctx.form(&[]))
}

fn show(form: Form) -> Reply<Page> {
    let kinds = TownKind::ALL.iter().map(|k| (k.as_str().to_owned(), k.label().to_owned())).collect();
    let main = TownMain { form, kinds };
    Ok(Page::new("新建镇（街道）", &main)?.crumb("村（社区）", "/places").narrow().answering(&main.form))
}

/// `POST /places/towns/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &mut form).await {
        Ok(tx) => ctx.see_other(tx, "/places", "已新建镇（街道）。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(form)?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &mut Form) -> Result<Tx> {
    let name = form.need("name", "请填写名称");
    let kind = form.parse("kind", |text| TownKind::from_text(text).ok_or("请选择类别"));
    if kind.is_none() {
        form.error("kind", "请选择类别");
    }
    let position = super::edit::position(form);
    if position.is_none() && form.get("position").is_empty() {
        form.error("position", "请填写中心位置，地图和“离我最近”要用");
    }
    let population = form.parse("population", |text| text.parse::<i64>().map_err(|_| "请填写整数人数"));
    let office_phone = form.parse("office_phone", |text| Phone::parse_with_area(text, "0519"));
    form.check()?;
    let (Some(kind), Some((lat, lon))) = (kind, position) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let town = NewTown {
        name,
        kind,
        code: form.get("code").to_owned(),
        lat,
        lon,
        population,
        population_status: None,
        office: form.get("office").to_owned(),
        office_phone,
        sort: 100,
    };
    let mut tx = ctx.begin_write().await?;
    open_town(&mut tx, ctx.actor_id(), &town).await?;
    Ok(tx)
}
