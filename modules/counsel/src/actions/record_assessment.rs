//! Writes down the outcome of a yearly assessment, or corrects it.

use crate::{
    lawyer::{Grade, Lawyer},
    store::{self, changes},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Result};

kernel::refusals! {
    /// Why an assessment cannot be written down.
    pub(crate) enum AssessmentRefusal {
        /// They are not in the register.
        Unknown => NotFound, "没有这位律师。";
        /// The year lies ahead.
        NotYet => Invalid("year"), "考核年度不能晚于今年。";
        /// The lawyer did not practise then.
        BeforeLicence => Invalid("year"), "考核年度不能早于取得执业证的年份。";
    }
}

/// Writes the grade of a year; a grade that stood there is replaced, and the audit trail keeps it.
pub(crate) async fn record_assessment(
    tx: &mut Tx,
    actor: Option<i64>,
    id: Id<Lawyer>,
    year: i64,
    grade: Grade,
    today: Day,
) -> Result<()> {
    let lawyer = store::lawyer(tx, id).await?.ok_or(AssessmentRefusal::Unknown)?;
    if year > i64::from(today.year()) {
        return Err(AssessmentRefusal::NotYet.into());
    }
    if year < i64::from(lawyer.licensed_since.year()) {
        return Err(AssessmentRefusal::BeforeLicence.into());
    }
    let was =
        changes::assessments(tx, id).await?.into_iter().find(|a| a.year == year).map(|a| a.grade.as_str());
    changes::put_assessment(tx, id, year, grade).await?;
    let details = serde_json::json!({ "year": year, "grade": grade.as_str(), "was": was });
    tx.audit(Audit::new(actor, "counsel.assessment.record", "counsel_lawyer", id).with(&details));
    Ok(())
}
