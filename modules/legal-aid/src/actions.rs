//! What is done with cases.

pub(crate) mod campaigns;
pub(crate) mod change_application;
pub(crate) mod citizen;
pub(crate) mod code;
pub(crate) mod cooperation;
pub(crate) mod diary;
pub(crate) mod do_act;
pub(crate) mod follow_up;
pub(crate) mod hand_over;
pub(crate) mod helps;
pub(crate) mod offer;
pub(crate) mod photos;
pub(crate) mod quality;
pub(crate) mod rota;
pub(crate) mod set_rule;
pub(crate) mod specify;
pub(crate) mod subsidies;
pub(crate) mod take_application;
pub(crate) mod tell;
