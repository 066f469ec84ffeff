//! The rota: places of duty, a month drawn up and published, turns that are given to somebody else, exchanged or
//! cancelled.

use crate::{
    reminder::{month_notices, turn_notices},
    rota::{Half, Post, PostPlace, Roster, Sitter, Slot, Turn, TurnState, Week, draw_up},
    store::turns::{self, NewTurn, PostRow, TurnRow},
};
use ::store::{Audit, Tx};
use counsel::{Lawyer, LawyerState};
use kernel::{Calendar, Day, Fault, Id, Moment, Result};
use outreach::Settled;
use std::collections::BTreeMap;
use web::{Actor, App, Reach};

/// The kinds of places and turns in audit rows.
const POST: &str = "legal_aid_post";
const TURN: &str = "legal_aid_turn";
/// The kind of what a lawyer is told of published months, under the lawyer's number.
const ROTA: &str = "legal_aid_rota";
/// How many months ahead a rota is drawn up.
const FURTHEST: i32 = 12;

kernel::refusals! {
    /// Why the rota is not changed.
    pub(crate) enum RotaRefusal {
        /// No name.
        NoOrgan => Invalid("organ"), "请填写机关或者地点的名称。";
        /// Such a place is there already.
        Twice => Invalid("organ"), "已经有这个值班点。";
        /// Nobody ever sits there.
        NoWeek => Invalid("w1"), "请至少选一天的值班时段；不再值班的，选“停用”。";
        /// Somebody was quicker.
        Stale => Conflict, "刚才有人改过。请看最新情况，您填的内容还在下面。";
        /// No place was chosen.
        NoPosts => Invalid("posts"), "请至少选一个值班点。";
        /// Nobody was chosen.
        NoLawyers => Invalid("lawyers"), "请至少选一位轮值律师。";
        /// A month that is over, or too far away.
        BadMonth => Invalid("month"), "只能排本月到一年以内的月份。";
        /// Nothing is left to be filled.
        Nothing => Conflict, "这个月选中的值班点都已经排满，没有要排的班次。";
        /// Nobody can sit anywhere.
        NobodyFits => Invalid("lawyers"), "选中的律师一个班次也排不上：他们没有空，或者不能在这些地点值班。";
        /// What was looked at is not what would be published.
        Changed => Conflict, "名册或者值班表刚才有变化，排出来的结果和您看到的不同。请看新的结果，再公布。";
        /// The day is over.
        Past => Conflict, "已经过去的值班不能再改。";
        /// No reason.
        NoReason => Invalid("reason"), "请写明原因，例如开庭、请假。";
        /// Nobody to give it to.
        NoLawyer => Invalid("lawyer"), "请选择接替的律师。";
        /// The same one.
        Same => Invalid("lawyer"), "接替的就是原来的律师。";
        /// Only lawyers sit there.
        NoAdvocate => Invalid("lawyer"), "办案机关和看守所的值班律师应当是律师，基层法律服务工作者不能值班。";
        /// Sits elsewhere at that time.
        Busy => Conflict, "这位律师那个时段在别处值班，一个人不能同时在两处。";
        /// Nothing to exchange with.
        NoOther => Invalid("other"), "请选择和哪一次对调。";
    }
}

/// A place of duty as people say it.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// What kind of place.
    pub place: PostPlace,
    /// Which organ, as its sign has it.
    pub organ: String,
    /// When somebody sits there.
    pub week: Week,
}

/// Writes a place of duty.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn open_post(tx: &mut Tx, actor: &Actor, new: &NewPost) -> Result<Id<Post>> {
    check_post(tx, new, None).await?;
    let id = turns::insert_post(tx, new.place, &new.organ, new.week).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.post.open", POST, id));
    Ok(id)
}

/// Changes one: turns that stand already stay.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn change_post(
    tx: &mut Tx,
    actor: &Actor,
    seen: &PostRow,
    new: &NewPost,
    active: bool,
) -> Result<()> {
    if active {
        check_post(tx, new, Some(seen.id)).await?;
    }
    if !turns::update_post(tx, seen, &new.organ, new.week, active).await? {
        return Err(RotaRefusal::Stale.into());
    }
    tx.audit(
        Audit::new(Some(actor.id), "legal-aid.post.change", POST, seen.id)
            .with(&serde_json::json!({ "active": active })),
    );
    Ok(())
}

async fn check_post(tx: &mut Tx, new: &NewPost, own: Option<Id<Post>>) -> Result<()> {
    if new.organ.trim().is_empty() {
        return Err(RotaRefusal::NoOrgan.into());
    }
    if new.week.0.iter().all(Option::is_none) {
        return Err(RotaRefusal::NoWeek.into());
    }
    if turns::is_there(tx, new.place, &new.organ, own).await? {
        return Err(RotaRefusal::Twice.into());
    }
    Ok(())
}

/// A month that is to be drawn up: for which places, by whom.
#[derive(Debug, Clone)]
pub struct Plan {
    /// A day of the month.
    pub month: Day,
    /// The places.
    pub posts: Vec<Id<Post>>,
    /// Who takes turns.
    pub lawyers: Vec<Id<Lawyer>>,
}

/// A month as it was drawn up, with what its lawyers did before.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) roster: Roster,
    pub(crate) sitters: Vec<Sitter>,
    /// Chosen, and not drawn: no longer in practice, or not yet.
    pub(crate) left_out: usize,
}

/// Draws a month up from today on, without writing anything: what stands already stays and is counted.
///
/// # Errors
/// A refusal by name, or that the year's days off are not published; a fault if it cannot be read.
pub(crate) async fn draw(tx: &mut Tx, plan: &Plan, today: Day) -> Result<Drawn> {
    let first = plan.month.first_of_month();
    if first < today.first_of_month() || first > today.add_months(FURTHEST) {
        return Err(RotaRefusal::BadMonth.into());
    }
    let last = first.last_of_month();
    let calendar = Calendar::published();
    let there = turns::between(tx, first, last).await?;
    let slots = open_slots(tx, plan, first.max(today), &there, &calendar).await?;
    if slots.is_empty() {
        return Err(RotaRefusal::Nothing.into());
    }
    if plan.lawyers.is_empty() {
        return Err(RotaRefusal::NoLawyers.into());
    }
    let new_year = Day::new(first.year(), 1, 1).unwrap_or(first);
    let sat = turns::sat(tx, new_year, last).await?;
    let mut sitters = Vec::new();
    for lawyer in turns::practising(tx).await? {
        if !plan.lawyers.contains(&lawyer.id) || lawyer.licensed_since > first.max(today) {
            continue;
        }
        let own = sat.iter().find(|sat| sat.lawyer_id == lawyer.id);
        sitters.push(Sitter {
            id: lawyer.id,
            kind: lawyer.kind,
            before: own.map_or(0, |sat| sat.turns),
            last: own.map(|sat| sat.last),
            taken: there
                .iter()
                .filter(|row| row.lawyer_id == lawyer.id)
                .map(|row| (row.on_day, row.half))
                .collect(),
        });
    }
    let roster = draw_up(slots, &sitters);
    if roster.gaps() == roster.lines.len() {
        return Err(RotaRefusal::NobodyFits.into());
    }
    Ok(Drawn { roster, left_out: plan.lawyers.len().saturating_sub(sitters.len()), sitters })
}

/// The slots of the chosen places in which nobody sits yet.
async fn open_slots(
    tx: &mut Tx,
    plan: &Plan,
    from: Day,
    there: &[TurnRow],
    calendar: &Calendar,
) -> Result<Vec<Slot>> {
    let (mut slots, mut any) = (Vec::new(), false);
    for post in turns::posts(tx).await? {
        if !plan.posts.contains(&post.id) || !post.is_active() {
            continue;
        }
        any = true;
        slots.extend(gaps_of(&post, from, there, calendar)?);
    }
    if any { Ok(slots) } else { Err(RotaRefusal::NoPosts.into()) }
}

/// In which slots of a place nobody sits, from a day to the end of its month.
pub(crate) fn gaps_of(
    post: &PostRow,
    from: Day,
    there: &[TurnRow],
    calendar: &Calendar,
) -> Result<Vec<Slot>> {
    let mut slots = Vec::new();
    for ahead in 0..=from.days_until(from.last_of_month()) {
        let on = from.add_days(ahead);
        let Some(half) = post.week().on(on, calendar)? else { continue };
        let taken: Vec<Half> = there
            .iter()
            .filter(|row| row.post_id == post.id && row.on_day == on)
            .map(|row| row.half)
            .collect();
        let parts = match half {
            // Of a whole day one half may be taken.
            Half::Day if taken.is_empty() => vec![Half::Day],
            Half::Day => vec![Half::Morning, Half::Afternoon],
            half => vec![half],
        };
        for half in parts.into_iter().filter(|half| !taken.iter().any(|other| other.meets(*half))) {
            slots.push(Slot { post: post.id, place: post.place, on, half });
        }
    }
    Ok(slots)
}

/// Publishes a month as it was drawn up: `seen` is the fingerprint of what the person looked at; without one it is
/// published as it is.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub async fn publish(
    tx: &mut Tx,
    actor: &Actor,
    plan: &Plan,
    seen: Option<&str>,
    now: Moment,
) -> Result<usize> {
    let roster = draw(tx, plan, now.day()).await?.roster;
    if seen.is_some_and(|seen| seen != roster.fingerprint()) {
        return Err(RotaRefusal::Changed.into());
    }
    let mut many = 0;
    // How many turns each one has, and the first of them.
    let mut told: BTreeMap<i64, (usize, (Day, Half))> = BTreeMap::new();
    for (slot, lawyer) in &roster.lines {
        let Some(lawyer) = *lawyer else { continue };
        let new = NewTurn { post: slot.post, on: slot.on, half: slot.half, lawyer, instead_of: None };
        turns::insert(tx, new, &actor.name, now).await?;
        many += 1;
        let of_lawyer = told.entry(lawyer.raw()).or_insert((0, (slot.on, slot.half)));
        of_lawyer.0 += 1;
        of_lawyer.1 = of_lawyer.1.min((slot.on, slot.half));
    }
    let people = identity::everybody(tx).await?;
    for (lawyer, (turns, first)) in told {
        let notices = month_notices(lawyer, plan.month, turns, first, &people);
        outreach::settle(tx, (ROTA, lawyer), &notices, now).await?;
    }
    let month = plan.month.first_of_month().to_string();
    tx.audit(
        Audit::about(Some(actor.id), "legal-aid.rota.publish", TURN)
            .with(&serde_json::json!({ "month": month, "turns": many, "gaps": roster.gaps() })),
    );
    Ok(many)
}

/// What is true of every change to a turn.
fn check_turn(seen: &TurnRow, reason: &str, now: Moment) -> Result<(), RotaRefusal> {
    if !seen.is_planned() {
        return Err(RotaRefusal::Stale);
    }
    if seen.on_day < now.day() {
        return Err(RotaRefusal::Past);
    }
    if reason.trim().is_empty() {
        return Err(RotaRefusal::NoReason);
    }
    Ok(())
}

/// Whether that lawyer may take the turn; turns that are given up in return do not count.
async fn check_taker(tx: &mut Tx, turn: &TurnRow, lawyer: Id<Lawyer>, but: &[Id<Turn>]) -> Result<()> {
    let known = counsel::lawyer(tx, lawyer).await?;
    let Some(row) = known.filter(|row| row.state == LawyerState::Active) else {
        return Err(RotaRefusal::NoLawyer.into());
    };
    if !turn.place.admits(row.kind) {
        return Err(RotaRefusal::NoAdvocate.into());
    }
    if turns::is_busy(tx, lawyer, turn.on_day, turn.half, but).await? {
        return Err(RotaRefusal::Busy.into());
    }
    Ok(())
}

async fn give(
    tx: &mut Tx,
    actor: &Actor,
    turn: &TurnRow,
    lawyer: Id<Lawyer>,
    now: Moment,
) -> Result<Id<Turn>> {
    let (post, on, half) = (turn.post_id, turn.on_day, turn.half);
    let new = NewTurn { post, on, half, lawyer, instead_of: Some(turn.id) };
    Ok(turns::insert(tx, new, &actor.name, now).await?)
}

/// Gives a turn to somebody else.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn replace_turn(
    tx: &mut Tx,
    actor: &Actor,
    seen: &TurnRow,
    lawyer: Id<Lawyer>,
    reason: &str,
    now: Moment,
) -> Result<Id<Turn>> {
    check_turn(seen, reason, now)?;
    if lawyer == seen.lawyer_id {
        return Err(RotaRefusal::Same.into());
    }
    check_taker(tx, seen, lawyer, &[]).await?;
    if !turns::close(tx, seen, TurnState::Changed, reason, &actor.name, now).await? {
        return Err(RotaRefusal::Stale.into());
    }
    let id = give(tx, actor, seen, lawyer, now).await?;
    tell(tx, &[seen.id, id], now).await?;
    tx.audit(
        Audit::new(Some(actor.id), "legal-aid.turn.replace", TURN, seen.id)
            .with(&serde_json::json!({ "by": id.raw() })),
    );
    Ok(id)
}

/// Exchanges two turns between their lawyers; returns the first one's new row.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn swap_turns(
    tx: &mut Tx,
    actor: &Actor,
    seen: &TurnRow,
    other: &TurnRow,
    reason: &str,
    now: Moment,
) -> Result<Id<Turn>> {
    check_turn(seen, reason, now)?;
    check_turn(other, reason, now)?;
    if seen.lawyer_id == other.lawyer_id {
        return Err(RotaRefusal::NoOther.into());
    }
    let both = [seen.id, other.id];
    check_taker(tx, seen, other.lawyer_id, &both).await?;
    check_taker(tx, other, seen.lawyer_id, &both).await?;
    for turn in [seen, other] {
        if !turns::close(tx, turn, TurnState::Changed, reason, &actor.name, now).await? {
            return Err(RotaRefusal::Stale.into());
        }
    }
    let id = give(tx, actor, seen, other.lawyer_id, now).await?;
    let back = give(tx, actor, other, seen.lawyer_id, now).await?;
    tell(tx, &[seen.id, other.id, id, back], now).await?;
    tx.audit(
        Audit::new(Some(actor.id), "legal-aid.turn.swap", TURN, seen.id)
            .with(&serde_json::json!({ "with": other.id.raw() })),
    );
    Ok(id)
}

/// Takes a turn off the rota: nobody sits there then.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn cancel_turn(
    tx: &mut Tx,
    actor: &Actor,
    seen: &TurnRow,
    reason: &str,
    now: Moment,
) -> Result<()> {
    check_turn(seen, reason, now)?;
    if !turns::close(tx, seen, TurnState::Cancelled, reason, &actor.name, now).await? {
        return Err(RotaRefusal::Stale.into());
    }
    tell(tx, &[seen.id], now).await?;
    tx.audit(Audit::new(Some(actor.id), "legal-aid.turn.cancel", TURN, seen.id));
    Ok(())
}

/// Makes the notices about turns what they should be now.
async fn tell(tx: &mut Tx, turns: &[Id<Turn>], now: Moment) -> Result<()> {
    let people = identity::everybody(tx).await?;
    for id in turns {
        let Some(row) = turns::turn(tx, &Reach::Region, *id).await? else { continue };
        outreach::settle(tx, (TURN, id.raw()), &turn_notices(&row, &people, now.day()), now).await?;
    }
    Ok(())
}

/// Goes through the turns of yesterday, today and tomorrow: whoever sits tomorrow is told, what is over is taken back.
///
/// # Errors
/// A fault if the database cannot be read or written.
pub(crate) async fn remind_all(app: &App) -> Result<Settled, Fault> {
    let mut all = Settled::default();
    let now = app.clock.now();
    let mut tx = app.db.begin_write().await?;
    let rows = turns::all_between(&mut tx, now.day().add_days(-1), now.day().add_days(1)).await?;
    let people = identity::everybody(&mut tx).await?;
    for row in rows {
        let notices = turn_notices(&row, &people, now.day());
        let settled = outreach::settle(&mut tx, (TURN, row.id.raw()), &notices, now).await?;
        all += settled;
    }
    tx.commit().await?;
    Ok(all)
}
