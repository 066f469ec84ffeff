//! What can be done to stations.

pub(crate) mod add_outlet;
pub(crate) mod change_state;
pub(crate) mod change_station;
pub(crate) mod end_outlet;
pub(crate) mod note_outside;
pub(crate) mod open_station;
pub(crate) mod set_exception;
