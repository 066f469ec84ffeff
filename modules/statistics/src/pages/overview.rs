//! The bulletin of a period on screen: every figure, its comparisons, its definition, the sentence to copy.

use super::{
    late::{self, PENDING},
    view::{self, Choices, View},
};
use crate::{
    bulletin::{self, Adjustment, Bulletin, BulletinFigure, stands},
    frame::{Days, Frame},
    paragraph::paragraph,
    print::{self, ADJUSTED, CUMULATIVE, in_year, signed},
};
use ::store::tally::FigureDef;
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Period, Scheme};
use web::{Ctx, Listing, Page, Reply, chart::thousands};

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
    /// 按某时刻的数据.
    moment: String,
    previous: (String, String),
    next: Option<(String, String)>,
    export: String,
    /// The seal's mark and its page.
    mark: Option<(String, String)>,
    /// Where the present values of a sealed period are shown.
    live: Option<String>,
    /// The mark of the period's seal when something else than its figures is shown, and where they are.
    sealed_elsewhere: Option<(String, String)>,
    /// Where the period can be sealed, for those who may.
    seal: Option<String>,
    adjustments: Vec<(Adjustment, String)>,
}

struct Row {
    figure: BulletinFigure,
    /// Read on a day: the cell says which.
    day: Option<String>,
    /// Part of the figure above.
    part: bool,
    href: String,
    /// Every row with its ids, as a workbook.
    rows: String,
    cumulative: Option<(i64, String)>,
    year_before: Option<(i64, String)>,
    previous: Option<(i64, String)>,
    /// What a sealed figure is now, the difference, and the rows that make it.
    now: Option<(i64, String, String)>,
}

/// `GET /statistics`: on to the period that was chosen, or to the quarter that ended last.
pub(crate) async fn usual(ctx: Ctx) -> Reply<Response> {
    let listing = Listing::of(&ctx.uri);
    let scheme = view::scheme(&listing)?;
    let period = view::chosen_period(&listing, scheme)?.unwrap_or_else(|| Frame::usual(ctx.today()));
    let kept = |name: &'static str| listing.get(name).map(|value| (name, value));
    let extra: Vec<(&str, &str)> = ["as_of_moment", "names"].into_iter().filter_map(kept).collect();
    Ok(Redirect::to(&view::address(period, view::as_of(&listing)?, "", &extra)).into_response())
}

/// `GET /statistics/{period}`, and as a workbook `GET /statistics/{period}.xlsx`.
pub(crate) async fn show(ctx: Ctx, Path(period): Path<String>) -> Reply<Response> {
    match period.strip_suffix(".xlsx") {
        Some(period) => export(&ctx, period).await,
        None => Ok(page(&ctx, &period).await?.into_response()),
    }
}

async fn page(ctx: &Ctx, period: &str) -> Reply<Page> {
    let mut view = View::of(ctx, period)?;
    let figures = view::figures(ctx);
    let mut tx = ctx.begin_read().await?;
    let areas = view.open(&mut tx).await?;
    let bulletin = view.bulletin(&mut tx, &figures, &areas).await?;
    let now = if view.sealed.is_some() {
        let areas = view.areas(&mut tx).await?;
        bulletin::within(&mut tx, &figures, &view.frame, &view.scope, &areas).await?.figures
    } else {
        Vec::new()
    };
    let rows = bulletin.figures.iter().map(|figure| row(&view, &figures, figure, &now)).collect();
    let period = view.frame.period;
    let seal = view.sealed.as_ref().map(|sealed| &sealed.seal);
    let open = seal.is_none() && view.frame.seen.is_none() && view.frame.finished();
    let elsewhere = view.sealed_elsewhere(&mut tx).await?;
    let main = OverviewMain {
        rows,
        paragraph: paragraph(&bulletin),
        choices: Choices::on(ctx.today()),
        year: period.year(),
        part: view::part_key(period),
        scheme: period.scheme(),
        as_of: view.listing.show("as_of").to_owned(),
        moment: view.listing.show("as_of_moment").to_owned(),
        previous: neighbour(period.previous()),
        next: Some(period.next()).filter(|next| next.first() <= ctx.today()).map(neighbour),
        export: view.href(".xlsx", &[]),
        mark: seal.map(|seal| (seal.mark(), format!("/statistics/seals/{}", seal.id))),
        live: seal.map(|_| view.href("", &[("live", "1")])),
        seal: (open && elsewhere.is_none() && ctx.actor()?.may(crate::SEAL)).then(|| view.href("/seal", &[])),
        sealed_elsewhere: elsewhere,
        adjustments: bulletin.adjustments.iter().map(|line| adjusted(&view, line)).collect(),
        bulletin,
    };
    Ok(Page::new(format!("{}统计报表", main.bulletin.label), &main)?.landscape())
}

/// An adjustment with the address of its rows: among those that a seal reported, or those that wait to be.
fn adjusted(view: &View, line: &Adjustment) -> (Adjustment, String) {
    let reporter =
        view.sealed.as_ref().map_or_else(|| PENDING.to_owned(), |sealed| sealed.seal.id.to_string());
    let scheme = view.frame.period.scheme();
    (line.clone(), late::address(scheme, &line.period, &line.figure, Some(&reporter)))
}

fn neighbour(period: Period) -> (String, String) {
    (period.label(), view::address(period, None, "", &[]))
}

fn row(view: &View, figures: &[FigureDef], figure: &BulletinFigure, now: &[BulletinFigure]) -> Row {
    let frame = &view.frame;
    let rest = format!("/{}", figure.key);
    // A figure that was sealed and is defined no more has no pages.
    let kind = figures.iter().find(|def| def.key == figure.key).map(|def| def.kind);
    let with = |value: Option<i64>, href: Option<String>| value.zip(href);
    let other = |period: Period, days: Days| kind.map(|kind| view.href_other(period, kind, days, &rest));
    let year_before = kind.map(|kind| frame.year_before(kind));
    let previous = kind.and_then(|kind| frame.previous(kind));
    let late = now.iter().find(|now| now.key == figure.key && now.value != figure.value);
    Row {
        day: kind.is_some_and(stands).then(|| figure.span()),
        part: figure.part_of.is_some(),
        href: view.href_span(&rest, false, &[]),
        rows: view.href_span(&format!("{rest}/rows.xlsx"), false, &[]),
        cumulative: with(figure.cumulative, Some(view.href_span(&rest, true, &[]))),
        year_before: with(
            figure.year_before,
            year_before.and_then(|days| other(frame.period.year_before(), days)),
        ),
        previous: with(figure.previous, previous.and_then(|days| other(frame.period.previous(), days))),
        now: late.map(|now| {
            let scheme = frame.period.scheme();
            let href = late::address(scheme, &frame.period.to_string(), &figure.key, None);
            (now.value, signed(now.value - figure.value), href)
        }),
        figure: figure.clone(),
    }
}

async fn export(ctx: &Ctx, period: &str) -> Reply<Response> {
    let mut view = View::of(ctx, period)?;
    let figures = view::figures(ctx);
    let mut tx = ctx.begin_read().await?;
    let areas = view.open(&mut tx).await?;
    let district = &ctx.app.settings.district;
    let report = view.report(&mut tx, &figures, &areas).await?;
    let sheets = print::report_sheets(&report, district);
    Ok(view::workbook(&format!("{district}统计报表{}", report.bulletin.label), &sheets)?)
}
