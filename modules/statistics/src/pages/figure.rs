//! One figure of a period: its parts by town and by village, month by month, and what it is made of.

use super::view::{self, View};
use crate::{
    bulletin::{self, BulletinFigure},
    sums::{self, Areas, Part, Scope},
};
use ::store::{
    Tx,
    tally::{FigureDef, FigureKind},
};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Fault, PartKind, Period, Result};
use web::{
    Cell, Ctx, Html, Page, Reply, Sheet, SheetColumn,
    chart::{self, thousands},
};

#[derive(Template)]
#[template(path = "pages/figure.html")]
struct FigureMain {
    figure: BulletinFigure,
    finished: bool,
    /// The days shown.
    days: String,
    /// 本期 and 累计: label, address, whether it is shown.
    tabs: Vec<(&'static str, String, bool)>,
    /// The town whose villages are shown, with the address of all towns.
    town: Option<(String, String)>,
    /// 镇（街道） or 村（社区）.
    head: &'static str,
    whole: i64,
    rows: String,
    parts: Vec<PartRow>,
    adds_up: bool,
    bars: Html,
    months: Option<Html>,
    children: Vec<(String, i64, &'static str, String)>,
    export: String,
}

struct PartRow {
    part: Part,
    share: String,
    /// The villages of the town.
    inside: Option<String>,
    rows: String,
}

/// `GET /statistics/{period}/{key}`, and as a workbook with `.xlsx`.
pub(crate) async fn show(ctx: Ctx, Path((period, key)): Path<(String, String)>) -> Reply<Response> {
    match key.strip_suffix(".xlsx") {
        Some(key) => export(&ctx, &period, key).await,
        None => Ok(page(&ctx, &period, &key).await?.into_response()),
    }
}

async fn page(ctx: &Ctx, period: &str, key: &str) -> Reply<Page> {
    let view = View::of(ctx, period)?;
    let figures = view::figures(ctx);
    let def = view::find(&figures, key)?;
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let main = read(&mut tx, &view, &figures, &def, &areas).await?;
    let name = &main.figure.name;
    let title = format!("{name}（{}）", view.frame.period.label());
    Ok(Page::new(title, &main)?.crumb("统计报表", view.href_span("", false, &[])))
}

async fn read(
    tx: &mut Tx,
    view: &View,
    figures: &[FigureDef],
    def: &FigureDef,
    areas: &Areas,
) -> Result<FigureMain> {
    let town = match view.town()? {
        Some(Some(town)) if areas.town_of(town) == Some(town) => Some(town),
        Some(_) => return Err(view::no_place().into()),
        None => None,
    };
    let scope = town.map_or_else(|| view.scope.clone(), |town| Scope::Towns(vec![town]));
    let days = view.days(def.kind);
    let rest = format!("/{}", def.key);
    let whole = sums::total(tx, def, days, &scope, areas).await?;
    let places = sums::by_place(tx, def, days).await?;
    let parts = match town {
        Some(town) => sums::by_unit(&places, areas, town),
        None => sums::by_town(&places, areas, &scope),
    };
    let months = months(tx, view, def, &scope, areas).await?;
    let of_months: Option<i64> = months.as_ref().map(|months| months.iter().map(|month| month.1).sum());
    let adds_up = sums::adds_up(def, whole, &parts) && of_months.is_none_or(|sum| sum == whole);
    let figure = bulletin::figure(tx, def, &view.frame, &scope, areas).await?;
    let mut children = Vec::new();
    for part in figures.iter().filter(|part| part.part_of == Some(def.key)) {
        let value = sums::total(tx, part, view.days(part.kind), &scope, areas).await?;
        children.push((
            part.name.to_owned(),
            value,
            part.unit.label(),
            in_town(view, &format!("/{}", part.key), town),
        ));
    }
    let parts: Vec<PartRow> =
        parts.into_iter().map(|part| part_row(view, &rest, town, whole, part)).collect();
    let key = view::town_key(town);
    let extra: &[(&str, &str)] = if town.is_some() { &[("town", &key)] } else { &[] };
    let tab = |label, year| (label, view.href_span(&rest, year, extra), view.year == year);
    Ok(FigureMain {
        finished: view.frame.finished(),
        days: days.label(),
        tabs: if figure.cumulative.is_some() {
            vec![tab("本期", false), tab("本年累计", true)]
        } else {
            Vec::new()
        },
        town: town.map(|town| (areas.name_of(town).to_owned(), view.href(&rest, &[]))),
        head: if town.is_some() { "村（社区）" } else { "镇（街道）" },
        whole,
        rows: in_town(view, &format!("{rest}/rows"), town),
        adds_up,
        bars: bars(&parts, def),
        months: months
            .filter(|months| months.len() > 1)
            .map(|months| chart::columns(&format!("每月{}", def.name), &months, def.unit.label())),
        children,
        export: view.href(&format!("{rest}.xlsx"), &[]),
        parts,
        figure,
    })
}

fn in_town(view: &View, rest: &str, town: Option<i64>) -> String {
    match town {
        Some(town) => view.href(rest, &[("town", &view::town_key(Some(town)))]),
        None => view.href(rest, &[]),
    }
}

fn part_row(view: &View, rest: &str, town: Option<i64>, whole: i64, part: Part) -> PartRow {
    let key = view::town_key(part.id);
    let rows = format!("{rest}/rows");
    let (inside, rows) = match town {
        Some(town) => (None, view.href(&rows, &[("town", &view::town_key(Some(town))), ("unit", &key)])),
        None => (part.id.map(|_| view.href(rest, &[("town", &key)])), view.href(&rows, &[("town", &key)])),
    };
    let share = share(part.value, whole);
    PartRow { share, inside, rows, part }
}

/// A part of the whole in per cent, rounded to one decimal: 19.7%.
fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "—".to_owned();
    }
    let tenths = (part * 2000 + whole) / (whole * 2);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

fn bars(parts: &[PartRow], def: &FigureDef) -> Html {
    let row = |row: &PartRow| {
        (row.part.name.clone(), row.part.value, row.inside.clone().unwrap_or_else(|| row.rows.clone()))
    };
    chart::bars(&parts.iter().map(row).collect::<Vec<_>>(), def.unit.label())
}

/// The figure month by month, for what happens; stocks and distinct counts of months do not add up.
async fn months(
    tx: &mut Tx,
    view: &View,
    def: &FigureDef,
    scope: &Scope,
    areas: &Areas,
) -> Result<Option<Vec<(String, i64)>>, Fault> {
    if def.kind != FigureKind::Flow {
        return Ok(None);
    }
    let mut points = Vec::new();
    for month in months_shown(view) {
        let days = crate::frame::Days { first: Some(month.first()), last: month.last() };
        points.push((month.short_label(), sums::total(tx, def, days, scope, areas).await?));
    }
    Ok(Some(points))
}

fn months_shown(view: &View) -> Vec<Period> {
    let period = view.frame.period;
    if !view.year {
        return period.parts();
    }
    let year = Period::containing(period.scheme(), PartKind::Year, period.last());
    year.parts().into_iter().filter(|month| month.last() <= period.last()).collect()
}

async fn export(ctx: &Ctx, period: &str, key: &str) -> Reply<Response> {
    let view = View::of(ctx, period)?;
    let def = view::find(&view::figures(ctx), key)?;
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let days = view.days(def.kind);
    let places = sums::by_place(&mut tx, &def, days).await?;
    let towns = sums::by_town(&places, &areas, &view.scope);
    let mut units = Vec::new();
    for town in &towns {
        let inside = town.id.map_or_else(|| vec![town.clone()], |id| sums::by_unit(&places, &areas, id));
        units.extend(inside.into_iter().map(|unit| {
            vec![Cell::Text(town.name.clone()), Cell::Text(unit.name), Cell::Number(unit.value)]
        }));
    }
    let head = SheetColumn::sum(format!("{}（{}）", def.name, def.unit.label()), 18.0);
    let sheet = |name: &str, columns, rows| Sheet {
        name: name.to_owned(),
        title: format!("{}{}（{}）", ctx.app.settings.district, def.name, view.frame.period.label()),
        subtitle: format!("统计时段：{}　口径：{}", days.label(), def.definition),
        columns,
        rows,
    };
    let by_town =
        towns.iter().map(|town| vec![Cell::Text(town.name.clone()), Cell::Number(town.value)]).collect();
    let sheets = [
        sheet("分镇", vec![SheetColumn::text("镇（街道）", 20.0), head.clone()], by_town),
        sheet(
            "分村",
            vec![SheetColumn::text("镇（街道）", 20.0), SheetColumn::text("村（社区）", 30.0), head],
            units,
        ),
    ];
    Ok(view::workbook(&format!("{}{}", def.name, view.frame.period.label()), &sheets)?)
}
