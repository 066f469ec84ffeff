//! Setting a unit's position: tap the map or type numbers, in any of the three coordinate systems.

use crate::{
    actions::set_position::{NewPosition, set_position},
    map::{MapPoint, map_block},
    position::{CoordinateSystem, middle},
    store::{
        self,
        events::AnyUnit,
        populations::{self, PositionRow},
    },
    unit::Position,
};
use ::store::Tx;
use askama::Template;
use axum::{extract::Path, response::IntoResponse as _};
use geo::Wgs84;
use kernel::{Day, Refusal, Result};
use web::{Ctx, Form, Html, Page, Reply};

#[derive(Template)]
#[template(path = "pages/position.html")]
struct PositionMain {
    form: Form,
    u: AnyUnit,
    systems: Vec<(String, String)>,
    last: Option<PositionRow>,
    map: Html,
}

/// `GET /places/{id}/position`
pub(crate) async fn show(ctx: Ctx, Path(id): Path<String>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let u = find(&mut tx, &ctx, &id).await?;
    let version = store::edit(&mut tx, u.id).await?.map_or(0, |unit| unit.version).to_string();
    let known = u.lat.zip(u.lon).filter(|_| u.position == Position::Surveyed);
    let text = |part: fn((f64, f64)) -> f64| known.map_or(String::new(), |at| part(at).to_string());
    let form = ctx.form(&[
        ("system", "wgs84"),
        ("lat", &text(|at| at.0)),
        ("lon", &text(|at| at.1)),
        ("measured_on", &ctx.today().to_string()),
        ("version", &version),
    ]);
    page(&ctx, &mut tx, u, form).await
}

async fn find(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<AnyUnit> {
    let unit = super::unit::find(tx, ctx, id).await?;
    if unit.closed_on.is_some() {
        return Err(Refusal::not_found("这个村（社区）已经撤并，不再标定位置。").into());
    }
    Ok(unit)
}

async fn page(ctx: &Ctx, tx: &mut Tx, u: AnyUnit, form: Form) -> Reply<Page> {
    let systems =
        CoordinateSystem::ALL.iter().map(|s| (s.as_str().to_owned(), s.label().to_owned())).collect();
    let last = populations::positions(tx, u.id).await?.into_iter().next();
    let at = match u.lat.zip(u.lon).and_then(|(lat, lon)| Wgs84::new(lat, lon)) {
        Some(at) => Some(at),
        None => {
            let towns = store::towns(tx).await?;
            middle(towns.iter().filter_map(|town| Wgs84::new(town.lat, town.lon)))
        }
    };
    let points: Vec<MapPoint> = at
        .map(|at| MapPoint {
            lat: at.lat,
            lon: at.lon,
            name: u.short_name.clone(),
            href: String::new(),
            state: "info",
            label: String::new(),
            approximate: u.position != Position::Surveyed,
        })
        .into_iter()
        .collect();
    let map = map_block(tx, ctx.app.settings.tiles.as_ref(), &points).await?;
    let title = format!("标定{}的位置", u.short_name);
    let main = PositionMain { form, systems, last, map, u };
    Ok(Page::new(title, &main)?
        .crumb("村（社区）", "/places")
        .crumb(main.u.short_name.clone(), format!("/places/{}", main.u.id))
        .with_map()
        .answering(&main.form))
}

/// `POST /places/{id}/position`
pub(crate) async fn save(ctx: Ctx, Path(id): Path<String>, mut form: Form) -> Reply {
    let mut tx = ctx.begin_read().await?;
    let u = find(&mut tx, &ctx, &id).await?;
    drop(tx);
    match try_save(&ctx, &u, &mut form).await {
        Ok((tx, done)) => ctx.see_other(tx, &format!("/places/{}", u.id), &done).await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            let mut tx = ctx.begin_read().await?;
            Ok(page(&ctx, &mut tx, u, form).await?.into_response())
        }
    }
}

async fn try_save(ctx: &Ctx, u: &AnyUnit, form: &mut Form) -> Result<(Tx, String)> {
    let system = form.parse("system", |text| CoordinateSystem::from_text(text).ok_or("请选择坐标系"));
    let mut number = |name: &str, missing: &str| {
        form.need(name, missing);
        form.parse(name, |text| {
            kernel::to_half_width(text).parse::<f64>().map_err(|_| "请填写数字，例如 31.71581")
        })
    };
    let lat = number("lat", "请填写纬度");
    let lon = number("lon", "请填写经度");
    let source = form.need("source", "请写明位置的来源");
    let measured_on = form.parse("measured_on", Day::parse);
    if form.get("measured_on").is_empty() {
        form.error("measured_on", "请填写标定日期");
    }
    let version = form.parse("version", str::parse::<i64>);
    form.check()?;
    let (Some(system), Some(lat), Some(lon), Some(measured_on)) = (system, lat, lon, measured_on) else {
        return Err(Refusal::invalid("请补全必填项").into());
    };
    let new = NewPosition { system, lat, lon, source, measured_on };
    let mut tx = ctx.begin_write().await?;
    let at = set_position(&mut tx, ctx.actor_id(), u.id, &new, version, ctx.now()).await?;
    let done =
        format!("已标定位置。您填的是 {lat}，{lon}，保存为 {}，{}（CGCS2000/WGS84）。", at.lat, at.lon);
    Ok((tx, done))
}
