//! `farun returns`: the ministry's forms of a period as JSON or Excel.

use crate::wiring;
use kernel::{Period, Refusal, Scheme};
use returns::{FORMS, Form, FormJson, form_of};
use store::Db;

/// How the forms are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// JSON for programs.
    Json,
    /// An Excel workbook, laid out as the ministry does.
    Xlsx,
}

/// The forms as a file.
#[derive(Debug, Clone)]
pub struct Printed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Whether some check of these forms does not hold.
    pub broken: bool,
}

/// The form of that key, or `all`, of a period.
///
/// # Errors
/// A refusal if form or period cannot be read or the period has not begun; a fault if the data cannot be read.
pub async fn print(
    db: &Db,
    form: &str,
    (period, scheme): (&str, &str),
    format: Format,
    district: &str,
) -> kernel::Result<Printed> {
    let scheme: Scheme =
        scheme.parse().map_err(|_| Refusal::invalid("scheme: calendar, ministry or twenty-first"))?;
    let period = Period::parse(scheme, period)?;
    let forms: Vec<&'static Form> = match form {
        "all" => FORMS.iter().collect(),
        key => vec![form_of(key).ok_or_else(|| Refusal::invalid("form: M1, Q1, F01 to F13, or all"))?],
    };
    let today = wiring::business_clock(db).await?.now().day();
    let mut tx = db.begin_read().await?;
    let book = returns::book(&mut tx, period, today).await?;
    let bytes = match format {
        Format::Json => {
            let printed: Vec<FormJson> = forms.iter().map(|form| returns::form_json(&book, form)).collect();
            let mut text = serde_json::to_vec(&printed)?;
            text.push(b'\n');
            text
        }
        Format::Xlsx => returns::workbook(&book, &forms, district, today)?,
    };
    let broken = book.broken().iter().any(|(check, _)| forms.iter().any(|form| form.key == check.form));
    Ok(Printed { bytes, broken })
}
