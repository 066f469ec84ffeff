//! Statements that change firms and lawyers, and what edit pages read.

use crate::{
    firm::{Firm, FirmKind, FirmState},
    lawyer::{DisciplineKind, Grade, Lawyer, LawyerKind, LawyerState},
};
use kernel::{Day, Fault, Id};
use store::{Tx, params};

store::record! {
    /// A firm as the edit page needs it.
    #[derive(Debug, Clone)]
    pub(crate) struct FirmEdit {
        pub(crate) id: Id<Firm>,
        pub(crate) name: String,
        pub(crate) kind: FirmKind,
        pub(crate) uscc: Option<String>,
        pub(crate) address: String,
        pub(crate) phone_sealed: Option<String>,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        pub(crate) state: FirmState,
        pub(crate) version: i64,
    }
}

store::record! {
    /// A lawyer as the edit page needs them.
    #[derive(Debug, Clone)]
    pub(crate) struct LawyerEdit {
        pub(crate) id: Id<Lawyer>,
        pub(crate) firm_id: Id<Firm>,
        pub(crate) name: String,
        pub(crate) sex: String,
        pub(crate) kind: LawyerKind,
        pub(crate) licence: String,
        pub(crate) licensed_since: Day,
        pub(crate) phone_sealed: Option<String>,
        pub(crate) specialities: String,
        pub(crate) dialect: String,
        pub(crate) state: LawyerState,
        pub(crate) left_on: Option<Day>,
        pub(crate) version: i64,
    }
}

store::record! {
    /// A yearly assessment.
    #[derive(Debug, Clone)]
    pub(crate) struct AssessmentRow {
        pub(crate) year: i64,
        pub(crate) grade: Grade,
    }
}

store::record! {
    /// A sanction.
    #[derive(Debug, Clone)]
    pub(crate) struct DisciplineRow {
        pub(crate) happened_on: Option<Day>,
        pub(crate) kind: DisciplineKind,
        pub(crate) until_on: Option<Day>,
        pub(crate) reason: String,
        pub(crate) decided_by: String,
    }
}

pub(crate) async fn firm_edit(tx: &mut Tx, id: Id<Firm>) -> Result<Option<FirmEdit>, Fault> {
    tx.optional(
        "select id, name, kind, uscc, address, phone_sealed, lat, lon, state, version from counsel_firm_entry where region_id = $1 and id = $2",
        params![tx.region()?, id],
    )
    .await
}

/// Changes a firm if the version is still the one that was read; false if it is not.
pub(crate) async fn update_firm(tx: &mut Tx, firm: &FirmEdit) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update counsel_firm_entry set name = $4, initials = $5, kind = $6, uscc = $7, address = $8, phone_sealed = $9, lat = $10, lon = $11,
                 state = $12, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, firm.id, firm.version, firm.name, places::initials(&firm.name), firm.kind, firm.uscc, firm.address,
                firm.phone_sealed, firm.lat, firm.lon, firm.state
            ],
        )
        .await?;
    Ok(touched == 1)
}

pub(crate) async fn lawyer_edit(tx: &mut Tx, id: Id<Lawyer>) -> Result<Option<LawyerEdit>, Fault> {
    tx.optional(
        "select id, firm_id, name, sex, kind, licence, licensed_since, phone_sealed, specialities, dialect, state, left_on, version
         from counsel_lawyer_entry where region_id = $1 and id = $2",
        params![tx.region()?, id],
    )
    .await
}

/// Changes a lawyer if the version is still the one that was read; false if it is not.
pub(crate) async fn update_lawyer(tx: &mut Tx, lawyer: &LawyerEdit) -> Result<bool, Fault> {
    let touched = tx
        .execute(
            "update counsel_lawyer_entry set firm_id = $4, name = $5, initials = $6, sex = $7, kind = $8, licence = $9, licensed_since = $10,
                 phone_sealed = $11, specialities = $12, dialect = $13, state = $14, left_on = $15, version = version + 1
             where region_id = $1 and id = $2 and version = $3",
            params![
                tx.region()?, lawyer.id, lawyer.version, lawyer.firm_id, lawyer.name, places::initials(&lawyer.name), lawyer.sex, lawyer.kind,
                lawyer.licence, lawyer.licensed_since, lawyer.phone_sealed, lawyer.specialities, lawyer.dialect, lawyer.state, lawyer.left_on
            ],
        )
        .await?;
    Ok(touched == 1)
}

/// The yearly assessments of a lawyer, newest first.
pub(crate) async fn assessments(tx: &mut Tx, lawyer: Id<Lawyer>) -> Result<Vec<AssessmentRow>, Fault> {
    tx.all(
        "select year, grade from counsel_assessment_entry where region_id = $1 and lawyer_id = $2 order by year desc",
        params![tx.region()?, lawyer],
    )
    .await
}

/// The sanctions against a lawyer, newest first.
pub(crate) async fn disciplines(tx: &mut Tx, lawyer: Id<Lawyer>) -> Result<Vec<DisciplineRow>, Fault> {
    tx.all(
        "select happened_on, kind, until_on, reason, decided_by from counsel_discipline_entry where region_id = $1 and lawyer_id = $2
         order by coalesce(happened_on, '') desc, id desc",
        params![tx.region()?, lawyer],
    )
    .await
}

/// A sanction to be written down.
#[derive(Debug, Clone)]
pub(crate) struct NewDiscipline {
    pub(crate) happened_on: Option<Day>,
    pub(crate) kind: DisciplineKind,
    pub(crate) until_on: Option<Day>,
    pub(crate) reason: String,
    pub(crate) decided_by: String,
}

/// Writes the assessment of a year, or corrects it.
pub(crate) async fn put_assessment(
    tx: &mut Tx,
    lawyer: Id<Lawyer>,
    year: i64,
    grade: Grade,
) -> Result<(), Fault> {
    let at = tx.db().wall().now();
    tx.execute(
        "insert into counsel_assessment_entry (id, region_id, lawyer_id, year, grade, entered_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (region_id, lawyer_id, year) do update set grade = excluded.grade, entered_at = excluded.entered_at",
        params![tx.new_id::<Lawyer>()?, tx.region()?, lawyer, year, grade, at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_discipline(
    tx: &mut Tx,
    lawyer: Id<Lawyer>,
    new: &NewDiscipline,
) -> Result<(), Fault> {
    let at = tx.db().wall().now();
    tx.execute(
        "insert into counsel_discipline_entry (id, region_id, lawyer_id, happened_on, kind, until_on, reason, decided_by, entered_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![tx.new_id::<Lawyer>()?, tx.region()?, lawyer, new.happened_on, new.kind, new.until_on, new.reason, new.decided_by, at],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_firm(
    tx: &mut Tx,
    id: Id<Firm>,
    firm: &crate::NewFirm,
    phone: Option<String>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into counsel_firm_entry (id, region_id, name, initials, kind, uscc, address, phone_sealed, lat, lon, state, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'active', 1)",
        params![
            id, tx.region()?, firm.name, places::initials(&firm.name), firm.kind, firm.uscc.as_ref().map(|u| u.expose().to_owned()),
            firm.address, phone, firm.lat, firm.lon
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn insert_lawyer(
    tx: &mut Tx,
    id: Id<Lawyer>,
    lawyer: &crate::NewLawyer,
    phone: Option<String>,
) -> Result<(), Fault> {
    tx.execute(
        "insert into counsel_lawyer_entry
             (id, region_id, firm_id, name, initials, sex, kind, licence, licensed_since, phone_sealed, specialities, dialect, state, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'active', 1)",
        params![
            id, tx.region()?, lawyer.firm, lawyer.name, places::initials(&lawyer.name), lawyer.sex, lawyer.kind, lawyer.licence,
            lawyer.licensed_since, phone, lawyer.specialities.join(";"), lawyer.dialect
        ],
    )
    .await?;
    Ok(())
}
