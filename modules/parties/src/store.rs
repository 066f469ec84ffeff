//! All SQL of the register of parties, by noun.

pub(crate) mod persons;
pub(crate) mod terms;
