//! What can be done at the front door.

pub(crate) mod install_lay_words;
pub(crate) mod record_outcome;
pub(crate) mod request_callback;
pub(crate) mod take_callback;
