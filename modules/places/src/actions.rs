//! What can be done to the register of places.

pub(crate) mod change_unit;
pub(crate) mod open_town;
pub(crate) mod open_unit;
