//! What can be done in the statistics: only one's own ledgers are ever changed.

pub(crate) mod delete_ledger;
pub(crate) mod keep_ledger;
