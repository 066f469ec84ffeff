//! All SQL of the module.

pub(crate) mod appointments;
pub(crate) mod services;
