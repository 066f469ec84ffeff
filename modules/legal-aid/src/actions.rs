//! What is done with cases.

pub(crate) mod change_application;
pub(crate) mod citizen;
pub(crate) mod code;
pub(crate) mod do_act;
pub(crate) mod photos;
pub(crate) mod take_application;
pub(crate) mod tell;
