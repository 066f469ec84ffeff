//! Corrects what is known of a person.

use crate::{
    person::{NewPerson, Person},
    store::persons::{self, PersonRow},
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// What became of the change.
pub(crate) enum PersonChanged {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<PersonRow>),
}

kernel::refusals! {
    /// Why a person cannot be changed.
    pub(crate) enum ChangePersonRefusal {
        /// They are not there.
        Unknown => NotFound, "没有这个人。";
        /// The record was merged.
        Merged => Conflict, "这条记录已并入另一条，请打开保留的那条再修改。";
        /// Another record has the number.
        IdTaken => Invalid("id_number"), "该身份证号已登记在另一条记录上。请核对号码；确是同一人的，请到“疑似重复”里合并。";
    }
}

/// Saves the change unless somebody else was quicker. Without an ID number or a telephone in `new` the registered
/// ones stay, unless `forget_phone` says that the telephone is no longer right.
pub(crate) async fn change_person(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Person>,
    version: i64,
    mut new: NewPerson,
    forget_phone: bool,
) -> Result<PersonChanged> {
    let now = persons::person(tx, id).await?.ok_or(ChangePersonRefusal::Unknown)?;
    if now.merged_into.is_some() {
        return Err(ChangePersonRefusal::Merged.into());
    }
    if let Some(number) = &new.id_number
        && persons::holder_of_id_number(tx, number.expose()).await?.is_some_and(|other| other != id)
    {
        return Err(ChangePersonRefusal::IdTaken.into());
    }
    let (id_was, phone_was) = (now.id_number(tx.db())?, now.phone(tx.db())?);
    if new.id_number.is_none() {
        new.id_number.clone_from(&id_was);
    }
    if new.phone.is_none() && !forget_phone {
        new.phone.clone_from(&phone_was);
    }
    if !persons::update(tx, id, version, &new).await? {
        return Ok(PersonChanged::Stale(Box::new(now)));
    }
    let fields: Vec<&str> = [
        ("name", now.name != new.name),
        ("sex", now.sex != new.sex_text()),
        ("birth", now.birth != new.birth_day()),
        ("id_number", id_was != new.id_number),
        ("phone", phone_was != new.phone),
        ("unit", now.unit_id != new.unit),
        ("address", now.address != new.address),
        ("groups", now.groups != new.groups.join(";")),
        ("note", now.note != new.note),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    tx.audit(
        Audit::new(actor, "parties.person.change", "parties_person", id)
            .with(&serde_json::json!({ "fields": fields })),
    );
    Ok(PersonChanged::Saved)
}
