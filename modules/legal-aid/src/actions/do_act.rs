//! Does one of the acts of a case: the stage and the person must permit it, its words and codes must be there; then the
//! facts change, the event is written, and what counts is counted, in one transaction.

use crate::{
    act::{Act, Input, Words},
    actions::{
        offer::check_offer,
        take_application::{OBJECT, count, count_accepted},
        tell::leave_word,
    },
    case::{Case, Decision, Facts},
    clock::clocks,
    figures::{CLOSED, RECOVERED, REFUSED, SUBSIDIES},
    particulars::Domain,
    store::{
        self, Besides, Entry,
        events::{self, NewEvent},
        numbers, rules, subsidies,
    },
    subsidy::Subsidy,
};
use ::store::{Audit, Tx, tally};
use counsel::Lawyer;
use kernel::{Calendar, Day, Fault, Id, Moment, NumberPattern, Result};
use web::{Actor, Reach, Role};

kernel::refusals! {
    /// Why an act cannot be done by this person or in this way.
    pub(crate) enum ActRefusal {
        /// The role does not do this.
        NotYours => Forbidden, "这一步不由您办理。请看“现在由谁办”。";
        /// The lawyer does not have the case.
        NotYourCase => Forbidden, "这个案件不是指派给您的。";
        /// Somebody was quicker.
        Stale => Conflict, "刚才有人办理过这个案件，您填写的内容没有保存。请看最新情况后再办，内容还在下面。";
        /// Words are missing.
        NoWords => Invalid("words"), "请写明情况，别人要靠它知道为什么。";
        /// The code is missing.
        NoCode => Invalid("code"), "请选择依据的情形。";
        /// Refusing needs a reason.
        NoReason => Invalid("code"), "不予法律援助的，请选择理由（法律援助法第四十三条第一款：应当书面告知理由）。";
        /// A conflict of interest is set aside without a word.
        NotLookedInto => Invalid("cleared_why"), "请写明怎样核实的、为什么不构成利益冲突。";
        /// Nobody to offer it to.
        NoLawyer => Invalid("lawyer"), "请选择承办律师。";
        /// The lawyer cannot be asked.
        LawyerGone => Invalid("lawyer"), "这位律师已不在执业，请选择其他律师。";
        /// One person does both.
        OwnProposal => Conflict, "提出审查意见的人不能自己审批，请由另一位负责人审批。";
        /// Conflict of interest not looked at.
        NotChecked => Invalid("no_conflict"), "接受指派前，请核对双方当事人，确认没有利害冲突（律师法第三十九条）。";
        /// An approval without its sums.
        NoSubsidy => Invalid("standard"), "请填写补贴的标准；没有补贴的填 0。";
        /// Yuan that are none.
        BadAmount => Invalid("amount"), "金额请填写 0 到 1000000000 的整数，单位为元。";
        /// More wages than recovered altogether.
        TooMuchWages => Invalid("wages"), "其中为农民工讨薪的金额不能超过挽回损失或者取得利益的总额。";
    }
}

/// What is said with an act.
#[derive(Debug, Clone, Default)]
pub struct Saying {
    /// Words.
    pub words: String,
    /// Code of the dictionary that the act names (or `refuse` for a refusal).
    pub code: String,
    /// Grant or refuse.
    pub decision: Option<Decision>,
    /// The day it happened, of acts that ask for one.
    pub on: Option<Day>,
    /// Whom the case is offered to.
    pub lawyer: Option<Id<Lawyer>>,
    /// Why what looks like a conflict of interest is none, if somebody looked into it (offering).
    pub cleared: Option<String>,
    /// The sums of the subsidy, of its approval.
    pub subsidy: Option<Subsidy>,
    /// Yuan recovered, of the closing.
    pub amount: Option<i64>,
    /// Yuan of it that are wages of migrant workers (closing).
    pub wages: i64,
    /// That the parties were looked at and there is no conflict of interest.
    pub no_conflict: bool,
}

/// The most yuan that one case recovers: more is a slip of the finger, or another number.
const MOST_RECOVERED: i64 = 1_000_000_000;

/// The bureau's pattern of official numbers.
pub const NUMBER_PATTERN: &str = "（{year}）武法援{kind}字第{seq}号";

/// Does the act; `entry` is what the person saw.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn do_act(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    act: Act,
    saying: &Saying,
    now: Moment,
) -> Result<()> {
    may(actor, entry, act)?;
    complete(tx, actor, entry, act, saying, now).await?;
    let cleared = match act {
        Act::Offer => check_offer(tx, entry, saying, now.day()).await?,
        _ => None,
    };
    let input = Input { at: now, on: saying.on.filter(|_| act.asks_day()), decision: saying.decision };
    let facts = entry.facts().after(act, &input)?;
    let besides = besides(tx, entry, act, saying, now).await?;
    let rules = rules::load(tx).await?;
    let running = clocks(&facts, &rules, &Calendar::published(), now);
    let urgency = store::urgency(&facts, entry.green, &running);
    if !store::save(tx, entry, &facts, &besides, urgency).await? {
        return Err(ActRefusal::Stale.into());
    }
    let lawyer = saying.lawyer.or(entry.lawyer_id);
    events::insert(
        tx,
        &NewEvent {
            case: entry.id,
            act: act.as_str(),
            at: now,
            on: input.on,
            actor: Some((actor.id, actor.name.as_str())),
            words: &saying.words,
            code: &saying.code,
            decision: saying.decision.filter(|_| act.asks_decision()),
            lawyer,
            before: entry.stage.as_str(),
            after: facts.stage(),
            cleared: cleared.as_ref().map(|cleared| cleared.words.as_str()),
        },
    )
    .await?;
    if let Some(cleared) = cleared {
        tx.audit(
            Audit::new(Some(actor.id), "legal-aid.conflict.clear", OBJECT, entry.id)
                .with(&serde_json::json!({ "kinds": cleared.kinds, "lawyer": lawyer.map(Id::raw) })),
        );
    }
    write_subsidy(tx, entry.id, act, saying, (&actor.name, now)).await?;
    count_act(tx, entry, act, &facts, saying, actor.id, now).await?;
    leave_word(tx, entry.id, act.as_str(), now).await?;
    tx.audit(
        Audit::new(Some(actor.id), "legal-aid.case.act", OBJECT, entry.id)
            .with(&serde_json::json!({ "act": act.as_str() })),
    );
    Ok(())
}

/// Writes the sums of an approval, or the day of a payment.
pub(crate) async fn write_subsidy(
    tx: &mut Tx,
    case: Id<Case>,
    act: Act,
    saying: &Saying,
    (by, now): (&str, Moment),
) -> Result<(), Fault> {
    match (act, &saying.subsidy, saying.on) {
        (Act::Price, Some(subsidy), _) => subsidies::approve(tx, case, subsidy, by, now).await,
        (Act::Pay, _, Some(on)) => subsidies::paid(tx, case, on).await,
        _ => Ok(()),
    }
}

/// Whether the act is this person's.
pub(crate) fn may(actor: &Actor, entry: &Entry, act: Act) -> Result<(), ActRefusal> {
    if !act.roles().iter().any(|role| actor.roles.contains(role)) {
        return Err(ActRefusal::NotYours);
    }
    let as_lawyer = actor.roles.iter().all(|role| *role == Role::Adviser);
    match actor.reach() {
        Reach::Lawyer(lawyer) if as_lawyer && entry.lawyer_id.map(Id::raw) != Some(lawyer) => {
            Err(ActRefusal::NotYourCase)
        }
        _ => Ok(()),
    }
}

/// Whether a dictionary has the code: figures by reason or result must find their words.
async fn known(tx: &mut Tx, list: &str, code: &str, now: Moment) -> Result<bool> {
    Ok(!code.is_empty() && parties::term_name(tx, list, code, now.day()).await?.is_some())
}

async fn complete(
    tx: &mut Tx,
    actor: &Actor,
    entry: &Entry,
    act: Act,
    saying: &Saying,
    now: Moment,
) -> Result<()> {
    if act.words() == Words::Needed && saying.words.trim().is_empty() {
        return Err(ActRefusal::NoWords.into());
    }
    let domain = entry.settled().domain;
    if let Some(list) = act.code_list(domain == Domain::Criminal)
        && (!act.takes_code(domain, &saying.code) || !known(tx, list, &saying.code, now).await?)
    {
        return Err(ActRefusal::NoCode.into());
    }
    if act.asks_decision()
        && saying.decision == Some(Decision::Refuse)
        && !known(tx, "refuse", &saying.code, now).await?
    {
        return Err(ActRefusal::NoReason.into());
    }
    if act == Act::Decide && events::last_proposer(tx, entry.id).await? == Some(actor.id) {
        return Err(ActRefusal::OwnProposal.into());
    }
    if act == Act::Accept && !saying.no_conflict {
        return Err(ActRefusal::NotChecked.into());
    }
    if act == Act::Price {
        saying.subsidy.as_ref().ok_or(ActRefusal::NoSubsidy)?.check()?;
    }
    if saying.amount.is_some_and(|amount| !(0..=MOST_RECOVERED).contains(&amount)) {
        return Err(ActRefusal::BadAmount.into());
    }
    if act == Act::File && !(0..=saying.amount.unwrap_or(0)).contains(&saying.wages) {
        return Err(ActRefusal::TooMuchWages.into());
    }
    Ok(())
}

/// What an act adds to the row besides its dated facts.
pub(crate) async fn besides(
    tx: &mut Tx,
    entry: &Entry,
    act: Act,
    saying: &Saying,
    now: Moment,
) -> Result<Besides> {
    let mut besides = Besides::default();
    match act {
        Act::Decide if saying.decision == Some(Decision::Refuse) => {
            besides.refuse_reason = Some(saying.code.clone());
        }
        Act::Reopen => besides.refuse_reason = Some(String::new()),
        Act::Resume => besides.end_reason = Some(String::new()),
        Act::Decide if entry.official_number.is_none() => {
            besides.official_number = Some(number(tx, entry, now).await?);
        }
        Act::Offer => {
            besides.lawyer = Some(saying.lawyer);
            // A notified case has no decision: it gets its number when it is assigned. What was given in advance waits
            // for its decision.
            if entry.official_number.is_none() && entry.facts().formalities().is_none() {
                besides.official_number = Some(number(tx, entry, now).await?);
            }
        }
        Act::Decline | Act::Replace => besides.lawyer = Some(None),
        Act::File => {
            besides.result = Some(saying.code.clone());
            besides.recovered = Some(saying.amount.unwrap_or(0));
            besides.wages = Some(saying.wages);
        }
        Act::Price => besides.subsidy = saying.subsidy.as_ref().map(Subsidy::total),
        Act::Terminate => besides.end_reason = Some(saying.code.clone()),
        _ => {}
    }
    Ok(besides)
}

async fn number(tx: &mut Tx, entry: &Entry, now: Moment) -> Result<String> {
    let pattern = NumberPattern::new(NUMBER_PATTERN)?;
    let year = now.day().year();
    let seq = numbers::next(tx, i64::from(year)).await?;
    let seq = u32::try_from(seq).map_err(|_| Fault::new("the official numbers of a year are used up"))?;
    Ok(pattern.format(year, if entry.settled().domain == Domain::Criminal { "刑" } else { "民" }, seq))
}

/// Counts what an act leads to; `facts` are those after it.
pub(crate) async fn count_act(
    tx: &mut Tx,
    entry: &Entry,
    act: Act,
    facts: &Facts,
    saying: &Saying,
    actor: i64,
    now: Moment,
) -> Result<()> {
    match act {
        Act::Decide if saying.decision == Some(Decision::Refuse) => {
            count(tx, entry, REFUSED, 1, now.day(), Some(actor), now).await
        }
        Act::Reopen => {
            tally::reverse_measure(tx, OBJECT, entry.id.raw(), REFUSED, Some(actor), now).await?;
            Ok(())
        }
        Act::Decide => count_accepted(tx, entry, now.day(), Some(actor), now).await,
        Act::Forward if entry.facts().accepted_on().is_none() => match facts.accepted_on() {
            Some(day) => count_accepted(tx, entry, day, Some(actor), now).await,
            None => Ok(()),
        },
        Act::Pay if entry.subsidy > 0 => {
            count(tx, entry, SUBSIDIES, entry.subsidy, saying.on.unwrap_or(now.day()), Some(actor), now).await
        }
        Act::PassFile => {
            let day = facts.closed_on.unwrap_or(now.day());
            count(tx, entry, CLOSED, 1, day, Some(actor), now).await?;
            if entry.recovered > 0 {
                count(tx, entry, RECOVERED, entry.recovered, day, Some(actor), now).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
