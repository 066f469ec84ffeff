//! Statements over messages.

use crate::{
    message::{Message, State},
    store::{PHONE, VALUES},
};
use kernel::{Fault, Id, Moment, Phone};
use store::{Db, Filter, Tx, params};
use web::{COUNT_CAP, EXPORT_CAP, Listing, exported};

store::record! {
    /// A message as it is stored.
    #[derive(Debug, Clone)]
    pub(crate) struct MessageRow {
        pub(crate) id: Id<Message>,
        pub(crate) template: String,
        pub(crate) values_sealed: Option<String>,
        pub(crate) phone_sealed: Option<String>,
        pub(crate) about_kind: String,
        pub(crate) about_id: i64,
        pub(crate) state: State,
        pub(crate) created_at: Moment,
        pub(crate) due_at: Moment,
        pub(crate) until_at: Moment,
        pub(crate) attempts: i64,
        pub(crate) done_at: Option<Moment>,
        pub(crate) provider_number: String,
        pub(crate) reason: String,
    }
}

impl MessageRow {
    /// The telephone, opened; none after it was forgotten.
    pub(crate) fn phone(&self, db: &Db) -> Result<Option<Phone>, Fault> {
        let Some(sealed) = &self.phone_sealed else { return Ok(None) };
        Ok(Phone::parse(&db.keys().open(PHONE, sealed)?).ok())
    }

    /// The telephone as people may see it.
    pub(crate) fn masked(&self, db: &Db) -> Result<String, Fault> {
        Ok(self.phone(db)?.map_or_else(|| "已清除".to_owned(), |phone| phone.masked()))
    }

    /// Names and values of what stands in the template; none after they were forgotten.
    pub(crate) fn values(&self, db: &Db) -> Result<Option<Vec<(String, String)>>, Fault> {
        let Some(sealed) = &self.values_sealed else { return Ok(None) };
        serde_json::from_str(&db.keys().open(VALUES, sealed)?)
            .map(Some)
            .map_err(|e| Fault::from(e).context("the values of a message"))
    }
}

/// What a new message begins with.
pub(crate) struct Written<'a> {
    pub(crate) key: &'a str,
    pub(crate) template: &'a str,
    pub(crate) values: &'a [(&'a str, String)],
    pub(crate) phone: &'a Phone,
    pub(crate) about: (&'a str, i64),
    pub(crate) created_at: Moment,
    pub(crate) due_at: Moment,
    pub(crate) until_at: Moment,
}

/// Writes a message; none if its key was written before.
pub(crate) async fn insert(tx: &mut Tx, new: &Written<'_>) -> Result<Option<Id<Message>>, Fault> {
    let id: Id<Message> = tx.new_id()?;
    let blind = tx.blind(PHONE, new.phone.as_str()).await?;
    let keys = tx.db().keys();
    let phone = keys.seal(PHONE, new.phone.as_str())?;
    let values = keys.seal(VALUES, &serde_json::to_string(new.values)?)?;
    let touched = tx
        .execute(
            "insert into outreach_message_entry
                 (id, region_id, message_key, template, values_sealed, phone_sealed, phone_blind, about_kind, about_id, state, created_at,
                  due_at, until_at, attempts, lease_until, provider_number, reason)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, $11, $12, 0, 0, '', '')
             on conflict (region_id, message_key) do nothing",
            params![
                id, tx.region()?, new.key, new.template, values, phone, blind, new.about.0, new.about.1, new.created_at, new.due_at,
                new.until_at
            ],
        )
        .await?;
    Ok((touched == 1).then_some(id))
}

const ROW: &str = "m.id, m.template, m.values_sealed, m.phone_sealed, m.about_kind, m.about_id, m.state, m.created_at, m.due_at, m.until_at,
    m.attempts, m.done_at, m.provider_number, m.reason";

fn all(tx: &Tx) -> Result<Filter, Fault> {
    Ok(Filter::new("outreach_message_entry m", "m.region_id", tx.region()?))
}

/// The message that is due first and that nobody has in hand.
pub(crate) async fn next_due(tx: &mut Tx, now: Moment) -> Result<Option<MessageRow>, Fault> {
    let filter =
        all(tx)?.and_that("m.state = 'waiting'").and("m.due_at <= ?", now).and("m.lease_until <= ?", now);
    Ok(filter.rows(tx, ROW, "m.due_at, m.id", 1).await?.pop())
}

/// Takes a message in hand until then; false if somebody else did.
pub(crate) async fn take(tx: &mut Tx, id: Id<Message>, now: Moment, until: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update outreach_message_entry set lease_until = $4, attempts = attempts + 1, attempted_at = $3
             where region_id = $1 and id = $2 and state = 'waiting' and lease_until <= $3",
            params![tx.region()?, id, now, until],
        )
        .await?;
    Ok(touched == 1)
}

/// Notes that the provider took it; what stood in it is forgotten.
pub(crate) async fn sent(tx: &mut Tx, id: Id<Message>, number: &str, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update outreach_message_entry set state = 'sent', done_at = $3, provider_number = $4, reason = '', values_sealed = null
         where region_id = $1 and id = $2",
        params![tx.region()?, id, now, number],
    )
    .await?;
    Ok(())
}

/// Lets it wait longer, because of that.
pub(crate) async fn later(tx: &mut Tx, id: Id<Message>, due: Moment, reason: &str) -> Result<(), Fault> {
    tx.execute(
        "update outreach_message_entry set due_at = $3, reason = $4, lease_until = 0
         where region_id = $1 and id = $2 and state = 'waiting'",
        params![tx.region()?, id, due, reason],
    )
    .await?;
    Ok(())
}

/// Notes that it will never be sent, because of that.
pub(crate) async fn failed(tx: &mut Tx, id: Id<Message>, reason: &str, now: Moment) -> Result<(), Fault> {
    tx.execute(
        "update outreach_message_entry set state = 'failed', done_at = $3, reason = $4
         where region_id = $1 and id = $2 and state = 'waiting'",
        params![tx.region()?, id, now, reason],
    )
    .await?;
    Ok(())
}

/// Stops one; false if it was not waiting, or is just being sent.
pub(crate) async fn cancel(tx: &mut Tx, id: Id<Message>, reason: &str, now: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update outreach_message_entry set state = 'cancelled', done_at = $3, reason = $4
             where region_id = $1 and id = $2 and state = 'waiting' and lease_until <= $3",
            params![tx.region()?, id, now, reason],
        )
        .await?;
    Ok(touched == 1)
}

/// Stops what waits about a record under keys that begin so, unless it is just being sent; what stood in it is forgotten.
pub(crate) async fn cancel_about(
    tx: &mut Tx,
    (kind, about): (&str, i64),
    key: &str,
    reason: &str,
    now: Moment,
) -> Result<u64, Fault> {
    tx.execute(
        "update outreach_message_entry set state = 'cancelled', done_at = $4, reason = $5, values_sealed = null
         where region_id = $1 and about_kind = $2 and about_id = $3 and state = 'waiting' and lease_until <= $4
           and substr(message_key, 1, length($6)) = $6",
        params![tx.region()?, kind, about, now, reason, key],
    )
    .await
}

/// Stops what waited too long; what stood in it, a code perhaps, is forgotten.
pub(crate) async fn cancel_outlived(tx: &mut Tx, now: Moment) -> Result<u64, Fault> {
    tx.execute(
        "update outreach_message_entry set state = 'cancelled', done_at = $2, reason = '过了有效时间，没有发出' || case when reason = '' then '' else '（' || reason || '）' end, values_sealed = null
         where region_id = $1 and state = 'waiting' and until_at <= $2 and lease_until <= $2",
        params![tx.region()?, now],
    )
    .await
}

/// Lets a failed or cancelled one wait again, as long as it is known what and to whom.
pub(crate) async fn retry(tx: &mut Tx, id: Id<Message>, now: Moment, until: Moment) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update outreach_message_entry
             set state = 'waiting', due_at = $3, until_at = $4, lease_until = 0, attempts = 0, done_at = null, reason = ''
             where region_id = $1 and id = $2 and state in ('failed', 'cancelled') and phone_sealed is not null and values_sealed is not null",
            params![tx.region()?, id, now, until],
        )
        .await?;
    Ok(touched == 1)
}

/// How many were tried since then.
pub(crate) async fn attempted_since(tx: &mut Tx, since: Moment) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from outreach_message_entry where region_id = $1 and attempted_at > $2",
        params![tx.region()?, since],
    )
    .await
}

/// How many were written to a number since then, and to all numbers.
pub(crate) async fn written_since(tx: &mut Tx, phone: &Phone, since: Moment) -> Result<(i64, i64), Fault> {
    let blind = tx.blind(PHONE, phone.as_str()).await?;
    let to_one = tx
        .scalar(
            "select count(*) from outreach_message_entry where region_id = $1 and phone_blind = $2 and created_at > $3",
            params![tx.region()?, blind, since],
        )
        .await?;
    let to_all = tx
        .scalar(
            "select count(*) from outreach_message_entry where region_id = $1 and created_at > $2",
            params![tx.region()?, since],
        )
        .await?;
    Ok((to_one, to_all))
}

/// Forgets what stood in messages that failed or were stopped before then: nobody sends them again.
pub(crate) async fn forget_values(tx: &mut Tx, before: Moment) -> Result<u64, Fault> {
    tx.execute(
        "update outreach_message_entry set values_sealed = null
         where region_id = $1 and state in ('failed', 'cancelled') and done_at < $2 and values_sealed is not null",
        params![tx.region()?, before],
    )
    .await
}

/// Forgets telephones and values of what was done with before then.
pub(crate) async fn forget(tx: &mut Tx, before: Moment) -> Result<u64, Fault> {
    tx.execute(
        "update outreach_message_entry set phone_sealed = null, phone_blind = null, values_sealed = null
         where region_id = $1 and state <> 'waiting' and created_at < $2 and phone_sealed is not null",
        params![tx.region()?, before],
    )
    .await
}

/// How many failed since then.
pub(crate) async fn failed_since(tx: &mut Tx, since: Moment) -> Result<i64, Fault> {
    tx.scalar(
        "select count(*) from outreach_message_entry where region_id = $1 and state = 'failed' and created_at > $2",
        params![tx.region()?, since],
    )
    .await
}

fn asked_for(tx: &Tx, listing: &Listing) -> Result<Filter, Fault> {
    let about: Option<Id<()>> = listing.get("about").and_then(|text| text.parse().ok());
    Ok(all(tx)?
        .and_if("m.state = ?", listing.get("state").and_then(State::from_text))
        .and_if("m.template = ?", listing.get("template").map(str::to_owned))
        .and_if("m.about_id = ?", about))
}

/// One page of messages, the newest first.
pub(crate) async fn list(tx: &mut Tx, listing: &Listing) -> Result<(Vec<MessageRow>, i64), Fault> {
    let filter = asked_for(tx, listing)?;
    let total = filter.count_to(tx, COUNT_CAP).await?;
    let back = listing.cursor.as_ref().is_some_and(|cursor| cursor.back);
    let page = match &listing.cursor {
        Some(cursor) => {
            filter.after("m.created_at", "m.id", !back, cursor.value.parse::<i64>().unwrap_or(0), cursor.id)
        }
        None => filter,
    };
    let order = if back { "m.created_at, m.id" } else { "m.created_at desc, m.id desc" };
    Ok((page.rows(tx, ROW, order, listing.size + 1).await?, total))
}

/// All messages that fit, for the export.
pub(crate) async fn whole_list(tx: &mut Tx, listing: &Listing) -> kernel::Result<Vec<MessageRow>> {
    let filter = asked_for(tx, listing)?;
    Ok(exported(filter.rows(tx, ROW, "m.created_at desc, m.id desc", EXPORT_CAP + 1).await?)?)
}

/// What was written to a number, the newest first.
pub(crate) async fn to_number(tx: &mut Tx, phone: &Phone) -> Result<Vec<MessageRow>, Fault> {
    let blind = tx.blind(PHONE, phone.as_str()).await?;
    all(tx)?.and("m.phone_blind = ?", blind).rows(tx, ROW, "m.created_at desc, m.id desc", 100).await
}

/// One message.
pub(crate) async fn message(tx: &mut Tx, id: Id<Message>) -> Result<Option<MessageRow>, Fault> {
    Ok(all(tx)?.and("m.id = ?", id).rows(tx, ROW, "m.id", 1).await?.pop())
}
