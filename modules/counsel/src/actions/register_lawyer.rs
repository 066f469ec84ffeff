//! Enters a lawyer or legal worker into the register.

use crate::{
    firm::Firm,
    lawyer::{DisciplineKind, Grade, Lawyer, LawyerKind, PHONE_FIELD},
    store::{self, changes},
};
use ::store::{Audit, Tx};
use kernel::{Day, Id, Phone, Result};

/// A lawyer to be entered.
#[derive(Debug, Clone)]
pub struct NewLawyer {
    /// The firm.
    pub firm: Id<Firm>,
    /// Name.
    pub name: String,
    /// `男`, `女` or empty.
    pub sex: String,
    /// Lawyer or legal worker.
    pub kind: LawyerKind,
    /// Number of the licence.
    pub licence: String,
    /// Since when.
    pub licensed_since: Day,
    /// Telephone; it will hang on the boards of the villages.
    pub phone: Option<Phone>,
    /// Codes of the dictionary `speciality`.
    pub specialities: Vec<String>,
    /// A name of the dictionary `dialect`.
    pub dialect: String,
    /// Year and grade of the newest yearly assessment, if known.
    pub assessment: Option<(i64, String)>,
    /// A sanction that is known, else empty.
    pub discipline: String,
}

kernel::refusals! {
    /// Why a lawyer cannot be entered.
    pub(crate) enum RegisterRefusal {
        /// No such firm.
        UnknownFirm => Invalid("firm"), "请选择执业机构。";
        /// The licence is taken.
        LicenceTaken => Invalid("licence"), "该执业证号已登记，请核对；已在名册中的，请直接修改原记录。";
        /// A sex that is none.
        UnknownSex => Invalid("sex"), "性别请选择男或女。";
        /// A grade that is none.
        UnknownGrade => Invalid("grade"), "考核结果请选择称职、基本称职或不称职。";
    }
}

/// Enters the lawyer.
///
/// # Errors
/// A refusal if the firm is unknown or the licence taken; a fault if it cannot be written.
pub async fn register_lawyer(tx: &mut Tx, actor: Option<i64>, lawyer: &NewLawyer) -> Result<Id<Lawyer>> {
    if store::firm(tx, lawyer.firm).await?.is_none() {
        return Err(RegisterRefusal::UnknownFirm.into());
    }
    if store::lawyer_with_licence(tx, &lawyer.licence).await?.is_some() {
        return Err(RegisterRefusal::LicenceTaken.into());
    }
    if !["男", "女", ""].contains(&lawyer.sex.as_str()) {
        return Err(RegisterRefusal::UnknownSex.into());
    }
    let assessment = match &lawyer.assessment {
        Some((year, grade)) => Some((*year, Grade::from_text(grade).ok_or(RegisterRefusal::UnknownGrade)?)),
        None => None,
    };
    let id = tx.new_id()?;
    let phone = match &lawyer.phone {
        Some(phone) => Some(tx.db().keys().seal(PHONE_FIELD, phone.as_str())?),
        None => None,
    };
    changes::insert_lawyer(tx, id, lawyer, phone).await?;
    if let Some((year, grade)) = assessment {
        changes::put_assessment(tx, id, year, grade).await?;
    }
    if !lawyer.discipline.is_empty() {
        let known = changes::NewDiscipline {
            happened_on: None,
            kind: DisciplineKind::Other,
            until_on: None,
            reason: lawyer.discipline.clone(),
            decided_by: String::new(),
        };
        changes::insert_discipline(tx, id, &known).await?;
    }
    tx.audit(Audit::new(actor, "counsel.lawyer.register", "counsel_lawyer", id));
    Ok(id)
}
