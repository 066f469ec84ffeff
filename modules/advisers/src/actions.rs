//! What can be done: appointing, replacing, handing over, logging, correcting, withdrawing.

pub(crate) mod appoint;
pub(crate) mod correct_service;
pub(crate) mod hand_over;
pub(crate) mod log_service;
