//! All SQL of the module.

pub(crate) mod appointments;
pub(crate) mod carries;
pub(crate) mod services;
