//! Pages of the register of firms and lawyers.

pub(crate) mod assessment;
pub(crate) mod discipline;
pub(crate) mod firm;
pub(crate) mod firm_edit;
pub(crate) mod firms;
pub(crate) mod lawyer;
pub(crate) mod lawyer_edit;
pub(crate) mod lawyers;
pub(crate) mod leave;
pub(crate) mod retainer_edit;
pub(crate) mod retainers;
