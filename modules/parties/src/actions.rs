//! What may be done to the register of parties.

pub(crate) mod add_term;
pub(crate) mod change_organisation;
pub(crate) mod change_person;
pub(crate) mod decide_retention;
pub(crate) mod end_term;
pub(crate) mod erase_person;
pub(crate) mod merge_persons;
pub(crate) mod read_whole;
pub(crate) mod register_organisation;
pub(crate) mod register_person;
pub(crate) mod restrict_person;
pub(crate) mod retain;
