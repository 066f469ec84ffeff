//! Deletes a ledger of one's own; the figures and rows behind it stay what they are.

use crate::{ledger::Ledger, store};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

kernel::refusals! {
    /// Why a ledger cannot be deleted.
    pub(crate) enum DeleteRefusal {
        /// It is gone, or another's.
        Unknown => NotFound, "没有这个台账，可能已经删除。请返回“我的台账”查看。";
    }
}

/// Deletes the ledger of that account.
pub(crate) async fn delete_ledger(tx: &mut Tx, account: i64, id: Id<Ledger>) -> Result<()> {
    if !store::delete_ledger(tx, account, id).await? {
        return Err(DeleteRefusal::Unknown.into());
    }
    tx.audit(Audit::new(Some(account), "statistics.ledger.delete", "statistics_ledger", id));
    Ok(())
}
