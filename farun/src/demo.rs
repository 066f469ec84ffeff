//! The demonstration world: Wujin's real villages, invented people; the same every time it is made.
//!
//! The business clock stands at 2022-05-06 09:00. What the article reports of the first quarter of 2022 is what the
//! service book of this world adds up to.

mod accounts;
mod aid;
mod cooperation;
mod diary;
mod random;
mod registers;
mod rota;
mod services;

use crate::wiring;
use kernel::{Fault, Moment};
use store::Db;

pub use accounts::{LOGINS, PASSWORD};

/// When the world stands still.
///
/// # Errors
/// Never; the text is constant.
pub fn now() -> Result<Moment, Fault> {
    Moment::parse("2022-05-06T09:00").map_err(|_| Fault::new("the demonstration's clock cannot be read"))
}

/// Makes the world in an empty installation.
///
/// # Errors
/// A fault if the data files or the database are damaged.
pub async fn make(db: &Db) -> kernel::Result<()> {
    wiring::found(db, 320_412).await?;
    let now = now()?;
    let mut tx = db.begin_write().await?;
    store::set_setting(&mut tx, wiring::BUSINESS_CLOCK, &now.micros().to_string()).await?;
    store::set_setting(&mut tx, stations::OUTLINE, registers::OUTLINE).await?;
    tx.commit().await?;
    let world = registers::make(db).await?;
    let accounts = accounts::make(db, &world).await?;
    services::make(db, &world, &accounts, now).await?;
    aid::make(db, &world, &accounts, now).await?;
    rota::make(db, &world, &accounts).await?;
    // Marked as demonstration last: a half-made world is never served as a whole one.
    let mut tx = db.begin_write().await?;
    store::set_setting(&mut tx, wiring::DEMO, "1").await?;
    tx.commit().await?;
    Ok(db.survey().await?)
}
