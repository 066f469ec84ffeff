//! What can be done to the register of places.

pub(crate) mod add_code;
pub(crate) mod change_unit;
pub(crate) mod open_town;
pub(crate) mod open_unit;
pub(crate) mod record_event;
pub(crate) mod record_population;
pub(crate) mod set_position;
pub(crate) mod undo_event;
