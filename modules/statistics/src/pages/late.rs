//! Late entries of a sealed period: every row that came after its seal, those that wait to be reported, or those that a
//! later seal reported.

use super::{
    rows::Names,
    view::{self, View},
};
use crate::{
    fact::Fact,
    late,
    ledger::Column,
    print::signed,
    seal::Seal,
    store::{self, seals},
    sums::{Areas, Scope},
};
use ::store::{Tx, tally::FigureDef};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use kernel::{Id, Refusal, Result, Scheme};
use std::collections::BTreeMap;
use web::{Cell, Ctx, Page, Reply, Sheet, SheetColumn};

/// Says in an address: those that wait to be reported.
pub(crate) const PENDING: &str = "pending";

/// At most so many rows on the page; the workbook has all.
const SHOWN: usize = 500;

const COLUMNS: [Column; 9] = [
    Column::Day,
    Column::Town,
    Column::Place,
    Column::Measure,
    Column::Entered,
    Column::Number,
    Column::Fact,
    Column::Reverses,
    Column::ReversedBy,
];

#[derive(Template)]
#[template(path = "pages/late.html")]
struct LateMain {
    def: FigureDef,
    heading: String,
    days: String,
    mark: String,
    explained: String,
    count: usize,
    shown: usize,
    sum: i64,
    rows: Vec<Line>,
    export: String,
}

struct Line {
    cells: Vec<(&'static str, String, Option<String>)>,
    quantity: i64,
    /// Takes back what two seals reported.
    again: bool,
}

/// The address of the late entries of a figure in a sealed period: all since its seal, those that wait
/// ([`PENDING`]), or those that a later seal reported.
pub(crate) fn address(scheme: Scheme, period: &str, key: &str, reporter: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if scheme != Scheme::Calendar {
        query.append_pair("scheme", scheme.key());
    }
    if let Some(reporter) = reporter {
        query.append_pair("in", reporter);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/statistics/{period}/{key}/late{mark}{query}")
}

/// What is asked for, with the rows and how often each is counted.
struct Asked {
    view: View,
    def: FigureDef,
    areas: Areas,
    seal: Seal,
    rows: Vec<(Fact, i64)>,
    explained: String,
}

async fn read(ctx: &Ctx, tx: &mut Tx, period: &str, key: &str) -> Result<Asked> {
    let mut view = View::of(ctx, period)?;
    let def = view::find(&view::figures(ctx), key)?;
    view.open(tx).await?;
    let areas = view.areas(tx).await?;
    let seal = seals::standing(tx, view.frame.period).await?;
    let seal = seal.ok_or_else(|| Refusal::not_found("本期没有定稿，也就没有定稿后的补报。"))?;
    let measures: Vec<&str> = def.measures.iter().map(|measure| measure.key).collect();
    let (found, explained) = match view.listing.get("in") {
        None => {
            let days = view.frame.days(def.kind);
            (late::since(tx, &seal, &measures, days).await?, "这些记录在定稿以后才录入或更正。".to_owned())
        }
        Some(PENDING) => {
            let rows = late::rows(tx, view.frame.period, &measures).await?;
            (rows, "这些记录在定稿以后才录入或更正，还没有随以后各期的定稿报告。".to_owned())
        }
        Some(id) => {
            let id: Id<Seal> = id.parse().map_err(|_| unknown())?;
            let reporter = seals::seal(tx, id).await?.ok_or_else(unknown)?;
            let rows = late::rows_in(tx, view.frame.period, &reporter, &measures).await?;
            (rows, format!("这些记录已随{}的定稿（{}）作为调整数报告。", reporter.label(), reporter.number))
        }
    };
    let times: BTreeMap<i64, i64> = found.into_iter().collect();
    let ids: Vec<i64> = times.keys().copied().collect();
    let held = |fact: &Fact| {
        view.scope == Scope::Region || view.scope.holds(areas.town_of(areas.stands_for(fact.place_id)))
    };
    let facts = store::facts_by_id(tx, &ids).await?;
    let rows = facts
        .into_iter()
        .filter(held)
        .map(|fact| {
            let times = times.get(&fact.id.raw()).copied().unwrap_or(1);
            (fact, times)
        })
        .collect();
    Ok(Asked { view, def, areas, seal, rows, explained })
}

fn unknown() -> Refusal {
    Refusal::not_found("没有这份定稿。请返回定稿记录重新选择。")
}

/// `GET /statistics/{period}/{key}/late`
pub(crate) async fn show(ctx: Ctx, Path((period, key)): Path<(String, String)>) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let asked = read(&ctx, &mut tx, &period, &key).await?;
    let names = Names::read(&mut tx, view::figures(&ctx)).await?;
    let line = |(fact, times): &(Fact, i64)| Line {
        cells: COLUMNS
            .iter()
            .map(|column| {
                let href = if *column == Column::Number { fact.href() } else { None };
                (column.label(), names.text(*column, fact, &asked.areas), href)
            })
            .collect(),
        quantity: fact.quantity * times,
        again: *times < 0,
    };
    let listing = &asked.view.listing;
    let main = LateMain {
        heading: format!("{}：定稿后的补报和更正", asked.def.name.trim_start_matches("其中：")),
        days: asked.view.frame.days(asked.def.kind).label(),
        mark: asked.seal.mark(),
        count: asked.rows.len(),
        shown: SHOWN,
        sum: asked.rows.iter().map(|(fact, times)| fact.quantity * times).sum(),
        rows: asked.rows.iter().take(SHOWN).map(line).collect(),
        export: listing.link_to(&format!("/statistics/{period}/{key}/late.xlsx"), &[]),
        explained: asked.explained,
        def: asked.def,
    };
    let figure = asked.view.href(&format!("/{key}"), &[]);
    Ok(Page::new(format!("{}（{}）", main.heading, asked.view.frame.period.label()), &main)?
        .crumb("统计报表", asked.view.href("", &[]))
        .crumb(main.def.name, figure)
        .landscape())
}

/// `GET /statistics/{period}/{key}/late.xlsx`
pub(crate) async fn export(ctx: Ctx, Path((period, key)): Path<(String, String)>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let asked = read(&ctx, &mut tx, &period, &key).await?;
    let names = Names::read(&mut tx, view::figures(&ctx)).await?;
    let cells = |(fact, times): &(Fact, i64)| {
        let texts = COLUMNS.iter().map(|column| Cell::Text(names.text(*column, fact, &asked.areas)));
        texts.chain([Cell::Number(fact.quantity * times)]).collect()
    };
    let title = format!(
        "{}{}（{}）定稿后补报和更正",
        ctx.app.settings.district,
        asked.def.name.trim_start_matches("其中："),
        asked.view.frame.period.label()
    );
    let sheet = Sheet {
        name: "补报和更正".to_owned(),
        title: title.clone(),
        subtitle: format!("{}　{}", asked.seal.mark(), asked.explained),
        columns: COLUMNS.iter().map(|column| column.sheet()).chain([SheetColumn::sum("数量", 8.0)]).collect(),
        rows: asked.rows.iter().map(cells).collect(),
    };
    Ok(view::workbook(&title, &[sheet])?.into_response())
}
