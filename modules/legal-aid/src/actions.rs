//! What is done with cases.

pub(crate) mod change_application;
pub(crate) mod citizen;
pub(crate) mod do_act;
pub(crate) mod photos;
pub(crate) mod specify;
pub(crate) mod take_application;
