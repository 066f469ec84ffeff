//! What may be done to the register of firms and lawyers.

pub(crate) mod change_firm;
pub(crate) mod change_lawyer;
pub(crate) mod change_state;
pub(crate) mod open_firm;
pub(crate) mod record_assessment;
pub(crate) mod record_discipline;
pub(crate) mod register_lawyer;
pub(crate) mod retain;
