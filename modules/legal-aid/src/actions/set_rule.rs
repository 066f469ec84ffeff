//! Confirms a time limit that is not law, sets another length of it from a day on, or takes that back before the day.

use crate::{
    rule::{Rule, Standing, TermUnit, known},
    store::rules::{self, Insert, VersionRow, seen},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Moment, Result, Term};
use web::Actor;

/// The kind of a version in audit rows.
const RULE: &str = "legal_aid_rule";
/// What begins later than in two years is a slip of the year.
const FAR_DAYS: i64 = 731;

kernel::refusals! {
    /// Why a time limit is not set.
    pub(crate) enum RuleRefusal {
        /// Nobody knows it.
        NoRule => NotFound, "没有这条期限规则。";
        /// It is law.
        Law => Conflict, "这是法律规定的期限，本局不能改。法律修改以后，由系统更新。";
        /// Somebody was quicker.
        Stale => Conflict, "刚才有人改过这条期限，您填写的内容没有保存，还在下面。请看最新情况后再提交。";
        /// It was confirmed.
        Confirmed => Conflict, "这条期限本局已经确认过。要改长短的，请选“另设期限”。";
        /// No length, or none that can be meant.
        BadLength => Invalid("count"), "请填写整数：1 到 365 日、250 个工作日、720 小时或者 12 个月以内。";
        /// The length is what holds on that day anyway.
        Same => Invalid("count"), "和那一天本来的期限一样。只是确认的，请选“按现在的期限确认”。";
        /// The day has begun.
        TooEarly => Invalid("valid_from"), "最早从明天起：已经起算的期限不能变。";
        /// The day is far away.
        TooFar => Invalid("valid_from"), "施行日期在两年以后，请核对年份。";
        /// The day has its version.
        Twice => Invalid("valid_from"), "从这一天起的期限已经设过。要改的，请先收回那一条，或者另选日期。";
        /// No document.
        NoDocument => Invalid("document"), "请写明批准文件的名称和文号，没有文号的写明谁在哪天批准。";
        /// No reason.
        NoReason => Invalid("reason"), "请写明原因。";
        /// It holds already.
        Begun => Conflict, "这一条已经施行，不能收回。要改的，请另设一个期限。";
        /// Unknown or taken back.
        Gone => Conflict, "这一条已经收回，或者刚才有人改过。";
    }
}

/// What the bureau says of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// It stays as it is.
    Confirm,
    /// It is so long from that day on.
    Change { unit: TermUnit, count: u32, from: Day },
}

/// Writes the bureau's word on a rule; `version` is what the person saw (`seen`). What began before the first day keeps the
/// length that it began with.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn set_rule(
    tx: &mut Tx,
    actor: &Actor,
    id: &str,
    word: Word,
    (document, reason): (&str, &str),
    version: i64,
    now: Moment,
) -> Result<()> {
    let rule = known(id).ok_or(RuleRefusal::NoRule)?;
    let today = now.day();
    let rows = rules::versions(tx, rule.id).await?;
    if seen(&rows) != version {
        return Err(RuleRefusal::Stale.into());
    }
    let all = rules::load(tx).await?;
    let on = |day| all.on(rule.id, day).cloned().ok_or(RuleRefusal::NoRule);
    let (term, from) = match word {
        Word::Confirm => match on(today)? {
            current if current.standing == Standing::Law => return Err(RuleRefusal::Law.into()),
            current if current.standing == Standing::Confirmed => return Err(RuleRefusal::Confirmed.into()),
            current => (current.term, today),
        },
        Word::Change { unit, count, from } => {
            let before = on(from)?;
            if before.standing == Standing::Law || on(today)?.standing == Standing::Law {
                return Err(RuleRefusal::Law.into());
            }
            changed(&rows, &before, unit.of(count), from, today)?;
            if !(1..=unit.most()).contains(&count) {
                return Err(RuleRefusal::BadLength.into());
            }
            (unit.of(count), from)
        }
    };
    if document.trim().is_empty() {
        return Err(RuleRefusal::NoDocument.into());
    }
    if word != Word::Confirm && reason.trim().is_empty() {
        return Err(RuleRefusal::NoReason.into());
    }
    let new = Insert { rule: rule.id, nth: rows.len() + 1, term, valid_from: from, document, reason };
    let made = rules::insert(tx, &new, &actor.name, now).await?.ok_or(RuleRefusal::Stale)?;
    let what = serde_json::json!({ "rule": rule.id, "term": term.label(), "from": from.to_string() });
    tx.audit(Audit::new(Some(actor.id), "legal-aid.rule.set", RULE, made).with(&what));
    Ok(())
}

/// Whether a change can begin on that day.
fn changed(rows: &[VersionRow], before: &Rule, term: Term, from: Day, today: Day) -> Result<(), RuleRefusal> {
    if from <= today {
        return Err(RuleRefusal::TooEarly);
    }
    if today.days_until(from) > FAR_DAYS {
        return Err(RuleRefusal::TooFar);
    }
    if rows.iter().any(|row| row.withdrawn_at.is_none() && row.valid_from == from) {
        return Err(RuleRefusal::Twice);
    }
    if before.term == term && before.standing == Standing::Confirmed {
        return Err(RuleRefusal::Same);
    }
    Ok(())
}

/// Takes back a version that has not begun.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn take_back(
    tx: &mut Tx,
    actor: &Actor,
    rule: &str,
    id: Id<Rule>,
    reason: &str,
    now: Moment,
) -> Result<()> {
    let rows = rules::versions(tx, rule).await?;
    let row = rows.iter().find(|row| row.id == id && row.withdrawn_at.is_none()).ok_or(RuleRefusal::Gone)?;
    if !row.is_ahead(now.day()) {
        return Err(RuleRefusal::Begun.into());
    }
    if reason.trim().is_empty() {
        return Err(RuleRefusal::NoReason.into());
    }
    if !rules::take_back(tx, id, (&actor.name, reason), now).await? {
        return Err(RuleRefusal::Gone.into());
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.rule.withdraw", RULE, id));
    Ok(())
}
