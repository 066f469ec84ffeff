//! Pages of the register of places.

pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod town;
