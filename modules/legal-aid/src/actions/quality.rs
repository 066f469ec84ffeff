//! Draws a sample of archived cases, and writes down what experts found.

use crate::{
    actions::take_application::count,
    figures::{ASSESSED, ASSESSED_GOOD},
    quality::{Batch, draw},
    store::{
        self,
        quality::{self, AssessmentRow, NewBatch},
    },
};
use ::store::{Audit, Tx, keys};
use counsel::Lawyer;
use kernel::{Day, Fault, Id, Moment, Result};
use web::{Actor, Reach};

/// The kinds of records in audit rows.
const BATCH: &str = "legal_aid_batch";
const ASSESSMENT: &str = "legal_aid_assessment";
/// From how many points on a case counts as good.
const GOOD: i64 = 75;

kernel::refusals! {
    /// Why nothing is drawn or written.
    pub(crate) enum QualityRefusal {
        /// Ends before it begins.
        BadDays => Invalid("to_on"), "结束日期不能早于开始日期。";
        /// A share that is none.
        BadShare => Invalid("share"), "抽查比例请填写 1 到 100 的整数。";
        /// Nothing to draw from.
        NoCases => Conflict, "这些天没有还没抽查过的归档案件，请换个日期范围。";
        /// No expert of another firm.
        NoExpert => Conflict, "没有别的律所的律师可以担任专家，请核对律师名册。";
        /// Points beyond the sheet.
        BadPoints => Conflict, "每一项请填写 0 到满分之间的整数。";
        /// The expert works where the case was handled.
        SameFirm => Invalid("expert"), "专家不能来自承办案件的律所，请选择其他专家。";
        /// No words.
        NoWords => Invalid("words"), "不合格的，请写明主要问题。";
        /// Assessed before.
        Done => Conflict, "这个案件已经评估过，结果不能再改。";
    }
}

/// Draws a sample of the cases archived in those days and gives each to an expert of another firm, in turn.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn draw_batch(
    tx: &mut Tx,
    actor: &Actor,
    title: &str,
    (from, to): (Day, Day),
    share: i64,
    now: Moment,
) -> Result<(Id<Batch>, usize)> {
    if to < from {
        return Err(QualityRefusal::BadDays.into());
    }
    if !(1..=100).contains(&share) {
        return Err(QualityRefusal::BadShare.into());
    }
    let archived = quality::archived(tx, Moment::start_of(from), Moment::end_of(to)).await?;
    if archived.is_empty() {
        return Err(QualityRefusal::NoCases.into());
    }
    let experts = quality::experts(tx).await?;
    let seed: String = keys::random_bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let all: Vec<_> = archived.iter().map(|(case, ..)| *case).collect();
    let sample = draw(&all, share, &seed);
    let new = NewBatch { title, days: (from, to), share, of_all: all.len(), seed: &seed, by: &actor.name };
    let batch = quality::insert(tx, &new, now).await?;
    let mut turn = 0;
    for case in &sample {
        let firm = archived.iter().find(|(id, ..)| id == case).and_then(|(_, _, firm)| *firm);
        let free = (0..experts.len()).map(|step| (turn + step) % experts.len().max(1));
        let next = free.into_iter().find(|at| experts.get(*at).is_some_and(|(_, of, _)| Some(*of) != firm));
        let (at, expert) = next
            .and_then(|at| experts.get(at).map(|(expert, ..)| (at, *expert)))
            .ok_or(QualityRefusal::NoExpert)?;
        turn = at + 1;
        quality::add(tx, batch, *case, expert).await?;
    }
    let what = serde_json::json!({ "of": all.len(), "drawn": sample.len() });
    tx.audit(Audit::new(Some(actor.id), "legal-aid.quality.draw", BATCH, batch).with(&what));
    Ok((batch, sample.len()))
}

/// Writes down what an expert found in a case.
///
/// # Errors
/// A refusal by name; a fault if it cannot be written.
pub(crate) async fn assess(
    tx: &mut Tx,
    actor: &Actor,
    row: &AssessmentRow,
    expert: Id<Lawyer>,
    points: &[i64],
    words: &str,
    now: Moment,
) -> Result<i64> {
    let sheet = row.sheet();
    let within = points.iter().zip(&sheet).all(|(points, (_, most))| (0..=*most).contains(points));
    if points.len() != sheet.len() || !within {
        return Err(QualityRefusal::BadPoints.into());
    }
    let experts = quality::experts(tx).await?;
    let firm = experts.iter().find(|(id, ..)| *id == expert).map(|(_, firm, _)| *firm);
    let firm = firm.ok_or(QualityRefusal::NoExpert)?;
    if Some(firm) == row.handler_firm {
        return Err(QualityRefusal::SameFirm.into());
    }
    let total: i64 = points.iter().sum();
    if total < 60 && words.trim().is_empty() {
        return Err(QualityRefusal::NoWords.into());
    }
    if !quality::assess(tx, row, expert, points, words, &actor.name, now).await? {
        return Err(QualityRefusal::Done.into());
    }
    let entry = store::entry(tx, &Reach::Region, row.case_id).await?;
    let entry = entry.ok_or_else(|| Fault::new("no case"))?;
    count(tx, &entry, ASSESSED, 1, now.day(), Some(actor.id), now).await?;
    if total >= GOOD {
        count(tx, &entry, ASSESSED_GOOD, 1, now.day(), Some(actor.id), now).await?;
    }
    tx.audit(Audit::new(Some(actor.id), "legal-aid.quality.assess", ASSESSMENT, row.id));
    Ok(total)
}
