//! Pages of the register of places.

pub(crate) mod code;
pub(crate) mod edit;
pub(crate) mod event_form;
pub(crate) mod events;
pub(crate) mod list;
pub(crate) mod position;
pub(crate) mod residents;
pub(crate) mod town;
pub(crate) mod unit;
