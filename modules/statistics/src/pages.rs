//! Pages of the statistics.

pub(crate) mod api;
pub(crate) mod figure;
pub(crate) mod ledgers;
pub(crate) mod overview;
pub(crate) mod rows;
mod view;
pub(crate) mod wall;
