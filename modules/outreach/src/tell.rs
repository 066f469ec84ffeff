//! What other modules call: tell accounts, write a text to somebody outside, take both back when the reason is gone.

use crate::{
    message::{A_DAY, Message, NUMBER_A_DAY, Template, by_day},
    notice::NewNotice,
    store::{
        messages::{self, Written},
        notices, settings,
    },
};
use ::store::Tx;
use kernel::{Fault, Id, Moment, Phone};
use std::collections::BTreeSet;

/// What changed among the notices of a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Told for the first time.
    pub told: u64,
    /// Taken back.
    pub withdrawn: u64,
    /// Taken back before, and standing again: a clock that stood still runs on.
    pub revived: u64,
}

impl std::ops::AddAssign for Settled {
    fn add_assign(&mut self, more: Self) {
        self.told += more.told;
        self.withdrawn += more.withdrawn;
        self.revived += more.revived;
    }
}

/// Makes the notices about a record what is wanted now. Each account is told each key once and for all; what is not wanted
/// any more is withdrawn.
///
/// # Errors
/// A fault if they cannot be read or written.
pub async fn settle(
    tx: &mut Tx,
    (kind, about): (&str, i64),
    wanted: &[NewNotice],
    now: Moment,
) -> Result<Settled, Fault> {
    let before = notices::told(tx, kind, about).await?;
    let mut settled = Settled::default();
    let known: BTreeSet<(i64, &str)> =
        before.iter().map(|told| (told.account_id, told.notice_key.as_str())).collect();
    let standing: BTreeSet<(i64, &str)> = wanted.iter().map(|new| (new.account, new.key.as_str())).collect();
    for told in &before {
        let stands = standing.contains(&(told.account_id, told.notice_key.as_str()));
        match (stands, told.withdrawn_at) {
            (false, None) => {
                notices::withdraw(tx, told.id, Some(now)).await?;
                settled.withdrawn += 1;
            }
            (true, Some(_)) => {
                notices::withdraw(tx, told.id, None).await?;
                settled.revived += 1;
            }
            _ => {}
        }
    }
    for new in wanted.iter().filter(|new| !known.contains(&(new.account, new.key.as_str()))) {
        settled.told += u64::from(notices::insert(tx, kind, about, new, now).await?);
    }
    Ok(settled)
}

/// A text to somebody outside.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// Why, unique: it is sent once.
    pub key: &'a str,
    /// Through which template.
    pub template: &'a Template,
    /// Names and values of what stands in it, in its order.
    pub values: &'a [(&'a str, String)],
    /// To whom.
    pub phone: &'a Phone,
    /// About which record.
    pub about: (&'a str, i64),
    /// Somebody waits for it: it goes out by night too.
    pub urgent: bool,
    /// After so many seconds it is not sent any more.
    pub lasts: i64,
}

/// What became of the wish to send a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// It waits to be sent.
    Waiting(Id<Message>),
    /// It was written before, under the same key.
    Before,
    /// The provider has no such template yet.
    NoTemplate,
    /// The number is no mobile one.
    NoMobile,
    /// The day's measure of this number, or of all, is full.
    TooMany,
}

/// Writes a text with its cause; it is sent after the transaction.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn send(tx: &mut Tx, new: &NewMessage<'_>) -> Result<Queued, Fault> {
    if !new.phone.is_mobile() {
        return Ok(Queued::NoMobile);
    }
    if !is_approved(tx, new.template).await? {
        return Ok(Queued::NoTemplate);
    }
    let now = tx.db().wall().now();
    let (to_one, to_all) = messages::written_since(tx, new.phone, now.plus_seconds(-86_400)).await?;
    if to_one >= settings::limit(tx, NUMBER_A_DAY).await? || to_all >= settings::limit(tx, A_DAY).await? {
        return Ok(Queued::TooMany);
    }
    let due_at = if new.urgent { now } else { by_day(now) };
    let written = Written {
        key: new.key,
        template: new.template.name,
        values: new.values,
        phone: new.phone,
        about: new.about,
        created_at: now,
        due_at,
        until_at: due_at.plus_seconds(new.lasts),
    };
    Ok(messages::insert(tx, &written).await?.map_or(Queued::Before, Queued::Waiting))
}

/// Whether the provider has a template of that name.
///
/// # Errors
/// A fault if it cannot be read.
pub async fn is_approved(tx: &mut Tx, template: &Template) -> Result<bool, Fault> {
    Ok(settings::provider_number(tx, template.name).await?.is_some())
}

/// Stops what waits about a record under keys that begin so; returns how many. What is just being sent goes out.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn cancel(tx: &mut Tx, about: (&str, i64), key: &str, reason: &str) -> Result<u64, Fault> {
    let now = tx.db().wall().now();
    messages::cancel_about(tx, about, key, reason, now).await
}

/// Sets what the provider calls a template, as its page does; for tests and the demonstration.
///
/// # Errors
/// A fault if it cannot be written.
pub async fn approve(tx: &mut Tx, template: &Template, number: &str) -> Result<(), Fault> {
    settings::set_provider_number(tx, template.name, number).await
}
