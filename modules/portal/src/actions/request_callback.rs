//! A citizen asks to be called back: a telephone number is enough.

use crate::{
    callback::{Callback, Convenient},
    store,
    topic::Topic,
};
use ::store::{Audit, Tx};
use kernel::{Id, LookupCode, Moment, Phone, Result};
use places::Town;

/// What a citizen says who wants to be called back.
#[derive(Debug, Clone)]
pub struct CallbackWish {
    /// The number to call.
    pub phone: Phone,
    /// A name, or empty.
    pub name: String,
    /// What it is about, if they said.
    pub topic: Option<Topic>,
    /// When it suits.
    pub convenient: Convenient,
    /// Whether the caller may say who calls, whoever answers.
    pub may_identify: bool,
    /// Their town, if they said.
    pub town: Option<Id<Town>>,
}

/// What became of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// It was noted; the code finds it again.
    Noted(Id<Callback>, LookupCode),
    /// The number waits already; the code finds that wish. Whoever asks is told the same as with [`Requested::Noted`]:
    /// otherwise anybody could find out whose number waits.
    Merged(Id<Callback>, LookupCode),
}

/// How often one number may ask on one day; while it waits, more wishes are let in and change nothing.
const MOST_A_DAY: i64 = 3;

kernel::refusals! {
    /// Why a wish is not noted.
    pub(crate) enum RequestRefusal {
        /// Three times a day are enough.
        TooOften => TooMany, "今天用这个号码登记的次数太多了。急事请直接拨打 12348，或明天再登记。";
        /// No such town.
        UnknownTown => Invalid("town"), "请重新选择镇（街道），不清楚的可以不选。";
    }
}

/// Notes the wish, or adds it to the one that waits for the same number.
///
/// # Errors
/// A refusal if the number asks too often; a fault if it cannot be written.
pub async fn request_callback(
    tx: &mut Tx,
    wish: &CallbackWish,
    entropy: u64,
    now: Moment,
) -> Result<Requested> {
    let asked = store::asked_on(tx, &wish.phone, now.day()).await?;
    let waiting = store::waiting_for(tx, &wish.phone).await?;
    if waiting.is_none() && asked >= MOST_A_DAY {
        return Err(RequestRefusal::TooOften.into());
    }
    if let Some(town) = wish.town
        && places::town(tx, town).await?.is_none()
    {
        return Err(RequestRefusal::UnknownTown.into());
    }
    let code = LookupCode::from_entropy(entropy);
    if let Some(waiting) = waiting {
        store::insert_receipt(tx, &waiting, code, now).await?;
        if asked < MOST_A_DAY {
            store::merge_callback(tx, waiting.id, wish).await?;
            tx.audit(Audit::new(None, "portal.callback.merge", "portal_callback", waiting.id));
        }
        return Ok(Requested::Merged(waiting.id, code));
    }
    let id = tx.new_id()?;
    store::insert_callback(tx, id, wish, code, now).await?;
    tx.audit(Audit::new(None, "portal.callback.request", "portal_callback", id));
    Ok(Requested::Noted(id, code))
}
