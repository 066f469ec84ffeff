//! Pages of the front door, for citizens; the call-backs, for staff; and the JSON interface.

pub(crate) mod api;
pub(crate) mod callbacks;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod privacy;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod village;
pub(crate) mod villages;
