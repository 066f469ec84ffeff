//! Statements about who could handle a case: lawyers with their load, and what speaks against them.

use crate::{case::Case, store::FIRST_OVER};
use counsel::{Firm, Lawyer, LawyerKind};
use kernel::{Day, Fault, Id, Moment};
use store::{Tx, params};

store::record! {
    /// A lawyer who could be asked.
    #[derive(Debug, Clone)]
    pub(crate) struct Candidate {
        pub(crate) id: Id<Lawyer>,
        pub(crate) name: String,
        pub(crate) kind: LawyerKind,
        pub(crate) firm_id: Id<Firm>,
        pub(crate) firm_name: String,
        pub(crate) licensed_since: Day,
        pub(crate) specialities: String,
        pub(crate) dialect: String,
        pub(crate) assessment: String,
        pub(crate) discipline: String,
        pub(crate) lat: Option<f64>,
        pub(crate) lon: Option<f64>,
        /// Cases on the desk now.
        pub(crate) open: i64,
        /// Cases offered since the first day of the year.
        pub(crate) this_year: i64,
        /// When a case was offered last; nothing if none ever was.
        pub(crate) last_offered: Option<Moment>,
    }
}

/// Every lawyer in practice with what is on the desk; at most some hundreds in a district. Each one's cases are counted
/// from indexes: the open ones, and those of this year. The stage is kept from choosing the index: by it the open cases of
/// all lawyers would be read for each.
pub(crate) async fn candidates(tx: &mut Tx, since_micros: i64) -> Result<Vec<Candidate>, Fault> {
    tx.all(
        "select l.id, l.name, l.kind, l.firm_id, l.firm_name, l.licensed_since, l.specialities, l.dialect, l.assessment, l.discipline, f.lat, f.lon,
             (select count(*) from legal_aid_case_entry c
              where c.region_id = $1 and c.lawyer_id = l.id and c.urgency < $3 and c.stage || '' in ('offered', 'handle')) as open,
             (select count(*) from legal_aid_case_entry c
              where c.region_id = $1 and c.lawyer_id = l.id and c.offered_at >= $2) as this_year,
             (select max(c.offered_at) from legal_aid_case_entry c where c.region_id = $1 and c.lawyer_id = l.id) as last_offered
         from counsel_lawyer l
         join counsel_firm f on f.id = l.firm_id
         where l.region_id = $1 and l.state = 'active' order by l.id",
        params![tx.region()?, since_micros, FIRST_OVER],
    )
    .await
}

/// Lawyers who said no to this case, or were replaced in it.
pub(crate) async fn gone(tx: &mut Tx, case: Id<Case>) -> Result<Vec<(Id<Lawyer>,)>, Fault> {
    tx.all(
        "select distinct lawyer_id from legal_aid_event_entry
         where region_id = $1 and case_id = $2 and act in ('decline', 'replace') and lawyer_id is not null",
        params![tx.region()?, case],
    )
    .await
}

/// Cases that a lawyer was offered or handles now.
pub(crate) async fn open_cases(tx: &mut Tx, lawyer: Id<Lawyer>) -> Result<Vec<(Id<Case>,)>, Fault> {
    tx.all(
        "select id from legal_aid_case_entry
         where region_id = $1 and lawyer_id = $2 and stage in ('offered', 'handle') order by urgency, id limit 500",
        params![tx.region()?, lawyer],
    )
    .await
}

/// Lawyers with open cases: name, firm, and how many.
pub(crate) async fn with_cases(tx: &mut Tx) -> Result<Vec<(Id<Lawyer>, String, String, i64)>, Fault> {
    tx.all(
        "select l.id, l.name, l.firm_name, count(*) from legal_aid_case_entry c join counsel_lawyer l on l.id = c.lawyer_id
         where c.region_id = $1 and c.stage in ('offered', 'handle')
         group by l.id, l.name, l.firm_name order by l.name, l.id limit 1000",
        params![tx.region()?],
    )
    .await
}

/// Lawyers in practice with their firms, by name.
pub(crate) async fn in_practice(tx: &mut Tx) -> Result<Vec<(Id<Lawyer>, String, String)>, Fault> {
    tx.all(
        "select id, name, firm_name from counsel_lawyer where region_id = $1 and state = 'active' order by name, id limit 2000",
        params![tx.region()?],
    )
    .await
}
