//! 我的台账: columns kept under a name, filled in for any period.

use super::{
    rows::{self, Names},
    view::{self, Choices},
};
use crate::{
    actions::{
        delete_ledger::{DeleteRefusal, delete_ledger},
        keep_ledger::keep_ledger,
    },
    frame::Frame,
    ledger::{self, Column, Ledger, NewLedger},
    store::{self, Wanted},
    sums::{Areas, Scope},
};
use ::store::Tx;
use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Response},
};
use kernel::{Id, Refusal, Result, Scheme};
use web::{Ctx, Form, Listing, Page, Reply};

#[derive(Template)]
#[template(path = "pages/ledgers.html")]
struct LedgersMain {
    form: Form,
    ledgers: Vec<Line>,
    choices: Choices,
    year: i16,
    part: String,
}

struct Line {
    ledger: Ledger,
    figure: String,
    place: String,
    scheme: &'static str,
}

#[derive(Template)]
#[template(path = "pages/ledger.html")]
struct LedgerMain {
    form: Form,
    figure: String,
    place: String,
    columns: Vec<(String, String)>,
}

/// `GET /statistics/ledgers`
pub(crate) async fn list(ctx: Ctx) -> Reply<Page> {
    let figures = view::figures(&ctx);
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let line = |ledger: Ledger| Line {
        figure: view::find(&figures, &ledger.figure)
            .map_or_else(|_| ledger.figure.clone(), |def| def.name.to_owned()),
        place: place(&areas, ledger.town_id, ledger.unit_id),
        scheme: ledger.scheme.parse::<Scheme>().unwrap_or_default().label(),
        ledger,
    };
    let ledgers = store::ledgers(&mut tx, ctx.actor()?.id).await?.into_iter().map(line).collect();
    let usual = Frame::usual(ctx.today());
    let choices = Choices::on(ctx.today());
    let main = LedgersMain {
        form: ctx.form(&[]),
        ledgers,
        choices,
        year: usual.year(),
        part: view::part_key(usual),
    };
    Page::new("我的台账", &main)
}

fn place(areas: &Areas, town: Option<i64>, unit: Option<i64>) -> String {
    unit.or(town).map_or_else(|| "全部".to_owned(), |place| areas.name_of(place).to_owned())
}

/// `GET /statistics/ledgers/new`: what was chosen on a page of rows, to be given a name.
pub(crate) async fn blank(ctx: Ctx, Query(pairs): Query<Vec<(String, String)>>) -> Reply<Page> {
    let mut known: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let usual = Column::usual();
    if !known.iter().any(|(name, _)| *name == "col") {
        known.extend(usual.iter().map(|column| ("col", column.as_str())));
    }
    show(&ctx, ctx.form(&known)).await
}

async fn show(ctx: &Ctx, form: Form) -> Reply<Page> {
    let figure = view::find(&view::figures(ctx), form.get("figure"))?.name.to_owned();
    let mut tx = ctx.begin_read().await?;
    let areas = Areas::read(&mut tx).await?;
    let (town, unit) = places(ctx, &form, &areas)?;
    let columns =
        Column::ALL.iter().map(|column| (column.as_str().to_owned(), column.label().to_owned())).collect();
    let main = LedgerMain { figure, place: place(&areas, town, unit), columns, form };
    Ok(Page::new("存为我的台账", &main)?
        .crumb("我的台账", "/statistics/ledgers")
        .narrow()
        .answering(&main.form))
}

/// Town and unit of the form, within reach.
fn places(ctx: &Ctx, form: &Form, areas: &Areas) -> Result<(Option<i64>, Option<i64>)> {
    let read = |name: &str| match form.get(name) {
        "" => Ok(None),
        view::DISTRICT_KEY => {
            Err(Refusal::invalid("区本级的明细不能存为台账。请返回选择全部，或某个镇（街道）。"))
        }
        text => view::raw(text).map(Some).ok_or_else(view::no_place),
    };
    let (town, unit) = (read("town")?, read("unit")?);
    rows::within_reach(&Scope::of(ctx.actor()?.reach())?, town.map(Some), unit, areas)?;
    Ok((town, unit))
}

/// `POST /statistics/ledgers/new`
pub(crate) async fn create(ctx: Ctx, mut form: Form) -> Reply {
    match try_create(&ctx, &form).await {
        Ok(tx) => ctx.see_other(tx, "/statistics/ledgers", "已保存台账，选好统计期就能导出。").await,
        Err(error) => {
            ctx.refused(error, &mut form)?;
            Ok(show(&ctx, form).await?.into_response())
        }
    }
}

async fn try_create(ctx: &Ctx, form: &Form) -> Result<Tx> {
    let scheme: Scheme =
        Some(form.get("scheme")).filter(|text| !text.is_empty()).map_or(Ok(Scheme::Calendar), str::parse)?;
    let figure = view::find(&view::figures(ctx), form.get("figure"))?;
    let mut tx = ctx.begin_write().await?;
    let (town, unit) = places(ctx, form, &Areas::read(&mut tx).await?)?;
    let ledger = NewLedger {
        title: form.get("title").to_owned(),
        figure: figure.key.to_owned(),
        scheme: scheme.key().to_owned(),
        town,
        unit,
        columns: ledger::chosen(form.all("col")),
    };
    keep_ledger(&mut tx, ctx.actor()?.id, &ledger, ctx.now()).await?;
    Ok(tx)
}

/// `GET /statistics/ledgers/{id}/run.xlsx?year=…&part=…`
pub(crate) async fn run(ctx: Ctx, Path(id): Path<String>) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let ledger = store::ledger(&mut tx, ctx.actor()?.id, id_of(&id)?).await?.ok_or(DeleteRefusal::Unknown)?;
    let period = view::chosen_period(&Listing::of(&ctx.uri), ledger.scheme.parse()?)?;
    let period = period.ok_or_else(|| Refusal::invalid("请选择要导出的统计期。"))?;
    let figures = view::figures(&ctx);
    let def = view::find(&figures, &ledger.figure)?;
    let areas = Areas::read(&mut tx).await?;
    let scope = Scope::of(ctx.actor()?.reach())?;
    let town = ledger.town_id.map(Some);
    rows::within_reach(&scope, town, ledger.unit_id, &areas)?;
    let days = Frame::new(period, None, ctx.today())?.days(def.kind);
    let wanted = Wanted { def: &def, days, scope: &scope, town, unit: ledger.unit_id, places: None };
    let names = Names::read(&mut tx, figures).await?;
    let sheet = rows::sheet(&mut tx, &wanted, &ledger.columns(), &names, &areas, &ledger.title).await?;
    Ok(view::workbook(&format!("{}（{}）", ledger.title, period.label()), &[sheet])?)
}

fn id_of(text: &str) -> Result<Id<Ledger>> {
    Ok(text.parse().map_err(|_| Refusal::from(DeleteRefusal::Unknown))?)
}

/// `POST /statistics/ledgers/{id}/delete`
pub(crate) async fn delete(ctx: Ctx, Path(id): Path<String>) -> Reply {
    let mut tx = ctx.begin_write().await?;
    delete_ledger(&mut tx, ctx.actor()?.id, id_of(&id)?).await?;
    ctx.see_other(tx, "/statistics/ledgers", "已删除台账。").await
}

#[cfg(test)]
#[path = "ledgers_tests.rs"]
mod tests;
