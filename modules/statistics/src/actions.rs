//! What can be done in the statistics: seals of finished periods, and one's own ledgers. Figures are never typed.

pub(crate) mod delete_ledger;
pub(crate) mod keep_ledger;
pub(crate) mod publish;
pub(crate) mod seal_period;
pub(crate) mod unseal;
