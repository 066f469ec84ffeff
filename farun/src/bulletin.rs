//! `farun bulletin`: the figures of a period as JSON, Excel or HTML.

use crate::{modules, wiring};
use kernel::{Day, Period, Refusal, Scheme};
use statistics::Bulletin;
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

/// The figures of a period.
///
/// # Errors
/// A refusal if the period cannot be read or has not begun; a fault if the data cannot be read.
pub async fn bulletin(db: &Db, period: &str, scheme: &str, as_of: Option<Day>) -> kernel::Result<Bulletin> {
    let scheme: Scheme =
        scheme.parse().map_err(|_| Refusal::invalid("scheme: calendar, ministry or twenty-first"))?;
    let period = Period::parse(scheme, period)?;
    let today = wiring::business_clock(db).await?.today();
    let figures: Vec<_> = modules().iter().flat_map(|module| module.figures).copied().collect();
    let mut tx = db.begin_read().await?;
    statistics::bulletin(&mut tx, &figures, period, as_of, today).await
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
