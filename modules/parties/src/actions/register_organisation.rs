//! Enters an organisation, unless it is known already.

use crate::{
    organisation::{NewOrganisation, Organisation},
    store::organisations,
};
use ::store::{Audit, Tx};
use kernel::{Id, Result};

/// The organisation with that credit code, or without a code the one of exactly that name; else a new one.
/// The flag says whether it is new.
///
/// # Errors
/// A fault if it cannot be read or written.
pub async fn find_or_create_organisation(
    tx: &mut Tx,
    actor: Option<i64>,
    new: &NewOrganisation,
) -> Result<(Id<Organisation>, bool)> {
    let known = match &new.uscc {
        Some(uscc) => organisations::with_uscc(tx, uscc.expose()).await?,
        None => organisations::named(tx, &new.name).await?,
    };
    if let Some(known) = known {
        return Ok((known, false));
    }
    let id = tx.new_id()?;
    organisations::insert(tx, id, new).await?;
    tx.audit(Audit::new(actor, "parties.organisation.register", "parties_organisation", id));
    Ok((id, true))
}
