//! What citizens do without an account: save a page of their application, send it, come back with their code, write a
//! letter about their case; and the answer that officers give.

use crate::{
    actions::take_application::{OBJECT, count, take_application},
    application::Application,
    case::{Case, Origin},
    figures::{RATED, SATISFIED},
    letter::{Letter, LetterKind},
    store::{
        self, Entry,
        letters::{self, LetterRow},
        photos, rules,
        tickets::{self, NewTicket, TicketRow},
    },
    ticket::{Answers, Step},
};
use ::store::{Audit, Tx, keys};
use kernel::{Calendar, Day, Fault, Id, LookupCode, Moment, Result};
use places::Town;
use web::{Actor, Reach};

/// The answer under which a ticket keeps its own code, to show it again to whoever holds the ticket.
pub(crate) const CODE: &str = "code";
/// The kind of a letter in audit rows.
const LETTER: &str = "legal_aid_letter";
/// Letters about one case on one day.
const MOST_A_DAY: usize = 10;

kernel::refusals! {
    /// Why something a citizen wants is not done.
    pub(crate) enum CitizenRefusal {
        /// Sent or changed elsewhere meanwhile.
        Stale => Conflict, "这份申请刚才在别处改过或者已经提交。请看最新内容。";
        /// Pages are missing.
        Incomplete => Conflict, "还有没填完的内容，请补上后再提交。";
        /// The notice was not read.
        NotRead => Invalid("agree"), "请先看“权利和义务告知”，看完勾上再提交。";
        /// The data of the person must not be used.
        Counter => Conflict, "这份申请不能在网上办，请拨打 12348，或者到就近的工作站当面申请。内容已经替您保存。";
        /// No such ticket, or not the right last four.
        NotFound => Invalid("code"), "没有查到。请核对查询码和后四位；想不起来的，请拨打 12348。";
        /// The letter does not fit the stage.
        NotNow => Conflict, "案件现在的阶段不能这样办，请看最新进展。";
        /// No words.
        NoWords => Invalid("words"), "请写几句，我们才知道怎么办。";
        /// A day that cannot be meant.
        BadDay => Invalid("on"), "收到日期不能早于收到申请的日期，也不能晚于今天。";
        /// No rating.
        NoRating => Invalid("rating"), "请选一项。";
        /// Rated before.
        Rated => Conflict, "您已经评过了，谢谢。";
        /// Too many letters.
        TooOften => TooMany, "今天写得太多了，请明天再写；急事请拨打 12348。";
        /// An objection is the bureau's.
        NotYours => Forbidden, "异议、行政复议和行政诉讼由司法局答复（法律援助法第四十九条），请交业务主管答复。";
        /// Answered by somebody else.
        Answered => Conflict, "刚才有人答复过了，请看最新内容。";
        /// The town is unknown.
        NoTown => Invalid("town"), "请重新选择镇（街道）。";
    }
}

fn new_code() -> Result<LookupCode, Fault> {
    Ok(LookupCode::from_entropy(u64::from_le_bytes(keys::random_bytes::<8>()?)))
}

/// Saves one page of the draft that the browser holds, or begins one.
///
/// # Errors
/// A refusal if it was changed elsewhere meanwhile; a fault if it cannot be written.
pub(crate) async fn save_page<'a>(
    tx: &mut Tx,
    browser: &str,
    step: Step,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    now: Moment,
) -> Result<Answers> {
    match tickets::of_browser(tx, browser, false, now).await? {
        Some(row) => {
            let mut answers = row.answers(tx.db())?;
            answers.replace(step, pairs);
            if !tickets::save(tx, &row, &answers, step, now).await? {
                return Err(CitizenRefusal::Stale.into());
            }
            Ok(answers)
        }
        None => {
            let code = new_code()?;
            let mut answers = Answers::default();
            answers.replace(step, pairs);
            answers.keep(CODE, code.to_string());
            let browser = Some(browser);
            let new = NewTicket { code, browser, answers: &answers, step: step.as_str(), case: None };
            tickets::insert(tx, &new, now).await?;
            Ok(answers)
        }
    }
}

/// Makes an application of the draft; returns the case.
///
/// # Errors
/// A refusal if something is missing or the person's data must not be used; a fault if it cannot be written.
pub(crate) async fn send_application(
    tx: &mut Tx,
    row: &TicketRow,
    area: &str,
    now: Moment,
) -> Result<Id<Case>> {
    let answers = row.answers(tx.db())?;
    if answers.missing().is_some() {
        return Err(CitizenRefusal::Incomplete.into());
    }
    let town: Id<Town> = answers.get("town").parse().map_err(|_| CitizenRefusal::NoTown)?;
    if places::town(tx, town).await?.is_none() {
        return Err(CitizenRefusal::NoTown.into());
    }
    let applicant = match parties::find_or_create_person(tx, None, &answers.person(area)).await {
        Ok((id, _)) => id,
        // Whether somebody's data is restricted is nobody else's business: the counter will see.
        Err(kernel::Error::Refused(_)) => return Err(CitizenRefusal::Counter.into()),
        Err(error) => return Err(error),
    };
    let unit = parties::person(tx, applicant).await?.and_then(|person| person.unit_id);
    let application = Application {
        town,
        unit,
        applicant,
        station: None,
        channel: "network".to_owned(),
        said: answers.said(),
    };
    let id = take_application(tx, None, Origin::Application, &application, now, now).await?;
    if !tickets::sent(tx, row, id, now).await? {
        return Err(CitizenRefusal::Stale.into());
    }
    photos::sent(tx, row.id, id).await?;
    if !answers.get("visit").is_empty() {
        let entry = entry(tx, id).await?;
        let words = match answers.get("address") {
            "" => "申请时要求上门办理，没有填地址。".to_owned(),
            address => format!("申请时要求上门办理。地址：{address}"),
        };
        write(tx, &entry, LetterKind::Visit, &words, None, now).await?;
    }
    Ok(id)
}

/// Gives a case that was taken at the counter its code; the last four of the applicant's number open it. `may_text`: the
/// applicant said that news may be sent to the telephone.
///
/// # Errors
/// A fault if it cannot be written.
pub(crate) async fn give_code(tx: &mut Tx, case: Id<Case>, may_text: bool, now: Moment) -> Result<()> {
    let entry = entry(tx, case).await?;
    let Some(person) = parties::person(tx, entry.applicant_id).await? else { return Ok(()) };
    let code = new_code()?;
    let mut answers = Answers::default();
    answers.keep(CODE, code.to_string());
    let (number, phone) = (person.id_number(tx.db())?, person.phone(tx.db())?);
    if number.is_none() && phone.is_none() {
        // Nothing that only the applicant knows: without it a code alone would open the case.
        return Ok(());
    }
    if let Some(number) = number {
        answers.keep("id_number", number.expose().to_owned());
    }
    if let Some(phone) = phone {
        answers.keep("phone", phone.as_str().to_owned());
    }
    if may_text {
        answers.keep("reach", "call".to_owned());
        answers.keep("sms", "1".to_owned());
    }
    if entry.groups.split(';').any(|group| group == "G-DV") || entry.matter == "M32-4" {
        answers.keep("groups", "G-DV".to_owned());
    }
    let new = NewTicket { code, browser: None, answers: &answers, step: "", case: Some(case) };
    tickets::insert(tx, &new, now).await?;
    Ok(())
}

async fn entry(tx: &mut Tx, case: Id<Case>) -> Result<Entry, Fault> {
    store::entry(tx, &Reach::Region, case).await?.ok_or_else(|| Fault::new("no case"))
}

/// Hands the ticket of a code to the browser that knows it and the last four of the number.
///
/// # Errors
/// A refusal that says the same whichever of both is wrong; a fault if it cannot be read or written.
pub(crate) async fn come_back(
    tx: &mut Tx,
    browser: &str,
    code: LookupCode,
    tail: &str,
    now: Moment,
) -> Result<TicketRow> {
    let row = tickets::of_code(tx, code).await?.ok_or(CitizenRefusal::NotFound)?;
    if !row.answers(tx.db())?.is_tail(tail) {
        return Err(CitizenRefusal::NotFound.into());
    }
    tickets::hand_to(tx, &row, browser, now).await?;
    if let Some(case) = row.case_id {
        tx.audit(Audit::new(None, "legal-aid.ticket.open", OBJECT, case));
    }
    Ok(row)
}

/// Writes a letter about a case.
///
/// # Errors
/// A refusal if the stage does not permit it or words are missing; a fault if it cannot be written.
pub(crate) async fn write_letter(
    tx: &mut Tx,
    case: Id<Case>,
    kind: LetterKind,
    words: &str,
    rating: Option<i64>,
    now: Moment,
) -> Result<Id<Letter>> {
    let entry = entry(tx, case).await?;
    if !kind.fits(&entry.facts()) {
        return Err(CitizenRefusal::NotNow.into());
    }
    if kind.wants_answer() && words.trim().is_empty() {
        return Err(CitizenRefusal::NoWords.into());
    }
    let before = letters::of_case(tx, case).await?;
    if before.iter().filter(|letter| letter.written_at.day() == now.day()).count() >= MOST_A_DAY {
        return Err(CitizenRefusal::TooOften.into());
    }
    if kind == LetterKind::Rate {
        let rating = rating.filter(|rating| (1..=3).contains(rating)).ok_or(CitizenRefusal::NoRating)?;
        if before.iter().any(|letter| letter.kind == LetterKind::Rate) {
            return Err(CitizenRefusal::Rated.into());
        }
        count(tx, &entry, RATED, 1, now.day(), None, now).await?;
        if rating == 3 {
            count(tx, &entry, SATISFIED, 1, now.day(), None, now).await?;
        }
    }
    write(tx, &entry, kind, words, rating, now).await
}

/// Notes what came on paper, by telephone or by word of mouth on a day; its time limit runs from that day.
///
/// # Errors
/// A refusal if the stage does not permit it, words are missing or the day cannot be meant; a fault if it cannot be written.
pub(crate) async fn note_letter(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    kind: LetterKind,
    words: &str,
    on: Day,
    now: Moment,
) -> Result<Id<Letter>> {
    if !kind.is_noted() || !kind.fits(&entry.facts()) {
        return Err(CitizenRefusal::NotNow.into());
    }
    if words.trim().is_empty() {
        return Err(CitizenRefusal::NoWords.into());
    }
    if on > now.day() || on < entry.received_at.day() {
        return Err(CitizenRefusal::BadDay.into());
    }
    let came = Moment::at(on, 12, 0).min(now);
    let id = write(tx, entry, kind, words, None, came).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.letter.note", LETTER, id));
    Ok(id)
}

async fn write(
    tx: &mut Tx,
    entry: &Entry,
    kind: LetterKind,
    words: &str,
    rating: Option<i64>,
    now: Moment,
) -> Result<Id<Letter>> {
    let rules = rules::load(tx).await?;
    let due = kind.rule().and_then(|id| {
        let rule = rules.on(id, now.day())?;
        Some((Calendar::published().due(now, rule.term).ok()?.strict, rule.id))
    });
    let id = letters::insert(tx, entry, kind, words, rating, due, now).await?;
    tx.audit(Audit::new(None, "legal-aid.letter.write", LETTER, id));
    Ok(id)
}

/// Answers a letter.
///
/// # Errors
/// A refusal if it was answered before or nothing is said; a fault if it cannot be written.
pub(crate) async fn answer_letter(
    tx: &mut Tx,
    actor: &Actor,
    row: &LetterRow,
    words: &str,
    now: Moment,
) -> Result<()> {
    if !row.kind.may_answer(actor) {
        return Err(CitizenRefusal::NotYours.into());
    }
    if words.trim().is_empty() {
        return Err(CitizenRefusal::NoWords.into());
    }
    if !letters::answer(tx, row, (actor.id, &actor.name), words, now).await? {
        return Err(CitizenRefusal::Answered.into());
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.letter.answer", LETTER, row.id));
    Ok(())
}
