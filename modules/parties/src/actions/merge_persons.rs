//! Decides about two records that look alike: one person, or two; and undoes the former.

use crate::{
    person::Person,
    store::{pairs, persons},
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

kernel::refusals! {
    /// Why nothing can be decided.
    pub(crate) enum MergeRefusal {
        /// One of them is not there.
        Unknown => NotFound, "没有这个人。";
        /// Both are the same record.
        Same => Invalid, "请选择两条不同的记录。";
        /// Both have ID numbers.
        TwoNumbers => Conflict, "两条记录的身份证号不同，是两个人，不能合并。号码登错的，请先更正号码。";
        /// One of them was merged, or others were merged into the one that would go.
        Entangled => Conflict, "其中一条已经参与过合并。请先撤销那次合并，或改为保留另一条。";
        /// It was not merged.
        NotMerged => Conflict, "这条记录没有被合并，不需要撤销。";
    }
}

/// Both records are one person: `other` points to `kept` from now on; both rows stay.
pub(crate) async fn merge(
    tx: &mut Tx,
    actor: Option<i64>,
    kept: Id<Person>,
    other: Id<Person>,
) -> Result<()> {
    if kept == other {
        return Err(MergeRefusal::Same.into());
    }
    let one = persons::person(tx, kept).await?.ok_or(MergeRefusal::Unknown)?;
    let two = persons::person(tx, other).await?.ok_or(MergeRefusal::Unknown)?;
    if one.id_sealed.is_some() && two.id_sealed.is_some() {
        return Err(MergeRefusal::TwoNumbers.into());
    }
    if !pairs::point(tx, kept, other).await? {
        return Err(MergeRefusal::Entangled.into());
    }
    pairs::decide(tx, "same", kept, other, actor).await?;
    let details = serde_json::json!({ "kept": kept.to_string() });
    tx.audit(Audit::new(actor, "parties.person.merge", "parties_person", other).with(&details));
    Ok(())
}

/// The records are two persons; the pair is not offered again.
pub(crate) async fn keep_apart(
    tx: &mut Tx,
    actor: Option<i64>,
    one: Id<Person>,
    other: Id<Person>,
) -> Result<()> {
    if one == other {
        return Err(MergeRefusal::Same.into());
    }
    for id in [one, other] {
        if persons::person(tx, id).await?.is_none() {
            return Err(MergeRefusal::Unknown.into());
        }
    }
    let (older, newer) = if one.raw() < other.raw() { (one, other) } else { (other, one) };
    pairs::decide(tx, "distinct", older, newer, actor).await?;
    let details = serde_json::json!({ "other": newer.to_string() });
    tx.audit(Audit::new(actor, "parties.person.keep_apart", "parties_person", older).with(&details));
    Ok(())
}

/// Undoes a merge: the record stands alone again.
pub(crate) async fn undo(tx: &mut Tx, actor: Option<i64>, other: Id<Person>) -> Result<()> {
    if !pairs::unpoint(tx, other).await? {
        return Err(MergeRefusal::NotMerged.into());
    }
    tx.audit(Audit::new(actor, "parties.person.unmerge", "parties_person", other));
    Ok(())
}
