//! All SQL of the module, a file for each thing.

pub(crate) mod account;
pub(crate) mod attempt;
pub(crate) mod combination;
pub(crate) mod device;
pub(crate) mod invitation;
pub(crate) mod personal;
pub(crate) mod recovery;
pub(crate) mod roll;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod state;
pub(crate) mod terms;
pub(crate) mod trail;
