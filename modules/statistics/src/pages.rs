//! Pages of the statistics.

pub(crate) mod api;
pub(crate) mod bulletins;
pub(crate) mod checks;
pub(crate) mod figure;
pub(crate) mod late;
pub(crate) mod ledgers;
pub(crate) mod overview;
pub(crate) mod rows;
pub(crate) mod seal;
pub(crate) mod seals;
mod view;
pub(crate) mod wall;

pub(crate) use view::{document as view_document, file as sealed_bytes};
