//! Pages of the forms, and what they share: the period that an address asks for.

pub(crate) mod list;
pub(crate) mod rows;
pub(crate) mod show;
pub(crate) mod typed;

use crate::{Form, book, form_of, usual_period};
use ::store::Tx;
use kernel::{Day, Part, PartKind, Period, Refusal, Result, Scheme};
use web::{Ctx, Listing};

/// The form an address names.
pub(crate) fn form(key: &str) -> Result<&'static Form, Refusal> {
    form_of(key).ok_or_else(|| Refusal::not_found("没有这张报表。"))
}

/// The period that was chosen (`period=2022Q1`, or `year=2022&part=Q1`), if one was.
pub(crate) fn chosen(listing: &Listing) -> Result<Option<Period>> {
    let scheme = match listing.get("scheme") {
        Some(scheme) => scheme.parse()?,
        None => Scheme::Ministry,
    };
    if let Some(period) = listing.get("period") {
        return Ok(Some(Period::parse(scheme, period)?));
    }
    match (listing.get("year"), listing.get("part")) {
        (Some(year), part) => Ok(Some(Period::parse(scheme, &format!("{year}{}", part.unwrap_or("")))?)),
        _ => Ok(None),
    }
}

/// The period of a form's page: the chosen one, else the one that is usually wanted.
pub(crate) fn period_of(listing: &Listing, form: &Form, today: Day) -> Result<Period> {
    Ok(chosen(listing)?.unwrap_or_else(|| usual_period(form, today)))
}

/// A page of a form and period: `rest` is `""`, `/rows`, `/typed` …
pub(crate) fn address(form: &Form, period: Period, rest: &str, extra: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("period", &period.to_string());
    query.append_pair("scheme", period.scheme().key());
    for (name, value) in extra {
        query.append_pair(name, value);
    }
    format!("/returns/{}{rest}?{}", form.key, query.finish())
}

/// The choices of a period.
pub(crate) struct Chooser {
    pub(crate) period: Period,
    pub(crate) years: Vec<i16>,
    pub(crate) parts: Vec<(String, String)>,
}

impl Chooser {
    pub(crate) fn new(period: Period, today: Day) -> Self {
        // The ministry's year begins in December of the year before.
        let newest = today.year() + 1;
        let mut years: Vec<i16> = (newest - 6..=newest).rev().collect();
        if !years.contains(&period.year()) {
            years.push(period.year());
        }
        let parts = PartKind::ALL.iter().rev().flat_map(|kind| {
            (1..=12 / kind.months()).filter_map(|number| {
                let part = match kind {
                    PartKind::Month => Part::Month(number),
                    PartKind::Quarter => Part::Quarter(number),
                    PartKind::Half => Part::Half(number),
                    PartKind::Year => Part::Year,
                };
                let period = Period::new(Scheme::Calendar, 2000, part)?;
                Some((part_key(period), period.short_label()))
            })
        });
        Self { period, years, parts: parts.collect() }
    }

    /// The part of the year that is shown, as the select has it.
    pub(crate) fn part(&self) -> String {
        part_key(self.period)
    }
}

/// `Q1`, `-03`, `H1` or nothing: what stands after the year.
fn part_key(period: Period) -> String {
    period.to_string().chars().skip(4).collect()
}

/// The type of workbooks.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// All forms of a period for this request.
pub(crate) async fn open(ctx: &Ctx, tx: &mut Tx, period: Period) -> Result<crate::Book> {
    book(tx, period, ctx.today()).await
}
