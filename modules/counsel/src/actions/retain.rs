//! Writes down whom a lawyer or a firm is retained by, and that it ended.

use crate::{
    lawyer::LawyerState,
    retainer::{Holder, Retainer, RetainerKind, name_key},
    store::{self, retainers},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result, Uscc};
use parties::Organisation;

/// The kind of a retainer in audit rows.
const RETAINER: &str = "counsel_retainer";

kernel::refusals! {
    /// Why a retainer is not written down or ended.
    pub(crate) enum RetainerRefusal {
        /// No such lawyer or firm, or no longer in practice.
        NoHolder => Conflict, "这位律师已离开或者这家机构已注销，不用再登记客户单位。";
        /// Nobody is named.
        NoName => Invalid("name"), "请填写单位名称。";
        /// The last day before the first.
        BadDays => Invalid("until_on"), "终止日期不能早于开始日期。";
        /// It is known.
        Twice => Invalid("name"), "这个单位已经登记过，而且还没有终止。";
        /// Ended before, or changed meanwhile.
        Over => Conflict, "这一条已经终止，或者刚才有人改过。请看最新情况。";
    }
}

/// A retainer to be written down.
#[derive(Debug, Clone)]
pub struct NewRetainer {
    /// Who is retained.
    pub holder: Holder,
    /// The organisation's name, as its seal has it.
    pub name: String,
    /// Its credit code, if known.
    pub uscc: Option<Uscc>,
    /// What binds them.
    pub kind: RetainerKind,
    /// The first day.
    pub from_on: Day,
    /// The last day, if there is one yet.
    pub until_on: Option<Day>,
}

/// Writes it down. An organisation that is in the register, by its code or by exactly that name, is pointed to.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn retain(tx: &mut Tx, actor: Option<i64>, new: &NewRetainer) -> Result<Id<Retainer>> {
    let there = match new.holder {
        Holder::Lawyer(id) => {
            store::lawyer(tx, id).await?.is_some_and(|lawyer| lawyer.state != LawyerState::Left)
        }
        Holder::Firm(id) => {
            store::firm(tx, id).await?.is_some_and(|firm| firm.state == crate::FirmState::Active)
        }
    };
    if !there {
        return Err(RetainerRefusal::NoHolder.into());
    }
    if new.until_on.is_some_and(|until| until < new.from_on) {
        return Err(RetainerRefusal::BadDays.into());
    }
    let uscc = new.uscc.as_ref().map(|code| code.expose().to_owned());
    let known: Option<(Id<Organisation>, String)> =
        retainers::organisation(tx, uscc.as_deref(), &new.name).await?;
    let name = known.as_ref().map_or_else(|| kernel::squeeze(&new.name), |(_, name)| name.clone());
    let key = name_key(&name);
    if key.is_empty() {
        return Err(RetainerRefusal::NoName.into());
    }
    if retainers::overlapping(tx, new.holder, &key, new.kind, new.from_on, new.until_on).await? {
        return Err(RetainerRefusal::Twice.into());
    }
    let row = retainers::Line {
        holder: new.holder,
        organisation: known.map(|(id, _)| id),
        name: &name,
        key: &key,
        uscc,
        kind: new.kind,
        from_on: new.from_on,
        until_on: new.until_on,
    };
    let id = retainers::insert(tx, &row).await?;
    tx.audit(
        Audit::new(actor, "counsel.retainer.add", RETAINER, id)
            .with(&serde_json::json!({ "kind": new.kind.as_str() })),
    );
    Ok(id)
}

/// Says that it ended on a day; `version` is that of the row the person saw, `today` the day on which it is said.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn end_retainer(
    tx: &mut Tx,
    actor: Option<i64>,
    seen: &retainers::RetainerRow,
    until_on: Day,
    today: Day,
) -> Result<()> {
    if seen.until_on.is_some_and(|until| until < today) {
        return Err(RetainerRefusal::Over.into());
    }
    if until_on < seen.from_on {
        return Err(RetainerRefusal::BadDays.into());
    }
    if !retainers::end(tx, seen.id, seen.version, until_on).await? {
        return Err(RetainerRefusal::Over.into());
    }
    tx.audit(Audit::new(actor, "counsel.retainer.end", RETAINER, seen.id));
    Ok(())
}
