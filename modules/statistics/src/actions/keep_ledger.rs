//! Keeps a choice of columns as a ledger of one's own.

use crate::{
    ledger::{Ledger, MOST, NewLedger, TITLE_MAX},
    store,
};
use ::store::{Audit, Tx};
use kernel::{Id, Moment, Result};

kernel::refusals! {
    /// Why a ledger cannot be kept.
    pub(crate) enum KeepRefusal {
        /// It has no title.
        TitleMissing => Invalid("title"), "请填写台账名称，例如“一季度上门服务台账”。";
        /// The title is too long.
        TitleTooLong => Invalid("title"), "台账名称请控制在 40 个字以内。";
        /// The title is taken.
        TitleTaken => Invalid("title"), "您已有同名台账，请换个名称，或先删除原来的。";
        /// No column was chosen.
        NoColumn => Invalid("col"), "请至少选择一栏。";
        /// There are enough.
        TooMany => Conflict, "最多保存 50 个台账，请先删除不用的。";
    }
}

/// Keeps the ledger for that account.
pub(crate) async fn keep_ledger(
    tx: &mut Tx,
    account: i64,
    ledger: &NewLedger,
    now: Moment,
) -> Result<Id<Ledger>> {
    if ledger.title.is_empty() {
        return Err(KeepRefusal::TitleMissing.into());
    }
    if ledger.title.chars().count() > TITLE_MAX {
        return Err(KeepRefusal::TitleTooLong.into());
    }
    if ledger.columns.is_empty() {
        return Err(KeepRefusal::NoColumn.into());
    }
    let kept = store::ledgers(tx, account).await?;
    if kept.iter().any(|other| other.title == ledger.title) {
        return Err(KeepRefusal::TitleTaken.into());
    }
    if kept.len() >= MOST {
        return Err(KeepRefusal::TooMany.into());
    }
    let id = store::insert_ledger(tx, account, ledger, now).await?;
    tx.audit(Audit::new(Some(account), "statistics.ledger.keep", "statistics_ledger", id));
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{actions::delete_ledger::delete_ledger, ledger::Column, world};
    use testkit::on_both;

    fn a_ledger(title: &str) -> NewLedger {
        NewLedger {
            title: title.to_owned(),
            figure: "advisers.visits".to_owned(),
            scheme: "calendar".to_owned(),
            town: None,
            unit: Some(9),
            columns: vec![Column::Day, Column::Quantity],
        }
    }

    #[test]
    fn a_ledger_is_kept_once_by_its_owner_only() {
        on_both(&world::migrations(), |db| async move {
            let mut tx = db.begin_write().await?;
            let now = Moment::from_micros(1);
            let id = keep_ledger(&mut tx, 7, &a_ledger("甲"), now).await?;
            let again = keep_ledger(&mut tx, 7, &a_ledger("甲"), now).await.expect_err("taken");
            assert_eq!(again.refusal(), Some(&KeepRefusal::TitleTaken.into()));
            keep_ledger(&mut tx, 8, &a_ledger("甲"), now).await?;
            let kept = store::ledger(&mut tx, 7, id).await?.expect("kept");
            assert_eq!(
                (kept.columns(), kept.unit_id, kept.town_id),
                (vec![Column::Day, Column::Quantity], Some(9), None)
            );
            assert!(store::ledger(&mut tx, 8, id).await?.is_none(), "another's is none");
            assert!(delete_ledger(&mut tx, 8, id).await.is_err());
            delete_ledger(&mut tx, 7, id).await?;
            assert!(store::ledgers(&mut tx, 7).await?.is_empty());
            assert_eq!(store::ledgers(&mut tx, 8).await?.len(), 1);
            Ok(())
        });
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        on_both(&world::migrations(), |db| async move {
            let mut tx = db.begin_write().await?;
            let now = Moment::from_micros(1);
            for (ledger, refusal) in [
                (a_ledger(""), KeepRefusal::TitleMissing),
                (a_ledger(&"长".repeat(41)), KeepRefusal::TitleTooLong),
                (NewLedger { columns: Vec::new(), ..a_ledger("甲") }, KeepRefusal::NoColumn),
            ] {
                let error = keep_ledger(&mut tx, 7, &ledger, now).await.expect_err("refused");
                assert_eq!(error.refusal(), Some(&refusal.into()));
            }
            for number in 0..MOST {
                keep_ledger(&mut tx, 7, &a_ledger(&number.to_string()), now).await?;
            }
            let error = keep_ledger(&mut tx, 7, &a_ledger("再一个"), now).await.expect_err("enough");
            assert_eq!(error.refusal(), Some(&KeepRefusal::TooMany.into()));
            Ok(())
        });
    }
}
