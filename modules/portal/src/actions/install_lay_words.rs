//! Installs the lay words that are compiled in, replacing what was there.

use crate::{lay_words, store};
use ::store::Tx;
use kernel::Result;

/// Installs the lay words; doing it again changes nothing.
///
/// # Errors
/// A fault if they cannot be written.
pub async fn install_lay_words(tx: &mut Tx) -> Result<()> {
    store::replace_lay_words(tx, &lay_words::built_in()).await?;
    Ok(())
}
