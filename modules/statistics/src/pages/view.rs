//! What every page of a period has in common: the period asked for, the reach of whoever asks, addresses.

use crate::{
    bulletin::{self, Bulletin, Mode},
    fact,
    frame::{Days, Frame},
    late,
    report::{self, Report},
    seal::Seal,
    sealed::{Column, Document, Form, unpack},
    store::seals,
    sums::{self, Areas, Scope},
};
use ::store::{
    Tx,
    tally::{FigureDef, FigureKind},
};
use axum::response::Response;
use kernel::{Day, Fault, Id, Moment, Period, Refusal, Result, Scheme};
use std::collections::BTreeMap;
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
    /// Under which names the parts stand.
    pub(crate) mode: Mode,
    /// What is known now, even if the period is sealed.
    live: bool,
    /// The seal whose figures are shown, once [`View::open`] has looked for it.
    pub(crate) sealed: Option<Sealed>,
}

/// A standing seal with what it holds.
pub(crate) struct Sealed {
    pub(crate) seal: Seal,
    pub(crate) document: Document,
}

impl Sealed {
    /// The standing seal of a period, if there is one.
    pub(crate) async fn of(tx: &mut Tx, period: Period) -> Result<Option<Self>> {
        let Some(seal) = seals::standing(tx, period).await? else { return Ok(None) };
        let document = document(tx, seal.id).await?;
        Ok(Some(Self { seal, document }))
    }
}

/// What a seal holds.
pub(crate) async fn document(tx: &mut Tx, seal: Id<Seal>) -> Result<Document, Fault> {
    Document::read(&file(tx, seal, Form::Json).await?)
}

/// A file of a seal, byte for byte.
pub(crate) async fn file(tx: &mut Tx, seal: Id<Seal>, form: Form) -> Result<Vec<u8>, Fault> {
    let (sha256, content) =
        seals::file(tx, seal, form).await?.ok_or_else(|| Fault::new("a sealed file is not there"))?;
    unpack(&content, &sha256)
}

impl View {
    /// Reads period and parameters; refuses what has not begun.
    pub(crate) fn of(ctx: &Ctx, period: &str) -> Result<Self> {
        let listing = Listing::of(&ctx.uri);
        let period = Period::parse(scheme(&listing)?, period)?;
        let as_of = as_of(&listing)?;
        let frame = match moment(&listing)? {
            Some(seen) => Frame::at(period, as_of, seen, ctx.now())?,
            None => Frame::new(period, as_of, ctx.today())?,
        };
        let year = listing.get("span") == Some("year");
        let mode = if listing.get("names") == Some(Mode::Now.key()) { Mode::Now } else { Mode::Then };
        let live = listing.get("live").is_some();
        let scope = Scope::of(ctx.actor()?.reach())?;
        Ok(Self { frame, scope, as_of, year, mode, live, sealed: None, listing })
    }

    /// Reads what the period's pages stand on: its seal, if its figures are to be shown, and the places under the names
    /// that were asked for. Sealed stocks keep the day on which they were read.
    pub(crate) async fn open(&mut self, tx: &mut Tx) -> Result<Areas> {
        if self.frame.seen.is_none()
            && !self.live
            && let Some(sealed) = Sealed::of(tx, self.frame.period).await?
            && self.as_of.is_none_or(|day| day == sealed.seal.as_of)
        {
            self.frame.as_of = sealed.seal.as_of;
            self.sealed = Some(sealed);
        }
        match (&self.sealed, self.mode) {
            (Some(sealed), Mode::Then) => Ok(sealed.document.areas()),
            _ => self.areas(tx).await,
        }
    }

    /// The places as they are known now, under the names that were asked for.
    pub(crate) async fn areas(&self, tx: &mut Tx) -> Result<Areas> {
        Ok(Areas::named(tx, self.mode, self.frame.period.last().min(self.frame.today)).await?)
    }

    /// The bulletin as it is shown: sealed, or as it is known.
    pub(crate) async fn bulletin(
        &self,
        tx: &mut Tx,
        figures: &[FigureDef],
        areas: &Areas,
    ) -> Result<Bulletin> {
        let mut bulletin = match &self.sealed {
            Some(Sealed { seal, document }) => {
                let mut bulletin = document.within(&self.scope, areas);
                bulletin.sealed = Some(seal.seal_mark());
                bulletin
            }
            None => bulletin::within(tx, figures, &self.frame, &self.scope, areas).await?,
        };
        if self.frame.seen.is_none() {
            // Late entries may be of places that the seal did not know.
            let areas = &self.areas(tx).await?;
            let seal = self.sealed.as_ref().map(|sealed| &sealed.seal);
            bulletin.adjustments =
                late::adjustments(tx, figures, self.frame.period, seal, &self.scope, areas).await?;
        }
        Ok(bulletin)
    }

    /// A figure by place as it is shown, under the places' names as they were asked for.
    pub(crate) async fn by_place(
        &self,
        tx: &mut Tx,
        def: &FigureDef,
        areas: &Areas,
    ) -> Result<BTreeMap<i64, i64>, Fault> {
        let places = match &self.sealed {
            Some(sealed) if sealed.document.parts.iter().any(|parts| parts.figure == def.key) => {
                let year = self.year && self.frame.year_so_far(def.kind).is_some();
                sealed.document.by_place(def.key, if year { Column::Cumulative } else { Column::Value })
            }
            _ => sums::by_place(tx, def, self.days(def.kind)).await?,
        };
        Ok(areas.fold(places))
    }

    /// The bulletin with its parts.
    pub(crate) async fn report(&self, tx: &mut Tx, figures: &[FigureDef], areas: &Areas) -> Result<Report> {
        let bulletin = self.bulletin(tx, figures, areas).await?;
        let mut columns = Vec::new();
        for def in figures {
            columns.push((report::head(def), self.by_place(tx, def, areas).await?));
        }
        let (towns, units) = report::matrices(&columns, areas, &self.scope);
        Ok(Report { bulletin, mode: self.mode, towns, units })
    }

    /// The mark of the period's seal, and the address of its figures, when something else is shown.
    pub(crate) async fn sealed_elsewhere(&self, tx: &mut Tx) -> Result<Option<(String, String)>> {
        if self.sealed.is_some() {
            return Ok(None);
        }
        let seal = seals::standing(tx, self.frame.period).await?;
        Ok(seal.map(|seal| (seal.mark(), address(self.frame.period, None, "", &[]))))
    }

    /// What is asked for besides period, scheme and day: goes along from page to page.
    fn carried(&self) -> Vec<(&'static str, String)> {
        let kept = |name: &'static str| self.listing.get(name).map(|value| (name, value.to_owned()));
        ["as_of_moment", "names", "live"].into_iter().filter_map(kept).collect()
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
        let carried = self.carried();
        let carried: Vec<(&str, &str)> = carried
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .filter(|(name, _)| !extra.iter().any(|(changed, _)| changed == name))
            .collect();
        let extra: Vec<(&str, &str)> = extra.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        address(self.frame.period, self.as_of, rest, &[span, &carried, &extra].concat())
    }

    /// The address of a figure of another period, read on that day if it stands on one.
    pub(crate) fn href_other(&self, period: Period, kind: FigureKind, days: Days, rest: &str) -> String {
        let moment = self.listing.get("as_of_moment").map(|text| ("as_of_moment", text));
        let moment: Vec<(&str, &str)> = moment.into_iter().collect();
        address(period, bulletin::stands(kind).then_some(days.last), rest, &moment)
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

/// The past moment whose knowledge is asked for (按某时刻的数据).
pub(crate) fn moment(listing: &Listing) -> Result<Option<Moment>> {
    Ok(listing.get("as_of_moment").map(Moment::parse).transpose()?)
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
