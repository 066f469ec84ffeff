//! What people do with an import.

pub(crate) mod decide;
pub(crate) mod map_columns;
pub(crate) mod upload;
