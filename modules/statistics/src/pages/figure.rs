//! One figure of a period: its parts by town and by village, month by month, and what it is made of.

use super::{
    late::PENDING,
    view::{self, View},
};
use crate::{
    bulletin::{self, Adjustment, BulletinFigure, Mode},
    late,
    print::{in_year, signed},
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
use kernel::{Fault, Moment, PartKind, Period, Result};
use std::collections::BTreeMap;
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
    /// Every row with its ids.
    every: String,
    /// The seal's mark and its page.
    mark: Option<(String, String)>,
    /// What a sealed figure is now, the difference, and the rows that make it.
    now: Option<(i64, String, String)>,
    /// The past moment whose knowledge is shown.
    moment: Option<String>,
    adjustments: Vec<(Adjustment, String)>,
    names: Vec<(&'static str, String, bool)>,
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
    let mut view = View::of(ctx, period)?;
    let figures = view::figures(ctx);
    let def = view::find(&figures, key)?;
    let mut tx = ctx.begin_read().await?;
    let areas = view.open(&mut tx).await?;
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
    let places = view.by_place(tx, def, areas).await?;
    let live = live(tx, view, def, &scope).await?;
    let whole = if view.sealed.is_some() { within(&places, &scope, areas) } else { live };
    let parts = match town {
        Some(town) => sums::by_unit(&places, areas, town),
        None => sums::by_town(&places, areas, &scope),
    };
    let months = months(tx, view, def, &scope, areas).await?;
    let of_months: Option<i64> = months.as_ref().map(|months| months.iter().map(|month| month.1).sum());
    // Months are not sealed one by one: they are shown where they are what was sealed.
    let months = months.filter(|_| view.sealed.is_none() || of_months == Some(whole));
    let of_months = of_months.filter(|_| view.sealed.is_none());
    let adds_up = sums::adds_up(def, whole, &parts) && of_months.is_none_or(|sum| sum == whole);
    let sealed = view.sealed.as_ref().map(|sealed| sealed.document.within(&scope, areas));
    let figure = match sealed.as_ref().and_then(|bulletin| bulletin.figure(def.key)) {
        Some(figure) => figure.clone(),
        None => bulletin::figure(tx, def, &view.frame, &scope, areas).await?,
    };
    let mut children = Vec::new();
    for part in figures.iter().filter(|part| part.part_of == Some(def.key)) {
        let value = within(&view.by_place(tx, part, areas).await?, &scope, areas);
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
    let late = |period: &str, reporter: Option<&str>| {
        super::late::address(view.frame.period.scheme(), period, def.key, reporter)
    };
    let mut adjustments = Vec::new();
    if view.frame.seen.is_none() && !view.year {
        let areas = view.areas(tx).await?;
        let seal = view.sealed.as_ref().map(|sealed| &sealed.seal);
        let lines = late::adjustments(tx, &[*def], view.frame.period, seal, &scope, &areas).await?;
        let reporter = seal.map_or_else(|| PENDING.to_owned(), |seal| seal.id.to_string());
        adjustments.extend(lines.into_iter().map(|line| {
            let href = late(&line.period, Some(&reporter));
            (line, href)
        }));
    }
    Ok(FigureMain {
        mark: view
            .sealed
            .as_ref()
            .map(|sealed| (sealed.seal.mark(), format!("/statistics/seals/{}", sealed.seal.id))),
        now: (view.sealed.is_some() && live != whole)
            .then(|| (live, signed(live - whole), late(&view.frame.period.to_string(), None))),
        moment: view.frame.seen.map(Moment::local),
        adjustments,
        names: names_switch(view, &rest),
        every: in_town(view, &format!("{rest}/rows.xlsx"), town),
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

/// The switch between both ways to name places: label, address, whether it is shown.
fn names_switch(view: &View, rest: &str) -> Vec<(&'static str, String, bool)> {
    let town = view.listing.get("town").unwrap_or_default();
    let link = |mode: Mode| {
        let names = if mode == Mode::Now { mode.key() } else { "" };
        (mode.label(), view.href(rest, &[("names", names), ("town", town)]), view.mode == mode)
    };
    vec![link(Mode::Then), link(Mode::Now)]
}

/// What the figure is by what is known now.
async fn live(tx: &mut Tx, view: &View, def: &FigureDef, scope: &Scope) -> Result<i64> {
    let areas = view.areas(tx).await?;
    Ok(sums::total(tx, def, view.days(def.kind), scope, &areas).await?)
}

/// The sum of what the scope holds.
fn within(places: &BTreeMap<i64, i64>, scope: &Scope, areas: &Areas) -> i64 {
    let held = |place: i64| *scope == Scope::Region || scope.holds(areas.town_of(place));
    places.iter().filter(|(place, _)| held(**place)).map(|(_, value)| value).sum()
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
        let days = view.frame.whole(month);
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
    let mut view = View::of(ctx, period)?;
    let def = view::find(&view::figures(ctx), key)?;
    let mut tx = ctx.begin_read().await?;
    let areas = view.open(&mut tx).await?;
    let days = view.days(def.kind);
    let places = view.by_place(&mut tx, &def, &areas).await?;
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
        subtitle: format!(
            "统计时段：{}　{}　{}口径：{}",
            days.label(),
            view.mode.label(),
            view.sealed
                .as_ref()
                .map_or_else(String::new, |sealed| format!("定稿编号 {}　", sealed.seal.number)),
            def.definition
        ),
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
