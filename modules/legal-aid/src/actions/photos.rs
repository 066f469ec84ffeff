//! Keeps a photograph of a paper, or takes it back.

use crate::{
    actions::take_application::OBJECT,
    photo::{MOST, MOST_OF_ALL, Photo, PhotoRefusal},
    store::photos::{self, Holder},
};
use ::store::{Audit, Tx};
use kernel::{Id, Moment, Result};
use scan::Scan;

/// Keeps a photograph; the same one twice is refused.
///
/// # Errors
/// A refusal if there are enough or it is there already; a fault if it cannot be written.
pub(crate) async fn keep_photo(
    tx: &mut Tx,
    holder: Holder,
    title: &str,
    scan: &Scan,
    by: Option<(i64, &str)>,
    now: Moment,
) -> Result<Id<Photo>> {
    let there = photos::all(tx, holder).await?;
    if there.len() >= if by.is_some() { MOST_OF_ALL } else { MOST } {
        return Err(PhotoRefusal::Full.into());
    }
    if there.iter().any(|photo| photo.digest == scan.digest) {
        return Err(PhotoRefusal::Again.into());
    }
    let id = photos::insert(tx, holder, title, scan, by, now).await?;
    if let Holder::Case(case) = holder {
        tx.audit(Audit::new(by.map(|(id, _)| id), "legal-aid.photo.keep", OBJECT, case));
    }
    Ok(id)
}
