//! `farun bulletin`: the figures of a period as JSON, Excel or HTML.

use crate::{modules, wiring};
use kernel::{Day, Moment, Period, Refusal, Scheme};
use statistics::{Asked, Bulletin, Mode, Report, Reprint};
use store::Db;

/// How the bulletin is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// JSON for programs.
    Json,
    /// An Excel workbook, ready to print.
    Xlsx,
    /// One HTML page, ready to print.
    Html,
}

/// Which bulletin is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// The day on which stocks are read, if not the usual one.
    pub as_of: Option<Day>,
    /// Only what was entered up to that moment.
    pub observed_at: Option<Moment>,
    /// What is known now, even if the period is sealed.
    pub live: bool,
    /// Parts under the present names of villages.
    pub present_names: bool,
}

/// A bulletin, as it was sealed or as it is known.
pub enum Found {
    /// Sealed: printed once and for all.
    Sealed(Box<Reprint>),
    /// Not sealed, or asked for as it is known.
    Known(Box<Report>),
}

/// The figures of a period as they are known now.
///
/// # Errors
/// A refusal if the period cannot be read or has not begun; a fault if the data cannot be read.
pub async fn bulletin(db: &Db, period: &str, scheme: &str, as_of: Option<Day>) -> kernel::Result<Bulletin> {
    match find(db, period, scheme, Wanted { as_of, live: true, ..Wanted::default() }).await? {
        Found::Sealed(printed) => Ok(printed.bulletin),
        Found::Known(report) => Ok(report.bulletin),
    }
}

/// The bulletin of a period: the sealed one if there is one, unless something else is asked for.
///
/// # Errors
/// As [`bulletin`].
pub async fn find(db: &Db, period: &str, scheme: &str, wanted: Wanted) -> kernel::Result<Found> {
    let scheme: Scheme =
        scheme.parse().map_err(|_| Refusal::invalid("scheme: calendar, ministry or twenty-first"))?;
    let period = Period::parse(scheme, period)?;
    let now = wiring::business_clock(db).await?.now();
    let figures: Vec<_> = modules().iter().flat_map(|module| module.figures).copied().collect();
    let mut tx = db.begin_read().await?;
    let as_sealed =
        !wanted.live && wanted.as_of.is_none() && wanted.observed_at.is_none() && !wanted.present_names;
    if as_sealed && let Some(printed) = statistics::reprint(&mut tx, period).await? {
        return Ok(Found::Sealed(Box::new(printed)));
    }
    let mode = if wanted.present_names { Mode::Now } else { Mode::Then };
    let asked = Asked { period, as_of: wanted.as_of, observed_at: wanted.observed_at, mode, now };
    Ok(Found::Known(Box::new(statistics::report(&mut tx, &figures, &asked).await?)))
}

/// What was found in a format: of a sealed bulletin page and workbook are the very bytes that were sealed.
///
/// # Errors
/// A fault if it cannot be written.
pub fn written(found: Found, format: Format, district: &str) -> kernel::Result<Vec<u8>> {
    Ok(match (found, format) {
        (Found::Sealed(printed), Format::Html) => printed.html,
        (Found::Sealed(printed), Format::Xlsx) => printed.xlsx,
        (Found::Sealed(printed), Format::Json) => render(&printed.bulletin, Format::Json, district)?,
        (Found::Known(report), Format::Json) => render(&report.bulletin, Format::Json, district)?,
        (Found::Known(report), Format::Xlsx) => web::xlsx(&statistics::report_sheets(&report, district))?,
        (Found::Known(report), Format::Html) => statistics::report_html(&report, district).into_bytes(),
    })
}

/// The bulletin in a format.
///
/// # Errors
/// A fault if it cannot be written.
pub fn render(bulletin: &Bulletin, format: Format, district: &str) -> kernel::Result<Vec<u8>> {
    Ok(match format {
        Format::Json => {
            let mut text = serde_json::to_vec(bulletin)?;
            text.push(b'\n');
            text
        }
        Format::Xlsx => web::xlsx(&[statistics::bulletin_sheet(bulletin, district)])?,
        Format::Html => statistics::bulletin_html(bulletin, district).into_bytes(),
    })
}
