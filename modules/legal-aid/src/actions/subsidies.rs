//! Sets standards of subsidies, and marks several as paid at once.

use crate::{
    act::Act,
    actions::do_act::{Saying, do_act},
    case::Case,
    store::{self, subsidies},
    subsidy::{MOST, SubsidyKind, SubsidyRefusal},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Moment, Refusal, Result};
use web::Actor;

/// A standard to be set.
#[derive(Debug, Clone)]
pub struct NewStandard {
    /// Of which kind of case.
    pub kind: SubsidyKind,
    /// How much, in yuan.
    pub amount: i64,
    /// From which day on.
    pub valid_from: Day,
    /// Where it is written.
    pub basis: String,
}

/// Sets what is paid for a kind of case from a day on; earlier standards stay for earlier cases.
///
/// # Errors
/// A refusal if the sum cannot be meant, nothing is cited, or the day has its standard; a fault if it cannot be written.
pub async fn set_standard(tx: &mut Tx, actor: &Actor, new: &NewStandard, now: Moment) -> Result<()> {
    if !(0..=MOST).contains(&new.amount) {
        return Err(SubsidyRefusal::BadAmount.into());
    }
    if new.basis.trim().is_empty() {
        return Err(SubsidyRefusal::NoBasis.into());
    }
    if !subsidies::set_standard(tx, new, &actor.name, now).await? {
        return Err(SubsidyRefusal::Twice.into());
    }
    let what = serde_json::json!({ "kind": new.kind.as_str(), "amount": new.amount });
    tx.audit(Audit::about(Some(actor.id), "legal-aid.standard.set", "legal_aid_standard").with(&what));
    Ok(())
}

/// Marks the subsidies of several cases as paid on a day: all of them or none.
///
/// # Errors
/// A refusal that names the first case that is not ready; a fault if it cannot be written.
pub(crate) async fn pay_all(
    tx: &mut Tx,
    actor: &Actor,
    cases: &[Id<Case>],
    on: Day,
    now: Moment,
) -> Result<usize> {
    for case in cases {
        let entry = store::entry(tx, &actor.reach(), *case).await?;
        let entry = entry.ok_or_else(|| Refusal::not_found("有一个案件找不到了，请刷新后再选。"))?;
        if !entry.facts().permits(Act::Pay) {
            let number = entry.official_number.clone().unwrap_or_else(|| entry.id.to_string());
            return Err(Refusal::conflict(format!("{number} 已经登记过发放，请去掉后再提交。")).into());
        }
        let saying = Saying { on: Some(on), ..Saying::default() };
        do_act(tx, actor, &entry, Act::Pay, &saying, now).await?;
    }
    Ok(cases.len())
}
