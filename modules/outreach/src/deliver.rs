//! The consumer of waiting messages: takes one in hand, hands it to the provider, writes down what came of it. A process
//! that dies in between loses the message to the next one after a while, which sends it again under the same id.

use crate::{
    message::{PER_MINUTE, again},
    sms::{Outcome, Outgoing, Sms},
    store::{
        messages::{self, MessageRow},
        settings,
    },
};
use ::store::{Db, Tx};
use kernel::{Fault, Moment};
use std::sync::atomic::{AtomicUsize, Ordering};
use web::App;

/// A message belongs to whoever took it for so long: longer than a provider may take to answer.
pub(crate) const LEASE: i64 = 60;

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) sent: u64,
    pub(crate) later: u64,
    pub(crate) failed: u64,
    pub(crate) outlived: u64,
    /// Why the round ended early, if it did.
    pub(crate) stopped: Option<String>,
}

impl Round {
    /// In words, for the page of jobs.
    pub(crate) fn words(&self) -> String {
        let stopped = self.stopped.as_ref().map_or(String::new(), |why| format!("中途停下：{why}"));
        format!(
            "发出 {} 条，稍后再发 {} 条，失败 {} 条，过时取消 {} 条。{stopped}",
            self.sent, self.later, self.failed, self.outlived
        )
    }
}

/// Sends what is due.
///
/// # Errors
/// A fault if the database cannot be read or written; a provider that refuses is no fault.
pub(crate) async fn deliver(app: &App) -> Result<Round, Fault> {
    let mut round = Round::default();
    let now = app.db.wall().now();
    let mut tx = app.db.begin_write().await?;
    round.outlived = messages::cancel_outlived(&mut tx, now).await?;
    tx.commit().await?;
    let Some(sms) = crate::sms(app) else {
        round.stopped = Some("没有配置短信服务商。".to_owned());
        return Ok(round);
    };
    while let Some(row) = take(&app.db).await? {
        let outcome = hand_over(&app.db, sms, &row).await?;
        let mut tx = app.db.begin_write().await?;
        let stop = note(&mut tx, &row, &outcome, &mut round).await?;
        tx.commit().await?;
        if stop {
            break;
        }
    }
    Ok(round)
}

/// Takes the message that is due first in hand; none if nothing is, or the minute's measure is full.
pub(crate) async fn take(db: &Db) -> Result<Option<MessageRow>, Fault> {
    loop {
        let now = db.wall().now();
        let mut tx = db.begin_write().await?;
        let most = settings::limit(&mut tx, PER_MINUTE).await?;
        if messages::attempted_since(&mut tx, now.plus_seconds(-60)).await? >= most {
            return Ok(None);
        }
        let Some(row) = messages::next_due(&mut tx, now).await? else { return Ok(None) };
        let mine = messages::take(&mut tx, row.id, now, now.plus_seconds(LEASE)).await?;
        tx.commit().await?;
        if mine {
            return Ok(Some(MessageRow { attempts: row.attempts + 1, ..row }));
        }
    }
}

/// Asks the provider to send a message that is in hand. Nothing is written.
pub(crate) async fn hand_over(db: &Db, sms: &Sms, row: &MessageRow) -> Result<Outcome, Fault> {
    let mut tx = db.begin_read().await?;
    let template = settings::provider_number(&mut tx, &row.template).await?;
    drop(tx);
    let (Some(phone), Some(values)) = (row.phone(db)?, row.values(db)?) else {
        return Ok(Outcome::Never("号码或者内容已经清除".to_owned()));
    };
    let Some(template) = template else {
        return Ok(Outcome::Later("这个模板还没有填服务商的模板编号".to_owned()));
    };
    let id = row.id.to_string();
    let outgoing = Outgoing { id: &id, phone: phone.expose(), template: &template, values: &values };
    Ok(sms.send(&outgoing, db.wall().now()).await)
}

/// Writes down what came of it; true if nothing more can be sent for now.
async fn note(tx: &mut Tx, row: &MessageRow, outcome: &Outcome, round: &mut Round) -> Result<bool, Fault> {
    let now: Moment = tx.db().wall().now();
    match outcome {
        Outcome::Sent(number) => {
            messages::sent(tx, row.id, number, now).await?;
            round.sent += 1;
        }
        Outcome::Later(reason) => {
            messages::later(tx, row.id, again(row.attempts, now), reason).await?;
            round.later += 1;
        }
        Outcome::Never(reason) => {
            messages::failed(tx, row.id, reason, now).await?;
            round.failed += 1;
        }
        Outcome::Down(reason) => {
            messages::later(tx, row.id, again(row.attempts, now), reason).await?;
            round.later += 1;
            round.stopped = Some(reason.clone());
            tracing::warn!(message = %row.id, reason, "the provider of SMS cannot send");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deliveries that somebody is in a hurry for and that have not ended.
static HURRYING: AtomicUsize = AtomicUsize::new(0);

/// Counts as one of them until it is dropped.
struct Hurrying;

impl Hurrying {
    fn begin() -> Self {
        HURRYING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Hurrying {
    fn drop(&mut self) {
        HURRYING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether nothing is under way that somebody was in a hurry for.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn is_settled() -> bool {
    HURRYING.load(Ordering::SeqCst) == 0
}

/// Sends what is due at once, beside the request that asks: somebody waits for a code.
pub fn hurry(app: &App) {
    let app = app.clone();
    let hurrying = Hurrying::begin();
    tokio::spawn(async move {
        let _until_done = hurrying;
        if let Err(fault) = deliver(&app).await {
            tracing::error!(%fault, "messages could not be delivered");
        }
    });
}
