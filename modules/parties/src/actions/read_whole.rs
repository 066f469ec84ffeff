//! Lets somebody see numbers whole: for a reason, counted against the day's limit, noted in the audit trail.

use crate::{
    reading::{Reason, Whole},
    store::readings::{self, NewReading},
};
use ::store::{Audit, Tx};
use kernel::{Kind, Refusal, Result};
use web::Actor;

/// Notes the reading, in the transaction of the answer; which of the day it is, and how many there may be.
///
/// # Errors
/// A refusal if the account has had its share of the day; a fault if it cannot be written.
pub(crate) async fn read_whole(
    tx: &mut Tx,
    actor: &Actor,
    whole: &Whole,
    reason: Reason,
    note: &str,
) -> Result<(i64, i64)> {
    let quota = readings::quota(tx).await?;
    let reading = NewReading {
        account: actor.id,
        account_name: &actor.name,
        object: whole.object,
        object_id: whole.id,
        fields: whole.fields().join(";"),
        reason,
        note,
    };
    let Some(nth) = readings::count(tx, &reading, quota).await? else {
        let text = format!(
            "今天查看完整号码已达 {quota} 次上限，明天可以继续。确有需要的，请安全管理员在“号码查看额度”里调高。"
        );
        return Err(Refusal::new(Kind::TooMany, text).into());
    };
    // The words of 其他 may name somebody: they stay in the table, the trail gets the reason's name.
    tx.audit(Audit::read(Some(actor.id), whole.object, whole.id, &whole.fields(), reason.label()));
    Ok((nth, quota))
}
