//! Pages of the module.

pub(crate) mod messages;
pub(crate) mod notices;
pub(crate) mod settings;
