//! What can be done with accounts, sessions and browsers.

pub(crate) mod change_account;
pub(crate) mod combine;
pub(crate) mod create_account;
pub(crate) mod invite;
pub(crate) mod join;
pub(crate) mod log_in;
pub(crate) mod own_account;
pub(crate) mod set_up;
pub(crate) mod terms;
