//! Entering residents of a unit or a town, beside the numbers of other sources.

use crate::{
    actions::record_population::record_population,
    population::{self, Population, PopulationSource},
    store::{
        self,
        populations::{self, Inhabited},
    },
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Page, Reply};

/// The place whose residents are entered.
struct Place {
    of: Inhabited,
    name: String,
    /// Its own page, where there is one.
    href: String,
    action: String,
}

#[derive(Template)]
#[template(path = "pages/residents.html")]
struct ResidentsMain {
    form: Form,
    place: Place,
    rows: Vec<Population>,
    sources: Vec<(String, String)>,
}

impl ResidentsMain {
    fn is_used(&self, row: &Population) -> bool {
        population::used(&self.rows) == Some(row)
    }
}

async fn unit(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<Place> {
    let unit = super::unit::find(tx, ctx, id).await?;
    Ok(Place {
        of: Inhabited::Unit(unit.id),
        name: unit.short_name,
        href: format!("/places/{}", unit.id),
        action: format!("/places/{}/population", unit.id),
    })
}

async fn town(tx: &mut Tx, id: &str) -> Result<Place> {
    let missing = || Refusal::not_found("没有这个镇（街道）。");
    let id = id.parse().map_err(|_| missing())?;
    let town = store::town(tx, id).await?.ok_or_else(missing)?;
    Ok(Place {
        of: Inhabited::Town(town.id),
        name: town.name,
        href: "/places".to_owned(),
        action: format!("/places/towns/{}/population", town.id),
    })
}

/// `GET /places/{id}/population`
pub(crate) async fn of_unit(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let place = unit(&mut tx, &ctx, &id).await?;
    show(&mut tx, place, ctx.form(&[])).await
}

/// `GET /places/towns/{id}/population`
pub(crate) async fn of_town(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let place = town(&mut tx, &id).await?;
    show(&mut tx, place, ctx.form(&[])).await
}

async fn show(tx: &mut Tx, place: Place, form: Form) -> Reply<Page> {
    let rows = populations::populations(tx, place.of).await?;
    let sources =
        PopulationSource::entered().iter().map(|s| (s.as_str().to_owned(), s.label().to_owned())).collect();
    let title = format!("{}人口", place.name);
    let main = ResidentsMain { form, place, rows, sources };
    Ok(Page::new(title, &main)?.crumb("村（社区）", "/places").narrow().answering(&main.form))
}

/// `POST /places/{id}/population`
pub(crate) async fn save_unit(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let place = unit(&mut tx, &ctx, &id).await?;
    drop(tx);
    save(ctx, place, form).await
}

/// `POST /places/towns/{id}/population`
pub(crate) async fn save_town(ctx: Ctx, Path(id): Path<String>, form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let place = town(&mut tx, &id).await?;
    drop(tx);
    save(ctx, place, form).await
}

async fn save(ctx: Ctx, place: Place, mut form: Form) -> Reply {
    match try_save(&ctx, &place, &mut form).await {
        Ok(tx) => {
            let href = if matches!(place.of, Inhabited::Town(_)) { &place.action } else { &place.href };
            ctx.see_other(tx, href, "已保存人口数。").await
        }
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            Ok(show(&mut tx, place, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, place: &Place, form: &mut Form) -> Result<Tx> {
    let source = form.parse("source", |text| PopulationSource::from_text(text).ok_or("请选择数据来源"));
    if form.get("source").is_empty() {
        form.error("source", "请选择数据来源");
    }
    let as_of = form.parse("as_of", Day::parse);
    if form.get("as_of").is_empty() {
        form.error("as_of", "请填写数据日期");
    }
    form.need("residents", "请填写人口");
    let residents = form.parse("residents", |text| {
        kernel::to_half_width(text).replace(',', "").parse::<i64>().map_err(|_| "请填写整数人数")
    });
    let note = form.text("note", 200);
    form.check()?;
    let (Some(source), Some(as_of), Some(residents)) = (source, as_of, residents) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let row = Population { source, as_of, residents, note };
    let mut tx = ctx.begin_write().await?;
    record_population(&mut tx, ctx.actor_id(), place.of, &row, ctx.now()).await?;
    Ok(tx)
}
