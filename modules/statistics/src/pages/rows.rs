//! The rows behind a figure: every counted fact, with its sum, its source, and columns to choose.

use super::view::{self, View};
use crate::{
    bulletin::Mode,
    fact::{self, Fact},
    ledger::{self, Column},
    sealed::Column as Number,
    store::{self, Sums, Wanted},
    sums::{self, Areas, DISTRICT, Scope},
};
use ::store::{
    Tx,
    tally::{FigureDef, FigureKind},
};
use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use kernel::{Fault, Refusal, Result};
use std::collections::BTreeMap;
use web::{Cell, Ctx, Page, Pager, Reply, Sheet, chart::thousands};

/// More rows than that are asked for in parts.
const MOST: i64 = 100_000;

#[derive(Template)]
#[template(path = "pages/rows.html")]
struct RowsMain {
    def: FigureDef,
    heading: String,
    days: String,
    /// The figure as the page before showed it.
    value: i64,
    sums: Sums,
    equal: bool,
    columns: Vec<Column>,
    rows: Vec<Vec<Shown>>,
    pager: Pager,
    towns: Vec<(String, String)>,
    town: String,
    /// Whether 区本级 is within the reach.
    district: bool,
    unit: Option<String>,
    hidden: Vec<(&'static str, String)>,
    title: String,
    export: String,
    reset: String,
    /// The sealed figure, if the period is sealed: the rows are those of today.
    sealed: Option<i64>,
    /// Where the late entries are.
    late: String,
}

/// One cell of the table.
struct Shown {
    label: &'static str,
    text: String,
    href: Option<String>,
    number: bool,
    reversal: bool,
}

/// Names for the codes and ids that facts carry.
pub(crate) struct Names {
    figures: Vec<FigureDef>,
    lawyers: BTreeMap<i64, String>,
    terms: BTreeMap<(String, String), String>,
}

impl Names {
    /// Reads them.
    pub(crate) async fn read(tx: &mut Tx, figures: Vec<FigureDef>) -> Result<Self, Fault> {
        let lawyers = store::lawyers(tx)
            .await?
            .into_iter()
            .map(|(id, name, firm)| (id, format!("{name}（{firm}）")))
            .collect();
        let terms =
            store::terms(tx).await?.into_iter().map(|(list, code, name)| ((list, code), name)).collect();
        Ok(Self { figures, lawyers, terms })
    }

    fn term(&self, list: &str, code: &str) -> String {
        self.terms.get(&(list.to_owned(), code.to_owned())).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// What a column says about a fact; numbers are left to [`number`].
    pub(crate) fn text(&self, column: Column, row: &Fact, areas: &Areas) -> String {
        let place = areas.stands_for(row.place_id);
        let other = |id: Option<i64>| id.map_or_else(String::new, fact::number);
        match column {
            Column::Day => row.day.to_string(),
            Column::Town => areas.town_of(place).map_or(DISTRICT, |town| areas.name_of(town)).to_owned(),
            // A fact of the town itself belongs to no village.
            Column::Place if areas.town_of(place).is_none_or(|town| town == place) => "—".to_owned(),
            Column::Place => areas.name_of(place).to_owned(),
            Column::Measure => fact::measure_name(&self.figures, &row.measure),
            Column::Matter => self.term("consult_topic", &row.matter),
            Column::Channel => self.term("channel", &row.channel),
            Column::Server => row.served_by.and_then(|id| self.lawyers.get(&id)).cloned().unwrap_or_default(),
            Column::Number => row.number(),
            Column::Fact => row.id.to_string(),
            Column::Source => row.source_name().to_owned(),
            Column::Entered => row.entered_at.local(),
            Column::Reverses => other(row.reverses_id),
            Column::ReversedBy => other(row.reversed_by),
            Column::Code => row.measure.clone(),
            Column::Quantity => row.quantity.to_string(),
            Column::People => row.people.to_string(),
        }
    }
}

fn number(column: Column, row: &Fact) -> Option<i64> {
    match column {
        Column::Quantity => Some(row.quantity),
        Column::People => Some(row.people),
        _ => None,
    }
}

/// What a page of rows is asked for, checked against the reach.
struct Asked {
    view: View,
    def: FigureDef,
    town: Option<Option<i64>>,
    unit: Option<i64>,
    columns: Vec<Column>,
    /// The places wanted, where they stand under present names.
    places: Option<Vec<i64>>,
}

impl Asked {
    async fn of(
        ctx: &Ctx,
        tx: &mut Tx,
        period: &str,
        key: &str,
        pairs: &[(String, String)],
    ) -> Result<(Self, Areas)> {
        let mut view = View::of(ctx, period)?;
        // Rows are always those that are there now; the seal only says which day its stocks were read on.
        view.open(tx).await?;
        let areas = view.areas(tx).await?;
        let def = view::find(&view::figures(ctx), key)?;
        let town = view.town()?;
        let unit =
            view.listing.get("unit").map(|text| view::raw(text).ok_or_else(view::no_place)).transpose()?;
        within_reach(&view.scope, town, unit, &areas)?;
        let columns =
            ledger::chosen(pairs.iter().filter(|(name, _)| name == "col").map(|(_, value)| value.as_str()));
        let places = present_places(&view, town, unit, &areas);
        Ok((Self { view, def, town, unit, columns, places }, areas))
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            def: &self.def,
            days: self.view.days(self.def.kind),
            scope: &self.view.scope,
            town: self.town,
            unit: self.unit,
            places: self.places.clone(),
        }
    }

    /// The sealed figure of the same days and places.
    fn sealed_value(&self, areas: &Areas) -> Option<i64> {
        let sealed = self.view.sealed.as_ref()?;
        let year = self.view.year && self.view.frame.year_so_far(self.def.kind).is_some();
        let column = if year { Number::Cumulative } else { Number::Value };
        let places = areas.fold(sealed.document.by_place(self.def.key, column));
        Some(places.iter().filter(|(place, _)| self.holds(**place, areas)).map(|(_, value)| value).sum())
    }

    /// Whether a place is among those asked for.
    fn holds(&self, place: i64, areas: &Areas) -> bool {
        let town = areas.town_of(place);
        (self.view.scope == Scope::Region || self.view.scope.holds(town))
            && self.town.is_none_or(|wanted| wanted == town)
            && self.unit.is_none_or(|unit| unit == place)
    }

    /// The address of these rows in another form.
    fn rest(&self, end: &str) -> String {
        format!("/{}/rows{end}", self.def.key)
    }

    /// Where the rows are from, for headings.
    fn place<'a>(&self, areas: &'a Areas) -> Option<&'a str> {
        match (self.unit, self.town) {
            (Some(place), _) | (None, Some(Some(place))) => Some(areas.name_of(place)),
            (None, Some(None)) => Some(DISTRICT),
            (None, None) => None,
        }
    }
}

/// Every place whose facts stand under the wanted town or unit when present names are asked for; none where scope, town
/// and unit say it themselves.
fn present_places(
    view: &View,
    town: Option<Option<i64>>,
    unit: Option<i64>,
    areas: &Areas,
) -> Option<Vec<i64>> {
    if view.mode == Mode::Then {
        return None;
    }
    match (unit, town, &view.scope) {
        (Some(unit), _, _) => Some(areas.standing_for(unit)),
        (None, Some(Some(town)), _) => Some(areas.within_town(town)),
        (None, None, Scope::Towns(towns)) => {
            Some(towns.iter().flat_map(|town| areas.within_town(*town)).collect())
        }
        (None, Some(None), _) | (None, None, Scope::Region) => None,
    }
}

/// Refuses towns and units that are unknown or out of reach.
pub(crate) fn within_reach(
    scope: &sums::Scope,
    town: Option<Option<i64>>,
    unit: Option<i64>,
    areas: &Areas,
) -> Result<()> {
    let known = |town: i64| areas.town_of(town) == Some(town);
    let town_is_fine = town.is_none_or(|town| scope.holds(town) && town.is_none_or(known));
    let unit_is_fine =
        unit.is_none_or(|unit| areas.town_of(unit).is_some_and(|town| scope.holds(Some(town))));
    if town_is_fine && unit_is_fine { Ok(()) } else { Err(view::no_place().into()) }
}

/// `GET /statistics/{period}/{key}/rows`
pub(crate) async fn show(
    ctx: Ctx,
    Path((period, key)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Reply<Page> {
    let mut tx = ctx.begin_read().await?;
    let (mut asked, areas) = Asked::of(&ctx, &mut tx, &period, &key, &pairs).await?;
    if asked.columns.is_empty() {
        asked.columns = Column::usual();
    }
    let names = Names::read(&mut tx, view::figures(&ctx)).await?;
    let value = value(&mut tx, &asked, &areas).await?;
    let sums = store::fact_sums(&mut tx, &asked.wanted()).await?;
    let listing = &asked.view.listing;
    let rows = store::fact_page(&mut tx, &asked.wanted(), listing).await?;
    let (rows, pager) = listing.page(rows, sums.rows, |row| (row.day.to_string(), row.id.raw()));
    let main = main(&asked, &areas, &names, value, sums, &rows, pager);
    let title = format!("{}明细（{}）", main.heading, asked.view.frame.period.label());
    let figure = asked.view.href(&format!("/{key}"), &[]);
    Ok(Page::new(title, &main)?
        .crumb("统计报表", asked.view.href_span("", false, &[]))
        .crumb(asked.def.name, figure)
        .landscape())
}

fn main(
    asked: &Asked,
    areas: &Areas,
    names: &Names,
    value: i64,
    sums: Sums,
    rows: &[Fact],
    pager: Pager,
) -> RowsMain {
    let (view, def) = (&asked.view, asked.def);
    let equal = value == if def.kind == FigureKind::Distinct { sums.places } else { sums.quantity };
    if !equal {
        tracing::error!(
            figure = def.key,
            value,
            rows = sums.quantity,
            "the rows of a figure do not sum to it"
        );
    }
    let towns = areas.towns.iter().filter(|(id, _)| view.scope.holds(Some(*id)));
    let listing = &view.listing;
    RowsMain {
        heading: format!(
            "{}{}",
            asked.place(areas).unwrap_or_default(),
            def.name.trim_start_matches("其中：")
        ),
        days: view.days(def.kind).label(),
        value,
        sums,
        equal,
        rows: rows
            .iter()
            .map(|row| asked.columns.iter().map(|column| shown(*column, row, names, areas)).collect())
            .collect(),
        columns: asked.columns.clone(),
        pager,
        towns: towns.map(|(id, name)| (view::town_key(Some(*id)), name.clone())).collect(),
        town: listing.show("town").to_owned(),
        district: view.scope.holds(None),
        unit: asked.unit.map(|unit| areas.name_of(unit).to_owned()),
        sealed: asked.sealed_value(areas),
        late: late_address(asked),
        hidden: ["scheme", "as_of", "span", "unit", "as_of_moment", "names", "live"]
            .iter()
            .filter_map(|name| Some((*name, listing.get(name)?.to_owned())))
            .collect(),
        title: listing.show("title").to_owned(),
        export: listing.link_to(&format!("/statistics/{}{}", view.frame.period, asked.rest(".xlsx")), &[]),
        reset: view.href(&asked.rest(""), &[]),
        def,
    }
}

impl RowsMain {
    fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// The cells of the last row: sums under the columns that have one.
    fn feet(&self) -> Vec<String> {
        let foot = |column: &Column| match column {
            Column::Quantity => thousands(self.sums.quantity),
            Column::People => thousands(self.sums.people),
            _ => String::new(),
        };
        let mut feet: Vec<String> = self.columns.iter().map(foot).collect();
        if let Some(first) = feet.first_mut().filter(|first| first.is_empty()) {
            "合计".clone_into(first);
        }
        feet
    }
}

fn late_address(asked: &Asked) -> String {
    let period = asked.view.frame.period;
    super::late::address(period.scheme(), &period.to_string(), asked.def.key, None)
}

fn shown(column: Column, row: &Fact, names: &Names, areas: &Areas) -> Shown {
    Shown {
        label: column.label(),
        text: number(column, row).map_or_else(|| names.text(column, row, areas), thousands),
        href: if column == Column::Number { row.href() } else { None },
        number: column.sums(),
        reversal: column == Column::Measure && row.reverses(),
    }
}

/// The figure for the same days, town and unit, from the live sums.
async fn value(tx: &mut Tx, asked: &Asked, areas: &Areas) -> Result<i64, Fault> {
    let (def, days, scope) = (&asked.def, asked.view.days(asked.def.kind), &asked.view.scope);
    if asked.town.is_none() && asked.unit.is_none() {
        return sums::total(tx, def, days, scope, areas).await;
    }
    let places = areas.fold(sums::by_place(tx, def, days).await?);
    Ok(places.iter().filter(|(place, _)| asked.holds(**place, areas)).map(|(_, value)| value).sum())
}

/// `GET /statistics/{period}/{key}/rows.xlsx`
pub(crate) async fn export(
    ctx: Ctx,
    Path((period, key)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Reply<Response> {
    let mut tx = ctx.begin_read().await?;
    let (mut asked, areas) = Asked::of(&ctx, &mut tx, &period, &key, &pairs).await?;
    if asked.columns.is_empty() {
        asked.columns = Column::ALL.to_vec();
    }
    let names = Names::read(&mut tx, view::figures(&ctx)).await?;
    let heading =
        format!("{}{}", asked.place(&areas).unwrap_or_default(), asked.def.name.trim_start_matches("其中："));
    let title = match asked.view.listing.get("title") {
        Some(title) => title.to_owned(),
        None => format!("{}{heading}明细（{}）", ctx.app.settings.district, asked.view.frame.period.label()),
    };
    let sheet = sheet(&mut tx, &asked.wanted(), &asked.columns, &names, &areas, &title).await?;
    Ok(view::workbook(&title, &[sheet])?)
}

/// Refuses files that no office program opens with pleasure.
fn few_enough(rows: i64) -> Result<(), Refusal> {
    let (rows, most) = if rows > MOST { (thousands(rows), thousands(MOST)) } else { return Ok(()) };
    Err(Refusal::invalid(format!(
        "共 {rows} 行，超过一次可导出的 {most} 行。请选择较短的统计期，或者分镇（街道）导出。"
    )))
}

/// The wanted rows as a sheet with these columns.
pub(crate) async fn sheet(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    columns: &[Column],
    names: &Names,
    areas: &Areas,
    title: &str,
) -> Result<Sheet> {
    let sums = store::fact_sums(tx, wanted).await?;
    few_enough(sums.rows)?;
    let cell = |column: Column, row: &Fact| match number(column, row) {
        Some(number) => Cell::Number(number),
        None if column == Column::Measure && row.reverses() => {
            Cell::Text(format!("{}（冲正）", names.text(column, row, areas)))
        }
        None => Cell::Text(names.text(column, row, areas)),
    };
    let facts = store::facts(tx, wanted, MOST).await?;
    Ok(Sheet {
        name: wanted.def.name.trim_start_matches("其中：").to_owned(),
        title: title.to_owned(),
        subtitle: format!(
            "{}　统计时段：{}　共 {} 行，数量合计 {} {}",
            wanted.def.name.trim_start_matches("其中："),
            wanted.days.label(),
            thousands(sums.rows),
            thousands(sums.quantity),
            wanted.def.unit.label()
        ),
        columns: columns.iter().map(|column| column.sheet()).collect(),
        rows: facts.iter().map(|row| columns.iter().map(|column| cell(*column, row)).collect()).collect(),
    })
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
