//! The bulletin of a period on screen: every figure, its comparisons, its definition, the sentence to copy.

use super::view::{self, Choices, View};
use crate::{
    bulletin::{self, Bulletin, BulletinFigure, stands},
    frame::{Days, Frame},
    paragraph::paragraph,
    print::{self, bulletin_sheet},
    sums::{self, Areas},
};
use ::store::{Tx, tally::FigureDef};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Period, Result, Scheme};
use web::{Cell, Ctx, Listing, Page, Reply, Sheet, SheetColumn, chart::thousands};

#[derive(Template)]
#[template(path = "pages/overview.html")]
struct OverviewMain {
    bulletin: Bulletin,
    rows: Vec<Row>,
    paragraph: String,
    choices: Choices,
    year: i16,
    part: String,
    scheme: Scheme,
    as_of: String,
    previous: (String, String),
    next: Option<(String, String)>,
    export: String,
}

struct Row {
    figure: BulletinFigure,
    /// Read on a day: the cell says which.
    day: Option<String>,
    /// Part of the figure above.
    part: bool,
    href: String,
    cumulative: Option<(i64, String)>,
    year_before: Option<(i64, String)>,
    previous: Option<(i64, String)>,
}

/// `GET /statistics`: on to the period that was chosen, or to the quarter that ended last.
pub(crate) async fn usual(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let scheme = view::scheme(&listing)?;
    let period = view::chosen_period(&listing, scheme)?.unwrap_or_else(|| Frame::usual(ctx.today()));
    Ok(Redirect::to(&view::address(period, view::as_of(&listing)?, "", &[])).into_response())
}

/// `GET /statistics/{period}`, and as a workbook `GET /statistics/{period}.xlsx`.
pub(crate) async fn show(ctx: Ctx, Path(period): Path<String>) -> Reply<Response> {
    match period.strip_suffix(".xlsx") {
        Some(period) => export(&ctx, period).await,
        None => Ok(page(&ctx, &period).await?.into_response()),
    }
}

async fn page(ctx: &Ctx, period: &str) -> Reply<Page> {
    let view = View::of(ctx, period)?;
    let figures = view::figures(ctx);
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let bulletin = bulletin::within(&mut tx, &figures, &view.frame, &view.scope, &areas).await?;
    let rows =
        bulletin.figures.iter().cloned().zip(&figures).map(|(figure, def)| row(&view, figure, def)).collect();
    let period = view.frame.period;
    let main = OverviewMain {
        rows,
        paragraph: paragraph(&bulletin),
        choices: Choices::on(ctx.today()),
        year: period.year(),
        part: view::part_key(period),
        scheme: period.scheme(),
        as_of: view.listing.show("as_of").to_owned(),
        previous: neighbour(period.previous()),
        next: Some(period.next()).filter(|next| next.first() <= ctx.today()).map(neighbour),
        export: view.href(".xlsx", &[]),
        bulletin,
    };
    Ok(Page::new(format!("{}统计报表", main.bulletin.label), &main)?.landscape())
}

fn neighbour(period: Period) -> (String, String) {
    (period.label(), view::address(period, None, "", &[]))
}

fn row(view: &View, figure: BulletinFigure, def: &FigureDef) -> Row {
    let (frame, kind) = (&view.frame, def.kind);
    let rest = format!("/{}", def.key);
    let with = |value: Option<i64>, href: Option<String>| value.zip(href);
    let other = |period: Period, days: Days| view.href_other(period, kind, days, &rest);
    Row {
        day: stands(kind).then(|| figure.span()),
        part: figure.part_of.is_some(),
        href: view.href_span(&rest, false, &[]),
        cumulative: with(figure.cumulative, Some(view.href_span(&rest, true, &[]))),
        year_before: with(
            figure.year_before,
            Some(other(frame.period.year_before(), frame.year_before(kind))),
        ),
        previous: with(
            figure.previous,
            frame.previous(kind).map(|days| other(frame.period.previous(), days)),
        ),
        figure,
    }
}

async fn export(ctx: &Ctx, period: &str) -> Reply<Response> {
    let view = View::of(ctx, period)?;
    let figures = view::figures(ctx);
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let bulletin = bulletin::within(&mut tx, &figures, &view.frame, &view.scope, &areas).await?;
    let district = &ctx.app.settings.district;
    let sheets = [
        bulletin_sheet(&bulletin, district),
        matrix(&mut tx, &view, &figures, &areas, &bulletin, district).await?,
    ];
    Ok(view::workbook(&format!("{district}统计报表{}", bulletin.label), &sheets)?)
}

/// Figures by town: a column a figure, a row a town, the sum below.
async fn matrix(
    tx: &mut Tx,
    view: &View,
    figures: &[FigureDef],
    areas: &Areas,
    bulletin: &Bulletin,
    district: &str,
) -> Result<Sheet> {
    let mut columns = vec![SheetColumn::text("镇（街道）", 16.0)];
    let mut rows: Vec<(Option<i64>, Vec<Cell>)> = Vec::new();
    for (def, figure) in figures.iter().zip(&bulletin.figures) {
        let places = sums::by_place(tx, def, view.frame.days(def.kind)).await?;
        let parts = sums::by_town(&places, areas, &view.scope);
        sums::adds_up(def, figure.value, &parts);
        let filled = columns.len();
        columns.push(SheetColumn::sum(format!("{}（{}）", def.name, figure.unit), 12.0));
        for part in parts {
            let cells = match rows.iter_mut().find(|(id, _)| *id == part.id) {
                Some((_, cells)) => cells,
                None => {
                    rows.push((part.id, vec![Cell::Text(part.name)]));
                    &mut rows.last_mut().ok_or_else(|| kernel::Fault::new("a row was just pushed"))?.1
                }
            };
            // 区本级 is absent where it has nothing.
            cells.resize(filled, Cell::Number(0));
            cells.push(Cell::Number(part.value));
        }
    }
    let width = columns.len();
    let rows = rows
        .into_iter()
        .map(|(_, mut cells)| {
            cells.resize(width, Cell::Number(0));
            cells
        })
        .collect();
    Ok(Sheet {
        name: "分镇统计".to_owned(),
        title: format!(
            "{}公共法律服务分镇统计（{}）",
            print::district_title(bulletin, district),
            bulletin.label
        ),
        subtitle: print::subtitle(bulletin),
        columns,
        rows,
    })
}
