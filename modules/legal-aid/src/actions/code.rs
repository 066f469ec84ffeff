//! A citizen comes back by telephone: a code is sent to the number that stands in the application, typed in the browser
//! that asked, and opens the case there. Nothing tells whether a number is known.

use crate::{
    actions::take_application::OBJECT,
    actions::{citizen::CitizenRefusal, tell::CODE},
    pages::AREA,
    store::{
        self, codes,
        tickets::{self, TicketRow},
    },
};
use ::store::{Audit, Db, Tx, keys};
use kernel::{Fault, Moment, Phone, Result};
use outreach::NewMessage;
use web::Reach;

/// A code lives so long, in seconds.
pub(crate) const LIVES: i64 = 600;
/// Guesses at one code.
pub(crate) const TRIES: i64 = 5;
/// A number may ask again after so many seconds.
const AGAIN: i64 = 60;
/// Codes for one number within a day.
const A_DAY: i64 = 10;
/// Codes for all numbers within an hour: somebody who asks for many costs the bureau money.
const AN_HOUR: i64 = 300;

kernel::refusals! {
    /// Why no code is sent, or the case stays closed.
    pub(crate) enum CodeRefusal {
        /// Asked a moment ago.
        TooSoon => TooMany, "刚才已经要过验证码，请等一分钟再试。";
        /// Enough for today.
        Enough => TooMany, "这个号码今天要的验证码太多了，请明天再试，或者用查询码打开，或者拨打 12348。";
        /// Too many everywhere.
        Busy => TooMany, "现在要验证码的人太多，请一小时后再试，或者用查询码打开，或者拨打 12348。";
        /// Wrong, or for nobody.
        Wrong => Invalid("sms_code"), "验证码不对。请核对短信；没有收到的，可能号码和申请时填的不一样，请用查询码打开。";
        /// Too old, used, or guessed at too often.
        Over => Conflict, "验证码过期或者输错太多次了，请重新要一个。";
    }
}

fn six_digits() -> Result<String, Fault> {
    // The bias of the remainder is below one in ten million million.
    let number = u64::from_le_bytes(keys::random_bytes::<8>()?) % 1_000_000;
    Ok(format!("{number:06}"))
}

/// Asks for a code. Whether the number is known, and whether messages to it are safe, changes nothing that can be seen.
///
/// # Errors
/// A refusal if it was asked too often; a fault if it cannot be written.
pub(crate) async fn ask_code(tx: &mut Tx, browser: &str, phone: &Phone, now: Moment) -> Result<()> {
    let asked = codes::asked(tx, phone, now.plus_seconds(-86_400), now.plus_seconds(-3600)).await?;
    if asked.last.is_some_and(|last| last.seconds_until(now) < AGAIN) {
        return Err(CodeRefusal::TooSoon.into());
    }
    if asked.by_number >= A_DAY {
        return Err(CodeRefusal::Enough.into());
    }
    if asked.by_all >= AN_HOUR {
        return Err(CodeRefusal::Busy.into());
    }
    let ticket = tellable(tx, phone).await?;
    let code = six_digits()?;
    let id = codes::insert(tx, browser, phone, ticket.as_ref(), &code, now).await?;
    if let Some(case) = ticket.and_then(|row| row.case_id) {
        let key = format!("code/{id}");
        let values = [("code", code), ("minutes", (LIVES / 60).to_string())];
        let new = NewMessage {
            key: &key,
            template: &CODE,
            values: &values,
            phone,
            about: (OBJECT, case.raw()),
            urgent: true,
            lasts: LIVES,
        };
        // A full measure, a template not yet approved: the answer stays the same, managers see why.
        outreach::send(tx, &new).await?;
    }
    Ok(())
}

/// The newest sent application in which that telephone stands and whose applicant did not say that messages are unsafe.
async fn tellable(tx: &mut Tx, phone: &Phone) -> Result<Option<TicketRow>> {
    for row in tickets::of_phone(tx, phone).await? {
        let answers = row.answers(tx.db())?;
        if answers.may_send_code() && answers.phone(AREA).as_ref() == Some(phone) {
            // What officers noted later counts as if the applicant had said it.
            let case = match row.case_id {
                Some(case) => store::entry(tx, &Reach::Region, case).await?,
                None => None,
            };
            if case.is_some_and(|case| case.is_of_violence()) && !answers.may_text() {
                continue;
            }
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Opens the case of the code that this browser asked for. The try is counted before it is looked at.
///
/// # Errors
/// A refusal if the code is wrong, over, or was for nobody; a fault if it cannot be read or written.
pub(crate) async fn open_by_code(
    db: &Db,
    tx: &mut Tx,
    browser: &str,
    typed: &str,
    now: Moment,
) -> Result<()> {
    let since = db.wall().now().plus_seconds(-LIVES);
    let row = codes::of_browser(tx, browser, since).await?.ok_or(CodeRefusal::Over)?;
    let ticket = match row.ticket_id {
        Some(ticket) if codes::is_code(tx, &row, typed) => ticket,
        _ => return Err(CodeRefusal::Wrong.into()),
    };
    if !codes::use_up(tx, row.id, db.wall().now()).await? {
        return Err(CodeRefusal::Over.into());
    }
    let ticket = tickets::ticket(tx, ticket).await?.ok_or(CitizenRefusal::NotFound)?;
    tickets::hand_to(tx, &ticket, browser, now).await?;
    if let Some(case) = ticket.case_id {
        tx.audit(Audit::new(None, "legal-aid.ticket.code", OBJECT, case));
    }
    Ok(())
}

/// Counts one try at the code that this browser asked for, durably, whatever comes of it.
///
/// # Errors
/// A refusal if there is no code or there were enough tries; a fault if it cannot be written.
pub(crate) async fn count_try(db: &Db, browser: &str) -> Result<()> {
    let mut tx = db.begin_write().await?;
    let since = db.wall().now().plus_seconds(-LIVES);
    let row = codes::of_browser(&mut tx, browser, since).await?.ok_or(CodeRefusal::Over)?;
    if !codes::count_try(&mut tx, row.id, TRIES).await? {
        return Err(CodeRefusal::Over.into());
    }
    tx.commit().await?;
    Ok(())
}
