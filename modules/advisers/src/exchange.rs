//! Import of services and appointments, and a service's fields in the order of the provincial form.

mod appointments;
mod copy;
mod services;
#[cfg(test)]
mod tests;

pub(crate) use appointments::APPOINTMENTS;
pub(crate) use copy::COPY_SERVICE;
pub(crate) use services::SERVICES;

use ::store::Tx;
use imports::{Desk, Row};
use kernel::{Fault, Id};
use places::{NotNamed, Unit};

/// The village that a row means, or which cell is wrong and why.
async fn village(tx: &mut Tx, desk: &mut Desk, row: &Row) -> Result<Result<Id<Unit>, NotNamed>, Fault> {
    places::named_unit(tx, desk, row.get("town"), row.get("unit")).await
}
