//! What every page of a period has in common: the period asked for, the reach of whoever asks, addresses.

use crate::{
    bulletin, fact,
    frame::{Days, Frame},
    sums::Scope,
};
use ::store::tally::{FigureDef, FigureKind};
use axum::response::Response;
use kernel::{Day, Id, Period, Refusal, Result, Scheme};
use web::{Ctx, Listing, Sheet, download, xlsx};

/// A page's view of a period.
pub(crate) struct View {
    pub(crate) frame: Frame,
    pub(crate) scope: Scope,
    pub(crate) listing: Listing,
    /// The day of the stocks, if it was asked for.
    as_of: Option<Day>,
    /// The year so far instead of the period alone (累计).
    pub(crate) year: bool,
}

impl View {
    /// Reads period and parameters; refuses what has not begun.
    pub(crate) fn of(ctx: &Ctx, period: &str) -> Result<Self> {
        let listing = Listing::of(&ctx.uri);
        let period = Period::parse(scheme(&listing)?, period)?;
        let as_of = as_of(&listing)?;
        let frame = Frame::new(period, as_of, ctx.today())?;
        let year = listing.get("span") == Some("year");
        Ok(Self { frame, scope: Scope::of(ctx.actor()?.reach())?, as_of, year, listing })
    }

    /// The days that a figure is shown for.
    pub(crate) fn days(&self, kind: FigureKind) -> Days {
        let year = if self.year { self.frame.year_so_far(kind) } else { None };
        year.unwrap_or_else(|| self.frame.days(kind))
    }

    /// The address of a page of this period: `rest` follows the period's name.
    pub(crate) fn href(&self, rest: &str, extra: &[(&str, &str)]) -> String {
        self.href_span(rest, self.year, extra)
    }

    /// The address of a page of this period for the period alone, or for the year so far.
    pub(crate) fn href_span(&self, rest: &str, year: bool, extra: &[(&str, &str)]) -> String {
        let span: &[(&str, &str)] = if year { &[("span", "year")] } else { &[] };
        address(self.frame.period, self.as_of, rest, &[span, extra].concat())
    }

    /// The address of a figure of another period, read on that day if it stands on one.
    pub(crate) fn href_other(&self, period: Period, kind: FigureKind, days: Days, rest: &str) -> String {
        address(period, bulletin::stands(kind).then_some(days.last), rest, &[])
    }

    /// The town that was asked for: `Some(None)` is 区本级. One out of reach is none.
    pub(crate) fn town(&self) -> Result<Option<Option<i64>>> {
        let Some(text) = self.listing.get("town") else { return Ok(None) };
        let town = if text == DISTRICT_KEY { None } else { Some(raw(text).ok_or_else(no_place)?) };
        if !self.scope.holds(town) {
            return Err(no_place().into());
        }
        Ok(Some(town))
    }
}

/// What belongs to no town, in addresses.
pub(crate) const DISTRICT_KEY: &str = "district";

/// The parameter of a town.
pub(crate) fn town_key(town: Option<i64>) -> String {
    town.map_or_else(|| DISTRICT_KEY.to_owned(), fact::number)
}

/// The integer behind an id in an address.
pub(crate) fn raw(text: &str) -> Option<i64> {
    text.parse::<Id<()>>().ok().map(Id::raw)
}

/// What is said of a place that is unknown or out of reach.
pub(crate) fn no_place() -> Refusal {
    Refusal::not_found("没有这个镇（街道）或村（社区），或者不在您的范围内。")
}

/// The scheme asked for; the calendar's if none is.
pub(crate) fn scheme(listing: &Listing) -> Result<Scheme> {
    Ok(listing.get("scheme").map_or(Ok(Scheme::Calendar), str::parse)?)
}

/// The day of the stocks asked for.
pub(crate) fn as_of(listing: &Listing) -> Result<Option<Day>> {
    Ok(listing.get("as_of").map(Day::parse).transpose()?)
}

/// The address of a page of a period.
pub(crate) fn address(period: Period, as_of: Option<Day>, rest: &str, extra: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if period.scheme() != Scheme::Calendar {
        query.append_pair("scheme", period.scheme().key());
    }
    if let Some(day) = as_of {
        query.append_pair("as_of", &day.to_string());
    }
    query.extend_pairs(extra);
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/statistics/{period}{rest}{mark}{query}")
}

/// Every figure of the product, parts behind their wholes.
pub(crate) fn figures(ctx: &Ctx) -> Vec<FigureDef> {
    let all: Vec<FigureDef> = ctx.app.modules.iter().flat_map(|module| module.figures).copied().collect();
    bulletin::ordered(&all)
}

/// The figure of that name.
pub(crate) fn find(figures: &[FigureDef], key: &str) -> Result<FigureDef> {
    let found = figures.iter().find(|figure| figure.key == key).copied();
    Ok(found.ok_or_else(|| Refusal::not_found("没有这项指标。请返回统计报表重新选择。"))?)
}

/// An Excel file of these sheets.
pub(crate) fn workbook(name: &str, sheets: &[Sheet]) -> Result<Response> {
    Ok(download(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &format!("{name}.xlsx"),
        xlsx(sheets)?,
    ))
}

/// The choices of a period: years back from today, and parts of a year.
pub(crate) struct Choices {
    pub(crate) years: Vec<i16>,
    pub(crate) parts: Vec<(String, String)>,
}

impl Choices {
    /// The choices on a day. The ministry's year begins in the December before, so next year is one of them.
    pub(crate) fn on(today: Day) -> Self {
        let next = if today.month() == 12 { 1 } else { 0 };
        let mut parts = vec![("Y".to_owned(), "全年".to_owned())];
        let names = ["H1", "H2", "Q1", "Q2", "Q3", "Q4"].map(str::to_owned);
        let months = (1..=12).map(|month| format!("M{month}"));
        for key in names.into_iter().chain(months) {
            if let Ok(period) = Period::parse(Scheme::Calendar, &format!("2022{key}")) {
                parts.push((key, period.short_label()));
            }
        }
        Self { years: (today.year() - 9..=today.year() + next).rev().collect(), parts }
    }
}

/// The period that a form names by year and part.
pub(crate) fn chosen_period(listing: &Listing, scheme: Scheme) -> Result<Option<Period>> {
    let (Some(year), Some(part)) = (listing.get("year"), listing.get("part")) else { return Ok(None) };
    let part = if part == "Y" { "" } else { part };
    Ok(Some(Period::parse(scheme, &format!("{year}{part}"))?))
}

/// The part's key among the choices: `Q1`, `M3`, `Y`.
pub(crate) fn part_key(period: Period) -> String {
    use kernel::Part;
    match period.part() {
        Part::Month(number) => format!("M{number}"),
        Part::Quarter(number) => format!("Q{number}"),
        Part::Half(number) => format!("H{number}"),
        Part::Year => "Y".to_owned(),
    }
}
