//! What may be done to the register of parties.

pub(crate) mod add_term;
pub(crate) mod register_person;
