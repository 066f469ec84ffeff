//! What can be done with accounts, sessions and browsers.

pub(crate) mod create_account;
pub(crate) mod invite;
pub(crate) mod set_up;
