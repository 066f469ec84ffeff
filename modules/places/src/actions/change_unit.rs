//! Corrects the name or position of a unit.

use crate::store::{self, UnitEdit};
use ::store::{Audit, Tx};
use kernel::Result;

/// What became of the change.
pub(crate) enum Changed {
    /// Saved.
    Saved,
    /// Somebody else saved first: what stands now.
    Stale(Box<UnitEdit>),
}

kernel::refusals! {
    /// Why a unit cannot be changed.
    pub(crate) enum ChangeRefusal {
        /// It is gone.
        Unknown => NotFound, "没有这个村（社区）。";
        /// Another unit of the town has the name.
        NameTaken => Invalid("name"), "该镇（街道）已有同名的村（社区），请核对名称。";
    }
}

/// Saves the change unless somebody else was quicker.
pub(crate) async fn change_unit(tx: &mut Tx, actor: Option<i64>, unit: &UnitEdit) -> Result<Changed> {
    let now = store::edit(tx, unit.id).await?.ok_or(ChangeRefusal::Unknown)?;
    if store::unit_named(tx, now.town_id, &unit.name).await?.is_some_and(|other| other != unit.id) {
        return Err(ChangeRefusal::NameTaken.into());
    }
    if !store::update_unit(tx, unit).await? {
        return Ok(Changed::Stale(Box::new(now)));
    }
    let mut fields = Vec::new();
    if now.name != unit.name || now.short_name != unit.short_name {
        store::events::correct_name(tx, unit.id, (&unit.name, &unit.short_name)).await?;
        fields.push("name");
    }
    if now.lat != unit.lat || now.lon != unit.lon {
        fields.push("position");
    }
    tx.audit(
        Audit::new(actor, "places.unit.change", "places_unit", unit.id)
            .with(&serde_json::json!({ "fields": fields })),
    );
    Ok(Changed::Saved)
}
