//! All SQL of the register of parties, by noun.

pub(crate) mod organisations;
pub(crate) mod pairs;
pub(crate) mod parts;
pub(crate) mod persons;
pub(crate) mod readings;
pub(crate) mod retention;
pub(crate) mod standing;
pub(crate) mod terms;

use kernel::{Fault, Phone};
use store::{Db, Filter};
use web::Reach;

/// Narrows a list of parties to what an account reaches; `town` and `unit` are conditions on their columns.
pub(crate) fn within(filter: Filter, reach: &Reach, town_column: &'static str, unit: &'static str) -> Filter {
    match reach {
        Reach::Region => filter,
        Reach::Towns(towns) => filter.and_in(town_column, towns),
        Reach::Unit(own) => filter.and(unit, *own),
        Reach::Lawyer(_) | Reach::Firm(_) | Reach::Nothing => filter.and_that("1 = 0"),
    }
}

/// Opens a sealed telephone.
pub(crate) fn open_phone(db: &Db, field: &'static str, sealed: Option<&str>) -> Result<Option<Phone>, Fault> {
    let Some(sealed) = sealed else { return Ok(None) };
    let clear = db.keys().open(field, sealed)?;
    Ok(Some(Phone::parse(&clear).map_err(|_| Fault::new(format!("{field} holds no telephone number")))?))
}
